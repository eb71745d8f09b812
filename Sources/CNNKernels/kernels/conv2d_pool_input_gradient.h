// The gradient of the input of a convolution of whose squares the maxima are kept: each square's windows are the sum
// over filters of the maximum's gradient times the filter's weights, which lie where the maximum was.

#include "squares.h"
#include "units.h"

CNN_SPLIT(conv2d_pool_input_gradient, p->batch,
          p->batch * p->filters * p->channels * p->out_height * p->out_width * p->kernel_height * p->kernel_width / 10)

/// Floats of a filter's run: zeros for the line and the column before its weights, and behind them.
static int64_t squares_run(const squares *s, squares_arguments p) {
  return s->line + p->channels + (p->kernel_height + 1) * s->line + SQUARES_GAP;
}

/// Lays filters' weights [filters][channels][taps] as a square's windows lie; a run from s->line + channels on is
/// what adds to a square whose upper left output was the maximum.
static void squares_set_weights(squares_arguments p, const squares *s, const float *w, float *runs) {
  const int64_t run = squares_run(s, p), taps = p->kernel_height * p->kernel_width;
  memset(runs, 0, (size_t)(p->filters * run) * sizeof(float));
  for (int64_t f = 0; f < p->filters; f++)
    for (int64_t c = 0; c < p->channels; c++)
      for (int64_t tap = 0; tap < taps; tap++)
        runs[f * run + s->line + p->channels + tap / p->kernel_width * s->line +
             tap % p->kernel_width * p->channels + c] = *w++;
}

/// Adds up an image's strips, which overlap, and takes it apart into channels; `pixels` is room for it.
static void squares_gather(squares_arguments p, const squares *s, const float *strips, float *pixels, float *dx) {
  const cnn_range rows = squares_inside(s->rows, p->pad_top, p->height);
  const cnn_range columns = squares_inside(s->columns, p->pad_left, p->width);
  const int64_t line = s->columns * p->channels, plane = p->height * p->width;
  memset(pixels, 0, (size_t)(s->rows * line) * sizeof(float));
  for (int64_t j = 0; j < p->out_width; j++)
    for (int64_t i = rows.first; i < rows.end; i++) {
      const float *from = strips + j * s->strip + i * s->line;
      float *to = pixels + i * line + 2 * j * p->channels;
      int64_t k = 0;
      for (; k + CNN_LANES <= s->line; k += CNN_LANES) cnn_store(to + k, cnn_load(to + k) + cnn_load(from + k));
      for (; k + 4 <= s->line; k += 4) cnn_store_four(to + k, cnn_load_four(to + k) + cnn_load_four(from + k));
      for (; k < s->line; k++) to[k] += from[k];
    }
  if (rows.end - rows.first < p->height || columns.end - columns.first < p->width)
    memset(dx, 0, (size_t)(p->channels * plane) * sizeof(float));
  for (int64_t i = rows.first; i < rows.end && columns.first < columns.end; i++) {
    float *to = dx + (i - p->pad_top) * p->width + columns.first - p->pad_left;
    cnn_transpose(pixels + i * line + columns.first * p->channels, p->channels, p->channels,
                      columns.end - columns.first, to, plane);
  }
}

CNN_KERNEL(conv2d_pool_input_gradient) {
  squares_arguments p = parameters;
  const squares s = squares_of(p);
  const int64_t window = (p->kernel_height + 1) * s.line, run = squares_run(&s, p);
  float pixels[SQUARES_FLOATS + SQUARES_GAP], strips[SQUARES_FLOATS + SQUARES_GAP], runs[SQUARES_FLOATS];
  int32_t places[SQUARES_FLOATS];
  squares_set_weights(p, &s, operands[3], runs);
  for (int64_t n = first; n < end; n++) {
    const float *dy = (const float *)operands[1] + n * p->dy_stride;
    const float *of = (const float *)operands[2] + n * p->places_stride;
    for (int64_t f = 0; f < p->filters; f++)
      squares_find(&s, p->channels, of + f * s.maxima, NULL, (int32_t)(f * run + s.line + p->channels), -1,
                   places + f * s.maxima);
    memset(strips, 0, (size_t)(p->out_width * s.strip) * sizeof(float));
    for (int64_t i = 0; i < p->out_height; i++)
      for (int64_t j = 0; j < p->out_width; j++) {
        const int64_t maximum = i * p->out_width + j;
        squares_add(window, p->filters, s.maxima, dy + maximum, places + maximum, runs,
                    strips + j * s.strip + 2 * i * s.line);
      }
    squares_gather(p, &s, strips, pixels, (float *)operands[0] + n * p->x_stride);
  }
}
