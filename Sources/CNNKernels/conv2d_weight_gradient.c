// The gradient of a convolution's weights: products of rows of dy with rows of a panel that holds what each
// tap has read, over a tile of pixels. An image's tiles are summed before the images are, in order, so that
// no sum gets long.

#include "cnn_kernels.h"
#include "window.h"

enum {
  LANES = 4,
  TAPS = 32,     // (channel, fy, fx) that a panel holds
  FILTERS = 64   // that share it
};

typedef const cnn_conv2d_weight_gradient_parameters *arguments;

/// Sums of products for four filters and two taps, in lanes so that additions need not wait for each other.
typedef float lane_sums[4][2][LANES];

/// lanes[f][t][i] = the sum of dy[f][p] * x[t][p] over p = i, i + LANES, ..., up to a whole multiple of LANES.
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
    lanes[0][0][i] = a00[i];
    lanes[1][0][i] = a10[i];
    lanes[2][0][i] = a20[i];
    lanes[3][0][i] = a30[i];
    lanes[0][1][i] = a01[i];
    lanes[1][1][i] = a11[i];
    lanes[2][1][i] = a21[i];
    lanes[3][1][i] = a31[i];
  }
}

/// The lanes' sum, and the products behind the last whole multiple of LANES.
static float total(const float *lanes, const float *dy, const float *x, int64_t count) {
  float sum = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
  for (int64_t p = count - count % LANES; p < count; p++) sum += dy[p] * x[p];
  return sum;
}

/// A sum of products, for a group's only filter.
static float product(const float *dy, const float *x, int64_t count) {
  float lanes[LANES] = {0};
  for (int64_t p = 0; p + LANES <= count; p += LANES)
    for (int i = 0; i < LANES; i++) lanes[i] += dy[p + i] * x[p + i];
  return total(lanes, dy, x, count);
}

/// sums[f + i][t + j] += the products of up to four rows of dy, `stride` apart, and up to two of a panel.
static void add_products(const float *dy, int64_t stride, int64_t filters,
                         float panel[][CNN_TILE_PIXELS], int64_t taps, int64_t count,
                         float sums[FILTERS][TAPS], int64_t f, int64_t t) {
  // The last filter and the last tap stand in for those behind them, whose products nobody reads.
  const float *const rows[4] = {dy, dy + cnn_min(1, filters - 1) * stride,
                                dy + cnn_min(2, filters - 1) * stride, dy + cnn_min(3, filters - 1) * stride};
  const float *const x[2] = {panel[0], panel[taps - 1]};
  lane_sums lanes;
  multiply(rows, x, count, lanes);
  // Loops of unknown length: unrolled, clang would vectorise across rows and transpose every load.
  for (int64_t i = 0; i < filters; i++)
    for (int64_t j = 0; j < taps; j++) sums[f + i][t + j] += total(lanes[i][j], rows[i], x[j], count);
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

/// Sums of one image for up to FILTERS filters, from dy on, and up to TAPS taps of their group.
static void sum_image(arguments p, const float *x, const float *dy, int64_t filters, int64_t first,
                      int64_t taps, float sums[FILTERS][TAPS]) {
  float panel[TAPS][CNN_TILE_PIXELS];
  const cnn_window window = CNN_WINDOW(p);
  const int64_t plane = p->out_height * p->out_width;
  for (int64_t f = 0; f < filters; f++)
    for (int64_t t = 0; t < taps; t++) sums[f][t] = 0;
  for (int64_t pixel = 0; pixel < plane; pixel += CNN_TILE_PIXELS) {
    cnn_tile tile;
    cnn_tile_at(&tile, pixel, cnn_min(CNN_TILE_PIXELS, plane - pixel), p->out_width);
    pack(&window, &tile, x, first, taps, panel);
    if (filters == 1) {
      for (int64_t t = 0; t < taps; t++) sums[0][t] += product(dy + pixel, panel[t], tile.count);
      continue;
    }
    for (int64_t f = 0; f < filters; f += 4)
      for (int64_t t = 0; t < taps; t += 2)
        add_products(dy + f * plane + pixel, plane, cnn_min(4, filters - f), panel + t, cnn_min(2, taps - t),
                     tile.count, sums, f, t);
  }
}

void cnn_conv2d_weight_gradient(void *const *operands, const void *parameters) {
  arguments p = parameters;
  float sums[FILTERS][TAPS], totals[FILTERS][TAPS];
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  const int64_t all = p->channels * p->kernel_height * p->kernel_width;
  for (int64_t g = 0; g < p->groups; g++) {
    for (int64_t k = 0; k < p->filters; k += FILTERS) {
      const int64_t filters = cnn_min(FILTERS, p->filters - k), filter = g * p->filters + k;
      for (int64_t first = 0; first < all; first += TAPS) {
        const int64_t taps = cnn_min(TAPS, all - first);
        for (int64_t n = 0; n < p->batch; n++) {
          const float *x = (const float *)operands[1] + n * p->x_stride + g * p->channels * in;
          const float *dy = (const float *)operands[2] + n * p->dy_stride + filter * out;
          sum_image(p, x, dy, filters, first, taps, sums);
          for (int64_t f = 0; f < filters; f++)
            for (int64_t t = 0; t < taps; t++) totals[f][t] = n == 0 ? sums[f][t] : totals[f][t] + sums[f][t];
        }
        float *dw = (float *)operands[0] + filter * all + first;
        for (int64_t f = 0; f < filters; f++)
          for (int64_t t = 0; t < taps; t++) dw[f * all + t] = totals[f][t];
      }
    }
  }
}
