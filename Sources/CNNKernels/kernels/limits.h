// What this machine can do at most: loops that do nothing but multiply, or move bytes. Each has a kernel's
// signature, so that the pool divides them as it does kernels; none is in the table of kernels.

#ifndef CNN_LIMITS_H
#define CNN_LIMITS_H

#include "tile.h"

/// Makes the compiler take a vector for something new, in the register where it is.
#if CNN_LANES == 16
#define CNN_KEEP(vector) __asm__ volatile("" : "+v"(vector))
#elif defined(__x86_64__)
#define CNN_KEEP(vector) __asm__ volatile("" : "+x"(vector))
#elif defined(__aarch64__)
#define CNN_KEEP(vector) __asm__ volatile("" : "+w"(vector))
#else
#define CNN_KEEP(vector) __asm__ volatile("" : "+m"(vector))
#endif

// Independent sums: enough to hide the latency of a multiply-add, and no more than the registers hold beside
// the factors. Where multiplying and adding are two instructions, half of the registers hold products.
#if CNN_LANES == 16 || defined(__aarch64__)
enum { CNN_SUMS = 24, CNN_FUSED = 1 };
#elif defined(__x86_64__) && CNN_LANES == 4
enum { CNN_SUMS = 7, CNN_FUSED = 0 };
#else
enum { CNN_SUMS = 12, CNN_FUSED = 1 };
#endif

/// Vectors of one turn of a loop over memory.
enum { CNN_STREAM = 8 };

/// What a unit has of an operand.
#define CNN_UNIT_MEMORY(type, operand) ((type *)operands[operand] + unit * limit.stride)

/// A round is a multiply-add into each of CNN_SUMS vectors, or a multiplication and an addition.
static void cnn_limit_multiply_add(void *const *operands, const void *parameters, int64_t first, int64_t end) {
  (void)operands;
  const cnn_limit_parameters limit = *(const cnn_limit_parameters *)parameters;
  cnn_vector sums[CNN_SUMS], products[CNN_SUMS], x = (cnn_vector)(0), y = (cnn_vector)(0);
  CNN_UNROLL for (int i = 0; i < CNN_SUMS; i++) sums[i] = products[i] = (cnn_vector)(0);
  CNN_KEEP(x);
  CNN_KEEP(y);
  for (int64_t unit = first; unit < end; unit++) {
    for (int64_t round = 0; round < limit.rounds; round++) {
      CNN_UNROLL for (int i = 0; i < CNN_SUMS; i++) {
        if (CNN_FUSED) {
          sums[i] += x * y;
        } else {
          products[i] *= y;
          CNN_KEEP(products[i]);
          sums[i] += y;
        }
        CNN_KEEP(sums[i]);
      }
    }
  }
}

/// A round reads the unit's `count` floats.
static void cnn_limit_read(void *const *operands, const void *parameters, int64_t first, int64_t end) {
  const cnn_limit_parameters limit = *(const cnn_limit_parameters *)parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const float *x = CNN_UNIT_MEMORY(const float, 0);
    for (int64_t round = 0; round < limit.rounds; round++) {
      for (int64_t i = 0; i < limit.count; i += CNN_STREAM * CNN_LANES) {
        CNN_UNROLL for (int v = 0; v < CNN_STREAM; v++) {
          cnn_vector value = cnn_load(x + i + v * CNN_LANES);
          CNN_KEEP(value);
        }
      }
    }
  }
}

/// A round writes the unit's `count` floats.
static void cnn_limit_write(void *const *operands, const void *parameters, int64_t first, int64_t end) {
  const cnn_limit_parameters limit = *(const cnn_limit_parameters *)parameters;
  cnn_vector value = (cnn_vector)(0);
  for (int64_t unit = first; unit < end; unit++) {
    float *y = CNN_UNIT_MEMORY(float, 0);
    for (int64_t round = 0; round < limit.rounds; round++) {
      for (int64_t i = 0; i < limit.count; i += CNN_STREAM * CNN_LANES) {
        CNN_UNROLL for (int v = 0; v < CNN_STREAM; v++) {
          // Not known to be zero, so that this is no call of memset.
          CNN_KEEP(value);
          cnn_store(y + i + v * CNN_LANES, value);
        }
      }
    }
  }
}

/// A round copies the unit's `count` floats from the second operand to the first.
static void cnn_limit_copy(void *const *operands, const void *parameters, int64_t first, int64_t end) {
  const cnn_limit_parameters limit = *(const cnn_limit_parameters *)parameters;
  for (int64_t unit = first; unit < end; unit++) {
    float *y = CNN_UNIT_MEMORY(float, 0);
    const float *x = CNN_UNIT_MEMORY(const float, 1);
    for (int64_t round = 0; round < limit.rounds; round++) {
      for (int64_t i = 0; i < limit.count; i += CNN_STREAM * CNN_LANES) {
        CNN_UNROLL for (int v = 0; v < CNN_STREAM; v++) {
          cnn_vector value = cnn_load(x + i + v * CNN_LANES);
          CNN_KEEP(value);
          cnn_store(y + i + v * CNN_LANES, value);
        }
      }
    }
  }
}

#endif
