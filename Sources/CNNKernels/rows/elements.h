// What is computed element by element or pixel by pixel, row by row. What is written may lie where an input of its size does.

#include "rows.h"

/// `inputs` counts what is read in full; multiply's others are one number a channel.
typedef struct {
  ptrdiff_t width, channels, inputs, others, adds, function;
  float alpha;
} cnn_rows_elements_parameters;

/// Row i, channels c... of pixel j.
static inline float *cnn_rows_at(const cnn_rows *v, ptrdiff_t i, ptrdiff_t j, ptrdiff_t c) {
  return cnn_row(v, i) + j * v->pixel + c * v->channel;
}

/// For each run of channels of each pixel of a row: its number `count` of them, c the first.
#define CNN_ROWS_EACH_RUN(p)                               \
  for (ptrdiff_t j = 0; j < (p)->width; j++)               \
    for (ptrdiff_t c = 0, count; count = cnn_rows_min(CNN_ROWS_RUN, (p)->channels - c), c < (p)->channels; c += count)

/// y = function(x1 + x2 + ...)
static void cnn_rows_add(const cnn_rows_elements_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  float sum[CNN_ROWS_RUN], x[CNN_ROWS_RUN];
  (void)w;
  CNN_ROWS_EACH_RUN(p) {
    cnn_rows_gather(cnn_rows_at(&v[1], i, j, c), v[1].channel, count, sum);
    for (ptrdiff_t k = 2; k <= p->inputs; k++) {
      cnn_rows_gather(cnn_rows_at(&v[k], i, j, c), v[k].channel, count, x);
      for (ptrdiff_t l = 0; l < count; l++) sum[l] += x[l];
    }
    cnn_apply(p->function, p->alpha, sum, sum, count);
    cnn_rows_scatter(sum, count, cnn_rows_at(&v[0], i, j, c), v[0].channel);
  }
}

/// y = x1 * x2 * ...
static void cnn_rows_multiply(const cnn_rows_elements_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  float product[CNN_ROWS_RUN], x[CNN_ROWS_RUN];
  (void)w;
  CNN_ROWS_EACH_RUN(p) {
    cnn_rows_gather(cnn_rows_at(&v[1], i, j, c), v[1].channel, count, product);
    for (ptrdiff_t k = 2; k <= p->inputs + p->others; k++) {
      const int is_full = k <= p->inputs;
      cnn_rows_gather(cnn_rows_at(&v[k], is_full ? i : 0, is_full ? j : 0, c), v[k].channel, count, x);
      for (ptrdiff_t l = 0; l < count; l++) product[l] *= x[l];
    }
    cnn_rows_scatter(product, count, cnn_rows_at(&v[0], i, j, c), v[0].channel);
  }
}

/// y = function(w_c * x + b_c + r). w: factors, then summands.
static void cnn_rows_channel_affine(const cnn_rows_elements_parameters *p, ptrdiff_t i, const cnn_rows *v,
                                    const float *w) {
  float line[CNN_ROWS_RUN], r[CNN_ROWS_RUN];
  CNN_ROWS_EACH_RUN(p) {
    const float *factor = w + c, *summand = w + p->channels + c;
    cnn_rows_gather(cnn_rows_at(&v[1], i, j, c), v[1].channel, count, line);
    for (ptrdiff_t l = 0; l < count; l++) line[l] = factor[l] * line[l] + summand[l];
    if (p->adds) {
      cnn_rows_gather(cnn_rows_at(&v[2], i, j, c), v[2].channel, count, r);
      for (ptrdiff_t l = 0; l < count; l++) line[l] += r[l];
    }
    cnn_apply(p->function, p->alpha, line, line, count);
    cnn_rows_scatter(line, count, cnn_rows_at(&v[0], i, j, c), v[0].channel);
  }
}

/// x if x > 0, else w_c * x
static void cnn_rows_prelu(const cnn_rows_elements_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  float line[CNN_ROWS_RUN];
  CNN_ROWS_EACH_RUN(p) {
    cnn_rows_gather(cnn_rows_at(&v[1], i, j, c), v[1].channel, count, line);
    for (ptrdiff_t l = 0; l < count; l++) line[l] = line[l] > 0 ? line[l] : w[c + l] * line[l];
    cnn_rows_scatter(line, count, cnn_rows_at(&v[0], i, j, c), v[0].channel);
  }
}

/// Probabilities over the channels of each pixel, or their logarithms where `function` is 1.
static void cnn_rows_softmax(const cnn_rows_elements_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  (void)w;
  for (ptrdiff_t j = 0; j < p->width; j++) {
    const float *x = cnn_rows_at(&v[1], i, j, 0);
    float *y = cnn_rows_at(&v[0], i, j, 0), largest = -INFINITY, sum = 0;
    for (ptrdiff_t c = 0; c < p->channels; c++) largest = cnn_larger(largest, x[c * v[1].channel]);
    for (ptrdiff_t c = 0; c < p->channels; c++) {
      const float shifted = x[c * v[1].channel] - largest, power = cnn_exp(shifted);
      sum += power;
      y[c * v[0].channel] = p->function ? shifted : power;
    }
    const float logarithm = p->function ? logf(sum) : 0;
    for (ptrdiff_t c = 0; c < p->channels; c++) {
      float *to = y + c * v[0].channel;
      *to = p->function ? *to - logarithm : *to / sum;
    }
  }
}
