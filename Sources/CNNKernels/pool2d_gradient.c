#include <math.h>
#include <string.h>

#include "cnn_kernels.h"
#include "window.h"

enum { MAX = 0, AVERAGE = 1, SUM = 2 };

typedef const cnn_pool2d_gradient_parameters *arguments;

/// Where all of a window is padding.
static const int32_t EMPTY = INT32_MIN;

/// best[i] and places[i] become values[i] and first + i * step where that wins. Separate arrays of one width,
/// so that the loop vectorises.
static void compare(const float *restrict values, int32_t first, int32_t step, int64_t count,
                    float *restrict best, int32_t *restrict places) {
  for (int32_t i = 0; i < (int32_t)count; i++) {
    const float v = values[i], old = best[i];
    const int32_t place = places[i];
    const int wins = (v > old) | (v != v) | (place == EMPTY);
    best[i] = wins ? v : old;
    places[i] = wins ? first + i * step : place;
  }
}

/// places[j - begin] = the place of the first maximum of the window at output (row, j), counted from the
/// start of the row of the plane that the window begins in.
static void find_maxima(const cnn_window *w, const float *plane, int64_t row, int64_t begin, int64_t end,
                        int32_t *places) {
  float best[CNN_TILE], values[CNN_TILE];
  const int64_t top = row * w->stride_height - w->pad_top, step = w->stride_width;
  for (int64_t i = 0; i < end - begin; i++) {
    best[i] = -INFINITY;
    places[i] = EMPTY;
  }
  const cnn_range rows = cnn_inside(0, w->kernel_height, w->dilation_height, top, 0, w->height);
  for (int64_t fy = rows.first; fy < rows.end; fy++) {
    const int64_t down = fy * w->dilation_height;
    const float *line = plane + (top + down) * w->width;
    for (int64_t fx = 0; fx < w->kernel_width; fx++) {
      const int64_t offset = fx * w->dilation_width - w->pad_left;
      const cnn_range columns = cnn_inside(begin, end, step, offset, 0, w->width);
      const int64_t count = columns.end - columns.first, place = columns.first - begin;
      if (count <= 0) continue;
      const int64_t first = columns.first * step + offset;
      for (int64_t i = 0; i < count; i++) values[i] = line[first + i * step];
      compare(values, (int32_t)(down * w->width + first), (int32_t)step, count, best + place, places + place);
    }
  }
}

static void spread_to_maxima(const cnn_window *w, const float *x, const float *dy, int64_t row,
                             int64_t begin, int64_t end, float *dx) {
  int32_t places[CNN_TILE];
  find_maxima(w, x, row, begin, end, places);
  const int64_t start = (row * w->stride_height - w->pad_top) * w->width;
  for (int64_t i = 0; i < end - begin; i++)
    if (places[i] != EMPTY) dx[start + places[i]] += dy[i];
}

/// Adds values[j - begin] to all that the window at output (row, j) has read.
static void spread_evenly(const cnn_window *w, const float *values, int64_t row, int64_t begin, int64_t end,
                          float *dx) {
  const int64_t top = row * w->stride_height - w->pad_top, step = w->stride_width;
  const cnn_range rows = cnn_inside(0, w->kernel_height, w->dilation_height, top, 0, w->height);
  for (int64_t fx = 0; fx < w->kernel_width; fx++) {
    const int64_t offset = fx * w->dilation_width - w->pad_left;
    const cnn_range columns = cnn_inside(begin, end, step, offset, 0, w->width);
    for (int64_t fy = rows.first; fy < rows.end; fy++) {
      float *line = dx + (top + fy * w->dilation_height) * w->width;
      for (int64_t j = columns.first; j < columns.end; j++) line[j * step + offset] += values[j - begin];
    }
  }
}

/// dy divided by what the forward sums were divided by.
static void divide(arguments p, const float *dy, int64_t row, int64_t begin, int64_t end, float *values) {
  const cnn_range rows =
      cnn_inside(0, p->kernel_height, p->dilation_height, row * p->stride_height - p->pad_top,
                 -p->counted_top, p->height + p->counted_bottom);
  for (int64_t j = begin; j < end; j++) {
    const cnn_range columns =
        cnn_inside(0, p->kernel_width, p->dilation_width, j * p->stride_width - p->pad_left,
                   -p->counted_left, p->width + p->counted_right);
    const int64_t count =
        cnn_max(0, rows.end - rows.first) * cnn_max(0, columns.end - columns.first);
    values[j - begin] = dy[j - begin] / (float)cnn_max(1, count);
  }
}

void cnn_pool2d_gradient(void *const *operands, const void *parameters) {
  arguments p = parameters;
  const cnn_window window = CNN_WINDOW(p);
  const int64_t in = p->height * p->width;
  float values[CNN_TILE];
  for (int64_t n = 0; n < p->batch; n++) {
    float *image = (float *)operands[0] + n * p->dx_stride;
    memset(image, 0, (size_t)(p->channels * in) * sizeof(float));
    for (int64_t line = 0; line < p->channels * p->out_height; line++) {
      const int64_t c = line / p->out_height, row = line % p->out_height;
      float *dx = image + c * in;
      for (int64_t begin = 0; begin < p->out_width; begin += CNN_TILE) {
        const int64_t end = cnn_min(p->out_width, begin + CNN_TILE);
        const float *dy =
            (const float *)operands[1] + n * p->dy_stride + line * p->out_width + begin;
        if (p->mode == MAX) {
          const float *x = (const float *)operands[2] + n * p->x_stride + c * in;
          spread_to_maxima(&window, x, dy, row, begin, end, dx);
        } else if (p->mode == AVERAGE) {
          divide(p, dy, row, begin, end, values);
          spread_evenly(&window, values, row, begin, end, dx);
        } else {
          spread_evenly(&window, dy, row, begin, end, dx);
        }
      }
    }
  }
}
