// Dot products of rows of the weight matrix with images, four rows and three images at a time.

#include "functions.h"
#include "tile.h"
#include "units.h"

enum {
  DENSE_UNITS = 16,    // rows of the weight matrix that a unit of work has
  DENSE_IMAGES = 48,   // that a part of those rows is kept in the cache for
  DENSE_DEPTH = 1024   // columns of that part
};

/// sums[unit][image] += the products of columns first..<first + depth.
static void dense_add(const float *w, int64_t w_stride, int64_t units, const float *x, int64_t x_stride,
                      int64_t images, int64_t depth, float sums[DENSE_UNITS][DENSE_IMAGES]) {
  const int64_t whole = depth - depth % CNN_LANES;
  const cnn_stretch stretch = {1, whole, 0, 0};
  for (int64_t n = 0; n < images; n += CNN_DOT_COLUMNS) {
    const int64_t columns = cnn_min(CNN_DOT_COLUMNS, images - n);
    const float *b[CNN_DOT_COLUMNS];
    for (int64_t c = 0; c < CNN_DOT_COLUMNS; c++) b[c] = x + (n + cnn_min(c, columns - 1)) * x_stride;
    for (int64_t unit = 0; unit < units; unit += CNN_DOT_ROWS) {
      const int64_t rows = cnn_min(CNN_DOT_ROWS, units - unit);
      const float *a[CNN_DOT_ROWS];
      float totals[CNN_DOT_COLUMNS][CNN_DOT_ROWS];
      for (int64_t r = 0; r < CNN_DOT_ROWS; r++) a[r] = w + (unit + cnn_min(r, rows - 1)) * w_stride;
      cnn_dot(&stretch, a, rows, b, columns, totals);
      for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < columns; c++) {
          float sum = totals[c][r];
          for (int64_t k = whole; k < depth; k++) sum += a[r][k] * b[c][k];
          sums[unit + r][n + c] += sum;
        }
      }
    }
  }
}

CNN_SPLIT(dense, (p->units + DENSE_UNITS - 1) / DENSE_UNITS, p->batch * p->units * p->depth / 10)

CNN_KERNEL(dense) {
  const cnn_dense_parameters *p = parameters;
  const float *bias = operands[3], *r = operands[4];
  float sums[DENSE_UNITS][DENSE_IMAGES];
  for (int64_t unit = first * DENSE_UNITS; unit < cnn_min(p->units, end * DENSE_UNITS); unit += DENSE_UNITS) {
    const float *w = (const float *)operands[2] + unit * p->depth;
    const int64_t units = cnn_min(DENSE_UNITS, p->units - unit);
    for (int64_t image = 0; image < p->batch; image += DENSE_IMAGES) {
      const float *x = (const float *)operands[1] + image * p->x_stride;
      const int64_t images = cnn_min(DENSE_IMAGES, p->batch - image);
      for (int64_t u = 0; u < units; u++)
        for (int64_t n = 0; n < images; n++) sums[u][n] = bias ? bias[unit + u] : 0;
      for (int64_t k = 0; k < p->depth; k += DENSE_DEPTH)
        dense_add(w + k, p->depth, units, x + k, p->x_stride, images, cnn_min(DENSE_DEPTH, p->depth - k), sums);
      for (int64_t n = 0; n < images; n++) {
        float row[DENSE_UNITS];
        for (int64_t u = 0; u < units; u++)
          row[u] = sums[u][n] + (r ? r[(image + n) * p->r_stride + unit + u] : 0);
        cnn_apply(p->function, (float)p->alpha, row,
                  (float *)operands[0] + (image + n) * p->y_stride + unit, units);
      }
    }
  }
}
