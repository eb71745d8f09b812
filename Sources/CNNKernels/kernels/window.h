// What kernels with windows share: tiles of output pixels, what a tap reads for them, and a window's maximum.

#ifndef CNN_WINDOW_H
#define CNN_WINDOW_H

#include "geometry.h"

/// Tap (fy, fx) of output (i, j) reads row i * stride_height - pad_top + fy * dilation_height of a plane of
/// height x width; columns likewise.
typedef struct {
  int64_t height, width, kernel_height, kernel_width, stride_height, stride_width;
  int64_t dilation_height, dilation_width, pad_top, pad_left;
} cnn_window;

/// The window of a kernel's parameters.
#define CNN_WINDOW(p)                                                              \
  {(p)->height,          (p)->width,          (p)->kernel_height, (p)->kernel_width, \
   (p)->stride_height,   (p)->stride_width,   (p)->dilation_height,                 \
   (p)->dilation_width,  (p)->pad_top,        (p)->pad_left}

enum { CNN_TILE_PIXELS = 128 };

/// The part of an output row that lies in a tile.
typedef struct {
  int64_t row, begin, end;  // of the output
  int64_t place;            // of column `begin` in the tile
} cnn_segment;

/// Output pixels that are neighbours in row-major order, across the ends of rows.
typedef struct {
  cnn_segment segments[CNN_TILE_PIXELS];
  int64_t segment_count;
  int64_t first, count;  // pixels
} cnn_tile;

static inline void cnn_tile_at(cnn_tile *t, int64_t first, int64_t count, int64_t out_width) {
  t->segment_count = 0;
  t->first = first;
  t->count = count;
  int64_t row = first / out_width, begin = first % out_width;
  for (int64_t place = 0; place < count;) {
    const int64_t end = cnn_min(out_width, begin + count - place);
    t->segments[t->segment_count++] = (cnn_segment){row, begin, end, place};
    place += end - begin;
    begin = 0;
    row++;
  }
}

/// panel[i] = what tap (fy, fx) reads of a plane for pixel i of the tile, zero in the padding and behind the
/// tile up to `size`.
static inline void cnn_pack_tap(const cnn_window *w, const cnn_tile *t, const float *plane, int64_t fy,
                                int64_t fx, float *panel, int64_t size) {
  memset(panel, 0, (size_t)size * sizeof(float));
  const int64_t offset = fx * w->dilation_width - w->pad_left, step = w->stride_width;
  for (int64_t i = 0; i < t->segment_count; i++) {
    const cnn_segment *s = &t->segments[i];
    const int64_t row = s->row * w->stride_height - w->pad_top + fy * w->dilation_height;
    if (row < 0 || row >= w->height) continue;
    const cnn_range columns = cnn_inside(s->begin, s->end, step, offset, 0, w->width);
    const float *x = plane + row * w->width;
    const int64_t shift = s->place - s->begin;
    if (step == 1) {
      for (int64_t j = columns.first; j < columns.end; j++) panel[j + shift] = x[j + offset];
    } else {
      for (int64_t j = columns.first; j < columns.end; j++) panel[j + shift] = x[j * step + offset];
    }
  }
}

/// The place in a plane of the first maximum of output (i, j)'s window, row-major, where the last
/// not-a-number wins; -1 where all of the window is padding.
static inline int64_t cnn_first_maximum(const cnn_window *w, const float *plane, int64_t i, int64_t j) {
  int64_t place = -1;
  float best = -INFINITY;
  const int64_t top = i * w->stride_height - w->pad_top, left = j * w->stride_width - w->pad_left;
  const cnn_range columns = cnn_inside(0, w->kernel_width, w->dilation_width, left, 0, w->width);
  const cnn_range rows = cnn_inside(0, w->kernel_height, w->dilation_height, top, 0, w->height);
  for (int64_t fy = rows.first; fy < rows.end; fy++) {
    for (int64_t fx = columns.first; fx < columns.end; fx++) {
      const int64_t here = (top + fy * w->dilation_height) * w->width + left + fx * w->dilation_width;
      const float v = plane[here];
      if (place >= 0 && !(v > best || v != v)) continue;
      best = v;
      place = here;
    }
  }
  return place;
}

#endif
