#include <string.h>

#include "cnn_kernels.h"
#include "window.h"

typedef const cnn_unpool2d_parameters *arguments;

void cnn_unpool2d(void *const *operands, const void *parameters) {
  arguments p = parameters;
  const cnn_window window = CNN_WINDOW(p);
  const int64_t plane = p->height * p->width;
  for (int64_t n = 0; n < p->batch; n++) {
    const float *x = (const float *)operands[1] + n * p->x_stride;
    const float *pooled = (const float *)operands[2] + n * p->p_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    memset(y, 0, (size_t)(p->channels * plane) * sizeof(float));
    for (int64_t c = 0; c < p->channels; c++) {
      for (int64_t i = 0; i < p->pooled_height; i++) {
        for (int64_t j = 0; j < p->pooled_width; j++) {
          const int64_t place = cnn_first_maximum(&window, pooled + c * plane, i, j);
          if (place >= 0) y[c * plane + place] = x[(c * p->pooled_height + i) * p->pooled_width + j];
        }
      }
    }
  }
}
