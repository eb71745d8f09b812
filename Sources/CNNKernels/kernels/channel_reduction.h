#include "sums.h"
#include "units.h"

enum { REDUCE_ONE = 0, REDUCE_PRODUCT = 1, REDUCE_NEGATIVE_PRODUCT = 2 };

CNN_DEFINE_SUM(sum_products, a[i] * b[i])
// As PReLU's derivative with respect to its slope: not a number counts, as it does in PyTorch.
CNN_DEFINE_SUM(sum_negative_products, b[i] > 0 ? 0 : a[i] * b[i])

enum { REDUCE_CHANNELS = 64 };

/// The sums of neighbouring channels of one pixel, as fully connected layers have them, all at once.
static void reduce_pixels(const cnn_channel_reduction_parameters *p, const float *dy, int64_t first, int64_t end,
                          float *sums) {
  for (int64_t c = first; c < end; c += REDUCE_CHANNELS) {
    double totals[REDUCE_CHANNELS] = {0};
    const int64_t count = cnn_min(REDUCE_CHANNELS, end - c);
    for (int64_t n = 0; n < p->batch; n++)
      for (int64_t i = 0; i < count; i++) totals[i] += dy[n * p->dy_stride + c + i];
    for (int64_t i = 0; i < count; i++) sums[c + i] = (float)totals[i];
  }
}

CNN_SPLIT(channel_reduction, p->channels, p->batch * p->channels * p->area / 4)

CNN_KERNEL(channel_reduction) {
  const cnn_channel_reduction_parameters *p = parameters;
  float *sums = operands[0];
  const float *dy = operands[1], *x = operands[2];
  if (p->area == 1 && p->factor == REDUCE_ONE) return reduce_pixels(p, dy, first, end, sums);
  for (int64_t c = first; c < end; c++) {
    double total = 0;
    for (int64_t n = 0; n < p->batch; n++) {
      const float *a = dy + n * p->dy_stride + c * p->area;
      const float *b = x == NULL ? NULL : x + n * p->x_stride + c * p->area;
      switch (p->factor) {
        case REDUCE_ONE: total += cnn_sum(a, b, 0, p->area); break;
        case REDUCE_PRODUCT: total += sum_products(a, b, 0, p->area); break;
        case REDUCE_NEGATIVE_PRODUCT: total += sum_negative_products(a, b, 0, p->area); break;
      }
    }
    sums[c] = (float)total;
  }
}
