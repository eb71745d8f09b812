// Products of rows of the weight matrix with the image, four rows at a time so that each element of the
// image serves four, and eight sums a row so that additions need not wait for each other.

#include <stddef.h>

#include "functions.h"
#include "geometry.h"

enum { LANES = 8 };

/// Adds the lanes up, always in the same order.
static inline float total(const float *a) {
  return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
}

/// sums[i] = row i of w times x, for four rows.
static void multiply(const float *const w[4], const float *x, int64_t depth, float sums[4]) {
  float a0[LANES] = {0}, a1[LANES] = {0}, a2[LANES] = {0}, a3[LANES] = {0};
  const float *w0 = w[0], *w1 = w[1], *w2 = w[2], *w3 = w[3];
  int64_t k = 0;
  for (; k + LANES <= depth; k += LANES) {
    for (int i = 0; i < LANES; i++) a0[i] += w0[k + i] * x[k + i];
    for (int i = 0; i < LANES; i++) a1[i] += w1[k + i] * x[k + i];
    for (int i = 0; i < LANES; i++) a2[i] += w2[k + i] * x[k + i];
    for (int i = 0; i < LANES; i++) a3[i] += w3[k + i] * x[k + i];
  }
  sums[0] = total(a0);
  sums[1] = total(a1);
  sums[2] = total(a2);
  sums[3] = total(a3);
  for (; k < depth; k++) {
    sums[0] += w0[k] * x[k];
    sums[1] += w1[k] * x[k];
    sums[2] += w2[k] * x[k];
    sums[3] += w3[k] * x[k];
  }
}

void cnn_dense(void *const *operands, const void *parameters) {
  const cnn_dense_parameters *p = parameters;
  const float *w = operands[2], *bias = operands[3], *r = operands[4];
  // Images inside, so that four rows of weights are read from memory once for the whole batch.
  for (int64_t unit = 0; unit < p->units; unit += 4) {
    const float *rows[4];
    for (int64_t i = 0; i < 4; i++) rows[i] = w + cnn_min(unit + i, p->units - 1) * p->depth;
    const int64_t count = cnn_min(4, p->units - unit);
    for (int64_t n = 0; n < p->batch; n++) {
      float sums[4];
      multiply(rows, (const float *)operands[1] + n * p->x_stride, p->depth, sums);
      for (int64_t i = 0; i < count; i++) {
        if (bias) sums[i] += bias[unit + i];
        if (r) sums[i] += r[n * p->r_stride + unit + i];
      }
      cnn_apply(p->function, (float)p->alpha, sums, (float *)operands[0] + n * p->y_stride + unit, count);
    }
  }
}
