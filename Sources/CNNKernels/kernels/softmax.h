#include "geometry.h"
#include "units.h"

/// `count` neighbouring pixels over all channels; y may be x.
static void softmax_tile(const cnn_softmax_parameters *p, const float *x, float *y, int64_t count) {
  float largest[CNN_TILE], sum[CNN_TILE];
  for (int64_t i = 0; i < count; i++) {
    largest[i] = -INFINITY;
    sum[i] = 0;
  }
  for (int64_t c = 0; c < p->channels; c++) {
    const float *v = x + c * p->pixels;
    for (int64_t i = 0; i < count; i++) largest[i] = v[i] > largest[i] || v[i] != v[i] ? v[i] : largest[i];
  }
  for (int64_t c = 0; c < p->channels; c++) {
    for (int64_t i = 0; i < count; i++) {
      const int64_t place = c * p->pixels + i;
      const float shifted = x[place] - largest[i], power = expf(shifted);
      sum[i] += power;
      y[place] = p->logarithmic ? shifted : power;
    }
  }
  if (p->logarithmic)
    for (int64_t i = 0; i < count; i++) sum[i] = logf(sum[i]);
  for (int64_t c = 0; c < p->channels; c++) {
    float *v = y + c * p->pixels;
    for (int64_t i = 0; i < count; i++) v[i] = p->logarithmic ? v[i] - sum[i] : v[i] / sum[i];
  }
}

CNN_SPLIT(softmax, p->batch * cnn_tiles(p->pixels), p->batch * p->channels * p->pixels * 3)

CNN_KERNEL(softmax) {
  const cnn_softmax_parameters *p = parameters;
  const int64_t tiles = cnn_tiles(p->pixels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / tiles, begin = unit % tiles * CNN_TILE;
    const float *x = (const float *)operands[1] + n * p->x_stride + begin;
    float *y = (float *)operands[0] + n * p->y_stride + begin;
    softmax_tile(p, x, y, cnn_min(CNN_TILE, p->pixels - begin));
  }
}
