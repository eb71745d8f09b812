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

/// `pixels` neighbours, whose windows begin at x, `step` floats apart; w is [tap][16].
CNN_INLINE void depthwise_tile_of(const int pixels, const int64_t step, const depthwise_taps *t, const float *x,
                                  const float *w, const cnn_finish *finish, const float *r, float *y) {
  cnn_sums sums;
  cnn_sums_clear(pixels, 1, &sums);
  for (int64_t fy = t->rows.first; fy < t->rows.end; fy++) {
    const float *from = x + fy * t->row + t->columns.first * t->column;
    const float *weights = w + (fy * t->kernel_width + t->columns.first) * CNN_PANEL;
    for (int64_t fx = t->columns.first; fx < t->columns.end; fx++) {
      CNN_UNROLL for (int v = 0; v < CNN_PANEL_VECTORS; v++) {
        const cnn_vector weight = cnn_load(weights + v * CNN_LANES);
        CNN_UNROLL for (int p = 0; p < pixels; p++)
          sums.v[p][v] += cnn_load(from + p * step + v * CNN_LANES) * weight;
      }
      from += t->column;
      weights += CNN_PANEL;
    }
  }
  cnn_sums_store(pixels, 1, &sums, finish, r, 0, y, 0);
}

/// The two strides that networks have with constant distances.
CNN_INLINE void depthwise_tile(const int pixels, const int panels, int64_t stride, const depthwise_taps *t,
                               const float *x, const float *w, const cnn_finish *finish, const float *r, float *y) {
  (void)panels;
  if (stride == 1)
    depthwise_tile_of(pixels, CNN_PANEL, t, x, w, finish, r, y);
  else if (stride == 2)
    depthwise_tile_of(pixels, 2 * CNN_PANEL, t, x, w, finish, r, y);
  else
    depthwise_tile_of(pixels, stride * CNN_PANEL, t, x, w, finish, r, y);
}

static __attribute__((noinline)) void depthwise_any_tile(int64_t pixels, int64_t stride, const depthwise_taps *t,
                                                         const float *x, const float *w, const cnn_finish *finish,
                                                         const float *r, float *y) {
  CNN_FOR_PIXELS(pixels, 1, depthwise_tile, stride, t, x, w, finish, r, y)
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
  const int64_t tiles = cnn_pixel_tiles(inner.end - inner.first);
  for (int64_t j = 0, tile = 0; j < out_width;) {
    const int64_t left = j * w->stride_width - w->pad_left;
    int64_t pixels = 1;
    if (j < inner.first || j >= inner.end) {
      t.columns = cnn_inside(0, w->kernel_width, w->dilation_width, left, 0, w->width);
    } else {
      t.columns = (cnn_range){0, w->kernel_width};
      tile++;
      pixels = inner.first + cnn_pixel_tile_at(inner.end - inner.first, tiles, tile) - j;
    }
    depthwise_any_tile(pixels, w->stride_width, &t, x + (top * w->width + left) * CNN_PANEL, weights, finish,
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
