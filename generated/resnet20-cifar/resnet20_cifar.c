// resnet20_cifar, compiled by cnnc: what resnet20_cifar.h declares, in C99. Do not edit.
//
// Where the compiler is clang, and RESNET20_CIFAR_PORTABLE is not defined, kernels are written on its vectors, for the
// instruction set that it compiles for; elsewhere they are plain C.

#include "resnet20_cifar.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(RESNET20_CIFAR_PORTABLE)
#define CNN_VECTORS 1
#else
#define CNN_VECTORS 0
#endif

// What is here is what some network needs, which need not be all of it; and vectors are an extension of C.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-const-variable"
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wgnu"
#pragma GCC diagnostic ignored "-Wc11-extensions"
#pragma GCC diagnostic ignored "-Wpass-failed"
#endif
#endif

#define CNN_MOST_IMAGES RESNET20_CIFAR_BATCH
#define CNN_FINDS_PLACES 0

#if CNN_VECTORS
#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
#define CNN_LANES 16
#define CNN_TILE_ROWS 12
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 14
#define CNN_PANELS 2
#define CNN_IN_ORDER(sum) __asm__ volatile("" : "+v"(sum))
#elif defined(__AVX2__) && defined(__FMA__)
#define CNN_LANES 8
#define CNN_TILE_ROWS 6
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 6
#define CNN_PANELS 1
#else
#if defined(__aarch64__)
#define CNN_TILE_ROWS 6
#define CNN_TILE_VECTORS 4
#define CNN_PIXELS 5
#else
#define CNN_TILE_ROWS 4
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 2
#endif
#define CNN_PANELS 1
#define CNN_LANES 4
#endif
#endif

/// How a call may be divided.
typedef struct {
  int64_t units;
  /// What all of it takes, roughly, in nanoseconds of one core.
  int64_t work;
} cnn_split;

/// The elementwise functions, by the numbers that `CNNGraph`'s `Activation` gives them.
enum {
  CNN_IDENTITY = 0,
  CNN_RELU = 1,
  CNN_RELU6 = 2,
  CNN_LEAKY_RELU = 3,
  CNN_ELU = 4,
  CNN_SIGMOID = 5,
  CNN_TANH = 6,
  CNN_SCALED_TANH = 7,
  CNN_GELU = 8,
  CNN_SILU = 9,
  CNN_HARD_SIGMOID = 10,
  CNN_HARD_SWISH = 11
};

typedef struct {
  int64_t batch;
  int64_t y_stride;
  int64_t x_stride;
  int64_t r_stride;
  int64_t height;
  int64_t width;
  int64_t out_height;
  int64_t out_width;
  int64_t groups;
  int64_t channels;
  int64_t filters;
  int64_t kernel_height;
  int64_t kernel_width;
  int64_t stride_height;
  int64_t stride_width;
  int64_t dilation_height;
  int64_t dilation_width;
  int64_t pad_top;
  int64_t pad_left;
  int64_t function;
  double alpha;
} cnn_conv2d_blocks_parameters;

typedef cnn_conv2d_blocks_parameters cnn_conv2d_planar_parameters;

/// Orders of pack_panels.
enum {
  /// [group][panel of 16 filters][block of 16 channels][tap][16 channels][16 filters], for conv2d_blocks
  CNN_PANELS_BLOCKS = 0,
  /// [panel of 16 filters][channel][tap][16 filters], for conv2d_planar
  CNN_PANELS_PLANAR = 1,
  /// [block of 16 channels][tap][16 channels], for conv2d_depthwise; `filters` of one channel each
  CNN_PANELS_DEPTHWISE = 2
};

typedef struct {
  int64_t batch;
  int64_t y_stride;
  int64_t x_stride;
  int64_t channels;
  int64_t height;
  int64_t width;
  int64_t out_height;
  int64_t out_width;
  int64_t kernel_height;
  int64_t kernel_width;
  int64_t stride_height;
  int64_t stride_width;
  int64_t dilation_height;
  int64_t dilation_width;
  int64_t pad_top;
  int64_t pad_left;
  int64_t counted_top;
  int64_t counted_bottom;
  int64_t counted_left;
  int64_t counted_right;
  int64_t mode;
} cnn_pool2d_parameters;

typedef struct {
  int64_t batch;
  int64_t y_stride;
  int64_t x_stride;
  int64_t r_stride;
  int64_t depth;
  int64_t units;
  int64_t function;
  double alpha;
} cnn_dense_parameters;

typedef struct {
  int64_t batch;
  int64_t y_stride;
  int64_t x_stride;
  int64_t channels;
  int64_t pixels;
  int64_t logarithmic;
} cnn_softmax_parameters;

typedef struct {
  int64_t batch;
  int64_t channels;
  int64_t rows;
  int64_t columns;
  int64_t y_offset;
  int64_t x_offset;
  int64_t y_stride;
  int64_t x_stride;
  int64_t y_channel_stride;
  int64_t x_channel_stride;
  int64_t y_row_stride;
  int64_t x_row_stride;
} cnn_copy_parameters;

typedef struct {
  int64_t batch;
  int64_t count;
  int64_t y_stride;
  double value;
} cnn_fill_parameters;

typedef cnn_pool2d_parameters cnn_pool2d_blocks_parameters;

typedef struct {
  int64_t batch;
  int64_t y_stride;
  int64_t x_stride;
  int64_t channels;
  int64_t area;
} cnn_blocks_from_planar_parameters;

typedef struct {
  int64_t batch;
  int64_t y_stride;
  int64_t x_stride;
  int64_t channels;
  int64_t area;
} cnn_planar_from_blocks_parameters;

typedef struct {
  int64_t batch;
  int64_t x_stride;
  int64_t height;
  int64_t width;
  int64_t channels;
  int64_t pad_top;
  int64_t pad_left;
  int64_t tile;
  int64_t tiles_down;
  int64_t tiles_across;
  int64_t first_tile;
  int64_t tile_count;
} cnn_winograd_input_parameters;

typedef struct {
  int64_t batch;
  int64_t y_stride;
  int64_t r_stride;
  int64_t out_height;
  int64_t out_width;
  int64_t channels;
  int64_t filters;
  int64_t tile;
  int64_t tiles_down;
  int64_t tiles_across;
  int64_t first_tile;
  int64_t tile_count;
  int64_t pools;
  int64_t function;
  double alpha;
} cnn_winograd_output_parameters;

// Which outputs of a row a window's tap reads inside the image, and which tile of a row is computed at once.


/// Before a loop over elements, each of which is read before it is written, and by its own turn only: what is
/// written may lie exactly over what is read, which the compiler would otherwise take for a reason not to
/// use vectors.
#if defined(__clang__)
#define CNN_ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define CNN_ELEMENTWISE _Pragma("GCC ivdep")
#else
#define CNN_ELEMENTWISE
#endif

/// First in a function whose results are stored in files: a product is rounded before it is added, whatever the
/// instruction set, so that all of them get the same bits.
#if defined(__clang__)
#define CNN_UNCONTRACTED _Pragma("clang fp contract(off)")
#else
#define CNN_UNCONTRACTED
#endif

/// Outputs of a row that are computed together, in a buffer on the stack.
enum { CNN_TILE = 256 };

static inline int64_t cnn_min(int64_t a, int64_t b) { return a < b ? a : b; }

static inline int64_t cnn_max(int64_t a, int64_t b) { return a > b ? a : b; }

/// A number rounded up to a whole multiple.
static inline int64_t cnn_round_up(int64_t count, int64_t step) { return (count + step - 1) / step * step; }

/// Tiles of a row.
static inline int64_t cnn_tiles(int64_t count) { return (count + CNN_TILE - 1) / CNN_TILE; }

/// The smallest i >= 0 with i * stride >= distance.
static inline int64_t cnn_steps(int64_t distance, int64_t stride) {
  if (distance <= 0) return 0;
  return stride == 1 ? distance : (distance - 1) / stride + 1;
}

/// A range of outputs, empty where first >= end.
typedef struct {
  int64_t first, end;
} cnn_range;

/// The outputs i in [begin, end) whose tap, at i * stride + offset, lies in [low, high).
static inline cnn_range cnn_inside(int64_t begin, int64_t end, int64_t stride, int64_t offset, int64_t low,
                                   int64_t high) {
  const cnn_range range = {cnn_max(begin, cnn_steps(low - offset, stride)),
                           cnn_min(end, cnn_steps(high - offset, stride))};
  return range;
}

// Blocks of 16 channels and panels of 16 filters, whatever they are computed with.



/// Channels of a block, and filters of a panel.
enum { CNN_PANEL = 16 };

/// Blocks, or panels, of a number of channels or filters.
static inline int64_t cnn_channel_blocks(int64_t channels) { return (channels + CNN_PANEL - 1) / CNN_PANEL; }

/// Channels of a block that exist.
static inline int64_t cnn_block_channels(int64_t channels, int64_t block) {
  return cnn_min(CNN_PANEL, channels - block * CNN_PANEL);
}

/// to[i] = 16 filters' bias from the first of them on, 0 for those that do not exist and where `bias` is NULL.
static inline void cnn_copy_bias(const float *bias, int64_t filter, int64_t filters, float to[CNN_PANEL]) {
  for (int64_t i = 0; i < CNN_PANEL; i++) to[i] = bias && filter + i < filters ? bias[filter + i] : 0;
}

#if !CNN_VECTORS

// What kernels are written on where the compiler is not clang: plain C99. It stands in for tile.h, blocks.h and sixteen.h,
// so that those kernels that need no vectors of their own are the same text, with vectors of one lane.
//
// The others are written on rows of 16 sums in parts: GNU's vectors where the compiler has them, single floats elsewhere.




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

// Denormal numbers cost a hundred times what others do: while a network runs they are taken for zero. The setting
// belongs to a thread.



#if defined(__x86_64__)
static uint64_t cnn_float_mode(void) { return __builtin_ia32_stmxcsr(); }
static void cnn_set_float_mode(uint64_t mode) { __builtin_ia32_ldmxcsr((unsigned)mode); }
static const uint64_t cnn_zero_denormals = 0x8040;  // results and operands
#elif defined(__aarch64__)
static uint64_t cnn_float_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
static void cnn_set_float_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
static const uint64_t cnn_zero_denormals = 1 << 24;
#else
static uint64_t cnn_float_mode(void) { return 0; }
static void cnn_set_float_mode(uint64_t mode) { (void)mode; }
static const uint64_t cnn_zero_denormals = 0;
#endif

#if CNN_VECTORS

// The two products that nearly all time goes into, each with its sums in registers. CNN_LANES, CNN_TILE_ROWS
// and CNN_TILE_VECTORS say how many there is room for; the code is the same for every instruction set.



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

#undef CNN_MULTIPLY_CASE

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

#endif

// What kernels with windows share: the window, and where its maximum is.



/// Tap (fy, fx) of output (i, j) reads row i * stride_height - pad_top + fy * dilation_height of a plane of
/// height x width; columns likewise.
typedef struct {
  int64_t height, width, kernel_height, kernel_width, stride_height, stride_width;
  int64_t dilation_height, dilation_width, pad_top, pad_left;
} cnn_window;

/// The window of a kernel's parameters.
#define CNN_WINDOW(p)                                                              \
  {(p)->height,          (p)->width,          (p)->kernel_height, (p)->kernel_width, \
   (p)->stride_height,   (p)->stride_width,   (p)->dilation_height,                 \
   (p)->dilation_width,  (p)->pad_top,        (p)->pad_left}

#if CNN_VECTORS

// Windows without copies of what they overlap in: the part of an image that a tile of outputs reads is copied
// once, into rows of one pitch with padding as zeros; then what a tap reads for all outputs of the tile is one
// run of elements from an offset of that tap on. Outputs lie in the same pitch, so that a run goes on from row
// to row, over a few columns between them that nobody reads ("virtual pixels"). A stride is taken apart into
// phases, each of which is a plane of its own with neighbouring elements.



/// How a convolution is cut into tiles of outputs, and a tile's products into steps of channels and taps.
typedef struct {
  cnn_window window;
  int64_t out_height, out_width, channels;
  int64_t rows, columns;                     // outputs of a tile
  int64_t tiles_down, tiles_across;
  int64_t taps_height, taps_width;           // of a step; all of them wherever they fit
  int64_t step_channels;                     // one where the taps are not all
  int64_t phases_height, phases_width;
  int64_t pitch;                             // of patches and of virtual pixels
  int64_t plane;                             // floats of one phase of one channel
} cnn_tiling;

/// What fits where a tile is computed.
typedef struct {
  int64_t pixels;  // virtual pixels of a tile
  int64_t floats;  // of a patch
  int64_t terms;   // channels times taps of a step
  int64_t filters; // that share a patch: what copying is weighed against
} cnn_limits;

/// One step: the channels and taps that a patch is made for. Their weights lie side by side.
typedef struct {
  int64_t channel, channels, fy, height, fx, width;
} cnn_step;

/// to[i] = from[i], without the library's call: most rows are short.
CNN_INLINE void cnn_copy_dense(const float *restrict from, int64_t count, float *restrict to) {
  if (count >= CNN_LANES) {
    for (int64_t i = 0; i + CNN_LANES < count; i += CNN_LANES) {
      cnn_store(to + i, cnn_load(from + i));
      __asm__ volatile("");  // or else clang makes the library's call of the loop
    }
    cnn_store(to + count - CNN_LANES, cnn_load(from + count - CNN_LANES));
    return;
  }
#if CNN_LANES == 16
  if (count >= 8) {
    cnn_store_eight(to, cnn_load_eight(from));
    cnn_store_eight(to + count - 8, cnn_load_eight(from + count - 8));
    return;
  }
#endif
  if (count >= 4) {
    cnn_store_four(to, cnn_load_four(from));
    cnn_store_four(to + count - 4, cnn_load_four(from + count - 4));
    return;
  }
  if (count > 0) to[0] = from[0];
  if (count > 1) to[1] = from[1];
  if (count > 2) to[2] = from[2];
}

/// Zeros, up to a whole number of vectors: what follows is written later, or is room for this.
CNN_INLINE void cnn_clear(float *to, int64_t count) {
  for (int64_t i = 0; i < count; i += CNN_LANES) {
    cnn_store(to + i, (cnn_vector)(0));
    __asm__ volatile("");
  }
}

/// A tile of outputs: rows x columns from (row, column) on.
typedef struct {
  int64_t row, rows, column, columns;
} cnn_area;

#endif

// The exponential function and what is made of it, for vectors: relative errors stay below 4e-7 as long as the
// result is no denormal number. The polynomials are minimax fits of our own, rounded to float.



CNN_INLINE cnn_integers cnn_bits(cnn_vector x) {
  cnn_integers bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

CNN_INLINE cnn_vector cnn_from_bits(cnn_integers bits) {
  cnn_vector x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

/// |x|, and x with another's sign.
CNN_INLINE cnn_vector cnn_magnitude(cnn_vector x) { return cnn_from_bits(cnn_bits(x) & 0x7fffffff); }

CNN_INLINE cnn_vector cnn_with_sign(cnn_vector x, cnn_vector of) {
  return cnn_from_bits(cnn_bits(x) | (cnn_bits(of) & (int32_t)0x80000000));
}

/// 2^n for n in [-126, 127]; anything for others, which not-a-number leads to.
CNN_INLINE cnn_vector cnn_power_of_two(cnn_integers n) {
  return cnn_from_bits((cnn_integers)((cnn_naturals)(n + 127) << 23));
}

/// An exponential in parts: e^x = 2^power * (1 + rest), where |rest| < 0.42.
typedef struct {
  cnn_integers power;
  cnn_vector rest;
} cnn_exponential;

/// Of x + more, where |x| < 2^20 and |more| is small. A not-a-number comes out in `rest`.
CNN_INLINE cnn_exponential cnn_exponential_of(cnn_vector x, cnn_vector more) {
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the lowest bits.
  const cnn_vector magic = (cnn_vector)(12582912.0f);
  const cnn_vector shifted = x * 1.44269504f + magic, power = shifted - magic;
  // log 2 in two parts, the first of which has so few bits that its product is exact.
  const cnn_vector r = ((x - power * 0.693359375f) + power * 2.12194440e-4f) + more;
  cnn_vector p = r * 0.0013947574188932776f + 0.008367233909666538f;
  p = p * r + 0.041666265577077866f;
  p = p * r + 0.16666537523269653f;
  p = p * r + 0.5f;
  return (cnn_exponential){cnn_bits(shifted) - 0x4b400000, p * (r * r) + r};
}

/// factor * e^(x + more), for any x and factor; factor is multiplied where neither over- nor underflows early.
CNN_INLINE cnn_vector cnn_scaled_exp(cnn_vector x, cnn_vector more, cnn_vector factor) {
  x = x > 89.0f ? (cnn_vector)(89.0f) : x;
  x = x < -110.0f ? (cnn_vector)(-110.0f) : x;
  const cnn_exponential e = cnn_exponential_of(x, more);
  const cnn_integers half = e.power >> 1;
  // Two factors, so that neither is out of range where the result is denormal or just finite.
  return (factor + factor * e.rest) * cnn_power_of_two(half) * cnn_power_of_two(e.power - half);
}

CNN_INLINE cnn_vector cnn_exp(cnn_vector x) { return cnn_scaled_exp(x, (cnn_vector)(0), (cnn_vector)(1)); }

/// e^x - 1 for x <= 0.
CNN_INLINE cnn_vector cnn_expm1(cnn_vector x) {
  const cnn_exponential e = cnn_exponential_of(x < -20.0f ? (cnn_vector)(-20.0f) : x, (cnn_vector)(0));
  const cnn_vector scale = cnn_power_of_two(e.power);
  return scale * e.rest + (scale - 1);
}

/// factor / (1 + e^-x), from the exponential that does not overflow.
CNN_INLINE cnn_vector cnn_sigmoid(cnn_vector x, cnn_vector factor) {
  const cnn_vector down = -cnn_magnitude(x), small = cnn_scaled_exp(down, (cnn_vector)(0), factor);
  return (x < 0 ? small : factor) / (1 + cnn_exp(down));
}

/// x / (1 + e^-x); at minus infinity its limit, 0.
CNN_INLINE cnn_vector cnn_silu(cnn_vector x) {
  x = x < -200.0f ? (cnn_vector)(-200.0f) : x;
  return cnn_sigmoid(x, x);
}

/// outer * tanh(inner * x).
CNN_INLINE cnn_vector cnn_tanh(cnn_vector x, float inner, float outer) {
  const cnn_vector u = inner * x, magnitude = cnn_magnitude(u), square = u * u;
  cnn_vector p = square * -0.005717045161873102f + 0.02065058797597885f;
  p = p * square - 0.05374349653720856f;
  p = p * square + 0.13331490755081177f;
  p = p * square - 0.3333328366279602f;
  const cnn_vector large = 1 - 2 / (cnn_exp(2 * magnitude) + 1);
  // Made from x, for u may be denormal, and taken for zero, where the result is not.
  const cnn_vector line = (inner * outer) * x;
  return magnitude < 0.625f ? line + line * (square * p) : cnn_with_sign(outer * large, x);
}

/// x times the normal distribution up to x, which for negative x is the tail beyond |x|: a smooth function of it
/// times e^(-x^2 / 2). At minus infinity its limit, 0.
CNN_INLINE cnn_vector cnn_gelu(cnn_vector x) {
  x = x < -15.0f ? (cnn_vector)(-15.0f) : x;
  cnn_vector t = cnn_magnitude(x);
  t = t > 14.5f ? (cnn_vector)(14.5f) : t;
  const cnn_vector inverse = 1 / (t + 3), s = (t - 3) * inverse;
  cnn_vector p = s * 5.185665577300824e-05f - 0.00020389919518493116f;
  p = p * s - 0.000946751213632524f;
  p = p * s + 0.0010171292815357447f;
  p = p * s + 0.006937465164810419f;
  p = p * s - 0.010462445206940174f;
  p = p * s - 0.04725819081068039f;
  p = p * s + 0.23001770675182343f;
  p = p * s - 0.5093321800231934f;
  p = p * s + 0.7290837168693542f;
  // t * t in two parts: high has so few bits that its square is exact.
  const cnn_vector high = cnn_from_bits(cnn_bits(t) & (int32_t)0xfffff000);
  const cnn_vector less = -0.5f * ((t - high) * (t + high)), exponent = -0.5f * (high * high);
  const cnn_vector tail = p * inverse;
  return x < 0 ? cnn_scaled_exp(exponent, less, x * tail) : x * (1 - cnn_scaled_exp(exponent, less, tail));
}

// The elementwise functions, shared by the kernels that apply one at their store.



/// Elements that are worth finishing, function and all, while they lie in the first-level cache.
enum { CNN_RUN = 1024 };

/// count elements from x to y, which may be the same. The switch stands outside the loops so that each
/// of them vectorises where the function allows.
static inline void cnn_apply(int64_t function, float alpha, const float *x, float *y, int64_t count) {
#define EACH(expression)                     \
  CNN_ELEMENTWISE for (int64_t i = 0; i < count; i++) {      \
    const float v = x[i];                    \
    y[i] = (expression);                     \
  }                                          \
  break
// Elements behind the last whole vector are computed in one too, for the same bits at any place.
#define EACH_VECTOR(expression)                                                                    \
  for (int64_t i = 0; i < count; i += CNN_LANES) {                                                 \
    float rest[CNN_LANES] = {0};                                                                   \
    const int64_t left = cnn_min(CNN_LANES, count - i);                                            \
    if (left < CNN_LANES) memcpy(rest, x + i, (size_t)left * sizeof(float));                       \
    const cnn_vector v = cnn_load(left < CNN_LANES ? rest : x + i);                                \
    const cnn_vector f = (expression);                                                             \
    cnn_store(left < CNN_LANES ? rest : y + i, f);                                                 \
    if (left < CNN_LANES) memcpy(y + i, rest, (size_t)left * sizeof(float));                       \
  }                                                                                                \
  break
  switch (function) {
    case CNN_IDENTITY:
      if (x == y) break;
      EACH(v);
    case CNN_RELU: EACH(v < 0 ? 0 : v);
    case CNN_RELU6: EACH(v < 0 ? 0 : (v > 6 ? 6 : v));
    case CNN_LEAKY_RELU: EACH(v > 0 ? v : alpha * v);
    case CNN_ELU: EACH_VECTOR(v > 0 ? v : alpha * cnn_expm1(v));
    case CNN_SIGMOID: EACH_VECTOR(cnn_sigmoid(v, (cnn_vector)(1)));
    case CNN_TANH: EACH_VECTOR(cnn_tanh(v, 1, 1));
    case CNN_SCALED_TANH: EACH_VECTOR(cnn_tanh(v, 2.0f / 3.0f, 1.7159f));
    case CNN_GELU: EACH_VECTOR(cnn_gelu(v));
    case CNN_SILU: EACH_VECTOR(cnn_silu(v));
    case CNN_HARD_SIGMOID: EACH(fminf(fmaxf(v * (1.0f / 6.0f) + 0.5f, 0), 1));
    case CNN_HARD_SWISH: EACH(v * fminf(fmaxf(v * (1.0f / 6.0f) + 0.5f, 0), 1));
  }
#undef EACH
#undef EACH_VECTOR
}

#if CNN_VECTORS

// Products over activations in blocks of 16 channels, whose sums stay in registers: CNN_PIXELS pixels times
// CNN_PANELS panels of 16 filters each. Pixels may lie anywhere: each has a pointer to its 16 channels.
// Functions with a constant `pixels` and `panels` are inlined for each pair of them, so that the arrays of sums
// are registers; CNN_FOR_PIXELS chooses.



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

// How a run of pixels is divided into those whose sums are computed together.



/// Tiles of a run of pixels, as equal as they can be: a small one keeps too few sums to hide their latency.
static inline int64_t cnn_pixel_tiles(int64_t pixels) { return (pixels + CNN_PIXELS - 1) / CNN_PIXELS; }

/// The first pixel of a tile.
static inline int64_t cnn_pixel_tile_at(int64_t pixels, int64_t tiles, int64_t tile) {
  return pixels * tile / tiles;
}

#if CNN_VECTORS

// How a convolution of a planar image is divided: into rectangles of outputs, and those, where their part of the
// image does not fit, into steps of terms.



enum {
  /// Outputs of a unit, floats of its copy and terms of a step, all about what the first-level cache holds.
  PLANAR_PIXELS = 512,
  PLANAR_FLOATS = 12288,
  PLANAR_TERMS = 512,
  /// Units that a layer is divided into at least, where it has as many rows.
  PLANAR_UNITS = 8,
  /// but each of so many multiplications, or more.
  PLANAR_WORK = 200000,
  /// Filters whose panel is only half in use: two pixels take the registers of one.
  PLANAR_HALF = CNN_PANEL / 2
};

/// How outputs are divided into rectangles, and terms into steps that are copied one after the other: some
/// channels, or some rows of taps of one, or some taps of a row. Their weights lie side by side.
typedef struct {
  int64_t rows, columns;              // outputs of a rectangle, at most
  int64_t down, across;               // rectangles
  int64_t channels, taps_down, taps_across;  // of a step
} planar_division;

/// Floats of a channel's copy, along one dimension.
static int64_t planar_span(int64_t outputs, int64_t stride, int64_t taps, int64_t dilation) {
  return (outputs - 1) * stride + (taps - 1) * dilation + 1;
}

static int64_t planar_floats(const cnn_conv2d_blocks_parameters *p, const planar_division *d) {
  return d->channels * planar_span(d->rows, p->stride_height, d->taps_down, p->dilation_height) *
         planar_span(d->columns, p->stride_width, d->taps_across, p->dilation_width);
}

static int planar_fits(const cnn_conv2d_blocks_parameters *p, const planar_division *d) {
  return planar_floats(p, d) <= PLANAR_FLOATS && d->channels * d->taps_down * d->taps_across <= PLANAR_TERMS;
}

/// Whether the last panel's second half does not exist.
static int planar_has_half(const cnn_conv2d_blocks_parameters *p) {
  return CNN_PANEL_VECTORS > 1 && cnn_block_channels(p->filters, cnn_channel_blocks(p->filters) - 1) <= PLANAR_HALF;
}

/// Rectangles that are worth dividing among threads, down an image.
static int64_t planar_least_down(const cnn_conv2d_blocks_parameters *p, int64_t across) {
  const int64_t terms = p->channels * p->kernel_height * p->kernel_width * p->filters;
  const int64_t worth = terms * p->out_height * p->out_width / PLANAR_WORK;
  return cnn_max(1, cnn_min(worth, (PLANAR_UNITS + across - 1) / across));
}

static planar_division planar_division_of(const cnn_conv2d_blocks_parameters *p) {
  planar_division d = {.rows = 1, .channels = cnn_max(1, p->channels), .taps_down = p->kernel_height,
                       .taps_across = p->kernel_width};
  // Of one tap, a row of outputs has to fit.
  const int64_t most = cnn_max(1, cnn_min(PLANAR_PIXELS, PLANAR_FLOATS / p->stride_width));
  d.across = (p->out_width + most - 1) / most;
  d.columns = (p->out_width + d.across - 1) / d.across;
  while (!planar_fits(p, &d) && d.channels * d.taps_down * d.taps_across > 1) {
    if (d.channels > 1)
      d.channels = (d.channels + 1) / 2;
    else if (d.taps_down > 1)
      d.taps_down = (d.taps_down + 1) / 2;
    else
      d.taps_across = (d.taps_across + 1) / 2;
  }
  // As many rows as fit, but enough rectangles, and of equal size.
  const int64_t least = planar_least_down(p, d.across);
  planar_division more = d;
  for (more.rows = 2; more.rows * d.columns <= PLANAR_PIXELS && planar_fits(p, &more) &&
                      (p->out_height + more.rows - 1) / more.rows >= least;
       more.rows++)
    d.rows = more.rows;
  d.down = (p->out_height + d.rows - 1) / d.rows;
  if (d.down > 1) d.down += d.down % 2;
  d.rows = (p->out_height + d.down - 1) / d.down;
  // Half panels take rows by twos.
  more.rows = d.rows + d.rows % 2;
  if (planar_has_half(p) && more.rows * d.columns <= PLANAR_PIXELS && planar_fits(p, &more)) d.rows = more.rows;
  d.down = (p->out_height + d.rows - 1) / d.rows;
  return d;
}

#endif

// How kernels are declared, and how elementwise work is divided into units.



// A program that is emitted says what its calls never need, so that code for it falls away.
#if !defined(CNN_MOST_IMAGES)
/// Images of a call at most.
#define CNN_MOST_IMAGES INT64_MAX
#endif

#if !defined(CNN_FINDS_PLACES)
/// Whether conv2d_pool_small may be asked for the places of its maxima.
#define CNN_FINDS_PLACES 1
#endif

/// Begins the definition of a kernel, which computes units first..<end.
#define CNN_KERNEL(name)                                                                              \
  static void cnn_##name(void *const *operands, const void *parameters, int64_t first, int64_t end)

/// Defines how a kernel's calls are divided, from the parameters `p`: units, and nanoseconds in all.
#define CNN_SPLIT(name, units, work)                            \
  static cnn_split cnn_##name##_split(const void *parameters) { \
    const cnn_##name##_parameters *p = parameters;              \
    (void)p;                                                    \
    return (cnn_split){units, work};                            \
  }

/// Elements of a unit of elementwise work.
enum { CNN_BLOCK = 4096 };

/// Blocks of a run of elements.
static inline int64_t cnn_blocks(int64_t count) { return (count + CNN_BLOCK - 1) / CNN_BLOCK; }

/// Units of a kernel that needs memory for each of them; the operator that asks for it knows the number too.
enum { CNN_SLOTS = 16 };

/// One block of one image.
typedef struct {
  int64_t image, begin, end;
} cnn_block;

static inline cnn_block cnn_block_at(int64_t unit, int64_t count) {
  const int64_t blocks = cnn_blocks(count), begin = unit % blocks * CNN_BLOCK;
  return (cnn_block){unit / blocks, begin, cnn_min(count, begin + CNN_BLOCK)};
}

#if CNN_VECTORS

// A convolution of a planar image of few channels, as first layers have it, into blocks of 16 channels. A unit is
// a rectangle of outputs of an image. The part of the image that it reads is copied, with zeros for the padding;
// then each pixel is a pointer into the copy, and each term (a channel and a tap) an offset.


static cnn_split cnn_conv2d_planar_split(const void *parameters) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const planar_division d = planar_division_of(p);
  const int64_t filters = CNN_PANEL * cnn_channel_blocks(p->filters), area = p->out_height * p->out_width;
  const int64_t terms = p->channels * p->kernel_height * p->kernel_width + 2;
  return (cnn_split){p->batch * d.down * d.across, p->batch * filters * area * terms / (5 * CNN_LANES)};
}

/// What all tiles of a unit share while one panel, or two, and one step are in use.
typedef struct {
  const float *w;
  int64_t next_panel, terms;
  const int64_t *offsets;   // of the terms, in the copy
  int is_first, is_last;
  cnn_finish finish;
  int64_t y_block;          // floats from a channel block of y, and r, to the next
} planar_step;

/// Tiles of neighbouring outputs, each of which has a pointer into the copy.
CNN_INLINE void planar_tiles(const int pixels, const int panels, int64_t tiles, const planar_step *s,
                             const float *const *pointers, float *saved, const float *r, float *y) {
  const int64_t next_panel = s->next_panel;
  for (int64_t tile = 0; tile < tiles; tile++) {
    const float *x[CNN_PIXELS];
    CNN_UNROLL for (int p = 0; p < pixels; p++) x[p] = pointers[p];
    cnn_sums sums;
    cnn_sums_begin(pixels, panels, s->is_first, saved, &sums);
    const float *w = s->w;
    const int64_t *const end = s->offsets + s->terms;
    for (const int64_t *offset = s->offsets; offset < end; offset++) {
      const int64_t term = *offset;
      CNN_ADD_TERM(pixels, panels, x[p][term], w, next_panel, &sums);
      w += CNN_PANEL;
    }
    if (s->is_last)
      cnn_sums_store(pixels, panels, &sums, &s->finish, r, s->y_block, y, s->y_block);
    else
      cnn_sums_save(pixels, panels, &sums, saved);
    pointers += pixels;
    saved += pixels * panels * CNN_PANEL;
    if (r) r += pixels * CNN_PANEL;
    y += pixels * CNN_PANEL;
  }
}

static __attribute__((noinline)) void planar_any_tiles(int64_t pixels, int64_t panels, int64_t tiles,
                                                       const planar_step *s, const float *const *x, float *saved,
                                                       const float *r, float *y) {
  CNN_FOR_PIXELS(pixels, panels, planar_tiles, tiles, s, x, saved, r, y)
}

/// A tile of pairs of outputs of two rows, for a panel of which only the first half exists: the first vectors of
/// an entry of sums are the upper pixel's, the others the lower's, whose pointers lie `lower` floats behind.
CNN_INLINE void planar_half_tile(const int pixels, const int panels, const planar_step *s,
                                 const float *const pointers[CNN_PIXELS], int64_t lower, int64_t next_row,
                                 float *saved, const float *r, float *y) {
  const int half = CNN_PANEL_VECTORS / 2;
  const float *x[CNN_PIXELS];
  CNN_UNROLL for (int p = 0; p < pixels; p++) x[p] = pointers[p];
  cnn_sums sums;
  cnn_sums_begin(pixels, panels, s->is_first, saved, &sums);
  const float *w = s->w;
  const int64_t *const end = s->offsets + s->terms;
  for (const int64_t *offset = s->offsets; offset < end; offset++) {
    const int64_t upper = *offset, under = upper + lower;
    cnn_vector weights[CNN_PANEL_VECTORS];
    CNN_UNROLL for (int v = 0; v < half; v++) weights[v] = cnn_load(w + v * CNN_LANES);
    CNN_UNROLL for (int p = 0; p < pixels; p++) {
      const cnn_vector a = (cnn_vector)(x[p][upper]), b = (cnn_vector)(x[p][under]);
      CNN_UNROLL for (int v = 0; v < half; v++) {
        sums.v[p][v] += a * weights[v];
        sums.v[p][half + v] += b * weights[v];
      }
    }
    w += CNN_PANEL;
  }
  if (!s->is_last) {
    cnn_sums_save(pixels, panels, &sums, saved);
    return;
  }
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < 2 * half; v++) {
      const int64_t at = p * CNN_PANEL + v % (half ? half : 1) * CNN_LANES + (v < half ? 0 : next_row);
      const float *bias = s->finish.bias + v % (half ? half : 1) * CNN_LANES;
      cnn_store(y + at, cnn_finish_vector(&s->finish, sums.v[p][v], bias, r ? r + at : NULL));
    }
  if (cnn_is_finished_in_registers(s->finish.function)) return;
  for (int p = 0; p < 2 * pixels; p++) {
    float *to = y + p / 2 * CNN_PANEL + p % 2 * next_row;
    cnn_apply(s->finish.function, s->finish.alpha, to, to, PLANAR_HALF);
  }
}

static __attribute__((noinline)) void planar_any_half_tile(int64_t pixels, const planar_step *s,
                                                           const float *const x[CNN_PIXELS], int64_t lower,
                                                           int64_t next_row, float *saved, const float *r, float *y) {
  CNN_FOR_PIXELS(pixels, 1, planar_half_tile, s, x, lower, next_row, saved, r, y)
}

/// One unit.
typedef struct {
  const cnn_conv2d_blocks_parameters *p;
  const planar_division *d;
  const float *x, *w, *bias, *r;  // of the image; y and r point to the first output's first block
  float *y;
  int64_t row, rows, column, columns;
  int64_t channel, channels, fy, down, fx, across;  // the step
  int64_t pitch, plane;                             // of the copy
  const float *pixels[PLANAR_PIXELS];               // each output's place in the copy
  int64_t offsets[PLANAR_TERMS];
  float patch[PLANAR_FLOATS + CNN_LANES];
  float sums[PLANAR_PIXELS * CNN_PANELS * CNN_PANEL];
} planar_unit;

/// Copies what a step reads of the image.
static void planar_copy(planar_unit *u) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t rows = planar_span(u->rows, p->stride_height, u->down, p->dilation_height);
  const int64_t top = u->row * p->stride_height - p->pad_top + u->fy * p->dilation_height;
  const int64_t left = u->column * p->stride_width - p->pad_left + u->fx * p->dilation_width;
  u->pitch = planar_span(u->columns, p->stride_width, u->across, p->dilation_width);
  u->plane = rows * u->pitch;
  const int64_t begin = cnn_min(u->pitch, cnn_max(0, -left)), end = cnn_max(begin, cnn_min(u->pitch, p->width - left));
  for (int64_t c = 0; c < u->channels; c++) {
    const float *from = u->x + (u->channel + c) * p->height * p->width;
    for (int64_t i = 0; i < rows; i++) {
      float *line = u->patch + c * u->plane + i * u->pitch;
      if (top + i < 0 || top + i >= p->height || begin == end) {
        cnn_clear(line, u->pitch);
        continue;
      }
      cnn_clear(line, begin);
      cnn_copy_dense(from + (top + i) * p->width + left + begin, end - begin, line + begin);
      cnn_clear(line + end, u->pitch - end);
    }
  }
}

/// Finds the outputs' places in the copy, and the terms' offsets.
static void planar_set_offsets(planar_unit *u) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const float **pixel = u->pixels;
  for (int64_t i = 0; i < u->rows; i++)
    for (int64_t j = 0; j < u->columns; j++)
      *pixel++ = u->patch + i * p->stride_height * u->pitch + j * p->stride_width;
  int64_t *offset = u->offsets;
  for (int64_t c = 0; c < u->channels; c++)
    for (int64_t fy = 0; fy < u->down; fy++)
      for (int64_t fx = 0; fx < u->across; fx++)
        *offset++ = c * u->plane + fy * p->dilation_height * u->pitch + fx * p->dilation_width;
}

/// Where output number `pixel` of the rectangle lies in y or r.
static int64_t planar_place(const planar_unit *u, int64_t pixel) {
  return (pixel / u->columns * u->p->out_width + pixel % u->columns) * CNN_PANEL;
}

/// Outputs first..<end of the rectangle, whose rows lie densely in y or which are of one row: some tiles, and
/// others with a pixel less.
static void planar_run(planar_unit *u, const planar_step *s, int64_t panels, int64_t first, int64_t end,
                       const float *r, float *y) {
  if (first == end) return;
  const int64_t tiles = cnn_pixel_tiles(end - first), larger = (end - first) % tiles;
  const int64_t at = planar_place(u, first) - first * CNN_PANEL;
  for (int64_t pixel = first, part = 0; part < 2; part++) {
    const int64_t pixels = (end - first) / tiles + (part == 0), count = part == 0 ? larger : tiles - larger;
    const int64_t place = at + pixel * CNN_PANEL;
    planar_any_tiles(pixels, panels, count, s, u->pixels + pixel, u->sums + pixel * panels * CNN_PANEL,
                     r ? r + place : NULL, y + place);
    pixel += pixels * count;
  }
}

/// Two rows of outputs, of half a panel.
static void planar_run_half(planar_unit *u, const planar_step *s, int64_t row, const float *r, float *y) {
  const int64_t tiles = cnn_pixel_tiles(u->columns), at = row * u->p->out_width * CNN_PANEL;
  for (int64_t tile = 0; tile < tiles; tile++) {
    const int64_t column = cnn_pixel_tile_at(u->columns, tiles, tile), place = at + column * CNN_PANEL;
    const int64_t count = cnn_pixel_tile_at(u->columns, tiles, tile + 1) - column, pixel = row * u->columns + column;
    planar_any_half_tile(count, s, u->pixels + pixel, u->p->stride_height * u->pitch, u->p->out_width * CNN_PANEL,
                         u->sums + pixel * CNN_PANEL, r ? r + place : NULL, y + place);
  }
}

/// All outputs with one panel, or two, and one step.
static void planar_run_panels(planar_unit *u, const planar_step *s, int64_t panels, int is_half, const float *r,
                              float *y) {
  int64_t row = 0;
  if (is_half)
    for (; row + 2 <= u->rows; row += 2) planar_run_half(u, s, row, r, y);
  if (u->columns == u->p->out_width) {
    planar_run(u, s, panels, row * u->columns, u->rows * u->columns, r, y);
  } else {
    for (; row < u->rows; row++) planar_run(u, s, panels, row * u->columns, (row + 1) * u->columns, r, y);
  }
}

/// Panels first..<end with one step.
static void planar_run_step(planar_unit *u, int64_t first, int64_t end, int is_first, int is_last) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t taps = p->kernel_height * p->kernel_width, filters = cnn_channel_blocks(p->filters);
  float bias[CNN_PANELS * CNN_PANEL];
  planar_copy(u);
  planar_set_offsets(u);
  planar_step s = {.next_panel = p->channels * taps * CNN_PANEL, .terms = u->channels * u->down * u->across,
                   .offsets = u->offsets, .is_first = is_first, .is_last = is_last,
                   .finish = {bias, p->function, (float)p->alpha}, .y_block = p->out_height * p->out_width * CNN_PANEL};
  for (int64_t panel = first; panel < end; panel += CNN_PANELS) {
    const int64_t panels = cnn_min(CNN_PANELS, end - panel);
    for (int64_t i = 0; i < panels; i++)
      cnn_copy_bias(u->bias, (panel + i) * CNN_PANEL, p->filters, bias + i * CNN_PANEL);
    s.w = u->w + panel * s.next_panel +
          (u->channel * taps + u->fy * p->kernel_width + u->fx) * CNN_PANEL;
    planar_run_panels(u, &s, panels, panel + 1 == filters && planar_has_half(p),
                      u->r ? u->r + panel * s.y_block : NULL, u->y + panel * s.y_block);
  }
}

/// All steps, for panels first..<end.
static void planar_run_steps(planar_unit *u, int64_t first, int64_t end) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const planar_division *d = u->d;
  for (u->channel = 0; u->channel == 0 || u->channel < p->channels; u->channel += d->channels) {
    u->channels = cnn_min(d->channels, p->channels - u->channel);
    for (u->fy = 0; u->fy < p->kernel_height; u->fy += d->taps_down) {
      u->down = cnn_min(d->taps_down, p->kernel_height - u->fy);
      for (u->fx = 0; u->fx < p->kernel_width; u->fx += d->taps_across) {
        u->across = cnn_min(d->taps_across, p->kernel_width - u->fx);
        planar_run_step(u, first, end, u->channel + u->fy + u->fx == 0,
                        u->channel + u->channels == p->channels && u->fy + u->down == p->kernel_height &&
                            u->fx + u->across == p->kernel_width);
      }
    }
  }
}

/// One copy serves all panels; of several, each serves those whose sums can be kept meanwhile.
static void planar_run_unit(planar_unit *u) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int is_one = u->d->channels >= p->channels && u->d->taps_down == p->kernel_height &&
                     u->d->taps_across == p->kernel_width;
  const int64_t filters = cnn_channel_blocks(p->filters), step = is_one ? filters : CNN_PANELS;
  for (int64_t panel = 0; panel < filters; panel += step)
    planar_run_steps(u, panel, cnn_min(filters, panel + step));
}

CNN_KERNEL(conv2d_planar) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const planar_division d = planar_division_of(p);
  planar_unit u;
  u.p = p;
  u.d = &d;
  u.w = operands[2];
  u.bias = operands[3];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / d.across / d.down;
    u.row = unit / d.across % d.down * d.rows;
    u.rows = cnn_min(d.rows, p->out_height - u.row);
    u.column = unit % d.across * d.columns;
    u.columns = cnn_min(d.columns, p->out_width - u.column);
    if (u.rows <= 0 || u.columns <= 0) continue;
    const int64_t at = (u.row * p->out_width + u.column) * CNN_PANEL;
    u.x = (const float *)operands[1] + n * p->x_stride;
    u.r = operands[4] ? (const float *)operands[4] + n * p->r_stride + at : NULL;
    u.y = (float *)operands[0] + n * p->y_stride + at;
    planar_run_unit(&u);
  }
}

#endif

#if !CNN_VECTORS

// What becomes of the sums of neighbouring pixels of a block on their way to y.



/// y = function(sums + bias + r) for some pixels that follow each other in y and r; r may be NULL or y.
static inline void cnn_finish(const float *sums, const float bias[CNN_PANEL], const float *r, int64_t pixels,
                              int64_t function, float alpha, float *y) {
  for (int64_t p = 0; p < pixels; p++) {
    const float *of = sums + p * CNN_PANEL;
    float lanes[CNN_PANEL];
    for (int i = 0; i < CNN_PANEL; i++) lanes[i] = of[i] + bias[i];
    if (r != NULL)
      for (int i = 0; i < CNN_PANEL; i++) lanes[i] += r[p * CNN_PANEL + i];
    memcpy(y + p * CNN_PANEL, lanes, sizeof lanes);
  }
  cnn_apply(function, alpha, y, y, pixels * CNN_PANEL);
}

// The sums of neighbouring outputs of a row of a planar image's convolution, for a panel of 16 filters.



/// What a convolution of planar images reads.
typedef struct {
  int64_t channels, height, width, kernel_height, kernel_width;
  int64_t stride_width, dilation_height, dilation_width;
} planar_window;

/// Adds the window at CNN_PIXELS neighbouring outputs to sums, the first of which begins at row `top` and column `left`
/// of x. w is [channel][tap][16].
static inline void planar_add(const planar_window *q, const float *x, const float *w, int64_t top, int64_t left,
                              cnn_sums *sums) {
  const int64_t last = left + (CNN_PIXELS - 1) * q->stride_width + (q->kernel_width - 1) * q->dilation_width;
  const int is_inside = left >= 0 && last < q->width;
  for (int64_t c = 0; c < q->channels; c++, x += q->height * q->width)
    for (int64_t fy = 0; fy < q->kernel_height; fy++, w += q->kernel_width * CNN_PANEL) {
      const int64_t iy = top + fy * q->dilation_height;
      if (iy < 0 || iy >= q->height) continue;
      const float *line = x + iy * q->width;
      for (int64_t fx = 0; fx < q->kernel_width; fx++) {
        const int64_t ix = left + fx * q->dilation_width;
        if (is_inside) {
          cnn_sums_add_term(line + ix, q->stride_width, w + fx * CNN_PANEL, sums);
        } else {
          float values[CNN_PIXELS];
          for (int64_t i = 0; i < CNN_PIXELS; i++) {
            const int64_t at = ix + i * q->stride_width;
            values[i] = at >= 0 && at < q->width ? line[at] : 0;
          }
          cnn_sums_add_term(values, 1, w + fx * CNN_PANEL, sums);
        }
      }
    }
}

// A convolution of a planar image of few channels into blocks of 16 channels. A unit is a row of outputs of 16 filters.


CNN_SPLIT(conv2d_planar, p->batch * cnn_channel_blocks(p->filters) * p->out_height,
          p->batch * p->filters * (p->channels + 1) * p->out_height * p->out_width * p->kernel_height *
              p->kernel_width / 16)

CNN_KERNEL(conv2d_planar) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const planar_window q = {p->channels,     p->height,       p->width,           p->kernel_height,
                           p->kernel_width, p->stride_width, p->dilation_height, p->dilation_width};
  const int64_t panels = cnn_channel_blocks(p->filters);
  const int64_t panel_size = p->channels * p->kernel_height * p->kernel_width * CNN_PANEL;
  const float *r = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, panel = unit / p->out_height % panels, n = unit / p->out_height / panels;
    const float *x = (const float *)operands[1] + n * p->x_stride;
    const float *w = (const float *)operands[2] + panel * panel_size;
    const int64_t at = (panel * p->out_height + row) * p->out_width * CNN_PANEL;
    float sixteen[CNN_PANEL], lanes[CNN_PIXELS][CNN_PANEL];
    cnn_copy_bias(operands[3], panel * CNN_PANEL, p->filters, sixteen);
    for (int64_t j = 0; j < p->out_width; j += CNN_PIXELS) {
      cnn_sums sums;
      cnn_sums_clear(&sums);
      planar_add(&q, x, w, row * p->stride_height - p->pad_top, j * p->stride_width - p->pad_left, &sums);
      cnn_sums_save(&sums, lanes);
      cnn_finish(lanes[0], sixteen, r ? r + n * p->r_stride + at + j * CNN_PANEL : NULL,
                 cnn_min(CNN_PIXELS, p->out_width - j), p->function, (float)p->alpha,
                 (float *)operands[0] + n * p->y_stride + at + j * CNN_PANEL);
    }
  }
}

#endif

// Convolutions of 3x3, stride 1, as Winograd's F(2x2, 3x3) and F(4x4, 3x3): what the three kernels share.
//
// A tile of `tile` x `tile` outputs reads a patch of `edge` x `edge` inputs, edge = tile + 2. Transformed, patch and
// weights are multiplied element by element, so that for each of edge^2 elements, xi, there is one product of
// matrices: M[xi] = V[xi] * U[xi], tiles x channels times channels x filters. M is transformed back.
//
//   U   [block of 16 filters][xi][channel, up to a multiple of 16][16 filters]
//   V   [group of tiles][xi][block of 16 channels][tile of the group][16 channels]
//
// A group is what the multiplication keeps in registers at once, so V's order depends on the instruction set. It comes
// first so that what a patch is transformed into lies on few pages: a third less time than with xi first.



enum {
  WINOGRAD_EDGE = 6,  // of the larger tile's patch
  WINOGRAD_ELEMENTS = WINOGRAD_EDGE * WINOGRAD_EDGE
};

/// Elements of a transformed patch.
static inline int64_t winograd_elements(int64_t tile) { return (tile + 2) * (tile + 2); }

/// Groups of a chunk of tiles.
static inline int64_t winograd_groups(int64_t tiles) { return cnn_pixel_tiles(tiles); }

/// The first tile of a group; that of the group behind the last is the number of tiles.
static inline int64_t winograd_first_tile(int64_t tiles, int64_t group) {
  return cnn_pixel_tile_at(tiles, winograd_groups(tiles), group);
}

/// Where a tile lies: its image and its row and column among the image's tiles.
typedef struct {
  int64_t image, row, column;
} winograd_place;

static inline winograd_place winograd_place_of(int64_t tile, int64_t tiles_down, int64_t tiles_across) {
  return (winograd_place){tile / (tiles_down * tiles_across), tile / tiles_across % tiles_down,
                          tile % tiles_across};
}

static inline winograd_place winograd_next_place(winograd_place place, int64_t tiles_down, int64_t tiles_across) {
  if (++place.column < tiles_across) return place;
  place.column = 0;
  if (++place.row < tiles_down) return place;
  return (winograd_place){place.image + 1, 0, 0};
}

// Winograd's transforms of one dimension. Of F(4, 3) the points are 0, 5/8, -5/8, 3/2, -3/2 and infinity: all coefficients
// are exact, and against 0, 1, -1, 2, -2 the largest error of 512 channels is a third (3.8e-6 of the largest output,
// not 9.9e-6); of F(2, 3) they are 0, 1, -1 and infinity.



// With points +-P and +-Q.
#define WINOGRAD_P 0.625f

#define WINOGRAD_Q 1.5f

#define WINOGRAD_PP (WINOGRAD_P * WINOGRAD_P)

#define WINOGRAD_QQ (WINOGRAD_Q * WINOGRAD_Q)

/// The weights' transform: edge x 3.
static inline const double (*winograd_weight_matrix(int64_t tile))[3] {
  // The row of a point p is (1, p, p^2), divided by the product of its distances from the other points.
#define ROW(point, divisor) {1 / (divisor), (point) / (divisor), (point) * (point) / (divisor)}
#define P_DIVISOR (2.0 * WINOGRAD_PP * (WINOGRAD_PP - WINOGRAD_QQ))
#define Q_DIVISOR (2.0 * WINOGRAD_QQ * (WINOGRAD_QQ - WINOGRAD_PP))
  static const double two[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  static const double four[6][3] = {
      {1.0 / (WINOGRAD_PP * WINOGRAD_QQ), 0, 0},
      ROW(WINOGRAD_P, P_DIVISOR), ROW(-WINOGRAD_P, P_DIVISOR),
      ROW(WINOGRAD_Q, Q_DIVISOR), ROW(-WINOGRAD_Q, Q_DIVISOR),
      {0, 0, 1}};
#undef ROW
  return tile == 2 ? two : four;
}

/// edge inputs to edge transformed ones.
CNN_INLINE void winograd_transform_inputs(const int tile, const cnn_vector d[WINOGRAD_EDGE],
                                          cnn_vector v[WINOGRAD_EDGE]) {
  if (tile == 2) {
    v[0] = d[0] - d[2];
    v[1] = d[2] + d[1];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
  } else {
    const cnn_vector p_even = d[4] - WINOGRAD_QQ * d[2], p_odd = d[3] - WINOGRAD_QQ * d[1];
    const cnn_vector q_even = d[4] - WINOGRAD_PP * d[2], q_odd = d[3] - WINOGRAD_PP * d[1];
    v[0] = WINOGRAD_PP * WINOGRAD_QQ * d[0] + (d[4] - (WINOGRAD_PP + WINOGRAD_QQ) * d[2]);
    v[1] = p_even + WINOGRAD_P * p_odd;
    v[2] = p_even - WINOGRAD_P * p_odd;
    v[3] = q_even + WINOGRAD_Q * q_odd;
    v[4] = q_even - WINOGRAD_Q * q_odd;
    v[5] = WINOGRAD_PP * WINOGRAD_QQ * d[1] + (d[5] - (WINOGRAD_PP + WINOGRAD_QQ) * d[3]);
  }
}

/// edge products to `tile` outputs.
CNN_INLINE void winograd_transform_products(const int tile, const cnn_vector m[WINOGRAD_EDGE],
                                            cnn_vector y[WINOGRAD_EDGE]) {
  if (tile == 2) {
    y[0] = m[0] + (m[1] + m[2]);
    y[1] = m[3] + (m[1] - m[2]);
  } else {
    const cnn_vector p_even = m[1] + m[2], p_odd = m[1] - m[2];
    const cnn_vector q_even = m[3] + m[4], q_odd = m[3] - m[4];
    y[0] = m[0] + p_even + q_even;
    y[1] = WINOGRAD_P * p_odd + WINOGRAD_Q * q_odd;
    y[2] = WINOGRAD_PP * p_even + WINOGRAD_QQ * q_even;
    y[3] = m[5] + WINOGRAD_P * WINOGRAD_PP * p_odd + WINOGRAD_Q * WINOGRAD_QQ * q_odd;
  }
}

#if CNN_VECTORS

// Transforms patches of the input, tile by tile, for the multiplication.



enum { WINOGRAD_INPUT_BLOCKS = 4 };  // blocks of channels of a unit

/// A tile's patch: the rows and columns of it that lie in the image, and where its first element would lie in
/// the image's first block of channels.
typedef struct {
  int64_t start;
  cnn_range rows, columns;
} winograd_patch;

static winograd_patch winograd_patch_of(const cnn_winograd_input_parameters *p, int64_t tile) {
  const winograd_place place = winograd_place_of(p->first_tile + tile, p->tiles_down, p->tiles_across);
  const int64_t top = place.row * p->tile - p->pad_top, left = place.column * p->tile - p->pad_left;
  return (winograd_patch){
      place.image * p->x_stride + (top * p->width + left) * CNN_PANEL,
      cnn_inside(0, p->tile + 2, 1, top, 0, p->height),
      cnn_inside(0, p->tile + 2, 1, left, 0, p->width)};
}

/// 16 channels of a patch, whose first element is x[start] and whose rows lie `row` apart, to v, v + step, ...; the
/// same patch of the next 16 channels, `next` behind, is fetched meanwhile.
CNN_INLINE void winograd_transform_patch(const int tile, const float *x, const winograd_patch *patch, int64_t row,
                                         int64_t next, float *v, int64_t step) {
  static const float zeros[WINOGRAD_EDGE * CNN_PANEL];
  cnn_vector columns[WINOGRAD_EDGE][CNN_PANEL_VECTORS][WINOGRAD_EDGE];
  const float *rows[WINOGRAD_EDGE];
  CNN_UNROLL for (int i = 0; i < tile + 2; i++)
    rows[i] = i >= patch->rows.first && i < patch->rows.end ? x + (patch->start + i * row) : zeros;
  for (int j = 0; j < tile + 2; j++) {
    const int inside = j >= patch->columns.first && j < patch->columns.end;
    // The first two columns are also the tile's before.
    if (j >= 2) CNN_UNROLL for (int i = 0; i < tile + 2; i++) __builtin_prefetch(rows[i] + j * CNN_PANEL + next);
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector d[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      CNN_UNROLL for (int i = 0; i < tile + 2; i++)
        d[i] = inside ? cnn_load(rows[i] + j * CNN_PANEL + part * CNN_LANES) : (cnn_vector)(0);
      winograd_transform_inputs(tile, d, t);
      CNN_UNROLL for (int i = 0; i < tile + 2; i++) columns[i][part][j] = t[i];
    }
  }
  for (int i = 0; i < tile + 2; i++) {
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector t[WINOGRAD_EDGE];
      winograd_transform_inputs(tile, columns[i][part], t);
      CNN_UNROLL for (int j = 0; j < tile + 2; j++)
        cnn_store(v + (i * (tile + 2) + j) * step + part * CNN_LANES, t[j]);
    }
  }
}

/// A group of tiles, for blocks of channels first..<end.
CNN_INLINE void winograd_transform_group(const int tile, const cnn_winograd_input_parameters *p, const float *x,
                                         float *v, int64_t group, int64_t first, int64_t end) {
  const int64_t tiles = p->tile_count, channels = cnn_channel_blocks(p->channels) * CNN_PANEL;
  const int64_t first_tile = winograd_first_tile(tiles, group);
  const int64_t count = winograd_first_tile(tiles, group + 1) - first_tile;
  const int64_t plane = p->height * p->width * CNN_PANEL;
  winograd_patch patches[CNN_PIXELS];
  v += first_tile * winograd_elements(tile) * channels;
  for (int64_t t = 0; t < count; t++) patches[t] = winograd_patch_of(p, first_tile + t);
  for (int64_t block = first; block < end; block++)
    for (int64_t t = 0; t < count; t++)
      winograd_transform_patch(tile, x + block * plane, &patches[t], p->width * CNN_PANEL, plane,
                               v + (block * count + t) * CNN_PANEL, count * channels);
}

/// Parts that the blocks of channels are divided into.
static int64_t winograd_input_parts(const cnn_winograd_input_parameters *p) {
  return (cnn_channel_blocks(p->channels) + WINOGRAD_INPUT_BLOCKS - 1) / WINOGRAD_INPUT_BLOCKS;
}

CNN_SPLIT(winograd_input, winograd_groups(p->tile_count) * winograd_input_parts(p),
          p->tile_count * cnn_channel_blocks(p->channels) * (p->tile == 2 ? 25 : 70))

/// A unit is a group of tiles and some blocks of channels.
CNN_KERNEL(winograd_input) {
  const cnn_winograd_input_parameters *p = parameters;
  const int64_t parts = winograd_input_parts(p), blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t from = unit % parts * WINOGRAD_INPUT_BLOCKS;
    const int64_t to = cnn_min(blocks, from + WINOGRAD_INPUT_BLOCKS);
    if (p->tile == 2)
      winograd_transform_group(2, p, operands[1], operands[0], unit / parts, from, to);
    else
      winograd_transform_group(4, p, operands[1], operands[0], unit / parts, from, to);
  }
}

#endif

#if !CNN_VECTORS

// Transforms patches of the input, tile by tile, for the multiplication: V is [tile][xi][channel, up to a multiple of 16].


CNN_SPLIT(winograd_input, p->tile_count, p->tile_count * cnn_channel_blocks(p->channels) * (p->tile == 2 ? 50 : 140))

/// 16 channels of a patch whose first element lies at row `top` and column `left` of x, to v and `step` floats apart.
CNN_INLINE void winograd_transform_patch(const int tile, const float *x, int64_t height, int64_t width, int64_t top,
                                         int64_t left, float *v, int64_t step) {
  float columns[WINOGRAD_EDGE][WINOGRAD_EDGE][CNN_PANEL];
  for (int j = 0; j < tile + 2; j++) {
    const float *from[WINOGRAD_EDGE];
    for (int i = 0; i < tile + 2; i++) {
      const int64_t row = top + i, column = left + j;
      const int is_inside = row >= 0 && row < height && column >= 0 && column < width;
      from[i] = is_inside ? x + (row * width + column) * CNN_PANEL : cnn_no_pixel;
    }
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float d[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      for (int i = 0; i < tile + 2; i++) d[i] = from[i][lane];
      winograd_transform_inputs(tile, d, t);
      for (int i = 0; i < tile + 2; i++) columns[i][j][lane] = t[i];
    }
  }
  for (int i = 0; i < tile + 2; i++)
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float d[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      for (int j = 0; j < tile + 2; j++) d[j] = columns[i][j][lane];
      winograd_transform_inputs(tile, d, t);
      for (int j = 0; j < tile + 2; j++) v[(i * (tile + 2) + j) * step + lane] = t[j];
    }
}

CNN_KERNEL(winograd_input) {
  const cnn_winograd_input_parameters *p = parameters;
  const int64_t channels = cnn_channel_blocks(p->channels) * CNN_PANEL, elements = winograd_elements(p->tile);
  for (int64_t unit = first; unit < end; unit++) {
    const winograd_place place = winograd_place_of(p->first_tile + unit, p->tiles_down, p->tiles_across);
    const int64_t top = place.row * p->tile - p->pad_top, left = place.column * p->tile - p->pad_left;
    const float *x = (const float *)operands[1] + place.image * p->x_stride;
    float *v = (float *)operands[0] + unit * elements * channels;
    for (int64_t c = 0; c < channels; c += CNN_PANEL) {
      const float *plane = x + c * p->height * p->width;
      if (p->tile == 2)
        winograd_transform_patch(2, plane, p->height, p->width, top, left, v + c, channels);
      else
        winograd_transform_patch(4, plane, p->height, p->width, top, left, v + c, channels);
    }
  }
}

#endif

#if CNN_VECTORS

// Channel-blocked activations: element (n, c, y, x) of C x H x W values lies at
//
//   n * stride + ((c / 16) * H * W + y * W + x) * 16 + c % 16
//
// Lanes behind the last channel exist and hold anything; no kernel reads them but to copy them to their like.



/// A block's channels at one pixel.
typedef struct {
  cnn_vector part[CNN_PANEL_VECTORS];
} cnn_sixteen;

#define CNN_EACH_PART(i) CNN_UNROLL for (int i = 0; i < CNN_PANEL_VECTORS; i++)

CNN_INLINE cnn_sixteen cnn_load_sixteen(const float *x) {
  cnn_sixteen v;
  CNN_EACH_PART(i) v.part[i] = cnn_load(x + i * CNN_LANES);
  return v;
}

CNN_INLINE void cnn_store_sixteen(float *y, cnn_sixteen v) {
  CNN_EACH_PART(i) cnn_store(y + i * CNN_LANES, v.part[i]);
}

CNN_INLINE cnn_sixteen cnn_fill_sixteen(float value) {
  cnn_sixteen v;
  CNN_EACH_PART(i) v.part[i] = (cnn_vector)(value);
  return v;
}

/// The larger of two, the second where it is not a number; so written, it is a maximum and one choice.
CNN_INLINE cnn_vector cnn_larger(cnn_vector best, cnn_vector v) {
  const cnn_vector larger = v > best ? v : best;
  return v == v ? larger : v;
}

// Transforms products back into outputs, tile by tile, and stores them, or only the maxima of disjoint squares of two
// by two of them, which no two tiles share.



/// What the tiles of a block of filters share on their way to y.
typedef struct {
  const cnn_winograd_output_parameters *p;
  cnn_finish finish;
  const float *r;  // the block's plane of the first image, or NULL,
  float *y;        // and y's
} winograd_store;

/// Where a tile's outputs go.
typedef struct {
  const float *r;         // NULL, or with rows as y's
  float *y;
  int64_t row;            // floats from row to row
  int64_t rows, columns;  // that there are in y
} winograd_target;

/// A row of a tile's outputs, some lanes of it, from what the columns' transforms have left; with `pools` the maxima of
/// that and the next.
CNN_INLINE void winograd_output_row(const int tile, const int pools,
                                    cnn_vector lines[WINOGRAD_EDGE][CNN_PANEL_VECTORS][WINOGRAD_EDGE], int64_t row,
                                    const int part, cnn_vector y[WINOGRAD_EDGE]) {
  cnn_vector upper[WINOGRAD_EDGE], lower[WINOGRAD_EDGE];
  winograd_transform_products(tile, lines[row][part], pools ? upper : y);
  if (!pools) return;
  winograd_transform_products(tile, lines[row + 1][part], lower);
  CNN_UNROLL for (int j = 0; j < tile / 2; j++)
    y[j] = cnn_larger(cnn_larger(cnn_larger(upper[2 * j], upper[2 * j + 1]), lower[2 * j]), lower[2 * j + 1]);
}

/// From m, whose elements lie `step` apart. No function here decreases where `pools`, so that it may follow.
CNN_INLINE void winograd_finish_tile(const int tile, const int pools, const float *m, int64_t step,
                                     const cnn_finish *f, const winograd_target *target) {
  cnn_vector lines[WINOGRAD_EDGE][CNN_PANEL_VECTORS][WINOGRAD_EDGE];
  for (int j = 0; j < tile + 2; j++) {
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector column[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      CNN_UNROLL for (int i = 0; i < tile + 2; i++)
        column[i] = cnn_load(m + (i * (tile + 2) + j) * step + part * CNN_LANES);
      winograd_transform_products(tile, column, t);
      CNN_UNROLL for (int i = 0; i < tile; i++) lines[i][part][j] = t[i];
    }
  }
  for (int64_t i = 0; i < target->rows; i++) {
    float *y = target->y + i * target->row;
    const float *r = target->r ? target->r + i * target->row : NULL;
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector t[WINOGRAD_EDGE];
      winograd_output_row(tile, pools, lines, pools ? 2 * i : i, part, t);
      CNN_UNROLL for (int j = 0; j < (pools ? tile / 2 : tile); j++) {
        const int64_t at = j * CNN_PANEL + part * CNN_LANES;
        if (j < target->columns)
          cnn_store(y + at, cnn_finish_vector(f, t[j], f->bias + part * CNN_LANES, r ? r + at : NULL));
      }
    }
    if (!cnn_is_finished_in_registers(f->function))
      cnn_apply(f->function, f->alpha, y, y, target->columns * CNN_PANEL);
  }
}

/// Tiles of a call, first..<first + count, whose products lie [xi][tile], `pixel` floats from tile to tile.
CNN_INLINE void winograd_finish_group(const int tile, const int pools, const winograd_store *s, int64_t first,
                                      int64_t count, const float *m, int64_t pixel) {
  const cnn_winograd_output_parameters *p = s->p;
  const int64_t side = pools ? tile / 2 : tile;
  const int64_t height = pools ? p->out_height / 2 : p->out_height, width = pools ? p->out_width / 2 : p->out_width;
  winograd_place place = winograd_place_of(p->first_tile + first, p->tiles_down, p->tiles_across);
  for (int64_t t = 0; t < count; t++) {
    const int64_t row = place.row * side, column = place.column * side, start = (row * width + column) * CNN_PANEL;
    const winograd_target target = {.r = s->r ? s->r + place.image * p->r_stride + start : NULL,
                                    .y = s->y + place.image * p->y_stride + start,
                                    .row = width * CNN_PANEL,
                                    .rows = cnn_min(side, height - row),
                                    .columns = cnn_min(side, width - column)};
    winograd_finish_tile(tile, pools, m + t * pixel, count * pixel, &s->finish, &target);
    place = winograd_next_place(place, p->tiles_down, p->tiles_across);
  }
}

static void winograd_finish_any_group(const winograd_store *s, int64_t first, int64_t count, const float *m,
                                      int64_t pixel) {
  if (s->p->tile == 2 && s->p->pools)
    winograd_finish_group(2, 1, s, first, count, m, pixel);
  else if (s->p->tile == 2)
    winograd_finish_group(2, 0, s, first, count, m, pixel);
  else if (s->p->pools)
    winograd_finish_group(4, 1, s, first, count, m, pixel);
  else
    winograd_finish_group(4, 0, s, first, count, m, pixel);
}

// Multiplies transformed patches by transformed weights, and transforms the products back into the output.


enum {
  WINOGRAD_PRODUCTS = 65536,     // floats of a unit's products, which stay in the second-level cache
  WINOGRAD_DEPTH = 256,          // channels of a panel of weights that stays in the first
  WINOGRAD_UNITS = 8,            // that a call is divided into,
  WINOGRAD_UNIT_TERMS = 1 << 20  // unless they would have fewer multiplications than this
};

/// How a call is divided: so many parts of its groups of tiles, and of its blocks of filters.
typedef struct {
  int64_t tile_parts, filter_parts;
} winograd_division;

/// Units that it is worth to divide a call into.
static int64_t winograd_units_wanted(const cnn_winograd_output_parameters *p) {
  const int64_t terms = winograd_elements(p->tile) * p->tile_count * p->channels * p->filters;
  return cnn_max(1, cnn_min(WINOGRAD_UNITS, terms / WINOGRAD_UNIT_TERMS));
}

/// What a unit reads of the patches serves all of its filters, and what it reads of the weights all of its tiles; of
/// the shapes whose products fit, that which reads least for each product is chosen. Weights count twice: they
/// come from farther away.
static winograd_division winograd_division_of(const cnn_winograd_output_parameters *p) {
  const int64_t groups = winograd_groups(p->tile_count), blocks = cnn_channel_blocks(p->filters);
  const int64_t most = WINOGRAD_PRODUCTS / (winograd_elements(p->tile) * CNN_PANEL * CNN_PIXELS);
  const int64_t wanted = winograd_units_wanted(p);
  winograd_division best = {groups, blocks};
  double least = INFINITY;
  for (int64_t unit_blocks = cnn_min(blocks, CNN_PANELS); unit_blocks <= cnn_min(blocks, most); unit_blocks++) {
    const int64_t filter_parts = (blocks + unit_blocks - 1) / unit_blocks;
    const int64_t fitting = (groups + most / unit_blocks - 1) / (most / unit_blocks);
    const int64_t tile_parts = cnn_min(groups, cnn_max(fitting, (wanted + filter_parts - 1) / filter_parts));
    const double reads = (double)filter_parts / (double)(blocks * CNN_PANEL) + 2.0 * tile_parts / (double)p->tile_count;
    if (reads < least) best = (winograd_division){tile_parts, filter_parts};
    least = fmin(least, reads);
  }
  return best;
}

/// What a unit computes: groups of tiles and blocks of filters.
typedef struct {
  const cnn_winograd_output_parameters *p;
  const float *v, *u;
  float *products;  // [panels of filters][group][xi][tile of the group][panel][16 filters]
  int64_t channels; // up to a multiple of 16
  int64_t first_group, end_group, first_block, end_block;
} winograd_work;

/// A part of the product of a group's tiles and one or two blocks of filters, of one xi.
typedef struct {
  const float *v, *u;
  int64_t channels, next_panel;
  int adds;            // to what is in m
  float *m;            // [tile][panel][16]
  const float *ahead;  // weights to fetch meanwhile,
  int64_t lines;       // as many lines for each block of channels
} winograd_product;

CNN_INLINE void winograd_multiply(const int tiles, const int panels, const winograd_product *q) {
  cnn_sums sums;
  const float *v = q->v, *u = q->u, *ahead = q->ahead;
  const float *x[CNN_PIXELS];
  int64_t c = 0;
  cnn_sums_begin(tiles, panels, !q->adds, q->m, &sums);
  for (; c + CNN_PANEL <= q->channels; c += CNN_PANEL) {
    CNN_UNROLL for (int t = 0; t < tiles; t++) x[t] = v + t * CNN_PANEL;
    for (const float *end = ahead + q->lines * CNN_PANEL; ahead < end; ahead += CNN_PANEL)
      CNN_UNROLL for (int panel = 0; panel < panels; panel++)
        __builtin_prefetch(ahead + panel * q->next_panel, 0, 2);
    cnn_sums_add_block(tiles, panels, x, u, q->next_panel, &sums);
    v += tiles * CNN_PANEL;
    u += CNN_PANEL * CNN_PANEL;
  }
  if (c < q->channels) {
    CNN_UNROLL for (int t = 0; t < tiles; t++) x[t] = v + t * CNN_PANEL;
    cnn_sums_add_channels(tiles, panels, x, q->channels - c, u, q->next_panel, &sums);
  }
  cnn_sums_save(tiles, panels, &sums, q->m);
}

static void winograd_multiply_group(int64_t tiles, int64_t panels, const winograd_product *q) {
  CNN_FOR_PIXELS(tiles, panels, winograd_multiply, q);
}

/// Where the products of a group and some blocks of filters begin.
static float *winograd_products_at(const winograd_work *w, int64_t block, int64_t panels, int64_t group) {
  const int64_t tiles = w->p->tile_count, elements = winograd_elements(w->p->tile);
  const int64_t first = winograd_first_tile(tiles, w->first_group);
  const int64_t count = winograd_first_tile(tiles, w->end_group) - first;
  return w->products + elements * CNN_PANEL * ((block - w->first_block) * count +
                                               panels * (winograd_first_tile(tiles, group) - first));
}

/// The products of a unit for one xi and one or two blocks of filters. Each part of the weights serves all groups
/// while it lies in the first-level cache, and the part that comes next is fetched meanwhile.
static void winograd_multiply_panels(const winograd_work *w, int64_t xi, int64_t block, int64_t panels,
                                     const float *next) {
  const cnn_winograd_output_parameters *p = w->p;
  const int64_t tiles = p->tile_count, elements = winograd_elements(p->tile);
  const int64_t panel = w->channels * CNN_PANEL;
  const float *u = w->u + (block * elements + xi) * panel;
  const int64_t groups = w->end_group - w->first_group, lines = (CNN_PANEL + groups - 1) / groups;
  for (int64_t c = 0; c < p->channels; c += WINOGRAD_DEPTH) {
    const int64_t depth = cnn_min(WINOGRAD_DEPTH, p->channels - c);
    const float *ahead = c + depth < p->channels ? u + (c + depth) * CNN_PANEL : next;
    for (int64_t group = w->first_group; group < w->end_group; group++) {
      const int64_t first = winograd_first_tile(tiles, group), count = winograd_first_tile(tiles, group + 1) - first;
      const winograd_product product = {
          .v = w->v + (first * elements + xi * count) * w->channels + c * count,
          .u = u + c * CNN_PANEL,
          .channels = depth,
          .next_panel = elements * panel,
          .adds = c > 0,
          .m = winograd_products_at(w, block, panels, group) + xi * count * panels * CNN_PANEL,
          .ahead = ahead,
          .lines = lines};
      winograd_multiply_group(count, panels, &product);
      ahead += depth / CNN_PANEL * lines * CNN_PANEL;
    }
  }
}

/// One or two blocks of filters of all groups of a unit.
static void winograd_finish_panels(const winograd_work *w, int64_t first_block, int64_t panels, const float *bias,
                                   const float *r, float *y) {
  const cnn_winograd_output_parameters *p = w->p;
  const int64_t area = p->out_height * p->out_width * CNN_PANEL;
  const int64_t pooled = (p->out_height / 2) * (p->out_width / 2) * CNN_PANEL;
  for (int64_t panel = 0; panel < panels; panel++) {
    const int64_t block = first_block + panel;
    float sixteen[CNN_PANEL];
    cnn_copy_bias(bias, block * CNN_PANEL, p->filters, sixteen);
    const winograd_store store = {.p = p,
                                  .finish = {.bias = sixteen, .function = p->function, .alpha = (float)p->alpha},
                                  .r = r ? r + block * area : NULL,
                                  .y = y + block * (p->pools ? pooled : area)};
    for (int64_t group = w->first_group; group < w->end_group; group++) {
      const int64_t first = winograd_first_tile(p->tile_count, group);
      const int64_t count = winograd_first_tile(p->tile_count, group + 1) - first;
      const float *m = winograd_products_at(w, first_block, panels, group) + panel * CNN_PANEL;
      winograd_finish_any_group(&store, first, count, m, panels * CNN_PANEL);
    }
  }
}

static int64_t winograd_output_units(const cnn_winograd_output_parameters *p) {
  const winograd_division d = winograd_division_of(p);
  return d.tile_parts * d.filter_parts;
}

CNN_SPLIT(winograd_output, winograd_output_units(p),
          p->tile_count * cnn_channel_blocks(p->filters) *
              (winograd_elements(p->tile) * p->channels / 3 + p->tile * p->tile * 5))

/// A unit is a part of the tiles and a part of the filters.
CNN_KERNEL(winograd_output) {
  const cnn_winograd_output_parameters *p = parameters;
  const winograd_division d = winograd_division_of(p);
  const int64_t groups = winograd_groups(p->tile_count), blocks = cnn_channel_blocks(p->filters);
  const int64_t elements = winograd_elements(p->tile);
  float products[WINOGRAD_PRODUCTS] __attribute__((aligned(64)));
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t tiles = unit / d.filter_parts, filters = unit % d.filter_parts;
    const winograd_work w = {.p = p,
                             .v = operands[1],
                             .u = operands[2],
                             .products = products,
                             .channels = cnn_channel_blocks(p->channels) * CNN_PANEL,
                             .first_group = groups * tiles / d.tile_parts,
                             .end_group = groups * (tiles + 1) / d.tile_parts,
                             .first_block = blocks * filters / d.filter_parts,
                             .end_block = blocks * (filters + 1) / d.filter_parts};
    const int64_t panel = w.channels * CNN_PANEL;
    for (int64_t xi = 0; xi < elements; xi++) {
      for (int64_t block = w.first_block; block < w.end_block; block += CNN_PANELS) {
        const int64_t panels = cnn_min(CNN_PANELS, w.end_block - block);
        const float *next = block + panels < w.end_block ? w.u + ((block + panels) * elements + xi) * panel
                                                         : w.u + (w.first_block * elements + xi + 1) * panel;
        winograd_multiply_panels(&w, xi, block, panels, next);
      }
    }
    for (int64_t block = w.first_block; block < w.end_block; block += CNN_PANELS)
      winograd_finish_panels(&w, block, cnn_min(CNN_PANELS, w.end_block - block), operands[3], operands[4],
                             operands[0]);
  }
}

#endif

#if !CNN_VECTORS

// Multiplies transformed patches by transformed weights, and transforms the products back into the output. A unit is a
// block of 16 filters of a few tiles.


enum { WINOGRAD_TILES = 2 * CNN_PIXELS };  // of a unit

static int64_t winograd_parts(const cnn_winograd_output_parameters *p) {
  return (p->tile_count + WINOGRAD_TILES - 1) / WINOGRAD_TILES;
}

CNN_SPLIT(winograd_output, winograd_parts(p) * cnn_channel_blocks(p->filters),
          winograd_elements(p->tile) * p->tile_count * p->channels * p->filters / 16)

/// The products of a unit: [xi][tile][16 filters].
typedef float winograd_products[WINOGRAD_ELEMENTS][WINOGRAD_TILES][CNN_PANEL];

/// v is the unit's first tile's, u the filters'.
static void winograd_multiply(const cnn_winograd_output_parameters *p, const float *v, const float *u, int64_t tiles,
                              winograd_products products) {
  const int64_t channels = cnn_channel_blocks(p->channels) * CNN_PANEL, elements = winograd_elements(p->tile);
  for (int64_t xi = 0; xi < elements; xi++)
    for (int64_t t = 0; t < tiles; t += CNN_PIXELS) {
      const float *x[CNN_PIXELS];
      // The last tile stands in for those behind it, whose sums nobody reads.
      for (int64_t i = 0; i < CNN_PIXELS; i++)
        x[i] = v + (cnn_min(t + i, tiles - 1) * elements + xi) * channels;
      cnn_sums sums;
      cnn_sums_clear(&sums);
      cnn_sums_add(x, p->channels, u + xi * channels * CNN_PANEL, &sums);
      cnn_sums_save(&sums, &products[xi][t]);
    }
}

/// A tile's outputs: [row][column][16].
typedef float winograd_outputs[4][4][CNN_PANEL];

CNN_INLINE void winograd_transform_tile(const int tile, winograd_products products, int64_t t, winograd_outputs y) {
  float lines[4][WINOGRAD_EDGE][CNN_PANEL];
  for (int j = 0; j < tile + 2; j++)
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float m[WINOGRAD_EDGE], o[WINOGRAD_EDGE];
      for (int i = 0; i < tile + 2; i++) m[i] = products[i * (tile + 2) + j][t][lane];
      winograd_transform_products(tile, m, o);
      for (int i = 0; i < tile; i++) lines[i][j][lane] = o[i];
    }
  for (int i = 0; i < tile; i++)
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float m[WINOGRAD_EDGE], o[WINOGRAD_EDGE];
      for (int j = 0; j < tile + 2; j++) m[j] = lines[i][j][lane];
      winograd_transform_products(tile, m, o);
      for (int j = 0; j < tile; j++) y[i][j][lane] = o[j];
    }
}

/// The maxima of a tile's squares of two by two, in place.
static void winograd_pool(int64_t tile, winograd_outputs y) {
  for (int64_t i = 0; i < tile / 2; i++)
    for (int64_t j = 0; j < tile / 2; j++)
      for (int lane = 0; lane < CNN_PANEL; lane++) {
        const float upper = cnn_larger(y[2 * i][2 * j][lane], y[2 * i][2 * j + 1][lane]);
        y[i][j][lane] = cnn_larger(cnn_larger(upper, y[2 * i + 1][2 * j][lane]), y[2 * i + 1][2 * j + 1][lane]);
      }
}

CNN_KERNEL(winograd_output) {
  const cnn_winograd_output_parameters *p = parameters;
  const int64_t channels = cnn_channel_blocks(p->channels) * CNN_PANEL, elements = winograd_elements(p->tile);
  const int64_t side = p->pools ? p->tile / 2 : p->tile;
  const int64_t height = p->pools ? p->out_height / 2 : p->out_height, width = p->pools ? p->out_width / 2 : p->out_width;
  const int64_t parts = winograd_parts(p);
  const float *r = operands[4];
  winograd_products products;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t block = unit / parts, start = unit % parts * WINOGRAD_TILES;
    const int64_t tiles = cnn_min(WINOGRAD_TILES, p->tile_count - start);
    float sixteen[CNN_PANEL];
    cnn_copy_bias(operands[3], block * CNN_PANEL, p->filters, sixteen);
    winograd_multiply(p, (const float *)operands[1] + start * elements * channels,
                      (const float *)operands[2] + block * elements * channels * CNN_PANEL, tiles, products);
    for (int64_t t = 0; t < tiles; t++) {
      const winograd_place place = winograd_place_of(p->first_tile + start + t, p->tiles_down, p->tiles_across);
      winograd_outputs outputs;
      if (p->tile == 2)
        winograd_transform_tile(2, products, t, outputs);
      else
        winograd_transform_tile(4, products, t, outputs);
      if (p->pools) winograd_pool(p->tile, outputs);
      for (int64_t i = 0; i < cnn_min(side, height - place.row * side); i++) {
        const int64_t at = ((block * height + place.row * side + i) * width + place.column * side) * CNN_PANEL;
        cnn_finish(outputs[i][0], sixteen, r ? r + place.image * p->r_stride + at : NULL,
                   cnn_min(side, width - place.column * side), p->function, (float)p->alpha,
                   (float *)operands[0] + place.image * p->y_stride + at);
      }
    }
  }
}

#endif

#if CNN_VECTORS

// Where the pixels of a tile lie in a plane of x, for each tap of a window. Planes, with their padding, have less
// than 2^30 rows and columns, and 2^31 pixels.



enum { CNN_PLACE_LANES = CNN_PIXELS > 8 ? 16 : CNN_PIXELS > 4 ? 8 : 4 };

typedef int32_t cnn_coordinates __attribute__((ext_vector_type(CNN_PLACE_LANES)));

typedef int32_t cnn_loose_coordinates __attribute__((ext_vector_type(CNN_PLACE_LANES), aligned(4)));

/// What the pixels of a tile read at a tap: row * width + column in a plane, -1 in the padding.
typedef struct {
  int32_t tap;
  int32_t pixel[CNN_PLACE_LANES];
} cnn_places;

/// The 16 channels of a pixel; x is the channel block's plane.
CNN_INLINE const float *cnn_place_of(const cnn_places *places, const int pixel, const float *x) {
  const int64_t place = places->pixel[pixel];
  const float *const inside = x + place * CNN_PANEL;
  return place < 0 ? cnn_no_pixel : inside;
}

/// Whether all pixels of a tile are inside of the image at a tap.
static inline int cnn_is_inside(const cnn_places *places) {
  return __builtin_reduce_and(*(const cnn_loose_coordinates *)places->pixel >= 0) != 0;
}

/// A tile's pixels: where their windows begin, and row * width + column of that.
typedef struct {
  cnn_coordinates row, column, place;
  int is_interior;  // none of their windows reaches into the padding
} cnn_tile_pixels;

/// `count` outputs, at most CNN_PIXELS, from number `pixel` on, row-major; lanes behind them repeat the last.
static cnn_tile_pixels cnn_tile_pixels_at(const cnn_window *w, int64_t out_width, int64_t pixel, int64_t count) {
  static const int32_t numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const int32_t end = (int32_t)out_width, last = (int32_t)count - 1;
  cnn_coordinates i = *(const cnn_loose_coordinates *)numbers, down = 0;
  i = (i < last ? i : last) + (int32_t)(pixel % out_width);
  for (cnn_coordinates is_over = i >= end; __builtin_reduce_or(is_over); is_over = i >= end) {
    i -= is_over & end;
    down -= is_over;
  }
  cnn_tile_pixels t;
  t.row = down * (int32_t)w->stride_height + (int32_t)(pixel / out_width * w->stride_height - w->pad_top);
  t.column = i * (int32_t)w->stride_width - (int32_t)w->pad_left;
  t.place = t.row * (int32_t)w->width + t.column;
  const int32_t height = (int32_t)(w->height - (w->kernel_height - 1) * w->dilation_height);
  const int32_t width = (int32_t)(w->width - (w->kernel_width - 1) * w->dilation_width);
  t.is_interior =
      __builtin_reduce_or((t.row < 0) | (t.row >= height) | (t.column < 0) | (t.column >= width)) == 0;
  return t;
}

/// Writes the places of a tile at taps first..<end (fy * kernel_width + fx) that at least one of its pixels finds
/// inside of the image, and returns how many these are.
static int64_t cnn_find_places(const cnn_window *w, int64_t out_width, int64_t pixel, int64_t count, int64_t first,
                               int64_t end, cnn_places *places) {
  const cnn_tile_pixels t = cnn_tile_pixels_at(w, out_width, pixel, count);
  const cnn_places *const start = places;
  const int32_t height = (int32_t)w->height, width = (int32_t)w->width;
  int64_t tap = first, fx = first % w->kernel_width;
  for (int64_t fy = first / w->kernel_width; tap < end; fy++, fx = 0) {
    const int32_t down = (int32_t)(fy * w->dilation_height);
    const cnn_coordinates row = t.row + down, place = t.place + down * width;
    const cnn_coordinates is_outside = (row < 0) | (row >= height);
    for (; fx < w->kernel_width && tap < end; fx++, tap++) {
      const int32_t across = (int32_t)(fx * w->dilation_width);
      cnn_coordinates here = place + across;
      int is_used = 1;
      if (!t.is_interior) {
        const cnn_coordinates column = t.column + across;
        // -1 in the lanes whose place is outside.
        const cnn_coordinates outside = is_outside | (column < 0) | (column >= width);
        here |= outside;
        is_used = __builtin_reduce_and(outside) == 0;
      }
      places->tap = (int32_t)tap;
      *(cnn_loose_coordinates *)places->pixel = here;
      places += is_used;
    }
  }
  return places - start;
}

// A convolution of activations in blocks of 16 channels. A unit is a run of pixels of an image, or some whole
// small images, times a range of panels of filters. What each tile of pixels reads at each tap is found once
// for a unit; then panel by panel, and chunk by chunk of channels, the weights stay in the cache while all tiles
// use them.



enum {
  /// Pixels of a unit: their sums of one panel stay in the first-level cache.
  BLOCKS_PIXELS = 384,
  /// Floats of x that a unit reads, roughly: they stay in the second-level cache.
  BLOCKS_FLOATS = 65536,
  /// Tiles times taps that a unit knows the places of, 36 bytes each (AVX2).
  BLOCKS_PLACES = 2304,
  /// Rows of 16 weights that stay in the first-level cache.
  BLOCKS_ROWS = 256,
  /// Units that a layer is divided into at least, where it has as many.
  BLOCKS_UNITS = 8
};

/// How a call is divided: into parts of the pixels, each one of `runs` runs of an image or some whole images, times
/// ranges of panels.
typedef struct {
  int64_t runs, parts, ranges;
} blocks_division;

static blocks_division blocks_division_of(const cnn_conv2d_blocks_parameters *p) {
  const int64_t area = p->out_height * p->out_width, channels = CNN_PANEL * cnn_channel_blocks(p->channels);
  const int64_t reach = cnn_min(p->kernel_height, p->stride_height) * cnn_min(p->kernel_width, p->stride_width);
  const int64_t most = cnn_max(48, cnn_min(BLOCKS_PIXELS, BLOCKS_FLOATS / (channels * reach)));
  blocks_division d = {1, 1, 1};
  if (area > most) {
    // An even number, so that two threads get as much each.
    d.runs = (area + 2 * most - 1) / (2 * most) * 2;
    d.parts = p->batch * d.runs;
  } else {
    const int64_t images = cnn_max(1, most / cnn_max(1, area)), parts = (p->batch + images - 1) / images;
    d.parts = parts > 1 ? cnn_min(p->batch, parts + parts % 2) : parts;
  }
  const int64_t panels = cnn_channel_blocks(p->filters), units = cnn_max(1, d.parts * p->groups);
  d.ranges = cnn_min((panels + CNN_PANELS - 1) / CNN_PANELS, (BLOCKS_UNITS + units - 1) / units);
  return d;
}

static int64_t blocks_work(const cnn_conv2d_blocks_parameters *p) {
  return p->batch * p->groups * p->filters * (p->channels + 1) * p->out_height * p->out_width * p->kernel_height *
         p->kernel_width / (5 * CNN_LANES);
}

static cnn_split cnn_conv2d_blocks_split(const void *parameters) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const blocks_division d = blocks_division_of(p);
  return (cnn_split){d.parts * p->groups * d.ranges, blocks_work(p)};
}

/// What all tiles of a unit share while one chunk of weights is in use.
typedef struct {
  const float *w;       // the chunk's first channel block and tap 0, of the first panel
  int64_t w_block;      // floats from a channel block to the next,
  int64_t next_panel;   // from a panel to the next
  int64_t x_block;      // floats from a channel block of x to the next
  int64_t blocks;       // whole channel blocks,
  int64_t channels;     // and channels of another one behind them
  int is_first, is_last;
  int is_new;           // whether no panel before has read these channels
  cnn_finish finish;
  int64_t y_block;      // floats from a channel block of y, and r, to the next
} blocks_chunk;

/// The places of a tile at the taps that touch the image.
typedef struct {
  const cnn_places *places;
  int64_t count;
  int is_plain;  // one tap, which all pixels find inside of the image: their channel blocks lie x_block floats apart
} blocks_taps;

/// Adds a chunk's whole channel blocks, where taps are plain. There is nothing in the loop beside the products: in the
/// processor's front they are all that it has room for where another thread shares it.
CNN_INLINE void blocks_add_plain(const int pixels, const int panels, const blocks_chunk *c, const cnn_places *places,
                                 const float *x, cnn_sums *sums) {
  const int64_t step = c->x_block;
  const float *from[CNN_PIXELS], *w = c->w + places->tap * (CNN_PANEL * CNN_PANEL);
  CNN_UNROLL for (int p = 0; p < pixels; p++) from[p] = cnn_place_of(places, p, x);
  // Blocks lie a plane apart, too far for the processor to see where the next tile will read. Not into the first-level
  // cache: planes of a whole number of pages would push each other out of it.
  if (c->is_new)
    for (int64_t block = 0; block < c->blocks; block++)
      CNN_UNROLL for (int p = 0; p < pixels; p++)
        __builtin_prefetch(from[p] + block * step + CNN_PIXELS * CNN_PANEL, 0, 2);
  for (int64_t block = 0; block < c->blocks; block++) {
    cnn_sums_add_block(pixels, panels, from, w, c->next_panel, sums);
    CNN_UNROLL for (int p = 0; p < pixels; p++) {
      from[p] += step;
      CNN_INDEPENDENT(from[p]);
    }
    w += c->w_block;
  }
}

/// The same for any taps.
CNN_INLINE void blocks_add_taps(const int pixels, const int panels, const blocks_chunk *c, const blocks_taps *taps,
                                const float *x, cnn_sums *sums) {
  const cnn_places *const end = taps->places + taps->count;
  const float *w = c->w, *from[CNN_PIXELS];
  for (int64_t block = 0; block < c->blocks; block++) {
    for (const cnn_places *t = taps->places; t < end; t++) {
      CNN_UNROLL for (int p = 0; p < pixels; p++) from[p] = cnn_place_of(t, p, x);
      cnn_sums_add_block(pixels, panels, from, w + t->tap * (CNN_PANEL * CNN_PANEL), c->next_panel, sums);
    }
    // As above, at the last tap.
    if (c->is_new && end > taps->places)
      CNN_UNROLL for (int p = 0; p < pixels; p++) __builtin_prefetch(from[p] + CNN_PIXELS * CNN_PANEL);
    x += c->x_block;
    w += c->w_block;
  }
}

/// One tile's part of a chunk; x is the chunk's first channel block, y and r the tile's first pixel. With `places`, its
/// pixels lie there in y's plane instead.
CNN_INLINE void blocks_tile(const int pixels, const int panels, const blocks_chunk *c, const blocks_taps *taps,
                            const float *x, float *saved, const float *r, const int32_t *places, float *y) {
  cnn_sums sums;
  cnn_sums_begin(pixels, panels, c->is_first, saved, &sums);
  if (c->is_last && r != NULL)
    CNN_UNROLL for (int p = 0; p < pixels; p++) __builtin_prefetch(r + p * CNN_PANEL);
  if (c->is_last && places != NULL)
    CNN_UNROLL for (int p = 0; p < pixels; p++) __builtin_prefetch(y + (int64_t)places[p] * CNN_PANEL, 1);
  if (taps->is_plain)
    blocks_add_plain(pixels, panels, c, taps->places, x, &sums);
  else
    blocks_add_taps(pixels, panels, c, taps, x, &sums);
  if (c->channels > 0) {
    const float *w = c->w + c->blocks * c->w_block, *from[CNN_PIXELS];
    for (const cnn_places *t = taps->places; t < taps->places + taps->count; t++) {
      CNN_UNROLL for (int p = 0; p < pixels; p++) from[p] = cnn_place_of(t, p, x + c->blocks * c->x_block);
      cnn_sums_add_channels(pixels, panels, from, c->channels, w + t->tap * (CNN_PANEL * CNN_PANEL), c->next_panel,
                            &sums);
    }
  }
  if (!c->is_last)
    cnn_sums_save(pixels, panels, &sums, saved);
  else if (places != NULL)
    cnn_sums_scatter(pixels, panels, &sums, places, y, c->y_block);
  else
    cnn_sums_store(pixels, panels, &sums, &c->finish, r, c->y_block, y, c->y_block);
}

static __attribute__((noinline)) void blocks_any_tile(int64_t pixels, int64_t panels, const blocks_chunk *c,
                                                      const blocks_taps *taps, const float *x, float *saved,
                                                      const float *r, const int32_t *places, float *y) {
  CNN_FOR_PIXELS(pixels, panels, blocks_tile, c, taps, x, saved, r, places, y)
}

/// Which of the weights' taps a window's are: tap (fy, fx) is number first + fy * down + fx * across.
typedef struct {
  int32_t columns, first, down, across;
} blocks_choice;

static void blocks_choose(const blocks_choice *choice, cnn_places *places, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const int32_t tap = places[i].tap;
    places[i].tap = choice->first + tap / choice->columns * choice->down + tap % choice->columns * choice->across;
  }
}

/// One unit, and the pointers of its group.
typedef struct {
  const cnn_conv2d_blocks_parameters *p;
  const float *x, *w, *bias, *r;
  float *y;
  int64_t images;           // from that of the pointers on,
  int64_t pixel, pixels;    // in each of them from a pixel on
  int64_t panel, panels;    // of the group
  int64_t tiles;            // of an image
  int64_t y_plane;          // floats of a block of y
  int64_t weight_taps;      // that the weights have
  const blocks_choice *choice;  // of them; NULL for all
  const int32_t *y_places;  // of the pixels in y's plane; NULL where it has no others
  cnn_places places[BLOCKS_PLACES];
  blocks_taps taps[BLOCKS_PIXELS];  // of each tile
  float sums[BLOCKS_PIXELS * CNN_PANELS * CNN_PANEL];
} blocks_unit;

/// Finds the places of all tiles at taps first..<end.
static void blocks_find_places(blocks_unit *u, int64_t first, int64_t end) {
  const cnn_window window = CNN_WINDOW(u->p);
  cnn_places *places = u->places;
  for (int64_t tile = 0; tile < u->tiles; tile++) {
    const int64_t begin = cnn_pixel_tile_at(u->pixels, u->tiles, tile);
    const int64_t count = cnn_pixel_tile_at(u->pixels, u->tiles, tile + 1) - begin;
    u->taps[tile].places = places;
    u->taps[tile].count = cnn_find_places(&window, u->p->out_width, u->pixel + begin, count, first, end, places);
    u->taps[tile].is_plain = u->taps[tile].count == 1 && cnn_is_inside(places);
    if (u->choice != NULL) blocks_choose(u->choice, places, u->taps[tile].count);
    places += u->taps[tile].count;
  }
}

/// Begins to load the weights that come after a chunk's, a part of them with each tile.
CNN_INLINE void blocks_prefetch(const blocks_chunk *c, int64_t panels, int64_t floats, int64_t part,
                                int64_t parts) {
  const int64_t lines = floats / CNN_PANEL;
  for (int64_t panel = 0; panel < panels; panel++)
    for (int64_t i = lines * part / parts; i < lines * (part + 1) / parts; i++)
      __builtin_prefetch(c->w + panel * c->next_panel + floats + i * CNN_PANEL, 0, 2);
}

/// All tiles with one chunk of weights; x is the chunk's first channel block, y and r the panel's.
static void blocks_run_chunk(blocks_unit *u, const blocks_chunk *c, int64_t panels, const float *x,
                             const float *r, float *y) {
  const int64_t floats = (c->blocks + (c->channels > 0)) * c->w_block, parts = u->images * u->tiles;
  for (int64_t i = 0; i < u->images; i++) {
    for (int64_t tile = 0; tile < u->tiles; tile++) {
      const int64_t begin = cnn_pixel_tile_at(u->pixels, u->tiles, tile);
      const int64_t count = cnn_pixel_tile_at(u->pixels, u->tiles, tile + 1) - begin;
      const int64_t at = u->y_places ? 0 : (u->pixel + begin) * CNN_PANEL;
      if (u->choice == NULL) blocks_prefetch(c, panels, floats, i * u->tiles + tile, parts);
      blocks_any_tile(count, panels, c, &u->taps[tile], x + i * u->p->x_stride,
                      u->sums + (i * u->pixels + begin) * panels * CNN_PANEL,
                      r ? r + i * u->p->r_stride + at : NULL, u->y_places ? u->y_places + begin : NULL,
                      y + i * u->p->y_stride + at);
    }
  }
}

/// Panels from `panel` on, at taps first..<end.
static void blocks_run_panels(blocks_unit *u, int64_t panel, int64_t panels, int64_t first, int64_t end) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t taps = p->kernel_height * p->kernel_width, blocks = cnn_channel_blocks(p->channels);
  const int64_t chunk = cnn_max(1, BLOCKS_ROWS / (CNN_PANEL * CNN_PANELS * (end - first)));
  float bias[CNN_PANELS * CNN_PANEL];
  for (int64_t i = 0; i < panels; i++)
    cnn_copy_bias(u->bias, (panel + i) * CNN_PANEL, p->filters, bias + i * CNN_PANEL);
  const int64_t w_block = u->weight_taps * CNN_PANEL * CNN_PANEL, plane = u->y_plane;
  blocks_chunk c = {.w_block = w_block, .next_panel = blocks * w_block,
                    .x_block = p->height * p->width * CNN_PANEL, .y_block = plane,
                    .finish = {bias, p->function, (float)p->alpha}};
  for (int64_t block = 0; block == 0 || block < blocks; block += chunk) {
    const int64_t channels = cnn_max(0, cnn_min(chunk * CNN_PANEL, p->channels - block * CNN_PANEL));
    c.w = u->w + panel * c.next_panel + block * c.w_block;
    c.blocks = channels / CNN_PANEL;
    c.channels = channels % CNN_PANEL;
    c.is_first = block == 0 && first == 0;
    c.is_new = panel == u->panel;
    c.is_last = block + chunk >= blocks && end == taps;
    blocks_run_chunk(u, &c, panels, u->x + block * c.x_block, u->r ? u->r + panel * plane : NULL,
                     u->y + panel * plane);
  }
}

static void blocks_run_unit(blocks_unit *u) {
  u->tiles = cnn_pixel_tiles(u->pixels);
  const int64_t taps = u->p->kernel_height * u->p->kernel_width, step = cnn_min(taps, BLOCKS_PLACES / u->tiles);
  for (int64_t panel = u->panel; panel < u->panel + u->panels; panel += CNN_PANELS) {
    const int64_t panels = cnn_min(CNN_PANELS, u->panel + u->panels - panel);
    for (int64_t first = 0; first < taps; first += step) {
      const int64_t end = cnn_min(taps, first + step);
      if (panel == u->panel || step < taps) blocks_find_places(u, first, end);
      blocks_run_panels(u, panel, panels, first, end);
    }
  }
}

/// Sets a unit's range and its pointers; y has `y_area` pixels, and the weights `taps` taps.
static void blocks_set_unit(blocks_unit *u, const blocks_division *d, int64_t unit, int64_t taps, int64_t y_area,
                            void *const *operands) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t area = p->out_height * p->out_width, filters = cnn_channel_blocks(p->filters);
  const int64_t pairs = (filters + CNN_PANELS - 1) / CNN_PANELS;
  const int64_t range = unit % d->ranges, g = unit / d->ranges % p->groups;
  const int64_t part = unit / d->ranges / p->groups, run = part % d->runs;
  const int64_t images = part / d->runs, of = d->parts / d->runs, image = p->batch * images / of;
  u->images = p->batch * (images + 1) / of - image;
  u->pixel = area * run / d->runs;
  u->pixels = area * (run + 1) / d->runs - u->pixel;
  u->panel = pairs * range / d->ranges * CNN_PANELS;
  u->panels = cnn_min(filters, pairs * (range + 1) / d->ranges * CNN_PANELS) - u->panel;
  u->y_plane = y_area * CNN_PANEL;
  u->weight_taps = taps;
  u->x = (const float *)operands[1] + image * p->x_stride + g * p->channels * p->height * p->width;
  u->w = (const float *)operands[2] +
         g * filters * CNN_PANEL * cnn_channel_blocks(p->channels) * CNN_PANEL * taps;
  u->bias = operands[3] ? (const float *)operands[3] + g * p->filters : NULL;
  u->r = operands[4] ? (const float *)operands[4] + image * p->r_stride + g * p->filters * y_area : NULL;
  u->y = (float *)operands[0] + image * p->y_stride + g * p->filters * y_area;
}

CNN_KERNEL(conv2d_blocks) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const blocks_division d = blocks_division_of(p);
  blocks_unit u;
  u.p = p;
  u.choice = NULL;
  u.y_places = NULL;
  for (int64_t unit = first; unit < end; unit++) {
    blocks_set_unit(&u, &d, unit, p->kernel_height * p->kernel_width, p->out_height * p->out_width, operands);
    if (u.pixels > 0) blocks_run_unit(&u);
  }
}

#endif

#if !CNN_VECTORS

// A convolution of activations in blocks of 16 channels. A unit is a row of outputs of 16 filters.


CNN_SPLIT(conv2d_blocks, p->batch * p->groups * cnn_channel_blocks(p->filters) * p->out_height,
          p->batch * p->groups * p->filters * (p->channels + 1) * p->out_height * p->out_width * p->kernel_height *
              p->kernel_width / 16)

/// The sums of neighbouring outputs of a row from one column on, of which `pixels` exist; x is the image's first block of
/// the group, w the panel.
static void blocks_tile(const cnn_conv2d_blocks_parameters *p, const float *x, const float *w, int64_t row,
                        int64_t column, int64_t pixels, float to[CNN_PIXELS][CNN_PANEL]) {
  const int64_t plane = p->height * p->width * CNN_PANEL;
  cnn_sums sums;
  cnn_sums_clear(&sums);
  for (int64_t c = 0; c < p->channels; c += CNN_PANEL, x += plane) {
    const int64_t channels = cnn_min(CNN_PANEL, p->channels - c);
    for (int64_t fy = 0; fy < p->kernel_height; fy++) {
      const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
      if (iy < 0 || iy >= p->height) {
        w += p->kernel_width * CNN_PANEL * CNN_PANEL;
        continue;
      }
      for (int64_t fx = 0; fx < p->kernel_width; fx++, w += CNN_PANEL * CNN_PANEL) {
        const float *from[CNN_PIXELS];
        for (int64_t i = 0; i < CNN_PIXELS; i++) {
          const int64_t ix = (column + i) * p->stride_width - p->pad_left + fx * p->dilation_width;
          from[i] = i < pixels && ix >= 0 && ix < p->width ? x + (iy * p->width + ix) * CNN_PANEL : cnn_no_pixel;
        }
        cnn_sums_add(from, channels, w, &sums);
      }
    }
  }
  cnn_sums_save(&sums, to);
}

CNN_KERNEL(conv2d_blocks) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const int64_t panels = cnn_channel_blocks(p->filters), in_blocks = cnn_channel_blocks(p->channels);
  const int64_t panel_size = in_blocks * p->kernel_height * p->kernel_width * CNN_PANEL * CNN_PANEL;
  const float *bias = operands[3], *r = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, panel = unit / p->out_height % panels;
    const int64_t g = unit / p->out_height / panels % p->groups, n = unit / p->out_height / panels / p->groups;
    const float *x = (const float *)operands[1] + n * p->x_stride + g * in_blocks * p->height * p->width * CNN_PANEL;
    const float *w = (const float *)operands[2] + (g * panels + panel) * panel_size;
    const int64_t at = ((g * panels + panel) * p->out_height + row) * p->out_width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + at;
    float sixteen[CNN_PANEL], sums[CNN_PIXELS][CNN_PANEL];
    cnn_copy_bias(bias ? bias + g * p->filters : NULL, panel * CNN_PANEL, p->filters, sixteen);
    for (int64_t j = 0; j < p->out_width; j += CNN_PIXELS) {
      const int64_t pixels = cnn_min(CNN_PIXELS, p->out_width - j);
      blocks_tile(p, x, w, row, j, pixels, sums);
      cnn_finish(sums[0], sixteen, r ? r + n * p->r_stride + at + j * CNN_PANEL : NULL, pixels, p->function,
                 (float)p->alpha, y + j * CNN_PANEL);
    }
  }
}

#endif

#if CNN_VECTORS

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

#endif

// Pooling; the gradient shares what tells the common case apart.



enum { POOL_MAX = 0, POOL_AVERAGE = 1, POOL_SUM = 2 };

/// Rows of the window of output row `row` that count in the divisor.
static int64_t pool2d_counted_rows(const cnn_pool2d_parameters *p, int64_t row) {
  int64_t count = 0;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
    count += iy >= -p->counted_top && iy < p->height + p->counted_bottom;
  }
  return count;
}

/// columns[j - begin] = columns of the window of output column j that count in the divisor.
static void pool2d_count_columns(const cnn_pool2d_parameters *p, int64_t begin, int64_t end, float *columns) {
  for (int64_t i = 0; i < end - begin; i++) columns[i] = 0;
  for (int64_t fx = 0; fx < p->kernel_width; fx++) {
    const cnn_range range =
        cnn_inside(begin, end, p->stride_width, fx * p->dilation_width - p->pad_left, -p->counted_left,
                   p->width + p->counted_right);
    for (int64_t j = range.first; j < range.end; j++) columns[j - begin] += 1;
  }
}

#if CNN_VECTORS

// Pooling of blocks: the lanes are channels, so that any window is read with whole vectors.


enum {
  POOL_REGISTERS = CNN_TILE_ROWS * CNN_TILE_VECTORS / CNN_PANEL_VECTORS,
  POOL_PIXELS = POOL_REGISTERS < 4 ? POOL_REGISTERS : 4,  // windows that are reduced together
  POOL_BAND = 256                                         // outputs that a unit of work has, roughly
};

/// What windows read: the part of them that lies inside the image, of the first of them and the others alike.
typedef struct {
  const float *x;                             // the first element of the first window
  int64_t rows, columns;
  int64_t row_step, column_step, pixel_step;  // from tap to tap, and from window to window
} pool_taps;

/// The reductions of `count` windows, as many as are stated constantly.
CNN_INLINE void pool_reduce(const int count, const int largest, const pool_taps *taps, cnn_sixteen *values) {
  CNN_UNROLL for (int i = 0; i < count; i++) values[i] = cnn_fill_sixteen(largest ? -INFINITY : 0);
  for (int64_t fy = 0; fy < taps->rows; fy++) {
    const float *x = taps->x + fy * taps->row_step;
    for (int64_t fx = 0; fx < taps->columns; fx++, x += taps->column_step) {
      CNN_UNROLL for (int i = 0; i < count; i++) {
        const cnn_sixteen v = cnn_load_sixteen(x + i * taps->pixel_step);
        CNN_EACH_PART(part)
          values[i].part[part] = largest ? cnn_larger(values[i].part[part], v.part[part])
                                         : values[i].part[part] + v.part[part];
      }
    }
  }
}

/// Stores `count` windows; columns is NULL but for averages.
CNN_INLINE void pool_store(const int count, const cnn_sixteen *values, float rows, const float *columns, float *y) {
  CNN_UNROLL for (int i = 0; i < count; i++) {
    cnn_sixteen v = values[i];
    if (columns != NULL) CNN_EACH_PART(part) v.part[part] /= (cnn_vector)(fmaxf(1, rows * columns[i]));
    cnn_store_sixteen(y + i * CNN_PANEL, v);
  }
}

/// `count` neighbouring windows that lie inside the image, or are clipped alike.
CNN_INLINE void pool_windows(const int count, int64_t mode, const pool_taps *taps, float rows,
                             const float *columns, float *y) {
  cnn_sixteen values[POOL_PIXELS];
  if (mode == POOL_MAX)
    pool_reduce(count, 1, taps, values);
  else
    pool_reduce(count, 0, taps, values);
  pool_store(count, values, rows, columns, y);
}

/// The taps of a window's axis that lie inside the image: `start` is where its first one lies.
static inline cnn_range pool_clip(int64_t start, int64_t taps, int64_t dilation, int64_t length) {
  const cnn_range range = {cnn_min(taps, cnn_steps(-start, dilation)),
                           cnn_min(taps, cnn_steps(length - start, dilation))};
  return (cnn_range){range.first, cnn_max(range.first, range.end)};
}

/// Windows begin..<end of an output row of a block. Columns count in an average's divisor; NULL without one.
static void pool_blocks_row(const cnn_pool2d_parameters *p, const float *x, int64_t row, int64_t begin, int64_t end,
                            const float *columns, float *y) {
  const int64_t top = row * p->stride_height - p->pad_top, step = p->stride_width;
  const int64_t dilation = p->dilation_width, reach = (p->kernel_width - 1) * dilation;
  const cnn_range lines = pool_clip(top, p->kernel_height, p->dilation_height, p->height);
  const float *line = x + (top + lines.first * p->dilation_height) * p->width * CNN_PANEL;
  const float counted = columns ? (float)pool2d_counted_rows(p, row) : 0;
  pool_taps taps = {.rows = lines.end - lines.first,
                    .row_step = p->dilation_height * p->width * CNN_PANEL,
                    .column_step = dilation * CNN_PANEL,
                    .pixel_step = step * CNN_PANEL};
  // Windows that lie inside the image as far as columns go.
  const int64_t first = cnn_max(begin, cnn_min(end, cnn_steps(p->pad_left, step)));
  const int64_t last = cnn_max(first, cnn_min(end, cnn_steps(p->width - reach + p->pad_left, step)));
  for (int64_t j = begin; j < end;) {
    const float *divisors = columns ? columns + j - begin : NULL;
    const int64_t left = j * step - p->pad_left;
    float *to = y + (row * p->out_width + j) * CNN_PANEL;
    if (j >= first && j < last) {
      taps.x = line + left * CNN_PANEL;
      taps.columns = p->kernel_width;
      if (j + POOL_PIXELS <= last) {
        pool_windows(POOL_PIXELS, p->mode, &taps, counted, divisors, to);
        j += POOL_PIXELS;
        continue;
      }
    } else {
      const cnn_range range = pool_clip(left, p->kernel_width, dilation, p->width);
      taps.x = line + (left + range.first * dilation) * CNN_PANEL;
      taps.columns = range.end - range.first;
    }
    pool_windows(1, p->mode, &taps, counted, divisors, to);
    j++;
  }
}

/// Rows of a block's outputs that are a unit of work.
static int64_t pool_band(const cnn_pool2d_parameters *p) {
  return cnn_max(1, POOL_BAND / cnn_max(1, p->out_width));
}

static int64_t pool_bands(const cnn_pool2d_parameters *p) {
  return (p->out_height + pool_band(p) - 1) / pool_band(p);
}

CNN_SPLIT(pool2d_blocks, p->batch * cnn_channel_blocks(p->channels) * pool_bands(p),
          p->batch * cnn_channel_blocks(p->channels) * p->out_height * p->out_width *
              (p->kernel_height * p->kernel_width + 2) / 2)

CNN_KERNEL(pool2d_blocks) {
  const cnn_pool2d_blocks_parameters *p = parameters;
  const int64_t bands = pool_bands(p), blocks = cnn_channel_blocks(p->channels), band = pool_band(p);
  float columns[CNN_TILE];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / bands / blocks, block = unit / bands % blocks, top = unit % bands * band;
    const float *x = (const float *)operands[1] + n * p->x_stride + block * p->height * p->width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + block * p->out_height * p->out_width * CNN_PANEL;
    for (int64_t from = 0; from < p->out_width; from += CNN_TILE) {
      const int64_t to = cnn_min(p->out_width, from + CNN_TILE);
      if (p->mode == POOL_AVERAGE) pool2d_count_columns(p, from, to, columns);
      for (int64_t row = top; row < cnn_min(p->out_height, top + band); row++)
        pool_blocks_row(p, x, row, from, to, p->mode == POOL_AVERAGE ? columns : NULL, y);
    }
  }
}

#endif

#if !CNN_VECTORS

// Pooling of blocks: the lanes are channels. A unit is a row of outputs of a block.


CNN_SPLIT(pool2d_blocks, p->batch * cnn_channel_blocks(p->channels) * p->out_height,
          p->batch * p->channels * p->out_height * p->out_width * (p->kernel_height * p->kernel_width + 2) / 4)

/// One window, whose first element lies at row `top` and column `left` of a block's plane.
static void pool_window(const cnn_pool2d_parameters *p, const float *x, int64_t top, int64_t left,
                        float values[CNN_PANEL]) {
  for (int i = 0; i < CNN_PANEL; i++) values[i] = p->mode == POOL_MAX ? -INFINITY : 0;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = top + fy * p->dilation_height;
    if (iy < 0 || iy >= p->height) continue;
    for (int64_t fx = 0; fx < p->kernel_width; fx++) {
      const int64_t ix = left + fx * p->dilation_width;
      if (ix < 0 || ix >= p->width) continue;
      const float *v = x + (iy * p->width + ix) * CNN_PANEL;
      if (p->mode == POOL_MAX)
        for (int i = 0; i < CNN_PANEL; i++) values[i] = cnn_larger(values[i], v[i]);
      else
        for (int i = 0; i < CNN_PANEL; i++) values[i] += v[i];
    }
  }
}

CNN_KERNEL(pool2d_blocks) {
  const cnn_pool2d_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, block = unit / p->out_height % blocks, n = unit / p->out_height / blocks;
    const float *x = (const float *)operands[1] + n * p->x_stride + block * p->height * p->width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + (block * p->out_height + row) * p->out_width * CNN_PANEL;
    const int64_t rows = p->mode == POOL_AVERAGE ? pool2d_counted_rows(p, row) : 0;
    for (int64_t j = 0; j < p->out_width; j++) {
      float values[CNN_PANEL], columns = 0;
      pool_window(p, x, row * p->stride_height - p->pad_top, j * p->stride_width - p->pad_left, values);
      if (p->mode == POOL_AVERAGE) {
        pool2d_count_columns(p, j, j + 1, &columns);
        for (int i = 0; i < CNN_PANEL; i++) values[i] /= fmaxf(1, (float)rows * columns);
      }
      memcpy(y + j * CNN_PANEL, values, sizeof values);
    }
  }
}

#endif

#if CNN_VECTORS

// Planar activations to blocks and back: squares of CNN_LANES channels by as many pixels, turned in registers.


enum { LAYOUT_PIXELS = 256 };  // that a unit of work has, of one block

CNN_INLINE cnn_vector layout_zip_low(cnn_vector a, cnn_vector b) { return CNN_ZIP_LOW(a, b); }

CNN_INLINE cnn_vector layout_zip_high(cnn_vector a, cnn_vector b) { return CNN_ZIP_HIGH(a, b); }

/// Rows to columns. Each step interleaves what is half the vectors apart, which moves one bit of a row's
/// number into the lane's.
CNN_INLINE void layout_turn(cnn_vector v[CNN_LANES]) {
  CNN_UNROLL for (int half = CNN_LANES; half > 1; half /= 2) {
    cnn_vector w[CNN_LANES];
    CNN_UNROLL for (int i = 0; i < CNN_LANES / 2; i++) {
      w[2 * i] = layout_zip_low(v[i], v[i + CNN_LANES / 2]);
      w[2 * i + 1] = layout_zip_high(v[i], v[i + CNN_LANES / 2]);
    }
    CNN_UNROLL for (int i = 0; i < CNN_LANES; i++) v[i] = w[i];
  }
}

/// A unit: pixels begin..<end of a block of an image, whose first `channels` lanes exist.
typedef struct {
  int64_t image, block, begin, end, channels;
} layout_unit;

CNN_INLINE layout_unit layout_unit_at(int64_t unit, int64_t channels, int64_t area) {
  const int64_t runs = (area + LAYOUT_PIXELS - 1) / LAYOUT_PIXELS, blocks = cnn_channel_blocks(channels);
  const int64_t block = unit / runs % blocks, begin = unit % runs * LAYOUT_PIXELS;
  return (layout_unit){unit / runs / blocks, block, begin, cnn_min(area, begin + LAYOUT_PIXELS),
                       cnn_min(CNN_PANEL, channels - block * CNN_PANEL)};
}

CNN_INLINE int64_t layout_units(int64_t batch, int64_t channels, int64_t area) {
  return batch * cnn_channel_blocks(channels) * ((area + LAYOUT_PIXELS - 1) / LAYOUT_PIXELS);
}

#define LAYOUT_SPLIT(name)                                      \
  CNN_SPLIT(name, layout_units(p->batch, p->channels, p->area), \
            p->batch * cnn_channel_blocks(p->channels) * p->area * 4)

LAYOUT_SPLIT(blocks_from_planar)

LAYOUT_SPLIT(planar_from_blocks)

/// Channels of a block whose planes begin at x, `area` apart.
static void layout_to_blocks(const layout_unit *u, const float *x, int64_t area, float *y) {
  int64_t i = u->begin;
  for (; i + CNN_LANES <= u->end; i += CNN_LANES)
    for (int64_t c = 0; c < CNN_PANEL; c += CNN_LANES) {
      cnn_vector v[CNN_LANES];
      CNN_UNROLL for (int lane = 0; lane < CNN_LANES; lane++)
        v[lane] = c + lane < u->channels ? cnn_load(x + (c + lane) * area + i) : (cnn_vector)(0);
      layout_turn(v);
      CNN_UNROLL for (int lane = 0; lane < CNN_LANES; lane++)
        cnn_store(y + (i + lane) * CNN_PANEL + c, v[lane]);
    }
  for (; i < u->end; i++)
    for (int64_t c = 0; c < CNN_PANEL; c++)
      y[i * CNN_PANEL + c] = c < u->channels ? x[c * area + i] : 0;
}

static void layout_to_planar(const layout_unit *u, const float *x, int64_t area, float *y) {
  int64_t i = u->begin;
  for (; i + CNN_LANES <= u->end; i += CNN_LANES)
    for (int64_t c = 0; c < u->channels; c += CNN_LANES) {
      cnn_vector v[CNN_LANES];
      CNN_UNROLL for (int lane = 0; lane < CNN_LANES; lane++)
        v[lane] = cnn_load(x + (i + lane) * CNN_PANEL + c);
      layout_turn(v);
      CNN_UNROLL for (int lane = 0; lane < CNN_LANES; lane++)
        if (c + lane < u->channels) cnn_store(y + (c + lane) * area + i, v[lane]);
    }
  for (; i < u->end; i++)
    for (int64_t c = 0; c < u->channels; c++) y[c * area + i] = x[i * CNN_PANEL + c];
}

CNN_KERNEL(blocks_from_planar) {
  const cnn_blocks_from_planar_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const layout_unit u = layout_unit_at(unit, p->channels, p->area);
    const int64_t place = u.block * CNN_PANEL * p->area;
    layout_to_blocks(&u, (const float *)operands[1] + u.image * p->x_stride + place, p->area,
                     (float *)operands[0] + u.image * p->y_stride + place);
  }
}

CNN_KERNEL(planar_from_blocks) {
  const cnn_planar_from_blocks_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const layout_unit u = layout_unit_at(unit, p->channels, p->area);
    const int64_t place = u.block * CNN_PANEL * p->area;
    layout_to_planar(&u, (const float *)operands[1] + u.image * p->x_stride + place, p->area,
                     (float *)operands[0] + u.image * p->y_stride + place);
  }
}

#endif

#if !CNN_VECTORS

// Planar activations to blocks and back. A unit is a block of an image.


CNN_SPLIT(blocks_from_planar, p->batch * cnn_channel_blocks(p->channels), p->batch * p->channels * p->area)

CNN_SPLIT(planar_from_blocks, p->batch * cnn_channel_blocks(p->channels), p->batch * p->channels * p->area)

CNN_KERNEL(blocks_from_planar) {
  const cnn_blocks_from_planar_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / blocks, place = unit % blocks * CNN_PANEL * p->area;
    const int64_t channels = cnn_block_channels(p->channels, unit % blocks);
    const float *x = (const float *)operands[1] + n * p->x_stride + place;
    float *y = (float *)operands[0] + n * p->y_stride + place;
    for (int64_t i = 0; i < p->area; i++)
      for (int64_t c = 0; c < CNN_PANEL; c++) y[i * CNN_PANEL + c] = c < channels ? x[c * p->area + i] : 0;
  }
}

CNN_KERNEL(planar_from_blocks) {
  const cnn_planar_from_blocks_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / blocks, place = unit % blocks * CNN_PANEL * p->area;
    const int64_t channels = cnn_block_channels(p->channels, unit % blocks);
    const float *x = (const float *)operands[1] + n * p->x_stride + place;
    float *y = (float *)operands[0] + n * p->y_stride + place;
    for (int64_t c = 0; c < channels; c++)
      for (int64_t i = 0; i < p->area; i++) y[c * p->area + i] = x[i * CNN_PANEL + c];
  }
}

#endif

CNN_SPLIT(copy, p->batch * p->channels, p->batch * p->channels * p->rows * (p->columns / 8 + 4))

CNN_KERNEL(copy) {
  const cnn_copy_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + p->y_offset + n * p->y_stride + c * p->y_channel_stride;
    const float *x =
        (const float *)operands[1] + p->x_offset + n * p->x_stride + c * p->x_channel_stride;
    for (int64_t i = 0; i < p->rows; i++)
      memcpy(y + i * p->y_row_stride, x + i * p->x_row_stride, (size_t)p->columns * sizeof(float));
  }
}

CNN_SPLIT(fill, p->batch * cnn_blocks(p->count), p->batch * p->count / 8)

CNN_KERNEL(fill) {
  const cnn_fill_parameters *p = parameters;
  const float value = (float)p->value;
  for (int64_t unit = first; unit < end; unit++) {
    const cnn_block b = cnn_block_at(unit, p->count);
    float *y = (float *)operands[0] + b.image * p->y_stride;
    for (int64_t i = b.begin; i < b.end; i++) y[i] = value;
  }
}

#if CNN_VECTORS

// Rows to columns, in squares of four by four.



/// Each step interleaves what is half the vectors apart, which moves one bit of a row's number into the lane's.
CNN_INLINE void cnn_turn_four(cnn_four v[4]) {
  CNN_UNROLL for (int i = 0; i < 2; i++) {
    const cnn_four a = CNN_ZIP_LOW_FOUR(v[0], v[2]), b = CNN_ZIP_HIGH_FOUR(v[0], v[2]);
    const cnn_four c = CNN_ZIP_LOW_FOUR(v[1], v[3]), d = CNN_ZIP_HIGH_FOUR(v[1], v[3]);
    v[0] = a;
    v[1] = b;
    v[2] = c;
    v[3] = d;
  }
}

/// y[i * y_row + j] = x[j * x_row + i] for i < rows, j < columns. The last squares overlap those before.
static void cnn_transpose(const float *restrict x, int64_t x_row, int64_t rows, int64_t columns, float *restrict y,
                          int64_t y_row) {
  if (rows < 4 || columns < 4) {
    for (int64_t j = 0; j < columns; j++)
      for (int64_t i = 0; i < rows; i++) y[i * y_row + j] = x[j * x_row + i];
    return;
  }
  for (int64_t next = 0; next < columns; next += 4) {
    const int64_t j = cnn_min(next, columns - 4);
    for (int64_t after = 0; after < rows; after += 4) {
      const int64_t i = cnn_min(after, rows - 4);
      cnn_four v[4];
      CNN_UNROLL for (int k = 0; k < 4; k++) v[k] = cnn_load_four(x + (j + k) * x_row + i);
      cnn_turn_four(v);
      CNN_UNROLL for (int k = 0; k < 4; k++) cnn_store_four(y + (i + k) * y_row + j, v[k]);
    }
  }
}

// A dense layer of many images: a product of matrices whose lanes are images. The images' elements are turned into
// panels once, [panel of images][element][image], and each weight, read once, is multiplied by a whole panel.



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

// Dot products of rows of the weight matrix, which lie where the file has them, with images. By one image the
// weights are multiplied at the speed of memory; by several, a run of columns of a few rows is multiplied by all
// of them while it lies in the cache and the next rows are on their way. As many images as a vector has lanes are
// multiplied as matrices are.


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

#endif

#if !CNN_VECTORS

// Dot products of rows of the weight matrix with images, four rows at a time, in 16 sums each. A unit is a few rows.


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

#endif

/// y[i] = x[i] - largest[i], or its exponential; sum[i] += the exponential. For `count` elements.
static void softmax_exponentials(const float *x, const float *largest, int64_t logarithmic, int64_t count, float *sum,
                                 float *y) {
  for (int64_t i = 0; i < count; i += CNN_LANES) {
    // Elements behind the last whole vector are computed in one too, for the same bits at any place.
    const size_t bytes = (size_t)cnn_min(CNN_LANES, count - i) * sizeof(float);
    float shifted[CNN_LANES] = {0}, powers[CNN_LANES];
    memcpy(shifted, x + i, bytes);
    cnn_store(shifted, cnn_load(shifted) - cnn_load(largest + i));
    cnn_store(powers, cnn_exp(cnn_load(shifted)));
    cnn_store(sum + i, cnn_load(sum + i) + cnn_load(powers));
    memcpy(y + i, logarithmic ? shifted : powers, bytes);
  }
}

/// `count` neighbouring pixels over all channels; y may be x.
static void softmax_tile(const cnn_softmax_parameters *p, const float *x, float *y, int64_t count) {
  float largest[CNN_TILE], sum[CNN_TILE];
  const int64_t whole = cnn_round_up(count, CNN_LANES);
  for (int64_t i = 0; i < whole; i++) {
    largest[i] = i < count ? -INFINITY : 0;
    sum[i] = 0;
  }
  for (int64_t c = 0; c < p->channels; c++) {
    const float *v = x + c * p->pixels;
    for (int64_t i = 0; i < count; i++) largest[i] = v[i] > largest[i] || v[i] != v[i] ? v[i] : largest[i];
  }
  for (int64_t c = 0; c < p->channels; c++)
    softmax_exponentials(x + c * p->pixels, largest, p->logarithmic, count, sum, y + c * p->pixels);
  if (p->logarithmic)
    for (int64_t i = 0; i < count; i++) sum[i] = logf(sum[i]);
  for (int64_t c = 0; c < p->channels; c++) {
    float *v = y + c * p->pixels;
    for (int64_t i = 0; i < count; i++) v[i] = p->logarithmic ? v[i] - sum[i] : v[i] / sum[i];
  }
}

/// One pixel, whose channels lie side by side; y may be x.
static void softmax_pixel(const cnn_softmax_parameters *p, const float *x, float *y) {
  float largest = -INFINITY;
  for (int64_t c = 0; c < p->channels; c++) largest = x[c] > largest || x[c] != x[c] ? x[c] : largest;
  float sums[CNN_LANES] = {0}, sum = 0;
  for (int64_t c = 0; c < p->channels; c += CNN_LANES) {
    const int64_t left = cnn_min(CNN_LANES, p->channels - c);
    float shifted[CNN_LANES] = {0}, powers[CNN_LANES];
    memcpy(shifted, x + c, (size_t)left * sizeof(float));
    cnn_store(shifted, cnn_load(shifted) - largest);
    cnn_store(powers, cnn_exp(cnn_load(shifted)));
    for (int64_t i = 0; i < left; i++) sums[i] += powers[i];
    memcpy(y + c, p->logarithmic ? shifted : powers, (size_t)left * sizeof(float));
  }
  for (int64_t i = 0; i < CNN_LANES; i++) sum += sums[i];
  if (p->logarithmic) sum = logf(sum);
  for (int64_t c = 0; c < p->channels; c++) y[c] = p->logarithmic ? y[c] - sum : y[c] / sum;
}

CNN_SPLIT(softmax, p->batch * cnn_tiles(p->pixels), p->batch * p->channels * p->pixels * 3)

CNN_KERNEL(softmax) {
  const cnn_softmax_parameters *p = parameters;
  const int64_t tiles = cnn_tiles(p->pixels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / tiles, begin = unit % tiles * CNN_TILE;
    const float *x = (const float *)operands[1] + n * p->x_stride + begin;
    float *y = (float *)operands[0] + n * p->y_stride + begin;
    if (p->pixels == 1)
      softmax_pixel(p, x, y);
    else
      softmax_tile(p, x, y, cnn_min(CNN_TILE, p->pixels - begin));
  }
}

const char *const resnet20_cifar_labels[RESNET20_CIFAR_LABEL_COUNT] = {
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
};

void resnet20_cifar_preprocess(const uint8_t *pixels, float *input) {
  static const double mean[] = {0.4914, 0.4822, 0.4465};
  static const double deviation[] = {0.247, 0.2435, 0.2616};
  for (size_t c = 0; c < RESNET20_CIFAR_INPUT_CHANNELS; c++) {
    float values[256];
    for (int byte = 0; byte < 256; byte++) {
      const double scaled = byte * 0.00392156862745098;
      values[byte] = (float)((scaled - mean[c]) / deviation[c]);
    }
    for (size_t i = 0; i < (size_t)RESNET20_CIFAR_INPUT_HEIGHT * RESNET20_CIFAR_INPUT_WIDTH; i++)
      *input++ = values[pixels[i * RESNET20_CIFAR_INPUT_CHANNELS + c]];
  }
}

int resnet20_cifar_weights_are_right(const void *weights, size_t size) {
  const unsigned char *bytes = weights;
  uint64_t program = 0, content = 0, hash = UINT64_C(0xcbf29ce484222325);
  if (size != RESNET20_CIFAR_WEIGHTS_BYTES) return 0;
  for (int i = 7; i >= 0; i--) {
    program = program << 8 | bytes[8 + i];
    content = content << 8 | bytes[16 + i];
  }
  if (memcmp(bytes, "CNNCPACK", 8) != 0 || program != UINT64_C(0x6b9ae45d5e069725)) return 0;
  for (size_t i = 64; i < RESNET20_CIFAR_WEIGHTS_BYTES; i++)
    hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
  return hash == content;
}

void resnet20_cifar_run(const void *weights, void *arena, const float *input, float *output) {
  char *const a = arena;
  const float *const w = (const float *)weights + 16;
  const uint64_t mode = cnn_float_mode();
  cnn_set_float_mode(mode | cnn_zero_denormals);
  memcpy(a + 0, input, RESNET20_CIFAR_INPUT_COUNT * sizeof(float));
  {  // relu1
    static const cnn_conv2d_planar_parameters p = {.batch = 1, .y_stride = 16384, .x_stride = 3072, .r_stride = 0,
        .height = 32, .width = 32, .out_height = 32, .out_width = 32, .groups = 1, .channels = 3, .filters = 16,
        .kernel_height = 3, .kernel_width = 3, .stride_height = 1, .stride_width = 1, .dilation_height = 1,
        .dilation_width = 1, .pad_top = 1, .pad_left = 1, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 147456, a + 0, (void *)(w + 590992), (void *)(w + 592000), NULL};
    cnn_conv2d_planar(operands, &p, 0, cnn_conv2d_planar_split(&p).units);
  }
  {  // basic1.relu1
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 16384, .height = 32, .width = 32,
        .channels = 16, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 8, .tiles_across = 8, .first_tile = 0,
        .tile_count = 64};
    void *const operands[] = {a + 0, a + 147456};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic1.relu1
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 16384, .r_stride = 0, .out_height = 32,
        .out_width = 32, .channels = 16, .filters = 16, .tile = 4, .tiles_down = 8, .tiles_across = 8, .first_tile = 0,
        .tile_count = 64, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 212992, a + 0, (void *)(w + 531088), (void *)(w + 592016), NULL};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic1.relu2
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 16384, .height = 32, .width = 32,
        .channels = 16, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 8, .tiles_across = 8, .first_tile = 0,
        .tile_count = 64};
    void *const operands[] = {a + 0, a + 212992};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic1.relu2
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 16384, .r_stride = 16384,
        .out_height = 32, .out_width = 32, .channels = 16, .filters = 16, .tile = 4, .tiles_down = 8,
        .tiles_across = 8, .first_tile = 0, .tile_count = 64, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 147456, a + 0, (void *)(w + 540304), (void *)(w + 592032), a + 147456};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic2.relu1
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 16384, .height = 32, .width = 32,
        .channels = 16, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 8, .tiles_across = 8, .first_tile = 0,
        .tile_count = 64};
    void *const operands[] = {a + 0, a + 147456};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic2.relu1
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 16384, .r_stride = 0, .out_height = 32,
        .out_width = 32, .channels = 16, .filters = 16, .tile = 4, .tiles_down = 8, .tiles_across = 8, .first_tile = 0,
        .tile_count = 64, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 212992, a + 0, (void *)(w + 549520), (void *)(w + 592048), NULL};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic2.relu2
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 16384, .height = 32, .width = 32,
        .channels = 16, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 8, .tiles_across = 8, .first_tile = 0,
        .tile_count = 64};
    void *const operands[] = {a + 0, a + 212992};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic2.relu2
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 16384, .r_stride = 16384,
        .out_height = 32, .out_width = 32, .channels = 16, .filters = 16, .tile = 4, .tiles_down = 8,
        .tiles_across = 8, .first_tile = 0, .tile_count = 64, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 147456, a + 0, (void *)(w + 558736), (void *)(w + 592064), a + 147456};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic3.relu1
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 16384, .height = 32, .width = 32,
        .channels = 16, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 8, .tiles_across = 8, .first_tile = 0,
        .tile_count = 64};
    void *const operands[] = {a + 0, a + 147456};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic3.relu1
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 16384, .r_stride = 0, .out_height = 32,
        .out_width = 32, .channels = 16, .filters = 16, .tile = 4, .tiles_down = 8, .tiles_across = 8, .first_tile = 0,
        .tile_count = 64, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 212992, a + 0, (void *)(w + 567952), (void *)(w + 592080), NULL};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic3.relu2
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 16384, .height = 32, .width = 32,
        .channels = 16, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 8, .tiles_across = 8, .first_tile = 0,
        .tile_count = 64};
    void *const operands[] = {a + 0, a + 212992};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic3.relu2
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 16384, .r_stride = 16384,
        .out_height = 32, .out_width = 32, .channels = 16, .filters = 16, .tile = 4, .tiles_down = 8,
        .tiles_across = 8, .first_tile = 0, .tile_count = 64, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 147456, a + 0, (void *)(w + 577168), (void *)(w + 592096), a + 147456};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic4.relu1
    static const cnn_conv2d_blocks_parameters p = {.batch = 1, .y_stride = 8192, .x_stride = 16384, .r_stride = 0,
        .height = 32, .width = 32, .out_height = 16, .out_width = 16, .groups = 1, .channels = 16, .filters = 32,
        .kernel_height = 3, .kernel_width = 3, .stride_height = 2, .stride_width = 2, .dilation_height = 1,
        .dilation_width = 1, .pad_top = 1, .pad_left = 1, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 73728, a + 147456, (void *)(w + 586384), (void *)(w + 591808), NULL};
    cnn_conv2d_blocks(operands, &p, 0, cnn_conv2d_blocks_split(&p).units);
  }
  {  // basic4.maxpool1
    static const cnn_pool2d_blocks_parameters p = {.batch = 1, .y_stride = 4096, .x_stride = 16384, .channels = 16,
        .height = 32, .width = 32, .out_height = 16, .out_width = 16, .kernel_height = 1, .kernel_width = 1,
        .stride_height = 2, .stride_width = 2, .dilation_height = 1, .dilation_width = 1, .pad_top = 0, .pad_left = 0,
        .counted_top = 0, .counted_bottom = 0, .counted_left = 0, .counted_right = 0, .mode = 0};
    void *const operands[] = {a + 0, a + 147456};
    cnn_pool2d_blocks(operands, &p, 0, cnn_pool2d_blocks_split(&p).units);
  }
  {  // basic4.maxpool1.planar
    static const cnn_planar_from_blocks_parameters p = {.batch = 1, .y_stride = 4096, .x_stride = 4096, .channels = 16,
        .area = 256};
    void *const operands[] = {a + 32768, a + 0};
    cnn_planar_from_blocks(operands, &p, 0, cnn_planar_from_blocks_split(&p).units);
  }
  {  // basic4.pad1
    static const cnn_fill_parameters p = {.batch = 1, .count = 8192, .y_stride = 8192, .value = 0.0};
    void *const operands[] = {a + 0};
    cnn_fill(operands, &p, 0, cnn_fill_split(&p).units);
  }
  {  // basic4.pad1
    static const cnn_copy_parameters p = {.batch = 1, .channels = 1, .rows = 1, .columns = 4096, .y_offset = 2048,
        .x_offset = 0, .y_stride = 8192, .x_stride = 4096, .y_channel_stride = 256, .x_channel_stride = 256,
        .y_row_stride = 16, .x_row_stride = 16};
    void *const operands[] = {a + 0, a + 32768};
    cnn_copy(operands, &p, 0, cnn_copy_split(&p).units);
  }
  {  // basic4.pad1.blocks
    static const cnn_blocks_from_planar_parameters p = {.batch = 1, .y_stride = 8192, .x_stride = 8192, .channels = 32,
        .area = 256};
    void *const operands[] = {a + 106496, a + 0};
    cnn_blocks_from_planar(operands, &p, 0, cnn_blocks_from_planar_split(&p).units);
  }
  {  // basic4.relu2
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 8192, .height = 16, .width = 16,
        .channels = 32, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16};
    void *const operands[] = {a + 0, a + 73728};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic4.relu2
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 8192, .r_stride = 8192, .out_height = 16,
        .out_width = 16, .channels = 32, .filters = 32, .tile = 4, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 106496, a + 0, (void *)(w + 328336), (void *)(w + 591840), a + 106496};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic5.relu1
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 8192, .height = 16, .width = 16,
        .channels = 32, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16};
    void *const operands[] = {a + 0, a + 106496};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic5.relu1
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 8192, .r_stride = 0, .out_height = 16,
        .out_width = 16, .channels = 32, .filters = 32, .tile = 4, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 73728, a + 0, (void *)(w + 365200), (void *)(w + 591872), NULL};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic5.relu2
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 8192, .height = 16, .width = 16,
        .channels = 32, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16};
    void *const operands[] = {a + 0, a + 73728};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic5.relu2
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 8192, .r_stride = 8192, .out_height = 16,
        .out_width = 16, .channels = 32, .filters = 32, .tile = 4, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 106496, a + 0, (void *)(w + 402064), (void *)(w + 591904), a + 106496};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic6.relu1
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 8192, .height = 16, .width = 16,
        .channels = 32, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16};
    void *const operands[] = {a + 0, a + 106496};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic6.relu1
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 8192, .r_stride = 0, .out_height = 16,
        .out_width = 16, .channels = 32, .filters = 32, .tile = 4, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 73728, a + 0, (void *)(w + 438928), (void *)(w + 591936), NULL};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic6.relu2
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 8192, .height = 16, .width = 16,
        .channels = 32, .pad_top = 1, .pad_left = 1, .tile = 4, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16};
    void *const operands[] = {a + 0, a + 73728};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic6.relu2
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 8192, .r_stride = 8192, .out_height = 16,
        .out_width = 16, .channels = 32, .filters = 32, .tile = 4, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 106496, a + 0, (void *)(w + 475792), (void *)(w + 591968), a + 106496};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic7.relu1
    static const cnn_conv2d_blocks_parameters p = {.batch = 1, .y_stride = 4096, .x_stride = 8192, .r_stride = 0,
        .height = 16, .width = 16, .out_height = 8, .out_width = 8, .groups = 1, .channels = 32, .filters = 64,
        .kernel_height = 3, .kernel_width = 3, .stride_height = 2, .stride_width = 2, .dilation_height = 1,
        .dilation_width = 1, .pad_top = 1, .pad_left = 1, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 65536, a + 106496, (void *)(w + 512656), (void *)(w + 591424), NULL};
    cnn_conv2d_blocks(operands, &p, 0, cnn_conv2d_blocks_split(&p).units);
  }
  {  // basic7.maxpool1
    static const cnn_pool2d_blocks_parameters p = {.batch = 1, .y_stride = 2048, .x_stride = 8192, .channels = 32,
        .height = 16, .width = 16, .out_height = 8, .out_width = 8, .kernel_height = 1, .kernel_width = 1,
        .stride_height = 2, .stride_width = 2, .dilation_height = 1, .dilation_width = 1, .pad_top = 0, .pad_left = 0,
        .counted_top = 0, .counted_bottom = 0, .counted_left = 0, .counted_right = 0, .mode = 0};
    void *const operands[] = {a + 0, a + 106496};
    cnn_pool2d_blocks(operands, &p, 0, cnn_pool2d_blocks_split(&p).units);
  }
  {  // basic7.maxpool1.planar
    static const cnn_planar_from_blocks_parameters p = {.batch = 1, .y_stride = 2048, .x_stride = 2048, .channels = 32,
        .area = 64};
    void *const operands[] = {a + 16384, a + 0};
    cnn_planar_from_blocks(operands, &p, 0, cnn_planar_from_blocks_split(&p).units);
  }
  {  // basic7.pad1
    static const cnn_fill_parameters p = {.batch = 1, .count = 4096, .y_stride = 4096, .value = 0.0};
    void *const operands[] = {a + 0};
    cnn_fill(operands, &p, 0, cnn_fill_split(&p).units);
  }
  {  // basic7.pad1
    static const cnn_copy_parameters p = {.batch = 1, .channels = 1, .rows = 1, .columns = 2048, .y_offset = 1024,
        .x_offset = 0, .y_stride = 4096, .x_stride = 2048, .y_channel_stride = 64, .x_channel_stride = 64,
        .y_row_stride = 8, .x_row_stride = 8};
    void *const operands[] = {a + 0, a + 16384};
    cnn_copy(operands, &p, 0, cnn_copy_split(&p).units);
  }
  {  // basic7.pad1.blocks
    static const cnn_blocks_from_planar_parameters p = {.batch = 1, .y_stride = 4096, .x_stride = 4096, .channels = 64,
        .area = 64};
    void *const operands[] = {a + 81920, a + 0};
    cnn_blocks_from_planar(operands, &p, 0, cnn_blocks_from_planar_split(&p).units);
  }
  {  // basic7.relu2
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 4096, .height = 8, .width = 8,
        .channels = 64, .pad_top = 1, .pad_left = 1, .tile = 2, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16};
    void *const operands[] = {a + 0, a + 65536};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic7.relu2
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 4096, .r_stride = 4096, .out_height = 8,
        .out_width = 8, .channels = 64, .filters = 64, .tile = 2, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 81920, a + 0, (void *)(w + 656), (void *)(w + 591488), a + 81920};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic8.relu1
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 4096, .height = 8, .width = 8,
        .channels = 64, .pad_top = 1, .pad_left = 1, .tile = 2, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16};
    void *const operands[] = {a + 0, a + 81920};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic8.relu1
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 4096, .r_stride = 0, .out_height = 8,
        .out_width = 8, .channels = 64, .filters = 64, .tile = 2, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 65536, a + 0, (void *)(w + 66192), (void *)(w + 591552), NULL};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic8.relu2
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 4096, .height = 8, .width = 8,
        .channels = 64, .pad_top = 1, .pad_left = 1, .tile = 2, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16};
    void *const operands[] = {a + 0, a + 65536};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic8.relu2
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 4096, .r_stride = 4096, .out_height = 8,
        .out_width = 8, .channels = 64, .filters = 64, .tile = 2, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 81920, a + 0, (void *)(w + 131728), (void *)(w + 591616), a + 81920};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic9.relu1
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 4096, .height = 8, .width = 8,
        .channels = 64, .pad_top = 1, .pad_left = 1, .tile = 2, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16};
    void *const operands[] = {a + 0, a + 81920};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic9.relu1
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 4096, .r_stride = 0, .out_height = 8,
        .out_width = 8, .channels = 64, .filters = 64, .tile = 2, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 65536, a + 0, (void *)(w + 197264), (void *)(w + 591680), NULL};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // basic9.relu2
    static const cnn_winograd_input_parameters p = {.batch = 1, .x_stride = 4096, .height = 8, .width = 8,
        .channels = 64, .pad_top = 1, .pad_left = 1, .tile = 2, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16};
    void *const operands[] = {a + 0, a + 65536};
    cnn_winograd_input(operands, &p, 0, cnn_winograd_input_split(&p).units);
  }
  {  // basic9.relu2
    static const cnn_winograd_output_parameters p = {.batch = 1, .y_stride = 4096, .r_stride = 4096, .out_height = 8,
        .out_width = 8, .channels = 64, .filters = 64, .tile = 2, .tiles_down = 4, .tiles_across = 4, .first_tile = 0,
        .tile_count = 16, .pools = 0, .function = 1, .alpha = 0.0};
    void *const operands[] = {a + 81920, a + 0, (void *)(w + 262800), (void *)(w + 591744), a + 81920};
    cnn_winograd_output(operands, &p, 0, cnn_winograd_output_split(&p).units);
  }
  {  // globalavgpool1
    static const cnn_pool2d_blocks_parameters p = {.batch = 1, .y_stride = 64, .x_stride = 4096, .channels = 64,
        .height = 8, .width = 8, .out_height = 1, .out_width = 1, .kernel_height = 8, .kernel_width = 8,
        .stride_height = 1, .stride_width = 1, .dilation_height = 1, .dilation_width = 1, .pad_top = 0, .pad_left = 0,
        .counted_top = 0, .counted_bottom = 0, .counted_left = 0, .counted_right = 0, .mode = 1};
    void *const operands[] = {a + 0, a + 81920};
    cnn_pool2d_blocks(operands, &p, 0, cnn_pool2d_blocks_split(&p).units);
  }
  {  // fc1
    static const cnn_dense_parameters p = {.batch = 1, .y_stride = 10, .x_stride = 64, .r_stride = 0, .depth = 64,
        .units = 10, .function = 0, .alpha = 0.0};
    void *const operands[] = {a + 256, a + 0, (void *)(w + 0), (void *)(w + 640), NULL};
    cnn_dense(operands, &p, 0, cnn_dense_split(&p).units);
  }
  {  // softmax1
    static const cnn_softmax_parameters p = {.batch = 1, .y_stride = 10, .x_stride = 10, .channels = 10, .pixels = 1,
        .logarithmic = 0};
    void *const operands[] = {a + 256, a + 256};
    cnn_softmax(operands, &p, 0, cnn_softmax_split(&p).units);
  }
  memcpy(output, a + 256, 10 * sizeof(float));
  cnn_set_float_mode(mode);
}

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
