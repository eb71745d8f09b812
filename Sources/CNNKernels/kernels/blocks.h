// Products over activations in blocks of 16 channels, whose sums stay in registers: CNN_PIXELS pixels times
// CNN_PANELS panels of 16 filters each. Pixels may lie anywhere: each has a pointer to its 16 channels.
// Functions with a constant `pixels` and `panels` are inlined for each pair of them, so that the arrays of sums
// are registers; CNN_FOR_PIXELS chooses.

#ifndef CNN_BLOCKS_H
#define CNN_BLOCKS_H

#include "functions.h"
#include "panels.h"
#include "tile.h"

enum {
  /// Vectors of a panel's row, and of all rows that are used at once.
  CNN_PANEL_VECTORS = CNN_PANEL / CNN_LANES,
  CNN_SUM_VECTORS = CNN_PANELS * CNN_PANEL_VECTORS
};

/// What pixels outside of the image read.
static const float cnn_no_pixel[CNN_PANEL] __attribute__((aligned(64))) = {0};

/// Sums of pixels times panels: v[pixel][panel * CNN_PANEL_VECTORS + vector].
typedef struct {
  cnn_vector v[CNN_PIXELS][CNN_SUM_VECTORS];
} cnn_sums;

CNN_INLINE void cnn_sums_clear(const int pixels, const int panels, cnn_sums *sums) {
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < panels * CNN_PANEL_VECTORS; v++) sums->v[p][v] = (cnn_vector)(0);
}

#ifndef CNN_IN_ORDER
/// Nothing, where registers suffice.
#define CNN_IN_ORDER(sum)
#endif

/// One term: adds factor(p) * w to each pixel's sums. `w` is 16 filters' weights, those of the next panel lie
/// `next_panel` floats behind.
#define CNN_ADD_TERM(pixels, panels, factor, w, next_panel, sums)                                        \
  do {                                                                                                   \
    cnn_vector weights[CNN_SUM_VECTORS];                                                                 \
    CNN_UNROLL for (int v = 0; v < (panels)*CNN_PANEL_VECTORS; v++)                                      \
      weights[v] = cnn_load((w) + v / CNN_PANEL_VECTORS * (next_panel) + v % CNN_PANEL_VECTORS * CNN_LANES); \
    CNN_UNROLL for (int p = 0; p < (pixels); p++) {                                                      \
      const cnn_vector value = (cnn_vector)(factor);                                                     \
      CNN_UNROLL for (int v = 0; v < (panels)*CNN_PANEL_VECTORS; v++) {                                  \
        (sums)->v[p][v] += value * weights[v];                                                           \
        CNN_IN_ORDER((sums)->v[p][v]);                                                                   \
      }                                                                                                  \
    }                                                                                                    \
  } while (0)

/// The same for 16 channels, of which x[p] points to pixel p's. w is [16 channels][16 filters].
CNN_INLINE void cnn_sums_add_block(const int pixels, const int panels, const float *const x[CNN_PIXELS],
                                   const float *w, int64_t next_panel, cnn_sums *sums) {
#if CNN_LANES == 4
  // Four channels at a time: neither SSE2 nor NEON loads a scalar into all lanes as cheaply as it copies a lane.
  CNN_UNROLL for (int k = 0; k < CNN_PANEL; k += 4) {
    cnn_four values[CNN_PIXELS];
    CNN_UNROLL for (int p = 0; p < pixels; p++) values[p] = cnn_load_four(x[p] + k);
    CNN_UNROLL for (int lane = 0; lane < 4; lane++)
      CNN_ADD_TERM(pixels, panels, values[p][lane], w + (k + lane) * CNN_PANEL, next_panel, sums);
  }
#else
  CNN_UNROLL for (int k = 0; k < CNN_PANEL; k++)
    CNN_ADD_TERM(pixels, panels, x[p][k], w + k * CNN_PANEL, next_panel, sums);
#endif
}

/// The same for the first channels of a block only: the last block of a number that is no multiple of 16.
CNN_INLINE void cnn_sums_add_channels(const int pixels, const int panels, const float *const x[CNN_PIXELS],
                                      int64_t channels, const float *w, int64_t next_panel, cnn_sums *sums) {
  _Pragma("clang loop unroll(disable)") for (int64_t k = 0; k < channels; k++)
    CNN_ADD_TERM(pixels, panels, x[p][k], w + k * CNN_PANEL, next_panel, sums);
}

/// Sums set down between two parts of a product: [pixel][panel][16].
CNN_INLINE void cnn_sums_save(const int pixels, const int panels, const cnn_sums *sums, float *to) {
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < panels * CNN_PANEL_VECTORS; v++)
      cnn_store(to + (p * panels * CNN_PANEL_VECTORS + v) * CNN_LANES, sums->v[p][v]);
}

CNN_INLINE void cnn_sums_restore(const int pixels, const int panels, const float *from, cnn_sums *sums) {
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < panels * CNN_PANEL_VECTORS; v++)
      sums->v[p][v] = cnn_load(from + (p * panels * CNN_PANEL_VECTORS + v) * CNN_LANES);
}

/// What a tile's sums begin with: nothing, or what an earlier part of its terms has left in `saved`.
CNN_INLINE void cnn_sums_begin(const int pixels, const int panels, int is_first, const float *saved, cnn_sums *sums) {
  if (is_first)
    cnn_sums_clear(pixels, panels, sums);
  else
    cnn_sums_restore(pixels, panels, saved, sums);
}

/// What becomes of sums on their way to y: function(sum + bias + r).
typedef struct {
  const float *bias;  // of as many panels as are stored, each 16 floats, as cnn_copy_bias makes them
  int64_t function;
  float alpha;
} cnn_finish;

/// Whether cnn_finish_vector is all that there is to do; else cnn_apply follows on what has been stored.
static inline int cnn_is_finished_in_registers(int64_t function) {
  return function == CNN_IDENTITY || function == CNN_RELU;
}

/// sum + bias + r, with the function where it is finished in registers; r may be NULL.
CNN_INLINE cnn_vector cnn_finish_vector(const cnn_finish *f, cnn_vector sum, const float *bias, const float *r) {
  sum += cnn_load(bias);
  if (r != NULL) sum += cnn_load(r);
  if (f->function == CNN_RELU) sum = sum < (cnn_vector)(0) ? (cnn_vector)(0) : sum;
  return sum;
}

/// The same for all sums of a tile, one step after the other, so that there are few branches. Each panel's pixels
/// lie behind one another in r, `next_r` floats behind those of the panel before.
CNN_INLINE void cnn_sums_finish(const int pixels, const int panels, const cnn_finish *f, const float *r,
                                int64_t next_r, cnn_sums *sums) {
  const int vectors = panels * CNN_PANEL_VECTORS;
  CNN_UNROLL for (int v = 0; v < vectors; v++) {
    const cnn_vector bias = cnn_load(f->bias + v * CNN_LANES);
    CNN_UNROLL for (int p = 0; p < pixels; p++) sums->v[p][v] += bias;
  }
  if (r != NULL)
    CNN_UNROLL for (int p = 0; p < pixels; p++)
      CNN_UNROLL for (int v = 0; v < vectors; v++) {
        const int64_t at = p * CNN_PANEL + v % CNN_PANEL_VECTORS * CNN_LANES;
        sums->v[p][v] += cnn_load(r + v / CNN_PANEL_VECTORS * next_r + at);
      }
  if (f->function == CNN_RELU)
    CNN_UNROLL for (int p = 0; p < pixels; p++)
      CNN_UNROLL for (int v = 0; v < vectors; v++)
        sums->v[p][v] = sums->v[p][v] < (cnn_vector)(0) ? (cnn_vector)(0) : sums->v[p][v];
}

/// Finishes and stores sums of pixels that follow each other in y, a panel's pixels `next_y` floats behind those
/// of the panel before; r may be NULL or y.
CNN_INLINE void cnn_sums_store(const int pixels, const int panels, cnn_sums *sums, const cnn_finish *f,
                               const float *r, int64_t next_r, float *y, int64_t next_y) {
  cnn_sums_finish(pixels, panels, f, r, next_r, sums);
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < panels * CNN_PANEL_VECTORS; v++)
      cnn_store(y + v / CNN_PANEL_VECTORS * next_y + p * CNN_PANEL + v % CNN_PANEL_VECTORS * CNN_LANES, sums->v[p][v]);
  if (cnn_is_finished_in_registers(f->function)) return;
  for (int panel = 0; panel < panels; panel++)
    cnn_apply(f->function, f->alpha, y + panel * next_y, y + panel * next_y, pixels * CNN_PANEL);
}

/// Stores sums as they are at places of a plane of y, the next panel's plane `next_y` floats behind.
CNN_INLINE void cnn_sums_scatter(const int pixels, const int panels, const cnn_sums *sums, const int32_t *places,
                                 float *y, int64_t next_y) {
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < panels * CNN_PANEL_VECTORS; v++)
      cnn_store(y + v / CNN_PANEL_VECTORS * next_y + (int64_t)places[p] * CNN_PANEL + v % CNN_PANEL_VECTORS * CNN_LANES,
                sums->v[p][v]);
}

/// Calls f(pixels, panels, ...) with the two as constants; `pixels` is 1...CNN_PIXELS, `panels` 1...CNN_PANELS.
/// f has to be CNN_INLINE.
#if CNN_PANELS == 2
#define CNN_PIXELS_CASE(n, panels, f, ...) \
  case n:                                  \
    if ((panels) == 1)                     \
      f(n, 1, __VA_ARGS__);                \
    else                                   \
      f(n, 2, __VA_ARGS__);                \
    break;
#else
#define CNN_PIXELS_CASE(n, panels, f, ...) \
  case n:                                  \
    (void)(panels);                        \
    f(n, 1, __VA_ARGS__);                  \
    break;
#endif
#if CNN_PIXELS > 2
#define CNN_PIXELS_TO_FIVE(...) CNN_PIXELS_CASE(3, __VA_ARGS__) CNN_PIXELS_CASE(4, __VA_ARGS__) \
  CNN_PIXELS_CASE(5, __VA_ARGS__)
#else
#define CNN_PIXELS_TO_FIVE(...)
#endif
#if CNN_PIXELS > 5
#define CNN_PIXELS_TO_SIX(...) CNN_PIXELS_CASE(6, __VA_ARGS__)
#else
#define CNN_PIXELS_TO_SIX(...)
#endif
#if CNN_PIXELS > 6
#define CNN_PIXELS_TO_FOURTEEN(...)                                                                     \
  CNN_PIXELS_CASE(7, __VA_ARGS__) CNN_PIXELS_CASE(8, __VA_ARGS__) CNN_PIXELS_CASE(9, __VA_ARGS__)       \
  CNN_PIXELS_CASE(10, __VA_ARGS__) CNN_PIXELS_CASE(11, __VA_ARGS__) CNN_PIXELS_CASE(12, __VA_ARGS__)    \
  CNN_PIXELS_CASE(13, __VA_ARGS__) CNN_PIXELS_CASE(14, __VA_ARGS__)
#else
#define CNN_PIXELS_TO_FOURTEEN(...)
#endif
#define CNN_FOR_PIXELS(pixels, panels, f, ...)               \
  switch (pixels) {                                          \
    CNN_PIXELS_CASE(1, panels, f, __VA_ARGS__)               \
    CNN_PIXELS_CASE(2, panels, f, __VA_ARGS__)               \
    CNN_PIXELS_TO_FIVE(panels, f, __VA_ARGS__)               \
    CNN_PIXELS_TO_SIX(panels, f, __VA_ARGS__)                \
    CNN_PIXELS_TO_FOURTEEN(panels, f, __VA_ARGS__)           \
  }

#endif
