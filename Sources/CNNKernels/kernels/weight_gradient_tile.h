// The product that weight gradients of channel blocks consist of.

#ifndef CNN_WEIGHT_GRADIENT_TILE_H
#define CNN_WEIGHT_GRADIENT_TILE_H

#include "weight_gradient_runs.h"

/// Adds the products of `channels` channels and one or two panels along some runs.
CNN_INLINE void gradient_tile(const int channels, const int panels, const gradient_run *run, int64_t runs,
                              const float *x, int64_t step, const float *dy, int64_t next_panel, float *saved) {
  cnn_sums sums;
  cnn_sums_restore(channels, panels, saved, &sums);
  for (const gradient_run *const end = run + runs; run < end; run++) {
    const float *from = x + run->x, *w = dy + run->dy;
    const float *const last = w + run->count * CNN_PANEL;
    for (; w < last; w += CNN_PANEL, from += step) CNN_ADD_TERM(channels, panels, from[p], w, next_panel, &sums);
  }
  cnn_sums_save(channels, panels, &sums, saved);
}

static __attribute__((noinline)) void gradient_any_tile(int64_t channels, int64_t panels, const gradient_run *run,
                                                        int64_t runs, const float *x, int64_t step, const float *dy,
                                                        int64_t next_panel, float *saved) {
  CNN_FOR_PIXELS(channels, panels, gradient_tile, run, runs, x, step, dy, next_panel, saved)
}

#endif
