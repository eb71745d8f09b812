// The kernels for AVX-512.

#include "system_headers.h"

#if defined(__x86_64__)
#include "kernels/registers_avx512.h"
#define CNN_TABLE cnn_kernels_avx512
#define CNN_LIMITS cnn_limits_avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#include "kernels/all.h"
#pragma clang attribute pop
#endif
