// How a convolution of a planar image is divided: into rectangles of outputs, and those, where their part of the
// image does not fit, into steps of terms.

#ifndef CNN_PLANAR_DIVISION_H
#define CNN_PLANAR_DIVISION_H

#include "blocks.h"

enum {
  /// Outputs of a unit, floats of its copy and terms of a step, all about what the first-level cache holds.
  PLANAR_PIXELS = 512,
  PLANAR_FLOATS = 12288,
  PLANAR_TERMS = 512,
  /// Units that a layer is divided into at least, where it has as many rows.
  PLANAR_UNITS = 8,
  /// but each of so many multiplications, or more.
  PLANAR_WORK = 200000,
  /// Filters whose panel is only half in use: two pixels take the registers of one.
  PLANAR_HALF = CNN_PANEL / 2
};

/// How outputs are divided into rectangles, and terms into steps that are copied one after the other: some
/// channels, or some rows of taps of one, or some taps of a row. Their weights lie side by side.
typedef struct {
  int64_t rows, columns;              // outputs of a rectangle, at most
  int64_t down, across;               // rectangles
  int64_t channels, taps_down, taps_across;  // of a step
} planar_division;

/// Floats of a channel's copy, along one dimension.
static int64_t planar_span(int64_t outputs, int64_t stride, int64_t taps, int64_t dilation) {
  return (outputs - 1) * stride + (taps - 1) * dilation + 1;
}

static int64_t planar_floats(const cnn_conv2d_blocks_parameters *p, const planar_division *d) {
  return d->channels * planar_span(d->rows, p->stride_height, d->taps_down, p->dilation_height) *
         planar_span(d->columns, p->stride_width, d->taps_across, p->dilation_width);
}

static int planar_fits(const cnn_conv2d_blocks_parameters *p, const planar_division *d) {
  return planar_floats(p, d) <= PLANAR_FLOATS && d->channels * d->taps_down * d->taps_across <= PLANAR_TERMS;
}

/// Whether the last panel's second half does not exist.
static int planar_has_half(const cnn_conv2d_blocks_parameters *p) {
  return CNN_PANEL_VECTORS > 1 && cnn_block_channels(p->filters, cnn_channel_blocks(p->filters) - 1) <= PLANAR_HALF;
}

/// Rectangles that are worth dividing among threads, down an image.
static int64_t planar_least_down(const cnn_conv2d_blocks_parameters *p, int64_t across) {
  const int64_t terms = p->channels * p->kernel_height * p->kernel_width * p->filters;
  const int64_t worth = terms * p->out_height * p->out_width / PLANAR_WORK;
  return cnn_max(1, cnn_min(worth, (PLANAR_UNITS + across - 1) / across));
}

static planar_division planar_division_of(const cnn_conv2d_blocks_parameters *p) {
  planar_division d = {.rows = 1, .channels = cnn_max(1, p->channels), .taps_down = p->kernel_height,
                       .taps_across = p->kernel_width};
  // Of one tap, a row of outputs has to fit.
  const int64_t most = cnn_max(1, cnn_min(PLANAR_PIXELS, PLANAR_FLOATS / p->stride_width));
  d.across = (p->out_width + most - 1) / most;
  d.columns = (p->out_width + d.across - 1) / d.across;
  while (!planar_fits(p, &d) && d.channels * d.taps_down * d.taps_across > 1) {
    if (d.channels > 1)
      d.channels = (d.channels + 1) / 2;
    else if (d.taps_down > 1)
      d.taps_down = (d.taps_down + 1) / 2;
    else
      d.taps_across = (d.taps_across + 1) / 2;
  }
  // As many rows as fit, but enough rectangles, and of equal size.
  const int64_t least = planar_least_down(p, d.across);
  planar_division more = d;
  for (more.rows = 2; more.rows * d.columns <= PLANAR_PIXELS && planar_fits(p, &more) &&
                      (p->out_height + more.rows - 1) / more.rows >= least;
       more.rows++)
    d.rows = more.rows;
  d.down = (p->out_height + d.rows - 1) / d.rows;
  if (d.down > 1) d.down += d.down % 2;
  d.rows = (p->out_height + d.down - 1) / d.down;
  // Half panels take rows by twos.
  more.rows = d.rows + d.rows % 2;
  if (planar_has_half(p) && more.rows * d.columns <= PLANAR_PIXELS && planar_fits(p, &more)) d.rows = more.rows;
  d.down = (p->out_height + d.rows - 1) / d.rows;
  return d;
}

#endif
