// Element for element, so that what is written may lie over what it replaces.

#include "units.h"

CNN_SPLIT(clip_factor, 1, 20)

CNN_KERNEL(clip_factor) {
  const cnn_clip_factor_parameters *p = parameters;
  const double norm = sqrt((double)*(const float *)operands[1]);
  for (; first < end; first++) *(float *)operands[0] = (float)fmin(1, p->limit / (norm + 1e-6));
}

CNN_SPLIT(sgd_update, cnn_blocks(p->count), p->count / 3)

CNN_KERNEL(sgd_update) {
  const cnn_sgd_update_parameters *p = parameters;
  float *new_weight = operands[0], *new_velocity = operands[1];
  const float *weight = operands[2], *gradient = operands[3], *velocity = operands[4];
  const float rate = *(const float *)operands[5] * (float)p->rate_factor;
  const float momentum = (float)p->momentum, decay = (float)p->weight_decay;
  const int64_t last = cnn_min(p->count, end * CNN_BLOCK);
  // Asked once: inside of the loop, vectors would be loaded under a mask from where nothing is.
  if (velocity == NULL) {
    CNN_ELEMENTWISE for (int64_t i = first * CNN_BLOCK; i < last; i++)
      new_weight[i] = weight[i] - rate * (gradient[i] + decay * weight[i]);
    return;
  }
  CNN_ELEMENTWISE for (int64_t i = first * CNN_BLOCK; i < last; i++) {
    const float w = weight[i], g = gradient[i] + decay * w;
    const float v = momentum * velocity[i] + g;
    new_velocity[i] = v;
    new_weight[i] = w - rate * (p->nesterov ? g + momentum * v : v);
  }
}

CNN_SPLIT(adam_moments, cnn_blocks(p->count), p->count / 3)

CNN_KERNEL(adam_moments) {
  const cnn_adam_moments_parameters *p = parameters;
  float *new_mean = operands[0], *new_square = operands[1];
  const float *mean = operands[2], *square = operands[3], *weight = operands[4], *gradient = operands[5];
  const float beta2 = (float)p->beta2, decay = (float)p->weight_decay;
  const float share1 = (float)(1 - p->beta1), share2 = (float)(1 - p->beta2);
  CNN_ELEMENTWISE for (int64_t i = first * CNN_BLOCK; i < cnn_min(p->count, end * CNN_BLOCK); i++) {
    const float g = gradient[i] + decay * weight[i];
    new_mean[i] = mean[i] + share1 * (g - mean[i]);
    new_square[i] = beta2 * square[i] + share2 * g * g;
  }
}

CNN_SPLIT(adam_update, cnn_blocks(p->count), p->count)

CNN_KERNEL(adam_update) {
  const cnn_adam_update_parameters *p = parameters;
  float *new_weight = operands[0];
  const float *weight = operands[1], *mean = operands[2], *square = operands[3], *hyper = operands[4];
  const double rate = hyper[0] * p->rate_factor, step = hyper[1];
  const float size = (float)(rate / (1 - pow(p->beta1, step)));
  const float root = (float)sqrt(1 - pow(p->beta2, step));
  const float kept = (float)(1 - rate * p->weight_decay), epsilon = (float)p->epsilon;
  CNN_ELEMENTWISE for (int64_t i = first * CNN_BLOCK; i < cnn_min(p->count, end * CNN_BLOCK); i++)
    new_weight[i] = kept * weight[i] - size * (mean[i] / (__builtin_elementwise_sqrt(square[i]) / root + epsilon));
}
