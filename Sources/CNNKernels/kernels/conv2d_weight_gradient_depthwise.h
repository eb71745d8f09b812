// The gradient of the weights of a convolution with one kernel a channel, in blocks of 16 channels: for each tap the
// sums of 16 channels' products, a vector of dy times a vector of x. A unit is some taps of a channel block over a part
// of all rows.

#include "units.h"
#include "weight_gradient_runs.h"

enum {
  /// Pixels whose sums are kept apart, so that none waits for the one before.
  DEPTHWISE_SUMS = CNN_LANES == 4 ? 2 : 4
};

/// Parts of the taps.
static inline int64_t depthwise_gradient_parts(gradient_arguments p) {
  return (p->kernel_height * p->kernel_width + GRADIENT_TAPS - 1) / GRADIENT_TAPS;
}

CNN_SPLIT(conv2d_weight_gradient_depthwise,
          p->parts * cnn_channel_blocks(p->channels) * depthwise_gradient_parts(p),
          p->batch * cnn_channel_blocks(p->channels) * p->out_height * p->out_width * p->kernel_height * p->kernel_width *
              CNN_PANEL / (2 * CNN_LANES))

/// sums[lane] += the products of dy and x along a run.
CNN_INLINE void depthwise_gradient_run(const float *x, int64_t step, const float *dy, int64_t count,
                                       cnn_vector sums[DEPTHWISE_SUMS][CNN_PANEL_VECTORS]) {
  int64_t i = 0;
  for (; i + DEPTHWISE_SUMS <= count; i += DEPTHWISE_SUMS)
    CNN_UNROLL for (int p = 0; p < DEPTHWISE_SUMS; p++)
      CNN_UNROLL for (int v = 0; v < CNN_PANEL_VECTORS; v++)
        sums[p][v] += cnn_load(dy + (i + p) * CNN_PANEL + v * CNN_LANES) * cnn_load(x + (i + p) * step + v * CNN_LANES);
  for (; i < count; i++)
    CNN_UNROLL for (int v = 0; v < CNN_PANEL_VECTORS; v++)
      sums[0][v] += cnn_load(dy + i * CNN_PANEL + v * CNN_LANES) * cnn_load(x + i * step + v * CNN_LANES);
}

/// Adds a tap's products in a chunk to totals.
static void depthwise_gradient_add(gradient_arguments p, const gradient_chunk *chunk, int64_t tap, const float *x,
                                   const float *dy, float totals[CNN_PANEL]) {
  gradient_run runs[GRADIENT_ROWS];
  const int64_t count = gradient_find_runs(p, chunk, tap, runs);
  cnn_vector sums[DEPTHWISE_SUMS][CNN_PANEL_VECTORS];
  CNN_UNROLL for (int i = 0; i < DEPTHWISE_SUMS; i++)
    CNN_UNROLL for (int v = 0; v < CNN_PANEL_VECTORS; v++) sums[i][v] = (cnn_vector)(0);
  for (int64_t i = 0; i < count; i++)
    depthwise_gradient_run(x + runs[i].x, p->stride_width * CNN_PANEL, dy + runs[i].dy, runs[i].count, sums);
  CNN_UNROLL for (int v = 0; v < CNN_PANEL_VECTORS; v++) {
    cnn_vector sum = sums[0][v];
    CNN_UNROLL for (int i = 1; i < DEPTHWISE_SUMS; i++) sum += sums[i][v];
    cnn_store(totals + v * CNN_LANES, cnn_load(totals + v * CNN_LANES) + sum);
  }
}

/// The sums of some taps over rows first..<end of all images.
static void depthwise_gradient_sum(gradient_arguments p, const cnn_range *of_rows, const cnn_range *taps, const float *x,
                                   const float *dy, float totals[GRADIENT_TAPS][CNN_PANEL]) {
  const int64_t columns = gradient_chunk_columns(p), rows = gradient_chunk_rows(p);
  memset(totals, 0, (size_t)((taps->end - taps->first) * CNN_PANEL) * sizeof(float));
  for (int64_t row = of_rows->first; row < of_rows->end; row += rows) {
    for (int64_t column = 0; column < p->out_width; column += columns) {
      const gradient_chunk chunk = {row, cnn_min(rows, of_rows->end - row), column,
                                    cnn_min(columns, p->out_width - column)};
      for (int64_t tap = taps->first; tap < taps->end; tap++)
        depthwise_gradient_add(p, &chunk, tap, x, dy, totals[tap - taps->first]);
    }
  }
}

CNN_KERNEL(conv2d_weight_gradient_depthwise) {
  gradient_arguments p = parameters;
  const int64_t tap_parts = depthwise_gradient_parts(p), blocks = cnn_channel_blocks(p->channels);
  const int64_t all = p->kernel_height * p->kernel_width, rows = p->batch * p->out_height;
  float totals[GRADIENT_TAPS][CNN_PANEL];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t tap_part = unit % tap_parts, block = unit / tap_parts % blocks, part = unit / tap_parts / blocks;
    const cnn_range taps = {all * tap_part / tap_parts, all * (tap_part + 1) / tap_parts};
    const cnn_range of_rows = {rows * part / p->parts, rows * (part + 1) / p->parts};
    depthwise_gradient_sum(p, &of_rows, &taps, (const float *)operands[1] + block * p->height * p->width * CNN_PANEL,
                           (const float *)operands[2] + block * p->out_height * p->out_width * CNN_PANEL, totals);
    float *dw = (float *)operands[0] + (part * p->channels + block * CNN_PANEL) * all;
    for (int64_t c = 0; c < cnn_block_channels(p->channels, block); c++)
      for (int64_t tap = taps.first; tap < taps.end; tap++) dw[c * all + tap] = totals[tap - taps.first][c];
  }
}
