// With s[c] = k + alpha * sum over c's window of x^2:
//
//   dx[j] = dy[j] * s[j]^-beta - 2 alpha beta x[j] * sum over the c whose window holds j of
//                                                     dy[c] x[c] s[c]^(-beta - 1)
//
// Of each tile of pixels, s^-beta and the summands of all channels are kept in scratch memory.

#include <math.h>

#include "cnn_kernels.h"
#include "geometry.h"

typedef const cnn_lrn_gradient_parameters *arguments;

/// powers = s^-beta and terms = dy x s^(-beta - 1) of channel c.
static void prepare(
    arguments p, int64_t c, const float *dy, const float *x, float *powers, float *terms, int64_t count) {
  const int64_t first = cnn_max(0, c - p->size / 2);
  const int64_t last = cnn_min(p->channels - 1, c + (p->size - 1) / 2);
  const float alpha = (float)p->alpha, beta = (float)p->beta, k = (float)p->k;
  for (int64_t i = 0; i < count; i++) terms[i] = 0;
  for (int64_t other = first; other <= last; other++) {
    const float *v = x + other * p->pixels;
    for (int64_t i = 0; i < count; i++) terms[i] += v[i] * v[i];
  }
  const float *d = dy + c * p->pixels, *v = x + c * p->pixels;
  for (int64_t i = 0; i < count; i++) {
    const float scale = k + alpha * terms[i];
    powers[i] = powf(scale, -beta);
    terms[i] = d[i] * v[i] * powers[i] / scale;
  }
}

/// `count` neighbouring pixels over all channels; dx may be dy or x.
static void gradient(
    arguments p, const float *dy, const float *x, float *dx, float *powers, float *terms, int64_t count) {
  const float factor = (float)(2 * p->alpha * p->beta);
  float sum[CNN_TILE];
  for (int64_t c = 0; c < p->channels; c++)
    prepare(p, c, dy, x, powers + c * CNN_TILE, terms + c * CNN_TILE, count);
  for (int64_t c = 0; c < p->channels; c++) {
    const int64_t first = cnn_max(0, c - (p->size - 1) / 2);
    const int64_t last = cnn_min(p->channels - 1, c + p->size / 2);
    for (int64_t i = 0; i < count; i++) sum[i] = 0;
    for (int64_t other = first; other <= last; other++)
      for (int64_t i = 0; i < count; i++) sum[i] += terms[other * CNN_TILE + i];
    const float *d = dy + c * p->pixels, *v = x + c * p->pixels, *power = powers + c * CNN_TILE;
    float *to = dx + c * p->pixels;
    for (int64_t i = 0; i < count; i++) to[i] = d[i] * power[i] - factor * v[i] * sum[i];
  }
}

void cnn_lrn_gradient(void *const *operands, const void *parameters) {
  arguments p = parameters;
  float *powers = operands[3], *terms = powers + p->channels * CNN_TILE;
  for (int64_t n = 0; n < p->batch; n++) {
    float *dx = (float *)operands[0] + n * p->dx_stride;
    const float *dy = (const float *)operands[1] + n * p->dy_stride;
    const float *x = (const float *)operands[2] + n * p->x_stride;
    for (int64_t first = 0; first < p->pixels; first += CNN_TILE)
      gradient(
          p, dy + first, x + first, dx + first, powers, terms, cnn_min(CNN_TILE, p->pixels - first));
  }
}
