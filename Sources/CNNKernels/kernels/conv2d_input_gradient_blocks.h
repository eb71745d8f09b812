// The gradient of a convolution's input, of blocks. Each phase of the strides is a convolution of dy without stride, by
// those taps of the turned weights that reach it; its sums are stored at the phase's pixels of dx. Units of all phases
// alternate, since some have several times the taps of others.

#include "conv2d_blocks.h"
#include "phases.h"

typedef const cnn_conv2d_input_gradient_blocks_parameters *blocks_gradient_arguments;

/// The convolution that phase (i, j) is; without taps where none reaches it.
static cnn_conv2d_blocks_parameters blocks_gradient_phase(blocks_gradient_arguments p, int64_t i, int64_t j) {
  const gradient_taps rows = GRADIENT_ROWS(p, i), columns = GRADIENT_COLUMNS(p, j);
  return (cnn_conv2d_blocks_parameters){
      .batch = p->batch, .y_stride = p->dx_stride, .x_stride = p->dy_stride, .height = p->out_height,
      .width = p->out_width, .out_height = (p->height - i + p->stride_height - 1) / p->stride_height,
      .out_width = (p->width - j + p->stride_width - 1) / p->stride_width, .groups = p->groups,
      .channels = p->filters, .filters = p->channels, .kernel_height = rows.count, .kernel_width = columns.count,
      .stride_height = 1, .stride_width = 1, .dilation_height = rows.dilation, .dilation_width = columns.dilation,
      .pad_top = -rows.offset, .pad_left = -columns.offset, .function = CNN_IDENTITY};
}

/// All phases are divided alike, as the first, the largest, has to be.
static blocks_division blocks_gradient_division(blocks_gradient_arguments p) {
  cnn_conv2d_blocks_parameters first = blocks_gradient_phase(p, 0, 0);
  first.kernel_height = first.kernel_width = 1;
  return blocks_division_of(&first);
}

static cnn_split cnn_conv2d_input_gradient_blocks_split(const void *parameters) {
  blocks_gradient_arguments p = parameters;
  const blocks_division d = blocks_gradient_division(p);
  const int64_t products = p->filters * p->channels * p->out_height * p->out_width * p->kernel_height * p->kernel_width;
  return (cnn_split){d.parts * p->groups * d.ranges * GRADIENT_ROW_PHASES(p) * GRADIENT_COLUMN_PHASES(p),
                     p->batch * p->groups * (products / (5 * CNN_LANES) + p->channels * p->height * p->width / 4)};
}

/// Zeros at a unit's pixels.
static void blocks_gradient_clear(const blocks_unit *u) {
  for (int64_t n = 0; n < u->images; n++)
    for (int64_t panel = u->panel; panel < u->panel + u->panels; panel++) {
      float *y = u->y + n * u->p->y_stride + panel * u->y_plane;
      for (int64_t i = 0; i < u->pixels; i++) memset(y + u->y_places[i] * CNN_PANEL, 0, CNN_PANEL * sizeof(float));
    }
}

/// The phase's taps among those of the turned weights, the first of which is the window's last.
static blocks_choice blocks_gradient_choice(blocks_gradient_arguments p, int64_t i, int64_t j) {
  const gradient_taps rows = GRADIENT_ROWS(p, i), columns = GRADIENT_COLUMNS(p, j);
  const int64_t row = p->kernel_height - 1 - rows.last, column = p->kernel_width - 1 - columns.last;
  return (blocks_choice){.columns = (int32_t)columns.count, .first = (int32_t)(row * p->kernel_width + column),
                         .down = (int32_t)(rows.step * p->kernel_width), .across = (int32_t)columns.step};
}

/// Writes where a unit's pixels of phase (i, j) lie in a plane of dx.
static void blocks_gradient_places(blocks_gradient_arguments p, int64_t i, int64_t j, const blocks_unit *u,
                                   int32_t *places) {
  const int64_t width = u->p->out_width;
  for (int64_t pixel = u->pixel; pixel < u->pixel + u->pixels; pixel++)
    *places++ = (int32_t)((i + pixel / width * p->stride_height) * p->width + j + pixel % width * p->stride_width);
}

CNN_KERNEL(conv2d_input_gradient_blocks) {
  blocks_gradient_arguments p = parameters;
  const blocks_division d = blocks_gradient_division(p);
  const int64_t across = GRADIENT_COLUMN_PHASES(p), phases = GRADIENT_ROW_PHASES(p) * across;
  int32_t places[BLOCKS_PIXELS];
  blocks_unit u;
  u.y_places = places;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t i = unit % phases / across, j = unit % across;
    const cnn_conv2d_blocks_parameters phase = blocks_gradient_phase(p, i, j);
    const blocks_choice choice = blocks_gradient_choice(p, i, j);
    u.p = &phase;
    u.choice = &choice;
    blocks_set_unit(&u, &d, unit / phases, p->kernel_height * p->kernel_width, p->height * p->width, operands);
    blocks_gradient_places(p, i, j, &u, places);
    if (phase.kernel_height == 0 || phase.kernel_width == 0)
      blocks_gradient_clear(&u);
    else if (u.pixels > 0)
      blocks_run_unit(&u);
  }
}
