// The maxima of disjoint squares of two by two of a plane.

#ifndef CNN_POOL2D_HALVE_H
#define CNN_POOL2D_HALVE_H

#include "tile.h"

/// The larger of two, the second where it is not a number.
static inline float pool_larger(float best, float v) { return ((v > best) | (v != v)) ? v : best; }

/// Defines the maxima of squares of two by two for one vector of them.
#define POOL_DEFINE_HALVE(name, vector, load, store, even, odd, lanes)                                \
  CNN_INLINE vector name##_larger(vector best, vector v) { return ((v > best) | (v != v)) ? v : best; } \
  CNN_INLINE void name(const float *upper, const float *lower, float *y) {                            \
    const vector a = load(upper), b = load(upper + lanes), c = load(lower), d = load(lower + lanes);  \
    const vector above = name##_larger(even(a, b), odd(a, b));                                        \
    store(y, name##_larger(name##_larger(above, even(c, d)), odd(c, d)));                             \
  }
POOL_DEFINE_HALVE(pool_halve, cnn_vector, cnn_load, cnn_store, CNN_EVEN, CNN_ODD, CNN_LANES)
POOL_DEFINE_HALVE(pool_halve_four, cnn_four, cnn_load_four, cnn_store_four, CNN_EVEN_FOUR, CNN_ODD_FOUR, 4)

/// Maxima of a plane's squares of two by two. The last vector of a row overlaps the one before it.
static void pool2d_halve(const cnn_pool2d_parameters *p, const float *x, float *y) {
  for (int64_t row = 0; row < p->out_height; row++) {
    const float *upper = x + 2 * row * p->width, *lower = upper + p->width;
    float *to = y + row * p->out_width;
    int64_t j = 0;
    for (; j < p->out_width && p->out_width >= CNN_LANES; j += CNN_LANES) {
      const int64_t i = cnn_min(j, p->out_width - CNN_LANES);
      pool_halve(upper + 2 * i, lower + 2 * i, to + i);
    }
    for (; j < p->out_width && p->out_width >= 4; j += 4) {
      const int64_t i = cnn_min(j, p->out_width - 4);
      pool_halve_four(upper + 2 * i, lower + 2 * i, to + i);
    }
    for (; j < p->out_width; j++)
      to[j] = pool_larger(
          pool_larger(pool_larger(upper[2 * j], upper[2 * j + 1]), lower[2 * j]), lower[2 * j + 1]);
  }
}

#endif
