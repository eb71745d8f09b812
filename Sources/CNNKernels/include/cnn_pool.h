// What runs kernels: calls of them, threads that share a call, and loops that measure what the machine can do.

#ifndef CNN_POOL_H
#define CNN_POOL_H

#include "cnn_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The parameters of the loops that measure the machine.
typedef struct {
  /// Times that a unit does what it does.
  int64_t rounds;
  /// Floats of each operand that a unit reads or writes, and from one unit's to the next one's.
  int64_t count, stride;
} cnn_limit_parameters;

/// Loops that measure what an instruction set can do at most. They are called like kernels, with
/// `cnn_limit_parameters`; how many units there are is the caller's choice.
typedef struct {
  /// Multiply-adds of single floats in a round of `multiply_add`, which touches no memory.
  int64_t multiply_adds;
  /// What `count` is a multiple of.
  int64_t granularity;
  cnn_kernel multiply_add;
  /// Operands: what is read; what is written; what is written and what is read.
  cnn_kernel read, write, copy;
} cnn_limit_loops;

/// A kernel whose units wait for each other, so that each is another thread's: with as many units as the pool
/// has threads, a call takes just the time to divide it and to wait for all. Parameters: `cnn_limit_parameters`,
/// of which `count` is the number of units. Operands: an int64_t, 0 before the first call.
void cnn_limit_meeting(void *const *operands, const void *parameters, int64_t first, int64_t end);

/// The loops of an instruction set; NULL for what this machine has not.
const cnn_limit_loops *cnn_limits_of(const char *isa);

/// The cores of the process's affinity mask.
int64_t cnn_available_cores(void);

/// One call, as the executor runs it.
typedef struct {
  cnn_kernel kernel;
  const void *parameters;
  void *operands[6];
  cnn_split split;
} cnn_call;

/// Threads that run calls together.
typedef struct cnn_pool cnn_pool;

/// Starts `threads` - 1 threads, which sleep until there is something to run; the caller of `cnn_execute` is
/// the last. NULL where the system refuses them.
/// @param divides_all not 0: whatever has more than one unit is divided, worth it or not
cnn_pool *cnn_pool_create(int64_t threads, int64_t divides_all);

/// Ends the threads. Nothing may be running.
void cnn_pool_destroy(cnn_pool *pool);

/// Runs calls one after the other, each divided among the pool's threads where that is worth it; on the
/// caller alone where `pool` is NULL. Runs from several threads wait for each other. Denormal numbers are
/// taken for zero meanwhile. Allocates nothing.
void cnn_execute(cnn_pool *pool, const cnn_call *calls, int64_t count);

#ifdef __cplusplus
}
#endif

#endif
