// The kernels for AVX-512: 24 of its 32 registers hold sums.

#include "system_headers.h"

#if defined(__x86_64__)
#define CNN_LANES 16
#define CNN_TILE_ROWS 12
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 14
#define CNN_PANELS 2
#define CNN_TABLE cnn_kernels_avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#include "kernels/all.h"
#pragma clang attribute pop
#endif
