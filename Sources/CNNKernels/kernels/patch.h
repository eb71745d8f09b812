// Windows without copies of what they overlap in: the part of an image that a tile of outputs reads is copied
// once, into rows of one pitch with padding as zeros; then what a tap reads for all outputs of the tile is one
// run of elements from an offset of that tap on. Outputs lie in the same pitch, so that a run goes on from row
// to row, over a few columns between them that nobody reads ("virtual pixels"). A stride is taken apart into
// phases, each of which is a plane of its own with neighbouring elements.

#ifndef CNN_PATCH_H
#define CNN_PATCH_H

#include "tile.h"
#include "window.h"

/// How a convolution is cut into tiles of outputs, and a tile's products into steps of channels and taps.
typedef struct {
  cnn_window window;
  int64_t out_height, out_width, channels;
  int64_t rows, columns;                     // outputs of a tile
  int64_t tiles_down, tiles_across;
  int64_t taps_height, taps_width;           // of a step; all of them wherever they fit
  int64_t step_channels;                     // one where the taps are not all
  int64_t phases_height, phases_width;
  int64_t pitch;                             // of patches and of virtual pixels
  int64_t plane;                             // floats of one phase of one channel
} cnn_tiling;

/// What fits where a tile is computed.
typedef struct {
  int64_t pixels;  // virtual pixels of a tile
  int64_t floats;  // of a patch
  int64_t terms;   // channels times taps of a step
  int64_t filters; // that share a patch: what copying is weighed against
} cnn_limits;

/// Outputs that taps reach beyond the first, in whole strides.
static inline int64_t cnn_reach(int64_t taps, int64_t dilation, int64_t stride) {
  return (taps - 1) * dilation / stride;
}

static inline int64_t cnn_phases(int64_t taps, int64_t dilation, int64_t stride) {
  return cnn_min(stride, (taps - 1) * dilation + 1);
}

/// Virtual pixels of a number of rows.
static inline int64_t cnn_virtual(const cnn_tiling *t, int64_t rows, int64_t columns) {
  return (rows - 1) * t->pitch + columns;
}

/// Columns that the end of a patch's row may share with the next one's start, zeros both.
static int64_t cnn_shared_columns(const cnn_tiling *t) {
  const cnn_window *w = &t->window;
  const int64_t columns = t->columns + cnn_reach(w->kernel_width, w->dilation_width, w->stride_width);
  int64_t shared = columns;
  for (int64_t phase = 0; phase < t->phases_width; phase++) {
    const cnn_range inside = cnn_inside(0, columns, w->stride_width, phase - w->pad_left, 0, w->width);
    if (inside.first >= inside.end) continue;
    shared = cnn_min(shared, cnn_min(inside.first, columns - inside.end));
  }
  return cnn_min(shared, columns - 1);
}

static void cnn_set_pitch(cnn_tiling *t) {
  const cnn_window *w = &t->window;
  const int is_whole = t->taps_height == w->kernel_height && t->taps_width == w->kernel_width &&
                       t->columns == t->out_width;
  t->pitch = t->columns + cnn_reach(t->taps_width, w->dilation_width, w->stride_width);
  if (is_whole) t->pitch = cnn_max(t->columns, t->pitch - cnn_shared_columns(t));
}

static void cnn_set_plane(cnn_tiling *t) {
  const cnn_window *w = &t->window;
  const int64_t down = cnn_reach(t->taps_height, w->dilation_height, w->stride_height);
  const int64_t across = cnn_reach(t->taps_width, w->dilation_width, w->stride_width);
  // A row may end behind the pitch, and products read up to a tile's width behind the last pixel.
  t->plane = cnn_round_up(cnn_virtual(t, t->rows + down, t->columns + across) + CNN_TILE_COLUMNS, CNN_LANES);
}

static void cnn_set_taps(cnn_tiling *t, int64_t height, int64_t width) {
  const cnn_window *w = &t->window;
  t->taps_height = height;
  t->taps_width = width;
  t->phases_height = cnn_phases(height, w->dilation_height, w->stride_height);
  t->phases_width = cnn_phases(width, w->dilation_width, w->stride_width);
  cnn_set_pitch(t);
  cnn_set_plane(t);
}

static int64_t cnn_patch_floats(const cnn_tiling *t) {
  return t->phases_height * t->phases_width * t->plane;
}

/// What a tile of some rows takes, roughly, in cycles: products, of which a vector on its own is worth less
/// than one in a tile, copies of rows, and for each filter a start and an end.
static int64_t cnn_tile_cost(const cnn_tiling *t, const cnn_limits *limits, int64_t rows) {
  const int64_t pixels = cnn_virtual(t, rows, t->columns), tiles = pixels / CNN_TILE_COLUMNS;
  const int64_t vectors = (pixels % CNN_TILE_COLUMNS + CNN_LANES - 1) / CNN_LANES;
  const int64_t products = tiles * CNN_TILE_COLUMNS + cnn_min(CNN_TILE_COLUMNS, vectors * CNN_LANES * 3 / 2);
  const int64_t reach = cnn_reach(t->taps_height, t->window.dilation_height, t->window.stride_height);
  const int64_t copies = (rows + reach) * t->phases_height * t->phases_width * (10 + t->pitch / CNN_LANES);
  const int64_t multiplications = products * t->taps_height * t->taps_width * limits->filters;
  return t->channels * (multiplications / (2 * CNN_LANES) + copies) +
         limits->filters * (rows * 8 + pixels / 4) + 150;
}

/// Chooses the rows of a tile.
static void cnn_set_rows(cnn_tiling *t, const cnn_limits *limits) {
  int64_t best = 1, lowest = INT64_MAX;
  for (int64_t rows = 1; rows <= t->out_height; rows++) {
    t->rows = rows;
    cnn_set_plane(t);
    if (rows > 1 && (cnn_virtual(t, rows, t->columns) > limits->pixels || cnn_patch_floats(t) > limits->floats))
      break;
    const int64_t last = t->out_height % rows;
    const int64_t cost = t->out_height / rows * cnn_tile_cost(t, limits, rows) +
                         (last > 0 ? cnn_tile_cost(t, limits, last) : 0);
    if (cost > lowest) continue;
    lowest = cost;
    best = rows;
  }
  t->rows = best;
  cnn_set_plane(t);
}

static cnn_tiling cnn_tiling_of(const cnn_window *w, int64_t out_height, int64_t out_width, int64_t channels,
                                const cnn_limits *limits) {
  cnn_tiling t = {.window = *w, .out_height = out_height, .out_width = out_width, .channels = channels};
  t.tiles_across = (out_width + limits->pixels - 1) / limits->pixels;
  t.columns = (out_width + t.tiles_across - 1) / t.tiles_across;
  t.tiles_across = (out_width + t.columns - 1) / t.columns;
  t.rows = 1;
  int64_t height = w->kernel_height, width = w->kernel_width;
  cnn_set_taps(&t, height, width);
  while (height * width > 1 && (height * width > limits->terms || cnn_patch_floats(&t) > limits->floats)) {
    if (height > 1)
      height = (height + 1) / 2;
    else
      width = (width + 1) / 2;
    cnn_set_taps(&t, height, width);
  }
  cnn_set_rows(&t, limits);
  t.tiles_down = (out_height + t.rows - 1) / t.rows;
  t.step_channels = 1;
  if (height == w->kernel_height && width == w->kernel_width) {
    const int64_t most = cnn_max(
        1, cnn_min(limits->terms / (height * width), limits->floats / cnn_patch_floats(&t)));
    const int64_t steps = cnn_max(1, (channels + most - 1) / most);
    t.step_channels = cnn_max(1, (channels + steps - 1) / steps);
  }
  return t;
}

/// One step: the channels and taps that a patch is made for. Their weights lie side by side.
typedef struct {
  int64_t channel, channels, fy, height, fx, width;
} cnn_step;

static inline int64_t cnn_steps_of_taps(int64_t taps, int64_t of_step) { return (taps + of_step - 1) / of_step; }

static int64_t cnn_step_count(const cnn_tiling *t) {
  return cnn_steps_of_taps(t->channels, t->step_channels) *
         cnn_steps_of_taps(t->window.kernel_height, t->taps_height) *
         cnn_steps_of_taps(t->window.kernel_width, t->taps_width);
}

static cnn_step cnn_step_at(const cnn_tiling *t, int64_t index) {
  const int64_t across = cnn_steps_of_taps(t->window.kernel_width, t->taps_width);
  const int64_t down = cnn_steps_of_taps(t->window.kernel_height, t->taps_height);
  cnn_step s = {.fx = index % across * t->taps_width,
                .fy = index / across % down * t->taps_height,
                .channel = index / across / down * t->step_channels};
  s.width = cnn_min(t->taps_width, t->window.kernel_width - s.fx);
  s.height = cnn_min(t->taps_height, t->window.kernel_height - s.fy);
  s.channels = cnn_min(t->step_channels, t->channels - s.channel);
  return s;
}

static inline int64_t cnn_step_terms(const cnn_step *s) { return s->channels * s->height * s->width; }

/// Where the first of a step's weights lies among a filter's.
static inline int64_t cnn_step_weight(const cnn_tiling *t, const cnn_step *s) {
  return (s->channel * t->window.kernel_height + s->fy) * t->window.kernel_width + s->fx;
}

/// offsets[term] = where in a patch the term begins for the tile's first output.
static void cnn_set_offsets(const cnn_tiling *t, const cnn_step *s, int64_t *offsets) {
  const cnn_window *w = &t->window;
  for (int64_t c = 0; c < s->channels; c++) {
    for (int64_t fy = 0; fy < s->height; fy++) {
      const int64_t y = fy * w->dilation_height;
      const int64_t planes = (c * t->phases_height + y % w->stride_height) * t->phases_width;
      const int64_t row = y / w->stride_height * t->pitch;
      for (int64_t fx = 0; fx < s->width; fx++) {
        const int64_t x = fx * w->dilation_width;
        *offsets++ = (planes + x % w->stride_width) * t->plane + row + x / w->stride_width;
      }
    }
  }
}

/// to[i] = from[i], without the library's call: most rows are short.
CNN_INLINE void cnn_copy_dense(const float *restrict from, int64_t count, float *restrict to) {
  if (count >= CNN_LANES) {
    for (int64_t i = 0; i + CNN_LANES < count; i += CNN_LANES) {
      cnn_store(to + i, cnn_load(from + i));
      __asm__ volatile("");  // or else clang makes the library's call of the loop
    }
    cnn_store(to + count - CNN_LANES, cnn_load(from + count - CNN_LANES));
    return;
  }
#if CNN_LANES == 16
  if (count >= 8) {
    cnn_store_eight(to, cnn_load_eight(from));
    cnn_store_eight(to + count - 8, cnn_load_eight(from + count - 8));
    return;
  }
#endif
  if (count >= 4) {
    cnn_store_four(to, cnn_load_four(from));
    cnn_store_four(to + count - 4, cnn_load_four(from + count - 4));
    return;
  }
  if (count > 0) to[0] = from[0];
  if (count > 1) to[1] = from[1];
  if (count > 2) to[2] = from[2];
}

/// to[i] = from[i * step].
static inline void cnn_copy_run(const float *restrict from, int64_t step, int64_t count, float *restrict to) {
  if (step == 1) {
    cnn_copy_dense(from, count, to);
  } else if (step == 2 && count > CNN_LANES) {
    // Each load ends with the last element that is read, or before it.
    int64_t i = 0;
    for (; i + CNN_LANES < count; i += CNN_LANES)
      cnn_store(to + i, CNN_EVEN(cnn_load(from + 2 * i), cnn_load(from + 2 * i + CNN_LANES)));
    from += 2 * (count - CNN_LANES) - 1;
    cnn_store(to + count - CNN_LANES, CNN_ODD(cnn_load(from), cnn_load(from + CNN_LANES)));
  } else {
    for (int64_t i = 0; i < count; i++) to[i] = from[i * step];
  }
}

/// Zeros, up to a whole number of vectors: what follows is written later, or is room for this.
CNN_INLINE void cnn_clear(float *to, int64_t count) {
  for (int64_t i = 0; i < count; i += CNN_LANES) {
    cnn_store(to + i, (cnn_vector)(0));
    __asm__ volatile("");
  }
}

/// A tile of outputs: rows x columns from (row, column) on.
typedef struct {
  int64_t row, rows, column, columns;
} cnn_area;

static cnn_area cnn_area_at(const cnn_tiling *t, int64_t tile) {
  const int64_t row = tile / t->tiles_across * t->rows, column = tile % t->tiles_across * t->columns;
  return (cnn_area){row, cnn_min(t->rows, t->out_height - row), column,
                    cnn_min(t->columns, t->out_width - column)};
}

/// Copies one phase of a channel's plane, from which the tile's taps begin at row and column `top`, `left`.
static void cnn_copy_phase(const cnn_tiling *t, const float *x, int64_t top, int64_t left, int64_t rows,
                           int64_t columns, float *to) {
  const cnn_window *w = &t->window;
  const cnn_range inside = cnn_inside(0, columns, w->stride_width, left, 0, w->width);
  const int64_t begin = cnn_min(inside.first, columns), end = cnn_max(begin, inside.end);
  if (columns == w->width && t->pitch == columns && begin == 0 && end == columns && w->stride_width == 1 &&
      w->stride_height == 1 && top >= 0 && top + rows <= w->height) {
    // Without padding the rows lie as they have to.
    cnn_copy_run(x + top * w->width, 1, rows * columns, to);
    cnn_clear(to + rows * columns, CNN_LANES);
    return;
  }
  for (int64_t i = 0; i < rows; i++) {
    const int64_t row = top + i * w->stride_height;
    float *line = to + i * t->pitch;
    if (row < 0 || row >= w->height || begin == end) {
      cnn_clear(line, columns);
      continue;
    }
    cnn_clear(line, begin);
    cnn_copy_run(x + row * w->width + left + begin * w->stride_width, w->stride_width, end - begin, line + begin);
    cnn_clear(line + end, columns - end);
  }
  // What products read behind the last row.
  cnn_clear(to + (rows - 1) * t->pitch + columns, CNN_LANES);
}

/// Fills a patch for a tile and a step from an image; x is the first channel of the convolution's group.
static void cnn_fill_patch(const cnn_tiling *t, const cnn_step *s, const cnn_area *area, const float *x,
                           float *patch) {
  const cnn_window *w = &t->window;
  const int64_t top = area->row * w->stride_height - w->pad_top + s->fy * w->dilation_height;
  const int64_t left = area->column * w->stride_width - w->pad_left + s->fx * w->dilation_width;
  const int64_t rows = area->rows + cnn_reach(s->height, w->dilation_height, w->stride_height);
  const int64_t columns = area->columns + cnn_reach(s->width, w->dilation_width, w->stride_width);
  const int64_t down = cnn_phases(s->height, w->dilation_height, w->stride_height);
  const int64_t across = cnn_phases(s->width, w->dilation_width, w->stride_width);
  for (int64_t c = 0; c < s->channels; c++) {
    const float *plane = x + (s->channel + c) * w->height * w->width;
    for (int64_t i = 0; i < down; i++)
      for (int64_t j = 0; j < across; j++)
        cnn_copy_phase(t, plane, top + i, left + j, rows, columns,
                       patch + ((c * t->phases_height + i) * t->phases_width + j) * t->plane);
  }
}

#endif
