// The gradient of the weights of a convolution of whose squares the maxima are kept: of each filter, the sum over
// maxima of the maximum's gradient times what it has seen of the image.

#include "squares.h"
#include "units.h"

/// Filters of a unit. A call's units share the strips.
static int64_t squares_filters(squares_arguments p) { return cnn_min(8, (p->filters + 1) / 2); }

CNN_SPLIT(conv2d_pool_weight_gradient, (p->filters + squares_filters(p) - 1) / squares_filters(p),
          p->batch * p->filters * p->channels * p->out_height * p->out_width * p->kernel_height * p->kernel_width / 10)

/// An image's strips; `pixels` is room for what they are made of.
static void squares_fill(squares_arguments p, const squares *s, const float *x, float *pixels, float *strips) {
  const cnn_range rows = squares_inside(s->rows, p->pad_top, p->height);
  const cnn_range columns = squares_inside(s->columns, p->pad_left, p->width);
  const int64_t line = s->columns * p->channels, plane = p->height * p->width;
  for (int64_t i = 0; i < s->rows; i++) {
    float *to = pixels + i * line;
    if (i < rows.first || i >= rows.end || columns.first == columns.end) {
      cnn_clear(to, line);
      continue;
    }
    const float *from = x + (i - p->pad_top) * p->width + columns.first - p->pad_left;
    cnn_clear(to, columns.first * p->channels);
    to += columns.first * p->channels;
    if (p->channels == 1)
      cnn_copy_dense(from, columns.end - columns.first, to);
    else
      cnn_transpose(from, plane, columns.end - columns.first, p->channels, to, p->channels);
    to += (columns.end - columns.first) * p->channels;
    cnn_clear(to, (s->columns - columns.end) * p->channels);
  }
  cnn_clear(pixels + s->rows * line, SQUARES_GAP);
  // What a line's last vector has too much is written over by the next line, or lies in the gap.
  for (int64_t j = 0; j < p->out_width; j++)
    for (int64_t i = 0; i < s->rows; i++) {
      const float *from = pixels + i * line + 2 * j * p->channels;
      float *to = strips + j * s->strip + i * s->line;
      for (int64_t k = 0; k < s->line; k += CNN_LANES) cnn_store(to + k, cnn_load(from + k));
    }
  cnn_clear(strips + p->out_width * s->strip, SQUARES_GAP);
}

/// Where the windows of each square begin in the strips.
static void squares_set_starts(squares_arguments p, const squares *s, int32_t *starts) {
  for (int64_t i = 0; i < p->out_height; i++)
    for (int64_t j = 0; j < p->out_width; j++) *starts++ = (int32_t)(j * s->strip + 2 * i * s->line);
}

/// dw = the sums of a filter, which lie as the windows do.
static void squares_store(squares_arguments p, const squares *s, const float *sums, float *dw) {
  for (int64_t c = 0; c < p->channels; c++)
    for (int64_t fy = 0; fy < p->kernel_height; fy++)
      for (int64_t fx = 0; fx < p->kernel_width; fx++) *dw++ = sums[fy * s->line + fx * p->channels + c];
}

CNN_KERNEL(conv2d_pool_weight_gradient) {
  squares_arguments p = parameters;
  const squares s = squares_of(p);
  const int64_t window = p->kernel_height * s.line - p->channels, row = cnn_round_up(window, CNN_LANES);
  float pixels[SQUARES_FLOATS + 2 * SQUARES_GAP], strips[SQUARES_FLOATS + 2 * SQUARES_GAP], sums[SQUARES_FLOATS];
  int32_t starts[SQUARES_MAXIMA], places[SQUARES_MAXIMA];
  const int64_t most = squares_filters(p), filter = first * most, filters = cnn_min(end * most, p->filters) - filter;
  squares_set_starts(p, &s, starts);
  cnn_clear(sums, filters * row);
  for (int64_t n = 0; n < p->batch; n++) {
    const float *dy = (const float *)operands[2] + n * p->dy_stride + filter * s.maxima;
    const float *of = (const float *)operands[3] + n * p->places_stride + filter * s.maxima;
    squares_fill(p, &s, (const float *)operands[1] + n * p->x_stride, pixels, strips);
    for (int64_t f = 0; f < filters; f++, dy += s.maxima, of += s.maxima) {
      squares_find(&s, p->channels, of, starts, 0, 1, places);
      squares_add(window, s.maxima, 1, dy, places, strips, sums + f * row);
    }
  }
  for (int64_t f = 0; f < filters; f++)
    squares_store(p, &s, sums + f * row,
                  (float *)operands[0] + (filter + f) * p->channels * p->kernel_height * p->kernel_width);
}
