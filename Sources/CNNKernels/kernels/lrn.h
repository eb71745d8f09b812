#ifndef CNN_LRN_H
#define CNN_LRN_H

#include "tile.h"
#include "units.h"

/// y = x * scale^-beta, for `count` elements. AlexNet's 0.75 is two square roots, far cheaper than a power.
static void lrn_normalize(const cnn_lrn_parameters *p, const float *x, const float *scale, float *y, int64_t count) {
  if (p->beta == 0.75) {
    int64_t i = 0;
    for (; i + CNN_LANES <= count; i += CNN_LANES) {
      const cnn_vector root = cnn_square_root(cnn_load(scale + i));
      cnn_store(y + i, cnn_load(x + i) / (root * cnn_square_root(root)));
    }
    for (; i < count; i++) {
      const float root = sqrtf(scale[i]);
      y[i] = x[i] / (root * sqrtf(root));
    }
  } else {
    for (int64_t i = 0; i < count; i++) y[i] = x[i] / powf(scale[i], (float)p->beta);
  }
}

CNN_SPLIT(lrn, p->batch * p->channels, p->batch * p->channels * p->pixels * (p->size + 4) / 4)

CNN_KERNEL(lrn) {
  const cnn_lrn_parameters *p = parameters;
  const float alpha = (float)p->alpha, k = (float)p->k;
  float scale[CNN_TILE];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    const float *x = (const float *)operands[1] + n * p->x_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    const int64_t lowest = cnn_max(0, c - p->size / 2);
    const int64_t last = cnn_min(p->channels - 1, c + (p->size - 1) / 2);
    for (int64_t begin = 0; begin < p->pixels; begin += CNN_TILE) {
      const int64_t count = cnn_min(CNN_TILE, p->pixels - begin), place = c * p->pixels + begin;
      for (int64_t i = 0; i < count; i++) scale[i] = 0;
      for (int64_t other = lowest; other <= last; other++) {
        const float *v = x + other * p->pixels + begin;
        for (int64_t i = 0; i < count; i++) scale[i] += v[i] * v[i];
      }
      for (int64_t i = 0; i < count; i++) scale[i] = k + alpha * scale[i];
      lrn_normalize(p, x + place, scale, y + place, count);
    }
  }
}

#endif
