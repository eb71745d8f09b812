// Runs once, when weights are bound: in double, so that folding adds a single rounding to each weight.

#include "units.h"

CNN_SPLIT(fold_batch_norm, p->rows, p->rows * p->channels * (p->inner + 10))

CNN_KERNEL(fold_batch_norm) {
  CNN_UNCONTRACTED
  const cnn_fold_batch_norm_parameters *p = parameters;
  float *y = operands[0];
  const float *x = operands[1];
  const float *weight = operands[2], *bias = operands[3], *mean = operands[4], *variance = operands[5];
  for (int64_t row = first; row < end; row++) {
    const int64_t group = row / (p->rows / p->groups) * p->channels;
    for (int64_t k = 0; k < p->channels; k++) {
      const int64_t c = group + k, start = (row * p->channels + k) * p->inner;
      const double scale = weight[c] / sqrt(variance[c] + p->epsilon);
      for (int64_t i = start; i < start + p->inner; i++) {
        const double old = x != NULL ? x[i] : (p->shift ? 0 : 1);
        y[i] = (float)(p->shift ? (old - mean[c]) * scale + bias[c] : old * scale);
      }
    }
  }
}
