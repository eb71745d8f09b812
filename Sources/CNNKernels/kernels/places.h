// Where the pixels of a tile lie in a plane of x, for each tap of a window. Planes, with their padding, have less
// than 2^30 rows and columns, and 2^31 pixels.

#ifndef CNN_PLACES_H
#define CNN_PLACES_H

#include "blocks.h"
#include "window.h"

enum { CNN_PLACE_LANES = CNN_PIXELS > 8 ? 16 : CNN_PIXELS > 4 ? 8 : 4 };

typedef int32_t cnn_coordinates __attribute__((ext_vector_type(CNN_PLACE_LANES)));
typedef int32_t cnn_loose_coordinates __attribute__((ext_vector_type(CNN_PLACE_LANES), aligned(4)));

/// What the pixels of a tile read at a tap: row * width + column in a plane, -1 in the padding.
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

/// Whether all pixels of a tile are inside of the image at a tap.
static inline int cnn_is_inside(const cnn_places *places) {
  return __builtin_reduce_and(*(const cnn_loose_coordinates *)places->pixel >= 0) != 0;
}

/// A tile's pixels: where their windows begin, and row * width + column of that.
typedef struct {
  cnn_coordinates row, column, place;
  int is_interior;  // none of their windows reaches into the padding
} cnn_tile_pixels;

/// `count` outputs, at most CNN_PIXELS, from number `pixel` on, row-major; lanes behind them repeat the last.
static cnn_tile_pixels cnn_tile_pixels_at(const cnn_window *w, int64_t out_width, int64_t pixel, int64_t count) {
  static const int32_t numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const int32_t end = (int32_t)out_width, last = (int32_t)count - 1;
  cnn_coordinates i = *(const cnn_loose_coordinates *)numbers, down = 0;
  i = (i < last ? i : last) + (int32_t)(pixel % out_width);
  for (cnn_coordinates is_over = i >= end; __builtin_reduce_or(is_over); is_over = i >= end) {
    i -= is_over & end;
    down -= is_over;
  }
  cnn_tile_pixels t;
  t.row = down * (int32_t)w->stride_height + (int32_t)(pixel / out_width * w->stride_height - w->pad_top);
  t.column = i * (int32_t)w->stride_width - (int32_t)w->pad_left;
  t.place = t.row * (int32_t)w->width + t.column;
  const int32_t height = (int32_t)(w->height - (w->kernel_height - 1) * w->dilation_height);
  const int32_t width = (int32_t)(w->width - (w->kernel_width - 1) * w->dilation_width);
  t.is_interior =
      __builtin_reduce_or((t.row < 0) | (t.row >= height) | (t.column < 0) | (t.column >= width)) == 0;
  return t;
}

/// Writes the places of a tile at taps first..<end (fy * kernel_width + fx) that at least one of its pixels finds
/// inside of the image, and returns how many these are.
static int64_t cnn_find_places(const cnn_window *w, int64_t out_width, int64_t pixel, int64_t count, int64_t first,
                               int64_t end, cnn_places *places) {
  const cnn_tile_pixels t = cnn_tile_pixels_at(w, out_width, pixel, count);
  const cnn_places *const start = places;
  const int32_t height = (int32_t)w->height, width = (int32_t)w->width;
  int64_t tap = first, fx = first % w->kernel_width;
  for (int64_t fy = first / w->kernel_width; tap < end; fy++, fx = 0) {
    const int32_t down = (int32_t)(fy * w->dilation_height);
    const cnn_coordinates row = t.row + down, place = t.place + down * width;
    const cnn_coordinates is_outside = (row < 0) | (row >= height);
    for (; fx < w->kernel_width && tap < end; fx++, tap++) {
      const int32_t across = (int32_t)(fx * w->dilation_width);
      cnn_coordinates here = place + across;
      int is_used = 1;
      if (!t.is_interior) {
        const cnn_coordinates column = t.column + across;
        // -1 in the lanes whose place is outside.
        const cnn_coordinates outside = is_outside | (column < 0) | (column >= width);
        here |= outside;
        is_used = __builtin_reduce_and(outside) == 0;
      }
      places->tap = (int32_t)tap;
      *(cnn_loose_coordinates *)places->pixel = here;
      places += is_used;
    }
  }
  return places - start;
}

#endif
