// What becomes of the sums of neighbouring pixels of a block on their way to y.

#ifndef CNN_PORTABLE_FINISH_H
#define CNN_PORTABLE_FINISH_H

#include "lanes.h"
#include "../kernels/functions.h"

/// y = function(sums + bias + r) for some pixels that follow each other in y and r; r may be NULL or y.
static inline void cnn_finish(const float *sums, const float bias[CNN_PANEL], const float *r, int64_t pixels,
                              int64_t function, float alpha, float *y) {
  for (int64_t p = 0; p < pixels; p++) {
    const float *of = sums + p * CNN_PANEL;
    float lanes[CNN_PANEL];
    for (int i = 0; i < CNN_PANEL; i++) lanes[i] = of[i] + bias[i];
    if (r != NULL)
      for (int i = 0; i < CNN_PANEL; i++) lanes[i] += r[p * CNN_PANEL + i];
    memcpy(y + p * CNN_PANEL, lanes, sizeof lanes);
  }
  cnn_apply(function, alpha, y, y, pixels * CNN_PANEL);
}

#endif
