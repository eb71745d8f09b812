#include "sums.h"
#include "units.h"

CNN_DEFINE_SUM(sum_squared_deviations, (a[i] - s) * (a[i] - s))
CNN_DEFINE_SUM(sum_products_with_deviations, a[i] * (b[i] - s))

// The mean first, then the deviations from it: a sum of squares alone loses all digits to a large mean.
CNN_SPLIT(batch_norm_statistics, p->channels, p->batch * p->channels * p->area / 3)

CNN_KERNEL(batch_norm_statistics) {
  const cnn_batch_norm_statistics_parameters *p = parameters;
  float *mean = operands[0], *inverse_deviation = operands[1], *unbiased_variance = operands[2];
  const float *x = operands[3];
  const double count = (double)p->batch * (double)p->area;
  for (int64_t c = first; c < end; c++) {
    double sum = 0, squares = 0;
    for (int64_t n = 0; n < p->batch; n++)
      sum += cnn_sum(x + n * p->x_stride + c * p->area, x, 0, p->area);
    const float center = (float)(sum / count);
    for (int64_t n = 0; n < p->batch; n++)
      squares += sum_squared_deviations(x + n * p->x_stride + c * p->area, x, center, p->area);
    // Less what rounding the centre to float has added.
    const double rounding = sum / count - center;
    squares -= count * rounding * rounding;
    if (squares < 0) squares = 0;
    mean[c] = center;
    inverse_deviation[c] = (float)(1 / sqrt(squares / count + p->epsilon));
    unbiased_variance[c] = (float)(squares / fmax(count - 1, 1));
  }
}

CNN_SPLIT(batch_norm_apply, p->batch * p->channels, p->batch * p->channels * p->area / 4)

CNN_KERNEL(batch_norm_apply) {
  const cnn_batch_norm_apply_parameters *p = parameters;
  const float *weight = operands[2], *bias = operands[3], *mean = operands[4];
  const float *inverse_deviation = operands[5];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * p->area;
    const float center = mean[c], scale = weight[c] * inverse_deviation[c], shift = bias[c];
    CNN_ELEMENTWISE for (int64_t i = 0; i < p->area; i++) y[i] = (x[i] - center) * scale + shift;
  }
}

CNN_SPLIT(batch_norm_sums, p->channels, p->batch * p->channels * p->area / 3)

CNN_KERNEL(batch_norm_sums) {
  const cnn_batch_norm_sums_parameters *p = parameters;
  float *dweight = operands[0], *dbias = operands[1];
  const float *dy = operands[2], *x = operands[3], *mean = operands[4], *inverse_deviation = operands[5];
  for (int64_t c = first; c < end; c++) {
    double sum = 0, products = 0;
    for (int64_t n = 0; n < p->batch; n++) {
      const float *d = dy + n * p->dy_stride + c * p->area;
      sum += cnn_sum(d, d, 0, p->area);
      products += sum_products_with_deviations(d, x + n * p->x_stride + c * p->area, mean[c], p->area);
    }
    dweight[c] = (float)(products * inverse_deviation[c]);
    dbias[c] = (float)sum;
  }
}

CNN_SPLIT(batch_norm_coefficients, p->channels, p->channels * 4)

CNN_KERNEL(batch_norm_coefficients) {
  const cnn_batch_norm_coefficients_parameters *p = parameters;
  float *of_dy = operands[0];
  float *of_x = of_dy + p->channels, *center = of_x + p->channels, *shift = center + p->channels;
  const float *weight = operands[1], *mean = operands[2], *inverse_deviation = operands[3];
  const float *dweight = operands[4], *dbias = operands[5];
  const double count = (double)p->batch * (double)p->area;
  for (int64_t c = first; c < end; c++) {
    const double scale = (double)weight[c] * inverse_deviation[c];
    of_dy[c] = (float)scale;
    of_x[c] = (float)(-scale * inverse_deviation[c] * dweight[c] / count);
    center[c] = mean[c];
    shift[c] = (float)(-scale * dbias[c] / count);
  }
}

CNN_SPLIT(batch_norm_gradient, p->batch * p->channels, p->batch * p->channels * p->area / 3)

CNN_KERNEL(batch_norm_gradient) {
  const cnn_batch_norm_gradient_parameters *p = parameters;
  const float *of_dy = operands[3];
  const float *of_x = of_dy + p->channels, *center = of_x + p->channels, *shift = center + p->channels;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *dx = (float *)operands[0] + n * p->dx_stride + c * p->area;
    const float *dy = (const float *)operands[1] + n * p->dy_stride + c * p->area;
    const float *x = (const float *)operands[2] + n * p->x_stride + c * p->area;
    const float a = of_dy[c], b = of_x[c], m = center[c], s = shift[c];
    CNN_ELEMENTWISE for (int64_t i = 0; i < p->area; i++) dx[i] = a * dy[i] + (b * (x[i] - m) + s);
  }
}

CNN_SPLIT(running_statistics, 1, p->channels)

CNN_KERNEL(running_statistics) {
  (void)first;
  (void)end;
  const cnn_running_statistics_parameters *p = parameters;
  const float share = (float)p->momentum, rest = (float)(1 - p->momentum);
  for (int k = 0; k < 2; k++) {
    float *updated = operands[k];
    const float *running = operands[2 + k], *batch = operands[4 + k];
    for (int64_t c = 0; c < p->channels; c++) updated[c] = rest * running[c] + share * batch[c];
  }
}
