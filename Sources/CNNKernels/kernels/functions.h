// The elementwise functions, shared by the kernels that apply one at their store.

#ifndef CNN_FUNCTIONS_H
#define CNN_FUNCTIONS_H

#include "exponential.h"

/// Elements that are worth finishing, function and all, while they lie in the first-level cache.
enum { CNN_RUN = 1024 };

/// What an element takes, relative to the cheap functions.
static inline int64_t cnn_function_cost(int64_t function) {
  switch (function) {
    case CNN_ELU: case CNN_SIGMOID: case CNN_TANH: case CNN_SCALED_TANH: case CNN_GELU: case CNN_SILU: return 20;
    default: return 1;
  }
}

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

#endif
