// Transforms patches of the input, tile by tile, for the multiplication.

#ifndef CNN_WINOGRAD_INPUT_H
#define CNN_WINOGRAD_INPUT_H

#include "units.h"
#include "winograd_transforms.h"

enum { WINOGRAD_INPUT_BLOCKS = 4 };  // blocks of channels of a unit

/// A tile's patch: the rows and columns of it that lie in the image, and where its first element would lie in
/// the image's first block of channels.
typedef struct {
  int64_t start;
  cnn_range rows, columns;
} winograd_patch;

static winograd_patch winograd_patch_of(const cnn_winograd_input_parameters *p, int64_t tile) {
  const winograd_place place = winograd_place_of(p->first_tile + tile, p->tiles_down, p->tiles_across);
  const int64_t top = place.row * p->tile - p->pad_top, left = place.column * p->tile - p->pad_left;
  return (winograd_patch){
      place.image * p->x_stride + (top * p->width + left) * CNN_PANEL,
      cnn_inside(0, p->tile + 2, 1, top, 0, p->height),
      cnn_inside(0, p->tile + 2, 1, left, 0, p->width)};
}

/// 16 channels of a patch, whose first element is x[start] and whose rows lie `row` apart, to v, v + step, ...; the
/// same patch of the next 16 channels, `next` behind, is fetched meanwhile.
CNN_INLINE void winograd_transform_patch(const int tile, const float *x, const winograd_patch *patch, int64_t row,
                                         int64_t next, float *v, int64_t step) {
  static const float zeros[WINOGRAD_EDGE * CNN_PANEL];
  cnn_vector columns[WINOGRAD_EDGE][CNN_PANEL_VECTORS][WINOGRAD_EDGE];
  const float *rows[WINOGRAD_EDGE];
  CNN_UNROLL for (int i = 0; i < tile + 2; i++)
    rows[i] = i >= patch->rows.first && i < patch->rows.end ? x + (patch->start + i * row) : zeros;
  for (int j = 0; j < tile + 2; j++) {
    const int inside = j >= patch->columns.first && j < patch->columns.end;
    // The first two columns are also the tile's before.
    if (j >= 2) CNN_UNROLL for (int i = 0; i < tile + 2; i++) __builtin_prefetch(rows[i] + j * CNN_PANEL + next);
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector d[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      CNN_UNROLL for (int i = 0; i < tile + 2; i++)
        d[i] = inside ? cnn_load(rows[i] + j * CNN_PANEL + part * CNN_LANES) : (cnn_vector)(0);
      winograd_transform_inputs(tile, d, t);
      CNN_UNROLL for (int i = 0; i < tile + 2; i++) columns[i][part][j] = t[i];
    }
  }
  for (int i = 0; i < tile + 2; i++) {
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector t[WINOGRAD_EDGE];
      winograd_transform_inputs(tile, columns[i][part], t);
      CNN_UNROLL for (int j = 0; j < tile + 2; j++)
        cnn_store(v + (i * (tile + 2) + j) * step + part * CNN_LANES, t[j]);
    }
  }
}

/// A group of tiles, for blocks of channels first..<end.
CNN_INLINE void winograd_transform_group(const int tile, const cnn_winograd_input_parameters *p, const float *x,
                                         float *v, int64_t group, int64_t first, int64_t end) {
  const int64_t tiles = p->tile_count, channels = cnn_channel_blocks(p->channels) * CNN_PANEL;
  const int64_t first_tile = winograd_first_tile(tiles, group);
  const int64_t count = winograd_first_tile(tiles, group + 1) - first_tile;
  const int64_t plane = p->height * p->width * CNN_PANEL;
  winograd_patch patches[CNN_PIXELS];
  v += first_tile * winograd_elements(tile) * channels;
  for (int64_t t = 0; t < count; t++) patches[t] = winograd_patch_of(p, first_tile + t);
  for (int64_t block = first; block < end; block++)
    for (int64_t t = 0; t < count; t++)
      winograd_transform_patch(tile, x + block * plane, &patches[t], p->width * CNN_PANEL, plane,
                               v + (block * count + t) * CNN_PANEL, count * channels);
}

/// Parts that the blocks of channels are divided into.
static int64_t winograd_input_parts(const cnn_winograd_input_parameters *p) {
  return (cnn_channel_blocks(p->channels) + WINOGRAD_INPUT_BLOCKS - 1) / WINOGRAD_INPUT_BLOCKS;
}

CNN_SPLIT(winograd_input, winograd_groups(p->tile_count) * winograd_input_parts(p),
          p->tile_count * cnn_channel_blocks(p->channels) * (p->tile == 2 ? 25 : 70))

/// A unit is a group of tiles and some blocks of channels.
CNN_KERNEL(winograd_input) {
  const cnn_winograd_input_parameters *p = parameters;
  const int64_t parts = winograd_input_parts(p), blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t from = unit % parts * WINOGRAD_INPUT_BLOCKS;
    const int64_t to = cnn_min(blocks, from + WINOGRAD_INPUT_BLOCKS);
    if (p->tile == 2)
      winograd_transform_group(2, p, operands[1], operands[0], unit / parts, from, to);
    else
      winograd_transform_group(4, p, operands[1], operands[0], unit / parts, from, to);
  }
}

#endif
