#include "sums.h"
#include "units.h"

/// The loss at one pixel, and its gradient times `factor`.
static double cross_entropy_at(const cnn_cross_entropy_parameters *p, const float *x, float target, double factor, float *dx) {
  const double even = p->smoothing / (double)p->channels;
  const float sign = (float)p->sign;
  float largest = -INFINITY;
  for (int64_t c = 0; c < p->channels; c++) {
    const float v = sign * x[c * p->pixels];
    if (v > largest || v != v) largest = v;
  }
  double sum = 0, loss = 0;
  for (int64_t c = 0; c < p->channels; c++) sum += expf(sign * x[c * p->pixels] - largest);
  const double logarithm = log(sum);
  for (int64_t c = 0; c < p->channels; c++) {
    const double share = even + ((float)c == target ? 1 - p->smoothing : 0);
    const float shifted = sign * x[c * p->pixels] - largest;
    if (share > 0) loss += share * (logarithm - shifted);
    dx[c * p->pixels] = sign * (float)((expf(shifted) / sum - share) * factor);
  }
  return loss;
}

CNN_SPLIT(cross_entropy, p->batch, p->batch * p->channels * p->pixels * 10)

CNN_KERNEL(cross_entropy) {
  const cnn_cross_entropy_parameters *p = parameters;
  const double factor = 1 / ((double)p->images * (double)p->pixels);
  for (int64_t n = first; n < end; n++) {
    float *dx = (float *)operands[1] + n * p->dx_stride;
    const float *x = (const float *)operands[2] + n * p->x_stride;
    const float *targets = (const float *)operands[3] + n * p->target_stride;
    double sum = 0;
    for (int64_t i = 0; i < p->pixels; i++) sum += cross_entropy_at(p, x + i, targets[i], factor, dx + i);
    ((float *)operands[0])[n * p->loss_stride] = (float)(sum / (double)p->pixels);
  }
}

CNN_DEFINE_SUM(sum_squared_differences, (a[i] - b[i]) * (a[i] - b[i]))

CNN_SPLIT(squared_error, p->batch, p->batch * p->count / 2)

CNN_KERNEL(squared_error) {
  const cnn_squared_error_parameters *p = parameters;
  const float factor = (float)(2 / ((double)p->images * (double)p->count));
  for (int64_t n = first; n < end; n++) {
    float *dx = (float *)operands[1] + n * p->dx_stride;
    const float *x = (const float *)operands[2] + n * p->x_stride;
    const float *target = (const float *)operands[3] + n * p->target_stride;
    const double sum = sum_squared_differences(x, target, 0, p->count);
    ((float *)operands[0])[n * p->loss_stride] = (float)(sum / (double)p->count);
    for (int64_t i = 0; i < p->count; i++) dx[i] = factor * (x[i] - target[i]);
  }
}

CNN_DEFINE_SUM(sum_target_products, a[i] * b[i])

CNN_SPLIT(target_distance, p->batch, p->batch * p->count / 2)

CNN_KERNEL(target_distance) {
  const cnn_target_distance_parameters *p = parameters;
  const float share = (float)(1 / (double)p->images);
  for (int64_t n = first; n < end; n++) {
    float *dx = (float *)operands[1] + n * p->dx_stride;
    const float *x = (const float *)operands[2] + n * p->x_stride;
    const float *target = (const float *)operands[3] + n * p->target_stride;
    ((float *)operands[0])[n * p->loss_stride] = (float)sum_target_products(x, target, 0, p->count);
    for (int64_t i = 0; i < p->count; i++) dx[i] = share * target[i];
  }
}
