// The phases of a convolution's strides: the rows i of its input with the same (i + pad) modulo the stride are reached by
// the same taps, from neighbouring rows of the output, and columns likewise.

#ifndef CNN_PHASES_H
#define CNN_PHASES_H

#include "geometry.h"

/// The taps of one phase along one dimension: `last`, last - step, ... In the phase's convolution the first
/// of them reads dy at `offset`, the next ones `dilation` further.
typedef struct {
  int64_t last, step, count, offset, dilation;
} gradient_taps;

/// Tap f reaches row `phase` from row (phase + pad - f * dilation) / stride of dy, where that is whole.
static inline gradient_taps gradient_taps_of(int64_t phase, int64_t taps, int64_t stride, int64_t dilation,
                                      int64_t pad) {
  gradient_taps t = {.last = -1, .step = 1, .dilation = 1};
  int64_t before = -1;
  for (int64_t f = 0; f < taps; f++) {
    if ((phase + pad - f * dilation) % stride != 0) continue;
    t.count++;
    before = t.last;
    t.last = f;
    if (before >= 0) t.step = f - before;
  }
  if (t.count == 0) return t;
  t.offset = (phase + pad - t.last * dilation) / stride;
  if (t.count > 1) t.dilation = t.step * dilation / stride;
  return t;
}

#define GRADIENT_ROWS(p, phase) \
  gradient_taps_of(phase, (p)->kernel_height, (p)->stride_height, (p)->dilation_height, (p)->pad_top)
#define GRADIENT_COLUMNS(p, phase) \
  gradient_taps_of(phase, (p)->kernel_width, (p)->stride_width, (p)->dilation_width, (p)->pad_left)

// A phase behind the end of the image has no elements.
#define GRADIENT_ROW_PHASES(p) cnn_min((p)->stride_height, (p)->height)
#define GRADIENT_COLUMN_PHASES(p) cnn_min((p)->stride_width, (p)->width)

#endif
