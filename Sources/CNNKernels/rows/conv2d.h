// Convolutions, row by row: ordinary ones, those of a filter a channel, and transposed ones.

#include "rows.h"

/// Channels and filters are those of a group; height and width the input's.
typedef struct {
  ptrdiff_t height, width, out_width, groups, channels, filters, kernel_height, kernel_width, stride_height, stride_width;
  ptrdiff_t dilation_height, dilation_width, pad_top, pad_left, adds, function;
  float alpha;
} cnn_rows_conv2d_parameters;

/// Sums over the window of neighbouring outputs from output j on; x is the input with the group's channels. For several
/// pixels, all columns lie inside.
CNN_INLINE void cnn_rows_conv2d_tile(const cnn_rows_conv2d_parameters *p, const int pixels, const int lanes, ptrdiff_t i,
                                     ptrdiff_t j, const cnn_rows *x, ptrdiff_t first_channel, const float *w,
                                     float *values) {
  const ptrdiff_t top = i * p->stride_height - p->pad_top, left = j * p->stride_width - p->pad_left;
  const cnn_range rows = cnn_rows_taps(p->kernel_height, p->dilation_height, top, p->height);
  const cnn_range columns = cnn_rows_taps(p->kernel_width, p->dilation_width, left, p->width);
  const ptrdiff_t tap = p->dilation_width * x->pixel, step = p->channels == 1 ? tap : x->channel;
  const int is_run = step * p->channels == tap;
  cnn_rows_sums sums;
  cnn_rows_clear(pixels, lanes, &sums);
  for (ptrdiff_t fy = rows.first; fy < rows.end; fy++) {
    const float *row = cnn_row(x, top + fy * p->dilation_height) + first_channel * x->channel + left * x->pixel;
    const float *of = w + fy * p->kernel_width * p->channels * lanes;
    if (is_run && columns.first < columns.end)
      cnn_rows_add_terms(pixels, lanes, row + columns.first * tap, p->stride_width * x->pixel, step,
                         (columns.end - columns.first) * p->channels, of + columns.first * p->channels * lanes, &sums);
    for (ptrdiff_t fx = columns.first; fx < columns.end && !is_run; fx++)
      cnn_rows_add_terms(pixels, lanes, row + fx * tap, p->stride_width * x->pixel, step, p->channels,
                         of + fx * p->channels * lanes, &sums);
  }
  cnn_rows_save(pixels, lanes, &sums, values);
}

/// w: [group][panel of 16 filters][fy][fx][channel][filters of the panel, of which the last has 8 where that is enough],
/// then as many biases. v: y, x and, where adds is 1, what is added.
static void cnn_rows_conv2d(const cnn_rows_conv2d_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const ptrdiff_t taps = p->kernel_height * p->kernel_width * p->channels;
  const ptrdiff_t reach = (CNN_PIXELS - 1) * p->stride_width + (p->kernel_width - 1) * p->dilation_width;
  const float *bias = w + p->groups * cnn_rows_lanes(p->filters) * taps;
  for (ptrdiff_t group = 0; group < p->groups; group++)
    for (ptrdiff_t k = 0; k < p->filters; k += CNN_PANEL) {
      const ptrdiff_t filter = group * p->filters + k, first = group * p->channels;
      const int lanes = p->filters - k > 8 ? 16 : 8;
      for (ptrdiff_t j = 0; j < p->out_width;) {
        const ptrdiff_t left = j * p->stride_width - p->pad_left;
        const int is_inside = j + CNN_PIXELS <= p->out_width && left >= 0 && left + reach < p->width;
        float values[CNN_PIXELS * CNN_PANEL];
        if (is_inside && lanes == 16)
          cnn_rows_conv2d_tile(p, CNN_PIXELS, 16, i, j, &v[1], first, w, values);
        else if (is_inside)
          cnn_rows_conv2d_tile(p, CNN_PIXELS, 8, i, j, &v[1], first, w, values);
        else if (lanes == 16)
          cnn_rows_conv2d_tile(p, 1, 16, i, j, &v[1], first, w, values);
        else
          cnn_rows_conv2d_tile(p, 1, 8, i, j, &v[1], first, w, values);
        const ptrdiff_t pixels = is_inside ? CNN_PIXELS : 1;
        const float *r = p->adds ? cnn_row(&v[2], i) + j * v[2].pixel + filter * v[2].channel : NULL;
        cnn_rows_finish(values, pixels, lanes, bias, r, &v[p->adds ? 2 : 0], p->function, p->alpha,
                        cnn_rows_min(lanes, p->filters - k), cnn_row(&v[0], i) + j * v[0].pixel + filter * v[0].channel,
                        &v[0]);
        j += pixels;
      }
      w += taps * lanes;
      bias += lanes;
    }
}

/// One filter a channel. w: [fy][fx][channel], then biases, rounded up to 16; `groups` is the number of channels.
static void cnn_rows_conv2d_depthwise(const cnn_rows_conv2d_parameters *p, ptrdiff_t i, const cnn_rows *v,
                                      const float *w) {
  const ptrdiff_t top = i * p->stride_height - p->pad_top;
  const cnn_range rows = cnn_rows_taps(p->kernel_height, p->dilation_height, top, p->height);
  const float *bias = w + p->kernel_height * p->kernel_width * p->groups;
  for (ptrdiff_t j = 0; j < p->out_width; j++) {
    const ptrdiff_t left = j * p->stride_width - p->pad_left;
    const cnn_range columns = cnn_rows_taps(p->kernel_width, p->dilation_width, left, p->width);
    for (ptrdiff_t c = 0; c < p->groups; c += CNN_PANEL) {
      const ptrdiff_t count = cnn_rows_min(CNN_PANEL, p->groups - c);
      float values[CNN_PANEL] = {0}, x[CNN_PANEL];
      for (ptrdiff_t fy = rows.first; fy < rows.end; fy++)
        for (ptrdiff_t fx = columns.first; fx < columns.end; fx++) {
          const float *of = w + (fy * p->kernel_width + fx) * p->groups + c;
          cnn_rows_gather(cnn_row(&v[1], top + fy * p->dilation_height) +
                              (left + fx * p->dilation_width) * v[1].pixel + c * v[1].channel,
                          v[1].channel, count, x);
          for (ptrdiff_t l = 0; l < count; l++) values[l] += of[l] * x[l];
        }
      const float *r = p->adds ? cnn_row(&v[2], i) + j * v[2].pixel + c * v[2].channel : NULL;
      cnn_rows_finish(values, 1, CNN_PANEL, bias + c, r, &v[p->adds ? 2 : 0], p->function, p->alpha, count,
                      cnn_row(&v[0], i) + j * v[0].pixel + c * v[0].channel, &v[0]);
    }
  }
}

/// One output's sums over the inputs that reach it.
CNN_INLINE void cnn_rows_deconv2d_tile(const cnn_rows_conv2d_parameters *p, const int lanes, ptrdiff_t i, ptrdiff_t j,
                                       const cnn_rows *x, ptrdiff_t first_channel, const float *w, float *values) {
  cnn_rows_sums sums;
  cnn_rows_clear(1, lanes, &sums);
  for (ptrdiff_t fy = 0; fy < p->kernel_height; fy++) {
    const ptrdiff_t down = i + p->pad_top - fy, row = down / p->stride_height;
    if (down < 0 || down % p->stride_height != 0 || row >= p->height) continue;
    for (ptrdiff_t fx = 0; fx < p->kernel_width; fx++) {
      const ptrdiff_t across = j + p->pad_left - fx, column = across / p->stride_width;
      if (across < 0 || across % p->stride_width != 0 || column >= p->width) continue;
      cnn_rows_add_terms(1, lanes, cnn_row(x, row) + column * x->pixel + first_channel * x->channel, 0, x->channel,
                         p->channels, w + (fy * p->kernel_width + fx) * p->channels * lanes, &sums);
    }
  }
  cnn_rows_save(1, lanes, &sums, values);
}

/// A transposed convolution: input (i, j) adds to outputs (i * stride - pad + fy, j * stride - pad + fx). w as cnn_rows_conv2d's.
static void cnn_rows_deconv2d(const cnn_rows_conv2d_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const ptrdiff_t taps = p->kernel_height * p->kernel_width * p->channels;
  const float *bias = w + p->groups * cnn_rows_lanes(p->filters) * taps;
  for (ptrdiff_t group = 0; group < p->groups; group++)
    for (ptrdiff_t k = 0; k < p->filters; k += CNN_PANEL) {
      const ptrdiff_t filter = group * p->filters + k, first = group * p->channels;
      const int lanes = p->filters - k > 8 ? 16 : 8;
      for (ptrdiff_t j = 0; j < p->out_width; j++) {
        float values[CNN_PANEL];
        if (lanes == 16)
          cnn_rows_deconv2d_tile(p, 16, i, j, &v[1], first, w, values);
        else
          cnn_rows_deconv2d_tile(p, 8, i, j, &v[1], first, w, values);
        const float *r = p->adds ? cnn_row(&v[2], i) + j * v[2].pixel + filter * v[2].channel : NULL;
        cnn_rows_finish(values, 1, lanes, bias, r, &v[p->adds ? 2 : 0], p->function, p->alpha,
                        cnn_rows_min(lanes, p->filters - k), cnn_row(&v[0], i) + j * v[0].pixel + filter * v[0].channel,
                        &v[0]);
      }
      w += taps * lanes;
      bias += lanes;
    }
}
