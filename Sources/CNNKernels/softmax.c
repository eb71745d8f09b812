#include <math.h>

#include "cnn_kernels.h"
#include "geometry.h"

typedef const cnn_softmax_parameters *arguments;

/// `count` neighbouring pixels over all channels; y may be x.
static void normalize(arguments p, const float *x, float *y, int64_t count) {
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

void cnn_softmax(void *const *operands, const void *parameters) {
  arguments p = parameters;
  for (int64_t n = 0; n < p->batch; n++) {
    const float *x = (const float *)operands[1] + n * p->x_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    for (int64_t first = 0; first < p->pixels; first += CNN_TILE)
      normalize(p, x + first, y + first, cnn_min(CNN_TILE, p->pixels - first));
  }
}
