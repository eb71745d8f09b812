// A convolution with one kernel a channel, of activations in blocks of 16 channels. A unit is a row of outputs of a block.

#include "finish.h"
#include "../kernels/units.h"

CNN_SPLIT(conv2d_depthwise, p->batch * cnn_channel_blocks(p->channels) * p->out_height,
          p->batch * p->channels * p->out_height * p->out_width * (p->kernel_height * p->kernel_width + 4) / 8)

/// The sums of one output, whose window begins at row `top` and column `left` of a block's plane.
static void depthwise_pixel(const cnn_conv2d_blocks_parameters *p, const float *x, const float *w, int64_t top,
                            int64_t left, float to[CNN_PANEL]) {
  cnn_sixteen sum = cnn_fill_sixteen(0);
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = top + fy * p->dilation_height;
    if (iy < 0 || iy >= p->height) continue;
    for (int64_t fx = 0; fx < p->kernel_width; fx++) {
      const int64_t ix = left + fx * p->dilation_width;
      if (ix < 0 || ix >= p->width) continue;
      const float *values = x + (iy * p->width + ix) * CNN_PANEL;
      const float *weights = w + (fy * p->kernel_width + fx) * CNN_PANEL;
      CNN_EACH_PART(i)
        sum.part[i] += cnn_load_part(values + i * CNN_PART) * cnn_load_part(weights + i * CNN_PART);
    }
  }
  cnn_store_sixteen(to, sum);
}

CNN_KERNEL(conv2d_depthwise) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  const float *r = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, block = unit / p->out_height % blocks, n = unit / p->out_height / blocks;
    const float *x = (const float *)operands[1] + n * p->x_stride + block * p->height * p->width * CNN_PANEL;
    const float *w = (const float *)operands[2] + block * p->kernel_height * p->kernel_width * CNN_PANEL;
    const int64_t at = (block * p->out_height + row) * p->out_width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + at;
    float sixteen[CNN_PANEL], sums[CNN_PANEL];
    cnn_copy_bias(operands[3], block * CNN_PANEL, p->filters, sixteen);
    for (int64_t j = 0; j < p->out_width; j++) {
      depthwise_pixel(p, x, w, row * p->stride_height - p->pad_top, j * p->stride_width - p->pad_left, sums);
      cnn_finish(sums, sixteen, r ? r + n * p->r_stride + at + j * CNN_PANEL : NULL, 1, p->function, (float)p->alpha,
                 y + j * CNN_PANEL);
    }
  }
}
