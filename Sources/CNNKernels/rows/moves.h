// What moves elements and computes none, or only between neighbours, row by row.

#include "rows.h"

/// Sizes without `out_` are the input's.
typedef struct {
  ptrdiff_t channels, height, width, out_channels, out_width, top, left, before, groups;
} cnn_rows_move_parameters;

/// y(c, i, j) = x(c - before, i - top, j - left) where that is in the image, and 0 elsewhere: copies, crops, margins. In
/// groups, x's channels are taken as a matrix of `groups` rows, by columns.
static void cnn_rows_move(const cnn_rows_move_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const ptrdiff_t row = i - p->top, members = p->channels / p->groups;
  float *y = cnn_row(&v[0], i);
  (void)w;
  for (ptrdiff_t j = 0; j < p->out_width; j++) {
    const ptrdiff_t column = j - p->left;
    const int is_inside = row >= 0 && row < p->height && column >= 0 && column < p->width;
    const float *x = is_inside ? cnn_row(&v[1], row) + column * v[1].pixel : NULL;
    for (ptrdiff_t c = 0; c < p->out_channels; c++) {
      const ptrdiff_t channel = c - p->before, of = channel % p->groups * members + channel / p->groups;
      y[j * v[0].pixel + c * v[0].channel] =
          is_inside && channel >= 0 && channel < p->channels ? x[of * v[1].channel] : 0;
    }
  }
}

typedef struct {
  ptrdiff_t channels, height, width, out_height, out_width;
} cnn_rows_reshape_parameters;

/// Takes row `taken` of the input: its elements, numbered row by row of each channel, are those of the output.
static void cnn_rows_reshape(const cnn_rows_reshape_parameters *p, ptrdiff_t taken, const cnn_rows *v, const float *w) {
  const float *x = cnn_row(&v[1], taken);
  (void)w;
  for (ptrdiff_t c = 0; c < p->channels; c++)
    for (ptrdiff_t j = 0; j < p->width; j++) {
      const ptrdiff_t element = (c * p->height + taken) * p->width + j, line = element / p->out_width;
      cnn_row(&v[0], line % p->out_height)[element % p->out_width * v[0].pixel + line / p->out_height * v[0].channel] =
          x[j * v[1].pixel + c * v[1].channel];
    }
}

typedef struct {
  ptrdiff_t channels, height, width, factor_height, factor_width, bilinear;
} cnn_rows_upsample2d_parameters;

/// The inputs between which an output lies, and the second one's weight.
typedef struct {
  ptrdiff_t first, second;
  float weight;
} cnn_rows_neighbours;

static inline cnn_rows_neighbours cnn_rows_between(ptrdiff_t output, ptrdiff_t factor, ptrdiff_t length, ptrdiff_t bilinear) {
  const ptrdiff_t place = output / factor;
  const float distance = (float)(2 * (output % factor) + 1 - factor) / (2.0f * (float)factor);
  cnn_rows_neighbours at = {place, place, 0};
  if (bilinear && distance < 0) {
    at.first = cnn_rows_max(0, place - 1);
    at.weight = 1 + distance;
  } else if (bilinear) {
    at.second = cnn_rows_min(place + 1, length - 1);
    at.weight = distance;
  }
  return at;
}

static void cnn_rows_upsample2d(const cnn_rows_upsample2d_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const cnn_rows_neighbours down = cnn_rows_between(i, p->factor_height, p->height, p->bilinear);
  const float *upper = cnn_row(&v[1], down.first), *lower = cnn_row(&v[1], down.second);
  float *y = cnn_row(&v[0], i);
  (void)w;
  for (ptrdiff_t j = 0; j < p->width * p->factor_width; j++) {
    const cnn_rows_neighbours across = cnn_rows_between(j, p->factor_width, p->width, p->bilinear);
    const ptrdiff_t first = across.first * v[1].pixel, second = across.second * v[1].pixel;
    for (ptrdiff_t c = 0; c < p->channels; c++) {
      const ptrdiff_t of = c * v[1].channel;
      const float above = (1 - across.weight) * upper[first + of] + across.weight * upper[second + of];
      const float below = (1 - across.weight) * lower[first + of] + across.weight * lower[second + of];
      y[j * v[0].pixel + c * v[0].channel] =
          p->bilinear ? (1 - down.weight) * above + down.weight * below : upper[first + of];
    }
  }
}
