// What kernels are written on where the compiler is not clang: plain C99. It stands in for tile.h, blocks.h and sixteen.h,
// so that those kernels that need no vectors of their own are the same text, with vectors of one lane.
//
// The others are written on rows of 16 sums in parts: GNU's vectors where the compiler has them, single floats elsewhere.

#ifndef CNN_PORTABLE_LANES_H
#define CNN_PORTABLE_LANES_H

#define CNN_TILE_H
#define CNN_BLOCKS_H
#define CNN_SIXTEEN_H

#include "../kernels/geometry.h"
#include "../kernels/panels.h"

#define CNN_LANES 1
typedef float cnn_vector;
typedef int32_t cnn_integers;
typedef uint32_t cnn_naturals;

#if defined(__GNUC__)
#define CNN_INLINE static inline __attribute__((always_inline))
#else
#define CNN_INLINE static inline
#endif

/// Floats of a part.
#if !defined(CNN_PART)
#if !defined(__GNUC__)
#define CNN_PART 1
#elif defined(__AVX__)
#define CNN_PART 8
#else
#define CNN_PART 4
#endif
#endif
#if CNN_PART == 1
typedef float cnn_part;
#else
typedef float cnn_part __attribute__((vector_size(CNN_PART * sizeof(float))));
#endif
#define CNN_UNROLL

CNN_INLINE cnn_vector cnn_load(const float *x) { return *x; }
CNN_INLINE void cnn_store(float *y, cnn_vector v) { *y = v; }
CNN_INLINE cnn_vector cnn_square_root(cnn_vector v) { return sqrtf(v); }

enum {
  /// Parts of a block's channels.
  CNN_PARTS = CNN_PANEL / CNN_PART,
  /// Pixels whose sums are computed together.
  CNN_PIXELS = 4
};

/// What pixels outside of the image read.
static const float cnn_no_pixel[CNN_PANEL] = {0};

/// A block's channels at one pixel.
typedef struct {
  cnn_part part[CNN_PARTS];
} cnn_sixteen;

#define CNN_EACH_PART(i) for (int i = 0; i < CNN_PARTS; i++)

CNN_INLINE cnn_part cnn_load_part(const float *x) {
  cnn_part v;
  memcpy(&v, x, sizeof v);
  return v;
}

CNN_INLINE cnn_sixteen cnn_load_sixteen(const float *x) {
  cnn_sixteen v;
  CNN_EACH_PART(i) v.part[i] = cnn_load_part(x + i * CNN_PART);
  return v;
}

CNN_INLINE void cnn_store_sixteen(float *y, cnn_sixteen v) { memcpy(y, &v, sizeof v); }

CNN_INLINE cnn_sixteen cnn_fill_sixteen(float value) {
  cnn_sixteen v;
  CNN_EACH_PART(i) v.part[i] = value + (cnn_part){0};
  return v;
}

/// The larger of two, the second where it is not a number.
CNN_INLINE float cnn_larger(float best, float v) { return v > best || v != v ? v : best; }

/// Sums of some pixels, 16 of each.
typedef struct {
  cnn_part v[CNN_PIXELS][CNN_PARTS];
} cnn_sums;

CNN_INLINE void cnn_sums_clear(cnn_sums *sums) {
  for (int p = 0; p < CNN_PIXELS; p++) CNN_EACH_PART(i) sums->v[p][i] = (cnn_part){0};
}

/// Adds terms: those of pixel p are x[p][0..<count], each times 16 weights of w.
CNN_INLINE void cnn_sums_add(const float *const x[CNN_PIXELS], int64_t count, const float *w, cnn_sums *sums) {
  const float *const x0 = x[0], *const x1 = x[1], *const x2 = x[2], *const x3 = x[3];
  for (int64_t k = 0; k < count; k++, w += CNN_PANEL) {
    const float values[CNN_PIXELS] = {x0[k], x1[k], x2[k], x3[k]};
    for (int p = 0; p < CNN_PIXELS; p++)
      CNN_EACH_PART(i) sums->v[p][i] += values[p] * cnn_load_part(w + i * CNN_PART);
  }
}

/// Adds one term: that of pixel p is x[p * step].
CNN_INLINE void cnn_sums_add_term(const float *x, int64_t step, const float *w, cnn_sums *sums) {
  const float values[CNN_PIXELS] = {x[0], x[step], x[2 * step], x[3 * step]};
  for (int p = 0; p < CNN_PIXELS; p++)
    CNN_EACH_PART(i) sums->v[p][i] += values[p] * cnn_load_part(w + i * CNN_PART);
}

CNN_INLINE void cnn_sums_save(const cnn_sums *sums, float to[CNN_PIXELS][CNN_PANEL]) {
  for (int p = 0; p < CNN_PIXELS; p++)
    CNN_EACH_PART(i) memcpy(&to[p][i * CNN_PART], &sums->v[p][i], sizeof(cnn_part));
}

#endif
