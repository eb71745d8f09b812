// What the gradients of a convolution share of which the maxima of disjoint squares of two by two are kept: of each
// square, one output has a gradient, so that there is a quarter of a convolution's gradients to compute.
//
// The windows of a square's four outputs together are kernel_height + 1 rows and kernel_width + 1 columns of the
// image. For each column of squares the image's columns that they see are copied into a strip, pixel by pixel,
//
//   strip[column of squares][row][column of the window][channel]
//
// where a square's windows are one run of memory, and so is what its maximum has seen of it, but for an element or
// few between its lines: what there is to add is a run times a number, at a place that depends on where the maximum
// was.

#ifndef CNN_SQUARES_H
#define CNN_SQUARES_H

#include "patch.h"
#include "transpose.h"

enum {
  SQUARES_FLOATS = 16384,  // of an image, of its strips and of the filters' runs
  SQUARES_WINDOW = 1024,   // of a square's windows
  SQUARES_MAXIMA = 4096,   // of an image and a filter
  SQUARES_GAP = 16,        // read behind a run
  /// Vectors of a run whose sums the registers hold.
  SQUARES_VECTORS = CNN_TILE_ROWS * CNN_TILE_VECTORS < 12 ? 8 : 12
};

typedef const cnn_conv2d_pool_gradient_parameters *squares_arguments;

typedef struct {
  int64_t rows, columns;  // of the image that windows see, padding and all
  int64_t line, strip;    // floats of a window's row, and of a strip
  int64_t maxima;         // of an image and a filter
} squares;

static squares squares_of(squares_arguments p) {
  squares s = {.rows = 2 * p->out_height + p->kernel_height - 1,
               .columns = 2 * p->out_width + p->kernel_width - 1,
               .line = (p->kernel_width + 1) * p->channels,
               .maxima = p->out_height * p->out_width};
  s.strip = s.rows * s.line;
  return s;
}

/// to[i] = start[i * step] + sign * where the window of maximum i lies in its square; places: 0 and 1 for the upper
/// outputs, 2 and 3 for the lower ones. With `start` NULL it is 0.
static void squares_find(const squares *s, int64_t channels, const float *places, const int32_t *starts, int32_t start,
                         int32_t sign, int32_t *to) {
  const int32_t down = sign * (int32_t)s->line, right = sign * (int32_t)channels;
  for (int64_t i = 0; i < s->maxima; i++) {
    const int32_t place = (int32_t)places[i];
    to[i] = (starts ? starts[i] : start) + (place >> 1) * down + (place & 1) * right;
  }
}

/// y[0..<vectors * CNN_LANES] += the sum over k < count of factors[k * step] * runs[places[k * step] + ...].
CNN_INLINE void squares_add_fixed(const int vectors, int64_t count, int64_t step, const float *factors,
                                  const int32_t *places, const float *runs, float *y) {
  // Few vectors are summed several times over, so that one sum need not wait for another.
  const int sets = SQUARES_VECTORS / vectors < 4 ? SQUARES_VECTORS / vectors : 4;
  cnn_vector sums[4][SQUARES_VECTORS];
  CNN_UNROLL for (int set = 0; set < sets; set++)
    CNN_UNROLL for (int v = 0; v < vectors; v++) sums[set][v] = (cnn_vector)(0);
  int64_t k = 0;
  for (; k + sets <= count; k += sets)
    CNN_UNROLL for (int set = 0; set < sets; set++) {
      const cnn_vector factor = (cnn_vector)(*factors);
      const float *run = runs + *places;
      factors += step;
      places += step;
      CNN_UNROLL for (int v = 0; v < vectors; v++) sums[set][v] += factor * cnn_load(run + v * CNN_LANES);
    }
  for (; k < count; k++, factors += step, places += step) {
    const cnn_vector factor = (cnn_vector)(*factors);
    CNN_UNROLL for (int v = 0; v < vectors; v++)
      sums[0][v] += factor * cnn_load(runs + *places + v * CNN_LANES);
  }
  CNN_UNROLL for (int v = 0; v < vectors; v++) {
    cnn_vector sum = sums[0][v];
    CNN_UNROLL for (int set = 1; set < sets; set++) sum += sums[set][v];
    cnn_store(y + v * CNN_LANES, cnn_load(y + v * CNN_LANES) + sum);
  }
}

/// The same for a run of any number of floats; of y and the runs there is room for whole vectors.
static void squares_add(int64_t floats, int64_t count, int64_t step, const float *factors, const int32_t *places,
                        const float *runs, float *y) {
  const int64_t vectors = (floats + CNN_LANES - 1) / CNN_LANES;
  const int64_t parts = (vectors + SQUARES_VECTORS - 1) / SQUARES_VECTORS;
  for (int64_t part = 0; part < parts; part++) {
    const int64_t v = vectors * part / parts, at = v * CNN_LANES;
#define SQUARES_CASE(n) \
  case n: squares_add_fixed(n, count, step, factors, places, runs + at, y + at); break;
    switch (vectors * (part + 1) / parts - v) {
      SQUARES_CASE(1)
      SQUARES_CASE(2)
      SQUARES_CASE(3)
      SQUARES_CASE(4)
      SQUARES_CASE(5)
      SQUARES_CASE(6)
      SQUARES_CASE(7)
      SQUARES_CASE(8)
#if CNN_TILE_ROWS * CNN_TILE_VECTORS >= 12
      SQUARES_CASE(9)
      SQUARES_CASE(10)
      SQUARES_CASE(11)
      SQUARES_CASE(12)
#endif
    }
#undef SQUARES_CASE
  }
}

/// The part of the image's rows, or columns, that lies in what windows see of it.
static cnn_range squares_inside(int64_t seen, int64_t pad, int64_t length) {
  const int64_t begin = cnn_min(seen, cnn_max(0, pad));
  return (cnn_range){begin, cnn_max(begin, cnn_min(seen, length + pad))};
}

#endif
