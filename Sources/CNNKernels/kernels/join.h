#include "functions.h"
#include "units.h"

CNN_SPLIT(add, p->batch * cnn_blocks(p->count), p->batch * p->count / 3 * cnn_function_cost(p->function))

CNN_KERNEL(add) {
  const cnn_add_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const cnn_block b = cnn_block_at(unit, p->count);
    float *y = (float *)operands[0] + b.image * p->y_stride;
    const float *u = (const float *)operands[1] + b.image * p->a_stride;
    const float *v = (const float *)operands[2] + b.image * p->b_stride;
    for (int64_t start = b.begin; start < b.end; start += CNN_RUN) {
      const int64_t stop = cnn_min(b.end, start + CNN_RUN);
      CNN_ELEMENTWISE for (int64_t i = start; i < stop; i++) y[i] = u[i] + v[i];
      cnn_apply(p->function, (float)p->alpha, y + start, y + start, stop - start);
    }
  }
}

CNN_SPLIT(multiply, p->batch * p->channels, p->batch * p->channels * p->area / 4)

CNN_KERNEL(multiply) {
  const cnn_multiply_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
    const float *a = (const float *)operands[1] + n * p->a_stride + c * p->area;
    const float *b = (const float *)operands[2] + n * p->b_stride + c * p->b_area;
    if (p->b_area == p->area) {
      CNN_ELEMENTWISE for (int64_t i = 0; i < p->area; i++) y[i] = a[i] * b[i];
    } else {
      const float factor = b[0];
      CNN_ELEMENTWISE for (int64_t i = 0; i < p->area; i++) y[i] = a[i] * factor;
    }
  }
}
