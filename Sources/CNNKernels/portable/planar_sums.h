// The sums of neighbouring outputs of a row of a planar image's convolution, for a panel of 16 filters.

#ifndef CNN_PORTABLE_PLANAR_SUMS_H
#define CNN_PORTABLE_PLANAR_SUMS_H

#include "lanes.h"

/// What a convolution of planar images reads.
typedef struct {
  int64_t channels, height, width, kernel_height, kernel_width;
  int64_t stride_width, dilation_height, dilation_width;
} planar_window;

/// Adds the window at CNN_PIXELS neighbouring outputs to sums, the first of which begins at row `top` and column `left`
/// of x. w is [channel][tap][16].
static inline void planar_add(const planar_window *q, const float *x, const float *w, int64_t top, int64_t left,
                              cnn_sums *sums) {
  const int64_t last = left + (CNN_PIXELS - 1) * q->stride_width + (q->kernel_width - 1) * q->dilation_width;
  const int is_inside = left >= 0 && last < q->width;
  for (int64_t c = 0; c < q->channels; c++, x += q->height * q->width)
    for (int64_t fy = 0; fy < q->kernel_height; fy++, w += q->kernel_width * CNN_PANEL) {
      const int64_t iy = top + fy * q->dilation_height;
      if (iy < 0 || iy >= q->height) continue;
      const float *line = x + iy * q->width;
      for (int64_t fx = 0; fx < q->kernel_width; fx++) {
        const int64_t ix = left + fx * q->dilation_width;
        if (is_inside) {
          cnn_sums_add_term(line + ix, q->stride_width, w + fx * CNN_PANEL, sums);
        } else {
          float values[CNN_PIXELS];
          for (int64_t i = 0; i < CNN_PIXELS; i++) {
            const int64_t at = ix + i * q->stride_width;
            values[i] = at >= 0 && at < q->width ? line[at] : 0;
          }
          cnn_sums_add_term(values, 1, w + fx * CNN_PANEL, sums);
        }
      }
    }
}

#endif
