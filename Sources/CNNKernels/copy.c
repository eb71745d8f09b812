#include <string.h>

#include "cnn_kernels.h"

void cnn_copy(void *const *operands, const void *parameters) {
  const cnn_copy_parameters *p = parameters;
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t c = 0; c < p->channels; c++) {
      float *y = (float *)operands[0] + p->y_offset + n * p->y_stride + c * p->y_channel_stride;
      const float *x =
          (const float *)operands[1] + p->x_offset + n * p->x_stride + c * p->x_channel_stride;
      for (int64_t i = 0; i < p->rows; i++)
        memcpy(y + i * p->y_row_stride, x + i * p->x_row_stride, (size_t)p->columns * sizeof(float));
    }
  }
}

void cnn_fill(void *const *operands, const void *parameters) {
  const cnn_fill_parameters *p = parameters;
  const float value = (float)p->value;
  for (int64_t n = 0; n < p->batch; n++) {
    float *y = (float *)operands[0] + n * p->y_stride;
    for (int64_t i = 0; i < p->count; i++) y[i] = value;
  }
}
