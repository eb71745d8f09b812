// A transposed convolution, gathered: the outputs of a row whose column + pad is the same modulo the stride
// read neighbouring inputs, so each such phase is a plain convolution over rows, for four filters at a time.

#include "functions.h"
#include "geometry.h"
#include "units.h"

/// Outputs of one phase of a row: columns `column + i * stride`, whose tap fx = phase + m * stride reads the
/// input's column `from + i - m`.
typedef struct {
  int64_t row, phase, column, from, count;
} deconv2d_span;

/// sums[filter][i] += the kernel's taps, over all channels of the group; w points to the first filter's.
static void deconv2d_accumulate(const cnn_deconv2d_parameters *p, const deconv2d_span *s, const float *x, const float *w, int64_t filters,
                       float sums[4][CNN_TILE]) {
  const int64_t area = p->kernel_height * p->kernel_width, height = p->height, width = p->width;
  for (int64_t c = 0; c < p->channels; c++) {
    for (int64_t fy = 0; fy < p->kernel_height; fy++) {
      const int64_t distance = s->row + p->pad_top - fy;
      if (distance < 0 || distance % p->stride_height || distance / p->stride_height >= height) continue;
      const float *line = x + (c * height + distance / p->stride_height) * width;
      for (int64_t fx = s->phase, m = 0; fx < p->kernel_width; fx += p->stride_width, m++) {
        const float *weight = w + c * p->filters * area + fy * p->kernel_width + fx;
        // The last filter stands in for those behind it, whose sums nobody reads.
        const float w0 = weight[0], w1 = weight[cnn_min(1, filters - 1) * area],
                    w2 = weight[cnn_min(2, filters - 1) * area], w3 = weight[cnn_min(3, filters - 1) * area];
        const cnn_range range = cnn_inside(0, s->count, 1, s->from - m, 0, width);
        for (int64_t i = range.first; i < range.end; i++) {
          const float v = line[s->from - m + i];
          sums[0][i] += w0 * v;
          sums[1][i] += w1 * v;
          sums[2][i] += w2 * v;
          sums[3][i] += w3 * v;
        }
      }
    }
  }
}

/// One span of up to four filters of one image: from the bias to the stores.
static void deconv2d_compute(const cnn_deconv2d_parameters *p, const deconv2d_span *s, const float *x, const float *w, const float *bias,
                    const float *r, float *y, int64_t filters) {
  float sums[4][CNN_TILE];
  for (int64_t k = 0; k < 4; k++)
    for (int64_t i = 0; i < s->count; i++) sums[k][i] = bias && k < filters ? bias[k] : 0;
  deconv2d_accumulate(p, s, x, w, filters, sums);
  for (int64_t k = 0; k < filters; k++) {
    const int64_t place = (k * p->out_height + s->row) * p->out_width + s->column;
    if (r)
      for (int64_t i = 0; i < s->count; i++) sums[k][i] += r[place + i * p->stride_width];
    cnn_apply(p->function, (float)p->alpha, sums[k], sums[k], s->count);
    for (int64_t i = 0; i < s->count; i++) y[place + i * p->stride_width] = sums[k][i];
  }
}

/// One output row of up to four filters, span by span.
static void deconv2d_row(const cnn_deconv2d_parameters *p, int64_t row, const float *x, const float *w, const float *bias,
                        const float *r, float *y, int64_t filters) {
  const int64_t step = p->stride_width;
  for (int64_t first = 0; first < cnn_min(step, p->out_width); first++) {
    // The distance may be negative where padding is; its phase is not.
    const int64_t distance = first + p->pad_left, phase = (distance % step + step) % step;
    const int64_t from = (distance - phase) / step, count = (p->out_width - first - 1) / step + 1;
    for (int64_t i = 0; i < count; i += CNN_TILE) {
      const deconv2d_span s = {row, phase, first + i * step, from + i, cnn_min(CNN_TILE, count - i)};
      deconv2d_compute(p, &s, x, w, bias, r, y, filters);
    }
  }
}

CNN_SPLIT(deconv2d, p->batch * p->groups * ((p->filters + 3) / 4),
          p->batch * p->groups * p->filters * p->channels * p->height * p->width * p->kernel_height *
              p->kernel_width / 10)

CNN_KERNEL(deconv2d) {
  const cnn_deconv2d_parameters *p = parameters;
  const float *bias = operands[3], *r = operands[4];
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  const int64_t area = p->kernel_height * p->kernel_width, blocks = (p->filters + 3) / 4;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / blocks / p->groups, g = unit / blocks % p->groups, k = unit % blocks * 4;
    const float *x = (const float *)operands[1] + n * p->x_stride + g * p->channels * in;
    const float *w = (const float *)operands[2] + (g * p->channels * p->filters + k) * area;
    const int64_t filter = g * p->filters + k, filters = cnn_min(4, p->filters - k);
    float *y = (float *)operands[0] + n * p->y_stride + filter * out;
    for (int64_t row = 0; row < p->out_height; row++)
      deconv2d_row(p, row, x, w, bias ? bias + filter : NULL,
                   r ? r + n * p->r_stride + filter * out : NULL, y, filters);
  }
}
