#include "units.h"

CNN_SPLIT(prelu, p->batch * p->channels, p->batch * p->channels * p->area / 4)

CNN_KERNEL(prelu) {
  const cnn_prelu_parameters *p = parameters;
  const float *weight = operands[2];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * p->area;
    const float slope = weight[c];
    CNN_ELEMENTWISE for (int64_t i = 0; i < p->area; i++) {
      // The product is taken always, so that the loop has no branch.
      const float v = x[i], scaled = slope * v;
      y[i] = v > 0 ? v : scaled;
    }
  }
}

CNN_SPLIT(prelu_gradient, p->batch * p->channels, p->batch * p->channels * p->area / 3)

CNN_KERNEL(prelu_gradient) {
  const cnn_prelu_gradient_parameters *p = parameters;
  const float *weight = operands[3];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *dx = (float *)operands[0] + n * p->dx_stride + c * p->area;
    const float *dy = (const float *)operands[1] + n * p->dy_stride + c * p->area;
    const float *x = (const float *)operands[2] + n * p->x_stride + c * p->area;
    const float slope = weight[c];
    CNN_ELEMENTWISE for (int64_t i = 0; i < p->area; i++) {
      const float v = dy[i], scaled = slope * v;
      dx[i] = x[i] > 0 ? v : scaled;
    }
  }
}
