#include "functions.h"
#include "units.h"

CNN_SPLIT(activation, p->batch * cnn_blocks(p->count),
          p->batch * p->count / 4 * cnn_function_cost(p->function))

CNN_KERNEL(activation) {
  const cnn_activation_parameters *p = parameters;
  float *y = operands[0];
  const float *x = operands[1];
  for (int64_t unit = first; unit < end; unit++) {
    const cnn_block b = cnn_block_at(unit, p->count);
    cnn_apply(p->function, (float)p->alpha, x + b.image * p->x_stride + b.begin,
              y + b.image * p->y_stride + b.begin, b.end - b.begin);
  }
}
