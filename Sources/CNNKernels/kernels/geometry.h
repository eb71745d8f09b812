// Which outputs of a row a window's tap reads inside the image, and which tile of a row is computed at once.

#ifndef CNN_GEOMETRY_H
#define CNN_GEOMETRY_H

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

#endif
