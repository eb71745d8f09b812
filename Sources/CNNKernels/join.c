#include "functions.h"

void cnn_add(void *const *operands, const void *parameters) {
  const cnn_add_parameters *p = parameters;
  for (int64_t n = 0; n < p->batch; n++) {
    float *y = (float *)operands[0] + n * p->y_stride;
    const float *a = (const float *)operands[1] + n * p->a_stride;
    const float *b = (const float *)operands[2] + n * p->b_stride;
    for (int64_t start = 0; start < p->count; start += CNN_RUN) {
      const int64_t end = p->count - start < CNN_RUN ? p->count : start + CNN_RUN;
      for (int64_t i = start; i < end; i++) y[i] = a[i] + b[i];
      cnn_apply(p->function, (float)p->alpha, y + start, y + start, end - start);
    }
  }
}

void cnn_multiply(void *const *operands, const void *parameters) {
  const cnn_multiply_parameters *p = parameters;
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t c = 0; c < p->channels; c++) {
      float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
      const float *a = (const float *)operands[1] + n * p->a_stride + c * p->area;
      const float *b = (const float *)operands[2] + n * p->b_stride + c * p->b_area;
      if (p->b_area == p->area) {
        for (int64_t i = 0; i < p->area; i++) y[i] = a[i] * b[i];
      } else {
        const float factor = b[0];
        for (int64_t i = 0; i < p->area; i++) y[i] = a[i] * factor;
      }
    }
  }
}
