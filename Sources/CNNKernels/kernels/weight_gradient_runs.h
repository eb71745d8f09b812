// How the weight gradients of activations in channel blocks walk along a batch: through chunks of outputs that stay
// in the first-level cache while all taps and channels use them. For a tap, a chunk is a list of runs: outputs that
// neighbour each other and whose pixels of x at this tap lie inside of the image. Padding is in no run.

#ifndef CNN_WEIGHT_GRADIENT_RUNS_H
#define CNN_WEIGHT_GRADIENT_RUNS_H

#include "blocks.h"
#include "window.h"

enum {
  /// Outputs of a chunk,
  GRADIENT_PIXELS = 192,
  /// rows of outputs of a chunk,
  GRADIENT_ROWS = 48,
  /// and taps of a unit, at most.
  GRADIENT_TAPS = 32
};

/// Outputs whose pixels at a tap follow each other.
typedef struct {
  int64_t x, dy;  // floats from the operands' first to those of the first output
  int64_t count;
} gradient_run;

typedef const cnn_conv2d_weight_gradient_blocks_parameters *gradient_arguments;

/// Outputs: rows of all images, numbered through, and some columns of each.
typedef struct {
  int64_t row, rows, column, columns;
} gradient_chunk;

/// Rows of chunks, and columns: all of them wherever they fit.
static inline int64_t gradient_chunk_columns(gradient_arguments p) { return cnn_min(p->out_width, GRADIENT_PIXELS); }
static inline int64_t gradient_chunk_rows(gradient_arguments p) {
  return cnn_max(1, cnn_min(GRADIENT_ROWS, GRADIENT_PIXELS / cnn_max(1, gradient_chunk_columns(p))));
}

/// Writes the runs of a tap in a chunk and returns their number, GRADIENT_ROWS at most.
static int64_t gradient_find_runs(gradient_arguments p, const gradient_chunk *chunk, int64_t tap, gradient_run *runs) {
  const int64_t down = tap / p->kernel_width * p->dilation_height - p->pad_top;
  const int64_t across = tap % p->kernel_width * p->dilation_width - p->pad_left;
  const cnn_range rows = cnn_inside(0, p->out_height, p->stride_height, down, 0, p->height);
  const cnn_range columns = cnn_inside(chunk->column, chunk->column + chunk->columns, p->stride_width, across, 0, p->width);
  const int64_t count = columns.end - columns.first, step = p->stride_width * CNN_PANEL;
  if (count <= 0) return 0;
  gradient_run *run = runs;
  for (int64_t row = chunk->row; row < chunk->row + chunk->rows; row++) {
    const int64_t image = row / p->out_height, i = row % p->out_height;
    if (i < rows.first || i >= rows.end) continue;
    const int64_t place = (i * p->stride_height + down) * p->width + columns.first * p->stride_width + across;
    const gradient_run next = {image * p->x_stride + place * CNN_PANEL,
                               image * p->dy_stride + (i * p->out_width + columns.first) * CNN_PANEL, count};
    // Without padding, a row goes on where the one before ends.
    if (run > runs && run[-1].x + run[-1].count * step == next.x && run[-1].dy + run[-1].count * CNN_PANEL == next.dy)
      run[-1].count += count;
    else
      *run++ = next;
  }
  return run - runs;
}

#endif
