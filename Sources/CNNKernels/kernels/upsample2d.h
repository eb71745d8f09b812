/// The inputs between which an output lies: the first one's index, and the second one's weight.

#include "units.h"

typedef struct {
  int64_t first, second;
  float weight;
} upsample_neighbours;

/// Output `phase` of the `factor` that input `place` becomes. Its centre lies (phase + 1/2) / factor - 1/2
/// from that input's, so between it and the one before, or it and the one behind; beyond the last
/// pixel at either end stands that pixel again.
static inline upsample_neighbours upsample_between(
    int64_t place, int64_t phase, int64_t factor, int64_t length) {
  const float distance = (float)(2 * phase + 1 - factor) / (2.0f * (float)factor);
  if (distance < 0) return (upsample_neighbours){place > 0 ? place - 1 : 0, place, 1 + distance};
  return (upsample_neighbours){place, place + 1 < length ? place + 1 : place, distance};
}

/// One row of output from the rows above and below it, `v` being the weight of the one below.
static void upsample_row(
    const float *above, const float *below, float v, float *y, int64_t width, int64_t factor) {
  // One phase after the other: within one, all outputs have the same weights.
  for (int64_t phase = 0; phase < factor; phase++) {
    const float u = upsample_between(0, phase, factor, width).weight;
    for (int64_t i = 0; i < width; i++) {
      const upsample_neighbours at = upsample_between(i, phase, factor, width);
      const float upper = (1 - u) * above[at.first] + u * above[at.second];
      const float lower = (1 - u) * below[at.first] + u * below[at.second];
      y[i * factor + phase] = (1 - v) * upper + v * lower;
    }
  }
}

static void upsample_bilinear(const cnn_upsample2d_parameters *p, const float *x, float *y) {
  const int64_t output_width = p->width * p->factor_width;
  for (int64_t i = 0; i < p->height; i++) {
    for (int64_t phase = 0; phase < p->factor_height; phase++) {
      const upsample_neighbours at = upsample_between(i, phase, p->factor_height, p->height);
      upsample_row(
          x + at.first * p->width, x + at.second * p->width, at.weight,
          y + (i * p->factor_height + phase) * output_width, p->width, p->factor_width);
    }
  }
}

static void upsample_nearest(const cnn_upsample2d_parameters *p, const float *x, float *y) {
  const int64_t output_width = p->width * p->factor_width;
  for (int64_t i = 0; i < p->height; i++) {
    float *first = y + i * p->factor_height * output_width;
    for (int64_t j = 0; j < p->width; j++)
      for (int64_t k = 0; k < p->factor_width; k++) first[j * p->factor_width + k] = x[i * p->width + j];
    for (int64_t k = 1; k < p->factor_height; k++)
      memcpy(first + k * output_width, first, (size_t)output_width * sizeof(float));
  }
}

CNN_SPLIT(upsample2d, p->batch * p->channels,
          p->batch * p->channels * p->height * p->width * p->factor_height * p->factor_width)

CNN_KERNEL(upsample2d) {
  const cnn_upsample2d_parameters *p = parameters;
  const int64_t input_area = p->height * p->width;
  const int64_t output_area = input_area * p->factor_height * p->factor_width;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * input_area;
    float *y = (float *)operands[0] + n * p->y_stride + c * output_area;
    if (p->bilinear) {
      upsample_bilinear(p, x, y);
    } else {
      upsample_nearest(p, x, y);
    }
  }
}

/// Spreads one row of dy to the rows above and below it, as upsample_row gathers one.
static void spread_row(
    const float *dy, float *above, float *below, float v, int64_t width, int64_t factor) {
  for (int64_t i = 0; i < width; i++) {
    for (int64_t phase = 0; phase < factor; phase++) {
      const upsample_neighbours at = upsample_between(i, phase, factor, width);
      const float d = dy[i * factor + phase], u = at.weight;
      above[at.first] += (1 - v) * (1 - u) * d;
      above[at.second] += (1 - v) * u * d;
      below[at.first] += v * (1 - u) * d;
      below[at.second] += v * u * d;
    }
  }
}

CNN_SPLIT(upsample2d_gradient, p->batch * p->channels,
          p->batch * p->channels * p->height * p->width * p->factor_height * p->factor_width * 2)

CNN_KERNEL(upsample2d_gradient) {
  const cnn_upsample2d_gradient_parameters *p = parameters;
  const int64_t area = p->height * p->width, row = p->width * p->factor_width;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *dx = (float *)operands[0] + n * p->dx_stride + c * area;
    const float *dy =
        (const float *)operands[1] + n * p->dy_stride + c * p->height * p->factor_height * row;
    memset(dx, 0, (size_t)area * sizeof(float));
    for (int64_t i = 0; i < p->height; i++) {
      for (int64_t phase = 0; phase < p->factor_height; phase++) {
        const upsample_neighbours at = upsample_between(i, phase, p->factor_height, p->height);
        spread_row(
            dy + (i * p->factor_height + phase) * row, dx + at.first * p->width,
            dx + at.second * p->width, at.weight, p->width, p->factor_width);
      }
    }
  }
}
