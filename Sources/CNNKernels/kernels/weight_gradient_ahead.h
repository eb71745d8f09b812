// What a unit of a weight gradient will read after the chunk that it is about, brought into the second-level cache bit
// by bit meanwhile: a block's rows are too short for the processor to see where the next ones lie.

#ifndef CNN_WEIGHT_GRADIENT_AHEAD_H
#define CNN_WEIGHT_GRADIENT_AHEAD_H

#include "weight_gradient_runs.h"

/// The rows of a chunk in all blocks of a unit, those of dy first; a line is a pixel's 16 floats.
typedef struct {
  gradient_arguments p;
  const float *x, *dy;              // the unit's first blocks
  int64_t filter_blocks, channel_blocks;
  gradient_chunk chunk;
  int64_t row, rows;                // of all blocks, the next one and their number
  const float *at;                  // the next line of the row before,
  int64_t lines, step;              // how many it still has, and the floats from one to the next
  int64_t at_once;
} gradient_ahead;

/// Rows of x that belong to one of dy.
static inline int64_t gradient_rows_of_x(gradient_arguments p) { return cnn_min(p->stride_height, p->kernel_height); }

/// Begins with a chunk, of which each of `times` calls of gradient_fetch takes a part.
static void gradient_set_ahead(gradient_ahead *a, const gradient_chunk *chunk, int64_t times) {
  gradient_arguments p = a->p;
  const int64_t across = p->kernel_width == 1 ? 1 : p->stride_width, down = gradient_rows_of_x(p);
  a->chunk = *chunk;
  a->row = a->lines = 0;
  a->rows = cnn_max(0, chunk->rows) * (a->filter_blocks + a->channel_blocks * down);
  const int64_t lines = chunk->rows * chunk->columns * (a->filter_blocks + a->channel_blocks * down * across);
  a->at_once = (lines + times - 1) / times;
}

/// Finds the next row.
static void gradient_next_row(gradient_ahead *a) {
  gradient_arguments p = a->p;
  const gradient_chunk *c = &a->chunk;
  const int64_t number = a->row++, first_of_x = a->filter_blocks * c->rows, down = gradient_rows_of_x(p);
  const int64_t part = number < first_of_x ? number : (number - first_of_x) / down;
  const int64_t block = part / c->rows, row = c->row + part % c->rows;
  const int64_t image = row / p->out_height, i = row % p->out_height;
  if (number < first_of_x) {
    a->at = a->dy + image * p->dy_stride + ((block * p->out_height + i) * p->out_width + c->column) * CNN_PANEL;
    a->lines = c->columns;
    a->step = CNN_PANEL;
    return;
  }
  // A chunk of rows within an image begins where the last tap of the chunk before ends.
  const int64_t reach = c->rows < p->out_height ? (p->kernel_height - 1) * p->dilation_height - p->pad_top : 0;
  const int64_t y = i * p->stride_height + (number - first_of_x) % down + cnn_max(0, reach);
  const int64_t column = cnn_min(p->width, c->column * p->stride_width);
  const int64_t skip = p->kernel_width == 1 ? p->stride_width : 1;
  a->at = a->x + image * p->x_stride + ((block * p->height + cnn_min(y, p->height - 1)) * p->width + column) * CNN_PANEL;
  a->lines = cnn_min(c->columns * p->stride_width, p->width - column) / skip;
  a->step = skip * CNN_PANEL;
}

/// Fetches the next part.
CNN_INLINE void gradient_fetch(gradient_ahead *a) {
  for (int64_t n = a->at_once; n > 0;) {
    if (a->lines == 0) {
      if (a->row == a->rows) return;
      gradient_next_row(a);
    }
    const int64_t count = cnn_min(n, a->lines);
    for (int64_t i = 0; i < count; i++) __builtin_prefetch(a->at + i * a->step, 0, 2);
    a->at += count * a->step;
    a->lines -= count;
    n -= cnn_max(1, count);
  }
}

#endif
