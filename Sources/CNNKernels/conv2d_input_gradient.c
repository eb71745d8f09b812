// The gradient of a convolution's input: for a tile of the output's pixels and each tap of the window, the
// product of the tap's weights with dy, summed over the filters, is added where the tap has read. Nothing is
// multiplied with a zero that a stride or padding would bring.

#include <string.h>

#include "cnn_kernels.h"
#include "panel.h"
#include "window.h"

typedef const cnn_conv2d_input_gradient_parameters *arguments;

/// Pixels of a tile, from `place` on, and where in a plane of dx their sums go.
typedef struct {
  int64_t place, target, count;
} span;

static int64_t blocks(arguments p) { return (p->channels + 3) / 4; }

/// packed[group][tap][block of 4 channels][filter][channel in the block].
static void pack_weights(arguments p, const float *w, float *packed) {
  const int64_t area = p->kernel_height * p->kernel_width;
  for (int64_t g = 0; g < p->groups; g++) {
    for (int64_t tap = 0; tap < area; tap++) {
      for (int64_t c = 0; c < p->channels; c += 4) {
        for (int64_t k = 0; k < p->filters; k++) {
          const float *from = w + ((g * p->filters + k) * p->channels + c) * area + tap;
          for (int64_t r = 0; r < 4; r++) *packed++ = c + r < p->channels ? from[r * area] : 0;
        }
      }
    }
  }
}

/// Where the sums of a tile for tap (fy, fx) go; returns the number of spans.
static int64_t spans_of_tap(const cnn_window *w, const cnn_tile *t, int64_t fy, int64_t fx, span *spans) {
  const int64_t offset = fx * w->dilation_width - w->pad_left;
  int64_t count = 0;
  for (int64_t i = 0; i < t->segment_count; i++) {
    const cnn_segment *s = &t->segments[i];
    const int64_t row = s->row * w->stride_height - w->pad_top + fy * w->dilation_height;
    if (row < 0 || row >= w->height) continue;
    const cnn_range columns = cnn_inside(s->begin, s->end, w->stride_width, offset, 0, w->width);
    if (columns.first >= columns.end) continue;
    spans[count++] = (span){s->place + columns.first - s->begin,
                            row * w->width + columns.first * w->stride_width + offset,
                            columns.end - columns.first};
  }
  return count;
}

static void add_spans(const span *spans, int64_t count, int64_t step, const float *restrict sums,
                      float *restrict dx) {
  for (int64_t i = 0; i < count; i++) {
    const float *from = sums + spans[i].place;
    float *to = dx + spans[i].target;
    if (step == 1) {
      for (int64_t j = 0; j < spans[i].count; j++) to[j] += from[j];
    } else {
      for (int64_t j = 0; j < spans[i].count; j++) to[j * step] += from[j];
    }
  }
}

/// Adds what one tile of one group of an image contributes, by the filters whose dy the panel holds; `packed`
/// is at the first of them.
static void scatter(arguments p, const cnn_window *window, const cnn_tile *t, const float *panel,
                    int64_t filters, const float *packed, float *dx) {
  span spans[CNN_PANEL_COLUMNS];
  const int64_t plane = p->height * p->width;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    for (int64_t fx = 0; fx < p->kernel_width; fx++) {
      const float *weights = packed + (fy * p->kernel_width + fx) * blocks(p) * 4 * p->filters;
      const int64_t count = spans_of_tap(window, t, fy, fx, spans);
      if (count == 0) continue;
      for (int64_t c = 0; c < p->channels; c += 4) {
        float sums[4][CNN_PANEL_COLUMNS] = {{0}};
        cnn_panel_multiply(weights + c * p->filters, panel, filters, t->count, sums);
        for (int64_t r = 0; r < cnn_min(4, p->channels - c); r++)
          add_spans(spans, count, p->stride_width, sums[r], dx + (c + r) * plane);
      }
    }
  }
}

/// A group of one filter and one channel, as depthwise layers have: each tap's multiple of each row of dy.
static void add_rows(arguments p, const cnn_window *w, const float *restrict dy, const float *packed,
                     float *restrict dx) {
  const int64_t step = w->stride_width;
  for (int64_t fx = 0; fx < w->kernel_width; fx++) {
    const int64_t offset = fx * w->dilation_width - w->pad_left;
    const cnn_range columns = cnn_inside(0, p->out_width, step, offset, 0, w->width);
    for (int64_t fy = 0; fy < w->kernel_height; fy++) {
      const float weight = packed[(fy * w->kernel_width + fx) * 4];
      const int64_t top = fy * w->dilation_height - w->pad_top;
      const cnn_range rows = cnn_inside(0, p->out_height, w->stride_height, top, 0, w->height);
      for (int64_t i = rows.first; i < rows.end; i++) {
        const float *from = dy + i * p->out_width;
        float *to = dx + (i * w->stride_height + top) * w->width;
        if (step == 1) {
          for (int64_t j = columns.first; j < columns.end; j++) to[j + offset] += weight * from[j];
        } else {
          for (int64_t j = columns.first; j < columns.end; j++) to[j * step + offset] += weight * from[j];
        }
      }
    }
  }
}

/// One group of an image.
static void add_group(arguments p, const cnn_window *window, const float *dy, const float *packed,
                      float *dx) {
  if (p->filters == 1 && p->channels == 1) {
    add_rows(p, window, dy, packed, dx);
    return;
  }
  float panel[CNN_PANEL_DEPTH * CNN_PANEL_COLUMNS];
  const int64_t out = p->out_height * p->out_width;
  for (int64_t first = 0; first < out; first += CNN_PANEL_COLUMNS) {
    cnn_tile t;
    cnn_tile_at(&t, first, cnn_min(CNN_PANEL_COLUMNS, out - first), p->out_width);
    for (int64_t k = 0; k < p->filters; k += CNN_PANEL_DEPTH) {
      const int64_t filters = cnn_min(CNN_PANEL_DEPTH, p->filters - k);
      cnn_panel_pack(dy + k * out + first, out, filters, t.count, panel);
      scatter(p, window, &t, panel, filters, packed + 4 * k, dx);
    }
  }
}

void cnn_conv2d_input_gradient(void *const *operands, const void *parameters) {
  arguments p = parameters;
  const cnn_window window = CNN_WINDOW(p);
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  const int64_t group = p->kernel_height * p->kernel_width * blocks(p) * 4 * p->filters;
  float *packed = operands[3];
  pack_weights(p, operands[2], packed);
  for (int64_t n = 0; n < p->batch; n++) {
    float *dx = (float *)operands[0] + n * p->dx_stride;
    const float *dy = (const float *)operands[1] + n * p->dy_stride;
    memset(dx, 0, (size_t)(p->groups * p->channels * in) * sizeof(float));
    for (int64_t g = 0; g < p->groups; g++)
      add_group(p, &window, dy + g * p->filters * out, packed + g * group, dx + g * p->channels * in);
  }
}
