// Pooling; the gradient shares what tells the common case apart.

#ifndef CNN_POOL2D_H
#define CNN_POOL2D_H

#include "pool2d_halve.h"
#include "tile.h"
#include "units.h"

enum { POOL_MAX = 0, POOL_AVERAGE = 1, POOL_SUM = 2 };

/// Whether windows are the disjoint squares of two by two that most networks have.
#define POOL_IS_HALVING(p)                                                                         \
  ((p)->kernel_height == 2 && (p)->kernel_width == 2 && (p)->stride_height == 2 &&                 \
   (p)->stride_width == 2 && (p)->dilation_height == 1 && (p)->dilation_width == 1 &&              \
   (p)->pad_top == 0 && (p)->pad_left == 0 && 2 * (p)->out_height <= (p)->height &&                \
   2 * (p)->out_width <= (p)->width)

/// values[j - begin] = the window at output (row, j), reduced, for j in [begin, end).
static void pool2d_row(const cnn_pool2d_parameters *p, const float *x, int64_t row, int64_t begin, int64_t end, float *values) {
  const int64_t step = p->stride_width;
  for (int64_t i = 0; i < end - begin; i++) values[i] = p->mode == POOL_MAX ? -INFINITY : 0;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
    if (iy < 0 || iy >= p->height) continue;
    const float *line = x + iy * p->width;
    for (int64_t fx = 0; fx < p->kernel_width; fx++) {
      const int64_t offset = fx * p->dilation_width - p->pad_left;
      const cnn_range range = cnn_inside(begin, end, step, offset, 0, p->width);
      if (p->mode == POOL_MAX) {
        for (int64_t j = range.first; j < range.end; j++) {
          const float v = line[j * step + offset], best = values[j - begin];
          values[j - begin] = v > best || v != v ? v : best;
        }
      } else {
        for (int64_t j = range.first; j < range.end; j++) values[j - begin] += line[j * step + offset];
      }
    }
  }
}

/// Rows of the window of output row `row` that count in the divisor.
static int64_t pool2d_counted_rows(const cnn_pool2d_parameters *p, int64_t row) {
  int64_t count = 0;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
    count += iy >= -p->counted_top && iy < p->height + p->counted_bottom;
  }
  return count;
}

/// columns[j - begin] = columns of the window of output column j that count in the divisor.
static void pool2d_count_columns(const cnn_pool2d_parameters *p, int64_t begin, int64_t end, float *columns) {
  for (int64_t i = 0; i < end - begin; i++) columns[i] = 0;
  for (int64_t fx = 0; fx < p->kernel_width; fx++) {
    const cnn_range range =
        cnn_inside(begin, end, p->stride_width, fx * p->dilation_width - p->pad_left, -p->counted_left,
                   p->width + p->counted_right);
    for (int64_t j = range.first; j < range.end; j++) columns[j - begin] += 1;
  }
}

/// All windows of a plane.
static void pool2d_plane(const cnn_pool2d_parameters *p, const float *x, float *y) {
  float values[CNN_TILE], columns[CNN_TILE];
  for (int64_t begin = 0; begin < p->out_width; begin += CNN_TILE) {
    const int64_t end = cnn_min(p->out_width, begin + CNN_TILE);
    if (p->mode == POOL_AVERAGE) pool2d_count_columns(p, begin, end, columns);
    for (int64_t row = 0; row < p->out_height; row++) {
      float *to = y + row * p->out_width + begin;
      pool2d_row(p, x, row, begin, end, values);
      const float rows = p->mode == POOL_AVERAGE ? (float)pool2d_counted_rows(p, row) : 0;
      for (int64_t i = 0; i < end - begin; i++)
        to[i] = p->mode == POOL_AVERAGE ? values[i] / fmaxf(1, rows * columns[i]) : values[i];
    }
  }
}

CNN_SPLIT(pool2d, p->batch * p->channels,
          p->batch * p->channels * p->out_height * p->out_width * (p->kernel_height * p->kernel_width + 4) / 4)

CNN_KERNEL(pool2d) {
  const cnn_pool2d_parameters *p = parameters;
  const int halves = p->mode == POOL_MAX && POOL_IS_HALVING(p);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * p->height * p->width;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->out_height * p->out_width;
    if (halves)
      pool2d_halve(p, x, y);
    else
      pool2d_plane(p, x, y);
  }
}

#endif
