// The kernels for AVX2: 12 of its 16 registers hold sums.

#include "system_headers.h"

#if defined(__x86_64__)
#define CNN_LANES 8
#define CNN_TILE_ROWS 6
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 6
#define CNN_PANELS 1
#define CNN_TABLE cnn_kernels_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernels/all.h"
#pragma clang attribute pop
#endif
