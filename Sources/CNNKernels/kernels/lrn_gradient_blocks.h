// lrn_gradient of blocks, pixel by pixel: a pixel's numbers stand in lines, channel beside channel with zeros before and
// behind, so that the sums over neighbouring channels are unaligned vectors of them.

#include "sixteen.h"
#include "units.h"

/// One line's room for all channels and what windows reach beyond them.
typedef struct {
  float *squares, *powers, *terms;  // where channel 0 stands
} lrn_lines;

/// Sixteen sums of a line: over places first...last relative to each.
CNN_INLINE cnn_sixteen lrn_window(const float *line, int64_t first, int64_t last) {
  cnn_sixteen sum = cnn_fill_sixteen(0);
  for (int64_t i = first; i <= last; i++) {
    const cnn_sixteen v = cnn_load_sixteen(line + i);
    CNN_EACH_PART(part) sum.part[part] += v.part[part];
  }
  return sum;
}

/// scale^-beta.
static cnn_sixteen lrn_powers(cnn_sixteen scale, float beta) {
  cnn_sixteen powers;
  if (beta == 0.75f) {
    CNN_EACH_PART(part) {
      const cnn_vector root = __builtin_elementwise_sqrt(scale.part[part]);
      powers.part[part] = 1 / (root * __builtin_elementwise_sqrt(root));
    }
    return powers;
  }
  float lanes[CNN_PANEL];
  cnn_store_sixteen(lanes, scale);
  for (int64_t i = 0; i < CNN_PANEL; i++) lanes[i] = powf(lanes[i], -beta);
  return cnn_load_sixteen(lanes);
}

/// Stores a block of a line, 0 in the lanes from `channels` on.
static void lrn_store_line(float *line, cnn_sixteen v, int64_t channels) {
  cnn_store_sixteen(line, v);
  for (int64_t lane = channels; lane < CNN_PANEL; lane++) line[lane] = 0;
}

/// One pixel: x, dy and dx are its place in the image's first block.
static void lrn_gradient_pixel(const cnn_lrn_gradient_blocks_parameters *p, const lrn_lines *lines, const float *dy,
                               const float *x, float *dx) {
  const int64_t blocks = cnn_channel_blocks(p->channels), plane = p->pixels * CNN_PANEL;
  const int64_t before = cnn_min(p->size / 2, p->channels), behind = cnn_min((p->size - 1) / 2, p->channels);
  const float alpha = (float)p->alpha, k = (float)p->k, factor = (float)(2 * p->alpha * p->beta);
  for (int64_t block = 0; block < blocks; block++) {
    cnn_sixteen v = cnn_load_sixteen(x + block * plane);
    CNN_EACH_PART(part) v.part[part] *= v.part[part];
    lrn_store_line(lines->squares + block * CNN_PANEL, v, cnn_block_channels(p->channels, block));
  }
  for (int64_t block = 0; block < blocks; block++) {
    cnn_sixteen scale = lrn_window(lines->squares + block * CNN_PANEL, -before, behind), terms;
    CNN_EACH_PART(part) scale.part[part] = k + alpha * scale.part[part];
    const cnn_sixteen powers = lrn_powers(scale, (float)p->beta);
    const cnn_sixteen d = cnn_load_sixteen(dy + block * plane), v = cnn_load_sixteen(x + block * plane);
    CNN_EACH_PART(part)
      terms.part[part] = d.part[part] * v.part[part] * powers.part[part] / scale.part[part];
    cnn_store_sixteen(lines->powers + block * CNN_PANEL, powers);
    lrn_store_line(lines->terms + block * CNN_PANEL, terms, cnn_block_channels(p->channels, block));
  }
  for (int64_t block = 0; block < blocks; block++) {
    const cnn_sixteen sum = lrn_window(lines->terms + block * CNN_PANEL, -behind, before);
    const cnn_sixteen powers = cnn_load_sixteen(lines->powers + block * CNN_PANEL);
    cnn_sixteen d = cnn_load_sixteen(dy + block * plane);
    const cnn_sixteen v = cnn_load_sixteen(x + block * plane);
    CNN_EACH_PART(part)
      d.part[part] = d.part[part] * powers.part[part] - factor * v.part[part] * sum.part[part];
    cnn_store_sixteen(dx + block * plane, d);
  }
}

CNN_SPLIT(lrn_gradient_blocks, cnn_min(p->batch, CNN_SLOTS),
          p->batch * cnn_channel_blocks(p->channels) * p->pixels * (20 + 2 * p->size))

// A unit is what shares one part of the scratch memory: every CNN_SLOTS-th image.
CNN_KERNEL(lrn_gradient_blocks) {
  const cnn_lrn_gradient_blocks_parameters *p = parameters;
  const int64_t line = cnn_channel_blocks(p->channels) * CNN_PANEL + 2 * p->margin;
  for (int64_t unit = first; unit < end; unit++) {
    float *scratch = (float *)operands[3] + unit * 3 * line;
    memset(scratch, 0, (size_t)(3 * line) * sizeof(float));
    const lrn_lines lines = {scratch + p->margin, scratch + line + p->margin, scratch + 2 * line + p->margin};
    for (int64_t n = unit; n < p->batch; n += CNN_SLOTS) {
      float *dx = (float *)operands[0] + n * p->dx_stride;
      const float *dy = (const float *)operands[1] + n * p->dy_stride;
      const float *x = (const float *)operands[2] + n * p->x_stride;
      for (int64_t i = 0; i < p->pixels * CNN_PANEL; i += CNN_PANEL)
        lrn_gradient_pixel(p, &lines, dy + i, x + i, dx + i);
    }
  }
}
