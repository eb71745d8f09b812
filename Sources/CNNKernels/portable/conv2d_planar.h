// A convolution of a planar image of few channels into blocks of 16 channels. A unit is a row of outputs of 16 filters.

#include "finish.h"
#include "planar_sums.h"
#include "../kernels/units.h"

CNN_SPLIT(conv2d_planar, p->batch * cnn_channel_blocks(p->filters) * p->out_height,
          p->batch * p->filters * (p->channels + 1) * p->out_height * p->out_width * p->kernel_height *
              p->kernel_width / 16)

CNN_KERNEL(conv2d_planar) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const planar_window q = {p->channels,     p->height,       p->width,           p->kernel_height,
                           p->kernel_width, p->stride_width, p->dilation_height, p->dilation_width};
  const int64_t panels = cnn_channel_blocks(p->filters);
  const int64_t panel_size = p->channels * p->kernel_height * p->kernel_width * CNN_PANEL;
  const float *r = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, panel = unit / p->out_height % panels, n = unit / p->out_height / panels;
    const float *x = (const float *)operands[1] + n * p->x_stride;
    const float *w = (const float *)operands[2] + panel * panel_size;
    const int64_t at = (panel * p->out_height + row) * p->out_width * CNN_PANEL;
    float sixteen[CNN_PANEL], lanes[CNN_PIXELS][CNN_PANEL];
    cnn_copy_bias(operands[3], panel * CNN_PANEL, p->filters, sixteen);
    for (int64_t j = 0; j < p->out_width; j += CNN_PIXELS) {
      cnn_sums sums;
      cnn_sums_clear(&sums);
      planar_add(&q, x, w, row * p->stride_height - p->pad_top, j * p->stride_width - p->pad_left, &sums);
      cnn_sums_save(&sums, lanes);
      cnn_finish(lanes[0], sixteen, r ? r + n * p->r_stride + at + j * CNN_PANEL : NULL,
                 cnn_min(CNN_PIXELS, p->out_width - j), p->function, (float)p->alpha,
                 (float *)operands[0] + n * p->y_stride + at + j * CNN_PANEL);
    }
  }
}
