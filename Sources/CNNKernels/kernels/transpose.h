// Rows to columns, in squares of four by four.

#ifndef CNN_TRANSPOSE_H
#define CNN_TRANSPOSE_H

#include "tile.h"

/// Each step interleaves what is half the vectors apart, which moves one bit of a row's number into the lane's.
CNN_INLINE void cnn_turn_four(cnn_four v[4]) {
  CNN_UNROLL for (int i = 0; i < 2; i++) {
    const cnn_four a = CNN_ZIP_LOW_FOUR(v[0], v[2]), b = CNN_ZIP_HIGH_FOUR(v[0], v[2]);
    const cnn_four c = CNN_ZIP_LOW_FOUR(v[1], v[3]), d = CNN_ZIP_HIGH_FOUR(v[1], v[3]);
    v[0] = a;
    v[1] = b;
    v[2] = c;
    v[3] = d;
  }
}

/// y[i * y_row + j] = x[j * x_row + i] for i < rows, j < columns. The last squares overlap those before.
static void cnn_transpose(const float *restrict x, int64_t x_row, int64_t rows, int64_t columns, float *restrict y,
                          int64_t y_row) {
  if (rows < 4 || columns < 4) {
    for (int64_t j = 0; j < columns; j++)
      for (int64_t i = 0; i < rows; i++) y[i * y_row + j] = x[j * x_row + i];
    return;
  }
  for (int64_t next = 0; next < columns; next += 4) {
    const int64_t j = cnn_min(next, columns - 4);
    for (int64_t after = 0; after < rows; after += 4) {
      const int64_t i = cnn_min(after, rows - 4);
      cnn_four v[4];
      CNN_UNROLL for (int k = 0; k < 4; k++) v[k] = cnn_load_four(x + (j + k) * x_row + i);
      cnn_turn_four(v);
      CNN_UNROLL for (int k = 0; k < 4; k++) cnn_store_four(y + (i + k) * y_row + j, v[k]);
    }
  }
}

#endif
