#include "exponential.h"
#include "sums.h"
#include "units.h"

/// What each class has of the target.
static double cross_entropy_share(const cnn_cross_entropy_parameters *p, int64_t c, float target) {
  return p->smoothing / (double)p->channels + ((float)c == target ? 1 - p->smoothing : 0);
}

/// The loss at one pixel, and its gradient times `factor`; dx may be x.
static double cross_entropy_at(const cnn_cross_entropy_parameters *p, const float *x, float target, double factor, float *dx) {
  const float sign = (float)p->sign;
  float largest = -INFINITY;
  for (int64_t c = 0; c < p->channels; c++) {
    const float v = sign * x[c * p->pixels];
    if (v > largest || v != v) largest = v;
  }
  double sum = 0, shares = 0, shifts = 0;
  for (int64_t c = 0; c < p->channels; c += CNN_LANES) {
    const int64_t count = cnn_min(CNN_LANES, p->channels - c);
    float shifted[CNN_LANES] = {0}, powers[CNN_LANES];
    for (int64_t i = 0; i < count; i++) shifted[i] = sign * x[(c + i) * p->pixels] - largest;
    cnn_store(powers, cnn_exp(cnn_load(shifted)));
    for (int64_t i = 0; i < count; i++) {
      const double share = cross_entropy_share(p, c + i, target);
      sum += powers[i];
      shares += share;
      if (share > 0) shifts += share * shifted[i];
      dx[(c + i) * p->pixels] = powers[i];
    }
  }
  for (int64_t c = 0; c < p->channels; c++) {
    float *d = dx + c * p->pixels;
    *d = sign * (float)((*d / sum - cross_entropy_share(p, c, target)) * factor);
  }
  return shares * log(sum) - shifts;
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
