#include "functions.h"

void cnn_activation(void *const *operands, const void *parameters) {
  const cnn_activation_parameters *p = parameters;
  float *y = operands[0];
  const float *x = operands[1];
  for (int64_t n = 0; n < p->batch; n++)
    cnn_apply(p->function, (float)p->alpha, x + n * p->x_stride, y + n * p->y_stride, p->count);
}
