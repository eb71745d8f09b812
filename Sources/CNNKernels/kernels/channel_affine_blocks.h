// A factor and a term a channel, of blocks.

#include "first_channels.h"
#include "functions.h"
#include "units.h"

enum { AFFINE_PIXELS = 256 };  // that a unit of work has, of one block

/// Pixels of a block: y = scale * x + shift + residual; x or residual may be y.
static void affine_blocks_run(cnn_sixteen scale, cnn_sixteen shift, const float *x, const float *residual,
                              int64_t count, float *y) {
  for (int64_t i = 0; i < count; i += CNN_PANEL) {
    cnn_sixteen v = cnn_load_sixteen(x + i);
    CNN_EACH_PART(part) v.part[part] = scale.part[part] * v.part[part] + shift.part[part];
    if (residual != NULL) {
      const cnn_sixteen r = cnn_load_sixteen(residual + i);
      CNN_EACH_PART(part) v.part[part] += r.part[part];
    }
    cnn_store_sixteen(y + i, v);
  }
}

CNN_SPLIT(channel_affine_blocks,
          p->batch * cnn_channel_blocks(p->channels) * ((p->area + AFFINE_PIXELS - 1) / AFFINE_PIXELS),
          p->batch * cnn_channel_blocks(p->channels) * p->area * 4)

CNN_KERNEL(channel_affine_blocks) {
  const cnn_channel_affine_blocks_parameters *p = parameters;
  const float *weight = operands[2], *bias = operands[3], *residual = operands[4];
  const int64_t runs = (p->area + AFFINE_PIXELS - 1) / AFFINE_PIXELS, blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / runs / blocks, c = unit / runs % blocks * CNN_PANEL;
    const int64_t pixel = unit % runs * AFFINE_PIXELS, place = c * p->area + pixel * CNN_PANEL;
    const int64_t count = cnn_min(AFFINE_PIXELS, p->area - pixel) * CNN_PANEL;
    const float *x = (const float *)operands[1] + n * p->x_stride + place;
    const float *r = residual ? residual + n * p->r_stride + place : NULL;
    float *y = (float *)operands[0] + n * p->y_stride + place;
    const cnn_sixteen scale = cnn_load_first(weight + c, p->channels - c);
    const cnn_sixteen shift = cnn_load_first(bias ? bias + c : NULL, p->channels - c);
    // Elements are finished while they lie in the first-level cache.
    for (int64_t i = 0; i < count; i += CNN_RUN) {
      const int64_t run = cnn_min(CNN_RUN, count - i);
      affine_blocks_run(scale, shift, x + i, r ? r + i : NULL, run, y + i);
      cnn_apply(p->function, (float)p->alpha, y + i, y + i, run);
    }
  }
}
