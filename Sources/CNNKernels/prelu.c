#include "cnn_kernels.h"

void cnn_prelu(void *const *operands, const void *parameters) {
  const cnn_prelu_parameters *p = parameters;
  const float *weight = operands[2];
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t c = 0; c < p->channels; c++) {
      float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
      const float *x = (const float *)operands[1] + n * p->x_stride + c * p->area;
      const float slope = weight[c];
      for (int64_t i = 0; i < p->area; i++) {
        // The product is taken always, so that the loop has no branch.
        const float v = x[i], scaled = slope * v;
        y[i] = v > 0 ? v : scaled;
      }
    }
  }
}

void cnn_prelu_gradient(void *const *operands, const void *parameters) {
  const cnn_prelu_gradient_parameters *p = parameters;
  const float *weight = operands[3];
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t c = 0; c < p->channels; c++) {
      float *dx = (float *)operands[0] + n * p->dx_stride + c * p->area;
      const float *dy = (const float *)operands[1] + n * p->dy_stride + c * p->area;
      const float *x = (const float *)operands[2] + n * p->x_stride + c * p->area;
      const float slope = weight[c];
      for (int64_t i = 0; i < p->area; i++) {
        const float v = dy[i], scaled = slope * v;
        dx[i] = x[i] > 0 ? v : scaled;
      }
    }
  }
}
