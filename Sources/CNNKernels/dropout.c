// A generator that counts: an element's random number is a hash of its place, so that any part of a mask
// can be computed again, in any order. The hash is SplitMix64's (Steele, Lea, Flood, OOPSLA 2014).

#include "cnn_kernels.h"

static const uint64_t golden = 0x9E3779B97F4A7C15u;

static inline uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// Four floats of 16 bits each, the lowest first.
static uint64_t number(const float *pieces) {
  uint64_t value = 0;
  for (int i = 3; i >= 0; i--) value = value << 16 | (uint64_t)pieces[i];
  return value;
}

void cnn_dropout(void *const *operands, const void *parameters) {
  const cnn_dropout_parameters *p = parameters;
  const float *state = operands[2];
  uint64_t key = mix(number(state) + golden);
  key = mix((key ^ number(state + 4)) + golden);
  key = mix((key ^ (uint64_t)p->stream) + golden);
  const uint64_t image = number(state + 8), count = (uint64_t)p->count;
  const float scale = (float)p->scale;
  for (int64_t n = 0; n < p->batch; n++) {
    float *y = (float *)operands[0] + n * p->y_stride;
    const float *x = (const float *)operands[1] + n * p->x_stride;
    const uint64_t start = key + ((image + (uint64_t)n) * count + 1) * golden;
    for (int64_t i = 0; i < p->count; i++) {
      const int64_t bits = (int64_t)(mix(start + (uint64_t)i * golden) >> 40);
      const float kept = scale * x[i];
      y[i] = bits < p->threshold ? 0 : kept;
    }
  }
}
