#include <math.h>

#include "geometry.h"
#include "cnn_kernels.h"

enum { MAX = 0, AVERAGE = 1, SUM = 2 };

typedef const cnn_pool2d_parameters *arguments;

/// values[j - begin] = the window at output (row, j), reduced, for j in [begin, end).
static void reduce(arguments p, const float *x, int64_t row, int64_t begin, int64_t end, float *values) {
  const int64_t step = p->stride_width;
  for (int64_t i = 0; i < end - begin; i++) values[i] = p->mode == MAX ? -INFINITY : 0;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
    if (iy < 0 || iy >= p->height) continue;
    const float *line = x + iy * p->width;
    for (int64_t fx = 0; fx < p->kernel_width; fx++) {
      const int64_t offset = fx * p->dilation_width - p->pad_left;
      const cnn_range range = cnn_inside(begin, end, step, offset, 0, p->width);
      if (p->mode == MAX) {
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
static int64_t counted_rows(arguments p, int64_t row) {
  int64_t count = 0;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
    count += iy >= -p->counted_top && iy < p->height + p->counted_bottom;
  }
  return count;
}

/// columns[j - begin] = columns of the window of output column j that count in the divisor.
static void count_columns(arguments p, int64_t begin, int64_t end, float *columns) {
  for (int64_t i = 0; i < end - begin; i++) columns[i] = 0;
  for (int64_t fx = 0; fx < p->kernel_width; fx++) {
    const cnn_range range =
        cnn_inside(begin, end, p->stride_width, fx * p->dilation_width - p->pad_left, -p->counted_left,
                   p->width + p->counted_right);
    for (int64_t j = range.first; j < range.end; j++) columns[j - begin] += 1;
  }
}

void cnn_pool2d(void *const *operands, const void *parameters) {
  arguments p = parameters;
  float values[CNN_TILE], columns[CNN_TILE];
  for (int64_t begin = 0; begin < p->out_width; begin += CNN_TILE) {
    const int64_t end = cnn_min(p->out_width, begin + CNN_TILE);
    count_columns(p, begin, end, columns);
    for (int64_t n = 0; n < p->batch; n++) {
      for (int64_t line = 0; line < p->channels * p->out_height; line++) {
        const int64_t c = line / p->out_height, row = line % p->out_height;
        const float *x = (const float *)operands[1] + n * p->x_stride + c * p->height * p->width;
        float *y = (float *)operands[0] + n * p->y_stride + line * p->out_width + begin;
        reduce(p, x, row, begin, end, values);
        const float rows = p->mode == AVERAGE ? (float)counted_rows(p, row) : 0;
        for (int64_t i = 0; i < end - begin; i++)
          y[i] = p->mode == AVERAGE ? values[i] / fmaxf(1, rows * columns[i]) : values[i];
      }
    }
  }
}
