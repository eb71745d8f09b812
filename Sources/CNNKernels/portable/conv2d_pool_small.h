// A convolution of planar images, its function and the maxima of disjoint squares of two by two in one: the four outputs
// of a square are two pairs of neighbours, for 16 filters each. A unit is a row of maxima.

#include "planar_sums.h"
#include "../kernels/functions.h"
#include "../kernels/units.h"

CNN_SPLIT(conv2d_pool_small, p->batch * p->out_height,
          p->batch * p->filters * p->channels * p->out_height * p->out_width * p->kernel_height * p->kernel_width / 8)

/// Squares of a row, the lanes being filters: their maxima before the bias, and which of a square's outputs they are.
typedef struct {
  float largest[CNN_PIXELS / 2][CNN_PANEL], places[CNN_PIXELS / 2][CNN_PANEL];
} small_maxima;

/// The maxima of CNN_PIXELS / 2 squares of a row.
static void small_reduce(float outputs[2][CNN_PIXELS][CNN_PANEL], small_maxima *m) {
  for (int s = 0; s < CNN_PIXELS / 2; s++)
    for (int f = 0; f < CNN_PANEL; f++) {
      float best = outputs[0][2 * s][f], place = 0;
      for (int i = 1; i < 4; i++) {
        const float v = outputs[i / 2][2 * s + i % 2][f];
        place = v > best || v != v ? (float)i : place;
        best = cnn_larger(best, v);
      }
      m->largest[s][f] = best;
      m->places[s][f] = place;
    }
}

CNN_KERNEL(conv2d_pool_small) {
  const cnn_conv2d_pool_small_parameters *p = parameters;
  const planar_window q = {p->channels, p->height, p->width, p->kernel_height, p->kernel_width, 1, 1, 1};
  const int64_t area = p->out_height * p->out_width;
  const float *bias = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->out_height, row = unit % p->out_height;
    const float *x = (const float *)operands[2] + n * p->x_stride, *w = operands[3];
    float *y = (float *)operands[0] + n * p->y_stride;
    float *places = operands[1] ? (float *)operands[1] + n * p->places_stride : NULL;
    for (int64_t k = 0; k < p->filters; k += CNN_PANEL) {
      for (int64_t j = 0; j < p->out_width; j += CNN_PIXELS / 2) {
        float outputs[2][CNN_PIXELS][CNN_PANEL];
        small_maxima m;
        for (int64_t i = 0; i < 2; i++) {
          cnn_sums sums;
          cnn_sums_clear(&sums);
          planar_add(&q, x, w, 2 * row + i - p->pad_top, 2 * j - p->pad_left, &sums);
          cnn_sums_save(&sums, outputs[i]);
        }
        small_reduce(outputs, &m);
        for (int64_t s = 0; s < cnn_min(CNN_PIXELS / 2, p->out_width - j); s++)
          for (int64_t f = 0; f < cnn_min(CNN_PANEL, p->filters - k); f++) {
            const int64_t at = (k + f) * area + row * p->out_width + j + s;
            y[at] = m.largest[s][f] + (bias ? bias[k + f] : 0);
            if (places) places[at] = m.places[s][f];
          }
      }
      w += p->channels * p->kernel_height * p->kernel_width * CNN_PANEL;
    }
    for (int64_t k = 0; k < p->filters; k++) {
      float *line = y + k * area + row * p->out_width;
      cnn_apply(p->function, (float)p->alpha, line, line, p->out_width);
    }
  }
}
