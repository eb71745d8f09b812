// The gradient of a convolution's weights, of activations in blocks of 16 channels. Sums of some channels times one
// or two panels of 16 filters stay in registers along all runs of a chunk: a vector of dy times a scalar of x.
// A unit is some filter blocks times some channel blocks of a group, times some taps, over a part of all rows.

#include "pixel_tiles.h"
#include "units.h"
#include "weight_gradient_ahead.h"
#include "weight_gradient_tile.h"

enum {
  /// Floats of the sums of a filter block, a channel block and a tap,
  GRADIENT_SQUARE = CNN_PANEL * CNN_PANEL,
  /// and how many of these a unit has at most.
  GRADIENT_SQUARES = 128
};

/// How a call is divided.
typedef struct {
  int64_t filter_parts, channel_parts, taps, tap_parts;
} gradient_division;

static gradient_division gradient_division_of(gradient_arguments p) {
  const int64_t taps = p->kernel_height * p->kernel_width;
  gradient_division d = {
      .filter_parts = (cnn_channel_blocks(p->filters) + p->filter_blocks - 1) / p->filter_blocks,
      .channel_parts = (cnn_channel_blocks(p->channels) + p->channel_blocks - 1) / p->channel_blocks};
  const int64_t most = cnn_min(GRADIENT_TAPS, GRADIENT_SQUARES / (p->filter_blocks * p->channel_blocks));
  d.tap_parts = (taps + most - 1) / most;
  d.taps = (taps + d.tap_parts - 1) / d.tap_parts;
  return d;
}

static cnn_split cnn_conv2d_weight_gradient_blocks_split(const void *parameters) {
  gradient_arguments p = parameters;
  const gradient_division d = gradient_division_of(p);
  return (cnn_split){p->parts * p->groups * d.filter_parts * d.channel_parts * d.tap_parts,
                     p->batch * p->groups * p->filters * p->channels * p->out_height * p->out_width *
                         p->kernel_height * p->kernel_width / (5 * CNN_LANES)};
}

/// One unit.
typedef struct {
  gradient_arguments p;
  const float *x, *dy;              // of the first channel block and the first filter block
  int64_t filter, filter_blocks;    // in the group
  int64_t channel, channel_blocks;
  int64_t tap, taps;
  int64_t row, end;                 // of all images'
  gradient_ahead ahead;
  int64_t counts[GRADIENT_TAPS];    // of the runs of each tap
  gradient_run runs[GRADIENT_TAPS][GRADIENT_ROWS];
  /// [filter block, or two][channel block][tap][channel][filter block][16 filters]
  float sums[GRADIENT_SQUARES * GRADIENT_SQUARE] __attribute__((aligned(64)));
} gradient_unit;

/// A unit's sums of one or two filter blocks and a channel block.
static float *gradient_sums_at(gradient_unit *u, int64_t block, int64_t panels, int64_t channel_block) {
  return u->sums + (block * u->channel_blocks + channel_block * panels) * u->taps * GRADIENT_SQUARE;
}

/// Adds a chunk, whose runs have been found, for one or two filter blocks and a channel block.
static void gradient_add(gradient_unit *u, int64_t block, int64_t panels, int64_t channel_block) {
  gradient_arguments p = u->p;
  const int64_t plane = p->out_height * p->out_width * CNN_PANEL, step = p->stride_width * CNN_PANEL;
  const int64_t channels = cnn_block_channels(p->channels, u->channel + channel_block);
  const int64_t tiles = cnn_pixel_tiles(channels);
  const float *x = u->x + channel_block * p->height * p->width * CNN_PANEL;
  float *sums = gradient_sums_at(u, block, panels, channel_block);
  for (int64_t tap = 0; tap < u->taps; tap++) {
    if (u->counts[tap] == 0) continue;
    for (int64_t tile = 0; tile < tiles; tile++) {
      const int64_t c = cnn_pixel_tile_at(channels, tiles, tile);
      gradient_fetch(&u->ahead);
      gradient_any_tile(cnn_pixel_tile_at(channels, tiles, tile + 1) - c, panels, u->runs[tap], u->counts[tap], x + c,
                        step, u->dy + block * plane, plane, sums + (tap * CNN_PANEL + c) * panels * CNN_PANEL);
    }
  }
}

/// All rows of a unit.
static void gradient_add_rows(gradient_unit *u) {
  const int64_t columns = gradient_chunk_columns(u->p), rows = gradient_chunk_rows(u->p);
  const int64_t fetches = (u->filter_blocks + CNN_PANELS - 1) / CNN_PANELS * u->channel_blocks * u->taps *
                          cnn_pixel_tiles(CNN_PANEL);
  u->ahead = (gradient_ahead){.p = u->p, .x = u->x, .dy = u->dy, .filter_blocks = u->filter_blocks,
                              .channel_blocks = u->channel_blocks};
  memset(u->sums, 0,
         (size_t)(u->filter_blocks * u->channel_blocks * u->taps * GRADIENT_SQUARE) * sizeof(float));
  for (int64_t row = u->row; row < u->end; row += rows) {
    for (int64_t column = 0; column < u->p->out_width; column += columns) {
      const gradient_chunk chunk = {row, cnn_min(rows, u->end - row), column,
                                    cnn_min(columns, u->p->out_width - column)};
      const gradient_chunk next = {row + rows, cnn_min(rows, u->end - row - rows), column, chunk.columns};
      gradient_set_ahead(&u->ahead, &next, fetches);
      for (int64_t tap = 0; tap < u->taps; tap++)
        u->counts[tap] = gradient_find_runs(u->p, &chunk, u->tap + tap, u->runs[tap]);
      for (int64_t c = 0; c < u->channel_blocks; c++)
        for (int64_t block = 0; block < u->filter_blocks; block += CNN_PANELS)
          gradient_add(u, block, cnn_min(CNN_PANELS, u->filter_blocks - block), c);
    }
  }
}

/// Stores the sums of a panel and a channel block; dw is the weight of the first of both and of the first tap.
static void gradient_store(const gradient_unit *u, const float *sums, int64_t row, int64_t filters, int64_t channels,
                           float *dw) {
  const int64_t taps = u->p->kernel_height * u->p->kernel_width;
  for (int64_t k = 0; k < filters; k++)
    for (int64_t c = 0; c < channels; c++)
      for (int64_t tap = 0; tap < u->taps; tap++)
        dw[(k * u->p->channels + c) * taps + tap] = sums[(tap * CNN_PANEL + c) * row + k];
}

/// Stores all; dw is the weight of the unit's first filter, channel and tap.
static void gradient_store_all(gradient_unit *u, float *dw) {
  gradient_arguments p = u->p;
  const int64_t taps = p->kernel_height * p->kernel_width;
  for (int64_t block = 0; block < u->filter_blocks; block++) {
    const int64_t first = block / CNN_PANELS * CNN_PANELS, panels = cnn_min(CNN_PANELS, u->filter_blocks - first);
    for (int64_t c = 0; c < u->channel_blocks; c++)
      gradient_store(u, gradient_sums_at(u, first, panels, c) + (block - first) * CNN_PANEL, panels * CNN_PANEL,
                     cnn_block_channels(p->filters, u->filter + block), cnn_block_channels(p->channels, u->channel + c),
                     dw + (block * p->channels + c) * CNN_PANEL * taps);
  }
}

/// Sets a unit's range and its pointers; returns the weight of its first filter, channel and tap.
static float *gradient_set_unit(gradient_unit *u, const gradient_division *d, int64_t unit, void *const *operands) {
  gradient_arguments p = u->p;
  const int64_t taps = p->kernel_height * p->kernel_width;
  const int64_t tap_part = unit % d->tap_parts, channel_part = unit / d->tap_parts % d->channel_parts;
  const int64_t rest = unit / d->tap_parts / d->channel_parts, filter_part = rest % d->filter_parts;
  const int64_t g = rest / d->filter_parts % p->groups, part = rest / d->filter_parts / p->groups;
  u->tap = tap_part * d->taps;
  u->taps = cnn_min(d->taps, taps - u->tap);
  u->channel = channel_part * p->channel_blocks;
  u->channel_blocks = cnn_min(p->channel_blocks, cnn_channel_blocks(p->channels) - u->channel);
  u->filter = filter_part * p->filter_blocks;
  u->filter_blocks = cnn_min(p->filter_blocks, cnn_channel_blocks(p->filters) - u->filter);
  u->row = p->batch * p->out_height * part / p->parts;
  u->end = p->batch * p->out_height * (part + 1) / p->parts;
  u->x = (const float *)operands[1] + (g * p->channels + u->channel * CNN_PANEL) * p->height * p->width;
  u->dy = (const float *)operands[2] + (g * p->filters + u->filter * CNN_PANEL) * p->out_height * p->out_width;
  const int64_t filter = (part * p->groups + g) * p->filters + u->filter * CNN_PANEL;
  return (float *)operands[0] + (filter * p->channels + u->channel * CNN_PANEL) * taps + u->tap;
}

CNN_KERNEL(conv2d_weight_gradient_blocks) {
  const gradient_division d = gradient_division_of(parameters);
  gradient_unit u;
  u.p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    float *dw = gradient_set_unit(&u, &d, unit, operands);
    if (u.taps <= 0) continue;
    gradient_add_rows(&u);
    gradient_store_all(&u, dw);
  }
}
