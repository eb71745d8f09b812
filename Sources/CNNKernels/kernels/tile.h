// The two products that nearly all time goes into, each with its sums in registers. CNN_LANES, CNN_TILE_ROWS
// and CNN_TILE_VECTORS say how many there is room for; the code is the same for every instruction set.

#ifndef CNN_TILE_H
#define CNN_TILE_H

#include "geometry.h"

typedef float cnn_vector __attribute__((ext_vector_type(CNN_LANES)));
/// The same at any address of a float.
typedef float cnn_loose_vector __attribute__((ext_vector_type(CNN_LANES), aligned(4)));
typedef int32_t cnn_integers __attribute__((ext_vector_type(CNN_LANES)));
typedef uint32_t cnn_naturals __attribute__((ext_vector_type(CNN_LANES)));
typedef float cnn_four __attribute__((ext_vector_type(4)));
typedef float cnn_loose_four __attribute__((ext_vector_type(4), aligned(4)));
typedef float cnn_eight __attribute__((ext_vector_type(8)));
typedef float cnn_loose_eight __attribute__((ext_vector_type(8), aligned(4)));

enum {
  CNN_TILE_COLUMNS = CNN_TILE_VECTORS * CNN_LANES,
  CNN_DOT_ROWS = 4,
  CNN_DOT_COLUMNS = 3
};

#define CNN_INLINE static inline __attribute__((always_inline))
#define CNN_UNROLL _Pragma("clang loop unroll(full)")

CNN_INLINE cnn_vector cnn_load(const float *x) { return *(const cnn_loose_vector *)x; }
CNN_INLINE void cnn_store(float *y, cnn_vector v) { *(cnn_loose_vector *)y = v; }
CNN_INLINE cnn_vector cnn_square_root(cnn_vector v) { return __builtin_elementwise_sqrt(v); }
CNN_INLINE cnn_four cnn_load_four(const float *x) { return *(const cnn_loose_four *)x; }
CNN_INLINE void cnn_store_four(float *y, cnn_four v) { *(cnn_loose_four *)y = v; }
#if CNN_LANES == 16
CNN_INLINE cnn_eight cnn_load_eight(const float *x) { return *(const cnn_loose_eight *)x; }
CNN_INLINE void cnn_store_eight(float *y, cnn_eight v) { *(cnn_loose_eight *)y = v; }
#endif

// Every other lane of two vectors, and two vectors lane by lane.
#if CNN_LANES == 16
#define CNN_EVEN(a, b) \
  __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define CNN_ODD(a, b) \
  __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define CNN_ZIP_LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define CNN_ZIP_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif CNN_LANES == 8
#define CNN_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define CNN_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define CNN_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define CNN_ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define CNN_EVEN(a, b) CNN_EVEN_FOUR(a, b)
#define CNN_ODD(a, b) CNN_ODD_FOUR(a, b)
#define CNN_ZIP_LOW(a, b) CNN_ZIP_LOW_FOUR(a, b)
#define CNN_ZIP_HIGH(a, b) CNN_ZIP_HIGH_FOUR(a, b)
#endif
#define CNN_EVEN_FOUR(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define CNN_ODD_FOUR(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define CNN_ZIP_LOW_FOUR(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define CNN_ZIP_HIGH_FOUR(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)

/// A matrix whose columns lie side by side, and whose rows lie anywhere: what a product reads.
typedef struct {
  const float *a;             // coefficient of row r and term k: a[r * a_row + k * a_term]
  int64_t a_row, a_term;
  const float *b;             // element i of term k: b[offsets[k] + i]
  const int64_t *offsets;
  int64_t terms;
  const float *start;         // what row r starts with; NULL where products are added to what is there
} cnn_product;

/// Keeps the compiler from deriving one pointer from another, step by step, in the loop that uses both.
#define CNN_INDEPENDENT(pointer) __asm__("" : "+r"(pointer))

/// c[r][i] = start[r] or += the sum over k of a[r][k] * b[k][i], for constant numbers of rows and vectors.
CNN_INLINE void cnn_multiply_fixed(const int rows, const int vectors, const cnn_product *p, const float *a,
                                   const float *b, const float *start, float *c, int64_t c_row) {
  cnn_vector sums[CNN_TILE_ROWS][CNN_TILE_VECTORS];
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = (cnn_vector)(0);
  const int64_t *offsets = p->offsets, *last = offsets + p->terms;
  const int64_t a_row = p->a_row, a_term = p->a_term;
  // A pointer for every three rows: the others are one addition of the address away.
  const float *thirds[(CNN_TILE_ROWS + 2) / 3];
  CNN_UNROLL for (int r = 0; r < rows; r += 3) {
    thirds[r / 3] = a + r * a_row;
    CNN_INDEPENDENT(thirds[r / 3]);
  }
  for (; offsets < last; offsets++) {
    const float *x = b + *offsets;
    cnn_vector values[CNN_TILE_VECTORS];
    CNN_UNROLL for (int v = 0; v < vectors; v++) values[v] = cnn_load(x + v * CNN_LANES);
    CNN_UNROLL for (int r = 0; r < rows; r++) {
      const cnn_vector factor = (cnn_vector)(thirds[r / 3][r % 3 * a_row]);
      CNN_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += factor * values[v];
    }
    CNN_UNROLL for (int r = 0; r < rows; r += 3) thirds[r / 3] += a_term;
  }
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int v = 0; v < vectors; v++) {
      float *to = c + r * c_row + v * CNN_LANES;
      cnn_store(to, sums[r][v] + (start ? (cnn_vector)(start[r]) : cnn_load(to)));
    }
}

/// One tile: up to CNN_TILE_ROWS rows from a on, and columns from b on.
#define CNN_MULTIPLY_CASE(n)                                                        \
  case n:                                                                           \
    if (vectors == 1) return cnn_multiply_fixed(n, 1, p, a, b, start, c, c_row);           \
    return cnn_multiply_fixed(n, CNN_TILE_VECTORS, p, a, b, start, c, c_row)
static void cnn_multiply_tile(const cnn_product *p, const float *a, const float *b, const float *start,
                              int64_t rows, int64_t vectors, float *c, int64_t c_row) {
  switch (rows) {
    CNN_MULTIPLY_CASE(1);
    CNN_MULTIPLY_CASE(2);
    CNN_MULTIPLY_CASE(3);
    CNN_MULTIPLY_CASE(4);
#if CNN_TILE_ROWS > 4
    CNN_MULTIPLY_CASE(5);
    CNN_MULTIPLY_CASE(6);
#endif
#if CNN_TILE_ROWS > 6
    CNN_MULTIPLY_CASE(7);
    CNN_MULTIPLY_CASE(8);
    CNN_MULTIPLY_CASE(9);
    CNN_MULTIPLY_CASE(10);
    CNN_MULTIPLY_CASE(11);
    CNN_MULTIPLY_CASE(12);
#endif
  }
}
#undef CNN_MULTIPLY_CASE

/// c[r][i] = start[r] or += the product's element, for rows and columns in any number. Of b and c there is room for columns
/// up to a whole multiple of CNN_LANES; what is there behind the last column does not matter.
static void cnn_add_product(const cnn_product *p, int64_t rows, int64_t columns, float *c, int64_t c_row) {
  // Blocks of rows of nearly the same height: a low one keeps too few sums to hide their latency.
  const int64_t blocks = (rows + CNN_TILE_ROWS - 1) / CNN_TILE_ROWS;
  for (int64_t i = 0; i < columns; i += CNN_TILE_COLUMNS) {
    const int64_t vectors = cnn_min(CNN_TILE_VECTORS, (columns - i + CNN_LANES - 1) / CNN_LANES);
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t row = rows * block / blocks, count = rows * (block + 1) / blocks - row;
      const float *a = p->a + row * p->a_row;
      const float *start = p->start ? p->start + row : NULL;
      float *to = c + row * c_row + i;
      // A tile of one vector or of all there is room for.
      if (vectors == CNN_TILE_VECTORS || vectors == 1) {
        cnn_multiply_tile(p, a, p->b + i, start, count, vectors, to, c_row);
      } else {
        for (int64_t v = 0; v < vectors; v++)
          cnn_multiply_tile(p, a, p->b + i + v * CNN_LANES, start, count, 1, to + v * CNN_LANES, c_row);
      }
    }
  }
}

/// A vector's lanes, added up to four.
CNN_INLINE cnn_four cnn_fold_lanes(cnn_vector v) {
#if CNN_LANES == 16
  const cnn_eight half = v.lo + v.hi;
  return half.lo + half.hi;
#elif CNN_LANES == 8
  return v.lo + v.hi;
#else
  return v;
#endif
}

/// The sums of four vectors' lanes, each always in the same order.
CNN_INLINE cnn_four cnn_sum_lanes(cnn_vector a, cnn_vector b, cnn_vector c, cnn_vector d) {
  const cnn_four s = cnn_fold_lanes(a), t = cnn_fold_lanes(b), u = cnn_fold_lanes(c), v = cnn_fold_lanes(d);
  const cnn_four st = __builtin_shufflevector(s, t, 0, 1, 4, 5) + __builtin_shufflevector(s, t, 2, 3, 6, 7);
  const cnn_four uv = __builtin_shufflevector(u, v, 0, 1, 4, 5) + __builtin_shufflevector(u, v, 2, 3, 6, 7);
  return __builtin_shufflevector(st, uv, 0, 2, 4, 6) + __builtin_shufflevector(st, uv, 1, 3, 5, 7);
}

/// Stretches of memory that dot products run along: `segments` of them, each of `length` elements, a whole
/// multiple of CNN_LANES.
typedef struct {
  int64_t segments, length;
  int64_t a_segment, b_segment;  // from a segment to the next
} cnn_stretch;

CNN_INLINE void cnn_dot_fixed(const int rows, const int columns, const cnn_stretch *s,
                              const float *const a[CNN_DOT_ROWS], const float *const b[CNN_DOT_COLUMNS],
                              float totals[CNN_DOT_COLUMNS][CNN_DOT_ROWS]) {
  cnn_vector sums[CNN_DOT_ROWS][CNN_DOT_COLUMNS];
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int c = 0; c < columns; c++) sums[r][c] = (cnn_vector)(0);
  for (int64_t segment = 0; segment < s->segments; segment++) {
    const float *x[CNN_DOT_ROWS], *y[CNN_DOT_COLUMNS];
    CNN_UNROLL for (int r = 0; r < rows; r++) x[r] = a[r] + segment * s->a_segment;
    CNN_UNROLL for (int c = 0; c < columns; c++) y[c] = b[c] + segment * s->b_segment;
    for (int64_t i = 0; i < s->length; i += CNN_LANES) {
      cnn_vector values[CNN_DOT_COLUMNS];
      CNN_UNROLL for (int c = 0; c < columns; c++) values[c] = cnn_load(y[c] + i);
      CNN_UNROLL for (int r = 0; r < rows; r++) {
        const cnn_vector factor = cnn_load(x[r] + i);
        CNN_UNROLL for (int c = 0; c < columns; c++) sums[r][c] += factor * values[c];
      }
    }
  }
  CNN_UNROLL for (int c = 0; c < columns; c++)
    cnn_store_four(totals[c], cnn_sum_lanes(sums[0][c], sums[rows > 1 ? 1 : 0][c], sums[rows > 1 ? 2 : 0][c],
                                            sums[rows > 1 ? 3 : 0][c]));
}

/// totals[c][r] = the dot product of stretches a[r] and b[c]. Of fewer than four rows all four are computed
/// unless it is one, so a has to repeat one of them; columns likewise.
static void cnn_dot(const cnn_stretch *s, const float *const a[CNN_DOT_ROWS], int64_t rows,
                    const float *const b[CNN_DOT_COLUMNS], int64_t columns,
                    float totals[CNN_DOT_COLUMNS][CNN_DOT_ROWS]) {
  if (rows == 1)
    cnn_dot_fixed(1, CNN_DOT_COLUMNS, s, a, b, totals);
  else if (columns == 1)
    cnn_dot_fixed(CNN_DOT_ROWS, 1, s, a, b, totals);
  else
    cnn_dot_fixed(CNN_DOT_ROWS, CNN_DOT_COLUMNS, s, a, b, totals);
}

#endif
