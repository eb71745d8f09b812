#include "units.h"

CNN_SPLIT(copy, p->batch * p->channels, p->batch * p->channels * p->rows * (p->columns / 8 + 4))

CNN_KERNEL(copy) {
  const cnn_copy_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + p->y_offset + n * p->y_stride + c * p->y_channel_stride;
    const float *x =
        (const float *)operands[1] + p->x_offset + n * p->x_stride + c * p->x_channel_stride;
    for (int64_t i = 0; i < p->rows; i++)
      memcpy(y + i * p->y_row_stride, x + i * p->x_row_stride, (size_t)p->columns * sizeof(float));
  }
}

CNN_SPLIT(fill, p->batch * cnn_blocks(p->count), p->batch * p->count / 8)

CNN_KERNEL(fill) {
  const cnn_fill_parameters *p = parameters;
  const float value = (float)p->value;
  for (int64_t unit = first; unit < end; unit++) {
    const cnn_block b = cnn_block_at(unit, p->count);
    float *y = (float *)operands[0] + b.image * p->y_stride;
    for (int64_t i = b.begin; i < b.end; i++) y[i] = value;
  }
}
