// Local response normalisation of blocks. The squares of a pixel's channels are laid side by side, two blocks at
// a time, so that the sums over neighbouring channels are unaligned vectors of them.

#include "first_channels.h"
#include "lrn.h"
#include "units.h"

enum { LRN_PIXELS = 32 };  // that a unit of work has, of one block

/// Squares of two neighbouring blocks, pixel by pixel.
typedef float lrn_squares[LRN_PIXELS][2 * CNN_PANEL];

/// squares[i][half * 16 + lane] = the square of a block's channel at each of `pixels` pixels, 0 in the lanes from
/// `channels` on: x is the block's first of them, and not looked at without channels.
static void lrn_square(const float *x, int64_t channels, int64_t pixels, int64_t half, lrn_squares squares) {
  for (int64_t i = 0; i < pixels; i++) {
    float *to = squares[i] + half * CNN_PANEL;
    cnn_sixteen v = channels >= CNN_PANEL ? cnn_load_sixteen(x + i * CNN_PANEL)
                    : channels > 0           ? cnn_load_first(x + i * CNN_PANEL, channels)
                                             : cnn_fill_sixteen(0);
    CNN_EACH_PART(part) v.part[part] *= v.part[part];
    cnn_store_sixteen(to, v);
  }
}

/// sums[i][lane] += the squares from `first` to `last` places behind the lane's.
static void lrn_add(lrn_squares squares, int64_t first, int64_t last, int64_t pixels,
                    float sums[LRN_PIXELS][CNN_PANEL]) {
  for (int64_t i = 0; i < pixels; i++) {
    cnn_sixteen sum = cnn_load_sixteen(sums[i]);
    for (int64_t place = first; place <= last; place++) {
      const cnn_sixteen v = cnn_load_sixteen(squares[i] + place);
      CNN_EACH_PART(part) sum.part[part] += v.part[part];
    }
    cnn_store_sixteen(sums[i], sum);
  }
}

/// Pixels of a block; x and y are the image's.
static void lrn_blocks_run(const cnn_lrn_parameters *p, const float *x, int64_t block, int64_t pixel, int64_t pixels,
                           float *y) {
  lrn_squares squares;
  float sums[LRN_PIXELS][CNN_PANEL] = {0};
  const int64_t before = cnn_min(p->size / 2, p->channels), behind = cnn_min((p->size - 1) / 2, p->channels);
  // The sum at a lane runs from `before` places before it to `behind` behind it, over blocks first...last + 1.
  const int64_t first = cnn_max(-1, block - (before + CNN_PANEL - 1) / CNN_PANEL);
  const int64_t last = cnn_min(cnn_channel_blocks(p->channels) - 1, block + behind / CNN_PANEL);
  for (int64_t pair = first; pair <= last; pair++) {
    for (int64_t half = 0; half < 2; half++) {
      const int64_t other = pair + half, channels = other < 0 ? 0 : p->channels - other * CNN_PANEL;
      const float *of = channels > 0 ? x + (other * p->pixels + pixel) * CNN_PANEL : NULL;
      lrn_square(of, channels, pixels, half, squares);
    }
    const int64_t distance = (pair - block) * CNN_PANEL;
    lrn_add(squares, cnn_max(0, -before - distance), cnn_min(CNN_PANEL - 1, behind - distance), pixels, sums);
  }
  const float alpha = (float)p->alpha, k = (float)p->k;
  float *scale = sums[0];
  for (int64_t i = 0; i < pixels * CNN_PANEL; i++) scale[i] = k + alpha * scale[i];
  const int64_t place = (block * p->pixels + pixel) * CNN_PANEL;
  lrn_normalize(p, x + place, scale, y + place, pixels * CNN_PANEL);
}

CNN_SPLIT(lrn_blocks,
          p->batch * cnn_channel_blocks(p->channels) * ((p->pixels + LRN_PIXELS - 1) / LRN_PIXELS),
          p->batch * cnn_channel_blocks(p->channels) * p->pixels * (p->size + 8) * 2)

CNN_KERNEL(lrn_blocks) {
  const cnn_lrn_blocks_parameters *p = parameters;
  const int64_t runs = (p->pixels + LRN_PIXELS - 1) / LRN_PIXELS, blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / runs / blocks, block = unit / runs % blocks, pixel = unit % runs * LRN_PIXELS;
    lrn_blocks_run(p, (const float *)operands[1] + n * p->x_stride, block, pixel,
                   cnn_min(LRN_PIXELS, p->pixels - pixel), (float *)operands[0] + n * p->y_stride);
  }
}
