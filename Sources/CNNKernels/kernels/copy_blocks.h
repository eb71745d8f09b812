// Channels of blocks to other channels of blocks, as a concatenation puts them, and a slice takes them.

#include "sixteen.h"
#include "units.h"

enum { COPY_PIXELS = 256 };  // that a unit of work has, of one block of y

/// Blocks of y that are written, in part or whole.
static int64_t copy_blocks_blocks(const cnn_copy_blocks_parameters *p) {
  return cnn_channel_blocks(p->first_channel % CNN_PANEL + p->channels);
}

static int64_t copy_blocks_runs(const cnn_copy_blocks_parameters *p) {
  return (p->area + COPY_PIXELS - 1) / COPY_PIXELS;
}

/// y = the lanes of x from `shift` - 16 on, x's block before it and itself (NULL: not there), where begin <= lane < end.
static void copy_lanes(const float *before, const float *x, int64_t shift, int64_t begin, int64_t end,
                       int64_t pixels, float *y) {
  float lanes[2 * CNN_PANEL] = {0};
  for (int64_t i = 0; i < pixels * CNN_PANEL; i += CNN_PANEL) {
    if (before != NULL) cnn_store_sixteen(lanes, cnn_load_sixteen(before + i));
    if (x != NULL) cnn_store_sixteen(lanes + CNN_PANEL, cnn_load_sixteen(x + i));
    for (int64_t lane = begin; lane < end; lane++) y[i + lane] = lanes[CNN_PANEL - shift + lane];
  }
}

CNN_SPLIT(copy_blocks, p->batch * copy_blocks_blocks(p) * copy_blocks_runs(p),
          p->batch * copy_blocks_blocks(p) * p->area * 3)

CNN_KERNEL(copy_blocks) {
  const cnn_copy_blocks_parameters *p = parameters;
  const int64_t runs = copy_blocks_runs(p), blocks = copy_blocks_blocks(p);
  const int64_t size = p->area * CNN_PANEL;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / runs / blocks, block = unit / runs % blocks, pixel = unit % runs * COPY_PIXELS;
    const int64_t pixels = cnn_min(COPY_PIXELS, p->area - pixel);
    float *y = (float *)operands[0] + n * p->y_stride + (p->first_channel / CNN_PANEL + block) * size +
               pixel * CNN_PANEL;
    // x's first channel that is copied becomes lane `origin` of this block, and lane 0 of a block of x `shift`.
    const int64_t origin = p->first_channel % CNN_PANEL - block * CNN_PANEL;
    const int64_t begin = cnn_max(0, origin), last = cnn_min(CNN_PANEL, origin + p->channels);
    const int64_t lane = p->first_x_channel - origin, x_block = (lane + 2 * CNN_PANEL - 1) / CNN_PANEL - 1;
    const int64_t shift = x_block * CNN_PANEL - lane;
    const float *x = (const float *)operands[1] + n * p->x_stride + x_block * size + pixel * CNN_PANEL;
    if (shift == 0 && last - begin == CNN_PANEL)
      memcpy(y, x, (size_t)(pixels * CNN_PANEL) * sizeof(float));
    else
      copy_lanes(begin < shift ? x - size : NULL, last > shift ? x : NULL, shift, begin, last, pixels, y);
  }
}
