// A dense layer of many images: a product of matrices whose lanes are images. The images' elements are turned into
// panels once, [panel of images][element][image], and each weight, read once, is multiplied by a whole panel.

#ifndef CNN_DENSE_BATCH_H
#define CNN_DENSE_BATCH_H

#include "functions.h"
#include "transpose.h"
#include "units.h"

enum {
  DENSE_BATCH_IMAGES = 64,   // that weights are read once for, at most,
  DENSE_BATCH_TERMS = 512,   // elements of theirs, and
  DENSE_BATCH_UNITS = 192,   // units that lie in the cache together
  DENSE_BATCH_LINE = 16,     // floats of a line of the cache
  DENSE_PANELS = DENSE_BATCH_IMAGES / CNN_TILE_COLUMNS
};

/// Units of a unit of work: as many as share the panels, but some for each of several threads.
static int64_t dense_batch_unit(const cnn_dense_parameters *p) {
  const int64_t parts = p->units < 2 * DENSE_BATCH_UNITS / 3 ? 2 : cnn_max(2, p->units / (DENSE_BATCH_UNITS / 2));
  return (p->units + parts - 1) / parts;
}

/// A tile: sums[r][...] = or += the products of `terms` elements of a few rows of weights with a panel. The weights
/// `ahead` floats behind are fetched meanwhile: what fetches ahead by itself does not see that one row follows another.
CNN_INLINE void dense_batch_tile(const int rows, const int vectors, const float *w, int64_t depth, int64_t ahead,
                                 const float *panel, int64_t terms, int adds, float *to, int64_t to_row) {
  cnn_vector sums[CNN_TILE_ROWS][CNN_TILE_VECTORS];
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int v = 0; v < vectors; v++)
      sums[r][v] = adds ? cnn_load(to + r * to_row + v * CNN_LANES) : (cnn_vector)(0);
  // A pointer for every three rows: the others are one addition of the address away.
  const float *thirds[(CNN_TILE_ROWS + 2) / 3];
  CNN_UNROLL for (int r = 0; r < rows; r += 3) {
    thirds[r / 3] = w + r * depth;
    CNN_INDEPENDENT(thirds[r / 3]);
  }
  for (int64_t k = 0; k < terms; k += DENSE_BATCH_LINE) {
    const float *const end = panel + cnn_min(DENSE_BATCH_LINE, terms - k) * CNN_TILE_COLUMNS;
    CNN_UNROLL for (int r = 0; r < rows; r++) __builtin_prefetch(w + r * depth + ahead + k);
    _Pragma("clang loop unroll_count(2)") for (; panel < end; panel += CNN_TILE_COLUMNS) {
      cnn_vector values[CNN_TILE_VECTORS];
      CNN_UNROLL for (int v = 0; v < vectors; v++) values[v] = cnn_load(panel + v * CNN_LANES);
      CNN_UNROLL for (int r = 0; r < rows; r++) {
        const cnn_vector factor = (cnn_vector)(thirds[r / 3][r % 3 * depth]);
        CNN_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += factor * values[v];
      }
      CNN_UNROLL for (int r = 0; r < rows; r += 3) thirds[r / 3]++;
    }
  }
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int v = 0; v < vectors; v++) cnn_store(to + r * to_row + v * CNN_LANES, sums[r][v]);
}

/// The same for a number of rows and vectors that is not known before.
static void dense_batch_any_tile(int64_t rows, int64_t vectors, const float *w, int64_t depth, int64_t ahead,
                                 const float *panel, int64_t terms, int adds, float *to, int64_t to_row) {
#define DENSE_CASE(n)                                                                                        \
  case n:                                                                                                    \
    if (vectors == 1) return dense_batch_tile(n, 1, w, depth, ahead, panel, terms, adds, to, to_row);        \
    return dense_batch_tile(n, CNN_TILE_VECTORS, w, depth, ahead, panel, terms, adds, to, to_row);
  switch (rows) {
    DENSE_CASE(1)
    DENSE_CASE(2)
    DENSE_CASE(3)
    DENSE_CASE(4)
#if CNN_TILE_ROWS > 4
    DENSE_CASE(5)
    DENSE_CASE(6)
#endif
#if CNN_TILE_ROWS > 6
    DENSE_CASE(7)
    DENSE_CASE(8)
    DENSE_CASE(9)
    DENSE_CASE(10)
    DENSE_CASE(11)
    DENSE_CASE(12)
#endif
  }
#undef DENSE_CASE
}

/// Some units of some images.
typedef struct {
  const float *w, *x;  // of the first unit, of the first image
  int64_t units, images, depth, x_stride;
} dense_batch;

/// sums[unit][image] = the products.
static void dense_batch_multiply(const dense_batch *b, float sums[DENSE_BATCH_UNITS][DENSE_BATCH_IMAGES]) {
  _Alignas(64) float panels[DENSE_PANELS][DENSE_BATCH_TERMS * CNN_TILE_COLUMNS];
  const int64_t blocks = (b->units + CNN_TILE_ROWS - 1) / CNN_TILE_ROWS;
  for (int64_t k = 0; k < b->depth; k += DENSE_BATCH_TERMS) {
    const int64_t terms = cnn_min(DENSE_BATCH_TERMS, b->depth - k);
    for (int64_t n = 0; n < b->images; n += CNN_TILE_COLUMNS) {
      const int64_t images = cnn_min(CNN_TILE_COLUMNS, b->images - n);
      float *panel = panels[n / CNN_TILE_COLUMNS];
      if (images % CNN_LANES > 0) memset(panel, 0, (size_t)(terms * CNN_TILE_COLUMNS) * sizeof(float));
      cnn_transpose(b->x + n * b->x_stride + k, b->x_stride, terms, images, panel, CNN_TILE_COLUMNS);
    }
    // Blocks of rows of nearly the same height: a low one keeps too few sums to hide their latency.
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t unit = b->units * block / blocks, rows = b->units * (block + 1) / blocks - unit;
      for (int64_t n = 0; n < b->images; n += CNN_TILE_COLUMNS) {
        const int64_t vectors = (b->images - n + CNN_LANES - 1) / CNN_LANES;
        dense_batch_any_tile(rows, vectors, b->w + unit * b->depth + k, b->depth, rows * b->depth,
                             panels[n / CNN_TILE_COLUMNS], terms, k > 0, &sums[unit][n], DENSE_BATCH_IMAGES);
      }
    }
  }
}

/// y = function(sums + bias + r), turned back; y and r are the first image's first of the units. r may be y.
static void dense_batch_finish(const cnn_dense_parameters *p, const dense_batch *b, const float *bias, const float *r,
                               float sums[DENSE_BATCH_UNITS][DENSE_BATCH_IMAGES], float *y) {
  for (int64_t n = 0; n < b->images; n += 4) {
    float rows[4][DENSE_BATCH_UNITS];
    const int64_t images = cnn_min(4, b->images - n);
    cnn_transpose(&sums[0][n], DENSE_BATCH_IMAGES, images, b->units, rows[0], DENSE_BATCH_UNITS);
    for (int64_t i = 0; i < images; i++) {
      for (int64_t u = 0; bias != NULL && u < b->units; u++) rows[i][u] += bias[u];
      for (int64_t u = 0; r != NULL && u < b->units; u++) rows[i][u] += r[(n + i) * p->r_stride + u];
      cnn_apply(p->function, (float)p->alpha, rows[i], y + (n + i) * p->y_stride, b->units);
    }
  }
}

/// Units first..<end of work.
static void dense_batch_run(const cnn_dense_parameters *p, void *const *operands, int64_t first, int64_t end) {
  float sums[DENSE_BATCH_UNITS][DENSE_BATCH_IMAGES];
  const float *bias = operands[3], *r = operands[4];
  const int64_t most = dense_batch_unit(p), last = cnn_min(p->units, end * most);
  for (int64_t unit = first * most; unit < last; unit += DENSE_BATCH_UNITS)
    for (int64_t n = 0; n < p->batch; n += DENSE_BATCH_IMAGES) {
      const dense_batch b = {.w = (const float *)operands[2] + unit * p->depth,
                             .x = (const float *)operands[1] + n * p->x_stride,
                             .units = cnn_min(DENSE_BATCH_UNITS, last - unit),
                             .images = cnn_min(DENSE_BATCH_IMAGES, p->batch - n),
                             .depth = p->depth,
                             .x_stride = p->x_stride};
      dense_batch_multiply(&b, sums);
      dense_batch_finish(p, &b, bias ? bias + unit : NULL, r ? r + n * p->r_stride + unit : NULL, sums,
                         (float *)operands[0] + n * p->y_stride + unit);
    }
}

#endif
