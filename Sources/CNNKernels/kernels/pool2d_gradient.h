#ifndef CNN_POOL2D_GRADIENT_H
#define CNN_POOL2D_GRADIENT_H

#include "pool2d.h"
#include "window.h"
#include "units.h"

/// Where all of a window is padding.
static const int32_t POOL_EMPTY = INT32_MIN;

/// best[i] and places[i] become values[i] and first + i * step where that wins. Separate arrays of one width,
/// so that the loop vectorises.
static void pool2d_gradient_compare(const float *restrict values, int32_t first, int32_t step, int64_t count,
                    float *restrict best, int32_t *restrict places) {
  for (int32_t i = 0; i < (int32_t)count; i++) {
    const float v = values[i], old = best[i];
    const int32_t place = places[i];
    const int wins = (v > old) | (v != v) | (place == POOL_EMPTY);
    best[i] = wins ? v : old;
    places[i] = wins ? first + i * step : place;
  }
}

/// places[j - begin] = the place of the first maximum of the window at output (row, j), counted from the
/// start of the row of the plane that the window begins in.
static void pool2d_gradient_find_maxima(const cnn_window *w, const float *plane, int64_t row, int64_t begin, int64_t end,
                        int32_t *places) {
  float best[CNN_TILE], values[CNN_TILE];
  const int64_t top = row * w->stride_height - w->pad_top, step = w->stride_width;
  for (int64_t i = 0; i < end - begin; i++) {
    best[i] = -INFINITY;
    places[i] = POOL_EMPTY;
  }
  const cnn_range rows = cnn_inside(0, w->kernel_height, w->dilation_height, top, 0, w->height);
  for (int64_t fy = rows.first; fy < rows.end; fy++) {
    const int64_t down = fy * w->dilation_height;
    const float *line = plane + (top + down) * w->width;
    for (int64_t fx = 0; fx < w->kernel_width; fx++) {
      const int64_t offset = fx * w->dilation_width - w->pad_left;
      const cnn_range columns = cnn_inside(begin, end, step, offset, 0, w->width);
      const int64_t count = columns.end - columns.first, place = columns.first - begin;
      if (count <= 0) continue;
      const int64_t first = columns.first * step + offset;
      for (int64_t i = 0; i < count; i++) values[i] = line[first + i * step];
      pool2d_gradient_compare(values, (int32_t)(down * w->width + first), (int32_t)step, count, best + place, places + place);
    }
  }
}

static void pool2d_gradient_spread_to_maxima(const cnn_window *w, const float *x, const float *dy, int64_t row,
                             int64_t begin, int64_t end, float *dx) {
  int32_t places[CNN_TILE];
  pool2d_gradient_find_maxima(w, x, row, begin, end, places);
  const int64_t start = (row * w->stride_height - w->pad_top) * w->width;
  for (int64_t i = 0; i < end - begin; i++)
    if (places[i] != POOL_EMPTY) dx[start + places[i]] += dy[i];
}

/// Adds values[j - begin] to all that the window at output (row, j) has read.
static void pool2d_gradient_spread_evenly(const cnn_window *w, const float *values, int64_t row, int64_t begin, int64_t end,
                          float *dx) {
  const int64_t top = row * w->stride_height - w->pad_top, step = w->stride_width;
  const cnn_range rows = cnn_inside(0, w->kernel_height, w->dilation_height, top, 0, w->height);
  for (int64_t fx = 0; fx < w->kernel_width; fx++) {
    const int64_t offset = fx * w->dilation_width - w->pad_left;
    const cnn_range columns = cnn_inside(begin, end, step, offset, 0, w->width);
    for (int64_t fy = rows.first; fy < rows.end; fy++) {
      float *line = dx + (top + fy * w->dilation_height) * w->width;
      for (int64_t j = columns.first; j < columns.end; j++) line[j * step + offset] += values[j - begin];
    }
  }
}

/// dy divided by what the forward sums were divided by.
static void pool2d_gradient_divide(const cnn_pool2d_gradient_parameters *p, const float *dy, int64_t row, int64_t begin, int64_t end, float *values) {
  const cnn_range rows =
      cnn_inside(0, p->kernel_height, p->dilation_height, row * p->stride_height - p->pad_top,
                 -p->counted_top, p->height + p->counted_bottom);
  for (int64_t j = begin; j < end; j++) {
    const cnn_range columns =
        cnn_inside(0, p->kernel_width, p->dilation_width, j * p->stride_width - p->pad_left,
                   -p->counted_left, p->width + p->counted_right);
    const int64_t count =
        cnn_max(0, rows.end - rows.first) * cnn_max(0, columns.end - columns.first);
    values[j - begin] = dy[j - begin] / (float)cnn_max(1, count);
  }
}

/// Defines the gradient of one vector of squares of two by two: dy at the first maximum, else 0.
#define POOL_DEFINE_GRADIENT(name, vector, load, store, even, odd, low, high, lanes)               \
  CNN_INLINE void name(const float *upper, const float *lower, const float *dy, float *above,      \
                       float *below) {                                                             \
    const vector p = load(upper), q = load(upper + lanes), r = load(lower), s = load(lower + lanes); \
    const vector a = even(p, q), b = odd(p, q), c = even(r, s), d = odd(r, s), v = load(dy);       \
    const vector zero = (vector)(0);                                                               \
    const __typeof__(a > b) second = (b > a) | (b != b);                                           \
    const vector best2 = second ? b : a;                                                           \
    const __typeof__(a > b) third = (c > best2) | (c != c);                                        \
    const vector best3 = third ? c : best2;                                                        \
    const __typeof__(a > b) fourth = (d > best3) | (d != d);                                       \
    const vector at_a = (second | third | fourth) ? zero : v;                                      \
    const vector at_b = (second & ~(third | fourth)) ? v : zero;                                   \
    const vector at_c = (third & ~fourth) ? v : zero, at_d = fourth ? v : zero;                    \
    store(above, low(at_a, at_b));                                                                 \
    store(above + lanes, high(at_a, at_b));                                                        \
    store(below, low(at_c, at_d));                                                                 \
    store(below + lanes, high(at_c, at_d));                                                        \
  }
POOL_DEFINE_GRADIENT(pool_gradient, cnn_vector, cnn_load, cnn_store, CNN_EVEN, CNN_ODD, CNN_ZIP_LOW,
                     CNN_ZIP_HIGH, CNN_LANES)
POOL_DEFINE_GRADIENT(pool_gradient_four, cnn_four, cnn_load_four, cnn_store_four, CNN_EVEN_FOUR,
                     CNN_ODD_FOUR, CNN_ZIP_LOW_FOUR, CNN_ZIP_HIGH_FOUR, 4)

/// One square of two by two.
static inline void pool_gradient_one(const float *upper, const float *lower, float v, float *above,
                                     float *below) {
  const float a = upper[0], b = pool_larger(a, upper[1]), c = pool_larger(b, lower[0]);
  const int fourth = (lower[1] > c) | (lower[1] != lower[1]);
  const int third = !fourth && ((lower[0] > b) | (lower[0] != lower[0]));
  const int second = !fourth && !third && ((upper[1] > a) | (upper[1] != upper[1]));
  above[0] = second || third || fourth ? 0 : v;
  above[1] = second ? v : 0;
  below[0] = third ? v : 0;
  below[1] = fourth ? v : 0;
}

/// Squares of two by two, each of whose four elements is written. The last vector of a row overlaps the one
/// before it.
static void pool2d_gradient_halve(const cnn_pool2d_gradient_parameters *p, const float *x, const float *dy,
                                  float *dx) {
  if (2 * p->out_height < p->height || 2 * p->out_width < p->width)
    memset(dx, 0, (size_t)(p->height * p->width) * sizeof(float));
  for (int64_t row = 0; row < p->out_height; row++) {
    const float *upper = x + 2 * row * p->width, *lower = upper + p->width;
    const float *d = dy + row * p->out_width;
    float *above = dx + 2 * row * p->width, *below = above + p->width;
    int64_t j = 0;
    for (; j < p->out_width && p->out_width >= CNN_LANES; j += CNN_LANES) {
      const int64_t i = cnn_min(j, p->out_width - CNN_LANES);
      pool_gradient(upper + 2 * i, lower + 2 * i, d + i, above + 2 * i, below + 2 * i);
    }
    for (; j < p->out_width && p->out_width >= 4; j += 4) {
      const int64_t i = cnn_min(j, p->out_width - 4);
      pool_gradient_four(upper + 2 * i, lower + 2 * i, d + i, above + 2 * i, below + 2 * i);
    }
    for (; j < p->out_width; j++)
      pool_gradient_one(upper + 2 * j, lower + 2 * j, d[j], above + 2 * j, below + 2 * j);
  }
}

/// All windows of a plane.
static void pool2d_gradient_plane(const cnn_pool2d_gradient_parameters *p, const float *x, const float *dy,
                                  float *dx) {
  const cnn_window window = CNN_WINDOW(p);
  float values[CNN_TILE];
  memset(dx, 0, (size_t)(p->height * p->width) * sizeof(float));
  for (int64_t row = 0; row < p->out_height; row++) {
    for (int64_t begin = 0; begin < p->out_width; begin += CNN_TILE) {
      const int64_t end = cnn_min(p->out_width, begin + CNN_TILE);
      const float *d = dy + row * p->out_width + begin;
      if (p->mode == POOL_MAX) {
        pool2d_gradient_spread_to_maxima(&window, x, d, row, begin, end, dx);
      } else if (p->mode == POOL_AVERAGE) {
        pool2d_gradient_divide(p, d, row, begin, end, values);
        pool2d_gradient_spread_evenly(&window, values, row, begin, end, dx);
      } else {
        pool2d_gradient_spread_evenly(&window, d, row, begin, end, dx);
      }
    }
  }
}

CNN_SPLIT(pool2d_gradient, p->batch * p->channels,
          p->batch * p->channels * p->out_height * p->out_width * (p->kernel_height * p->kernel_width + 4) / 2)

CNN_KERNEL(pool2d_gradient) {
  const cnn_pool2d_gradient_parameters *p = parameters;
  const int halves = p->mode == POOL_MAX && POOL_IS_HALVING(p);
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *dx = (float *)operands[0] + n * p->dx_stride + c * in;
    const float *dy = (const float *)operands[1] + n * p->dy_stride + c * out;
    const float *x = p->mode == POOL_MAX ? (const float *)operands[2] + n * p->x_stride + c * in : NULL;
    if (halves)
      pool2d_gradient_halve(p, x, dy, dx);
    else
      pool2d_gradient_plane(p, x, dy, dx);
  }
}

#endif
