#include <math.h>

#include "cnn_kernels.h"
#include "geometry.h"

typedef const cnn_lrn_parameters *arguments;

/// y = x * scale^-beta, for `count` elements. AlexNet's 0.75 is two square roots, far cheaper than a power.
static void normalize(arguments p, const float *x, const float *scale, float *y, int64_t count) {
  if (p->beta == 0.75) {
    for (int64_t i = 0; i < count; i++) {
      const float root = sqrtf(scale[i]);
      y[i] = x[i] / (root * sqrtf(root));
    }
  } else {
    for (int64_t i = 0; i < count; i++) y[i] = x[i] / powf(scale[i], (float)p->beta);
  }
}

void cnn_lrn(void *const *operands, const void *parameters) {
  arguments p = parameters;
  const float alpha = (float)p->alpha, k = (float)p->k;
  float scale[CNN_TILE];
  for (int64_t n = 0; n < p->batch; n++) {
    const float *x = (const float *)operands[1] + n * p->x_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    for (int64_t c = 0; c < p->channels; c++) {
      const int64_t first = cnn_max(0, c - p->size / 2);
      const int64_t last = cnn_min(p->channels - 1, c + (p->size - 1) / 2);
      for (int64_t begin = 0; begin < p->pixels; begin += CNN_TILE) {
        const int64_t count = cnn_min(CNN_TILE, p->pixels - begin), place = c * p->pixels + begin;
        for (int64_t i = 0; i < count; i++) scale[i] = 0;
        for (int64_t other = first; other <= last; other++) {
          const float *v = x + other * p->pixels + begin;
          for (int64_t i = 0; i < count; i++) scale[i] += v[i] * v[i];
        }
        for (int64_t i = 0; i < count; i++) scale[i] = k + alpha * scale[i];
        normalize(p, x + place, scale, y + place, count);
      }
    }
  }
}
