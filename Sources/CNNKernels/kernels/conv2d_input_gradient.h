// The gradient of a convolution's input, gathered: the rows i of dx with the same (i + pad) modulo the stride
// are reached by the same taps, from neighbouring rows of dy, and columns likewise. So each such phase is a
// convolution of dy with stride 1, with the weights of its taps in reverse, channels and filters exchanged.

#include "convolution.h"
#include "phases.h"

CNN_SPLIT(conv2d_transpose_weights, p->groups * p->channels,
          p->groups * p->channels * p->filters * p->kernel_height * p->kernel_width)

// A unit is one channel. The phases lie one after the other, as the gradient's kernel takes them.
CNN_KERNEL(conv2d_transpose_weights) {
  const cnn_conv2d_transpose_weights_parameters *p = parameters;
  const int64_t area = p->kernel_height * p->kernel_width;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t g = unit / p->channels, c = unit % p->channels;
    const float *w = (const float *)operands[1] + (g * p->filters * p->channels + c) * area;
    float *phase = operands[0];
    for (int64_t i = 0; i < GRADIENT_ROW_PHASES(p); i++) {
      const gradient_taps rows = GRADIENT_ROWS(p, i);
      for (int64_t j = 0; j < GRADIENT_COLUMN_PHASES(p); j++) {
        const gradient_taps columns = GRADIENT_COLUMNS(p, j);
        float *to = phase + unit * p->filters * rows.count * columns.count;
        phase += p->groups * p->channels * p->filters * rows.count * columns.count;
        for (int64_t k = 0; k < p->filters; k++)
          for (int64_t y = 0; y < rows.count; y++)
            for (int64_t x = 0; x < columns.count; x++)
              *to++ = w[k * p->channels * area + (rows.last - y * rows.step) * p->kernel_width +
                        columns.last - x * columns.step];
      }
    }
  }
}

typedef const cnn_conv2d_input_gradient_parameters *input_gradient_arguments;

/// The convolution of phase (i, j); the kernel is empty where no tap reaches it.
static cnn_convolution input_gradient_phase(input_gradient_arguments p, int64_t i, int64_t j) {
  const gradient_taps rows = GRADIENT_ROWS(p, i), columns = GRADIENT_COLUMNS(p, j);
  return (cnn_convolution){
      .batch = p->batch, .x_stride = p->dy_stride, .y_stride = p->dx_stride, .groups = p->groups,
      .channels = p->filters, .filters = p->channels, .w_stride = p->filters * rows.count * columns.count,
      .window = {.height = p->out_height, .width = p->out_width, .kernel_height = rows.count,
                 .kernel_width = columns.count, .stride_height = 1, .stride_width = 1,
                 .dilation_height = rows.dilation, .dilation_width = columns.dilation,
                 .pad_top = -rows.offset, .pad_left = -columns.offset},
      .out_height = (p->height - i + p->stride_height - 1) / p->stride_height,
      .out_width = (p->width - j + p->stride_width - 1) / p->stride_width,
      .y_plane = p->height * p->width, .y_row = p->stride_height * p->width, .y_column = p->stride_width,
      .function = CNN_IDENTITY};
}

/// Without taps there is nothing to tile: one channel of one image is a unit.
static int64_t input_gradient_units(const cnn_convolution *c, cnn_tiling *t) {
  if (c->out_height <= 0 || c->out_width <= 0) return 0;
  if (c->window.kernel_height * c->window.kernel_width == 0) return c->batch * c->groups * c->filters;
  *t = convolution_tiling(c);
  return convolution_units(c, t);
}

static cnn_split cnn_conv2d_input_gradient_split(const void *parameters) {
  input_gradient_arguments p = parameters;
  cnn_split split = {0, 0};
  for (int64_t i = 0; i < GRADIENT_ROW_PHASES(p); i++) {
    for (int64_t j = 0; j < GRADIENT_COLUMN_PHASES(p); j++) {
      const cnn_convolution c = input_gradient_phase(p, i, j);
      cnn_tiling t;
      split.units += input_gradient_units(&c, &t);
      split.work += convolution_work(&c);
    }
  }
  return split;
}

/// The elements that no tap reaches.
static void input_gradient_clear(const cnn_convolution *c, int64_t first, int64_t end) {
  const int64_t channels = c->groups * c->filters;
  for (int64_t unit = first; unit < end; unit++) {
    float *dx = c->y + unit / channels * c->y_stride + unit % channels * c->y_plane;
    for (int64_t i = 0; i < c->out_height; i++)
      for (int64_t j = 0; j < c->out_width; j++) dx[i * c->y_row + j * c->y_column] = 0;
  }
}

CNN_KERNEL(conv2d_input_gradient) {
  input_gradient_arguments p = parameters;
  const float *w = operands[2];
  int64_t before = 0;
  for (int64_t i = 0; i < GRADIENT_ROW_PHASES(p); i++) {
    for (int64_t j = 0; j < GRADIENT_COLUMN_PHASES(p); j++) {
      cnn_convolution c = input_gradient_phase(p, i, j);
      cnn_tiling t;
      c.x = operands[1];
      c.w = w;
      c.y = (float *)operands[0] + i * p->width + j;
      w += p->groups * p->channels * c.w_stride;
      const int64_t units = input_gradient_units(&c, &t);
      const int64_t from = cnn_max(first - before, 0), to = cnn_min(end - before, units);
      before += units;
      if (from >= to) continue;
      if (c.w_stride == 0)
        input_gradient_clear(&c, from, to);
      else
        cnn_convolve(&c, &t, from, to);
    }
  }
}
