#include "geometry.h"
#include "units.h"

/// `count` neighbouring pixels over all channels; dx may be dy or y.
static void softmax_gradient_tile(const cnn_softmax_gradient_parameters *p, const float *dy, const float *y, float *dx, int64_t count) {
  float sum[CNN_TILE];
  for (int64_t i = 0; i < count; i++) sum[i] = 0;
  for (int64_t c = 0; c < p->channels; c++) {
    const float *d = dy + c * p->pixels, *v = y + c * p->pixels;
    for (int64_t i = 0; i < count; i++) sum[i] += p->logarithmic ? d[i] : d[i] * v[i];
  }
  for (int64_t c = 0; c < p->channels; c++) {
    const float *d = dy + c * p->pixels, *v = y + c * p->pixels;
    float *to = dx + c * p->pixels;
    for (int64_t i = 0; i < count; i++)
      to[i] = p->logarithmic ? d[i] - expf(v[i]) * sum[i] : v[i] * (d[i] - sum[i]);
  }
}

CNN_SPLIT(softmax_gradient, p->batch * cnn_tiles(p->pixels), p->batch * p->channels * p->pixels * 3)

CNN_KERNEL(softmax_gradient) {
  const cnn_softmax_gradient_parameters *p = parameters;
  const int64_t tiles = cnn_tiles(p->pixels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / tiles, begin = unit % tiles * CNN_TILE;
    float *dx = (float *)operands[0] + n * p->dx_stride + begin;
    const float *dy = (const float *)operands[1] + n * p->dy_stride + begin;
    const float *y = (const float *)operands[2] + n * p->y_stride + begin;
    softmax_gradient_tile(p, dy, y, dx, cnn_min(CNN_TILE, p->pixels - begin));
  }
}
