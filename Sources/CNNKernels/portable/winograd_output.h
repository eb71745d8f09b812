// Multiplies transformed patches by transformed weights, and transforms the products back into the output. A unit is a
// block of 16 filters of a few tiles.

#include "finish.h"
#include "../kernels/units.h"
#include "../kernels/winograd_transforms.h"

enum { WINOGRAD_TILES = 2 * CNN_PIXELS };  // of a unit

static int64_t winograd_parts(const cnn_winograd_output_parameters *p) {
  return (p->tile_count + WINOGRAD_TILES - 1) / WINOGRAD_TILES;
}

CNN_SPLIT(winograd_output, winograd_parts(p) * cnn_channel_blocks(p->filters),
          winograd_elements(p->tile) * p->tile_count * p->channels * p->filters / 16)

/// The products of a unit: [xi][tile][16 filters].
typedef float winograd_products[WINOGRAD_ELEMENTS][WINOGRAD_TILES][CNN_PANEL];

/// v is the unit's first tile's, u the filters'.
static void winograd_multiply(const cnn_winograd_output_parameters *p, const float *v, const float *u, int64_t tiles,
                              winograd_products products) {
  const int64_t channels = cnn_channel_blocks(p->channels) * CNN_PANEL, elements = winograd_elements(p->tile);
  for (int64_t xi = 0; xi < elements; xi++)
    for (int64_t t = 0; t < tiles; t += CNN_PIXELS) {
      const float *x[CNN_PIXELS];
      // The last tile stands in for those behind it, whose sums nobody reads.
      for (int64_t i = 0; i < CNN_PIXELS; i++)
        x[i] = v + (cnn_min(t + i, tiles - 1) * elements + xi) * channels;
      cnn_sums sums;
      cnn_sums_clear(&sums);
      cnn_sums_add(x, p->channels, u + xi * channels * CNN_PANEL, &sums);
      cnn_sums_save(&sums, &products[xi][t]);
    }
}

/// A tile's outputs: [row][column][16].
typedef float winograd_outputs[4][4][CNN_PANEL];

CNN_INLINE void winograd_transform_tile(const int tile, winograd_products products, int64_t t, winograd_outputs y) {
  float lines[4][WINOGRAD_EDGE][CNN_PANEL];
  for (int j = 0; j < tile + 2; j++)
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float m[WINOGRAD_EDGE], o[WINOGRAD_EDGE];
      for (int i = 0; i < tile + 2; i++) m[i] = products[i * (tile + 2) + j][t][lane];
      winograd_transform_products(tile, m, o);
      for (int i = 0; i < tile; i++) lines[i][j][lane] = o[i];
    }
  for (int i = 0; i < tile; i++)
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float m[WINOGRAD_EDGE], o[WINOGRAD_EDGE];
      for (int j = 0; j < tile + 2; j++) m[j] = lines[i][j][lane];
      winograd_transform_products(tile, m, o);
      for (int j = 0; j < tile; j++) y[i][j][lane] = o[j];
    }
}

/// The maxima of a tile's squares of two by two, in place.
static void winograd_pool(int64_t tile, winograd_outputs y) {
  for (int64_t i = 0; i < tile / 2; i++)
    for (int64_t j = 0; j < tile / 2; j++)
      for (int lane = 0; lane < CNN_PANEL; lane++) {
        const float upper = cnn_larger(y[2 * i][2 * j][lane], y[2 * i][2 * j + 1][lane]);
        y[i][j][lane] = cnn_larger(cnn_larger(upper, y[2 * i + 1][2 * j][lane]), y[2 * i + 1][2 * j + 1][lane]);
      }
}

CNN_KERNEL(winograd_output) {
  const cnn_winograd_output_parameters *p = parameters;
  const int64_t channels = cnn_channel_blocks(p->channels) * CNN_PANEL, elements = winograd_elements(p->tile);
  const int64_t side = p->pools ? p->tile / 2 : p->tile;
  const int64_t height = p->pools ? p->out_height / 2 : p->out_height, width = p->pools ? p->out_width / 2 : p->out_width;
  const int64_t parts = winograd_parts(p);
  const float *r = operands[4];
  winograd_products products;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t block = unit / parts, start = unit % parts * WINOGRAD_TILES;
    const int64_t tiles = cnn_min(WINOGRAD_TILES, p->tile_count - start);
    float sixteen[CNN_PANEL];
    cnn_copy_bias(operands[3], block * CNN_PANEL, p->filters, sixteen);
    winograd_multiply(p, (const float *)operands[1] + start * elements * channels,
                      (const float *)operands[2] + block * elements * channels * CNN_PANEL, tiles, products);
    for (int64_t t = 0; t < tiles; t++) {
      const winograd_place place = winograd_place_of(p->first_tile + start + t, p->tiles_down, p->tiles_across);
      winograd_outputs outputs;
      if (p->tile == 2)
        winograd_transform_tile(2, products, t, outputs);
      else
        winograd_transform_tile(4, products, t, outputs);
      if (p->pools) winograd_pool(p->tile, outputs);
      for (int64_t i = 0; i < cnn_min(side, height - place.row * side); i++) {
        const int64_t at = ((block * height + place.row * side + i) * width + place.column * side) * CNN_PANEL;
        cnn_finish(outputs[i][0], sixteen, r ? r + place.image * p->r_stride + at : NULL,
                   cnn_min(side, width - place.column * side), p->function, (float)p->alpha,
                   (float *)operands[0] + place.image * p->y_stride + at);
      }
    }
  }
}
