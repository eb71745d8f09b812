#include "functions.h"
#include "units.h"

// The switch stands outside the loops so that each of them vectorises where the function allows.
static void activation_gradient_run(
    int64_t function, float alpha, const float *dy, const float *x, float *dx, int64_t count) {
#define EACH(derivative)                     \
  CNN_ELEMENTWISE for (int64_t i = 0; i < count; i++) {      \
    const float v = x[i];                    \
    dx[i] = dy[i] * (derivative);            \
  }                                          \
  break
#define EACH_OF(value, derivative)           \
  for (int64_t i = 0; i < count; i++) {      \
    const float v = x[i];                    \
    const float f = (value);                 \
    dx[i] = dy[i] * (derivative);            \
  }                                          \
  break
  switch (function) {
    case CNN_RELU: EACH(v > 0 ? 1.0f : 0.0f);
    case CNN_RELU6: EACH(v > 0 && v < 6 ? 1.0f : 0.0f);
    case CNN_LEAKY_RELU: EACH(v > 0 ? 1.0f : alpha);
    case CNN_ELU: EACH_OF(v > 0 ? 1.0f : alpha * expf(v), f);
    case CNN_SIGMOID: EACH_OF(1 / (1 + expf(-v)), f * (1 - f));
    case CNN_TANH: EACH_OF(tanhf(v), 1 - f * f);
    case CNN_SCALED_TANH: EACH_OF(tanhf(v * (2.0f / 3.0f)), 1.7159f * (2.0f / 3.0f) * (1 - f * f));
    case CNN_GELU:
      EACH_OF(
          0.5f * (1 + erff(v * 0.70710678118654752f)),
          f + v * 0.39894228040143268f * expf(-0.5f * v * v));
    case CNN_SILU: EACH_OF(1 / (1 + expf(-v)), f * (1 + v * (1 - f)));
    case CNN_HARD_SIGMOID: EACH(v > -3 && v < 3 ? 1.0f / 6.0f : 0.0f);
    case CNN_HARD_SWISH: EACH(v <= -3 ? 0.0f : v < 3 ? v * (1.0f / 3.0f) + 0.5f : 1.0f);
  }
#undef EACH
#undef EACH_OF
}

CNN_SPLIT(activation_gradient, p->batch * cnn_blocks(p->count),
          p->batch * p->count / 3 * cnn_function_cost(p->function))

CNN_KERNEL(activation_gradient) {
  const cnn_activation_gradient_parameters *p = parameters;
  float *dx = operands[0];
  const float *dy = operands[1];
  const float *x = operands[2];
  for (int64_t unit = first; unit < end; unit++) {
    const cnn_block b = cnn_block_at(unit, p->count);
    activation_gradient_run(
        p->function, (float)p->alpha, dy + b.image * p->dy_stride + b.begin,
        x + b.image * p->x_stride + b.begin, dx + b.image * p->dx_stride + b.begin, b.end - b.begin);
  }
}
