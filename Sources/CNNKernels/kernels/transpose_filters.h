// Filters and channels of a convolution's weights exchanged, its kernels turned by half a turn.

#include "units.h"

/// Channels of a unit: neighbours in the weights, so that each line of memory is read once.
enum { TRANSPOSED_CHANNELS = 16 };

static inline int64_t transposed_units(int64_t channels) {
  return (channels + TRANSPOSED_CHANNELS - 1) / TRANSPOSED_CHANNELS;
}

CNN_SPLIT(transpose_filters, p->groups * transposed_units(p->channels),
          p->groups * p->filters * p->channels * p->taps)

CNN_KERNEL(transpose_filters) {
  const cnn_transpose_filters_parameters *p = parameters;
  const int64_t units = transposed_units(p->channels), taps = p->taps;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t g = unit / units, channel = unit % units * TRANSPOSED_CHANNELS;
    const int64_t channels = cnn_min(TRANSPOSED_CHANNELS, p->channels - channel);
    const float *w = (const float *)operands[1] + (g * p->filters * p->channels + channel) * taps;
    float *t = (float *)operands[0] + (g * p->channels + channel) * p->filters * taps;
    for (int64_t k = 0; k < p->filters; k++)
      for (int64_t c = 0; c < channels; c++)
        for (int64_t tap = 0; tap < taps; tap++)
          t[(c * p->filters + k) * taps + tap] = w[(k * p->channels + c) * taps + taps - 1 - tap];
  }
}
