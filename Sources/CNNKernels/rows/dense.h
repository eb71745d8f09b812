// Fully connected layers, and distances to centres, as their input comes, row by row.

#include "rows.h"

/// Height, width and channels are the input's.
typedef struct {
  ptrdiff_t height, width, channels, units, adds, function;
  float alpha;
} cnn_rows_dense_parameters;

/// Adds a run of `count` inputs, `step` elements apart: to `sums` their products with the weights, or the squares of
/// their distances to the centres.
CNN_INLINE void cnn_rows_dense_run(const int lanes, const int is_distance, const float *x, ptrdiff_t step,
                                   ptrdiff_t count, const float *w, float *to) {
  cnn_rows_sums sums;
  const ptrdiff_t whole = count / CNN_PIXELS * CNN_PIXELS;
  cnn_rows_clear(CNN_PIXELS, lanes, &sums);
  // The inputs in turn have sums of their own, none of which waits for another.
  for (ptrdiff_t k = 0; k < whole; k += CNN_PIXELS)
    CNN_EACH_SUM(CNN_PIXELS, lanes) {
      const cnn_part of = cnn_load_part(w + (k + n) * lanes + l * CNN_PART), d = x[(k + n) * step] - of;
      sums.v[n][l] += is_distance ? d * d : x[(k + n) * step] * of;
    }
  for (ptrdiff_t k = whole; k < count; k++)
    CNN_EACH_SUM(1, lanes) {
      const cnn_part of = cnn_load_part(w + (k + n) * lanes + l * CNN_PART), d = x[(k + n) * step] - of;
      sums.v[n][l] += is_distance ? d * d : x[(k + n) * step] * of;
    }
  float values[CNN_PIXELS * CNN_PANEL];
  cnn_rows_save(CNN_PIXELS, lanes, &sums, values);
  for (int l = 0; l < lanes; l++)
    to[l] += (values[l] + values[lanes + l]) + (values[2 * lanes + l] + values[3 * lanes + l]);
}

/// All of a row.
CNN_INLINE void cnn_rows_dense_row(const cnn_rows_dense_parameters *p, const int lanes, const int is_distance,
                                   const float *row, const cnn_rows *x, const float *w, float *to) {
  if (x->channel * p->channels == x->pixel || p->width == 1)
    cnn_rows_dense_run(lanes, is_distance, row, x->channel, p->width * p->channels, w, to);
  else
    for (ptrdiff_t j = 0; j < p->width; j++)
      cnn_rows_dense_run(lanes, is_distance, row + j * x->pixel, x->channel, p->channels, w + j * p->channels * lanes, to);
}

/// Takes row `taken` of the input. w: [row][panel of 16 units][column][channel][units of the panel, as filters of
/// cnn_rows_conv2d], then as many biases.
CNN_INLINE void cnn_rows_dense_taking(const cnn_rows_dense_parameters *p, const int is_distance, ptrdiff_t taken,
                                      const cnn_rows *v, const float *w) {
  const ptrdiff_t depth = p->width * p->channels, all = cnn_rows_lanes(p->units);
  const float *row = cnn_row(&v[1], taken), *bias = w + p->height * depth * all;
  float *y = cnn_row(&v[0], 0);
  w += taken * depth * all;
  for (ptrdiff_t k = 0; k < p->units; k += CNN_PANEL) {
    const int lanes = p->units - k > 8 ? 16 : 8;
    const ptrdiff_t count = cnn_rows_min(lanes, p->units - k);
    float values[CNN_PANEL] = {0};
    if (taken == 0)
      memcpy(values, bias + k, (size_t)lanes * sizeof(float));
    else
      cnn_rows_gather(y + k * v[0].channel, v[0].channel, count, values);
    if (lanes == 16)
      cnn_rows_dense_row(p, 16, is_distance, row, &v[1], w, values);
    else
      cnn_rows_dense_row(p, 8, is_distance, row, &v[1], w, values);
    if (taken == p->height - 1) {
      const float *r = p->adds ? cnn_row(&v[2], 0) + k * v[2].channel : NULL;
      for (ptrdiff_t l = 0; r != NULL && l < count; l++) values[l] += r[l * v[2].channel];
      cnn_apply(p->function, p->alpha, values, values, lanes);
    }
    cnn_rows_scatter(values, count, y + k * v[0].channel, v[0].channel);
    w += depth * lanes;
  }
}

static void cnn_rows_dense(const cnn_rows_dense_parameters *p, ptrdiff_t taken, const cnn_rows *v, const float *w) {
  cnn_rows_dense_taking(p, 0, taken, v, w);
}

/// Squared distances, the biases being zeros.
static void cnn_rows_rbf(const cnn_rows_dense_parameters *p, ptrdiff_t taken, const cnn_rows *v, const float *w) {
  cnn_rows_dense_taking(p, 1, taken, v, w);
}
