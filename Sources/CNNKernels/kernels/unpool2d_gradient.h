#include "units.h"
#include "window.h"

CNN_SPLIT(unpool2d_gradient, cnn_min(p->batch * p->channels, CNN_SLOTS),
          p->batch * p->channels * p->height * p->width * 2)

// A unit is what shares one part of the scratch memory: every CNN_SLOTS-th plane.
CNN_KERNEL(unpool2d_gradient) {
  const cnn_unpool2d_gradient_parameters *p = parameters;
  const cnn_window window = CNN_WINDOW(p);
  const int64_t plane = p->height * p->width, windows = p->pooled_height * p->pooled_width;
  for (int64_t unit = first; unit < end; unit++) {
    // One byte a pixel: whether a window that comes later in the forward order has written it.
    uint8_t *taken = (uint8_t *)operands[3] + unit * plane;
    for (int64_t line = unit; line < p->batch * p->channels; line += CNN_SLOTS) {
      const int64_t n = line / p->channels, c = line % p->channels;
      const float *dy = (const float *)operands[1] + n * p->dy_stride + c * plane;
      const float *pooled = (const float *)operands[2] + n * p->p_stride + c * plane;
      float *dx = (float *)operands[0] + n * p->dx_stride + c * windows;
      memset(taken, 0, (size_t)plane);
      for (int64_t i = windows - 1; i >= 0; i--) {
        const int64_t place =
            cnn_first_maximum(&window, pooled, i / p->pooled_width, i % p->pooled_width);
        const int is_lost = place < 0 || taken[place];
        dx[i] = is_lost ? 0 : dy[place];
        if (!is_lost) taken[place] = 1;
      }
    }
  }
}
