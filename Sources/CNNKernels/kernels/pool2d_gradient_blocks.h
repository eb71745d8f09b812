// The gradient of pooling, of blocks. A unit is a block of an image, whose rows become zero just before the first
// window reaches them, while they are in the cache.

#include "pool2d_gradient.h"
#include "sixteen.h"

typedef int32_t pool_numbers __attribute__((ext_vector_type(CNN_LANES)));

/// What a window has read: the part of it that lies inside the image.
typedef struct {
  int64_t rows, columns;
  int64_t row_step, column_step;  // in floats
} pool_gradient_taps;

/// Adds d to each channel's first maximum of the window, row-major, where the last not-a-number wins.
static void pool_gradient_to_maxima(const pool_gradient_taps *taps, const float *x, const float *d, float *dx) {
  if (taps->rows <= 0 || taps->columns <= 0) return;
  cnn_sixteen best = cnn_load_sixteen(x);
  pool_numbers at[CNN_PANEL_VECTORS];
  CNN_EACH_PART(part) at[part] = (pool_numbers)(0);
  int32_t tap = 0;
  for (int64_t fy = 0; fy < taps->rows; fy++) {
    for (int64_t fx = 0; fx < taps->columns; fx++, tap++) {
      if (tap == 0) continue;
      const float *from = x + fy * taps->row_step + fx * taps->column_step;
      CNN_EACH_PART(part) {
        const cnn_vector v = cnn_load(from + part * CNN_LANES), old = best.part[part];
        const pool_numbers wins = (v > old) | (v != v);
        best.part[part] = wins ? v : old;
        at[part] = wins ? (pool_numbers)(tap) : at[part];
      }
    }
  }
  tap = 0;
  for (int64_t fy = 0; fy < taps->rows; fy++) {
    for (int64_t fx = 0; fx < taps->columns; fx++, tap++) {
      float *to = dx + fy * taps->row_step + fx * taps->column_step;
      CNN_EACH_PART(part) {
        const cnn_vector share = at[part] == (pool_numbers)(tap) ? cnn_load(d + part * CNN_LANES) : (cnn_vector)(0);
        cnn_store(to + part * CNN_LANES, cnn_load(to + part * CNN_LANES) + share);
      }
    }
  }
}

/// Adds d / divisor to all that the window has read.
static void pool_gradient_to_all(const pool_gradient_taps *taps, float divisor, const float *d, float *dx) {
  cnn_sixteen share = cnn_load_sixteen(d);
  CNN_EACH_PART(part) share.part[part] /= (cnn_vector)(divisor);
  for (int64_t fy = 0; fy < taps->rows; fy++) {
    float *to = dx + fy * taps->row_step;
    for (int64_t fx = 0; fx < taps->columns; fx++, to += taps->column_step)
      CNN_EACH_PART(part)
        cnn_store(to + part * CNN_LANES, cnn_load(to + part * CNN_LANES) + share.part[part]);
  }
}

/// Taps of a window's axis that count in an average's divisor.
static int64_t pool_gradient_counted(int64_t start, int64_t taps, int64_t dilation, int64_t low, int64_t high) {
  const cnn_range range = cnn_inside(0, taps, dilation, start, low, high);
  return cnn_max(0, range.end - range.first);
}

/// All windows of an output row of a block; x is NULL but for maxima.
static void pool_gradient_blocks_row(const cnn_pool2d_gradient_parameters *p, int64_t row, const float *x,
                                     const float *dy, float *dx) {
  const int64_t top = row * p->stride_height - p->pad_top;
  const cnn_range lines = cnn_inside(0, p->kernel_height, p->dilation_height, top, 0, p->height);
  pool_gradient_taps taps = {.rows = lines.end - lines.first,
                             .row_step = p->dilation_height * p->width * CNN_PANEL,
                             .column_step = p->dilation_width * CNN_PANEL};
  const int64_t counted_rows = pool_gradient_counted(top, p->kernel_height, p->dilation_height, -p->counted_top,
                                                     p->height + p->counted_bottom);
  for (int64_t j = 0; j < p->out_width; j++) {
    const int64_t left = j * p->stride_width - p->pad_left;
    const cnn_range columns = cnn_inside(0, p->kernel_width, p->dilation_width, left, 0, p->width);
    const float *d = dy + (row * p->out_width + j) * CNN_PANEL;
    taps.columns = columns.end - columns.first;
    const int64_t place = ((top + lines.first * p->dilation_height) * p->width + left +
                           columns.first * p->dilation_width) * CNN_PANEL;
    if (taps.rows <= 0 || taps.columns <= 0) continue;
    if (p->mode == POOL_MAX) {
      pool_gradient_to_maxima(&taps, x + place, d, dx + place);
    } else {
      const int64_t counted = p->mode == POOL_AVERAGE
                                  ? counted_rows * pool_gradient_counted(left, p->kernel_width, p->dilation_width,
                                                                         -p->counted_left, p->width + p->counted_right)
                                  : 1;
      pool_gradient_to_all(&taps, (float)cnn_max(1, counted), d, dx + place);
    }
  }
}

CNN_SPLIT(pool2d_gradient_blocks, p->batch * cnn_channel_blocks(p->channels),
          p->batch * cnn_channel_blocks(p->channels) *
              (p->height * p->width * 4 + p->out_height * p->out_width * p->kernel_height * p->kernel_width * 2))

CNN_KERNEL(pool2d_gradient_blocks) {
  const cnn_pool2d_gradient_blocks_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels), line = p->width * CNN_PANEL;
  const int64_t in = p->height * line, out = p->out_height * p->out_width * CNN_PANEL;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / blocks, block = unit % blocks;
    float *dx = (float *)operands[0] + n * p->dx_stride + block * in;
    const float *dy = (const float *)operands[1] + n * p->dy_stride + block * out;
    const float *x = p->mode == POOL_MAX ? (const float *)operands[2] + n * p->x_stride + block * in : NULL;
    int64_t cleared = 0;
    for (int64_t row = 0; row <= p->out_height; row++) {
      const int64_t reach = row * p->stride_height - p->pad_top + (p->kernel_height - 1) * p->dilation_height + 1;
      const int64_t next = row == p->out_height ? p->height : cnn_min(p->height, reach);
      if (next > cleared) memset(dx + cleared * line, 0, (size_t)((next - cleared) * line) * sizeof(float));
      cleared = cnn_max(cleared, next);
      if (row < p->out_height) pool_gradient_blocks_row(p, row, x, dy, dx);
    }
  }
}
