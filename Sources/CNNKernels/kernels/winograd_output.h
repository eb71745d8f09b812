// Multiplies transformed patches by transformed weights, and transforms the products back into the output.

#include "units.h"
#include "winograd_finish.h"

enum {
  WINOGRAD_PRODUCTS = 65536,     // floats of a unit's products, which stay in the second-level cache
  WINOGRAD_DEPTH = 256,          // channels of a panel of weights that stays in the first
  WINOGRAD_UNITS = 8,            // that a call is divided into,
  WINOGRAD_UNIT_TERMS = 1 << 20  // unless they would have fewer multiplications than this
};

/// How a call is divided: so many parts of its groups of tiles, and of its blocks of filters.
typedef struct {
  int64_t tile_parts, filter_parts;
} winograd_division;

/// Units that it is worth to divide a call into.
static int64_t winograd_units_wanted(const cnn_winograd_output_parameters *p) {
  const int64_t terms = winograd_elements(p->tile) * p->tile_count * p->channels * p->filters;
  return cnn_max(1, cnn_min(WINOGRAD_UNITS, terms / WINOGRAD_UNIT_TERMS));
}

/// What a unit reads of the patches serves all of its filters, and what it reads of the weights all of its tiles; of
/// the shapes whose products fit, that which reads least for each product is chosen. Weights count twice: they
/// come from farther away.
static winograd_division winograd_division_of(const cnn_winograd_output_parameters *p) {
  const int64_t groups = winograd_groups(p->tile_count), blocks = cnn_channel_blocks(p->filters);
  const int64_t most = WINOGRAD_PRODUCTS / (winograd_elements(p->tile) * CNN_PANEL * CNN_PIXELS);
  const int64_t wanted = winograd_units_wanted(p);
  winograd_division best = {groups, blocks};
  double least = INFINITY;
  for (int64_t unit_blocks = cnn_min(blocks, CNN_PANELS); unit_blocks <= cnn_min(blocks, most); unit_blocks++) {
    const int64_t filter_parts = (blocks + unit_blocks - 1) / unit_blocks;
    const int64_t fitting = (groups + most / unit_blocks - 1) / (most / unit_blocks);
    const int64_t tile_parts = cnn_min(groups, cnn_max(fitting, (wanted + filter_parts - 1) / filter_parts));
    const double reads = (double)filter_parts / (double)(blocks * CNN_PANEL) + 2.0 * tile_parts / (double)p->tile_count;
    if (reads < least) best = (winograd_division){tile_parts, filter_parts};
    least = fmin(least, reads);
  }
  return best;
}

/// What a unit computes: groups of tiles and blocks of filters.
typedef struct {
  const cnn_winograd_output_parameters *p;
  const float *v, *u;
  float *products;  // [panels of filters][group][xi][tile of the group][panel][16 filters]
  int64_t channels; // up to a multiple of 16
  int64_t first_group, end_group, first_block, end_block;
} winograd_work;

/// A part of the product of a group's tiles and one or two blocks of filters, of one xi.
typedef struct {
  const float *v, *u;
  int64_t channels, next_panel;
  int adds;            // to what is in m
  float *m;            // [tile][panel][16]
  const float *ahead;  // weights to fetch meanwhile,
  int64_t lines;       // as many lines for each block of channels
} winograd_product;

CNN_INLINE void winograd_multiply(const int tiles, const int panels, const winograd_product *q) {
  cnn_sums sums;
  const float *v = q->v, *u = q->u, *ahead = q->ahead;
  const float *x[CNN_PIXELS];
  int64_t c = 0;
  cnn_sums_begin(tiles, panels, !q->adds, q->m, &sums);
  for (; c + CNN_PANEL <= q->channels; c += CNN_PANEL) {
    CNN_UNROLL for (int t = 0; t < tiles; t++) x[t] = v + t * CNN_PANEL;
    for (const float *end = ahead + q->lines * CNN_PANEL; ahead < end; ahead += CNN_PANEL)
      CNN_UNROLL for (int panel = 0; panel < panels; panel++)
        __builtin_prefetch(ahead + panel * q->next_panel, 0, 2);
    cnn_sums_add_block(tiles, panels, x, u, q->next_panel, &sums);
    v += tiles * CNN_PANEL;
    u += CNN_PANEL * CNN_PANEL;
  }
  if (c < q->channels) {
    CNN_UNROLL for (int t = 0; t < tiles; t++) x[t] = v + t * CNN_PANEL;
    cnn_sums_add_channels(tiles, panels, x, q->channels - c, u, q->next_panel, &sums);
  }
  cnn_sums_save(tiles, panels, &sums, q->m);
}

static void winograd_multiply_group(int64_t tiles, int64_t panels, const winograd_product *q) {
  CNN_FOR_PIXELS(tiles, panels, winograd_multiply, q);
}

/// Where the products of a group and some blocks of filters begin.
static float *winograd_products_at(const winograd_work *w, int64_t block, int64_t panels, int64_t group) {
  const int64_t tiles = w->p->tile_count, elements = winograd_elements(w->p->tile);
  const int64_t first = winograd_first_tile(tiles, w->first_group);
  const int64_t count = winograd_first_tile(tiles, w->end_group) - first;
  return w->products + elements * CNN_PANEL * ((block - w->first_block) * count +
                                               panels * (winograd_first_tile(tiles, group) - first));
}

/// The products of a unit for one xi and one or two blocks of filters. Each part of the weights serves all groups
/// while it lies in the first-level cache, and the part that comes next is fetched meanwhile.
static void winograd_multiply_panels(const winograd_work *w, int64_t xi, int64_t block, int64_t panels,
                                     const float *next) {
  const cnn_winograd_output_parameters *p = w->p;
  const int64_t tiles = p->tile_count, elements = winograd_elements(p->tile);
  const int64_t panel = w->channels * CNN_PANEL;
  const float *u = w->u + (block * elements + xi) * panel;
  const int64_t groups = w->end_group - w->first_group, lines = (CNN_PANEL + groups - 1) / groups;
  for (int64_t c = 0; c < p->channels; c += WINOGRAD_DEPTH) {
    const int64_t depth = cnn_min(WINOGRAD_DEPTH, p->channels - c);
    const float *ahead = c + depth < p->channels ? u + (c + depth) * CNN_PANEL : next;
    for (int64_t group = w->first_group; group < w->end_group; group++) {
      const int64_t first = winograd_first_tile(tiles, group), count = winograd_first_tile(tiles, group + 1) - first;
      const winograd_product product = {
          .v = w->v + (first * elements + xi * count) * w->channels + c * count,
          .u = u + c * CNN_PANEL,
          .channels = depth,
          .next_panel = elements * panel,
          .adds = c > 0,
          .m = winograd_products_at(w, block, panels, group) + xi * count * panels * CNN_PANEL,
          .ahead = ahead,
          .lines = lines};
      winograd_multiply_group(count, panels, &product);
      ahead += depth / CNN_PANEL * lines * CNN_PANEL;
    }
  }
}

/// One or two blocks of filters of all groups of a unit.
static void winograd_finish_panels(const winograd_work *w, int64_t first_block, int64_t panels, const float *bias,
                                   const float *r, float *y) {
  const cnn_winograd_output_parameters *p = w->p;
  const int64_t area = p->out_height * p->out_width * CNN_PANEL;
  const int64_t pooled = (p->out_height / 2) * (p->out_width / 2) * CNN_PANEL;
  for (int64_t panel = 0; panel < panels; panel++) {
    const int64_t block = first_block + panel;
    float sixteen[CNN_PANEL];
    cnn_copy_bias(bias, block * CNN_PANEL, p->filters, sixteen);
    const winograd_store store = {.p = p,
                                  .finish = {.bias = sixteen, .function = p->function, .alpha = (float)p->alpha},
                                  .r = r ? r + block * area : NULL,
                                  .y = y + block * (p->pools ? pooled : area)};
    for (int64_t group = w->first_group; group < w->end_group; group++) {
      const int64_t first = winograd_first_tile(p->tile_count, group);
      const int64_t count = winograd_first_tile(p->tile_count, group + 1) - first;
      const float *m = winograd_products_at(w, first_block, panels, group) + panel * CNN_PANEL;
      winograd_finish_any_group(&store, first, count, m, panels * CNN_PANEL);
    }
  }
}

static int64_t winograd_output_units(const cnn_winograd_output_parameters *p) {
  const winograd_division d = winograd_division_of(p);
  return d.tile_parts * d.filter_parts;
}

CNN_SPLIT(winograd_output, winograd_output_units(p),
          p->tile_count * cnn_channel_blocks(p->filters) *
              (winograd_elements(p->tile) * p->channels / 3 + p->tile * p->tile * 5))

/// A unit is a part of the tiles and a part of the filters.
CNN_KERNEL(winograd_output) {
  const cnn_winograd_output_parameters *p = parameters;
  const winograd_division d = winograd_division_of(p);
  const int64_t groups = winograd_groups(p->tile_count), blocks = cnn_channel_blocks(p->filters);
  const int64_t elements = winograd_elements(p->tile);
  float products[WINOGRAD_PRODUCTS] __attribute__((aligned(64)));
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t tiles = unit / d.filter_parts, filters = unit % d.filter_parts;
    const winograd_work w = {.p = p,
                             .v = operands[1],
                             .u = operands[2],
                             .products = products,
                             .channels = cnn_channel_blocks(p->channels) * CNN_PANEL,
                             .first_group = groups * tiles / d.tile_parts,
                             .end_group = groups * (tiles + 1) / d.tile_parts,
                             .first_block = blocks * filters / d.filter_parts,
                             .end_block = blocks * (filters + 1) / d.filter_parts};
    const int64_t panel = w.channels * CNN_PANEL;
    for (int64_t xi = 0; xi < elements; xi++) {
      for (int64_t block = w.first_block; block < w.end_block; block += CNN_PANELS) {
        const int64_t panels = cnn_min(CNN_PANELS, w.end_block - block);
        const float *next = block + panels < w.end_block ? w.u + ((block + panels) * elements + xi) * panel
                                                         : w.u + (w.first_block * elements + xi + 1) * panel;
        winograd_multiply_panels(&w, xi, block, panels, next);
      }
    }
    for (int64_t block = w.first_block; block < w.end_block; block += CNN_PANELS)
      winograd_finish_panels(&w, block, cnn_min(CNN_PANELS, w.end_block - block), operands[3], operands[4],
                             operands[0]);
  }
}
