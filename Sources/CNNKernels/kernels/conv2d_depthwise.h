// A convolution with one kernel a channel, of activations in blocks of 16 channels: pixels times 16 channels in
// registers, a vector of x times a vector of weights.

#include "blocks.h"
#include "units.h"
#include "window.h"

enum {
  /// Units that a layer is divided into at least, where it has as many rows.
  DEPTHWISE_UNITS = 8
};

/// Parts of a channel block's rows.
static int64_t depthwise_parts(const cnn_conv2d_blocks_parameters *p) {
  const int64_t planes = cnn_max(1, p->batch * cnn_channel_blocks(p->channels));
  return cnn_max(1, cnn_min(p->out_height, (DEPTHWISE_UNITS + planes - 1) / planes));
}

static cnn_split cnn_conv2d_depthwise_split(const void *parameters) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const int64_t planes = p->batch * cnn_channel_blocks(p->channels), area = p->out_height * p->out_width;
  return (cnn_split){planes * depthwise_parts(p),
                     planes * area * (p->kernel_height * p->kernel_width + 4) * CNN_PANEL / (4 * CNN_LANES)};
}

/// The taps that some neighbouring pixels of a row share: rows of the window, and columns of it.
typedef struct {
  cnn_range rows, columns;
  int64_t row, column, kernel_width;  // floats of x from tap to tap, down and across
} depthwise_taps;

/// Adds one tap to neighbours whose pixels at it begin at x, `step` floats apart.
CNN_INLINE void depthwise_add_tap(const int pixels, const int64_t step, const float *x, const float *w,
                                  cnn_sums *sums) {
  CNN_UNROLL for (int v = 0; v < CNN_PANEL_VECTORS; v++) {
    const cnn_vector weight = cnn_load(w + v * CNN_LANES);
    CNN_UNROLL for (int p = 0; p < pixels; p++) sums->v[p][v] += cnn_load(x + p * step + v * CNN_LANES) * weight;
  }
}

/// `pixels` neighbours, whose windows begin at x, `step` floats apart; w is [tap][16]. `width` is the number of
/// columns of taps where that is constant, or 0.
CNN_INLINE void depthwise_tile(const int pixels, const int64_t step, const int width, const depthwise_taps *t,
                               const float *x, const float *w, const cnn_finish *finish, const float *r, float *y) {
  cnn_sums sums;
  cnn_sums_clear(pixels, 1, &sums);
  for (int64_t fy = t->rows.first; fy < t->rows.end; fy++) {
    const float *from = x + fy * t->row, *weights = w + fy * t->kernel_width * CNN_PANEL;
    CNN_UNROLL for (int fx = 0; fx < width; fx++)
      depthwise_add_tap(pixels, step, from + fx * t->column, weights + fx * CNN_PANEL, &sums);
    if (width > 0) continue;
    for (int64_t fx = t->columns.first; fx < t->columns.end; fx++)
      depthwise_add_tap(pixels, step, from + fx * t->column, weights + fx * CNN_PANEL, &sums);
  }
  cnn_sums_store(pixels, 1, &sums, finish, r, 0, y, 0);
}

/// Neighbours in any number, by whole tiles of `pixels`; returns how many.
CNN_INLINE int64_t depthwise_tiles(const int pixels, const int64_t step, const int width, int64_t count,
                                   const depthwise_taps *t, const float *x, const float *w,
                                   const cnn_finish *finish, const float *r, float *y) {
  int64_t i = 0;
  for (; i + pixels <= count; i += pixels)
    depthwise_tile(pixels, step, width, t, x + i * step, w, finish, r ? r + i * CNN_PANEL : NULL, y + i * CNN_PANEL);
  return i;
}

/// Neighbours in any number whose windows all have the taps t.
CNN_INLINE void depthwise_neighbours(const int64_t step, const int width, int64_t count, const depthwise_taps *t,
                                     const float *x, const float *w, const cnn_finish *finish, const float *r,
                                     float *y) {
  int64_t i = depthwise_tiles(CNN_PIXELS, step, width, count, t, x, w, finish, r, y);
  const int half = CNN_PIXELS > 3 ? CNN_PIXELS / 2 : 1;
  if (half > 1)
    i += depthwise_tiles(half, step, width, count - i, t, x + i * step, w, finish, r ? r + i * CNN_PANEL : NULL,
                         y + i * CNN_PANEL);
  depthwise_tiles(1, step, width, count - i, t, x + i * step, w, finish, r ? r + i * CNN_PANEL : NULL,
                  y + i * CNN_PANEL);
}

/// The windows and strides that most networks have with constants.
static __attribute__((noinline)) void depthwise_run(int64_t stride, int64_t count, const depthwise_taps *t,
                                                    const float *x, const float *w, const cnn_finish *finish,
                                                    const float *r, float *y) {
  const int has_three = t->columns.first == 0 && t->columns.end == 3;
  if (count == 1)
    depthwise_tiles(1, 0, 0, count, t, x, w, finish, r, y);
  else if (stride == 1 && has_three)
    depthwise_neighbours(CNN_PANEL, 3, count, t, x, w, finish, r, y);
  else if (stride == 2 && has_three)
    depthwise_neighbours(2 * CNN_PANEL, 3, count, t, x, w, finish, r, y);
  else if (stride == 1)
    depthwise_neighbours(CNN_PANEL, 0, count, t, x, w, finish, r, y);
  else
    depthwise_neighbours(stride * CNN_PANEL, 0, count, t, x, w, finish, r, y);
}

/// Row i of the outputs; x and w are the channel block's, r and y the row's.
static void depthwise_row(const cnn_window *w, int64_t out_width, int64_t i, const float *x, const float *weights,
                          const cnn_finish *finish, const float *r, float *y) {
  const int64_t top = i * w->stride_height - w->pad_top;
  depthwise_taps t = {.rows = cnn_inside(0, w->kernel_height, w->dilation_height, top, 0, w->height),
                      .row = w->dilation_height * w->width * CNN_PANEL, .column = w->dilation_width * CNN_PANEL,
                      .kernel_width = w->kernel_width};
  // The pixels whose windows lie between the image's left and right edge.
  cnn_range inner = cnn_inside(0, out_width, w->stride_width, -w->pad_left, 0,
                               w->width - (w->kernel_width - 1) * w->dilation_width);
  if (inner.first >= inner.end) inner.first = inner.end = out_width;
  for (int64_t j = 0; j < out_width;) {
    const int64_t left = j * w->stride_width - w->pad_left;
    const int is_inner = j >= inner.first && j < inner.end;
    const int64_t pixels = is_inner ? inner.end - j : 1;
    t.columns = is_inner ? (cnn_range){0, w->kernel_width}
                         : cnn_inside(0, w->kernel_width, w->dilation_width, left, 0, w->width);
    depthwise_run(w->stride_width, pixels, &t, x + (top * w->width + left) * CNN_PANEL, weights, finish,
                  r ? r + j * CNN_PANEL : NULL, y + j * CNN_PANEL);
    j += pixels;
  }
}

/// A unit is some rows of a channel block of an image.
CNN_KERNEL(conv2d_depthwise) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const cnn_window window = CNN_WINDOW(p);
  const int64_t parts = depthwise_parts(p), blocks = cnn_channel_blocks(p->channels);
  const int64_t row = p->out_width * CNN_PANEL;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t part = unit % parts, block = unit / parts % blocks, n = unit / parts / blocks;
    const float *x = (const float *)operands[1] + n * p->x_stride + block * p->height * p->width * CNN_PANEL;
    const float *w = (const float *)operands[2] + block * p->kernel_height * p->kernel_width * CNN_PANEL;
    const int64_t plane = block * p->out_height * row;
    const float *r = operands[4] ? (const float *)operands[4] + n * p->r_stride + plane : NULL;
    float *y = (float *)operands[0] + n * p->y_stride + plane;
    float bias[CNN_PANEL];
    cnn_copy_bias(operands[3], block * CNN_PANEL, p->channels, bias);
    const cnn_finish finish = {bias, p->function, (float)p->alpha};
    for (int64_t i = p->out_height * part / parts; i < p->out_height * (part + 1) / parts; i++)
      depthwise_row(&window, p->out_width, i, x, w, &finish, r ? r + i * row : NULL, y + i * row);
  }
}
