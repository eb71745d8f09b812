// A convolution, its function and the maxima of disjoint squares of two by two in one, for planar images with few
// channels. The lanes are neighbouring maxima: what tap (fy, fx) reads for the upper left outputs of all squares lies
// side by side in the planes of pool_small_band.h, so that each of a square's four outputs reads a plane from one
// element on, over the ends of rows; its maximum is taken of four registers. A maximum's sums are 4 for each filter,
// which shares the four loads of a term with others.

#include "pool_small_band.h"
#include "sixteen.h"
#include "units.h"

enum {
  /// Terms of a turn of a loop.
  SMALL_TURN = 5,
  /// Filters whose sums the registers hold, for the four outputs of each square.
  SMALL_FILTERS = CNN_TILE_ROWS * CNN_TILE_VECTORS / 2,
  /// Squares that are computed together where the lanes are filters.
  SMALL_SQUARES = SMALL_FILTERS < 6 ? SMALL_FILTERS / 2 : 3
};

/// What belongs to the larger.
CNN_INLINE cnn_vector small_place(cnn_vector best, cnn_vector v, cnn_vector place, cnn_vector other) {
  return ((v > best) | (v != v)) ? other : place;
}

CNN_INLINE cnn_vector small_finish(cnn_vector largest, cnn_vector bias, int64_t function) {
  largest += bias;
  return function == CNN_RELU ? (largest < (cnn_vector)(0) ? (cnn_vector)(0) : largest) : largest;
}

/// Stores a vector's first lanes.
CNN_INLINE void small_store(cnn_vector v, int64_t count, float *y) {
  if (count >= CNN_LANES) {
    cnn_store(y, v);
  } else {
    float lanes[CNN_LANES];
    cnn_store(lanes, v);
    for (int64_t i = 0; i < count; i++) y[i] = lanes[i];
  }
}

/// Adds a term of some filters to the sums of left outputs and of right ones.
CNN_INLINE void small_add_term(const int filters, const float *left, int64_t plane, const float *w,
                               cnn_vector sums[SMALL_FILTERS][2]) {
  const cnn_vector values[2] = {cnn_load(left), cnn_load(left + plane)};
  CNN_UNROLL for (int f = 0; f < filters; f++) {
    const cnn_vector weight = (cnn_vector)(w[f]);
    sums[f][0] += weight * values[0];
    sums[f][1] += weight * values[1];
  }
}

/// The larger of neighbouring outputs, a vector of them for each of some filters: those of the panel from w on; and
/// with `places` 1 where it is the right one. x: where the first square's outputs begin; term: where terms do, every
/// other one of them.
CNN_INLINE void small_pair(const int filters, const int finds, const small_band *b, const float *x, const float *w,
                           const int64_t *term, float *larger, float *places) {
  cnn_vector sums[SMALL_FILTERS][2];
  CNN_UNROLL for (int f = 0; f < filters; f++) sums[f][0] = sums[f][1] = (cnn_vector)(0);
  const int64_t plane = b->plane, *last = term + 2 * b->term_count;
  // Several terms at a time: few turns are foreseen better than many.
  for (; term + 2 * SMALL_TURN <= last; term += 2 * SMALL_TURN, w += SMALL_TURN * CNN_PANEL)
    CNN_UNROLL for (int i = 0; i < SMALL_TURN; i++)
      small_add_term(filters, x + term[2 * i], plane, w + i * CNN_PANEL, sums);
  for (; term < last; term += 2, w += CNN_PANEL) small_add_term(filters, x + *term, plane, w, sums);
  CNN_UNROLL for (int f = 0; f < filters; f++) {
    if (finds)
      cnn_store(places + f * CNN_LANES,
                small_place(sums[f][0], sums[f][1], (cnn_vector)(0), (cnn_vector)(1)));
    cnn_store(larger + f * CNN_LANES, cnn_larger(sums[f][0], sums[f][1]));
  }
}

/// Where maxima go to.
typedef struct {
  float *y, *places;  // places may be NULL
} small_target;

static small_target small_advance(small_target t, int64_t floats) {
  return (small_target){t.y + floats, t.places ? t.places + floats : NULL};
}

/// A vector of maxima for each of some filters, of which `count` are stored.
CNN_INLINE void small_vector(const int filters, const int finds, const cnn_conv2d_pool_small_parameters *p,
                             const small_band *b, const float *x, const float *w, const float *bias, int64_t count,
                             small_target to) {
  float larger[2][SMALL_FILTERS * CNN_LANES], right[2][SMALL_FILTERS * CNN_LANES];
  // Not unrolled: the registers are full, and the upper outputs' maxima are not to stay there.
  _Pragma("clang loop unroll(disable)") for (int i = 0; i < 2; i++)
    small_pair(filters, finds, b, x, w, b->terms + i, larger[i], right[i]);
  CNN_UNROLL for (int f = 0; f < filters; f++) {
    const cnn_vector upper = cnn_load(larger[0] + f * CNN_LANES), lower = cnn_load(larger[1] + f * CNN_LANES);
    const int64_t at = f * p->out_height * p->out_width;
    small_store(small_finish(cnn_larger(upper, lower), (cnn_vector)(bias[f]), p->function), count, to.y + at);
    if (!finds) continue;
    const cnn_vector of_upper = cnn_load(right[0] + f * CNN_LANES), of_lower = cnn_load(right[1] + f * CNN_LANES);
    small_store(small_place(upper, lower, of_upper, of_lower + 2), count, to.places + at);
  }
}

/// The same where the lanes are filters, of which `count` are stored, for a few squares.
CNN_INLINE void small_squares(const int squares, const int vectors, const cnn_conv2d_pool_small_parameters *p,
                              const small_band *b, const float *x, const float *w, const float *bias, int64_t count,
                              small_target to) {
  cnn_vector sums[SMALL_SQUARES][2][4];
  CNN_UNROLL for (int s = 0; s < squares; s++)
    CNN_UNROLL for (int v = 0; v < vectors; v++)
      CNN_UNROLL for (int i = 0; i < 4; i++) sums[s][v][i] = (cnn_vector)(0);
  const int64_t plane = b->plane, *last = b->terms + 2 * b->term_count;
  for (const int64_t *term = b->terms; term < last; term += 2, w += CNN_PANEL) {
    const float *upper = x + term[0], *lower = x + term[1];
    cnn_vector weights[2];
    CNN_UNROLL for (int v = 0; v < vectors; v++) weights[v] = cnn_load(w + v * CNN_LANES);
    CNN_UNROLL for (int s = 0; s < squares; s++) {
      const float values[4] = {upper[s], upper[plane + s], lower[s], lower[plane + s]};
      CNN_UNROLL for (int i = 0; i < 4; i++)
        CNN_UNROLL for (int v = 0; v < vectors; v++) sums[s][v][i] += weights[v] * (cnn_vector)(values[i]);
    }
  }
  const int64_t area = p->out_height * p->out_width;
  CNN_UNROLL for (int s = 0; s < squares; s++)
    CNN_UNROLL for (int v = 0; v < vectors; v++) {
      const cnn_vector *sum = sums[s][v];
      cnn_vector largest = sum[0], place = (cnn_vector)(0);
      CNN_UNROLL for (int i = 1; i < 4; i++) {
        place = small_place(largest, sum[i], place, (cnn_vector)((float)i));
        largest = cnn_larger(largest, sum[i]);
      }
      float lanes[2][CNN_LANES];
      cnn_store(lanes[0], small_finish(largest, cnn_load(bias + v * CNN_LANES), p->function));
      cnn_store(lanes[1], place);
      for (int64_t f = 0; f < cnn_min(CNN_LANES, count - v * CNN_LANES); f++) {
        to.y[(v * CNN_LANES + f) * area + s] = lanes[0][f];
        if (CNN_FINDS_PLACES && to.places) to.places[(v * CNN_LANES + f) * area + s] = lanes[1][f];
      }
    }
}

/// Maxima of up to a vector's lanes, for all filters of a panel.
static void small_panel(const cnn_conv2d_pool_small_parameters *p, const small_band *b, int64_t filters, const float *x,
                        const float *w, const float *bias, int64_t count, small_target to) {
  // Blocks of filters of nearly the same size: a small one keeps too few sums to hide their latency.
  const int64_t blocks = (filters + SMALL_FILTERS - 1) / SMALL_FILTERS;
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t f = filters * block / blocks;
    const small_target at = small_advance(to, f * p->out_height * p->out_width);
#define SMALL_CASE(n)                                              \
  case n:                                                          \
    if (CNN_FINDS_PLACES && at.places)                             \
      small_vector(n, 1, p, b, x, w + f, bias + f, count, at);     \
    else                                                           \
      small_vector(n, 0, p, b, x, w + f, bias + f, count, at);     \
    break;
    switch (filters * (block + 1) / blocks - f) {
      SMALL_CASE(1)
      SMALL_CASE(2)
      SMALL_CASE(3)
      SMALL_CASE(4)
#if CNN_TILE_ROWS * CNN_TILE_VECTORS >= 12
      SMALL_CASE(5)
      SMALL_CASE(6)
#endif
#if CNN_TILE_ROWS * CNN_TILE_VECTORS >= 24
      SMALL_CASE(7)
      SMALL_CASE(8)
      SMALL_CASE(9)
      SMALL_CASE(10)
      SMALL_CASE(11)
      SMALL_CASE(12)
#endif
    }
#undef SMALL_CASE
  }
}

/// The same for fewer, the lanes being filters.
static void small_rest(const cnn_conv2d_pool_small_parameters *p, const small_band *b, int64_t filters, const float *x,
                       const float *w, const float *bias, int64_t count, small_target target) {
  const int64_t area = p->out_height * p->out_width;
  for (int64_t f = 0; f < filters;) {
    const int64_t left = filters - f;
    const int two = left > CNN_LANES && CNN_LANES < CNN_PANEL && SMALL_SQUARES > 1;
    for (int64_t i = 0; i < count;) {
      const int64_t squares = two ? 1 : cnn_min(SMALL_SQUARES, count - i);
      const small_target to = small_advance(target, f * area + i);
      if (two)
        small_squares(1, 2, p, b, x + i, w + f, bias + f, left, to);
      else if (squares == 1)
        small_squares(1, 1, p, b, x + i, w + f, bias + f, left, to);
      else if (squares == 2)
        small_squares(2, 1, p, b, x + i, w + f, bias + f, left, to);
      else
        small_squares(SMALL_SQUARES, 1, p, b, x + i, w + f, bias + f, left, to);
      i += squares;
    }
    f += two ? 2 * CNN_LANES : CNN_LANES;
  }
}

/// A band of maxima of all filters; `to` is the band's first element of the first of them.
static void small_maxima(const cnn_conv2d_pool_small_parameters *p, const small_band *b, const float *planes,
                         const float *w, const float *bias, small_target to) {
  const int64_t area = p->out_height * p->out_width, count = b->rows * p->out_width;
  for (int64_t k = 0; k < p->filters; k += CNN_PANEL) {
    const int64_t filters = cnn_min(CNN_PANEL, p->filters - k);
    float start[CNN_PANEL];
    cnn_copy_bias(bias, k, p->filters, start);
    for (int64_t i = 0; i < count; i += CNN_LANES) {
      const int64_t left = count - i, vectors = (filters + CNN_LANES - 1) / CNN_LANES;
      // A vector that is not full takes as long as a full one.
      if (left * vectors * 4 <= filters * 3)
        small_rest(p, b, filters, planes + i, w, start, left, small_advance(to, i));
      else
        small_panel(p, b, filters, planes + i, w, start, left, small_advance(to, i));
    }
    if (!cnn_is_finished_in_registers(p->function))
      for (int64_t f = 0; f < filters; f++)
        cnn_apply(p->function, (float)p->alpha, to.y + f * area, to.y + f * area, count);
    w += p->channels * p->kernel_height * p->kernel_width * CNN_PANEL;
    to = small_advance(to, CNN_PANEL * area);
  }
}

CNN_SPLIT(conv2d_pool_small, p->batch * small_bands(p),
          p->batch * p->filters * p->channels * p->out_height * p->out_width * p->kernel_height * p->kernel_width / 10)

CNN_KERNEL(conv2d_pool_small) {
  const cnn_conv2d_pool_small_parameters *p = parameters;
  const int64_t bands = small_bands(p), rows = small_band_rows(p);
  float planes[SMALL_FLOATS], image[SMALL_FLOATS + 4 * SMALL_GAP], odd[SMALL_FLOATS / 2 + 4 * SMALL_GAP];
  int64_t terms[2 * SMALL_TERMS];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / bands, row = unit % bands * rows;
    small_band b = small_band_of(p, cnn_min(rows, p->out_height - row));
    small_set_terms(p, &b, terms);
    b.terms = terms;
    const float *x = (const float *)operands[2] + n * p->x_stride;
    for (int64_t c = 0; c < p->channels; c++) {
      small_pad(p, &b, 2 * row - p->pad_top, x + c * p->height * p->width, image);
      small_fill(p, &b, image, odd, planes + c * b.channel);
    }
    float *y = operands[0], *places = operands[1];
    const int64_t at = row * p->out_width;
    const small_target to = {y + n * p->y_stride + at, places ? places + n * p->places_stride + at : NULL};
    small_maxima(p, &b, planes, operands[3], operands[4], to);
  }
}
