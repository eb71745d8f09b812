// The block that some numbers of a channel each begin.

#ifndef CNN_FIRST_CHANNELS_H
#define CNN_FIRST_CHANNELS_H

#include "sixteen.h"

/// Up to sixteen elements of an array that ends with them; 0 in the other lanes, and everywhere for no array.
static inline cnn_sixteen cnn_load_first(const float *x, int64_t count) {
  float lanes[CNN_PANEL] = {0};
  for (int64_t i = 0; x != NULL && i < cnn_min(count, CNN_PANEL); i++) lanes[i] = x[i];
  return cnn_load_sixteen(lanes);
}

#endif
