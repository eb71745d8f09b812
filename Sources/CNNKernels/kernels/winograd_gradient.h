// The gradient of the weights of a 3x3 convolution by Winograd's algorithm: that of the weights' transform, an element
// by element product and the outputs' transform, each taken backwards. For each of edge^2 elements, xi, there is one
// product of matrices, summed over the tiles of all images: dU[xi] = V[xi] * dM[xi], channels x tiles times
// tiles x filters. V is the transformed input, dM the transformed dy, and dU is transformed back once, at the end.
// Lavin, Gray 2016, who compute the gradient so too.
//
//   V, dM   [xi][block of 16 channels or filters][tile of the chunk][16], a line more from xi to xi
//   dU      [xi][one or two blocks of 16 filters][block of 16 channels][16 channels][block][16 filters], likewise

#include "pixel_tiles.h"
#include "weight_gradient_tile.h"
#include "winograd_input.h"

enum {
  WINOGRAD_GRADIENT_TILES = 8,   // that a unit transforms,
  WINOGRAD_GRADIENT_BLOCKS = 4,  // in so many blocks
  WINOGRAD_GRADIENT_SQUARE = CNN_PANEL * CNN_PANEL
};

/// Floats from xi to xi of a chunk's tiles. They are no power of two apart, or else all of a tile's elements would
/// compete for one line of the cache.
static inline int64_t winograd_gradient_step(int64_t channels, int64_t tiles) {
  return (cnn_channel_blocks(channels) * tiles + 1) * CNN_PANEL;
}

/// The same of the sums.
static inline int64_t winograd_gradient_sums(int64_t filters, int64_t channels) {
  return (cnn_channel_blocks(filters) * cnn_channel_blocks(channels) * CNN_PANEL + 1) * CNN_PANEL;
}

/// Parts of a chunk's tiles, and of the blocks.
static inline int64_t winograd_gradient_tile_parts(const cnn_winograd_input_parameters *p) {
  return (p->tile_count + WINOGRAD_GRADIENT_TILES - 1) / WINOGRAD_GRADIENT_TILES;
}
static inline int64_t winograd_gradient_block_parts(const cnn_winograd_input_parameters *p) {
  return (cnn_channel_blocks(p->channels) + WINOGRAD_GRADIENT_BLOCKS - 1) / WINOGRAD_GRADIENT_BLOCKS;
}

/// 16 filters of a tile of dy, `rows` x `columns` of which exist and whose rows lie `row` apart, to m, m + step, ...
CNN_INLINE void winograd_gradient_dy(const int tile, const float *dy, int64_t rows, int64_t columns, int64_t row,
                                     float *m, int64_t step) {
  cnn_vector lines[WINOGRAD_EDGE][CNN_PANEL_VECTORS][WINOGRAD_EDGE];
  CNN_UNROLL for (int j = 0; j < tile; j++) {
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector column[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      CNN_UNROLL for (int i = 0; i < tile; i++)
        column[i] = i < rows && j < columns ? cnn_load(dy + i * row + j * CNN_PANEL + part * CNN_LANES)
                                            : (cnn_vector)(0);
      winograd_transform_gradients(tile, column, t);
      CNN_UNROLL for (int i = 0; i < tile + 2; i++) lines[i][part][j] = t[i];
    }
  }
  for (int i = 0; i < tile + 2; i++) {
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector t[WINOGRAD_EDGE];
      winograd_transform_gradients(tile, lines[i][part], t);
      CNN_UNROLL for (int j = 0; j < tile + 2; j++)
        cnn_store(m + (i * (tile + 2) + j) * step + part * CNN_LANES, t[j]);
    }
  }
}

/// Transforms some tiles of x, or of dy, in blocks first..<end.
CNN_INLINE void winograd_gradient_transform(const int tile, const int is_dy, const cnn_winograd_input_parameters *p,
                                            const float *x, float *v, cnn_range tiles, cnn_range blocks) {
  const int64_t plane = p->height * p->width * CNN_PANEL, row = p->width * CNN_PANEL;
  const int64_t step = winograd_gradient_step(p->channels, p->tile_count);
  for (int64_t t = tiles.first; t < tiles.end; t++) {
    const winograd_patch patch = winograd_patch_of(p, t);
    const winograd_place place = winograd_place_of(p->first_tile + t, p->tiles_down, p->tiles_across);
    const int64_t rows = p->height - place.row * tile, columns = p->width - place.column * tile;
    for (int64_t block = blocks.first; block < blocks.end; block++) {
      float *to = v + (block * p->tile_count + t) * CNN_PANEL;
      if (is_dy)
        winograd_gradient_dy(tile, x + block * plane + patch.start, rows, columns, row, to, step);
      else
        winograd_transform_patch(tile, x + block * plane, &patch, row, plane, to, step);
    }
  }
}

/// A unit is some tiles and some blocks.
CNN_INLINE void winograd_gradient_units(const int is_dy, void *const *operands, const void *parameters, int64_t first,
                                        int64_t end) {
  const cnn_winograd_input_parameters *p = parameters;
  const int64_t parts = winograd_gradient_block_parts(p);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t tile = unit / parts * WINOGRAD_GRADIENT_TILES, block = unit % parts * WINOGRAD_GRADIENT_BLOCKS;
    const cnn_range tiles = {tile, cnn_min(p->tile_count, tile + WINOGRAD_GRADIENT_TILES)};
    const cnn_range blocks = {block, cnn_min(cnn_channel_blocks(p->channels), block + WINOGRAD_GRADIENT_BLOCKS)};
    if (p->tile == 2)
      winograd_gradient_transform(2, is_dy, p, operands[1], operands[0], tiles, blocks);
    else
      winograd_gradient_transform(4, is_dy, p, operands[1], operands[0], tiles, blocks);
  }
}

CNN_SPLIT(winograd_gradient_x, winograd_gradient_tile_parts(p) * winograd_gradient_block_parts(p),
          p->tile_count * cnn_channel_blocks(p->channels) * (p->tile == 2 ? 25 : 70))
CNN_KERNEL(winograd_gradient_x) { winograd_gradient_units(0, operands, parameters, first, end); }

CNN_SPLIT(winograd_gradient_dy, winograd_gradient_tile_parts(p) * winograd_gradient_block_parts(p),
          p->tile_count * cnn_channel_blocks(p->channels) * (p->tile == 2 ? 20 : 60))
CNN_KERNEL(winograd_gradient_dy) { winograd_gradient_units(1, operands, parameters, first, end); }

CNN_SPLIT(winograd_gradient_multiply, winograd_elements(p->tile),
          winograd_elements(p->tile) * p->tile_count * p->channels * p->filters / (5 * CNN_LANES))

/// A unit is an xi.
CNN_KERNEL(winograd_gradient_multiply) {
  const cnn_winograd_gradient_multiply_parameters *p = parameters;
  const int64_t filters = cnn_channel_blocks(p->filters), channels = cnn_channel_blocks(p->channels);
  const int64_t block = p->tile_count * CNN_PANEL;
  const gradient_run run = {0, 0, p->tile_count};
  for (int64_t xi = first; xi < end; xi++) {
    float *u = (float *)operands[0] + xi * winograd_gradient_sums(p->filters, p->channels);
    const float *v = (const float *)operands[1] + xi * winograd_gradient_step(p->channels, p->tile_count);
    const float *m = (const float *)operands[2] + xi * winograd_gradient_step(p->filters, p->tile_count);
    for (int64_t k = 0; k < filters; k += CNN_PANELS) {
      const int64_t panels = cnn_min(CNN_PANELS, filters - k);
      for (int64_t c = 0; c < channels; c++) {
        const int64_t count = cnn_block_channels(p->channels, c), tiles = cnn_pixel_tiles(count);
        if (p->adds == 0) memset(u, 0, (size_t)(panels * WINOGRAD_GRADIENT_SQUARE) * sizeof(float));
        for (int64_t tile = 0; tile < tiles; tile++) {
          const int64_t at = cnn_pixel_tile_at(count, tiles, tile);
          gradient_any_tile(cnn_pixel_tile_at(count, tiles, tile + 1) - at, panels, &run, 1, v + c * block + at,
                            CNN_PANEL, m + k * block, block, u + at * panels * CNN_PANEL);
        }
        u += panels * WINOGRAD_GRADIENT_SQUARE;
      }
    }
  }
}

/// A channel's elements of u, `step` apart, to its nine gradients of 16 filters.
CNN_INLINE void winograd_gradient_back(const int tile, const float *u, int64_t step, float dw[9][CNN_PANEL]) {
  const double(*g)[3] = winograd_weight_matrix(tile);
  CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
    cnn_vector sums[3][3];
    CNN_UNROLL for (int tap = 0; tap < 9; tap++) sums[tap / 3][tap % 3] = (cnn_vector)(0);
    for (int i = 0; i < tile + 2; i++) {
      cnn_vector row[3] = {(cnn_vector)(0), (cnn_vector)(0), (cnn_vector)(0)};
      for (int j = 0; j < tile + 2; j++) {
        const cnn_vector value = cnn_load(u + (i * (tile + 2) + j) * step + part * CNN_LANES);
        CNN_UNROLL for (int fx = 0; fx < 3; fx++) row[fx] += value * (float)g[j][fx];
      }
      CNN_UNROLL for (int fy = 0; fy < 3; fy++)
        CNN_UNROLL for (int fx = 0; fx < 3; fx++) sums[fy][fx] += row[fx] * (float)g[i][fy];
    }
    CNN_UNROLL for (int tap = 0; tap < 9; tap++) cnn_store(dw[tap] + part * CNN_LANES, sums[tap / 3][tap % 3]);
  }
}

CNN_SPLIT(winograd_gradient_finish, cnn_channel_blocks(p->filters) * cnn_channel_blocks(p->channels),
          p->filters * p->channels * (p->tile == 2 ? 3 : 6))

/// A unit is a block of filters and one of channels.
CNN_KERNEL(winograd_gradient_finish) {
  const cnn_winograd_gradient_finish_parameters *p = parameters;
  const int64_t filters = cnn_channel_blocks(p->filters), channels = cnn_channel_blocks(p->channels);
  const int64_t step = winograd_gradient_sums(p->filters, p->channels);
  float dw[CNN_PANEL][9][CNN_PANEL];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t k = unit / channels, c = unit % channels, pair = k / CNN_PANELS * CNN_PANELS;
    const int64_t panels = cnn_min(CNN_PANELS, filters - pair), count = cnn_block_channels(p->channels, c);
    const float *u = (const float *)operands[1] + (pair * channels + c * panels) * WINOGRAD_GRADIENT_SQUARE +
                     (k - pair) * CNN_PANEL;
    for (int64_t i = 0; i < count; i++) {
      if (p->tile == 2)
        winograd_gradient_back(2, u + i * panels * CNN_PANEL, step, dw[i]);
      else
        winograd_gradient_back(4, u + i * panels * CNN_PANEL, step, dw[i]);
    }
    for (int64_t f = 0; f < cnn_block_channels(p->filters, k); f++) {
      float *to = (float *)operands[0] + ((k * CNN_PANEL + f) * p->channels + c * CNN_PANEL) * 9;
      for (int64_t i = 0; i < count; i++)
        for (int64_t tap = 0; tap < 9; tap++) to[i * 9 + tap] = dw[i][tap][f];
    }
  }
}
