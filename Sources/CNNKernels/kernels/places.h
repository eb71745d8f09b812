// Where the pixels of a tile lie in a plane of x, for each tap of a window.

#ifndef CNN_PLACES_H
#define CNN_PLACES_H

#include "blocks.h"
#include "window.h"

enum { CNN_PLACE_LANES = CNN_PIXELS > 8 ? 16 : CNN_PIXELS > 4 ? 8 : CNN_PIXELS > 2 ? 4 : 2 };

typedef int64_t cnn_coordinates __attribute__((ext_vector_type(CNN_PLACE_LANES)));
typedef int32_t cnn_short_places __attribute__((ext_vector_type(CNN_PLACE_LANES)));
typedef int32_t cnn_loose_places __attribute__((ext_vector_type(CNN_PLACE_LANES), aligned(4)));

/// What the pixels of a tile read at a tap: row * width + column in a plane, -1 in the padding. A plane of more
/// than 2^31 pixels would not fit any memory.
typedef struct {
  int32_t tap;
  int32_t pixel[CNN_PLACE_LANES];
} cnn_places;

/// The 16 channels of a pixel; x is the channel block's plane.
CNN_INLINE const float *cnn_place_of(const cnn_places *places, const int pixel, const float *x) {
  const int64_t place = places->pixel[pixel];
  const float *const inside = x + place * CNN_PANEL;
  return place < 0 ? cnn_no_pixel : inside;
}

/// A tile's pixels: where their windows begin, and row * width + column of that.
typedef struct {
  cnn_coordinates row, column, place;
  int is_interior;  // none of their windows reaches into the padding
} cnn_tile_pixels;

/// `count` outputs, at most CNN_PIXELS, from number `pixel` on, row-major; lanes behind them repeat the last.
static cnn_tile_pixels cnn_tile_pixels_at(const cnn_window *w, int64_t out_width, int64_t pixel, int64_t count) {
  cnn_tile_pixels t;
  int64_t row = pixel / out_width * w->stride_height - w->pad_top, left = pixel % out_width;
  const int64_t height = w->height - (w->kernel_height - 1) * w->dilation_height;
  const int64_t width = w->width - (w->kernel_width - 1) * w->dilation_width;
  t.is_interior = 1;
  for (int64_t p = 0; p < CNN_PLACE_LANES; p++) {
    const int64_t column = left * w->stride_width - w->pad_left;
    t.row[p] = row;
    t.column[p] = column;
    t.place[p] = row * w->width + column;
    t.is_interior &= (row >= 0) & (row < height) & (column >= 0) & (column < width);
    if (p + 1 >= count) continue;
    left++;
    if (left == out_width) {
      left = 0;
      row += w->stride_height;
    }
  }
  return t;
}

/// Writes the places of a tile at taps first..<end (fy * kernel_width + fx) that at least one of its pixels finds
/// inside of the image, and returns how many these are.
static int64_t cnn_find_places(const cnn_window *w, int64_t out_width, int64_t pixel, int64_t count, int64_t first,
                               int64_t end, cnn_places *places) {
  const cnn_tile_pixels t = cnn_tile_pixels_at(w, out_width, pixel, count);
  const cnn_places *const start = places;
  int64_t fy = first / w->kernel_width, fx = first % w->kernel_width;
  for (int64_t tap = first; tap < end; tap++) {
    const int64_t down = fy * w->dilation_height, across = fx * w->dilation_width;
    cnn_coordinates place = t.place + (cnn_coordinates)(down * w->width + across);
    int is_used = 1;
    if (!t.is_interior) {
      const cnn_coordinates row = t.row + (cnn_coordinates)(down), column = t.column + (cnn_coordinates)(across);
      // -1 in the lanes whose place is outside.
      const cnn_coordinates outside = (row < 0) | (row >= w->height) | (column < 0) | (column >= w->width);
      place |= outside;
      is_used = __builtin_reduce_and(outside) == 0;
    }
    places->tap = (int32_t)tap;
    *(cnn_loose_places *)places->pixel = __builtin_convertvector(place, cnn_short_places);
    places += is_used;
    fx++;
    if (fx == w->kernel_width) {
      fx = 0;
      fy++;
    }
  }
  return places - start;
}

#endif
