// A convolution of activations in blocks of 16 channels. A unit is a run of pixels of an image, or some whole
// small images, times a range of panels of filters. What each tile of pixels reads at each tap is found once
// for a unit; then panel by panel, and chunk by chunk of channels, the weights stay in the cache while all tiles
// use them.

#ifndef CNN_CONV2D_BLOCKS_H
#define CNN_CONV2D_BLOCKS_H

#include "pixel_tiles.h"
#include "places.h"
#include "units.h"

enum {
  /// Pixels of a unit: their sums of one panel stay in the first-level cache.
  BLOCKS_PIXELS = 384,
  /// Floats of x that a unit reads, roughly: they stay in the second-level cache.
  BLOCKS_FLOATS = 65536,
  /// Tiles times taps that a unit knows the places of, 36 bytes each (AVX2).
  BLOCKS_PLACES = 2304,
  /// Rows of 16 weights that stay in the first-level cache.
  BLOCKS_ROWS = 256,
  /// Units that a layer is divided into at least, where it has as many.
  BLOCKS_UNITS = 8
};

/// How a call is divided: into parts of the pixels, each one of `runs` runs of an image or some whole images, times
/// ranges of panels.
typedef struct {
  int64_t runs, parts, ranges;
} blocks_division;

static blocks_division blocks_division_of(const cnn_conv2d_blocks_parameters *p) {
  const int64_t area = p->out_height * p->out_width, channels = CNN_PANEL * cnn_channel_blocks(p->channels);
  const int64_t reach = cnn_min(p->kernel_height, p->stride_height) * cnn_min(p->kernel_width, p->stride_width);
  const int64_t most = cnn_max(48, cnn_min(BLOCKS_PIXELS, BLOCKS_FLOATS / (channels * reach)));
  blocks_division d = {1, 1, 1};
  if (area > most) {
    // An even number, so that two threads get as much each.
    d.runs = (area + 2 * most - 1) / (2 * most) * 2;
    d.parts = p->batch * d.runs;
  } else {
    const int64_t images = cnn_max(1, most / cnn_max(1, area)), parts = (p->batch + images - 1) / images;
    d.parts = parts > 1 ? cnn_min(p->batch, parts + parts % 2) : parts;
  }
  const int64_t panels = cnn_channel_blocks(p->filters), units = cnn_max(1, d.parts * p->groups);
  d.ranges = cnn_min((panels + CNN_PANELS - 1) / CNN_PANELS, (BLOCKS_UNITS + units - 1) / units);
  return d;
}

static int64_t blocks_work(const cnn_conv2d_blocks_parameters *p) {
  return p->batch * p->groups * p->filters * (p->channels + 1) * p->out_height * p->out_width * p->kernel_height *
         p->kernel_width / (5 * CNN_LANES);
}

static cnn_split cnn_conv2d_blocks_split(const void *parameters) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const blocks_division d = blocks_division_of(p);
  return (cnn_split){d.parts * p->groups * d.ranges, blocks_work(p)};
}

/// What all tiles of a unit share while one chunk of weights is in use.
typedef struct {
  const float *w;       // the chunk's first channel block and tap 0, of the first panel
  int64_t w_block;      // floats from a channel block to the next,
  int64_t next_panel;   // from a panel to the next
  int64_t x_block;      // floats from a channel block of x to the next
  int64_t blocks;       // whole channel blocks,
  int64_t channels;     // and channels of another one behind them
  int is_first, is_last;
  int is_new;           // whether no panel before has read these channels
  cnn_finish finish;
  int64_t y_block;      // floats from a channel block of y, and r, to the next
} blocks_chunk;

/// The places of a tile at the taps that touch the image.
typedef struct {
  const cnn_places *places;
  int64_t count;
  int is_plain;  // one tap, which all pixels find inside of the image: their channel blocks lie x_block floats apart
} blocks_taps;

/// Adds a chunk's whole channel blocks, where taps are plain. There is nothing in the loop beside the products: in the
/// processor's front they are all that it has room for where another thread shares it.
CNN_INLINE void blocks_add_plain(const int pixels, const int panels, const blocks_chunk *c, const cnn_places *places,
                                 const float *x, cnn_sums *sums) {
  const int64_t step = c->x_block;
  const float *from[CNN_PIXELS], *w = c->w + places->tap * (CNN_PANEL * CNN_PANEL);
  CNN_UNROLL for (int p = 0; p < pixels; p++) from[p] = cnn_place_of(places, p, x);
  // Blocks lie a plane apart, too far for the processor to see where the next tile will read. Not into the first-level
  // cache: planes of a whole number of pages would push each other out of it.
  if (c->is_new)
    for (int64_t block = 0; block < c->blocks; block++)
      CNN_UNROLL for (int p = 0; p < pixels; p++)
        __builtin_prefetch(from[p] + block * step + CNN_PIXELS * CNN_PANEL, 0, 2);
  for (int64_t block = 0; block < c->blocks; block++) {
    cnn_sums_add_block(pixels, panels, from, w, c->next_panel, sums);
    CNN_UNROLL for (int p = 0; p < pixels; p++) {
      from[p] += step;
      CNN_INDEPENDENT(from[p]);
    }
    w += c->w_block;
  }
}

/// The same for any taps.
CNN_INLINE void blocks_add_taps(const int pixels, const int panels, const blocks_chunk *c, const blocks_taps *taps,
                                const float *x, cnn_sums *sums) {
  const cnn_places *const end = taps->places + taps->count;
  const float *w = c->w, *from[CNN_PIXELS];
  for (int64_t block = 0; block < c->blocks; block++) {
    for (const cnn_places *t = taps->places; t < end; t++) {
      CNN_UNROLL for (int p = 0; p < pixels; p++) from[p] = cnn_place_of(t, p, x);
      cnn_sums_add_block(pixels, panels, from, w + t->tap * (CNN_PANEL * CNN_PANEL), c->next_panel, sums);
    }
    // As above, at the last tap.
    if (c->is_new && end > taps->places)
      CNN_UNROLL for (int p = 0; p < pixels; p++) __builtin_prefetch(from[p] + CNN_PIXELS * CNN_PANEL);
    x += c->x_block;
    w += c->w_block;
  }
}

/// One tile's part of a chunk; x is the chunk's first channel block, y and r the tile's first pixel. With `places`, its
/// pixels lie there in y's plane instead.
CNN_INLINE void blocks_tile(const int pixels, const int panels, const blocks_chunk *c, const blocks_taps *taps,
                            const float *x, float *saved, const float *r, const int32_t *places, float *y) {
  cnn_sums sums;
  cnn_sums_begin(pixels, panels, c->is_first, saved, &sums);
  if (c->is_last && r != NULL)
    CNN_UNROLL for (int p = 0; p < pixels; p++) __builtin_prefetch(r + p * CNN_PANEL);
  if (c->is_last && places != NULL)
    CNN_UNROLL for (int p = 0; p < pixels; p++) __builtin_prefetch(y + (int64_t)places[p] * CNN_PANEL, 1);
  if (taps->is_plain)
    blocks_add_plain(pixels, panels, c, taps->places, x, &sums);
  else
    blocks_add_taps(pixels, panels, c, taps, x, &sums);
  if (c->channels > 0) {
    const float *w = c->w + c->blocks * c->w_block, *from[CNN_PIXELS];
    for (const cnn_places *t = taps->places; t < taps->places + taps->count; t++) {
      CNN_UNROLL for (int p = 0; p < pixels; p++) from[p] = cnn_place_of(t, p, x + c->blocks * c->x_block);
      cnn_sums_add_channels(pixels, panels, from, c->channels, w + t->tap * (CNN_PANEL * CNN_PANEL), c->next_panel,
                            &sums);
    }
  }
  if (!c->is_last)
    cnn_sums_save(pixels, panels, &sums, saved);
  else if (places != NULL)
    cnn_sums_scatter(pixels, panels, &sums, places, y, c->y_block);
  else
    cnn_sums_store(pixels, panels, &sums, &c->finish, r, c->y_block, y, c->y_block);
}

static __attribute__((noinline)) void blocks_any_tile(int64_t pixels, int64_t panels, const blocks_chunk *c,
                                                      const blocks_taps *taps, const float *x, float *saved,
                                                      const float *r, const int32_t *places, float *y) {
  CNN_FOR_PIXELS(pixels, panels, blocks_tile, c, taps, x, saved, r, places, y)
}

/// Which of the weights' taps a window's are: tap (fy, fx) is number first + fy * down + fx * across.
typedef struct {
  int32_t columns, first, down, across;
} blocks_choice;

static void blocks_choose(const blocks_choice *choice, cnn_places *places, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const int32_t tap = places[i].tap;
    places[i].tap = choice->first + tap / choice->columns * choice->down + tap % choice->columns * choice->across;
  }
}

/// One unit, and the pointers of its group.
typedef struct {
  const cnn_conv2d_blocks_parameters *p;
  const float *x, *w, *bias, *r;
  float *y;
  int64_t images;           // from that of the pointers on,
  int64_t pixel, pixels;    // in each of them from a pixel on
  int64_t panel, panels;    // of the group
  int64_t tiles;            // of an image
  int64_t y_plane;          // floats of a block of y
  int64_t weight_taps;      // that the weights have
  const blocks_choice *choice;  // of them; NULL for all
  const int32_t *y_places;  // of the pixels in y's plane; NULL where it has no others
  cnn_places places[BLOCKS_PLACES];
  blocks_taps taps[BLOCKS_PIXELS];  // of each tile
  float sums[BLOCKS_PIXELS * CNN_PANELS * CNN_PANEL];
} blocks_unit;

/// Finds the places of all tiles at taps first..<end.
static void blocks_find_places(blocks_unit *u, int64_t first, int64_t end) {
  const cnn_window window = CNN_WINDOW(u->p);
  cnn_places *places = u->places;
  for (int64_t tile = 0; tile < u->tiles; tile++) {
    const int64_t begin = cnn_pixel_tile_at(u->pixels, u->tiles, tile);
    const int64_t count = cnn_pixel_tile_at(u->pixels, u->tiles, tile + 1) - begin;
    u->taps[tile].places = places;
    u->taps[tile].count = cnn_find_places(&window, u->p->out_width, u->pixel + begin, count, first, end, places);
    u->taps[tile].is_plain = u->taps[tile].count == 1 && cnn_is_inside(places);
    if (u->choice != NULL) blocks_choose(u->choice, places, u->taps[tile].count);
    places += u->taps[tile].count;
  }
}

/// Begins to load the weights that come after a chunk's, a part of them with each tile.
CNN_INLINE void blocks_prefetch(const blocks_chunk *c, int64_t panels, int64_t floats, int64_t part,
                                int64_t parts) {
  const int64_t lines = floats / CNN_PANEL;
  for (int64_t panel = 0; panel < panels; panel++)
    for (int64_t i = lines * part / parts; i < lines * (part + 1) / parts; i++)
      __builtin_prefetch(c->w + panel * c->next_panel + floats + i * CNN_PANEL, 0, 2);
}

/// All tiles with one chunk of weights; x is the chunk's first channel block, y and r the panel's.
static void blocks_run_chunk(blocks_unit *u, const blocks_chunk *c, int64_t panels, const float *x,
                             const float *r, float *y) {
  const int64_t floats = (c->blocks + (c->channels > 0)) * c->w_block, parts = u->images * u->tiles;
  for (int64_t i = 0; i < u->images; i++) {
    for (int64_t tile = 0; tile < u->tiles; tile++) {
      const int64_t begin = cnn_pixel_tile_at(u->pixels, u->tiles, tile);
      const int64_t count = cnn_pixel_tile_at(u->pixels, u->tiles, tile + 1) - begin;
      const int64_t at = u->y_places ? 0 : (u->pixel + begin) * CNN_PANEL;
      if (u->choice == NULL) blocks_prefetch(c, panels, floats, i * u->tiles + tile, parts);
      blocks_any_tile(count, panels, c, &u->taps[tile], x + i * u->p->x_stride,
                      u->sums + (i * u->pixels + begin) * panels * CNN_PANEL,
                      r ? r + i * u->p->r_stride + at : NULL, u->y_places ? u->y_places + begin : NULL,
                      y + i * u->p->y_stride + at);
    }
  }
}

/// Panels from `panel` on, at taps first..<end.
static void blocks_run_panels(blocks_unit *u, int64_t panel, int64_t panels, int64_t first, int64_t end) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t taps = p->kernel_height * p->kernel_width, blocks = cnn_channel_blocks(p->channels);
  const int64_t chunk = cnn_max(1, BLOCKS_ROWS / (CNN_PANEL * CNN_PANELS * (end - first)));
  float bias[CNN_PANELS * CNN_PANEL];
  for (int64_t i = 0; i < panels; i++)
    cnn_copy_bias(u->bias, (panel + i) * CNN_PANEL, p->filters, bias + i * CNN_PANEL);
  const int64_t w_block = u->weight_taps * CNN_PANEL * CNN_PANEL, plane = u->y_plane;
  blocks_chunk c = {.w_block = w_block, .next_panel = blocks * w_block,
                    .x_block = p->height * p->width * CNN_PANEL, .y_block = plane,
                    .finish = {bias, p->function, (float)p->alpha}};
  for (int64_t block = 0; block == 0 || block < blocks; block += chunk) {
    const int64_t channels = cnn_max(0, cnn_min(chunk * CNN_PANEL, p->channels - block * CNN_PANEL));
    c.w = u->w + panel * c.next_panel + block * c.w_block;
    c.blocks = channels / CNN_PANEL;
    c.channels = channels % CNN_PANEL;
    c.is_first = block == 0 && first == 0;
    c.is_new = panel == u->panel;
    c.is_last = block + chunk >= blocks && end == taps;
    blocks_run_chunk(u, &c, panels, u->x + block * c.x_block, u->r ? u->r + panel * plane : NULL,
                     u->y + panel * plane);
  }
}

static void blocks_run_unit(blocks_unit *u) {
  u->tiles = cnn_pixel_tiles(u->pixels);
  const int64_t taps = u->p->kernel_height * u->p->kernel_width, step = cnn_min(taps, BLOCKS_PLACES / u->tiles);
  for (int64_t panel = u->panel; panel < u->panel + u->panels; panel += CNN_PANELS) {
    const int64_t panels = cnn_min(CNN_PANELS, u->panel + u->panels - panel);
    for (int64_t first = 0; first < taps; first += step) {
      const int64_t end = cnn_min(taps, first + step);
      if (panel == u->panel || step < taps) blocks_find_places(u, first, end);
      blocks_run_panels(u, panel, panels, first, end);
    }
  }
}

/// Sets a unit's range and its pointers; y has `y_area` pixels, and the weights `taps` taps.
static void blocks_set_unit(blocks_unit *u, const blocks_division *d, int64_t unit, int64_t taps, int64_t y_area,
                            void *const *operands) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t area = p->out_height * p->out_width, filters = cnn_channel_blocks(p->filters);
  const int64_t pairs = (filters + CNN_PANELS - 1) / CNN_PANELS;
  const int64_t range = unit % d->ranges, g = unit / d->ranges % p->groups;
  const int64_t part = unit / d->ranges / p->groups, run = part % d->runs;
  const int64_t images = part / d->runs, of = d->parts / d->runs, image = p->batch * images / of;
  u->images = p->batch * (images + 1) / of - image;
  u->pixel = area * run / d->runs;
  u->pixels = area * (run + 1) / d->runs - u->pixel;
  u->panel = pairs * range / d->ranges * CNN_PANELS;
  u->panels = cnn_min(filters, pairs * (range + 1) / d->ranges * CNN_PANELS) - u->panel;
  u->y_plane = y_area * CNN_PANEL;
  u->weight_taps = taps;
  u->x = (const float *)operands[1] + image * p->x_stride + g * p->channels * p->height * p->width;
  u->w = (const float *)operands[2] +
         g * filters * CNN_PANEL * cnn_channel_blocks(p->channels) * CNN_PANEL * taps;
  u->bias = operands[3] ? (const float *)operands[3] + g * p->filters : NULL;
  u->r = operands[4] ? (const float *)operands[4] + image * p->r_stride + g * p->filters * y_area : NULL;
  u->y = (float *)operands[0] + image * p->y_stride + g * p->filters * y_area;
}

CNN_KERNEL(conv2d_blocks) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const blocks_division d = blocks_division_of(p);
  blocks_unit u;
  u.p = p;
  u.choice = NULL;
  u.y_places = NULL;
  for (int64_t unit = first; unit < end; unit++) {
    blocks_set_unit(&u, &d, unit, p->kernel_height * p->kernel_width, p->out_height * p->out_width, operands);
    if (u.pixels > 0) blocks_run_unit(&u);
  }
}

#endif
