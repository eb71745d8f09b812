// The gradient of a convolution's weights where x is a planar image of few channels, as first layers have it, and dy
// lies in blocks of 16 channels. The part of the image that a tile of outputs reads is copied, with zeros for the
// padding; sums of some terms (a channel and a tap) times one or two panels of filters stay in registers along the
// tile. A unit is some filter blocks times a step of terms, over a part of the tiles of all images.

#include "patch.h"
#include "pixel_tiles.h"
#include "units.h"
#include "weight_gradient_runs.h"

enum {
  IMAGE_PIXELS = 512,   // virtual pixels of a tile
  IMAGE_FLOATS = 8192,  // of its patch
  IMAGE_TERMS = 256,    // of a step,
  IMAGE_BLOCKS = 4      // and filter blocks of a unit, at most
};

/// How a call is divided.
typedef struct {
  cnn_tiling tiling;
  int64_t filter_blocks, filter_parts, steps;
} image_gradient_division;

static image_gradient_division image_gradient_divide(gradient_arguments p) {
  const cnn_window window = CNN_WINDOW(p);
  const int64_t blocks = cnn_channel_blocks(p->filters);
  const cnn_limits limits = {IMAGE_PIXELS, IMAGE_FLOATS, IMAGE_TERMS, CNN_PANEL * cnn_min(blocks, IMAGE_BLOCKS)};
  image_gradient_division d = {
      .tiling = cnn_tiling_of(&window, p->out_height, p->out_width, p->channels, &limits),
      .filter_blocks = p->filter_blocks,
      .filter_parts = (blocks + p->filter_blocks - 1) / p->filter_blocks};
  d.steps = cnn_step_count(&d.tiling);
  return d;
}

static cnn_split cnn_conv2d_weight_gradient_image_split(const void *parameters) {
  gradient_arguments p = parameters;
  const image_gradient_division d = image_gradient_divide(p);
  return (cnn_split){p->parts * d.filter_parts * d.steps,
                     p->batch * p->filters * p->channels * p->out_height * p->out_width * p->kernel_height *
                         p->kernel_width / (4 * CNN_LANES)};
}

/// One unit.
typedef struct {
  gradient_arguments p;
  const cnn_tiling *tiling;
  cnn_step step;
  const float *x, *dy;              // of the first image; dy of the first filter block
  int64_t filter_blocks, terms;
  int64_t offsets[IMAGE_TERMS];
  float patch[IMAGE_FLOATS + 4 * IMAGE_PIXELS];
  /// [filter block, or two][term][filter block][16 filters]
  float sums[IMAGE_BLOCKS * IMAGE_TERMS * CNN_PANEL] __attribute__((aligned(64)));
} image_gradient_unit;

/// Adds the products of `terms` terms and one or two panels along some runs; offsets are the terms' in the patch.
CNN_INLINE void image_gradient_tile(const int terms, const int panels, const gradient_run *run, int64_t runs,
                                    const float *patch, const int64_t *offsets, const float *dy, int64_t next_panel,
                                    float *saved) {
  cnn_sums sums;
  const float *x[CNN_PIXELS];
  cnn_sums_restore(terms, panels, saved, &sums);
  CNN_UNROLL for (int t = 0; t < terms; t++) x[t] = patch + offsets[t];
  for (const gradient_run *const end = run + runs; run < end; run++) {
    const float *w = dy + run->dy;
    for (int64_t i = run->x; i < run->x + run->count; i++, w += CNN_PANEL)
      CNN_ADD_TERM(terms, panels, x[p][i], w, next_panel, &sums);
  }
  cnn_sums_save(terms, panels, &sums, saved);
}

static __attribute__((noinline)) void image_gradient_any_tile(int64_t terms, int64_t panels, const gradient_run *run,
                                                              int64_t runs, const float *patch, const int64_t *offsets,
                                                              const float *dy, int64_t next_panel, float *saved) {
  CNN_FOR_PIXELS(terms, panels, image_gradient_tile, run, runs, patch, offsets, dy, next_panel, saved)
}

/// The runs of an area, one a row unless rows lie densely in both; their number.
static int64_t image_gradient_runs(const image_gradient_unit *u, const cnn_area *area, gradient_run *runs) {
  const int64_t width = u->p->out_width;
  const gradient_run first = {0, (area->row * width + area->column) * CNN_PANEL, area->columns};
  if (area->columns == width && u->tiling->pitch == width) {
    runs[0] = (gradient_run){first.x, first.dy, area->rows * width};
    return 1;
  }
  for (int64_t i = 0; i < area->rows; i++)
    runs[i] = (gradient_run){i * u->tiling->pitch, first.dy + i * width * CNN_PANEL, area->columns};
  return area->rows;
}

/// Adds a tile of an image.
static void image_gradient_add(image_gradient_unit *u, int64_t image, int64_t tile) {
  gradient_arguments p = u->p;
  const cnn_area area = cnn_area_at(u->tiling, tile);
  const int64_t plane = p->out_height * p->out_width * CNN_PANEL, groups = cnn_pixel_tiles(u->terms);
  gradient_run runs[IMAGE_PIXELS];
  const int64_t count = image_gradient_runs(u, &area, runs);
  cnn_fill_patch(u->tiling, &u->step, &area, u->x + image * p->x_stride, u->patch);
  for (int64_t block = 0; block < u->filter_blocks; block += CNN_PANELS) {
    const int64_t panels = cnn_min(CNN_PANELS, u->filter_blocks - block);
    const float *dy = u->dy + image * p->dy_stride + block * plane;
    for (int64_t group = 0; group < groups; group++) {
      const int64_t term = cnn_pixel_tile_at(u->terms, groups, group);
      const int64_t terms = cnn_pixel_tile_at(u->terms, groups, group + 1) - term;
      image_gradient_any_tile(terms, panels, runs, count, u->patch, u->offsets + term, dy, plane,
                              u->sums + (block * u->terms + term * panels) * CNN_PANEL);
    }
  }
}

/// Stores the sums; dw is the weight of the unit's first filter and term.
static void image_gradient_store(const image_gradient_unit *u, int64_t filters, float *dw) {
  const int64_t weights = u->p->channels * u->p->kernel_height * u->p->kernel_width;
  for (int64_t k = 0; k < filters; k++) {
    const int64_t block = k / CNN_PANEL, first = block / CNN_PANELS * CNN_PANELS;
    const int64_t panels = cnn_min(CNN_PANELS, u->filter_blocks - first);
    const float *sums = u->sums + (first * u->terms + block - first) * CNN_PANEL + k % CNN_PANEL;
    for (int64_t term = 0; term < u->terms; term++) dw[k * weights + term] = sums[term * panels * CNN_PANEL];
  }
}

CNN_KERNEL(conv2d_weight_gradient_image) {
  gradient_arguments p = parameters;
  const image_gradient_division d = image_gradient_divide(p);
  const int64_t tiles = d.tiling.tiles_down * d.tiling.tiles_across, area = p->out_height * p->out_width;
  const int64_t weights = p->channels * p->kernel_height * p->kernel_width;
  image_gradient_unit u;
  u.p = p;
  u.tiling = &d.tiling;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t filter = unit / d.steps % d.filter_parts * d.filter_blocks, part = unit / d.steps / d.filter_parts;
    u.step = cnn_step_at(&d.tiling, unit % d.steps);
    u.terms = cnn_step_terms(&u.step);
    u.filter_blocks = cnn_min(d.filter_blocks, cnn_channel_blocks(p->filters) - filter);
    if (u.terms <= 0 || u.filter_blocks <= 0) continue;
    u.x = operands[1];
    u.dy = (const float *)operands[2] + filter * area * CNN_PANEL;
    cnn_set_offsets(&d.tiling, &u.step, u.offsets);
    memset(u.sums, 0, (size_t)(u.filter_blocks * u.terms * CNN_PANEL) * sizeof(float));
    for (int64_t i = p->batch * tiles * part / p->parts; i < p->batch * tiles * (part + 1) / p->parts; i++)
      image_gradient_add(&u, i / tiles, i % tiles);
    image_gradient_store(&u, cnn_min(u.filter_blocks * CNN_PANEL, p->filters - filter * CNN_PANEL),
                         (float *)operands[0] + (part * p->filters + filter * CNN_PANEL) * weights +
                             cnn_step_weight(&d.tiling, &u.step));
  }
}
