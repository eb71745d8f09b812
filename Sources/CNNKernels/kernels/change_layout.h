// Planar activations to blocks and back: squares of CNN_LANES channels by as many pixels, turned in registers.

#include "sixteen.h"
#include "units.h"

enum { LAYOUT_PIXELS = 256 };  // that a unit of work has, of one block

CNN_INLINE cnn_vector layout_zip_low(cnn_vector a, cnn_vector b) { return CNN_ZIP_LOW(a, b); }
CNN_INLINE cnn_vector layout_zip_high(cnn_vector a, cnn_vector b) { return CNN_ZIP_HIGH(a, b); }

/// Rows to columns. Each step interleaves what is half the vectors apart, which moves one bit of a row's
/// number into the lane's.
CNN_INLINE void layout_turn(cnn_vector v[CNN_LANES]) {
  CNN_UNROLL for (int half = CNN_LANES; half > 1; half /= 2) {
    cnn_vector w[CNN_LANES];
    CNN_UNROLL for (int i = 0; i < CNN_LANES / 2; i++) {
      w[2 * i] = layout_zip_low(v[i], v[i + CNN_LANES / 2]);
      w[2 * i + 1] = layout_zip_high(v[i], v[i + CNN_LANES / 2]);
    }
    CNN_UNROLL for (int i = 0; i < CNN_LANES; i++) v[i] = w[i];
  }
}

/// A unit: pixels begin..<end of a block of an image, whose first `channels` lanes exist.
typedef struct {
  int64_t image, block, begin, end, channels;
} layout_unit;

CNN_INLINE layout_unit layout_unit_at(int64_t unit, int64_t channels, int64_t area) {
  const int64_t runs = (area + LAYOUT_PIXELS - 1) / LAYOUT_PIXELS, blocks = cnn_channel_blocks(channels);
  const int64_t block = unit / runs % blocks, begin = unit % runs * LAYOUT_PIXELS;
  return (layout_unit){unit / runs / blocks, block, begin, cnn_min(area, begin + LAYOUT_PIXELS),
                       cnn_min(CNN_PANEL, channels - block * CNN_PANEL)};
}

CNN_INLINE int64_t layout_units(int64_t batch, int64_t channels, int64_t area) {
  return batch * cnn_channel_blocks(channels) * ((area + LAYOUT_PIXELS - 1) / LAYOUT_PIXELS);
}

#define LAYOUT_SPLIT(name)                                      \
  CNN_SPLIT(name, layout_units(p->batch, p->channels, p->area), \
            p->batch * cnn_channel_blocks(p->channels) * p->area * 4)
LAYOUT_SPLIT(blocks_from_planar)
LAYOUT_SPLIT(planar_from_blocks)

/// Channels of a block whose planes begin at x, `area` apart.
static void layout_to_blocks(const layout_unit *u, const float *x, int64_t area, float *y) {
  int64_t i = u->begin;
  for (; i + CNN_LANES <= u->end; i += CNN_LANES)
    for (int64_t c = 0; c < CNN_PANEL; c += CNN_LANES) {
      cnn_vector v[CNN_LANES];
      CNN_UNROLL for (int lane = 0; lane < CNN_LANES; lane++)
        v[lane] = c + lane < u->channels ? cnn_load(x + (c + lane) * area + i) : (cnn_vector)(0);
      layout_turn(v);
      CNN_UNROLL for (int lane = 0; lane < CNN_LANES; lane++)
        cnn_store(y + (i + lane) * CNN_PANEL + c, v[lane]);
    }
  for (; i < u->end; i++)
    for (int64_t c = 0; c < CNN_PANEL; c++)
      y[i * CNN_PANEL + c] = c < u->channels ? x[c * area + i] : 0;
}

static void layout_to_planar(const layout_unit *u, const float *x, int64_t area, float *y) {
  int64_t i = u->begin;
  for (; i + CNN_LANES <= u->end; i += CNN_LANES)
    for (int64_t c = 0; c < u->channels; c += CNN_LANES) {
      cnn_vector v[CNN_LANES];
      CNN_UNROLL for (int lane = 0; lane < CNN_LANES; lane++)
        v[lane] = cnn_load(x + (i + lane) * CNN_PANEL + c);
      layout_turn(v);
      CNN_UNROLL for (int lane = 0; lane < CNN_LANES; lane++)
        if (c + lane < u->channels) cnn_store(y + (c + lane) * area + i, v[lane]);
    }
  for (; i < u->end; i++)
    for (int64_t c = 0; c < u->channels; c++) y[c * area + i] = x[i * CNN_PANEL + c];
}

CNN_KERNEL(blocks_from_planar) {
  const cnn_blocks_from_planar_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const layout_unit u = layout_unit_at(unit, p->channels, p->area);
    const int64_t place = u.block * CNN_PANEL * p->area;
    layout_to_blocks(&u, (const float *)operands[1] + u.image * p->x_stride + place, p->area,
                     (float *)operands[0] + u.image * p->y_stride + place);
  }
}

CNN_KERNEL(planar_from_blocks) {
  const cnn_planar_from_blocks_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const layout_unit u = layout_unit_at(unit, p->channels, p->area);
    const int64_t place = u.block * CNN_PANEL * p->area;
    layout_to_planar(&u, (const float *)operands[1] + u.image * p->x_stride + place, p->area,
                     (float *)operands[0] + u.image * p->y_stride + place);
  }
}
