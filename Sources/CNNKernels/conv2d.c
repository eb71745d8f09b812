// A convolution as a product of matrices that never exist as a whole: a tile of output pixels times a chunk
// of taps is copied from the image into a panel (padding becomes zeros there, strides and dilations
// vanish), and every four filters then walk through the panel with their sums in registers.

#include <stddef.h>
#include <string.h>

#include "functions.h"
#include "geometry.h"
#include "window.h"

enum {
  LANES = 8,       // pixels whose sums stay in registers, for 4 filters at a time
  PIXELS = 32,     // of a tile, neighbours in row-major order, across the ends of rows
  TAPS = 128,      // of a chunk
  FILTERS = 64     // that share a panel
};

typedef const cnn_conv2d_parameters *arguments;

/// Taps first..<first + count of the group's list (channel, then fy, then fx).
static void pack(arguments p, const cnn_tile *t, const float *x, int64_t first, int64_t count, float *panel) {
  const int64_t area = p->kernel_height * p->kernel_width;
  const cnn_window window = CNN_WINDOW(p);
  int64_t c = first / area, fy = first % area / p->kernel_width, fx = first % p->kernel_width;
  for (int64_t i = 0; i < count; i++) {
    cnn_pack_tap(&window, t, x + c * p->height * p->width, fy, fx, panel + i * PIXELS, PIXELS);
    if (++fx < p->kernel_width) continue;
    fx = 0;
    if (++fy < p->kernel_height) continue;
    fy = 0;
    c++;
  }
}

/// sums[filter][pixel] += weights * panel, for four filters and LANES pixels.
static void multiply(const float *const weights[4], const float *panel, int64_t taps, float *sums) {
  float a0[LANES] = {0}, a1[LANES] = {0}, a2[LANES] = {0}, a3[LANES] = {0};
  const float *w0 = weights[0], *w1 = weights[1], *w2 = weights[2], *w3 = weights[3];
  for (int64_t k = 0; k < taps; k++) {
    const float *x = panel + k * PIXELS;
    for (int i = 0; i < LANES; i++) a0[i] += w0[k] * x[i];
    for (int i = 0; i < LANES; i++) a1[i] += w1[k] * x[i];
    for (int i = 0; i < LANES; i++) a2[i] += w2[k] * x[i];
    for (int i = 0; i < LANES; i++) a3[i] += w3[k] * x[i];
  }
  for (int i = 0; i < LANES; i++) {
    sums[i] += a0[i];
    sums[i + PIXELS] += a1[i];
    sums[i + 2 * PIXELS] += a2[i];
    sums[i + 3 * PIXELS] += a3[i];
  }
}

/// All sums of a tile for `filters` filters, whose weights lie `weight_stride` apart.
static void accumulate(arguments p, const cnn_tile *t, const float *x, const float *w, int64_t weight_stride,
                       int64_t filters, float sums[FILTERS][PIXELS]) {
  float panel[TAPS * PIXELS];
  const int64_t taps = p->channels * p->kernel_height * p->kernel_width;
  for (int64_t first = 0; first < taps; first += TAPS) {
    const int64_t count = cnn_min(TAPS, taps - first);
    pack(p, t, x, first, count, panel);
    for (int64_t k = 0; k < filters; k += 4) {
      // The last filter stands in for those behind it, whose sums nobody reads.
      const float *weights[4];
      for (int64_t i = 0; i < 4; i++)
        weights[i] = w + cnn_min(k + i, filters - 1) * weight_stride + first;
      for (int64_t i = 0; i < t->count; i += LANES) multiply(weights, panel + i, count, &sums[k][i]);
    }
  }
}

/// One group of one image; pointers to the group's first channel and first filter.
static void convolve(arguments p, const float *x, const float *w, const float *bias, const float *r,
                     float *y) {
  float sums[FILTERS][PIXELS];
  const int64_t plane = p->out_height * p->out_width;
  const int64_t weight_stride = p->weight_channels * p->kernel_height * p->kernel_width;
  for (int64_t k = 0; k < p->filters; k += FILTERS) {
    const int64_t filters = cnn_min(FILTERS, p->filters - k);
    for (int64_t first = 0; first < plane; first += PIXELS) {
      cnn_tile t;
      cnn_tile_at(&t, first, cnn_min(PIXELS, plane - first), p->out_width);
      for (int64_t f = 0; f < (filters + 3) / 4 * 4; f++)
        for (int64_t i = 0; i < PIXELS; i++) sums[f][i] = bias && f < filters ? bias[k + f] : 0;
      accumulate(p, &t, x, w + k * weight_stride, weight_stride, filters, sums);
      for (int64_t f = 0; f < filters; f++) {
        const int64_t place = (k + f) * plane + first;
        if (r)
          for (int64_t i = 0; i < t.count; i++) sums[f][i] += r[place + i];
        cnn_apply(p->function, (float)p->alpha, sums[f], sums[f], t.count);
        memcpy(y + place, sums[f], (size_t)t.count * sizeof(float));
      }
    }
  }
}

void cnn_conv2d(void *const *operands, const void *parameters) {
  arguments p = parameters;
  const float *w = operands[2], *bias = operands[3], *r = operands[4];
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  const int64_t area = p->kernel_height * p->kernel_width;
  for (int64_t n = 0; n < p->batch; n++) {
    const float *x = (const float *)operands[1] + n * p->x_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    for (int64_t g = 0; g < p->groups; g++) {
      const int64_t c = p->first_channel + g * p->channels, k = p->first_filter + g * p->filters;
      // A range of channels, other than all of a group's, exists without groups only.
      const float *weights = w + (k * p->weight_channels + p->first_channel) * area;
      convolve(p, x + c * in, weights, bias ? bias + k : NULL, r ? r + n * p->r_stride + k * out : NULL,
               y + k * out);
    }
  }
}
