// The gradient of a convolution's weights: dot products, along the virtual pixels of a tile, of dy with what
// each tap has read. Tiles are summed in order, groups of images one after the other.

#include "patch.h"
#include "units.h"

enum {
  WEIGHT_PIXELS = 1024,    // virtual pixels of the images that a dot product runs along
  WEIGHT_FLOATS = 32768,  // of their patches
  WEIGHT_TERMS = 96,
  WEIGHT_FILTERS = 32
};

typedef const cnn_conv2d_weight_gradient_parameters *weight_gradient_arguments;

/// How a call is divided. A block is a range of a group's filters and a step of channels and taps; its units
/// are CNN_DOT_COLUMNS of the step's terms for all of those filters, over all images. Units of one block share
/// the copies of images that they read.
typedef struct {
  cnn_tiling tiling;
  int64_t filters, filter_parts, steps, triples;
} weight_gradient_division;

static weight_gradient_division weight_gradient_divide(weight_gradient_arguments p) {
  const cnn_window window = CNN_WINDOW(p);
  const cnn_limits limits = {WEIGHT_PIXELS, WEIGHT_FLOATS, WEIGHT_TERMS, cnn_min(p->filters, WEIGHT_FILTERS)};
  weight_gradient_division d = {
      .tiling = cnn_tiling_of(&window, p->out_height, p->out_width, p->channels, &limits)};
  d.filter_parts = (p->filters + WEIGHT_FILTERS - 1) / WEIGHT_FILTERS;
  d.filters = (p->filters + d.filter_parts - 1) / d.filter_parts;
  d.steps = cnn_step_count(&d.tiling);
  const int64_t terms = d.tiling.step_channels * d.tiling.taps_height * d.tiling.taps_width;
  d.triples = (terms + CNN_DOT_COLUMNS - 1) / CNN_DOT_COLUMNS;
  return d;
}

static cnn_split cnn_conv2d_weight_gradient_split(const void *parameters) {
  weight_gradient_arguments p = parameters;
  const weight_gradient_division d = weight_gradient_divide(p);
  return (cnn_split){p->groups * d.filter_parts * d.steps * d.triples,
                     p->batch * p->groups * p->filters * p->channels * p->out_height * p->out_width *
                         p->kernel_height * p->kernel_width / 20};
}

/// Some units of one block.
typedef struct {
  weight_gradient_arguments p;
  const cnn_tiling *tiling;
  cnn_step step;
  const float *x, *dy;             // the group's first channel, the block's first filter
  float *dw;                       // of the first filter and the step's first term
  int64_t filters;
  int64_t begin, end;              // terms
  int64_t dw_stride;               // from filter to filter
  int64_t offsets[WEIGHT_TERMS];
} weight_gradient_block;

/// rows[f * row + i * length + pixel] = dy of filter f of image i of a group, zero between rows of the tile.
static void weight_gradient_copy(const weight_gradient_block *b, const cnn_area *area, int64_t image,
                                 int64_t images, int64_t length, float *rows) {
  const int64_t width = b->p->out_width, plane = b->p->out_height * width;
  for (int64_t f = 0; f < b->filters; f++) {
    for (int64_t i = 0; i < images; i++) {
      const float *from =
          b->dy + (image + i) * b->p->dy_stride + f * plane + area->row * width + area->column;
      float *to = rows + (f * images + i) * length, *behind = to + length;
      if (area->columns == width && b->tiling->pitch == width) {
        cnn_copy_run(from, 1, area->rows * width, to);
        cnn_clear(to + area->rows * width, behind - to - area->rows * width);
        continue;
      }
      for (int64_t row = 0; row < area->rows; row++) {
        cnn_copy_run(from + row * width, 1, area->columns, to);
        to += area->columns;
        const int64_t gap = row + 1 < area->rows ? b->tiling->pitch - area->columns : behind - to;
        cnn_clear(to, gap);
        to += gap;
      }
    }
  }
}

/// Adds the dot products along a tile of `images` images to dw.
static void weight_gradient_add(const weight_gradient_block *b, const float *rows, const float *patches,
                                int64_t patch, int64_t images, int64_t length) {
  const cnn_stretch stretch = {images, length, length, patch};
  for (int64_t f = 0; f < b->filters; f += CNN_DOT_ROWS) {
    const float *a[CNN_DOT_ROWS];
    const int64_t count = cnn_min(CNN_DOT_ROWS, b->filters - f);
    for (int64_t r = 0; r < CNN_DOT_ROWS; r++) a[r] = rows + (f + cnn_min(r, count - 1)) * images * length;
    for (int64_t term = b->begin; term < b->end; term += CNN_DOT_COLUMNS) {
      const float *x[CNN_DOT_COLUMNS];
      float totals[CNN_DOT_COLUMNS][CNN_DOT_ROWS];
      const int64_t terms = cnn_min(CNN_DOT_COLUMNS, b->end - term);
      for (int64_t t = 0; t < CNN_DOT_COLUMNS; t++)
        x[t] = patches + b->offsets[term + cnn_min(t, terms - 1)];
      cnn_dot(&stretch, a, count, x, terms, totals);
      for (int64_t r = 0; r < count; r++)
        for (int64_t t = 0; t < terms; t++) b->dw[(f + r) * b->dw_stride + term + t] += totals[t][r];
    }
  }
}

static void weight_gradient_compute(const weight_gradient_block *b) {
  float rows[WEIGHT_FILTERS * (WEIGHT_PIXELS + CNN_LANES)], patches[WEIGHT_FLOATS + 2 * WEIGHT_PIXELS];
  const cnn_tiling *t = b->tiling;
  const int64_t length = cnn_round_up(cnn_virtual(t, t->rows, t->columns), CNN_LANES);
  const int64_t patch = t->step_channels * t->phases_height * t->phases_width * t->plane;
  const int64_t group = cnn_max(1, cnn_min(WEIGHT_PIXELS / length, WEIGHT_FLOATS / patch));
  for (int64_t f = 0; f < b->filters; f++)
    for (int64_t term = b->begin; term < b->end; term++) b->dw[f * b->dw_stride + term] = 0;
  for (int64_t image = 0; image < b->p->batch; image += group) {
    const int64_t images = cnn_min(group, b->p->batch - image);
    for (int64_t tile = 0; tile < t->tiles_down * t->tiles_across; tile++) {
      const cnn_area area = cnn_area_at(t, tile);
      const int64_t stretch = cnn_round_up(cnn_virtual(t, area.rows, area.columns), CNN_LANES);
      for (int64_t i = 0; i < images; i++)
        cnn_fill_patch(t, &b->step, &area, b->x + (image + i) * b->p->x_stride, patches + i * patch);
      weight_gradient_copy(b, &area, image, images, stretch, rows);
      weight_gradient_add(b, rows, patches, patch, images, stretch);
    }
  }
}

CNN_KERNEL(conv2d_weight_gradient) {
  weight_gradient_arguments p = parameters;
  const weight_gradient_division d = weight_gradient_divide(p);
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  const int64_t weights = p->channels * p->kernel_height * p->kernel_width;
  weight_gradient_block b = {.p = p, .tiling = &d.tiling, .dw_stride = weights};
  for (int64_t unit = first; unit < end;) {
    const int64_t block = unit / d.triples, next = cnn_min(end, (block + 1) * d.triples);
    const int64_t part = block / d.steps % d.filter_parts, g = block / d.steps / d.filter_parts;
    const int64_t k = part * d.filters, filter = g * p->filters + k;
    b.step = cnn_step_at(&d.tiling, block % d.steps);
    b.begin = (unit - block * d.triples) * CNN_DOT_COLUMNS;
    b.end = cnn_min((next - block * d.triples) * CNN_DOT_COLUMNS, cnn_step_terms(&b.step));
    b.filters = cnn_min(d.filters, p->filters - k);
    b.x = (const float *)operands[1] + g * p->channels * in;
    b.dy = (const float *)operands[2] + filter * out;
    b.dw = (float *)operands[0] + filter * weights + cnn_step_weight(&d.tiling, &b.step);
    cnn_set_offsets(&d.tiling, &b.step, b.offsets);
    // The last step may have fewer terms than the others, and then has units with nothing to do.
    if (b.begin < b.end) weight_gradient_compute(&b);
    unit = next;
  }
}
