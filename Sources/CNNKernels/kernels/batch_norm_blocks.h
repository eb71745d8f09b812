// Batch norm of blocks with the batch's own statistics, and its gradient.

#include "channel_sums_blocks.h"
#include "first_channels.h"

enum { NORM_PIXELS = 256 };  // that a unit of work has, of one block

/// Rows of a batch norm's coefficients, each a number for each channel of the blocks. The first three are also
/// what says which elements ReLU has let pass.
enum { NORM_CENTER, NORM_SCALE, NORM_SHIFT, NORM_OF_X, NORM_TERM };

static inline int64_t norm_runs(int64_t area) { return (area + NORM_PIXELS - 1) / NORM_PIXELS; }

CNN_SPLIT(batch_norm_statistics_blocks, cnn_channel_blocks(p->channels),
          cnn_channel_blocks(p->channels) * (p->parts * 10 + 100))

CNN_KERNEL(batch_norm_statistics_blocks) {
  const cnn_batch_norm_statistics_blocks_parameters *p = parameters;
  float *mean = operands[0], *inverse_deviation = operands[1], *unbiased_variance = operands[2];
  const double count = (double)p->batch * (double)p->area;
  for (int64_t block = first; block < end; block++) {
    const channel_sums sums = channel_sums_of(operands[3], block, cnn_channel_blocks(p->channels), p->parts);
    double plain[CNN_PANEL], squares[CNN_PANEL];
    channel_sums_lanes(&sums, plain, squares);
    for (int64_t lane = 0; lane < cnn_block_channels(p->channels, block); lane++) {
      // A square of a float is exact in double, so that this difference has digits to lose.
      const double deviations = fmax(0, squares[lane] - plain[lane] * (plain[lane] / count));
      const int64_t c = block * CNN_PANEL + lane;
      mean[c] = (float)(plain[lane] / count);
      inverse_deviation[c] = (float)(1 / sqrt(deviations / count + p->epsilon));
      unbiased_variance[c] = (float)(deviations / fmax(count - 1, 1));
    }
  }
}

/// What is written of a block's channels where there is no relation to others: center, scale and shift.
static channel_pass norm_pass(void *const *operands, int64_t block, int64_t channels) {
  const int64_t c = block * CNN_PANEL, count = channels - c;
  const float *weight = operands[0], *bias = operands[1], *mean = operands[2], *inverse_deviation = operands[3];
  channel_pass pass = {cnn_load_first(mean + c, count), cnn_load_first(weight + c, count),
                       cnn_load_first(bias + c, count)};
  const cnn_sixteen inverse = cnn_load_first(inverse_deviation + c, count);
  CNN_EACH_PART(part) pass.scale.part[part] *= inverse.part[part];
  return pass;
}

CNN_SPLIT(batch_norm_apply_blocks, p->batch * cnn_channel_blocks(p->channels) * norm_runs(p->area),
          p->batch * cnn_channel_blocks(p->channels) * p->area * 4)

CNN_KERNEL(batch_norm_apply_blocks) {
  const cnn_batch_norm_apply_blocks_parameters *p = parameters;
  const int64_t runs = norm_runs(p->area), blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / runs / blocks, block = unit / runs % blocks, pixel = unit % runs * NORM_PIXELS;
    const int64_t place = (block * p->area + pixel) * CNN_PANEL;
    const int64_t count = cnn_min(NORM_PIXELS, p->area - pixel) * CNN_PANEL;
    const float *x = (const float *)operands[1] + n * p->x_stride + place;
    float *y = (float *)operands[0] + n * p->y_stride + place;
    const channel_pass pass = norm_pass(operands + 2, block, p->channels);
    const cnn_vector least = (cnn_vector)(p->function == CNN_RELU ? 0 : -INFINITY);
    for (int64_t i = 0; i < count; i += CNN_PANEL) {
      CNN_EACH_PART(part) {
        const cnn_vector v = channel_normalized(&pass, part, cnn_load(x + i + part * CNN_LANES));
        cnn_store(y + i + part * CNN_LANES, v < least ? least : v);
      }
    }
  }
}

CNN_SPLIT(batch_norm_pass_blocks, cnn_channel_blocks(p->channels), cnn_channel_blocks(p->channels) * 50)

CNN_KERNEL(batch_norm_pass_blocks) {
  const cnn_batch_norm_pass_blocks_parameters *p = parameters;
  const int64_t row = cnn_channel_blocks(p->channels) * CNN_PANEL;
  for (int64_t block = first; block < end; block++) {
    const channel_pass pass = norm_pass(operands + 1, block, p->channels);
    float *to = (float *)operands[0] + block * CNN_PANEL;
    cnn_store_sixteen(to + NORM_CENTER * row, pass.center);
    cnn_store_sixteen(to + NORM_SCALE * row, pass.scale);
    cnn_store_sixteen(to + NORM_SHIFT * row, pass.shift);
  }
}

CNN_SPLIT(batch_norm_coefficients_blocks, cnn_channel_blocks(p->channels),
          cnn_channel_blocks(p->channels) * (p->parts * 10 + 100))

// The sums are of dy, as far as it has passed, and of dy * x.
CNN_KERNEL(batch_norm_coefficients_blocks) {
  const cnn_batch_norm_coefficients_blocks_parameters *p = parameters;
  float *dweight = operands[0], *dbias = operands[1], *coefficients = operands[2];
  const float *weight = operands[3], *mean = operands[4], *inverse_deviation = operands[5];
  const int64_t blocks = cnn_channel_blocks(p->channels), row = blocks * CNN_PANEL;
  const double count = (double)p->batch * (double)p->area;
  for (int64_t block = first; block < end; block++) {
    const channel_sums sums = channel_sums_of(coefficients + p->sums_offset, block, blocks, p->parts);
    double plain[CNN_PANEL], products[CNN_PANEL];
    channel_sums_lanes(&sums, plain, products);
    for (int64_t lane = 0; lane < CNN_PANEL; lane++) {
      const int64_t c = block * CNN_PANEL + lane;
      float *to = coefficients + c;
      if (c >= p->channels) {
        to[NORM_CENTER * row] = to[NORM_SCALE * row] = to[NORM_OF_X * row] = to[NORM_TERM * row] = 0;
        continue;
      }
      dbias[c] = (float)plain[lane];
      dweight[c] = (float)((products[lane] - mean[c] * plain[lane]) * inverse_deviation[c]);
      const double scale = (double)weight[c] * inverse_deviation[c];
      to[NORM_CENTER * row] = mean[c];
      to[NORM_SCALE * row] = (float)scale;
      to[NORM_OF_X * row] = (float)(-scale * inverse_deviation[c] * dweight[c] / count);
      to[NORM_TERM * row] = (float)(-scale * dbias[c] / count);
    }
  }
}

CNN_SPLIT(batch_norm_gradient_blocks, p->batch * cnn_channel_blocks(p->channels) * norm_runs(p->area),
          p->batch * cnn_channel_blocks(p->channels) * p->area * 5)

/// Pixels of a block; dx may be dy or x.
CNN_INLINE void norm_gradient_run(const int is_passed, const channel_pass *pass, const cnn_sixteen *of_x,
                                  const cnn_sixteen *term, const float *dy, const float *x, float *dx, int64_t count) {
  for (int64_t i = 0; i < count; i += CNN_PANEL) {
    CNN_EACH_PART(part) {
      const int64_t at = i + part * CNN_LANES;
      const cnn_vector v = cnn_load(x + at), all = cnn_load(dy + at);
      const cnn_vector d = is_passed ? channel_passed(pass, part, all, v) : all;
      const cnn_vector through = of_x->part[part] * (v - pass->center.part[part]) + term->part[part];
      cnn_store(dx + at, pass->scale.part[part] * d + through);
    }
  }
}

CNN_KERNEL(batch_norm_gradient_blocks) {
  const cnn_batch_norm_gradient_blocks_parameters *p = parameters;
  const int64_t runs = norm_runs(p->area), blocks = cnn_channel_blocks(p->channels), row = blocks * CNN_PANEL;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / runs / blocks, block = unit / runs % blocks, pixel = unit % runs * NORM_PIXELS;
    const int64_t place = (block * p->area + pixel) * CNN_PANEL;
    const int64_t count = cnn_min(NORM_PIXELS, p->area - pixel) * CNN_PANEL;
    float *dx = (float *)operands[0] + n * p->dx_stride + place;
    const float *dy = (const float *)operands[1] + n * p->dy_stride + place;
    const float *x = (const float *)operands[2] + n * p->x_stride + place;
    const float *rows = (const float *)operands[3] + block * CNN_PANEL;
    channel_pass pass = {cnn_load_sixteen(rows + NORM_CENTER * row), cnn_load_sixteen(rows + NORM_SCALE * row), {{0}}};
    const cnn_sixteen of_x = cnn_load_sixteen(rows + NORM_OF_X * row), term = cnn_load_sixteen(rows + NORM_TERM * row);
    if (p->function == CNN_RELU) {
      pass.shift = cnn_load_sixteen(rows + NORM_SHIFT * row);
      norm_gradient_run(1, &pass, &of_x, &term, dy, x, dx, count);
    } else {
      norm_gradient_run(0, &pass, &of_x, &term, dy, x, dx, count);
    }
  }
}
