#include "functions.h"
#include "units.h"

/// y = function(scale * x + shift + residual) for one channel; x or residual may be y.
static void affine_channel(
    float scale, float shift, const float *x, const float *residual, float *y, int64_t count,
    int64_t function, float alpha) {
  for (int64_t start = 0; start < count; start += CNN_RUN) {
    const int64_t end = count - start < CNN_RUN ? count : start + CNN_RUN;
    if (residual == NULL) {
      CNN_ELEMENTWISE for (int64_t i = start; i < end; i++) y[i] = scale * x[i] + shift;
    } else {
      CNN_ELEMENTWISE for (int64_t i = start; i < end; i++) y[i] = scale * x[i] + shift + residual[i];
    }
    cnn_apply(function, alpha, y + start, y + start, end - start);
  }
}

CNN_SPLIT(channel_affine, p->batch * p->channels, p->batch * p->channels * p->area / 3)

CNN_KERNEL(channel_affine) {
  const cnn_channel_affine_parameters *p = parameters;
  const float *weight = operands[2], *bias = operands[3], *residual = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * p->area;
    const float *r = residual == NULL ? NULL : residual + n * p->r_stride + c * p->area;
    const float shift = bias == NULL ? 0 : bias[c];
    affine_channel(weight[c], shift, x, r, y, p->area, p->function, (float)p->alpha);
  }
}

CNN_SPLIT(batch_norm, p->batch * p->channels, p->batch * p->channels * p->area / 3)

CNN_KERNEL(batch_norm) {
  const cnn_batch_norm_parameters *p = parameters;
  const float *weight = operands[2], *bias = operands[3], *mean = operands[4], *variance = operands[5];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * p->area;
    // In double, for a variance far below epsilon's rounding or a mean far above the deviations.
    const double scale = weight[c] / sqrt(variance[c] + p->epsilon);
    const double shift = bias[c] - mean[c] * scale;
    affine_channel((float)scale, (float)shift, x, NULL, y, p->area, p->function, (float)p->alpha);
  }
}
