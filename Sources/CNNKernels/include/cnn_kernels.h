// The kernels of cnnc: plain C that computes, and nothing else. A kernel gets pointers to its operands,
// what it writes first, and a structure of sizes; it allocates nothing and keeps nothing.
//
// Activations are float32, planar unless stated: an image's C x H x W elements lie densely, and the next image
// of the batch follows `..._stride` elements later.

#ifndef CNN_KERNELS_H
#define CNN_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The signature that all kernels share. A call's work is divided into units, 0..<units, a property of its
/// arguments alone; each unit's arithmetic is its own, so that however the units are divided among calls,
/// and those among threads, the bits are the same.
/// @param operands   pointers to tensors, outputs first; NULL where an optional one is left out
/// @param parameters the kernel's own structure, `cnn_NAME_parameters`
/// @param first, end the range of units to compute
typedef void (*cnn_kernel)(void *const *operands, const void *parameters, int64_t first, int64_t end);

/// How a call may be divided.
typedef struct {
  int64_t units;
  /// What all of it takes, roughly, in nanoseconds of one core.
  int64_t work;
} cnn_split;

/// A kernel by name, with the fields of its structure in order, each after a blank: `i` before an
/// integer's name and `r` before a real's, `" i:batch r:alpha"`. What fills the structures checks them.
typedef struct {
  const char *name;
  cnn_kernel kernel;
  cnn_split (*split)(const void *parameters);
  const char *fields;
} cnn_kernel_entry;

/// All kernels for the instruction set in use; ends with an entry whose name is NULL.
const cnn_kernel_entry *cnn_kernels(void);

/// The instruction set in use: the widest that this machine has, or the environment's `CNNC_ISA`.
/// NULL if that asks for one which is unknown or which this machine has not: kernels are then those of the
/// narrowest, and the program should not go on.
const char *cnn_isa(void);

/// The names of the instruction sets that this machine has, widest first: what `CNNC_ISA` may be.
int64_t cnn_isa_list(const char **names, int64_t capacity);

/// The kernels for one of them; NULL for what this machine has not.
const cnn_kernel_entry *cnn_kernels_of(const char *isa);

// Each kernel's fields are listed once; the structure and the table's text are made from the list.
#define CNN_INTEGER_FIELD(name) int64_t name;
#define CNN_REAL_FIELD(name) double name;
#define CNN_DECLARE_KERNEL(name, fields)                                             \
  typedef struct {                                                                   \
    fields(CNN_INTEGER_FIELD, CNN_REAL_FIELD)                                        \
  } cnn_##name##_parameters;

/// Defines the structure of a kernel with another's fields.
#define CNN_SHARE_PARAMETERS(name, other) typedef cnn_##other##_parameters cnn_##name##_parameters;

/// The elementwise functions, by the numbers that `CNNGraph`'s `Activation` gives them.
enum {
  CNN_IDENTITY = 0,
  CNN_RELU = 1,
  CNN_RELU6 = 2,
  CNN_LEAKY_RELU = 3,
  CNN_ELU = 4,
  CNN_SIGMOID = 5,
  CNN_TANH = 6,
  CNN_SCALED_TANH = 7,
  CNN_GELU = 8,
  CNN_SILU = 9,
  CNN_HARD_SIGMOID = 10,
  CNN_HARD_SWISH = 11
};

// y = function(x), elementwise; x may be y. Operands: y, x.
#define CNN_ACTIVATION_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(count) INTEGER(y_stride) INTEGER(x_stride) INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(activation, CNN_ACTIVATION_FIELDS)

// A convolution with groups: `filters` and `channels` are one group's. Without groups, a call may compute a
// range of the filters from a range of the channels, from first_filter and first_channel on; weights are
// [filters of the layer][weight_channels][kernel_height][kernel_width] all the same. With r, which may be
// y, r is added; then the function is applied. Operands: y, x, weight, bias or NULL, r or NULL.
#define CNN_CONV2D_FIELDS(INTEGER, REAL)                                                         \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(r_stride)                           \
  INTEGER(height) INTEGER(width) INTEGER(out_height) INTEGER(out_width)                          \
  INTEGER(groups) INTEGER(channels) INTEGER(filters) INTEGER(weight_channels)                    \
  INTEGER(first_channel) INTEGER(first_filter) INTEGER(kernel_height) INTEGER(kernel_width)      \
  INTEGER(stride_height) INTEGER(stride_width) INTEGER(dilation_height) INTEGER(dilation_width)  \
  INTEGER(pad_top) INTEGER(pad_left) INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(conv2d, CNN_CONV2D_FIELDS)

// The same where a group has few filters.
CNN_SHARE_PARAMETERS(conv2d_rows, conv2d)

// The same on activations in blocks of 16 channels: element (c, i) of an image, i = row * width + column, lies at
// (c / 16 * area + i) * 16 + c % 16, and what lies in the last block behind the last channel is of no meaning.
// Groups other than one have multiples of 16 channels and filters each. Weights as pack_panels gives them.
// Operands: y, x, panels, bias or NULL, r or NULL; y, x and r in blocks.
#define CNN_CONV2D_BLOCKS_FIELDS(INTEGER, REAL)                                                  \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(r_stride)                           \
  INTEGER(height) INTEGER(width) INTEGER(out_height) INTEGER(out_width)                          \
  INTEGER(groups) INTEGER(channels) INTEGER(filters) INTEGER(kernel_height) INTEGER(kernel_width) \
  INTEGER(stride_height) INTEGER(stride_width) INTEGER(dilation_height) INTEGER(dilation_width)  \
  INTEGER(pad_top) INTEGER(pad_left) INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(conv2d_blocks, CNN_CONV2D_BLOCKS_FIELDS)

// conv2d_planar has the same fields and operands, but x is planar and of one group of 1...15 channels.
// conv2d_depthwise has them too: groups is 1, and each of the `channels` = `filters` has a kernel of its own.
CNN_SHARE_PARAMETERS(conv2d_planar, conv2d_blocks)
CNN_SHARE_PARAMETERS(conv2d_depthwise, conv2d_blocks)

/// Orders of pack_panels.
enum {
  /// [group][panel of 16 filters][block of 16 channels][tap][16 channels][16 filters], for conv2d_blocks
  CNN_PANELS_BLOCKS = 0,
  /// [panel of 16 filters][channel][tap][16 filters], for conv2d_planar
  CNN_PANELS_PLANAR = 1,
  /// [block of 16 channels][tap][16 channels], for conv2d_depthwise; `filters` of one channel each
  CNN_PANELS_DEPTHWISE = 2
};

// Puts weights [groups * filters][channels][taps] into an order for blocks, with zeros for the filters and channels
// that the last of them lack. Operands: panels, weight.
#define CNN_PACK_PANELS_FIELDS(INTEGER, REAL) \
  INTEGER(groups) INTEGER(filters) INTEGER(channels) INTEGER(taps) INTEGER(order)
CNN_DECLARE_KERNEL(pack_panels, CNN_PACK_PANELS_FIELDS)

// A transposed convolution; `filters` and `channels` are one group's, weights [groups * channels][filters]
// [kernel_height][kernel_width]. r may be y. Operands: y, x, weight, bias or NULL, r or NULL.
#define CNN_DECONV2D_FIELDS(INTEGER, REAL)                                                       \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(r_stride)                           \
  INTEGER(height) INTEGER(width) INTEGER(out_height) INTEGER(out_width)                          \
  INTEGER(groups) INTEGER(channels) INTEGER(filters) INTEGER(kernel_height) INTEGER(kernel_width) \
  INTEGER(stride_height) INTEGER(stride_width) INTEGER(pad_top) INTEGER(pad_left)                \
  INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(deconv2d, CNN_DECONV2D_FIELDS)

// Mode 0: the largest element of each window; 1: the average, divided by the window's positions inside the
// image grown by counted_... ; 2: the sum. Operands: y, x.
#define CNN_POOL2D_FIELDS(INTEGER, REAL)                                                         \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(channels)                           \
  INTEGER(height) INTEGER(width) INTEGER(out_height) INTEGER(out_width)                          \
  INTEGER(kernel_height) INTEGER(kernel_width) INTEGER(stride_height) INTEGER(stride_width)      \
  INTEGER(dilation_height) INTEGER(dilation_width) INTEGER(pad_top) INTEGER(pad_left)            \
  INTEGER(counted_top) INTEGER(counted_bottom) INTEGER(counted_left) INTEGER(counted_right)      \
  INTEGER(mode)
CNN_DECLARE_KERNEL(pool2d, CNN_POOL2D_FIELDS)

// y is 0, but x at the first maximum of each window of what was pooled. Operands: y, x, pooled.
#define CNN_UNPOOL2D_FIELDS(INTEGER, REAL)                                                       \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(p_stride) INTEGER(channels)         \
  INTEGER(height) INTEGER(width) INTEGER(pooled_height) INTEGER(pooled_width)                    \
  INTEGER(kernel_height) INTEGER(kernel_width) INTEGER(stride_height) INTEGER(stride_width)      \
  INTEGER(dilation_height) INTEGER(dilation_width) INTEGER(pad_top) INTEGER(pad_left)
CNN_DECLARE_KERNEL(unpool2d, CNN_UNPOOL2D_FIELDS)

// y = function(weight * x + bias + r), weights [units][depth]; r may be y.
// Operands: y, x, weight, bias or NULL, r or NULL.
#define CNN_DENSE_FIELDS(INTEGER, REAL)                                                          \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(r_stride) INTEGER(depth)            \
  INTEGER(units) INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(dense, CNN_DENSE_FIELDS)

// y = function(m + bias), m being the maxima of disjoint squares of two by two of a convolution without stride,
// dilation and groups; y and x are planar, weights as pack_panels gives them in its order 1. y is out_height x
// out_width, a convolution's last row or column that is in no square is not computed. A row of y needs 2 * channels *
// (kernel_width + 1) * ((1 + kernel_height / 2) * out_width + 16) floats of memory, 16384 at most; channels *
// kernel_height * kernel_width is 4096 at most. `places` says which of its square's outputs each maximum is: 0 and 1
// for the upper ones, 2 and 3 for the lower ones; the first of several, the last that is not a number.
// Operands: y, places or NULL, x, panels, bias or NULL.
#define CNN_CONV2D_POOL_SMALL_FIELDS(INTEGER, REAL)                                              \
  INTEGER(batch) INTEGER(y_stride) INTEGER(places_stride) INTEGER(x_stride)                      \
  INTEGER(height) INTEGER(width)                                                                 \
  INTEGER(out_height) INTEGER(out_width) INTEGER(channels) INTEGER(filters)                      \
  INTEGER(kernel_height) INTEGER(kernel_width) INTEGER(pad_top) INTEGER(pad_left)                \
  INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(conv2d_pool_small, CNN_CONV2D_POOL_SMALL_FIELDS)

// The gradients of that convolution from dy, those of its maxima before the bias and the function, and from the maxima's
// places in their squares: 0 and 1 for the upper outputs, 2 and 3 for the lower ones. x_stride is dx's for the input's
// gradient. With rows = 2 * out_height + kernel_height - 1 and a line of channels * (kernel_width + 1) floats,
// each of out_width * rows * line, rows * channels * (2 * out_width + kernel_width - 1), filters * out_height *
// out_width and filters * ((kernel_height + 2) * line + channels + 16) is 16384 at most, (kernel_height + 1) * line
// 1024, and out_height * out_width 4096.
// Operands of conv2d_pool_input_gradient: dx, dy, places, weight [filters][channels][kernel_height][kernel_width].
// Operands of conv2d_pool_weight_gradient: dweight, x, dy, places.
#define CNN_CONV2D_POOL_GRADIENT_FIELDS(INTEGER, REAL)                                           \
  INTEGER(batch) INTEGER(x_stride) INTEGER(dy_stride) INTEGER(places_stride)                     \
  INTEGER(height) INTEGER(width) INTEGER(out_height) INTEGER(out_width)                          \
  INTEGER(channels) INTEGER(filters) INTEGER(kernel_height) INTEGER(kernel_width)                \
  INTEGER(pad_top) INTEGER(pad_left)
CNN_DECLARE_KERNEL(conv2d_pool_gradient, CNN_CONV2D_POOL_GRADIENT_FIELDS)
CNN_SHARE_PARAMETERS(conv2d_pool_input_gradient, conv2d_pool_gradient)
CNN_SHARE_PARAMETERS(conv2d_pool_weight_gradient, conv2d_pool_gradient)

// y = squared distances of x to centers [units][depth]. Operands: y, x, centers.
#define CNN_RBF_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(depth) INTEGER(units)
CNN_DECLARE_KERNEL(rbf, CNN_RBF_FIELDS)

// y = x / (k + alpha * sum of squares over `size` channels)^beta. Operands: y, x.
#define CNN_LRN_FIELDS(INTEGER, REAL)                                                            \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(channels) INTEGER(pixels)           \
  INTEGER(size) REAL(alpha) REAL(beta) REAL(k)
CNN_DECLARE_KERNEL(lrn, CNN_LRN_FIELDS)

// Softmax over channels, or its logarithm; x may be y. Operands: y, x.
#define CNN_SOFTMAX_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(channels) INTEGER(pixels) INTEGER(logarithmic)
CNN_DECLARE_KERNEL(softmax, CNN_SOFTMAX_FIELDS)

// y = x > 0 ? x : weight[c] * x; x may be y. Operands: y, x, weight [channels].
#define CNN_PRELU_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(y_stride) INTEGER(x_stride)
CNN_DECLARE_KERNEL(prelu, CNN_PRELU_FIELDS)

// y = function((x - mean[c]) / sqrt(variance[c] + epsilon) * weight[c] + bias[c]); x may be y.
// Operands: y, x, weight, bias, mean, variance, each of the last four [channels].
#define CNN_BATCH_NORM_FIELDS(INTEGER, REAL)                                                       \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(y_stride) INTEGER(x_stride) REAL(epsilon) \
  INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(batch_norm, CNN_BATCH_NORM_FIELDS)

// y = function(weight[c] * x + bias[c] + residual); x or residual may be y.
// Operands: y, x, weight [channels], bias [channels] or NULL, residual or NULL.
#define CNN_CHANNEL_AFFINE_FIELDS(INTEGER, REAL)                                    \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(y_stride) INTEGER(x_stride) \
  INTEGER(r_stride) INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(channel_affine, CNN_CHANNEL_AFFINE_FIELDS)

// y = x for channels x rows runs of `columns` elements of each image, the first of them `..._offset` elements
// into it. What is written and what is read must not overlap. Operands: y, x.
#define CNN_COPY_FIELDS(INTEGER, REAL)                                              \
  INTEGER(batch) INTEGER(channels) INTEGER(rows) INTEGER(columns)                   \
  INTEGER(y_offset) INTEGER(x_offset) INTEGER(y_stride) INTEGER(x_stride)           \
  INTEGER(y_channel_stride) INTEGER(x_channel_stride) INTEGER(y_row_stride) INTEGER(x_row_stride)
CNN_DECLARE_KERNEL(copy, CNN_COPY_FIELDS)

// y = value for the first `count` elements of each image. Operand: y.
#define CNN_FILL_FIELDS(INTEGER, REAL) INTEGER(batch) INTEGER(count) INTEGER(y_stride) REAL(value)
CNN_DECLARE_KERNEL(fill, CNN_FILL_FIELDS)

// Each of height x width pixels becomes factor_height x factor_width. Operands: y, x.
#define CNN_UPSAMPLE2D_FIELDS(INTEGER, REAL)                                                   \
  INTEGER(batch) INTEGER(channels) INTEGER(height) INTEGER(width)                              \
  INTEGER(y_stride) INTEGER(x_stride) INTEGER(factor_height) INTEGER(factor_width) INTEGER(bilinear)
CNN_DECLARE_KERNEL(upsample2d, CNN_UPSAMPLE2D_FIELDS)

// y = function(a + b), elementwise; a, b or both may be y. Operands: y, a, b.
#define CNN_ADD_FIELDS(INTEGER, REAL)                                                    \
  INTEGER(batch) INTEGER(count) INTEGER(y_stride) INTEGER(a_stride) INTEGER(b_stride)   \
  INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(add, CNN_ADD_FIELDS)

// y = a * b, elementwise, where b has `area` elements a channel, or one for all of them (b_area 1); a may
// be y, and so may a b of `area`. Operands: y, a, b.
#define CNN_MULTIPLY_FIELDS(INTEGER, REAL)                                                 \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(b_area) INTEGER(y_stride)        \
  INTEGER(a_stride) INTEGER(b_stride)
CNN_DECLARE_KERNEL(multiply, CNN_MULTIPLY_FIELDS)

// With scale[c] = weight[c] / sqrt(variance[c] + epsilon): y = x * scale[c], or where `shift` is 1
// y = (x - mean[c]) * scale[c] + bias[c]. x and y are [rows, channels, inner]; row r belongs
// to group r / (rows / groups), whose channels begin at the group's multiple of `channels`. x may be y.
// Operands: y, x or NULL (1 everywhere, or 0 where `shift` is 1), weight, bias, mean, variance.
#define CNN_FOLD_BATCH_NORM_FIELDS(INTEGER, REAL) \
  INTEGER(rows) INTEGER(groups) INTEGER(channels) INTEGER(inner) INTEGER(shift) REAL(epsilon)
CNN_DECLARE_KERNEL(fold_batch_norm, CNN_FOLD_BATCH_NORM_FIELDS)

// dx = dy * function'(x), elementwise; dy or x may be dx. Operands: dx, dy, x.
#define CNN_ACTIVATION_GRADIENT_FIELDS(INTEGER, REAL)                                 \
  INTEGER(batch) INTEGER(count) INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(x_stride) \
  INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(activation_gradient, CNN_ACTIVATION_GRADIENT_FIELDS)

// The weights of a convolution as the gradient of its input takes them: for each phase of the strides, in
// row-major order, [groups * channels][filters][its taps, in reverse]. `filters` and `channels` are one
// group's. Operands: the new weights, as many as there are, and weight.
#define CNN_CONV2D_TRANSPOSE_WEIGHTS_FIELDS(INTEGER, REAL)                                       \
  INTEGER(height) INTEGER(width) INTEGER(groups) INTEGER(channels) INTEGER(filters)              \
  INTEGER(kernel_height) INTEGER(kernel_width)                                                   \
  INTEGER(stride_height) INTEGER(stride_width) INTEGER(dilation_height) INTEGER(dilation_width)  \
  INTEGER(pad_top) INTEGER(pad_left)
CNN_DECLARE_KERNEL(conv2d_transpose_weights, CNN_CONV2D_TRANSPOSE_WEIGHTS_FIELDS)

// Filters and channels of a convolution's weights exchanged within each group, kernels turned by half a turn:
// t[g * channels + c][k][tap] = w[g * filters + k][c][taps - 1 - tap]. Operands: t, w.
#define CNN_TRANSPOSE_FILTERS_FIELDS(INTEGER, REAL) \
  INTEGER(groups) INTEGER(filters) INTEGER(channels) INTEGER(taps)
CNN_DECLARE_KERNEL(transpose_filters, CNN_TRANSPOSE_FILTERS_FIELDS)

// dx = d loss / d x of a convolution: dx[c, i*S - P + fy*dilation, ...] += weight[k, c, fy, fx] * dy[k, i, ...].
// `filters` and `channels` are one group's. Operands: dx, dy, weight as conv2d_transpose_weights gives it.
#define CNN_CONV2D_INPUT_GRADIENT_FIELDS(INTEGER, REAL)                                          \
  INTEGER(batch) INTEGER(dx_stride) INTEGER(dy_stride)                                           \
  INTEGER(height) INTEGER(width) INTEGER(out_height) INTEGER(out_width)                          \
  INTEGER(groups) INTEGER(channels) INTEGER(filters) INTEGER(kernel_height) INTEGER(kernel_width) \
  INTEGER(stride_height) INTEGER(stride_width) INTEGER(dilation_height) INTEGER(dilation_width)  \
  INTEGER(pad_top) INTEGER(pad_left)
CNN_DECLARE_KERNEL(conv2d_input_gradient, CNN_CONV2D_INPUT_GRADIENT_FIELDS)

// dw = d loss / d weight of a convolution, summed over the batch:
// dw[k, c, fy, fx] = sum of x[c, i*S - P + fy*dilation, ...] * dy[k, i, ...]. Operands: dw, x, dy.
#define CNN_CONV2D_WEIGHT_GRADIENT_FIELDS(INTEGER, REAL)                                         \
  INTEGER(batch) INTEGER(x_stride) INTEGER(dy_stride)                                            \
  INTEGER(height) INTEGER(width) INTEGER(out_height) INTEGER(out_width)                          \
  INTEGER(groups) INTEGER(channels) INTEGER(filters) INTEGER(kernel_height) INTEGER(kernel_width) \
  INTEGER(stride_height) INTEGER(stride_width) INTEGER(dilation_height) INTEGER(dilation_width)  \
  INTEGER(pad_top) INTEGER(pad_left)
CNN_DECLARE_KERNEL(conv2d_weight_gradient, CNN_CONV2D_WEIGHT_GRADIENT_FIELDS)

// dx[i] = sum over units u of weight[u, i] * dy[u]. Operands: dx, dy, weight [units][depth].
#define CNN_DENSE_INPUT_GRADIENT_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(depth) INTEGER(units)
CNN_DECLARE_KERNEL(dense_input_gradient, CNN_DENSE_INPUT_GRADIENT_FIELDS)

// dw[u, i] = sum over the batch of dy[u] * x[i]. Operands: dw [units][depth], x, dy.
#define CNN_DENSE_WEIGHT_GRADIENT_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(x_stride) INTEGER(dy_stride) INTEGER(depth) INTEGER(units)
CNN_DECLARE_KERNEL(dense_weight_gradient, CNN_DENSE_WEIGHT_GRADIENT_FIELDS)

// dx = d loss / d x of pool2d, with its fields: dy goes to each window's first maximum (mode 0), divided by the
// divisor to all of the window (1), or as it is (2). Operands: dx, dy, x (NULL but in mode 0).
#define CNN_POOL2D_GRADIENT_FIELDS(INTEGER, REAL)                                                \
  INTEGER(batch) INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(x_stride) INTEGER(channels)       \
  INTEGER(height) INTEGER(width) INTEGER(out_height) INTEGER(out_width)                          \
  INTEGER(kernel_height) INTEGER(kernel_width) INTEGER(stride_height) INTEGER(stride_width)      \
  INTEGER(dilation_height) INTEGER(dilation_width) INTEGER(pad_top) INTEGER(pad_left)            \
  INTEGER(counted_top) INTEGER(counted_bottom) INTEGER(counted_left) INTEGER(counted_right)      \
  INTEGER(mode)
CNN_DECLARE_KERNEL(pool2d_gradient, CNN_POOL2D_GRADIENT_FIELDS)

// dx = dy at the place that unpool2d has written x to, 0 where a later window has overwritten it.
// Operands: dx, dy, pooled,
// memory for min(batch * channels, 16) * height * width bytes.
#define CNN_UNPOOL2D_GRADIENT_FIELDS(INTEGER, REAL)                                              \
  INTEGER(batch) INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(p_stride) INTEGER(channels)       \
  INTEGER(height) INTEGER(width) INTEGER(pooled_height) INTEGER(pooled_width)                    \
  INTEGER(kernel_height) INTEGER(kernel_width) INTEGER(stride_height) INTEGER(stride_width)      \
  INTEGER(dilation_height) INTEGER(dilation_width) INTEGER(pad_top) INTEGER(pad_left)
CNN_DECLARE_KERNEL(unpool2d_gradient, CNN_UNPOOL2D_GRADIENT_FIELDS)

// dx = x > 0 ? dy : weight[c] * dy; dy or x may be dx. Operands: dx, dy, x, weight [channels].
#define CNN_PRELU_GRADIENT_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(x_stride)
CNN_DECLARE_KERNEL(prelu_gradient, CNN_PRELU_GRADIENT_FIELDS)

// sums[c] = sum over images and pixels of dy * f; `factor` 0: f is 1; 1: f is x; 2: f is min(x, 0).
// Operands: sums [channels], dy, x or NULL.
#define CNN_CHANNEL_REDUCTION_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(dy_stride) INTEGER(x_stride) INTEGER(factor)
CNN_DECLARE_KERNEL(channel_reduction, CNN_CHANNEL_REDUCTION_FIELDS)

// From softmax's output y, or its logarithm's; dy or y may be dx. Operands: dx, dy, y.
#define CNN_SOFTMAX_GRADIENT_FIELDS(INTEGER, REAL)                                      \
  INTEGER(batch) INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(y_stride) INTEGER(channels) \
  INTEGER(pixels) INTEGER(logarithmic)
CNN_DECLARE_KERNEL(softmax_gradient, CNN_SOFTMAX_GRADIENT_FIELDS)

// The gradient of lrn; dy or x may be dx. Operands: dx, dy, x,
// scratch [min(batch, 16)][2 * channels * 256].
#define CNN_LRN_GRADIENT_FIELDS(INTEGER, REAL)                                          \
  INTEGER(batch) INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(x_stride) INTEGER(channels) \
  INTEGER(pixels) INTEGER(size) REAL(alpha) REAL(beta) REAL(k)
CNN_DECLARE_KERNEL(lrn_gradient, CNN_LRN_GRADIENT_FIELDS)

// dx = sum over units u of 2 dy[u] (x - centers[u]); x may be dx. Operands: dx, dy, x, centers.
#define CNN_RBF_GRADIENT_FIELDS(INTEGER, REAL)                                          \
  INTEGER(batch) INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(x_stride) INTEGER(depth) INTEGER(units)
CNN_DECLARE_KERNEL(rbf_gradient, CNN_RBF_GRADIENT_FIELDS)

// The gradient of a bilinear upsample2d; height x width is dx's. Operands: dx, dy.
#define CNN_UPSAMPLE2D_GRADIENT_FIELDS(INTEGER, REAL)                                   \
  INTEGER(batch) INTEGER(channels) INTEGER(height) INTEGER(width)                       \
  INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(factor_height) INTEGER(factor_width)
CNN_DECLARE_KERNEL(upsample2d_gradient, CNN_UPSAMPLE2D_GRADIENT_FIELDS)

// Of each channel over the whole batch: the mean, 1 / sqrt(biased variance + epsilon), the unbiased variance.
// Operands: mean, inverse deviation, unbiased variance, each [channels], x.
#define CNN_BATCH_NORM_STATISTICS_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(x_stride) REAL(epsilon)
CNN_DECLARE_KERNEL(batch_norm_statistics, CNN_BATCH_NORM_STATISTICS_FIELDS)

// y = (x - mean[c]) * inverse_deviation[c] * weight[c] + bias[c]; x may be y.
// Operands: y, x, weight, bias, mean, inverse deviation, each of the last four [channels].
#define CNN_BATCH_NORM_APPLY_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(y_stride) INTEGER(x_stride)
CNN_DECLARE_KERNEL(batch_norm_apply, CNN_BATCH_NORM_APPLY_FIELDS)

// dweight[c] = sum of dy * (x - mean[c]) * inverse_deviation[c], dbias[c] = sum of dy.
// Operands: dweight, dbias, dy, x, mean, inverse deviation.
#define CNN_BATCH_NORM_SUMS_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(dy_stride) INTEGER(x_stride)
CNN_DECLARE_KERNEL(batch_norm_sums, CNN_BATCH_NORM_SUMS_FIELDS)

// The a, b, m and s of batch_norm_gradient. Operands: coefficients [4][channels], weight, mean,
// inverse deviation, dweight, dbias.
#define CNN_BATCH_NORM_COEFFICIENTS_FIELDS(INTEGER, REAL) INTEGER(batch) INTEGER(channels) INTEGER(area)
CNN_DECLARE_KERNEL(batch_norm_coefficients, CNN_BATCH_NORM_COEFFICIENTS_FIELDS)

// dx = a[c] * dy + b[c] * (x - m[c]) + s[c]; dy or x may be dx. Operands: dx, dy, x, coefficients.
#define CNN_BATCH_NORM_GRADIENT_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(x_stride)
CNN_DECLARE_KERNEL(batch_norm_gradient, CNN_BATCH_NORM_GRADIENT_FIELDS)

// new = (1 - momentum) * running + momentum * batch, for both statistics; new may be running.
// Operands: new mean, new variance, running mean, running variance, batch mean, batch variance.
#define CNN_RUNNING_STATISTICS_FIELDS(INTEGER, REAL) INTEGER(channels) REAL(momentum)
CNN_DECLARE_KERNEL(running_statistics, CNN_RUNNING_STATISTICS_FIELDS)

// y = 0 where the 24 random bits of the element are below `threshold`, else scale * x; x may be y.
// Operands: y, x, state [12]: seed, step and the number of the first image, each as four floats of
// 16 bits, the lowest first.
#define CNN_DROPOUT_FIELDS(INTEGER, REAL)                                              \
  INTEGER(batch) INTEGER(count) INTEGER(y_stride) INTEGER(x_stride) INTEGER(stream)    \
  INTEGER(threshold) REAL(scale)
CNN_DECLARE_KERNEL(dropout, CNN_DROPOUT_FIELDS)

// Softmax of sign * x and cross-entropy at each pixel; loss is an image's mean over its pixels, dx the gradient of the
// mean over `images`. Operands: loss, dx, x, targets (the class's number a pixel); dx may be x.
#define CNN_CROSS_ENTROPY_FIELDS(INTEGER, REAL)                                        \
  INTEGER(batch) INTEGER(images) INTEGER(loss_stride) INTEGER(dx_stride) INTEGER(x_stride) \
  INTEGER(target_stride) INTEGER(channels) INTEGER(pixels) REAL(smoothing) REAL(sign)
CNN_DECLARE_KERNEL(cross_entropy, CNN_CROSS_ENTROPY_FIELDS)

// loss is an image's mean of (x - target)^2, dx the gradient of the mean over `images`; dx may be x.
// Operands: loss, dx, x, targets.
#define CNN_SQUARED_ERROR_FIELDS(INTEGER, REAL)                                        \
  INTEGER(batch) INTEGER(images) INTEGER(loss_stride) INTEGER(dx_stride) INTEGER(x_stride) \
  INTEGER(target_stride) INTEGER(count)
CNN_DECLARE_KERNEL(squared_error, CNN_SQUARED_ERROR_FIELDS)

// loss is an image's sum of target * x, dx the gradient of the mean over `images`; dx may be x.
// Operands: loss, dx, x, targets.
CNN_DECLARE_KERNEL(target_distance, CNN_SQUARED_ERROR_FIELDS)

// y = min(1, limit / (sqrt(sum of squares) + 1e-6)); y may be the sum. Operands: y [1], sum of squares [1].
#define CNN_CLIP_FACTOR_FIELDS(INTEGER, REAL) REAL(limit)
CNN_DECLARE_KERNEL(clip_factor, CNN_CLIP_FACTOR_FIELDS)

// The rate is the operand's times rate_factor. g = gradient + weight_decay * weight; without velocities: new weight = weight - rate * g. With them:
// new velocity = momentum * velocity + g, new weight = weight - rate * new velocity, or with `nesterov`
// weight - rate * (g + momentum * new velocity). What is new may be what it replaces.
// Operands: new weight, new velocity or NULL, weight, gradient, velocity or NULL, rate [1].
#define CNN_SGD_UPDATE_FIELDS(INTEGER, REAL) \
  INTEGER(count) INTEGER(nesterov) REAL(momentum) REAL(weight_decay) REAL(rate_factor)
CNN_DECLARE_KERNEL(sgd_update, CNN_SGD_UPDATE_FIELDS)

// With g = gradient + weight_decay * weight: mean += (1 - beta1) (g - mean),
// square = beta2 * square + (1 - beta2) g^2. What is new may be what it replaces.
// Operands: new mean, new square, mean, square, weight, gradient.
#define CNN_ADAM_MOMENTS_FIELDS(INTEGER, REAL) \
  INTEGER(count) REAL(beta1) REAL(beta2) REAL(weight_decay)
CNN_DECLARE_KERNEL(adam_moments, CNN_ADAM_MOMENTS_FIELDS)

// new weight = (1 - rate * weight_decay) * weight
//              - rate / (1 - beta1^step) * mean / (sqrt(square) / sqrt(1 - beta2^step) + epsilon);
// the rate is the operand's times rate_factor; what is new may be weight.
// Operands: new weight, weight, mean, square, rate and step [2].
#define CNN_ADAM_UPDATE_FIELDS(INTEGER, REAL) \
  INTEGER(count) REAL(beta1) REAL(beta2) REAL(epsilon) REAL(weight_decay) REAL(rate_factor)
CNN_DECLARE_KERNEL(adam_update, CNN_ADAM_UPDATE_FIELDS)

// The kernels from here on take blocks: element (n, c, y, x) of C x H x W values lies at
// n * stride + ((c / 16) * H * W + y * W + x) * 16 + c % 16. What stands in the lanes behind the last channel is
// no operand: it is neither read nor kept.

// pool2d, lrn and channel_affine of blocks; the latter's weights and biases are [channels].
CNN_SHARE_PARAMETERS(pool2d_blocks, pool2d)
CNN_SHARE_PARAMETERS(lrn_blocks, lrn)
CNN_SHARE_PARAMETERS(channel_affine_blocks, channel_affine)

// y = x in the other layout; blocks_from_planar writes 0 to the lanes behind the last channel. Operands: y, x.
#define CNN_CHANGE_LAYOUT_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(channels) INTEGER(area)
CNN_DECLARE_KERNEL(blocks_from_planar, CNN_CHANGE_LAYOUT_FIELDS)
CNN_DECLARE_KERNEL(planar_from_blocks, CNN_CHANGE_LAYOUT_FIELDS)

// Channel first_x_channel + c of x becomes channel first_channel + c of y, for c in 0..<channels; the others stay.
// Operands: y, x.
#define CNN_COPY_BLOCKS_FIELDS(INTEGER, REAL)                                               \
  INTEGER(batch) INTEGER(y_stride) INTEGER(x_stride) INTEGER(channels) INTEGER(area)        \
  INTEGER(first_channel) INTEGER(first_x_channel)
CNN_DECLARE_KERNEL(copy_blocks, CNN_COPY_BLOCKS_FIELDS)
// The sums over all images and pixels of a, and a second of them, both in double and in parts: the pixels of all
// images, one behind the other, are cut into `parts`, the sums of each being [parts][blocks][2][16]. `factor` says what
// the second is the sum of: 0 nothing, 1 a * b, 2 a * min(b, 0), 3 a * a, 4 a * b with a only where ReLU has let b pass,
// as the pass of batch_norm_pass_blocks tells; the first sum is then of the same a.
// Operands: sums, a, b or NULL, pass or NULL.
#define CNN_CHANNEL_SUMS_BLOCKS_FIELDS(INTEGER, REAL)                                    \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(a_stride) INTEGER(b_stride)     \
  INTEGER(parts) INTEGER(factor)
CNN_DECLARE_KERNEL(channel_sums_blocks, CNN_CHANNEL_SUMS_BLOCKS_FIELDS)

// The first sums (`second` 0) or the second ones (1) of channel_sums_blocks. Operands: y [channels], sums.
#define CNN_CHANNEL_REDUCTION_BLOCKS_FIELDS(INTEGER, REAL) INTEGER(channels) INTEGER(parts) INTEGER(second)
CNN_DECLARE_KERNEL(channel_reduction_blocks, CNN_CHANNEL_REDUCTION_BLOCKS_FIELDS)

// batch_norm_statistics from the sums of x and of its squares. Operands: mean, inverse deviation, unbiased variance, each
// [channels], sums.
#define CNN_BATCH_NORM_STATISTICS_BLOCKS_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(parts) REAL(epsilon)
CNN_DECLARE_KERNEL(batch_norm_statistics_blocks, CNN_BATCH_NORM_STATISTICS_BLOCKS_FIELDS)

// batch_norm_apply, and ReLU behind it where `function` says so.
#define CNN_BATCH_NORM_APPLY_BLOCKS_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(y_stride) INTEGER(x_stride) INTEGER(function)
CNN_DECLARE_KERNEL(batch_norm_apply_blocks, CNN_BATCH_NORM_APPLY_BLOCKS_FIELDS)

// What says which elements ReLU behind a batch norm has let pass. Operands: coefficients, of which the first three
// of five rows of [blocks][16] are written, weight, bias, mean, inverse deviation.
#define CNN_BATCH_NORM_PASS_BLOCKS_FIELDS(INTEGER, REAL) INTEGER(channels)
CNN_DECLARE_KERNEL(batch_norm_pass_blocks, CNN_BATCH_NORM_PASS_BLOCKS_FIELDS)

// dweight and dbias as batch_norm_sums gives them, and batch_norm_gradient's coefficients, from the sums of dy and of
// dy * x, which begin `sums_offset` floats behind the coefficients. Operands: dweight, dbias, coefficients, weight,
// mean, inverse deviation.
#define CNN_BATCH_NORM_COEFFICIENTS_BLOCKS_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(parts) INTEGER(sums_offset)
CNN_DECLARE_KERNEL(batch_norm_coefficients_blocks, CNN_BATCH_NORM_COEFFICIENTS_BLOCKS_FIELDS)

// batch_norm_gradient, dy being 0 where ReLU, if `function` says so, has not let the normalized x pass.
#define CNN_BATCH_NORM_GRADIENT_BLOCKS_FIELDS(INTEGER, REAL)                              \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(dx_stride) INTEGER(dy_stride)    \
  INTEGER(x_stride) INTEGER(function)
CNN_DECLARE_KERNEL(batch_norm_gradient_blocks, CNN_BATCH_NORM_GRADIENT_BLOCKS_FIELDS)

CNN_SHARE_PARAMETERS(pool2d_gradient_blocks, pool2d_gradient)
// conv2d_input_gradient of blocks. The weights are those of the convolution of dy that it is at stride 1, channels and
// filters exchanged and turned by half a circle, as pack_panels gives them in its order 0.
CNN_SHARE_PARAMETERS(conv2d_input_gradient_blocks, conv2d_input_gradient)

// dropout, an element's random bits being those that it has among planes.
#define CNN_DROPOUT_BLOCKS_FIELDS(INTEGER, REAL)                                         \
  INTEGER(batch) INTEGER(channels) INTEGER(area) INTEGER(y_stride) INTEGER(x_stride)     \
  INTEGER(stream) INTEGER(threshold) REAL(scale)
CNN_DECLARE_KERNEL(dropout_blocks, CNN_DROPOUT_BLOCKS_FIELDS)

// lrn_gradient; `margin` is at least the smaller of size and channels, and a multiple of 16. Operands: dx, dy, x,
// scratch [min(batch, 16)][3][channels, rounded up to whole blocks, + 2 * margin].
#define CNN_LRN_GRADIENT_BLOCKS_FIELDS(INTEGER, REAL)                                   \
  INTEGER(batch) INTEGER(dx_stride) INTEGER(dy_stride) INTEGER(x_stride) INTEGER(channels) \
  INTEGER(pixels) INTEGER(size) INTEGER(margin) REAL(alpha) REAL(beta) REAL(k)
CNN_DECLARE_KERNEL(lrn_gradient_blocks, CNN_LRN_GRADIENT_BLOCKS_FIELDS)

// A convolution of 3x3, stride 1, by Winograd's algorithm, with tiles of tile x tile outputs, tile 2 or 4. Tiles of all
// images are numbered image, row, column, tiles_down x tiles_across of them in each; a layer is computed in
// chunks of tiles, first_tile..<first_tile + tile_count: for each, winograd_input and winograd_output. x, y and r
// are in blocks of 16 channels.
//
// The transformed weights: (tile + 2)^2 floats for each pair of a filter and a channel, the numbers of both rounded up to
// multiples of 16. Operands: u, w [filters][channels][3][3].
#define CNN_PACK_WINOGRAD_FIELDS(INTEGER, REAL) INTEGER(filters) INTEGER(channels) INTEGER(tile)
CNN_DECLARE_KERNEL(pack_winograd, CNN_PACK_WINOGRAD_FIELDS)

// The transformed input: (tile + 2)^2 floats for each pair of a tile of the chunk and a channel, the number of channels
// rounded up to a multiple of 16. Operands: v, x.
#define CNN_WINOGRAD_INPUT_FIELDS(INTEGER, REAL)                                                 \
  INTEGER(batch) INTEGER(x_stride) INTEGER(height) INTEGER(width) INTEGER(channels)              \
  INTEGER(pad_top) INTEGER(pad_left) INTEGER(tile) INTEGER(tiles_down) INTEGER(tiles_across)     \
  INTEGER(first_tile) INTEGER(tile_count)
CNN_DECLARE_KERNEL(winograd_input, CNN_WINOGRAD_INPUT_FIELDS)

// y = function(conv + bias + r), of the chunk's tiles; with `pools` not 0, y is the maxima of disjoint squares of two
// by two of that, out_height / 2 x out_width / 2, the function does not decrease, and r is NULL. Operands: y, v, u,
// bias [filters] or NULL, r or NULL; r may be y.
#define CNN_WINOGRAD_OUTPUT_FIELDS(INTEGER, REAL)                                                \
  INTEGER(batch) INTEGER(y_stride) INTEGER(r_stride) INTEGER(out_height) INTEGER(out_width)      \
  INTEGER(channels) INTEGER(filters) INTEGER(tile) INTEGER(tiles_down) INTEGER(tiles_across)     \
  INTEGER(first_tile) INTEGER(tile_count) INTEGER(pools) INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(winograd_output, CNN_WINOGRAD_OUTPUT_FIELDS)

// dw as conv2d_weight_gradient's, but x and dy are in blocks of 16 channels; groups other than one have multiples of 16
// channels and filters each. A unit computes filter_blocks x channel_blocks blocks, 64 products of these at most. The
// rows of all images' outputs are divided into `parts`, each of which has a dw of its own. Operands: dw [parts], x, dy.
#define CNN_CONV2D_WEIGHT_GRADIENT_BLOCKS_FIELDS(INTEGER, REAL)                                  \
  INTEGER(batch) INTEGER(x_stride) INTEGER(dy_stride)                                            \
  INTEGER(height) INTEGER(width) INTEGER(out_height) INTEGER(out_width)                          \
  INTEGER(groups) INTEGER(channels) INTEGER(filters) INTEGER(kernel_height) INTEGER(kernel_width) \
  INTEGER(stride_height) INTEGER(stride_width) INTEGER(dilation_height) INTEGER(dilation_width)  \
  INTEGER(pad_top) INTEGER(pad_left) INTEGER(filter_blocks) INTEGER(channel_blocks) INTEGER(parts)
CNN_DECLARE_KERNEL(conv2d_weight_gradient_blocks, CNN_CONV2D_WEIGHT_GRADIENT_BLOCKS_FIELDS)

// The same where x is planar and of one group of 1...15 channels; a unit computes filter_blocks blocks, 4 at most, and
// channel_blocks is of no meaning.
CNN_SHARE_PARAMETERS(conv2d_weight_gradient_image, conv2d_weight_gradient_blocks)

// The same where each of the `channels` = `filters` has a kernel of its own; groups is 1, and the numbers of blocks are
// of no meaning.
CNN_SHARE_PARAMETERS(conv2d_weight_gradient_depthwise, conv2d_weight_gradient_blocks)

// The weight gradient of a convolution of 3x3, stride 1, by Winograd's algorithm, in chunks of tiles as winograd_input's:
// for each chunk the transformed x, the transformed dy (its fields are those of dy, without padding), and the sums of
// their products; after the last chunk dw of these. The sums take (tile + 2)^2 * (16 + filters * channels) floats,
// transformed x and dy (tile + 2)^2 * (16 + tile_count * channels or filters), the numbers of both rounded up to
// multiples of 16.
// Operands: v, x; m, dy; u, v, m, where `adds` is 0 for the first chunk; dw, u.
CNN_SHARE_PARAMETERS(winograd_gradient_x, winograd_input)
CNN_SHARE_PARAMETERS(winograd_gradient_dy, winograd_input)
#define CNN_WINOGRAD_GRADIENT_MULTIPLY_FIELDS(INTEGER, REAL) \
  INTEGER(channels) INTEGER(filters) INTEGER(tile) INTEGER(tile_count) INTEGER(adds)
CNN_DECLARE_KERNEL(winograd_gradient_multiply, CNN_WINOGRAD_GRADIENT_MULTIPLY_FIELDS)
#define CNN_WINOGRAD_GRADIENT_FINISH_FIELDS(INTEGER, REAL) INTEGER(channels) INTEGER(filters) INTEGER(tile)
CNN_DECLARE_KERNEL(winograd_gradient_finish, CNN_WINOGRAD_GRADIENT_FINISH_FIELDS)

// y[i] = the sum of x[part][i]. Operands: y [count], x [parts][count].
#define CNN_SUM_PARTS_FIELDS(INTEGER, REAL) INTEGER(count) INTEGER(parts)
CNN_DECLARE_KERNEL(sum_parts, CNN_SUM_PARTS_FIELDS)

/// Every kernel with its list of fields.
#define CNN_KERNELS(KERNEL)                             \
  KERNEL(activation, CNN_ACTIVATION_FIELDS)             \
  KERNEL(conv2d, CNN_CONV2D_FIELDS)                     \
  KERNEL(conv2d_rows, CNN_CONV2D_FIELDS)                \
  KERNEL(conv2d_blocks, CNN_CONV2D_BLOCKS_FIELDS)       \
  KERNEL(conv2d_planar, CNN_CONV2D_BLOCKS_FIELDS)       \
  KERNEL(conv2d_depthwise, CNN_CONV2D_BLOCKS_FIELDS)    \
  KERNEL(conv2d_pool_small, CNN_CONV2D_POOL_SMALL_FIELDS) \
  KERNEL(conv2d_pool_input_gradient, CNN_CONV2D_POOL_GRADIENT_FIELDS) \
  KERNEL(conv2d_pool_weight_gradient, CNN_CONV2D_POOL_GRADIENT_FIELDS) \
  KERNEL(pack_panels, CNN_PACK_PANELS_FIELDS)           \
  KERNEL(deconv2d, CNN_DECONV2D_FIELDS)                 \
  KERNEL(pool2d, CNN_POOL2D_FIELDS)                     \
  KERNEL(unpool2d, CNN_UNPOOL2D_FIELDS)                 \
  KERNEL(dense, CNN_DENSE_FIELDS)                       \
  KERNEL(rbf, CNN_RBF_FIELDS)                           \
  KERNEL(lrn, CNN_LRN_FIELDS)                           \
  KERNEL(softmax, CNN_SOFTMAX_FIELDS)                   \
  KERNEL(prelu, CNN_PRELU_FIELDS)                       \
  KERNEL(batch_norm, CNN_BATCH_NORM_FIELDS)             \
  KERNEL(channel_affine, CNN_CHANNEL_AFFINE_FIELDS)     \
  KERNEL(copy, CNN_COPY_FIELDS)                         \
  KERNEL(fill, CNN_FILL_FIELDS)                         \
  KERNEL(upsample2d, CNN_UPSAMPLE2D_FIELDS)             \
  KERNEL(add, CNN_ADD_FIELDS)                           \
  KERNEL(multiply, CNN_MULTIPLY_FIELDS)                 \
  KERNEL(fold_batch_norm, CNN_FOLD_BATCH_NORM_FIELDS)      \
  KERNEL(activation_gradient, CNN_ACTIVATION_GRADIENT_FIELDS) \
  KERNEL(conv2d_transpose_weights, CNN_CONV2D_TRANSPOSE_WEIGHTS_FIELDS) \
  KERNEL(transpose_filters, CNN_TRANSPOSE_FILTERS_FIELDS) \
  KERNEL(conv2d_input_gradient, CNN_CONV2D_INPUT_GRADIENT_FIELDS) \
  KERNEL(conv2d_weight_gradient, CNN_CONV2D_WEIGHT_GRADIENT_FIELDS) \
  KERNEL(dense_input_gradient, CNN_DENSE_INPUT_GRADIENT_FIELDS) \
  KERNEL(dense_weight_gradient, CNN_DENSE_WEIGHT_GRADIENT_FIELDS) \
  KERNEL(pool2d_gradient, CNN_POOL2D_GRADIENT_FIELDS) \
  KERNEL(unpool2d_gradient, CNN_UNPOOL2D_GRADIENT_FIELDS) \
  KERNEL(prelu_gradient, CNN_PRELU_GRADIENT_FIELDS) \
  KERNEL(channel_reduction, CNN_CHANNEL_REDUCTION_FIELDS) \
  KERNEL(softmax_gradient, CNN_SOFTMAX_GRADIENT_FIELDS) \
  KERNEL(lrn_gradient, CNN_LRN_GRADIENT_FIELDS) \
  KERNEL(rbf_gradient, CNN_RBF_GRADIENT_FIELDS) \
  KERNEL(upsample2d_gradient, CNN_UPSAMPLE2D_GRADIENT_FIELDS) \
  KERNEL(batch_norm_statistics, CNN_BATCH_NORM_STATISTICS_FIELDS) \
  KERNEL(batch_norm_apply, CNN_BATCH_NORM_APPLY_FIELDS) \
  KERNEL(batch_norm_sums, CNN_BATCH_NORM_SUMS_FIELDS) \
  KERNEL(batch_norm_coefficients, CNN_BATCH_NORM_COEFFICIENTS_FIELDS) \
  KERNEL(batch_norm_gradient, CNN_BATCH_NORM_GRADIENT_FIELDS) \
  KERNEL(running_statistics, CNN_RUNNING_STATISTICS_FIELDS) \
  KERNEL(dropout, CNN_DROPOUT_FIELDS) \
  KERNEL(cross_entropy, CNN_CROSS_ENTROPY_FIELDS) \
  KERNEL(squared_error, CNN_SQUARED_ERROR_FIELDS) \
  KERNEL(target_distance, CNN_SQUARED_ERROR_FIELDS) \
  KERNEL(clip_factor, CNN_CLIP_FACTOR_FIELDS) \
  KERNEL(sgd_update, CNN_SGD_UPDATE_FIELDS) \
  KERNEL(adam_moments, CNN_ADAM_MOMENTS_FIELDS) \
  KERNEL(adam_update, CNN_ADAM_UPDATE_FIELDS) \
  KERNEL(pool2d_blocks, CNN_POOL2D_FIELDS) \
  KERNEL(lrn_blocks, CNN_LRN_FIELDS) \
  KERNEL(channel_affine_blocks, CNN_CHANNEL_AFFINE_FIELDS) \
  KERNEL(blocks_from_planar, CNN_CHANGE_LAYOUT_FIELDS) \
  KERNEL(planar_from_blocks, CNN_CHANGE_LAYOUT_FIELDS) \
  KERNEL(copy_blocks, CNN_COPY_BLOCKS_FIELDS) \
  KERNEL(channel_sums_blocks, CNN_CHANNEL_SUMS_BLOCKS_FIELDS) \
  KERNEL(channel_reduction_blocks, CNN_CHANNEL_REDUCTION_BLOCKS_FIELDS) \
  KERNEL(batch_norm_statistics_blocks, CNN_BATCH_NORM_STATISTICS_BLOCKS_FIELDS) \
  KERNEL(batch_norm_apply_blocks, CNN_BATCH_NORM_APPLY_BLOCKS_FIELDS) \
  KERNEL(batch_norm_pass_blocks, CNN_BATCH_NORM_PASS_BLOCKS_FIELDS) \
  KERNEL(batch_norm_coefficients_blocks, CNN_BATCH_NORM_COEFFICIENTS_BLOCKS_FIELDS) \
  KERNEL(batch_norm_gradient_blocks, CNN_BATCH_NORM_GRADIENT_BLOCKS_FIELDS) \
  KERNEL(pool2d_gradient_blocks, CNN_POOL2D_GRADIENT_FIELDS) \
  KERNEL(conv2d_input_gradient_blocks, CNN_CONV2D_INPUT_GRADIENT_FIELDS) \
  KERNEL(dropout_blocks, CNN_DROPOUT_BLOCKS_FIELDS) \
  KERNEL(lrn_gradient_blocks, CNN_LRN_GRADIENT_BLOCKS_FIELDS) \
  KERNEL(pack_winograd, CNN_PACK_WINOGRAD_FIELDS) \
  KERNEL(winograd_input, CNN_WINOGRAD_INPUT_FIELDS) \
  KERNEL(winograd_output, CNN_WINOGRAD_OUTPUT_FIELDS) \
  KERNEL(conv2d_weight_gradient_blocks, CNN_CONV2D_WEIGHT_GRADIENT_BLOCKS_FIELDS) \
  KERNEL(conv2d_weight_gradient_image, CNN_CONV2D_WEIGHT_GRADIENT_BLOCKS_FIELDS) \
  KERNEL(conv2d_weight_gradient_depthwise, CNN_CONV2D_WEIGHT_GRADIENT_BLOCKS_FIELDS) \
  KERNEL(winograd_gradient_x, CNN_WINOGRAD_INPUT_FIELDS) \
  KERNEL(winograd_gradient_dy, CNN_WINOGRAD_INPUT_FIELDS) \
  KERNEL(winograd_gradient_multiply, CNN_WINOGRAD_GRADIENT_MULTIPLY_FIELDS) \
  KERNEL(winograd_gradient_finish, CNN_WINOGRAD_GRADIENT_FINISH_FIELDS) \
  KERNEL(sum_parts, CNN_SUM_PARTS_FIELDS)

#ifdef __cplusplus
}
#endif

#endif
