// Transforms products back into outputs, tile by tile, and stores them, or only the maxima of disjoint squares of two
// by two of them, which no two tiles share.

#ifndef CNN_WINOGRAD_FINISH_H
#define CNN_WINOGRAD_FINISH_H

#include "sixteen.h"
#include "winograd_transforms.h"

/// What the tiles of a block of filters share on their way to y.
typedef struct {
  const cnn_winograd_output_parameters *p;
  cnn_finish finish;
  const float *r;  // the block's plane of the first image, or NULL,
  float *y;        // and y's
} winograd_store;

/// Where a tile's outputs go.
typedef struct {
  const float *r;         // NULL, or with rows as y's
  float *y;
  int64_t row;            // floats from row to row
  int64_t rows, columns;  // that there are in y
} winograd_target;

/// A row of a tile's outputs, some lanes of it, from what the columns' transforms have left; with `pools` the maxima of
/// that and the next.
CNN_INLINE void winograd_output_row(const int tile, const int pools,
                                    cnn_vector lines[WINOGRAD_EDGE][CNN_PANEL_VECTORS][WINOGRAD_EDGE], int64_t row,
                                    const int part, cnn_vector y[WINOGRAD_EDGE]) {
  cnn_vector upper[WINOGRAD_EDGE], lower[WINOGRAD_EDGE];
  winograd_transform_products(tile, lines[row][part], pools ? upper : y);
  if (!pools) return;
  winograd_transform_products(tile, lines[row + 1][part], lower);
  CNN_UNROLL for (int j = 0; j < tile / 2; j++)
    y[j] = cnn_larger(cnn_larger(cnn_larger(upper[2 * j], upper[2 * j + 1]), lower[2 * j]), lower[2 * j + 1]);
}

/// From m, whose elements lie `step` apart. No function here decreases where `pools`, so that it may follow.
CNN_INLINE void winograd_finish_tile(const int tile, const int pools, const float *m, int64_t step,
                                     const cnn_finish *f, const winograd_target *target) {
  cnn_vector lines[WINOGRAD_EDGE][CNN_PANEL_VECTORS][WINOGRAD_EDGE];
  for (int j = 0; j < tile + 2; j++) {
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector column[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      CNN_UNROLL for (int i = 0; i < tile + 2; i++)
        column[i] = cnn_load(m + (i * (tile + 2) + j) * step + part * CNN_LANES);
      winograd_transform_products(tile, column, t);
      CNN_UNROLL for (int i = 0; i < tile; i++) lines[i][part][j] = t[i];
    }
  }
  for (int64_t i = 0; i < target->rows; i++) {
    float *y = target->y + i * target->row;
    const float *r = target->r ? target->r + i * target->row : NULL;
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector t[WINOGRAD_EDGE];
      winograd_output_row(tile, pools, lines, pools ? 2 * i : i, part, t);
      CNN_UNROLL for (int j = 0; j < (pools ? tile / 2 : tile); j++) {
        const int64_t at = j * CNN_PANEL + part * CNN_LANES;
        if (j < target->columns)
          cnn_store(y + at, cnn_finish_vector(f, t[j], f->bias + part * CNN_LANES, r ? r + at : NULL));
      }
    }
    if (!cnn_is_finished_in_registers(f->function))
      cnn_apply(f->function, f->alpha, y, y, target->columns * CNN_PANEL);
  }
}

/// Tiles of a call, first..<first + count, whose products lie [xi][tile], `pixel` floats from tile to tile.
CNN_INLINE void winograd_finish_group(const int tile, const int pools, const winograd_store *s, int64_t first,
                                      int64_t count, const float *m, int64_t pixel) {
  const cnn_winograd_output_parameters *p = s->p;
  const int64_t side = pools ? tile / 2 : tile;
  const int64_t height = pools ? p->out_height / 2 : p->out_height, width = pools ? p->out_width / 2 : p->out_width;
  winograd_place place = winograd_place_of(p->first_tile + first, p->tiles_down, p->tiles_across);
  for (int64_t t = 0; t < count; t++) {
    const int64_t row = place.row * side, column = place.column * side, start = (row * width + column) * CNN_PANEL;
    const winograd_target target = {.r = s->r ? s->r + place.image * p->r_stride + start : NULL,
                                    .y = s->y + place.image * p->y_stride + start,
                                    .row = width * CNN_PANEL,
                                    .rows = cnn_min(side, height - row),
                                    .columns = cnn_min(side, width - column)};
    winograd_finish_tile(tile, pools, m + t * pixel, count * pixel, &s->finish, &target);
    place = winograd_next_place(place, p->tiles_down, p->tiles_across);
  }
}

static void winograd_finish_any_group(const winograd_store *s, int64_t first, int64_t count, const float *m,
                                      int64_t pixel) {
  if (s->p->tile == 2 && s->p->pools)
    winograd_finish_group(2, 1, s, first, count, m, pixel);
  else if (s->p->tile == 2)
    winograd_finish_group(2, 0, s, first, count, m, pixel);
  else if (s->p->pools)
    winograd_finish_group(4, 1, s, first, count, m, pixel);
  else
    winograd_finish_group(4, 0, s, first, count, m, pixel);
}

#endif
