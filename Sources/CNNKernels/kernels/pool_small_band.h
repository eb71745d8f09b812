// What a convolution of a planar image and the maxima of squares of two by two of it read: for the upper left outputs
// of all squares, tap (fy, fx) reads every other element of every other row, from (fy, fx) on. The part of the image
// that a band of rows of maxima needs is copied once into planes that hold just those, for each first column and each
// parity of rows:
//
//   plane[row % 2][column][row / 2][j] = image[row][column + 2 j]

#ifndef CNN_POOL_SMALL_BAND_H
#define CNN_POOL_SMALL_BAND_H

#include "blocks.h"
#include "patch.h"

enum {
  /// Floats of the planes: as many as leave room for weights in the first-level cache, where rows are short, and
  SMALL_CACHED = 5120,
  /// as many as a band of a single row may have.
  SMALL_FLOATS = 16384,
  /// Channels times taps, at most.
  SMALL_TERMS = 4096,
  /// Behind a plane, for what is read behind its last row.
  SMALL_GAP = 16
};

/// How an image's part for a band of maxima lies.
typedef struct {
  int64_t rows;                    // of maxima
  int64_t height, width;           // of the image's part, padding and all
  int64_t plane, parity, channel;  // floats of a plane, of a parity's and of a channel's planes
  int64_t term_count;
  const int64_t *terms;            // where they begin, of upper and of lower outputs in turn
} small_band;

static small_band small_band_of(const cnn_conv2d_pool_small_parameters *p, int64_t rows) {
  small_band b = {.rows = rows,
                  .height = 2 * rows + p->kernel_height - 1,
                  .width = cnn_round_up(2 * p->out_width + p->kernel_width - 1, 2),
                  .plane = (rows + p->kernel_height / 2) * p->out_width + SMALL_GAP};
  b.term_count = p->channels * p->kernel_height * p->kernel_width;
  b.parity = (p->kernel_width + 1) * b.plane;
  b.channel = 2 * b.parity;
  return b;
}

/// Rows of maxima of a band.
static int64_t small_band_rows(const cnn_conv2d_pool_small_parameters *p) {
  const int64_t planes = 2 * (p->kernel_width + 1) * p->channels;
  const int64_t rows = (SMALL_CACHED / planes - SMALL_GAP) / p->out_width - p->kernel_height / 2;
  return cnn_min(p->out_height, cnn_max(1, rows));
}

static int64_t small_bands(const cnn_conv2d_pool_small_parameters *p) {
  const int64_t rows = small_band_rows(p);
  return (p->out_height + rows - 1) / rows;
}

/// Copies rows of a channel with the padding that the band has; x is the channel's first element.
static void small_pad(const cnn_conv2d_pool_small_parameters *p, const small_band *b, int64_t top, const float *x,
                      float *to) {
  const int64_t begin = cnn_min(b->width, cnn_max(0, p->pad_left));
  const int64_t end = cnn_max(begin, cnn_min(b->width, p->width + p->pad_left));
  if (b->width == p->width && p->pad_left == 0 && top >= 0 && top + b->height <= p->height) {
    cnn_copy_dense(x + top * p->width, b->height * b->width, to);
    return;
  }
  for (int64_t i = 0; i < b->height; i++, to += b->width) {
    const int64_t row = top + i;
    if (row < 0 || row >= p->height || begin == end) {
      cnn_clear(to, b->width);
      continue;
    }
    cnn_clear(to, begin);
    cnn_copy_dense(x + row * p->width + begin - p->pad_left, end - begin, to + begin);
    cnn_clear(to + end, b->width - end);
  }
}

/// A channel's planes; `image` is the part of the image, which its even columns, then its odd ones take the place
/// of, and has room for two vectors behind it. `odd` is as large.
static void small_fill(const cnn_conv2d_pool_small_parameters *p, const small_band *b, float *image, float *odd,
                       float *planes) {
  for (int64_t i = 0; i < b->height * b->width; i += 2 * CNN_LANES) {
    const cnn_vector first = cnn_load(image + i), second = cnn_load(image + i + CNN_LANES);
    cnn_store(image + i / 2, CNN_EVEN(first, second));
    cnn_store(odd + i / 2, CNN_ODD(first, second));
  }
  for (int64_t i = 0; i < 2 * (p->kernel_width + 1); i++)
    for (int64_t j = 0; j < SMALL_GAP; j += CNN_LANES)
      cnn_store(planes + (i + 1) * b->plane - SMALL_GAP + j, (cnn_vector)(0));
  const int64_t width = p->out_width, pitch = b->width / 2, last = (width - 1) / CNN_LANES * CNN_LANES;
  for (int64_t i = 0; i < 2 * (p->kernel_width + 1); i++) {
    const int64_t column = i / 2, parity = i % 2;
    const float *from = (column % 2 ? odd : image) + column / 2;
    float *to = planes + column * b->plane + parity * b->parity;
    // A row's last vector reaches into the next row, whose first is written later, or into the gap.
    for (int64_t j = last; j >= 0; j -= CNN_LANES) {
      const float *line = from + parity * pitch + j;
      float *to_line = to + j;
      for (int64_t row = parity; row < b->height; row += 2, line += 2 * pitch, to_line += width)
        cnn_store(to_line, cnn_load(line));
    }
  }
}

/// Where each term, a tap of a channel, begins in the planes, for a square's upper outputs and for its lower ones.
static void small_set_terms(const cnn_conv2d_pool_small_parameters *p, const small_band *b, int64_t *terms) {
  for (int64_t c = 0; c < p->channels; c++)
    for (int64_t fy = 0; fy < p->kernel_height; fy++) {
      const int64_t upper = fy % 2 * b->parity + fy / 2 * p->out_width;
      const int64_t lower = (fy + 1) % 2 * b->parity + (fy + 1) / 2 * p->out_width;
      for (int64_t fx = 0; fx < p->kernel_width; fx++) {
        *terms++ = c * b->channel + fx * b->plane + upper;
        *terms++ = c * b->channel + fx * b->plane + lower;
      }
    }
}

#endif
