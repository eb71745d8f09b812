// Transforms patches of the input, tile by tile, for the multiplication: V is [tile][xi][channel, up to a multiple of 16].

#include "lanes.h"
#include "../kernels/units.h"
#include "../kernels/winograd_transforms.h"

CNN_SPLIT(winograd_input, p->tile_count, p->tile_count * cnn_channel_blocks(p->channels) * (p->tile == 2 ? 50 : 140))

/// 16 channels of a patch whose first element lies at row `top` and column `left` of x, to v and `step` floats apart.
CNN_INLINE void winograd_transform_patch(const int tile, const float *x, int64_t height, int64_t width, int64_t top,
                                         int64_t left, float *v, int64_t step) {
  float columns[WINOGRAD_EDGE][WINOGRAD_EDGE][CNN_PANEL];
  for (int j = 0; j < tile + 2; j++) {
    const float *from[WINOGRAD_EDGE];
    for (int i = 0; i < tile + 2; i++) {
      const int64_t row = top + i, column = left + j;
      const int is_inside = row >= 0 && row < height && column >= 0 && column < width;
      from[i] = is_inside ? x + (row * width + column) * CNN_PANEL : cnn_no_pixel;
    }
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float d[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      for (int i = 0; i < tile + 2; i++) d[i] = from[i][lane];
      winograd_transform_inputs(tile, d, t);
      for (int i = 0; i < tile + 2; i++) columns[i][j][lane] = t[i];
    }
  }
  for (int i = 0; i < tile + 2; i++)
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float d[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      for (int j = 0; j < tile + 2; j++) d[j] = columns[i][j][lane];
      winograd_transform_inputs(tile, d, t);
      for (int j = 0; j < tile + 2; j++) v[(i * (tile + 2) + j) * step + lane] = t[j];
    }
}

CNN_KERNEL(winograd_input) {
  const cnn_winograd_input_parameters *p = parameters;
  const int64_t channels = cnn_channel_blocks(p->channels) * CNN_PANEL, elements = winograd_elements(p->tile);
  for (int64_t unit = first; unit < end; unit++) {
    const winograd_place place = winograd_place_of(p->first_tile + unit, p->tiles_down, p->tiles_across);
    const int64_t top = place.row * p->tile - p->pad_top, left = place.column * p->tile - p->pad_left;
    const float *x = (const float *)operands[1] + place.image * p->x_stride;
    float *v = (float *)operands[0] + unit * elements * channels;
    for (int64_t c = 0; c < channels; c += CNN_PANEL) {
      const float *plane = x + c * p->height * p->width;
      if (p->tile == 2)
        winograd_transform_patch(2, plane, p->height, p->width, top, left, v + c, channels);
      else
        winograd_transform_patch(4, plane, p->height, p->width, top, left, v + c, channels);
    }
  }
}
