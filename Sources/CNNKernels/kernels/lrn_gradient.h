// With s[c] = k + alpha * sum over c's window of x^2:
//
//   dx[j] = dy[j] * s[j]^-beta - 2 alpha beta x[j] * sum over the c whose window holds j of
//                                                     dy[c] x[c] s[c]^(-beta - 1)
//
// Of each tile of pixels, s^-beta and the summands of all channels are kept in scratch memory.

#include "geometry.h"
#include "units.h"

/// powers = s^-beta and terms = dy x s^(-beta - 1) of channel c.
static void lrn_gradient_prepare(
    const cnn_lrn_gradient_parameters *p, int64_t c, const float *dy, const float *x, float *powers, float *terms, int64_t count) {
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
static void lrn_gradient_tile(
    const cnn_lrn_gradient_parameters *p, const float *dy, const float *x, float *dx, float *powers, float *terms, int64_t count) {
  const float factor = (float)(2 * p->alpha * p->beta);
  float sum[CNN_TILE];
  for (int64_t c = 0; c < p->channels; c++)
    lrn_gradient_prepare(p, c, dy, x, powers + c * CNN_TILE, terms + c * CNN_TILE, count);
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

CNN_SPLIT(lrn_gradient, cnn_min(p->batch, CNN_SLOTS),
          p->batch * p->channels * p->pixels * (20 + 2 * p->size / 4))

// A unit is what shares one part of the scratch memory: every CNN_SLOTS-th image.
CNN_KERNEL(lrn_gradient) {
  const cnn_lrn_gradient_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    float *powers = (float *)operands[3] + unit * 2 * p->channels * CNN_TILE;
    float *terms = powers + p->channels * CNN_TILE;
    for (int64_t n = unit; n < p->batch; n += CNN_SLOTS) {
      float *dx = (float *)operands[0] + n * p->dx_stride;
      const float *dy = (const float *)operands[1] + n * p->dy_stride;
      const float *x = (const float *)operands[2] + n * p->x_stride;
      for (int64_t begin = 0; begin < p->pixels; begin += CNN_TILE)
        lrn_gradient_tile(
            p, dy + begin, x + begin, dx + begin, powers, terms, cnn_min(CNN_TILE, p->pixels - begin));
    }
  }
}
