// The kernels for AVX2.

#include "system_headers.h"

#if defined(__x86_64__)
#include "kernels/registers_avx2.h"
#define CNN_TABLE cnn_kernels_avx2
#define CNN_LIMITS cnn_limits_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernels/all.h"
#pragma clang attribute pop
#endif
