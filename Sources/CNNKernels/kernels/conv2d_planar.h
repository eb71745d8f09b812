// A convolution of a planar image of few channels, as first layers have it, into blocks of 16 channels. A unit is
// a rectangle of outputs of an image. The part of the image that it reads is copied, with zeros for the padding;
// then each pixel is a pointer into the copy, and each term (a channel and a tap) an offset.

#include "patch.h"
#include "pixel_tiles.h"
#include "planar_division.h"
#include "units.h"

static cnn_split cnn_conv2d_planar_split(const void *parameters) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const planar_division d = planar_division_of(p);
  const int64_t filters = CNN_PANEL * cnn_channel_blocks(p->filters), area = p->out_height * p->out_width;
  const int64_t terms = p->channels * p->kernel_height * p->kernel_width + 2;
  return (cnn_split){p->batch * d.down * d.across, p->batch * filters * area * terms / (5 * CNN_LANES)};
}

/// What all tiles of a unit share while one panel, or two, and one step are in use.
typedef struct {
  const float *w;
  int64_t next_panel, terms;
  const int64_t *offsets;   // of the terms, in the copy
  int is_first, is_last;
  cnn_finish finish;
  int64_t y_block;          // floats from a channel block of y, and r, to the next
} planar_step;

/// Tiles of neighbouring outputs, each of which has a pointer into the copy.
CNN_INLINE void planar_tiles(const int pixels, const int panels, int64_t tiles, const planar_step *s,
                             const float *const *pointers, float *saved, const float *r, float *y) {
  const int64_t next_panel = s->next_panel;
  for (int64_t tile = 0; tile < tiles; tile++) {
    const float *x[CNN_PIXELS];
    CNN_UNROLL for (int p = 0; p < pixels; p++) x[p] = pointers[p];
    cnn_sums sums;
    cnn_sums_begin(pixels, panels, s->is_first, saved, &sums);
    const float *w = s->w;
    const int64_t *const end = s->offsets + s->terms;
    for (const int64_t *offset = s->offsets; offset < end; offset++) {
      const int64_t term = *offset;
      CNN_ADD_TERM(pixels, panels, x[p][term], w, next_panel, &sums);
      w += CNN_PANEL;
    }
    if (s->is_last)
      cnn_sums_store(pixels, panels, &sums, &s->finish, r, s->y_block, y, s->y_block);
    else
      cnn_sums_save(pixels, panels, &sums, saved);
    pointers += pixels;
    saved += pixels * panels * CNN_PANEL;
    if (r) r += pixels * CNN_PANEL;
    y += pixels * CNN_PANEL;
  }
}

static __attribute__((noinline)) void planar_any_tiles(int64_t pixels, int64_t panels, int64_t tiles,
                                                       const planar_step *s, const float *const *x, float *saved,
                                                       const float *r, float *y) {
  CNN_FOR_PIXELS(pixels, panels, planar_tiles, tiles, s, x, saved, r, y)
}

/// A tile of pairs of outputs of two rows, for a panel of which only the first half exists: the first vectors of
/// an entry of sums are the upper pixel's, the others the lower's, whose pointers lie `lower` floats behind.
CNN_INLINE void planar_half_tile(const int pixels, const int panels, const planar_step *s,
                                 const float *const pointers[CNN_PIXELS], int64_t lower, int64_t next_row,
                                 float *saved, const float *r, float *y) {
  const int half = CNN_PANEL_VECTORS / 2;
  const float *x[CNN_PIXELS];
  CNN_UNROLL for (int p = 0; p < pixels; p++) x[p] = pointers[p];
  cnn_sums sums;
  cnn_sums_begin(pixels, panels, s->is_first, saved, &sums);
  const float *w = s->w;
  const int64_t *const end = s->offsets + s->terms;
  for (const int64_t *offset = s->offsets; offset < end; offset++) {
    const int64_t upper = *offset, under = upper + lower;
    cnn_vector weights[CNN_PANEL_VECTORS];
    CNN_UNROLL for (int v = 0; v < half; v++) weights[v] = cnn_load(w + v * CNN_LANES);
    CNN_UNROLL for (int p = 0; p < pixels; p++) {
      const cnn_vector a = (cnn_vector)(x[p][upper]), b = (cnn_vector)(x[p][under]);
      CNN_UNROLL for (int v = 0; v < half; v++) {
        sums.v[p][v] += a * weights[v];
        sums.v[p][half + v] += b * weights[v];
      }
    }
    w += CNN_PANEL;
  }
  if (!s->is_last) {
    cnn_sums_save(pixels, panels, &sums, saved);
    return;
  }
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < 2 * half; v++) {
      const int64_t at = p * CNN_PANEL + v % (half ? half : 1) * CNN_LANES + (v < half ? 0 : next_row);
      const float *bias = s->finish.bias + v % (half ? half : 1) * CNN_LANES;
      cnn_store(y + at, cnn_finish_vector(&s->finish, sums.v[p][v], bias, r ? r + at : NULL));
    }
  if (cnn_is_finished_in_registers(s->finish.function)) return;
  for (int p = 0; p < 2 * pixels; p++) {
    float *to = y + p / 2 * CNN_PANEL + p % 2 * next_row;
    cnn_apply(s->finish.function, s->finish.alpha, to, to, PLANAR_HALF);
  }
}

static __attribute__((noinline)) void planar_any_half_tile(int64_t pixels, const planar_step *s,
                                                           const float *const x[CNN_PIXELS], int64_t lower,
                                                           int64_t next_row, float *saved, const float *r, float *y) {
  CNN_FOR_PIXELS(pixels, 1, planar_half_tile, s, x, lower, next_row, saved, r, y)
}

/// One unit.
typedef struct {
  const cnn_conv2d_blocks_parameters *p;
  const planar_division *d;
  const float *x, *w, *bias, *r;  // of the image; y and r point to the first output's first block
  float *y;
  int64_t row, rows, column, columns;
  int64_t channel, channels, fy, down, fx, across;  // the step
  int64_t pitch, plane;                             // of the copy
  const float *pixels[PLANAR_PIXELS];               // each output's place in the copy
  int64_t offsets[PLANAR_TERMS];
  float patch[PLANAR_FLOATS + CNN_LANES];
  float sums[PLANAR_PIXELS * CNN_PANELS * CNN_PANEL];
} planar_unit;

/// Copies what a step reads of the image.
static void planar_copy(planar_unit *u) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t rows = planar_span(u->rows, p->stride_height, u->down, p->dilation_height);
  const int64_t top = u->row * p->stride_height - p->pad_top + u->fy * p->dilation_height;
  const int64_t left = u->column * p->stride_width - p->pad_left + u->fx * p->dilation_width;
  u->pitch = planar_span(u->columns, p->stride_width, u->across, p->dilation_width);
  u->plane = rows * u->pitch;
  const int64_t begin = cnn_min(u->pitch, cnn_max(0, -left)), end = cnn_max(begin, cnn_min(u->pitch, p->width - left));
  for (int64_t c = 0; c < u->channels; c++) {
    const float *from = u->x + (u->channel + c) * p->height * p->width;
    for (int64_t i = 0; i < rows; i++) {
      float *line = u->patch + c * u->plane + i * u->pitch;
      if (top + i < 0 || top + i >= p->height || begin == end) {
        cnn_clear(line, u->pitch);
        continue;
      }
      cnn_clear(line, begin);
      cnn_copy_dense(from + (top + i) * p->width + left + begin, end - begin, line + begin);
      cnn_clear(line + end, u->pitch - end);
    }
  }
}

/// Finds the outputs' places in the copy, and the terms' offsets.
static void planar_set_offsets(planar_unit *u) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const float **pixel = u->pixels;
  for (int64_t i = 0; i < u->rows; i++)
    for (int64_t j = 0; j < u->columns; j++)
      *pixel++ = u->patch + i * p->stride_height * u->pitch + j * p->stride_width;
  int64_t *offset = u->offsets;
  for (int64_t c = 0; c < u->channels; c++)
    for (int64_t fy = 0; fy < u->down; fy++)
      for (int64_t fx = 0; fx < u->across; fx++)
        *offset++ = c * u->plane + fy * p->dilation_height * u->pitch + fx * p->dilation_width;
}

/// Where output number `pixel` of the rectangle lies in y or r.
static int64_t planar_place(const planar_unit *u, int64_t pixel) {
  return (pixel / u->columns * u->p->out_width + pixel % u->columns) * CNN_PANEL;
}

/// Outputs first..<end of the rectangle, whose rows lie densely in y or which are of one row: some tiles, and
/// others with a pixel less.
static void planar_run(planar_unit *u, const planar_step *s, int64_t panels, int64_t first, int64_t end,
                       const float *r, float *y) {
  if (first == end) return;
  const int64_t tiles = cnn_pixel_tiles(end - first), larger = (end - first) % tiles;
  const int64_t at = planar_place(u, first) - first * CNN_PANEL;
  for (int64_t pixel = first, part = 0; part < 2; part++) {
    const int64_t pixels = (end - first) / tiles + (part == 0), count = part == 0 ? larger : tiles - larger;
    const int64_t place = at + pixel * CNN_PANEL;
    planar_any_tiles(pixels, panels, count, s, u->pixels + pixel, u->sums + pixel * panels * CNN_PANEL,
                     r ? r + place : NULL, y + place);
    pixel += pixels * count;
  }
}

/// Two rows of outputs, of half a panel.
static void planar_run_half(planar_unit *u, const planar_step *s, int64_t row, const float *r, float *y) {
  const int64_t tiles = cnn_pixel_tiles(u->columns), at = row * u->p->out_width * CNN_PANEL;
  for (int64_t tile = 0; tile < tiles; tile++) {
    const int64_t column = cnn_pixel_tile_at(u->columns, tiles, tile), place = at + column * CNN_PANEL;
    const int64_t count = cnn_pixel_tile_at(u->columns, tiles, tile + 1) - column, pixel = row * u->columns + column;
    planar_any_half_tile(count, s, u->pixels + pixel, u->p->stride_height * u->pitch, u->p->out_width * CNN_PANEL,
                         u->sums + pixel * CNN_PANEL, r ? r + place : NULL, y + place);
  }
}

/// All outputs with one panel, or two, and one step.
static void planar_run_panels(planar_unit *u, const planar_step *s, int64_t panels, int is_half, const float *r,
                              float *y) {
  int64_t row = 0;
  if (is_half)
    for (; row + 2 <= u->rows; row += 2) planar_run_half(u, s, row, r, y);
  if (u->columns == u->p->out_width) {
    planar_run(u, s, panels, row * u->columns, u->rows * u->columns, r, y);
  } else {
    for (; row < u->rows; row++) planar_run(u, s, panels, row * u->columns, (row + 1) * u->columns, r, y);
  }
}

/// Panels first..<end with one step.
static void planar_run_step(planar_unit *u, int64_t first, int64_t end, int is_first, int is_last) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t taps = p->kernel_height * p->kernel_width, filters = cnn_channel_blocks(p->filters);
  float bias[CNN_PANELS * CNN_PANEL];
  planar_copy(u);
  planar_set_offsets(u);
  planar_step s = {.next_panel = p->channels * taps * CNN_PANEL, .terms = u->channels * u->down * u->across,
                   .offsets = u->offsets, .is_first = is_first, .is_last = is_last,
                   .finish = {bias, p->function, (float)p->alpha}, .y_block = p->out_height * p->out_width * CNN_PANEL};
  for (int64_t panel = first; panel < end; panel += CNN_PANELS) {
    const int64_t panels = cnn_min(CNN_PANELS, end - panel);
    for (int64_t i = 0; i < panels; i++)
      cnn_copy_bias(u->bias, (panel + i) * CNN_PANEL, p->filters, bias + i * CNN_PANEL);
    s.w = u->w + panel * s.next_panel +
          (u->channel * taps + u->fy * p->kernel_width + u->fx) * CNN_PANEL;
    planar_run_panels(u, &s, panels, panel + 1 == filters && planar_has_half(p),
                      u->r ? u->r + panel * s.y_block : NULL, u->y + panel * s.y_block);
  }
}

/// All steps, for panels first..<end.
static void planar_run_steps(planar_unit *u, int64_t first, int64_t end) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const planar_division *d = u->d;
  for (u->channel = 0; u->channel == 0 || u->channel < p->channels; u->channel += d->channels) {
    u->channels = cnn_min(d->channels, p->channels - u->channel);
    for (u->fy = 0; u->fy < p->kernel_height; u->fy += d->taps_down) {
      u->down = cnn_min(d->taps_down, p->kernel_height - u->fy);
      for (u->fx = 0; u->fx < p->kernel_width; u->fx += d->taps_across) {
        u->across = cnn_min(d->taps_across, p->kernel_width - u->fx);
        planar_run_step(u, first, end, u->channel + u->fy + u->fx == 0,
                        u->channel + u->channels == p->channels && u->fy + u->down == p->kernel_height &&
                            u->fx + u->across == p->kernel_width);
      }
    }
  }
}

/// One copy serves all panels; of several, each serves those whose sums can be kept meanwhile.
static void planar_run_unit(planar_unit *u) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int is_one = u->d->channels >= p->channels && u->d->taps_down == p->kernel_height &&
                     u->d->taps_across == p->kernel_width;
  const int64_t filters = cnn_channel_blocks(p->filters), step = is_one ? filters : CNN_PANELS;
  for (int64_t panel = 0; panel < filters; panel += step)
    planar_run_steps(u, panel, cnn_min(filters, panel + step));
}

CNN_KERNEL(conv2d_planar) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const planar_division d = planar_division_of(p);
  planar_unit u;
  u.p = p;
  u.d = &d;
  u.w = operands[2];
  u.bias = operands[3];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / d.across / d.down;
    u.row = unit / d.across % d.down * d.rows;
    u.rows = cnn_min(d.rows, p->out_height - u.row);
    u.column = unit % d.across * d.columns;
    u.columns = cnn_min(d.columns, p->out_width - u.column);
    if (u.rows <= 0 || u.columns <= 0) continue;
    const int64_t at = (u.row * p->out_width + u.column) * CNN_PANEL;
    u.x = (const float *)operands[1] + n * p->x_stride;
    u.r = operands[4] ? (const float *)operands[4] + n * p->r_stride + at : NULL;
    u.y = (float *)operands[0] + n * p->y_stride + at;
    planar_run_unit(&u);
  }
}
