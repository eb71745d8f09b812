// Pooling of blocks: the lanes are channels, so that any window is read with whole vectors.

#include "sixteen.h"
#include "pool2d.h"
#include "units.h"

enum {
  POOL_REGISTERS = CNN_TILE_ROWS * CNN_TILE_VECTORS / CNN_PANEL_VECTORS,
  POOL_PIXELS = POOL_REGISTERS < 4 ? POOL_REGISTERS : 4,  // windows that are reduced together
  POOL_BAND = 256                                         // outputs that a unit of work has, roughly
};

/// What windows read: the part of them that lies inside the image, of the first of them and the others alike.
typedef struct {
  const float *x;                             // the first element of the first window
  int64_t rows, columns;
  int64_t row_step, column_step, pixel_step;  // from tap to tap, and from window to window
} pool_taps;

/// The reductions of `count` windows, as many as are stated constantly.
CNN_INLINE void pool_reduce(const int count, const int largest, const pool_taps *taps, cnn_sixteen *values) {
  CNN_UNROLL for (int i = 0; i < count; i++) values[i] = cnn_fill_sixteen(largest ? -INFINITY : 0);
  for (int64_t fy = 0; fy < taps->rows; fy++) {
    const float *x = taps->x + fy * taps->row_step;
    for (int64_t fx = 0; fx < taps->columns; fx++, x += taps->column_step) {
      CNN_UNROLL for (int i = 0; i < count; i++) {
        const cnn_sixteen v = cnn_load_sixteen(x + i * taps->pixel_step);
        CNN_EACH_PART(part)
          values[i].part[part] = largest ? cnn_larger(values[i].part[part], v.part[part])
                                         : values[i].part[part] + v.part[part];
      }
    }
  }
}

/// Stores `count` windows; columns is NULL but for averages.
CNN_INLINE void pool_store(const int count, const cnn_sixteen *values, float rows, const float *columns, float *y) {
  CNN_UNROLL for (int i = 0; i < count; i++) {
    cnn_sixteen v = values[i];
    if (columns != NULL) CNN_EACH_PART(part) v.part[part] /= (cnn_vector)(fmaxf(1, rows * columns[i]));
    cnn_store_sixteen(y + i * CNN_PANEL, v);
  }
}

/// `count` neighbouring windows that lie inside the image, or are clipped alike.
CNN_INLINE void pool_windows(const int count, int64_t mode, const pool_taps *taps, float rows,
                             const float *columns, float *y) {
  cnn_sixteen values[POOL_PIXELS];
  if (mode == POOL_MAX)
    pool_reduce(count, 1, taps, values);
  else
    pool_reduce(count, 0, taps, values);
  pool_store(count, values, rows, columns, y);
}

/// The taps of a window's axis that lie inside the image: `start` is where its first one lies.
static inline cnn_range pool_clip(int64_t start, int64_t taps, int64_t dilation, int64_t length) {
  const cnn_range range = {cnn_min(taps, cnn_steps(-start, dilation)),
                           cnn_min(taps, cnn_steps(length - start, dilation))};
  return (cnn_range){range.first, cnn_max(range.first, range.end)};
}

/// Windows begin..<end of an output row of a block. Columns count in an average's divisor; NULL without one.
static void pool_blocks_row(const cnn_pool2d_parameters *p, const float *x, int64_t row, int64_t begin, int64_t end,
                            const float *columns, float *y) {
  const int64_t top = row * p->stride_height - p->pad_top, step = p->stride_width;
  const int64_t dilation = p->dilation_width, reach = (p->kernel_width - 1) * dilation;
  const cnn_range lines = pool_clip(top, p->kernel_height, p->dilation_height, p->height);
  const float *line = x + (top + lines.first * p->dilation_height) * p->width * CNN_PANEL;
  const float counted = columns ? (float)pool2d_counted_rows(p, row) : 0;
  pool_taps taps = {.rows = lines.end - lines.first,
                    .row_step = p->dilation_height * p->width * CNN_PANEL,
                    .column_step = dilation * CNN_PANEL,
                    .pixel_step = step * CNN_PANEL};
  // Windows that lie inside the image as far as columns go.
  const int64_t first = cnn_max(begin, cnn_min(end, cnn_steps(p->pad_left, step)));
  const int64_t last = cnn_max(first, cnn_min(end, cnn_steps(p->width - reach + p->pad_left, step)));
  for (int64_t j = begin; j < end;) {
    const float *divisors = columns ? columns + j - begin : NULL;
    const int64_t left = j * step - p->pad_left;
    float *to = y + (row * p->out_width + j) * CNN_PANEL;
    if (j >= first && j < last) {
      taps.x = line + left * CNN_PANEL;
      taps.columns = p->kernel_width;
      if (j + POOL_PIXELS <= last) {
        pool_windows(POOL_PIXELS, p->mode, &taps, counted, divisors, to);
        j += POOL_PIXELS;
        continue;
      }
    } else {
      const cnn_range range = pool_clip(left, p->kernel_width, dilation, p->width);
      taps.x = line + (left + range.first * dilation) * CNN_PANEL;
      taps.columns = range.end - range.first;
    }
    pool_windows(1, p->mode, &taps, counted, divisors, to);
    j++;
  }
}

/// Rows of a block's outputs that are a unit of work.
static int64_t pool_band(const cnn_pool2d_parameters *p) {
  return cnn_max(1, POOL_BAND / cnn_max(1, p->out_width));
}

static int64_t pool_bands(const cnn_pool2d_parameters *p) {
  return (p->out_height + pool_band(p) - 1) / pool_band(p);
}

CNN_SPLIT(pool2d_blocks, p->batch * cnn_channel_blocks(p->channels) * pool_bands(p),
          p->batch * cnn_channel_blocks(p->channels) * p->out_height * p->out_width *
              (p->kernel_height * p->kernel_width + 2) / 2)

CNN_KERNEL(pool2d_blocks) {
  const cnn_pool2d_blocks_parameters *p = parameters;
  const int64_t bands = pool_bands(p), blocks = cnn_channel_blocks(p->channels), band = pool_band(p);
  float columns[CNN_TILE];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / bands / blocks, block = unit / bands % blocks, top = unit % bands * band;
    const float *x = (const float *)operands[1] + n * p->x_stride + block * p->height * p->width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + block * p->out_height * p->out_width * CNN_PANEL;
    for (int64_t from = 0; from < p->out_width; from += CNN_TILE) {
      const int64_t to = cnn_min(p->out_width, from + CNN_TILE);
      if (p->mode == POOL_AVERAGE) pool2d_count_columns(p, from, to, columns);
      for (int64_t row = top; row < cnn_min(p->out_height, top + band); row++)
        pool_blocks_row(p, x, row, from, to, p->mode == POOL_AVERAGE ? columns : NULL, y);
    }
  }
}
