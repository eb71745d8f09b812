// How kernels are declared, and how elementwise work is divided into units.

#ifndef CNN_UNITS_H
#define CNN_UNITS_H

#include "geometry.h"

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

#endif
