#include <math.h>

#include "cnn_kernels.h"
#include "geometry.h"

typedef const cnn_softmax_gradient_parameters *arguments;

/// `count` neighbouring pixels over all channels; dx may be dy or y.
static void gradient(arguments p, const float *dy, const float *y, float *dx, int64_t count) {
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

void cnn_softmax_gradient(void *const *operands, const void *parameters) {
  arguments p = parameters;
  for (int64_t n = 0; n < p->batch; n++) {
    float *dx = (float *)operands[0] + n * p->dx_stride;
    const float *dy = (const float *)operands[1] + n * p->dy_stride;
    const float *y = (const float *)operands[2] + n * p->y_stride;
    for (int64_t first = 0; first < p->pixels; first += CNN_TILE)
      gradient(p, dy + first, y + first, dx + first, cnn_min(CNN_TILE, p->pixels - first));
  }
}
