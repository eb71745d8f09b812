#include <stddef.h>

#include "cnn_kernels.h"
#include "sums.h"

enum { ONE = 0, PRODUCT = 1, NEGATIVE_PRODUCT = 2 };

CNN_DEFINE_SUM(sum_elements, a[i])
CNN_DEFINE_SUM(sum_products, a[i] * b[i])
// As PReLU's derivative with respect to its slope: not a number counts, as it does in PyTorch.
CNN_DEFINE_SUM(sum_negative_products, b[i] > 0 ? 0 : a[i] * b[i])

void cnn_channel_reduction(void *const *operands, const void *parameters) {
  const cnn_channel_reduction_parameters *p = parameters;
  float *sums = operands[0];
  const float *dy = operands[1], *x = operands[2];
  for (int64_t c = 0; c < p->channels; c++) {
    double total = 0;
    for (int64_t n = 0; n < p->batch; n++) {
      const float *a = dy + n * p->dy_stride + c * p->area;
      const float *b = x == NULL ? NULL : x + n * p->x_stride + c * p->area;
      switch (p->factor) {
        case ONE: total += sum_elements(a, b, 0, p->area); break;
        case PRODUCT: total += sum_products(a, b, 0, p->area); break;
        case NEGATIVE_PRODUCT: total += sum_negative_products(a, b, 0, p->area); break;
      }
    }
    sums[c] = (float)total;
  }
}
