// Sums of a block's channels over images and pixels, in double: what the gradient of a bias, a batch's statistics
// and their gradients are made of. The pixels of all images, one behind the other, are cut into parts, so that few
// channels make as many units as many do; whoever needs the sums adds the parts up in order.

#ifndef CNN_CHANNEL_SUMS_BLOCKS_H
#define CNN_CHANNEL_SUMS_BLOCKS_H

#include "sixteen.h"
#include "units.h"

typedef double cnn_doubles __attribute__((ext_vector_type(CNN_LANES)));
typedef double cnn_loose_doubles __attribute__((ext_vector_type(CNN_LANES), aligned(4)));

/// What a part's second sums are of.
enum { SUMS_NOTHING = 0, SUMS_PRODUCT = 1, SUMS_NEGATIVE_PRODUCT = 2, SUMS_SQUARE = 3, SUMS_PASSED_PRODUCT = 4 };

/// Of sixteen channels.
typedef struct {
  cnn_doubles plain[CNN_PANEL_VECTORS], second[CNN_PANEL_VECTORS];
} channel_sums;

/// Floats that the sums of a block, or of a part of it, take.
enum { CHANNEL_SUMS_FLOATS = sizeof(channel_sums) / sizeof(float) };

/// What a batch norm with ReLU behind it has let pass: where (x - center) * scale + shift > 0, computed as it was then.
typedef struct {
  cnn_sixteen center, scale, shift;
} channel_pass;

/// (x - center) * scale + shift.
CNN_INLINE cnn_vector channel_normalized(const channel_pass *pass, const int part, cnn_vector x) {
  return (x - pass->center.part[part]) * pass->scale.part[part] + pass->shift.part[part];
}

/// d where ReLU has let x pass, else 0.
CNN_INLINE cnn_vector channel_passed(const channel_pass *pass, const int part, cnn_vector d, cnn_vector x) {
  return channel_normalized(pass, part, x) > 0 ? d : (cnn_vector)(0);
}

/// Adds `count` pixels.
CNN_INLINE void channel_sums_add(const int factor, const channel_pass *pass, const float *a, const float *b,
                                 int64_t count, channel_sums *to) {
  channel_sums sums = *to;
  for (int64_t i = 0; i < count * CNN_PANEL; i += CNN_PANEL) {
    const cnn_sixteen v = cnn_load_sixteen(a + i);
    CNN_EACH_PART(part) {
      const cnn_vector other = factor == SUMS_NOTHING || factor == SUMS_SQUARE
                                   ? v.part[part]
                                   : cnn_load(b + i + part * CNN_LANES);
      const cnn_vector own =
          factor == SUMS_PASSED_PRODUCT ? channel_passed(pass, part, v.part[part], other) : v.part[part];
      const cnn_doubles value = __builtin_convertvector(own, cnn_doubles);
      sums.plain[part] += value;
      if (factor == SUMS_SQUARE) sums.second[part] += value * value;
      if (factor == SUMS_PRODUCT || factor == SUMS_PASSED_PRODUCT)
        sums.second[part] += value * __builtin_convertvector(other, cnn_doubles);
      if (factor == SUMS_NEGATIVE_PRODUCT)
        sums.second[part] += __builtin_convertvector(other > 0 ? (cnn_vector)(0) : own * other, cnn_doubles);
    }
  }
  *to = sums;
}

static void channel_sums_add_any(int64_t factor, const channel_pass *pass, const float *a, const float *b,
                                 int64_t count, channel_sums *sums) {
  switch (factor) {
    case SUMS_NOTHING: return channel_sums_add(SUMS_NOTHING, pass, a, b, count, sums);
    case SUMS_PRODUCT: return channel_sums_add(SUMS_PRODUCT, pass, a, b, count, sums);
    case SUMS_NEGATIVE_PRODUCT: return channel_sums_add(SUMS_NEGATIVE_PRODUCT, pass, a, b, count, sums);
    case SUMS_SQUARE: return channel_sums_add(SUMS_SQUARE, pass, a, b, count, sums);
    case SUMS_PASSED_PRODUCT: return channel_sums_add(SUMS_PASSED_PRODUCT, pass, a, b, count, sums);
  }
}

/// The sums of all parts of a block, in order; `first` is where those of the first part of the first block lie.
static channel_sums channel_sums_of(const float *first, int64_t block, int64_t blocks, int64_t parts) {
  channel_sums total = {0};
  for (int64_t i = 0; i < parts; i++) {
    const float *from = first + (i * blocks + block) * CHANNEL_SUMS_FLOATS;
    CNN_EACH_PART(part) {
      total.plain[part] += *(const cnn_loose_doubles *)(from + part * 2 * CNN_LANES);
      total.second[part] += *(const cnn_loose_doubles *)(from + (CNN_PANEL_VECTORS + part) * 2 * CNN_LANES);
    }
  }
  return total;
}

/// lanes[lane] = each channel's sum of the two.
CNN_INLINE void channel_sums_lanes(const channel_sums *sums, double plain[CNN_PANEL], double second[CNN_PANEL]) {
  CNN_EACH_PART(part) {
    *(cnn_loose_doubles *)(plain + part * CNN_LANES) = sums->plain[part];
    *(cnn_loose_doubles *)(second + part * CNN_LANES) = sums->second[part];
  }
}

CNN_SPLIT(channel_sums_blocks, p->parts * cnn_channel_blocks(p->channels),
          p->batch * cnn_channel_blocks(p->channels) * p->area * 3)

CNN_KERNEL(channel_sums_blocks) {
  const cnn_channel_sums_blocks_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels), pixels = p->batch * p->area;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t block = unit % blocks, index = unit / blocks, last = pixels * (index + 1) / p->parts;
    const int64_t place = block * p->area * CNN_PANEL;
    const float *pass_rows = operands[3] ? (const float *)operands[3] + block * CNN_PANEL : NULL;
    channel_pass pass = {0};
    if (pass_rows != NULL)
      pass = (channel_pass){cnn_load_sixteen(pass_rows), cnn_load_sixteen(pass_rows + blocks * CNN_PANEL),
                            cnn_load_sixteen(pass_rows + 2 * blocks * CNN_PANEL)};
    channel_sums sums = {0};
    for (int64_t begin = pixels * index / p->parts; begin < last;) {
      const int64_t n = begin / p->area, pixel = begin % p->area, count = cnn_min(p->area - pixel, last - begin);
      const float *a = (const float *)operands[1] + n * p->a_stride + place + pixel * CNN_PANEL;
      const float *b =
          operands[2] ? (const float *)operands[2] + n * p->b_stride + place + pixel * CNN_PANEL : NULL;
      channel_sums_add_any(p->factor, &pass, a, b, count, &sums);
      begin += count;
    }
    float *to = (float *)operands[0] + unit * CHANNEL_SUMS_FLOATS;
    CNN_EACH_PART(part) {
      *(cnn_loose_doubles *)(to + part * 2 * CNN_LANES) = sums.plain[part];
      *(cnn_loose_doubles *)(to + (CNN_PANEL_VECTORS + part) * 2 * CNN_LANES) = sums.second[part];
    }
  }
}

// The last step of a channel reduction.
CNN_SPLIT(channel_reduction_blocks, cnn_channel_blocks(p->channels), p->parts * cnn_channel_blocks(p->channels) * 10)

CNN_KERNEL(channel_reduction_blocks) {
  const cnn_channel_reduction_blocks_parameters *p = parameters;
  for (int64_t block = first; block < end; block++) {
    const channel_sums sums = channel_sums_of(operands[1], block, cnn_channel_blocks(p->channels), p->parts);
    double plain[CNN_PANEL], second[CNN_PANEL];
    channel_sums_lanes(&sums, plain, second);
    float *to = (float *)operands[0] + block * CNN_PANEL;
    for (int64_t lane = 0; lane < cnn_block_channels(p->channels, block); lane++)
      to[lane] = (float)(p->second ? second[lane] : plain[lane]);
  }
}

#endif
