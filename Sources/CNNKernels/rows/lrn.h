#include "rows.h"

typedef struct {
  ptrdiff_t width, channels, size;
  double alpha, beta, k;
} cnn_rows_lrn_parameters;

/// y = x / (k + alpha * the squares of `size` neighbouring channels)^beta
static void cnn_rows_lrn(const cnn_rows_lrn_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const float alpha = (float)p->alpha, k = (float)p->k;
  (void)w;
  for (ptrdiff_t j = 0; j < p->width; j++) {
    const float *x = cnn_row(&v[1], i) + j * v[1].pixel;
    float *y = cnn_row(&v[0], i) + j * v[0].pixel;
    for (ptrdiff_t c = 0; c < p->channels; c++) {
      const ptrdiff_t end = cnn_rows_min(p->channels, c + (p->size - 1) / 2 + 1);
      float sum = 0;
      for (ptrdiff_t other = cnn_rows_max(0, c - p->size / 2); other < end; other++)
        sum += x[other * v[1].channel] * x[other * v[1].channel];
      const float scale = k + alpha * sum, root = sqrtf(scale);
      const float power = p->beta == 0.75 ? root * sqrtf(root) : powf(scale, (float)p->beta);
      y[c * v[0].channel] = x[c * v[1].channel] / power;
    }
  }
}
