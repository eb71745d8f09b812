#include "geometry.h"
#include "units.h"

enum { RBF_LANES = 8 };

/// The squared distance of two points; eight sums, added up in a fixed order.
static float rbf_distance(const float *a, const float *b, int64_t depth) {
  float sums[RBF_LANES] = {0};
  int64_t k = 0;
  for (; k + RBF_LANES <= depth; k += RBF_LANES) {
    for (int i = 0; i < RBF_LANES; i++) {
      const float d = a[k + i] - b[k + i];
      sums[i] += d * d;
    }
  }
  float total = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
  for (; k < depth; k++) total += (a[k] - b[k]) * (a[k] - b[k]);
  return total;
}

CNN_SPLIT(rbf, p->batch, p->batch * p->units * p->depth / 8)

CNN_KERNEL(rbf) {
  const cnn_rbf_parameters *p = parameters;
  const float *centers = operands[2];
  for (int64_t n = first; n < end; n++) {
    const float *x = (const float *)operands[1] + n * p->x_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    for (int64_t unit = 0; unit < p->units; unit++)
      y[unit] = rbf_distance(x, centers + unit * p->depth, p->depth);
  }
}

CNN_SPLIT(rbf_gradient, p->batch, p->batch * p->units * p->depth / 8)

CNN_KERNEL(rbf_gradient) {
  const cnn_rbf_gradient_parameters *p = parameters;
  const float *centers = operands[3];
  float sums[CNN_TILE];
  for (int64_t n = first; n < end; n++) {
    float *dx = (float *)operands[0] + n * p->dx_stride;
    const float *dy = (const float *)operands[1] + n * p->dy_stride;
    const float *x = (const float *)operands[2] + n * p->x_stride;
    for (int64_t begin = 0; begin < p->depth; begin += CNN_TILE) {
      const int64_t count = cnn_min(CNN_TILE, p->depth - begin);
      for (int64_t i = 0; i < count; i++) sums[i] = 0;
      for (int64_t unit = 0; unit < p->units; unit++) {
        const float *center = centers + unit * p->depth + begin, factor = 2 * dy[unit];
        for (int64_t i = 0; i < count; i++) sums[i] += factor * (x[begin + i] - center[i]);
      }
      for (int64_t i = 0; i < count; i++) dx[begin + i] = sums[i];
    }
  }
}
