#include <math.h>
#include <string.h>

#include "cnn_kernels.h"
#include "geometry.h"

typedef const cnn_unpool2d_parameters *arguments;

/// The place in a plane of the first maximum of a window, row-major; -1 where all of it is padding.
static int64_t first_maximum(arguments p, const float *plane, int64_t i, int64_t j) {
  int64_t place = -1;
  float best = -INFINITY;
  const cnn_range columns = cnn_inside(0, p->kernel_width, p->dilation_width,
                                       j * p->stride_width - p->pad_left, 0, p->width);
  const cnn_range rows = cnn_inside(0, p->kernel_height, p->dilation_height,
                                    i * p->stride_height - p->pad_top, 0, p->height);
  for (int64_t fy = rows.first; fy < rows.end; fy++) {
    const int64_t row = i * p->stride_height - p->pad_top + fy * p->dilation_height;
    for (int64_t fx = columns.first; fx < columns.end; fx++) {
      const int64_t here = row * p->width + j * p->stride_width - p->pad_left + fx * p->dilation_width;
      const float v = plane[here];
      if (place >= 0 && !(v > best || v != v)) continue;
      best = v;
      place = here;
    }
  }
  return place;
}

void cnn_unpool2d(void *const *operands, const void *parameters) {
  arguments p = parameters;
  const int64_t plane = p->height * p->width;
  for (int64_t n = 0; n < p->batch; n++) {
    const float *x = (const float *)operands[1] + n * p->x_stride;
    const float *pooled = (const float *)operands[2] + n * p->p_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    memset(y, 0, (size_t)(p->channels * plane) * sizeof(float));
    for (int64_t c = 0; c < p->channels; c++) {
      for (int64_t i = 0; i < p->pooled_height; i++) {
        for (int64_t j = 0; j < p->pooled_width; j++) {
          const int64_t place = first_maximum(p, pooled + c * plane, i, j);
          if (place >= 0) y[c * plane + place] = x[(c * p->pooled_height + i) * p->pooled_width + j];
        }
      }
    }
  }
}
