// What kernels with windows share: the window, and where its maximum is.

#ifndef CNN_WINDOW_H
#define CNN_WINDOW_H

#include "geometry.h"

/// Tap (fy, fx) of output (i, j) reads row i * stride_height - pad_top + fy * dilation_height of a plane of
/// height x width; columns likewise.
typedef struct {
  int64_t height, width, kernel_height, kernel_width, stride_height, stride_width;
  int64_t dilation_height, dilation_width, pad_top, pad_left;
} cnn_window;

/// The window of a kernel's parameters.
#define CNN_WINDOW(p)                                                              \
  {(p)->height,          (p)->width,          (p)->kernel_height, (p)->kernel_width, \
   (p)->stride_height,   (p)->stride_width,   (p)->dilation_height,                 \
   (p)->dilation_width,  (p)->pad_top,        (p)->pad_left}

/// The place in a plane of the first maximum of output (i, j)'s window, row-major, where the last
/// not-a-number wins; -1 where all of the window is padding.
static inline int64_t cnn_first_maximum(const cnn_window *w, const float *plane, int64_t i, int64_t j) {
  int64_t place = -1;
  float best = -INFINITY;
  const int64_t top = i * w->stride_height - w->pad_top, left = j * w->stride_width - w->pad_left;
  const cnn_range columns = cnn_inside(0, w->kernel_width, w->dilation_width, left, 0, w->width);
  const cnn_range rows = cnn_inside(0, w->kernel_height, w->dilation_height, top, 0, w->height);
  for (int64_t fy = rows.first; fy < rows.end; fy++) {
    for (int64_t fx = columns.first; fx < columns.end; fx++) {
      const int64_t here = (top + fy * w->dilation_height) * w->width + left + fx * w->dilation_width;
      const float v = plane[here];
      if (place >= 0 && !(v > best || v != v)) continue;
      best = v;
      place = here;
    }
  }
  return place;
}

#endif
