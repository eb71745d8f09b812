// A convolution of activations in blocks of 16 channels. A unit is a row of outputs of 16 filters.

#include "finish.h"
#include "../kernels/units.h"
#include "../kernels/window.h"

CNN_SPLIT(conv2d_blocks, p->batch * p->groups * cnn_channel_blocks(p->filters) * p->out_height,
          p->batch * p->groups * p->filters * (p->channels + 1) * p->out_height * p->out_width * p->kernel_height *
              p->kernel_width / 16)

/// The sums of neighbouring outputs of a row from one column on, of which `pixels` exist; x is the image's first block of
/// the group, w the panel.
static void blocks_tile(const cnn_conv2d_blocks_parameters *p, const float *x, const float *w, int64_t row,
                        int64_t column, int64_t pixels, float to[CNN_PIXELS][CNN_PANEL]) {
  const int64_t plane = p->height * p->width * CNN_PANEL;
  cnn_sums sums;
  cnn_sums_clear(&sums);
  for (int64_t c = 0; c < p->channels; c += CNN_PANEL, x += plane) {
    const int64_t channels = cnn_min(CNN_PANEL, p->channels - c);
    for (int64_t fy = 0; fy < p->kernel_height; fy++) {
      const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
      if (iy < 0 || iy >= p->height) {
        w += p->kernel_width * CNN_PANEL * CNN_PANEL;
        continue;
      }
      for (int64_t fx = 0; fx < p->kernel_width; fx++, w += CNN_PANEL * CNN_PANEL) {
        const float *from[CNN_PIXELS];
        for (int64_t i = 0; i < CNN_PIXELS; i++) {
          const int64_t ix = (column + i) * p->stride_width - p->pad_left + fx * p->dilation_width;
          from[i] = i < pixels && ix >= 0 && ix < p->width ? x + (iy * p->width + ix) * CNN_PANEL : cnn_no_pixel;
        }
        cnn_sums_add(from, channels, w, &sums);
      }
    }
  }
  cnn_sums_save(&sums, to);
}

CNN_KERNEL(conv2d_blocks) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const int64_t panels = cnn_channel_blocks(p->filters), in_blocks = cnn_channel_blocks(p->channels);
  const int64_t panel_size = in_blocks * p->kernel_height * p->kernel_width * CNN_PANEL * CNN_PANEL;
  const float *bias = operands[3], *r = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, panel = unit / p->out_height % panels;
    const int64_t g = unit / p->out_height / panels % p->groups, n = unit / p->out_height / panels / p->groups;
    const float *x = (const float *)operands[1] + n * p->x_stride + g * in_blocks * p->height * p->width * CNN_PANEL;
    const float *w = (const float *)operands[2] + (g * panels + panel) * panel_size;
    const int64_t at = ((g * panels + panel) * p->out_height + row) * p->out_width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + at;
    float sixteen[CNN_PANEL], sums[CNN_PIXELS][CNN_PANEL];
    cnn_copy_bias(bias ? bias + g * p->filters : NULL, panel * CNN_PANEL, p->filters, sixteen);
    for (int64_t j = 0; j < p->out_width; j += CNN_PIXELS) {
      const int64_t pixels = cnn_min(CNN_PIXELS, p->out_width - j);
      blocks_tile(p, x, w, row, j, pixels, sums);
      cnn_finish(sums[0], sixteen, r ? r + n * p->r_stride + at + j * CNN_PANEL : NULL, pixels, p->function,
                 (float)p->alpha, y + j * CNN_PANEL);
    }
  }
}
