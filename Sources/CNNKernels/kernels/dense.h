// Dot products of rows of the weight matrix, which lie where the file has them, with images. By one image the
// weights are multiplied at the speed of memory; by several, a run of columns of a few rows is multiplied by all
// of them while it lies in the cache and the next rows are on their way. As many images as a vector has lanes are
// multiplied as matrices are.

#include "dense_batch.h"

enum {
  DENSE_ROWS = 48,        // of the weight matrix that a unit of work has at most
  DENSE_SINGLE_ROWS = 8,  // that are multiplied together by a single image
  DENSE_TILE_ROWS = 3,    // that are multiplied together by
  DENSE_TILE_IMAGES = 4,  // as many images of several
  DENSE_DEPTH = 256,      // columns of a run
  DENSE_GROUP = 8,        // images whose run of columns lies in the first-level cache
  DENSE_IMAGES = 32       // that weights are read once for
};

/// Vectors of partial sums, row by row and image by image.
typedef cnn_vector dense_sums[DENSE_ROWS][DENSE_IMAGES];

/// Rows of the weights and images, from the same column on.
typedef struct {
  const float *w, *x;
  int64_t w_stride, x_stride;
  int64_t length;  // columns, a whole multiple of CNN_LANES
} dense_run;

/// sums[r][n] += the products of a run's first rows and images; x holds the latter's vectors in turn. The rows
/// behind are fetched meanwhile: what fetches ahead by itself does not see that one row follows another.
CNN_INLINE void dense_tile(const int rows, const int images, const dense_run *run, cnn_vector (*sums)[DENSE_IMAGES]) {
  cnn_vector totals[DENSE_SINGLE_ROWS][DENSE_TILE_IMAGES];
  const float *w[DENSE_SINGLE_ROWS], *x = run->x, *next[DENSE_SINGLE_ROWS];
  CNN_UNROLL for (int r = 0; r < rows; r++) {
    w[r] = run->w + r * run->w_stride;
    next[r] = run->w + (r + rows) * run->w_stride;
    CNN_UNROLL for (int n = 0; n < images; n++) totals[r][n] = sums[r][n];
  }
  for (int64_t i = 0; i < run->length; i += CNN_LANES, x += images * CNN_LANES) {
    cnn_vector factors[DENSE_SINGLE_ROWS];
    CNN_UNROLL for (int r = 0; r < rows; r++) factors[r] = cnn_load(w[r] + i);
    if (images > 1) CNN_UNROLL for (int r = 0; r < rows; r++) __builtin_prefetch(next[r] + i);
    CNN_UNROLL for (int n = 0; n < images; n++) {
      const cnn_vector value = cnn_load(x + n * CNN_LANES);
      CNN_UNROLL for (int r = 0; r < rows; r++) totals[r][n] += factors[r] * value;
    }
  }
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int n = 0; n < images; n++) sums[r][n] = totals[r][n];
}

#define DENSE_TILE_CASE(n)                                                                \
  case n:                                                                                 \
    if (rows == DENSE_TILE_ROWS) return dense_tile(DENSE_TILE_ROWS, n, run, sums);        \
    for (dense_run row = *run; rows > 0; rows--, row.w += row.w_stride) dense_tile(1, n, &row, sums++); \
    return

/// The same for up to DENSE_TILE_ROWS rows and DENSE_TILE_IMAGES images.
static void dense_some(const dense_run *run, int64_t rows, int64_t images, cnn_vector (*sums)[DENSE_IMAGES]) {
  switch (images) {
    DENSE_TILE_CASE(1);
    DENSE_TILE_CASE(2);
    DENSE_TILE_CASE(3);
    DENSE_TILE_CASE(4);
  }
}
#undef DENSE_TILE_CASE

/// The vectors of several images' columns in turn, as dense_tile reads them.
static void dense_interleave(const dense_run *run, int64_t images, float *y) {
  for (int64_t n = 0; n < images; n++) {
    const float *x = run->x + n * run->x_stride;
    float *to = y + n * CNN_LANES;
    for (int64_t i = 0; i < run->length; i += CNN_LANES, to += images * CNN_LANES) cnn_store(to, cnn_load(x + i));
  }
}

/// sums[r][first + n] += the products of a run for any number of rows, and `images` of DENSE_GROUP.
static void dense_group(const dense_run *all, int64_t units, int64_t first, int64_t images, dense_sums sums) {
  _Alignas(64) float copies[DENSE_GROUP * DENSE_DEPTH];
  const int64_t parts = (images + DENSE_TILE_IMAGES - 1) / DENSE_TILE_IMAGES;
  // Parts of nearly the same size: a small one keeps too few sums to hide their latency.
  int64_t starts[DENSE_GROUP + 1];
  for (int64_t part = 0; part <= parts; part++) starts[part] = images * part / parts;
  for (int64_t part = 0; part < parts; part++) {
    dense_run run = *all;
    run.x += (first + starts[part]) * run.x_stride;
    dense_interleave(&run, starts[part + 1] - starts[part], copies + starts[part] * run.length);
  }
  dense_run run = *all;
  for (int64_t row = 0; row < units; row += DENSE_TILE_ROWS, run.w += DENSE_TILE_ROWS * run.w_stride) {
    const int64_t rows = cnn_min(DENSE_TILE_ROWS, units - row);
    for (int64_t part = 0; part < parts; part++) {
      run.x = copies + starts[part] * run.length;
      dense_some(&run, rows, starts[part + 1] - starts[part],
                 (cnn_vector(*)[DENSE_IMAGES]) & sums[row][first + starts[part]]);
    }
  }
}

/// sums = the products of whole vectors of columns, for several images.
static void dense_several(const dense_run *all, int64_t units, int64_t images, dense_sums sums) {
  for (int64_t r = 0; r < units; r++)
    for (int64_t n = 0; n < images; n++) sums[r][n] = (cnn_vector)(0);
  for (int64_t k = 0; k < all->length; k += DENSE_DEPTH) {
    dense_run run = *all;
    run.w += k;
    run.x += k;
    run.length = cnn_min(DENSE_DEPTH, all->length - k);
    for (int64_t n = 0; n < images; n += DENSE_GROUP)
      dense_group(&run, units, n, cnn_min(DENSE_GROUP, images - n), sums);
  }
}

/// sums = the same for one image.
static void dense_single(const dense_run *all, int64_t units, dense_sums sums) {
  dense_run run = *all;
  for (int64_t r = 0; r < units; r++) sums[r][0] = (cnn_vector)(0);
  int64_t row = 0;
  for (; row + DENSE_SINGLE_ROWS <= units; row += DENSE_SINGLE_ROWS, run.w += DENSE_SINGLE_ROWS * run.w_stride)
    dense_tile(DENSE_SINGLE_ROWS, 1, &run, &sums[row]);
  for (; row + DENSE_SINGLE_ROWS / 2 <= units; row += DENSE_SINGLE_ROWS / 2) {
    dense_tile(DENSE_SINGLE_ROWS / 2, 1, &run, &sums[row]);
    run.w += DENSE_SINGLE_ROWS / 2 * run.w_stride;
  }
  for (; row < units; row++, run.w += run.w_stride) dense_tile(1, 1, &run, &sums[row]);
}

/// totals[r] = the sums of `units` rows for one image, with what columns are left.
static void dense_total(const dense_run *run, int64_t depth, int64_t units, cnn_vector (*sums)[DENSE_IMAGES],
                        float totals[DENSE_ROWS]) {
  for (int64_t r = 0; r < units; r += 4) {
    cnn_vector of[4];
    for (int64_t i = 0; i < 4; i++) of[i] = sums[cnn_min(r + i, units - 1)][0];
    cnn_store_four(totals + r, cnn_sum_lanes(of[0], of[1], of[2], of[3]));
  }
  for (int64_t r = 0; r < units; r++)
    for (int64_t k = run->length; k < depth; k++) totals[r] += run->w[r * run->w_stride + k] * run->x[k];
}

/// Rows of a unit of work: many, which share what is read of the images, where there are enough of them.
static int64_t dense_unit(const cnn_dense_parameters *p) {
  return p->units >= 32 * DENSE_ROWS ? DENSE_ROWS : p->units >= 16 * DENSE_ROWS / 2 ? DENSE_ROWS / 2 : DENSE_ROWS / 4;
}

/// Whether images are as many as a vector has lanes.
static int dense_is_batch(const cnn_dense_parameters *p) {
  return CNN_MOST_IMAGES >= CNN_LANES && p->batch >= CNN_LANES;
}

static int64_t dense_units(const cnn_dense_parameters *p) {
  const int64_t most = dense_is_batch(p) ? dense_batch_unit(p) : dense_unit(p);
  return (p->units + most - 1) / most;
}

CNN_SPLIT(dense, dense_units(p), p->batch * p->units * p->depth / 10)

CNN_KERNEL(dense) {
  const cnn_dense_parameters *p = parameters;
  if (dense_is_batch(p)) return dense_batch_run(p, operands, first, end);
  const float *bias = operands[3], *residual = operands[4];
  const int64_t most = dense_unit(p);
  dense_sums sums;
  for (int64_t unit = first * most; unit < cnn_min(p->units, end * most); unit += most) {
    const int64_t units = cnn_min(most, p->units - unit);
    dense_run run = {.w = (const float *)operands[2] + unit * p->depth, .w_stride = p->depth,
                     .x_stride = p->x_stride, .length = p->depth - p->depth % CNN_LANES};
    for (int64_t image = 0; image < p->batch; image += DENSE_IMAGES) {
      run.x = (const float *)operands[1] + image * p->x_stride;
      const int64_t images = cnn_min(DENSE_IMAGES, p->batch - image);
      if (CNN_MOST_IMAGES == 1 || images == 1)
        dense_single(&run, units, sums);
      else
        dense_several(&run, units, images, sums);
      for (int64_t n = 0; n < images; n++, run.x += p->x_stride) {
        float row[DENSE_ROWS];
        dense_total(&run, p->depth, units, (cnn_vector(*)[DENSE_IMAGES]) & sums[0][n], row);
        for (int64_t u = 0; bias != NULL && u < units; u++) row[u] += bias[unit + u];
        for (int64_t u = 0; residual != NULL && u < units; u++)
          row[u] += residual[(image + n) * p->r_stride + unit + u];
        cnn_apply(p->function, (float)p->alpha, row,
                  (float *)operands[0] + (image + n) * p->y_stride + unit, units);
      }
    }
  }
}
