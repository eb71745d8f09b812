// Blocks of 16 channels and panels of 16 filters, whatever they are computed with.

#ifndef CNN_PANELS_H
#define CNN_PANELS_H

#include "geometry.h"

/// Channels of a block, and filters of a panel.
enum { CNN_PANEL = 16 };

/// Blocks, or panels, of a number of channels or filters.
static inline int64_t cnn_channel_blocks(int64_t channels) { return (channels + CNN_PANEL - 1) / CNN_PANEL; }

/// Channels of a block that exist.
static inline int64_t cnn_block_channels(int64_t channels, int64_t block) {
  return cnn_min(CNN_PANEL, channels - block * CNN_PANEL);
}

/// to[i] = 16 filters' bias from the first of them on, 0 for those that do not exist and where `bias` is NULL.
static inline void cnn_copy_bias(const float *bias, int64_t filter, int64_t filters, float to[CNN_PANEL]) {
  for (int64_t i = 0; i < CNN_PANEL; i++) to[i] = bias && filter + i < filters ? bias[filter + i] : 0;
}

#endif
