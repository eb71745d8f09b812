#include "exponential.h"
#include "units.h"

/// y[i] = x[i] - largest[i], or its exponential; sum[i] += the exponential. For `count` elements.
static void softmax_exponentials(const float *x, const float *largest, int64_t logarithmic, int64_t count, float *sum,
                                 float *y) {
  for (int64_t i = 0; i < count; i += CNN_LANES) {
    // Elements behind the last whole vector are computed in one too, for the same bits at any place.
    const size_t bytes = (size_t)cnn_min(CNN_LANES, count - i) * sizeof(float);
    float shifted[CNN_LANES] = {0}, powers[CNN_LANES];
    memcpy(shifted, x + i, bytes);
    cnn_store(shifted, cnn_load(shifted) - cnn_load(largest + i));
    cnn_store(powers, cnn_exp(cnn_load(shifted)));
    cnn_store(sum + i, cnn_load(sum + i) + cnn_load(powers));
    memcpy(y + i, logarithmic ? shifted : powers, bytes);
  }
}

/// `count` neighbouring pixels over all channels; y may be x.
static void softmax_tile(const cnn_softmax_parameters *p, const float *x, float *y, int64_t count) {
  float largest[CNN_TILE], sum[CNN_TILE];
  const int64_t whole = cnn_round_up(count, CNN_LANES);
  for (int64_t i = 0; i < whole; i++) {
    largest[i] = i < count ? -INFINITY : 0;
    sum[i] = 0;
  }
  for (int64_t c = 0; c < p->channels; c++) {
    const float *v = x + c * p->pixels;
    for (int64_t i = 0; i < count; i++) largest[i] = v[i] > largest[i] || v[i] != v[i] ? v[i] : largest[i];
  }
  for (int64_t c = 0; c < p->channels; c++)
    softmax_exponentials(x + c * p->pixels, largest, p->logarithmic, count, sum, y + c * p->pixels);
  if (p->logarithmic)
    for (int64_t i = 0; i < count; i++) sum[i] = logf(sum[i]);
  for (int64_t c = 0; c < p->channels; c++) {
    float *v = y + c * p->pixels;
    for (int64_t i = 0; i < count; i++) v[i] = p->logarithmic ? v[i] - sum[i] : v[i] / sum[i];
  }
}

/// One pixel, whose channels lie side by side; y may be x.
static void softmax_pixel(const cnn_softmax_parameters *p, const float *x, float *y) {
  float largest = -INFINITY;
  for (int64_t c = 0; c < p->channels; c++) largest = x[c] > largest || x[c] != x[c] ? x[c] : largest;
  float sums[CNN_LANES] = {0}, sum = 0;
  for (int64_t c = 0; c < p->channels; c += CNN_LANES) {
    const int64_t left = cnn_min(CNN_LANES, p->channels - c);
    float shifted[CNN_LANES] = {0}, powers[CNN_LANES];
    memcpy(shifted, x + c, (size_t)left * sizeof(float));
    cnn_store(shifted, cnn_load(shifted) - largest);
    cnn_store(powers, cnn_exp(cnn_load(shifted)));
    for (int64_t i = 0; i < left; i++) sums[i] += powers[i];
    memcpy(y + c, p->logarithmic ? shifted : powers, (size_t)left * sizeof(float));
  }
  for (int64_t i = 0; i < CNN_LANES; i++) sum += sums[i];
  if (p->logarithmic) sum = logf(sum);
  for (int64_t c = 0; c < p->channels; c++) y[c] = p->logarithmic ? y[c] - sum : y[c] / sum;
}

CNN_SPLIT(softmax, p->batch * cnn_tiles(p->pixels), p->batch * p->channels * p->pixels * 3)

CNN_KERNEL(softmax) {
  const cnn_softmax_parameters *p = parameters;
  const int64_t tiles = cnn_tiles(p->pixels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / tiles, begin = unit % tiles * CNN_TILE;
    const float *x = (const float *)operands[1] + n * p->x_stride + begin;
    float *y = (float *)operands[0] + n * p->y_stride + begin;
    if (p->pixels == 1)
      softmax_pixel(p, x, y);
    else
      softmax_tile(p, x, y, cnn_min(CNN_TILE, p->pixels - begin));
  }
}
