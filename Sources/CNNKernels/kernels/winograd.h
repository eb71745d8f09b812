// Convolutions of 3x3, stride 1, as Winograd's F(2x2, 3x3) and F(4x4, 3x3): what the three kernels share.
//
// A tile of `tile` x `tile` outputs reads a patch of `edge` x `edge` inputs, edge = tile + 2. Transformed, patch and
// weights are multiplied element by element, so that for each of edge^2 elements, xi, there is one product of
// matrices: M[xi] = V[xi] * U[xi], tiles x channels times channels x filters. M is transformed back.
//
//   U   [block of 16 filters][xi][channel, up to a multiple of 16][16 filters]
//   V   [group of tiles][xi][block of 16 channels][tile of the group][16 channels]
//
// A group is what the multiplication keeps in registers at once, so V's order depends on the instruction set. It comes
// first so that what a patch is transformed into lies on few pages: a third less time than with xi first.

#ifndef CNN_WINOGRAD_H
#define CNN_WINOGRAD_H

#include "pixel_tiles.h"

enum {
  WINOGRAD_EDGE = 6,  // of the larger tile's patch
  WINOGRAD_ELEMENTS = WINOGRAD_EDGE * WINOGRAD_EDGE
};

/// Elements of a transformed patch.
static inline int64_t winograd_elements(int64_t tile) { return (tile + 2) * (tile + 2); }

/// Groups of a chunk of tiles.
static inline int64_t winograd_groups(int64_t tiles) { return cnn_pixel_tiles(tiles); }

/// The first tile of a group; that of the group behind the last is the number of tiles.
static inline int64_t winograd_first_tile(int64_t tiles, int64_t group) {
  return cnn_pixel_tile_at(tiles, winograd_groups(tiles), group);
}

/// Where a tile lies: its image and its row and column among the image's tiles.
typedef struct {
  int64_t image, row, column;
} winograd_place;

static inline winograd_place winograd_place_of(int64_t tile, int64_t tiles_down, int64_t tiles_across) {
  return (winograd_place){tile / (tiles_down * tiles_across), tile / tiles_across % tiles_down,
                          tile % tiles_across};
}

static inline winograd_place winograd_next_place(winograd_place place, int64_t tiles_down, int64_t tiles_across) {
  if (++place.column < tiles_across) return place;
  place.column = 0;
  if (++place.row < tiles_down) return place;
  return (winograd_place){place.image + 1, 0, 0};
}

#endif
