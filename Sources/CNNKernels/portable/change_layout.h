// Planar activations to blocks and back. A unit is a block of an image.

#include "lanes.h"
#include "../kernels/units.h"

CNN_SPLIT(blocks_from_planar, p->batch * cnn_channel_blocks(p->channels), p->batch * p->channels * p->area)
CNN_SPLIT(planar_from_blocks, p->batch * cnn_channel_blocks(p->channels), p->batch * p->channels * p->area)

CNN_KERNEL(blocks_from_planar) {
  const cnn_blocks_from_planar_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / blocks, place = unit % blocks * CNN_PANEL * p->area;
    const int64_t channels = cnn_block_channels(p->channels, unit % blocks);
    const float *x = (const float *)operands[1] + n * p->x_stride + place;
    float *y = (float *)operands[0] + n * p->y_stride + place;
    for (int64_t i = 0; i < p->area; i++)
      for (int64_t c = 0; c < CNN_PANEL; c++) y[i * CNN_PANEL + c] = c < channels ? x[c * p->area + i] : 0;
  }
}

CNN_KERNEL(planar_from_blocks) {
  const cnn_planar_from_blocks_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / blocks, place = unit % blocks * CNN_PANEL * p->area;
    const int64_t channels = cnn_block_channels(p->channels, unit % blocks);
    const float *x = (const float *)operands[1] + n * p->x_stride + place;
    float *y = (float *)operands[0] + n * p->y_stride + place;
    for (int64_t c = 0; c < channels; c++)
      for (int64_t i = 0; i < p->area; i++) y[c * p->area + i] = x[i * CNN_PANEL + c];
  }
}
