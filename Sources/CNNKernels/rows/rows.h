// What kernels share that make one row of an image at a time, in plain C99: where rows lie, and what they are summed in.
//
// All of them have the form
//
//   static void cnn_rows_NAME(const cnn_rows_NAME_parameters *p, ptrdiff_t turn, const cnn_rows *v, const float *w)
//
// v[0] is what they write, the others are what they read; w are the weights, packed as each kernel says. Turn i writes
// row i, or takes row i of v[1] where the kernel says so.

#ifndef CNN_ROWS_H
#define CNN_ROWS_H

#include "../portable/lanes.h"
#include "../kernels/functions.h"

/// Rows of an image, of which `kept` lie in memory: row r at start + r % kept * row. Its pixel j, channel c is the element
/// j * pixel + c * channel.
typedef struct {
  float *start;
  ptrdiff_t kept, row, pixel, channel;
} cnn_rows;

/// Channels that are computed together where a kernel does one element after the other.
enum { CNN_ROWS_RUN = 64 };

static inline float *cnn_row(const cnn_rows *v, ptrdiff_t row) { return v->start + row % v->kept * v->row; }

static inline ptrdiff_t cnn_rows_min(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t cnn_rows_max(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

/// Lanes of a number of filters: panels of sixteen, the last one of eight where that is enough.
static inline ptrdiff_t cnn_rows_lanes(ptrdiff_t filters) { return (filters + 7) / 8 * 8; }

/// The taps of a window that read inside of a line, of which the first reads element `offset`.
static inline cnn_range cnn_rows_taps(ptrdiff_t taps, ptrdiff_t dilation, ptrdiff_t offset, ptrdiff_t length) {
  const cnn_range range = {offset < 0 ? (dilation - 1 - offset) / dilation : 0,
                           offset >= length ? 0 : cnn_rows_min(taps, (length - offset + dilation - 1) / dilation)};
  return range;
}

/// to[i] = from[i * stride]
static inline void cnn_rows_gather(const float *from, ptrdiff_t stride, ptrdiff_t count, float *to) {
  if (stride == 1)
    memcpy(to, from, (size_t)count * sizeof(float));
  else
    for (ptrdiff_t i = 0; i < count; i++) to[i] = from[i * stride];
}

/// to[i * stride] = from[i]
static inline void cnn_rows_scatter(const float *from, ptrdiff_t count, float *to, ptrdiff_t stride) {
  if (stride == 1)
    memcpy(to, from, (size_t)count * sizeof(float));
  else
    for (ptrdiff_t i = 0; i < count; i++) to[i * stride] = from[i];
}

/// Sums of some pixels, of up to 16 filters each.
typedef struct {
  cnn_part v[CNN_PIXELS][CNN_PARTS];
} cnn_rows_sums;

#define CNN_EACH_SUM(pixels, lanes)    \
  for (int n = 0; n < (pixels); n++)   \
    for (int l = 0; l < (lanes) / CNN_PART; l++)

CNN_INLINE void cnn_rows_clear(const int pixels, const int lanes, cnn_rows_sums *sums) {
  CNN_EACH_SUM(pixels, lanes) sums->v[n][l] = (cnn_part){0};
}

/// Adds `count` terms: term k of pixel n is x[n * pixel + k * step] times w[k * lanes...].
CNN_INLINE void cnn_rows_add_terms(const int pixels, const int lanes, const float *x, ptrdiff_t pixel, ptrdiff_t step,
                                   ptrdiff_t count, const float *w, cnn_rows_sums *sums) {
  for (ptrdiff_t k = 0; k < count; k++)
    CNN_EACH_SUM(pixels, lanes)
      sums->v[n][l] += x[n * pixel + k * step] * cnn_load_part(w + k * lanes + l * CNN_PART);
}

/// to[pixel][lanes] = the sums.
CNN_INLINE void cnn_rows_save(const int pixels, const int lanes, const cnn_rows_sums *sums, float *to) {
  CNN_EACH_SUM(pixels, lanes) memcpy(to + n * lanes + l * CNN_PART, &sums->v[n][l], sizeof(cnn_part));
}

/// y = function(values + bias + r) for some neighbouring pixels and the first `count` of their `lanes` values; `like` says
/// how r's pixels lie, which may be NULL, and `to` how y's do, which may be r.
static inline void cnn_rows_finish(float *values, ptrdiff_t pixels, ptrdiff_t lanes, const float *bias, const float *r,
                                   const cnn_rows *like, ptrdiff_t function, float alpha, ptrdiff_t count, float *y,
                                   const cnn_rows *to) {
  for (ptrdiff_t n = 0; n < pixels; n++)
    for (ptrdiff_t l = 0; l < lanes; l++) values[n * lanes + l] += bias[l];
  if (r != NULL)
    for (ptrdiff_t n = 0; n < pixels; n++)
      for (ptrdiff_t l = 0; l < count; l++) values[n * lanes + l] += r[n * like->pixel + l * like->channel];
  cnn_apply(function, alpha, values, values, pixels * lanes);
  for (ptrdiff_t n = 0; n < pixels; n++) cnn_rows_scatter(values + n * lanes, count, y + n * to->pixel, to->channel);
}

#endif
