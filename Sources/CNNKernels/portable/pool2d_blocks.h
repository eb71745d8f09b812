// Pooling of blocks: the lanes are channels. A unit is a row of outputs of a block.

#include "lanes.h"
#include "pool2d_halve.h"
#include "../kernels/pool2d.h"

CNN_SPLIT(pool2d_blocks, p->batch * cnn_channel_blocks(p->channels) * p->out_height,
          p->batch * p->channels * p->out_height * p->out_width * (p->kernel_height * p->kernel_width + 2) / 4)

/// One window, whose first element lies at row `top` and column `left` of a block's plane.
static void pool_window(const cnn_pool2d_parameters *p, const float *x, int64_t top, int64_t left,
                        float values[CNN_PANEL]) {
  for (int i = 0; i < CNN_PANEL; i++) values[i] = p->mode == POOL_MAX ? -INFINITY : 0;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = top + fy * p->dilation_height;
    if (iy < 0 || iy >= p->height) continue;
    for (int64_t fx = 0; fx < p->kernel_width; fx++) {
      const int64_t ix = left + fx * p->dilation_width;
      if (ix < 0 || ix >= p->width) continue;
      const float *v = x + (iy * p->width + ix) * CNN_PANEL;
      if (p->mode == POOL_MAX)
        for (int i = 0; i < CNN_PANEL; i++) values[i] = cnn_larger(values[i], v[i]);
      else
        for (int i = 0; i < CNN_PANEL; i++) values[i] += v[i];
    }
  }
}

CNN_KERNEL(pool2d_blocks) {
  const cnn_pool2d_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, block = unit / p->out_height % blocks, n = unit / p->out_height / blocks;
    const float *x = (const float *)operands[1] + n * p->x_stride + block * p->height * p->width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + (block * p->out_height + row) * p->out_width * CNN_PANEL;
    const int64_t rows = p->mode == POOL_AVERAGE ? pool2d_counted_rows(p, row) : 0;
    for (int64_t j = 0; j < p->out_width; j++) {
      float values[CNN_PANEL], columns = 0;
      pool_window(p, x, row * p->stride_height - p->pad_top, j * p->stride_width - p->pad_left, values);
      if (p->mode == POOL_AVERAGE) {
        pool2d_count_columns(p, j, j + 1, &columns);
        for (int i = 0; i < CNN_PANEL; i++) values[i] /= fmaxf(1, (float)rows * columns);
      }
      memcpy(y + j * CNN_PANEL, values, sizeof values);
    }
  }
}
