// A convolution filter by filter, tap by tap, over tiles of an output row: for depthwise layers and others
// with so few filters a group that nothing is worth copying.

#include "functions.h"
#include "geometry.h"
#include "units.h"

/// sums[j - begin] += the filter's window at output (row, j), for j in [begin, end).
static void conv2d_rows_accumulate(const cnn_conv2d_rows_parameters *p, const float *x, const float *w, int64_t row, int64_t begin, int64_t end,
                       float *sums) {
  for (int64_t c = 0; c < p->channels; c++) {
    for (int64_t fy = 0; fy < p->kernel_height; fy++) {
      const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
      if (iy < 0 || iy >= p->height) continue;
      const float *line = x + (c * p->height + iy) * p->width;
      const float *weights = w + (c * p->kernel_height + fy) * p->kernel_width;
      for (int64_t fx = 0; fx < p->kernel_width; fx++) {
        const int64_t offset = fx * p->dilation_width - p->pad_left, step = p->stride_width;
        const cnn_range range = cnn_inside(begin, end, step, offset, 0, p->width);
        const float weight = weights[fx];
        if (step == 1) {
          for (int64_t j = range.first; j < range.end; j++) sums[j - begin] += weight * line[j + offset];
        } else {
          for (int64_t j = range.first; j < range.end; j++)
            sums[j - begin] += weight * line[j * step + offset];
        }
      }
    }
  }
}

/// One output channel of one image.
static void conv2d_rows_filter(const cnn_conv2d_rows_parameters *p, const float *x, const float *w, float bias, const float *r, float *y) {
  float sums[CNN_TILE];
  for (int64_t row = 0; row < p->out_height; row++) {
    for (int64_t begin = 0; begin < p->out_width; begin += CNN_TILE) {
      const int64_t end = cnn_min(p->out_width, begin + CNN_TILE), place = row * p->out_width + begin;
      for (int64_t i = 0; i < end - begin; i++) sums[i] = bias;
      conv2d_rows_accumulate(p, x, w, row, begin, end, sums);
      if (r)
        for (int64_t i = 0; i < end - begin; i++) sums[i] += r[place + i];
      cnn_apply(p->function, (float)p->alpha, sums, y + place, end - begin);
    }
  }
}

CNN_SPLIT(conv2d_rows, p->batch * p->groups * p->filters,
          p->batch * p->groups * p->filters * p->channels * p->out_height * p->out_width *
              p->kernel_height * p->kernel_width / 8)

CNN_KERNEL(conv2d_rows) {
  const cnn_conv2d_rows_parameters *p = parameters;
  const float *w = operands[2], *bias = operands[3], *r = operands[4];
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  const int64_t area = p->kernel_height * p->kernel_width, filters = p->groups * p->filters;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / filters, i = unit % filters;
    const float *x = (const float *)operands[1] + n * p->x_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    const int64_t c = p->first_channel + i / p->filters * p->channels, k = p->first_filter + i;
    const float *weights = w + (k * p->weight_channels + p->first_channel) * area;
    conv2d_rows_filter(p, x + c * in, weights, bias ? bias[k] : 0, r ? r + n * p->r_stride + k * out : NULL,
                       y + k * out);
  }
}
