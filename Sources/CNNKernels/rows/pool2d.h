// Pooling, row by row, and its undoing.

#include "rows.h"

typedef struct {
  ptrdiff_t channels, height, width, out_height, out_width, kernel_height, kernel_width, stride_height, stride_width;
  ptrdiff_t dilation_height, dilation_width, pad_top, pad_left, counted_top, counted_bottom, counted_left, counted_right;
  /// 0: the largest, 1: the mean, 2: the sum
  ptrdiff_t mode;
} cnn_rows_pool2d_parameters;

/// Windows before anything has been taken into them.
static void cnn_rows_pool2d_begin(const cnn_rows_pool2d_parameters *p, const cnn_rows *v, float *y) {
  for (ptrdiff_t j = 0; j < p->out_width; j++)
    for (ptrdiff_t c = 0; c < p->channels; c++) y[j * v->pixel + c * v->channel] = p->mode == 0 ? -INFINITY : 0;
}

/// Takes neighbouring channels of a pixel into a window.
static inline void cnn_rows_pool2d_pixel(ptrdiff_t mode, const float *x, ptrdiff_t count, float *y, ptrdiff_t stride) {
  if (mode == 0)
    for (ptrdiff_t c = 0; c < count; c++) y[c * stride] = cnn_larger(y[c * stride], x[c]);
  else
    for (ptrdiff_t c = 0; c < count; c++) y[c * stride] += x[c];
}

/// Takes a row of the input into the windows of a row of outputs.
static void cnn_rows_pool2d_take(const cnn_rows_pool2d_parameters *p, const cnn_rows *v, const float *x, float *y) {
  float line[CNN_ROWS_RUN];
  for (ptrdiff_t j = 0; j < p->out_width; j++) {
    const ptrdiff_t left = j * p->stride_width - p->pad_left;
    const cnn_range columns = cnn_rows_taps(p->kernel_width, p->dilation_width, left, p->width);
    for (ptrdiff_t fx = columns.first; fx < columns.end; fx++)
      for (ptrdiff_t c = 0; c < p->channels; c += CNN_ROWS_RUN) {
        const ptrdiff_t count = cnn_rows_min(CNN_ROWS_RUN, p->channels - c);
        float *to = y + j * v[0].pixel + c * v[0].channel;
        cnn_rows_gather(x + (left + fx * p->dilation_width) * v[1].pixel + c * v[1].channel, v[1].channel, count, line);
        if (v[0].channel == 1)
          cnn_rows_pool2d_pixel(p->mode, line, count, to, 1);
        else
          cnn_rows_pool2d_pixel(p->mode, line, count, to, v[0].channel);
      }
  }
}

/// Positions of a window that count in its mean's divisor: those between -before and length + behind.
static ptrdiff_t cnn_rows_pool2d_counted(ptrdiff_t taps, ptrdiff_t dilation, ptrdiff_t offset, ptrdiff_t length,
                                         ptrdiff_t before, ptrdiff_t behind) {
  const cnn_range range = cnn_rows_taps(taps, dilation, offset + before, length + before + behind);
  return cnn_rows_max(0, range.end - range.first);
}

/// Sums into means, of row i.
static void cnn_rows_pool2d_end(const cnn_rows_pool2d_parameters *p, const cnn_rows *v, ptrdiff_t i, float *y) {
  if (p->mode != 1) return;
  const ptrdiff_t rows = cnn_rows_pool2d_counted(p->kernel_height, p->dilation_height,
                                                 i * p->stride_height - p->pad_top, p->height, p->counted_top,
                                                 p->counted_bottom);
  for (ptrdiff_t j = 0; j < p->out_width; j++) {
    const ptrdiff_t columns = cnn_rows_pool2d_counted(p->kernel_width, p->dilation_width,
                                                      j * p->stride_width - p->pad_left, p->width, p->counted_left,
                                                      p->counted_right);
    const float divisor = (float)cnn_rows_max(1, rows * columns);
    for (ptrdiff_t c = 0; c < p->channels; c++) y[j * v->pixel + c * v->channel] /= divisor;
  }
}

/// Row i of the output from all rows of its windows.
static void cnn_rows_pool2d(const cnn_rows_pool2d_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const ptrdiff_t top = i * p->stride_height - p->pad_top;
  const cnn_range rows = cnn_rows_taps(p->kernel_height, p->dilation_height, top, p->height);
  float *y = cnn_row(&v[0], i);
  (void)w;
  cnn_rows_pool2d_begin(p, v, y);
  for (ptrdiff_t fy = rows.first; fy < rows.end; fy++)
    cnn_rows_pool2d_take(p, v, cnn_row(&v[1], top + fy * p->dilation_height), y);
  cnn_rows_pool2d_end(p, v, i, y);
}

/// Takes row `taken` of the input into the one row of windows that it lies in, if any; windows begin and end within the
/// image and are not dilated.
static void cnn_rows_pool2d_taking(const cnn_rows_pool2d_parameters *p, ptrdiff_t taken, const cnn_rows *v,
                                   const float *w) {
  const ptrdiff_t i = cnn_rows_max(0, taken + p->pad_top) / p->stride_height, top = i * p->stride_height - p->pad_top;
  (void)w;
  if (i >= p->out_height || taken < top || taken >= top + p->kernel_height) return;
  float *y = cnn_row(&v[0], i);
  if (taken == cnn_rows_max(0, top)) cnn_rows_pool2d_begin(p, v, y);
  cnn_rows_pool2d_take(p, v, cnn_row(&v[1], taken), y);
  if (taken == cnn_rows_min(p->height, top + p->kernel_height) - 1) cnn_rows_pool2d_end(p, v, i, y);
}

/// The place, row * width + column, of the first maximum of window (i, j) in a channel, where the last not-a-number
/// wins; -1 where all of the window is padding.
static ptrdiff_t cnn_rows_first_maximum(const cnn_rows_pool2d_parameters *p, const cnn_rows *v, ptrdiff_t i, ptrdiff_t j,
                                        ptrdiff_t c) {
  const ptrdiff_t top = i * p->stride_height - p->pad_top, left = j * p->stride_width - p->pad_left;
  const cnn_range rows = cnn_rows_taps(p->kernel_height, p->dilation_height, top, p->height);
  const cnn_range columns = cnn_rows_taps(p->kernel_width, p->dilation_width, left, p->width);
  ptrdiff_t place = -1;
  float best = -INFINITY;
  for (ptrdiff_t fy = rows.first; fy < rows.end; fy++)
    for (ptrdiff_t fx = columns.first; fx < columns.end; fx++) {
      const ptrdiff_t row = top + fy * p->dilation_height, column = left + fx * p->dilation_width;
      const float value = cnn_row(v, row)[column * v->pixel + c * v->channel];
      if (place >= 0 && !(value > best || value != value)) continue;
      best = value;
      place = row * p->width + column;
    }
  return place;
}

/// Row i of what a max pool has read, zero but where its windows had their maxima. v: y, what is spread, the pool's
/// input, whose sizes p has as the pool's.
static void cnn_rows_unpool2d(const cnn_rows_pool2d_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  float *y = cnn_row(&v[0], i);
  const ptrdiff_t extent = (p->kernel_height - 1) * p->dilation_height, down = i + p->pad_top;
  const ptrdiff_t first = down > extent ? (down - extent + p->stride_height - 1) / p->stride_height : 0;
  (void)w;
  for (ptrdiff_t j = 0; j < p->width; j++)
    for (ptrdiff_t c = 0; c < p->channels; c++) y[j * v->pixel + c * v->channel] = 0;
  for (ptrdiff_t k = first; k < p->out_height && k * p->stride_height <= down; k++)
    for (ptrdiff_t j = 0; j < p->out_width; j++)
      for (ptrdiff_t c = 0; c < p->channels; c++) {
        const ptrdiff_t place = cnn_rows_first_maximum(p, &v[2], k, j, c);
        if (place >= 0 && place / p->width == i)
          y[place % p->width * v->pixel + c * v->channel] = cnn_row(&v[1], k)[j * v[1].pixel + c * v[1].channel];
      }
}
