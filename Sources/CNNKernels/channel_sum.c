#include "cnn_kernels.h"
#include "geometry.h"

enum { LANES = 8, BLOCK = 512 };

/// A plane's sum: of blocks, each of lanes, so that no sum gets long.
static float plane_sum(const float *x, int64_t area) {
  float sum = 0;
  for (int64_t first = 0; first < area; first += BLOCK) {
    const int64_t end = cnn_min(area, first + BLOCK);
    float lanes[LANES] = {0}, rest = 0;
    int64_t i = first;
    for (; i + LANES <= end; i += LANES)
      for (int l = 0; l < LANES; l++) lanes[l] += x[i + l];
    for (; i < end; i++) rest += x[i];
    sum += ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7])) +
           rest;
  }
  return sum;
}

void cnn_channel_sum(void *const *operands, const void *parameters) {
  const cnn_channel_sum_parameters *p = parameters;
  float *y = operands[0];
  for (int64_t c = 0; c < p->channels; c++) y[c] = 0;
  for (int64_t n = 0; n < p->batch; n++) {
    const float *x = (const float *)operands[1] + n * p->x_stride;
    if (p->area == 1) {
      for (int64_t c = 0; c < p->channels; c++) y[c] += x[c];
    } else {
      for (int64_t c = 0; c < p->channels; c++) y[c] += plane_sum(x + c * p->area, p->area);
    }
  }
}
