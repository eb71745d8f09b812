// How a run of pixels is divided into those whose sums are computed together.

#ifndef CNN_PIXEL_TILES_H
#define CNN_PIXEL_TILES_H

#include "blocks.h"

/// Tiles of a run of pixels, as equal as they can be: a small one keeps too few sums to hide their latency.
static inline int64_t cnn_pixel_tiles(int64_t pixels) { return (pixels + CNN_PIXELS - 1) / CNN_PIXELS; }

/// The first pixel of a tile.
static inline int64_t cnn_pixel_tile_at(int64_t pixels, int64_t tiles, int64_t tile) {
  return pixels * tile / tiles;
}

#endif
