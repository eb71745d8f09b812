#include "units.h"
#include "window.h"

CNN_SPLIT(unpool2d, p->batch * p->channels, p->batch * p->channels * p->height * p->width * 2)

CNN_KERNEL(unpool2d) {
  const cnn_unpool2d_parameters *p = parameters;
  const cnn_window window = CNN_WINDOW(p);
  const int64_t plane = p->height * p->width, windows = p->pooled_height * p->pooled_width;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * windows;
    const float *pooled = (const float *)operands[2] + n * p->p_stride + c * plane;
    float *y = (float *)operands[0] + n * p->y_stride + c * plane;
    memset(y, 0, (size_t)plane * sizeof(float));
    for (int64_t i = 0; i < windows; i++) {
      const int64_t place = cnn_first_maximum(&window, pooled, i / p->pooled_width, i % p->pooled_width);
      if (place >= 0) y[place] = x[i];
    }
  }
}
