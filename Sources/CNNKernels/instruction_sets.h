// The tables of kernels, one for each instruction set: the same sources, compiled once for each.

#ifndef CNN_INSTRUCTION_SETS_H
#define CNN_INSTRUCTION_SETS_H

#include "cnn_pool.h"

/// SSE2 on x86-64, NEON on arm64.
extern const cnn_kernel_entry cnn_kernels_baseline[];
extern const cnn_limit_loops cnn_limits_baseline;
#if defined(__x86_64__)
extern const cnn_kernel_entry cnn_kernels_avx2[];
extern const cnn_kernel_entry cnn_kernels_avx512[];
extern const cnn_limit_loops cnn_limits_avx2;
extern const cnn_limit_loops cnn_limits_avx512;
#endif

#endif
