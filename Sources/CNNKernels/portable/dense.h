// Dot products of rows of the weight matrix with images, four rows at a time, in 16 sums each. A unit is a few rows.

#include "lanes.h"
#include "../kernels/functions.h"
#include "../kernels/units.h"

enum { DENSE_ROWS = 4 };  // of a unit

CNN_SPLIT(dense, (p->units + DENSE_ROWS - 1) / DENSE_ROWS, p->batch * p->units * p->depth / 10)

/// totals[r] = the dot product of x and row r of w; the rows lie w_stride floats apart.
static void dense_rows(const float *x, const float *w, int64_t w_stride, int64_t depth, float totals[DENSE_ROWS]) {
  cnn_sums sums;
  float lanes[DENSE_ROWS][CNN_PANEL];
  cnn_sums_clear(&sums);
  const int64_t whole = depth - depth % CNN_PANEL;
  for (int64_t k = 0; k < whole; k += CNN_PANEL)
    for (int r = 0; r < DENSE_ROWS; r++)
      CNN_EACH_PART(i)
        sums.v[r][i] += cnn_load_part(w + r * w_stride + k + i * CNN_PART) * cnn_load_part(x + k + i * CNN_PART);
  cnn_sums_save(&sums, lanes);
  for (int r = 0; r < DENSE_ROWS; r++) {
    for (int half = CNN_PANEL / 2; half > 0; half /= 2)
      for (int i = 0; i < half; i++) lanes[r][i] += lanes[r][i + half];
    totals[r] = lanes[r][0];
    for (int64_t i = whole; i < depth; i++) totals[r] += w[r * w_stride + i] * x[i];
  }
}

CNN_KERNEL(dense) {
  const cnn_dense_parameters *p = parameters;
  const float *bias = operands[3], *residual = operands[4];
  for (int64_t unit = first * DENSE_ROWS; unit < cnn_min(p->units, end * DENSE_ROWS); unit += DENSE_ROWS) {
    const int64_t units = cnn_min(DENSE_ROWS, p->units - unit);
    const float *w = (const float *)operands[2] + unit * p->depth;
    for (int64_t n = 0; n < p->batch; n++) {
      const float *x = (const float *)operands[1] + n * p->x_stride;
      float row[DENSE_ROWS];
      if (units == DENSE_ROWS)
        dense_rows(x, w, p->depth, p->depth, row);
      else
        // The last rows one by one, each as four of the same.
        for (int64_t u = 0; u < units; u++) {
          float same[DENSE_ROWS];
          dense_rows(x, w + u * p->depth, 0, p->depth, same);
          row[u] = same[0];
        }
      for (int64_t u = 0; bias != NULL && u < units; u++) row[u] += bias[unit + u];
      for (int64_t u = 0; residual != NULL && u < units; u++) row[u] += residual[n * p->r_stride + unit + u];
      cnn_apply(p->function, (float)p->alpha, row, (float *)operands[0] + n * p->y_stride + unit, units);
    }
  }
}
