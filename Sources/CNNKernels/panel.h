// The product of a few rows of coefficients with a panel: what the gradients of convolutions and dense layers
// spend their time in.

#ifndef CNN_PANEL_H
#define CNN_PANEL_H

#include <stdint.h>

enum {
  CNN_LANES = 8,            // columns whose sums stay in registers, for 4 rows of coefficients
  CNN_PANEL_COLUMNS = 32,
  CNN_PANEL_DEPTH = 128     // terms that are summed before they are added to what was there
};

/// sums[r][i] += the sum over k of w[4 * k + r] * panel[k][i], for r < 4 and i < columns, rounded up to whole
/// lanes. Both arrays have CNN_PANEL_COLUMNS columns.
static inline void cnn_panel_multiply(const float *restrict w, const float *restrict panel, int64_t depth,
                                      int64_t columns, float sums[restrict 4][CNN_PANEL_COLUMNS]) {
  for (int64_t first = 0; first < columns; first += CNN_LANES) {
    float a0[CNN_LANES] = {0}, a1[CNN_LANES] = {0}, a2[CNN_LANES] = {0}, a3[CNN_LANES] = {0};
    for (int64_t k = 0; k < depth; k++) {
      const float *x = panel + k * CNN_PANEL_COLUMNS + first;
      for (int i = 0; i < CNN_LANES; i++) a0[i] += w[4 * k] * x[i];
      for (int i = 0; i < CNN_LANES; i++) a1[i] += w[4 * k + 1] * x[i];
      for (int i = 0; i < CNN_LANES; i++) a2[i] += w[4 * k + 2] * x[i];
      for (int i = 0; i < CNN_LANES; i++) a3[i] += w[4 * k + 3] * x[i];
    }
    for (int i = 0; i < CNN_LANES; i++) {
      sums[0][first + i] += a0[i];
      sums[1][first + i] += a1[i];
      sums[2][first + i] += a2[i];
      sums[3][first + i] += a3[i];
    }
  }
}

/// Copies `columns` elements of each of `depth` lines into a panel, zeros behind them.
static inline void cnn_panel_pack(const float *lines, int64_t stride, int64_t depth, int64_t columns,
                                  float *panel) {
  for (int64_t k = 0; k < depth; k++) {
    float *row = panel + k * CNN_PANEL_COLUMNS;
    for (int64_t i = 0; i < columns; i++) row[i] = lines[k * stride + i];
    for (int64_t i = columns; i < CNN_PANEL_COLUMNS; i++) row[i] = 0;
  }
}

#endif
