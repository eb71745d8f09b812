// Products of rows of the weight matrix with the image, four rows at a time so that each element of the
// image serves four, and eight sums a row so that additions need not wait for each other.

#include <stddef.h>

#include "functions.h"
#include "geometry.h"

enum { LANES = 8 };

/// lanes[r][i] = the sum of w[r][k] * x[k] over k = i, i + LANES, ..., up to a whole multiple of LANES.
static void multiply(const float *const w[4], const float *x, int64_t depth, float lanes[4][LANES]) {
  float a0[LANES] = {0}, a1[LANES] = {0}, a2[LANES] = {0}, a3[LANES] = {0};
  const float *w0 = w[0], *w1 = w[1], *w2 = w[2], *w3 = w[3];
  for (int64_t k = 0; k + LANES <= depth; k += LANES) {
    for (int i = 0; i < LANES; i++) a0[i] += w0[k + i] * x[k + i];
    for (int i = 0; i < LANES; i++) a1[i] += w1[k + i] * x[k + i];
    for (int i = 0; i < LANES; i++) a2[i] += w2[k + i] * x[k + i];
    for (int i = 0; i < LANES; i++) a3[i] += w3[k + i] * x[k + i];
  }
  for (int i = 0; i < LANES; i++) {
    lanes[0][i] = a0[i];
    lanes[1][i] = a1[i];
    lanes[2][i] = a2[i];
    lanes[3][i] = a3[i];
  }
}

/// The lanes' sum, always in the same order, and the products behind the last whole multiple of LANES.
static float total(const float *lanes, const float *w, const float *x, int64_t depth) {
  float sum =
      ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
  for (int64_t k = depth - depth % LANES; k < depth; k++) sum += w[k] * x[k];
  return sum;
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
      const float *x = (const float *)operands[1] + n * p->x_stride;
      float lanes[4][LANES], sums[4];
      multiply(rows, x, p->depth, lanes);
      // A loop of unknown length: unrolled, clang would vectorise across rows and transpose every load.
      for (int64_t i = 0; i < count; i++) {
        sums[i] = total(lanes[i], rows[i], x, p->depth);
        if (bias) sums[i] += bias[unit + i];
        if (r) sums[i] += r[n * p->r_stride + unit + i];
      }
      cnn_apply(p->function, (float)p->alpha, sums, (float *)operands[0] + n * p->y_stride + unit, count);
    }
  }
}
