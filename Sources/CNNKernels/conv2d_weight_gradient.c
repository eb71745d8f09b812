// The gradient of a convolution's weights: products of rows of dy with rows of a panel that holds what each
// tap has read, over a tile of pixels. Tiles are summed in order, image after image, in lanes; every RUN
// tiles the lanes are added to the totals, so that no sum gets long.

#include "cnn_kernels.h"
#include "window.h"

enum {
  LANES = 4,
  TAPS = 32,     // (channel, fy, fx) that a panel holds
  FILTERS = 64,  // that share it
  RUN = 32       // tiles between additions to the totals
};

typedef const cnn_conv2d_weight_gradient_parameters *arguments;

/// Sums of products for four filters and two taps, in lanes so that additions need not wait for each other.
typedef float lane_sums[4][2][LANES];

/// What a call computes at once: all taps of a panel for the filters that share it.
typedef lane_sums block_sums[FILTERS / 4][TAPS / 2];

/// lanes[f][t][i] += the sum of dy[f][p] * x[t][p] over p = i, i + LANES, ..., up to a whole multiple of
/// LANES.
static void multiply(const float *const dy[4], const float *const x[2], int64_t count, lane_sums lanes) {
  float a00[LANES] = {0}, a10[LANES] = {0}, a20[LANES] = {0}, a30[LANES] = {0};
  float a01[LANES] = {0}, a11[LANES] = {0}, a21[LANES] = {0}, a31[LANES] = {0};
  const float *d0 = dy[0], *d1 = dy[1], *d2 = dy[2], *d3 = dy[3], *x0 = x[0], *x1 = x[1];
  for (int64_t p = 0; p + LANES <= count; p += LANES) {
    for (int i = 0; i < LANES; i++) a00[i] += d0[p + i] * x0[p + i];
    for (int i = 0; i < LANES; i++) a10[i] += d1[p + i] * x0[p + i];
    for (int i = 0; i < LANES; i++) a20[i] += d2[p + i] * x0[p + i];
    for (int i = 0; i < LANES; i++) a30[i] += d3[p + i] * x0[p + i];
    for (int i = 0; i < LANES; i++) a01[i] += d0[p + i] * x1[p + i];
    for (int i = 0; i < LANES; i++) a11[i] += d1[p + i] * x1[p + i];
    for (int i = 0; i < LANES; i++) a21[i] += d2[p + i] * x1[p + i];
    for (int i = 0; i < LANES; i++) a31[i] += d3[p + i] * x1[p + i];
  }
  for (int i = 0; i < LANES; i++) {
    lanes[0][0][i] += a00[i];
    lanes[1][0][i] += a10[i];
    lanes[2][0][i] += a20[i];
    lanes[3][0][i] += a30[i];
    lanes[0][1][i] += a01[i];
    lanes[1][1][i] += a11[i];
    lanes[2][1][i] += a21[i];
    lanes[3][1][i] += a31[i];
  }
}

/// The same for a group's only filter.
static void multiply_one(const float *dy, const float *const x[2], int64_t count, lane_sums lanes) {
  for (int t = 0; t < 2; t++) {
    float a[LANES] = {0};
    for (int64_t p = 0; p + LANES <= count; p += LANES)
      for (int i = 0; i < LANES; i++) a[i] += dy[p + i] * x[t][p + i];
    for (int i = 0; i < LANES; i++) lanes[0][t][i] += a[i];
  }
}

/// Packs taps first..<first + count of the group's list (channel, then fy, then fx); x is the group's first
/// channel.
static void pack(const cnn_window *w, const cnn_tile *t, const float *x, int64_t first, int64_t count,
                 float panel[TAPS][CNN_TILE_PIXELS]) {
  const int64_t area = w->kernel_height * w->kernel_width;
  for (int64_t i = 0; i < count; i++) {
    const int64_t c = (first + i) / area, tap = (first + i) % area;
    cnn_pack_tap(w, t, x + c * w->height * w->width, tap / w->kernel_width, tap % w->kernel_width, panel[i],
                 t->count);
  }
}

/// Adds the products of a tile of up to FILTERS rows of dy, `plane` apart, and a panel of up to TAPS.
static void add_tile(const float *dy, int64_t plane, int64_t filters, float panel[TAPS][CNN_TILE_PIXELS],
                     int64_t taps, int64_t count, block_sums sums) {
  for (int64_t f = 0; f < filters; f += 4) {
    // The last filter and the last tap stand in for those behind them, whose products nobody reads.
    const float *rows[4];
    for (int64_t i = 0; i < 4; i++) rows[i] = dy + cnn_min(f + i, filters - 1) * plane;
    for (int64_t t = 0; t < taps; t += 2) {
      const float *const x[2] = {panel[t], panel[cnn_min(t + 1, taps - 1)]};
      float(*lanes)[2][LANES] = sums[f / 4][t / 2];
      if (filters == 1)
        multiply_one(dy, x, count, lanes);
      else
        multiply(rows, x, count, lanes);
      // The products behind the last whole multiple of LANES.
      for (int64_t p = count - count % LANES; p < count; p++)
        for (int64_t i = 0; i < cnn_min(4, filters - f); i++)
          for (int j = 0; j < 2; j++) lanes[i][j][p % LANES] += rows[i][p] * x[j][p];
    }
  }
}

/// Adds the lanes to the totals, `stride` apart from filter to filter, and clears them.
static void flush(block_sums sums, int64_t filters, int64_t taps, float *totals, int64_t stride) {
  for (int64_t f = 0; f < filters; f++) {
    for (int64_t t = 0; t < taps; t++) {
      const float *lanes = sums[f / 4][t / 2][f % 4][t % 2];
      totals[f * stride + t] += (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
    }
  }
  memset(sums, 0, sizeof(block_sums));
}

/// dw of up to FILTERS filters and up to TAPS taps of their group, from `first` on; pointers to the group's
/// first channel and to the first filter.
static void compute(arguments p, const float *x, const float *dy, int64_t filters, int64_t first,
                    int64_t taps, float *dw, int64_t stride) {
  float panel[TAPS][CNN_TILE_PIXELS];
  block_sums sums;
  const cnn_window window = CNN_WINDOW(p);
  const int64_t plane = p->out_height * p->out_width;
  int64_t pending = 0;
  memset(sums, 0, sizeof sums);
  for (int64_t f = 0; f < filters; f++)
    for (int64_t t = 0; t < taps; t++) dw[f * stride + t] = 0;
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t pixel = 0; pixel < plane; pixel += CNN_TILE_PIXELS) {
      cnn_tile tile;
      cnn_tile_at(&tile, pixel, cnn_min(CNN_TILE_PIXELS, plane - pixel), p->out_width);
      pack(&window, &tile, x + n * p->x_stride, first, taps, panel);
      add_tile(dy + n * p->dy_stride + pixel, plane, filters, panel, taps, tile.count, sums);
      if (++pending < RUN) continue;
      flush(sums, filters, taps, dw, stride);
      pending = 0;
    }
  }
  if (pending > 0) flush(sums, filters, taps, dw, stride);
}

void cnn_conv2d_weight_gradient(void *const *operands, const void *parameters) {
  arguments p = parameters;
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  const int64_t all = p->channels * p->kernel_height * p->kernel_width;
  for (int64_t g = 0; g < p->groups; g++) {
    const float *x = (const float *)operands[1] + g * p->channels * in;
    for (int64_t k = 0; k < p->filters; k += FILTERS) {
      const int64_t filter = g * p->filters + k, filters = cnn_min(FILTERS, p->filters - k);
      const float *dy = (const float *)operands[2] + filter * out;
      float *dw = (float *)operands[0] + filter * all;
      for (int64_t first = 0; first < all; first += TAPS)
        compute(p, x, dy, filters, first, cnn_min(TAPS, all - first), dw + first, all);
    }
  }
}
