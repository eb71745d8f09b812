// Sums that units of one call have kept apart, added in their order.

#include "units.h"

CNN_SPLIT(sum_parts, cnn_blocks(p->count), p->count * p->parts / 4)

CNN_KERNEL(sum_parts) {
  const cnn_sum_parts_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const cnn_block b = cnn_block_at(unit, p->count);
    float *y = operands[0];
    const float *x = operands[1];
    memcpy(y + b.begin, x + b.begin, (size_t)(b.end - b.begin) * sizeof(float));
    for (int64_t part = 1; part < p->parts; part++) {
      x += p->count;
      CNN_ELEMENTWISE for (int64_t i = b.begin; i < b.end; i++) y[i] += x[i];
    }
  }
}
