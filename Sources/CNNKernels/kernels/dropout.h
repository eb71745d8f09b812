// A generator that counts: an element's random number is a hash of its place, so that any part of a mask
// can be computed again, in any order. The hash is SplitMix64's (Steele, Lea, Flood, OOPSLA 2014).

#include "sixteen.h"
#include "units.h"

static const uint64_t dropout_golden = 0x9E3779B97F4A7C15u;

static inline uint64_t dropout_mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// Four floats of 16 bits each, the lowest first.
static uint64_t dropout_number(const float *pieces) {
  uint64_t value = 0;
  for (int i = 3; i >= 0; i--) value = value << 16 | (uint64_t)pieces[i];
  return value;
}

/// What an element's place is added to, before it is mixed.
static uint64_t dropout_key(const float *state, int64_t stream) {
  uint64_t key = dropout_mix(dropout_number(state) + dropout_golden);
  key = dropout_mix((key ^ dropout_number(state + 4)) + dropout_golden);
  return dropout_mix((key ^ (uint64_t)stream) + dropout_golden);
}

CNN_SPLIT(dropout, p->batch * cnn_blocks(p->count), p->batch * p->count)

CNN_KERNEL(dropout) {
  const cnn_dropout_parameters *p = parameters;
  const float *state = operands[2];
  const uint64_t key = dropout_key(state, p->stream);
  const uint64_t image = dropout_number(state + 8), count = (uint64_t)p->count;
  const float scale = (float)p->scale;
  for (int64_t unit = first; unit < end; unit++) {
    const cnn_block b = cnn_block_at(unit, p->count);
    float *y = (float *)operands[0] + b.image * p->y_stride;
    const float *x = (const float *)operands[1] + b.image * p->x_stride;
    const uint64_t start = key + ((image + (uint64_t)b.image) * count + 1) * dropout_golden;
    CNN_ELEMENTWISE for (int64_t i = b.begin; i < b.end; i++) {
      const int64_t bits = (int64_t)(dropout_mix(start + (uint64_t)i * dropout_golden) >> 40);
      const float kept = scale * x[i];
      y[i] = bits < p->threshold ? 0 : kept;
    }
  }
}

enum { DROPOUT_PIXELS = 256 };  // that a unit of work has, of one block

static int64_t dropout_runs(int64_t area) { return (area + DROPOUT_PIXELS - 1) / DROPOUT_PIXELS; }

CNN_SPLIT(dropout_blocks, p->batch * cnn_channel_blocks(p->channels) * dropout_runs(p->area),
          p->batch * cnn_channel_blocks(p->channels) * p->area * CNN_PANEL)

// An element's place is that among planes, so that its mask is the same in both layouts.
CNN_KERNEL(dropout_blocks) {
  const cnn_dropout_blocks_parameters *p = parameters;
  const float *state = operands[2];
  const uint64_t key = dropout_key(state, p->stream), image = dropout_number(state + 8);
  const int64_t runs = dropout_runs(p->area), blocks = cnn_channel_blocks(p->channels), area = p->area;
  const float scale = (float)p->scale;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / runs / blocks, block = unit / runs % blocks, pixel = unit % runs * DROPOUT_PIXELS;
    const int64_t place = block * CNN_PANEL * area + pixel * CNN_PANEL;
    const float *x = (const float *)operands[1] + n * p->x_stride + place;
    float *y = (float *)operands[0] + n * p->y_stride + place;
    const uint64_t before = (image + (uint64_t)n) * (uint64_t)(p->channels * area);
    for (int64_t i = 0; i < cnn_min(DROPOUT_PIXELS, area - pixel); i++) {
      const uint64_t start = key + (before + (uint64_t)(block * CNN_PANEL * area + pixel + i) + 1) * dropout_golden;
      CNN_ELEMENTWISE for (int64_t lane = 0; lane < CNN_PANEL; lane++) {
        const uint64_t mixed = dropout_mix(start + (uint64_t)(lane * area) * dropout_golden);
        const float kept = scale * x[i * CNN_PANEL + lane];
        y[i * CNN_PANEL + lane] = (int64_t)(mixed >> 40) < p->threshold ? 0 : kept;
      }
    }
  }
}
