// Channel-blocked activations: element (n, c, y, x) of C x H x W values lies at
//
//   n * stride + ((c / 16) * H * W + y * W + x) * 16 + c % 16
//
// Lanes behind the last channel exist and hold anything; no kernel reads them but to copy them to their like.

#ifndef CNN_SIXTEEN_H
#define CNN_SIXTEEN_H

#include "blocks.h"

/// A block's channels at one pixel.
typedef struct {
  cnn_vector part[CNN_PANEL_VECTORS];
} cnn_sixteen;

#define CNN_EACH_PART(i) CNN_UNROLL for (int i = 0; i < CNN_PANEL_VECTORS; i++)

CNN_INLINE cnn_sixteen cnn_load_sixteen(const float *x) {
  cnn_sixteen v;
  CNN_EACH_PART(i) v.part[i] = cnn_load(x + i * CNN_LANES);
  return v;
}

CNN_INLINE void cnn_store_sixteen(float *y, cnn_sixteen v) {
  CNN_EACH_PART(i) cnn_store(y + i * CNN_LANES, v.part[i]);
}

CNN_INLINE cnn_sixteen cnn_fill_sixteen(float value) {
  cnn_sixteen v;
  CNN_EACH_PART(i) v.part[i] = (cnn_vector)(value);
  return v;
}

/// The larger of two, the second where it is not a number; so written, it is a maximum and one choice.
CNN_INLINE cnn_vector cnn_larger(cnn_vector best, cnn_vector v) {
  const cnn_vector larger = v > best ? v : best;
  return v == v ? larger : v;
}

#endif
