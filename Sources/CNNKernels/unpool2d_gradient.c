#include <string.h>

#include "cnn_kernels.h"
#include "window.h"

void cnn_unpool2d_gradient(void *const *operands, const void *parameters) {
  const cnn_unpool2d_gradient_parameters *p = parameters;
  const cnn_window window = CNN_WINDOW(p);
  const int64_t plane = p->height * p->width, windows = p->pooled_height * p->pooled_width;
  // One byte a pixel: whether a window that comes later in the forward order has written it.
  uint8_t *taken = operands[3];
  for (int64_t n = 0; n < p->batch; n++) {
    const float *dy = (const float *)operands[1] + n * p->dy_stride;
    const float *pooled = (const float *)operands[2] + n * p->p_stride;
    float *dx = (float *)operands[0] + n * p->dx_stride;
    for (int64_t c = 0; c < p->channels; c++) {
      memset(taken, 0, (size_t)plane);
      for (int64_t i = windows - 1; i >= 0; i--) {
        const int64_t place =
            cnn_first_maximum(&window, pooled + c * plane, i / p->pooled_width, i % p->pooled_width);
        const int is_lost = place < 0 || taken[place];
        dx[c * windows + i] = is_lost ? 0 : dy[c * plane + place];
        if (!is_lost) taken[place] = 1;
      }
    }
  }
}
