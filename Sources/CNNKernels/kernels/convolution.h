// Convolutions as the forward pass and the gradient of the input need them.

#ifndef CNN_CONVOLUTION_H
#define CNN_CONVOLUTION_H

#include "functions.h"
#include "patch.h"
#include "units.h"

/// y[k, i, j] = function(bias[k] + the sum of w[k, c, fy, fx] * x[c, ...] + r[k, i, j]). Filters and channels
/// are one group's; a group's channels lie behind those of the group before, and so do its filters.
typedef struct {
  const float *x, *w, *bias, *r;               // bias and r may be NULL
  float *y;
  int64_t batch, x_stride, y_stride, r_stride; // strides from image to image
  int64_t groups, channels, filters;
  int64_t w_stride;                            // from filter to filter
  cnn_window window;
  int64_t out_height, out_width;
  int64_t y_plane, y_row, y_column;            // from filter to filter, row to row, column to column
  int64_t function;
  float alpha;
} cnn_convolution;

enum {
  CONVOLUTION_PIXELS = 256,
  CONVOLUTION_FLOATS = 16384,
  CONVOLUTION_TERMS = 288,
  CONVOLUTION_FILTERS = 64
};

/// Filters of a unit: many share a patch, unless there are too few images to divide.
static int64_t convolution_filters(const cnn_convolution *p) {
  const int64_t most = p->batch < 8 ? CONVOLUTION_FILTERS / 2 : CONVOLUTION_FILTERS;
  const int64_t parts = (p->filters + most - 1) / most;
  return (p->filters + parts - 1) / parts;
}

/// Few filters leave room for more pixels.
static cnn_tiling convolution_tiling(const cnn_convolution *p) {
  const int64_t pixels = cnn_min(4, CONVOLUTION_FILTERS / convolution_filters(p)) * CONVOLUTION_PIXELS;
  const cnn_limits limits = {pixels, CONVOLUTION_FLOATS, CONVOLUTION_TERMS,
                             cnn_min(p->filters, CONVOLUTION_FILTERS)};
  return cnn_tiling_of(&p->window, p->out_height, p->out_width, p->channels, &limits);
}

/// A unit is a range of filters over one tile of one image.
static int64_t convolution_units(const cnn_convolution *p, const cnn_tiling *t) {
  const int64_t filters = convolution_filters(p);
  return p->batch * p->groups * t->tiles_down * t->tiles_across * ((p->filters + filters - 1) / filters);
}

static int64_t convolution_work(const cnn_convolution *p) {
  return p->batch * p->groups * p->filters * p->channels * p->out_height * p->out_width *
         p->window.kernel_height * p->window.kernel_width / 20;
}

/// Stores a tile's sums: `sums` are those of one filter, y and r its planes.
static void convolution_store(const cnn_convolution *p, const cnn_tiling *t, const cnn_area *area,
                              float *sums, const float *r, float *y) {
  const int64_t virtual = cnn_virtual(t, area->rows, area->columns);
  const int64_t start = area->row * p->y_row + area->column * p->y_column;
  if (r == NULL) cnn_apply(p->function, p->alpha, sums, sums, virtual);
  if (r == NULL && p->y_column == 1 && p->y_row == t->pitch && area->columns == t->pitch) {
    cnn_copy_run(sums, 1, virtual, y + start);
    return;
  }
  for (int64_t i = 0; i < area->rows; i++) {
    float *line = sums + i * t->pitch, *to = y + start + i * p->y_row;
    if (r != NULL) {
      const float *from = r + start + i * p->y_row;
      for (int64_t j = 0; j < area->columns; j++) line[j] += from[j];
      cnn_apply(p->function, p->alpha, line, line, area->columns);
    }
    if (p->y_column == 1) {
      cnn_copy_run(line, 1, area->columns, to);
    } else {
      for (int64_t j = 0; j < area->columns; j++) to[j * p->y_column] = line[j];
    }
  }
}

/// Filters first..<first + count of a group of an image, over one tile; x is the group's first channel.
static void convolution_tile(const cnn_convolution *p, const cnn_tiling *t, const cnn_area *area,
                             const float *x, const float *w, const float *start, int64_t filters, float *sums,
                             int64_t row) {
  float patch[CONVOLUTION_FLOATS + 8 * CONVOLUTION_PIXELS];
  int64_t offsets[CONVOLUTION_TERMS];
  cnn_step last = {0};
  const int64_t virtual = cnn_virtual(t, area->rows, area->columns), steps = cnn_step_count(t);
  for (int64_t i = 0; i < steps; i++) {
    const cnn_step step = cnn_step_at(t, i);
    cnn_fill_patch(t, &step, area, x, patch);
    // The offsets of one step are those of any with as many channels and taps.
    if (step.channels != last.channels || step.height != last.height || step.width != last.width)
      cnn_set_offsets(t, &step, offsets);
    last = step;
    const cnn_product product = {.a = w + cnn_step_weight(t, &step), .a_row = p->w_stride, .a_term = 1,
                                 .b = patch, .offsets = offsets, .terms = cnn_step_terms(&step),
                                 .start = i == 0 ? start : NULL};
    cnn_add_product(&product, filters, virtual, sums, row);
  }
}

/// Units first..<end.
static void cnn_convolve(const cnn_convolution *p, const cnn_tiling *t, int64_t first, int64_t end) {
  static const float zeros[CONVOLUTION_FILTERS] = {0};
  float sums[CONVOLUTION_FILTERS * (CONVOLUTION_PIXELS + CNN_LANES)];
  const int64_t most = convolution_filters(p), parts = (p->filters + most - 1) / most;
  const int64_t tiles = t->tiles_down * t->tiles_across;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t k = unit % parts * most, tile = unit / parts % tiles;
    const int64_t g = unit / parts / tiles % p->groups, n = unit / parts / tiles / p->groups;
    const cnn_area area = cnn_area_at(t, tile);
    const int64_t filters = cnn_min(most, p->filters - k), filter = g * p->filters + k;
    const int64_t row = cnn_round_up(cnn_virtual(t, area.rows, area.columns), CNN_LANES);
    const float *start = p->bias ? p->bias + filter : zeros;
    // A filter without channels still has its bias.
    if (p->channels == 0)
      for (int64_t i = 0; i < filters * row; i++) sums[i] = start[i / row];
    convolution_tile(
        p, t, &area, p->x + n * p->x_stride + g * p->channels * p->window.height * p->window.width,
        p->w + filter * p->w_stride, start, filters, sums, row);
    for (int64_t f = 0; f < filters; f++) {
      const int64_t plane = (filter + f) * p->y_plane;
      convolution_store(p, t, &area, sums + f * row, p->r ? p->r + n * p->r_stride + plane : NULL,
                        p->y + n * p->y_stride + plane);
    }
  }
}

#endif
