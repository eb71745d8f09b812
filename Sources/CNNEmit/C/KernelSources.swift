// Made from `Sources/CNNKernels` by `CNNC_UPDATE=1 swift test --filter KernelSourcesTests`. Do not edit.
// swift-format-ignore-file

enum KernelSources {
  static let texts: [(path: String, text: StaticString)] = [
    ("include/cnn_kernels.h", ##"""
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

"""##),
    ("kernels/activation.h", ##"""
#include "functions.h"
#include "units.h"

CNN_SPLIT(activation, p->batch * cnn_blocks(p->count),
          p->batch * p->count / 4 * cnn_function_cost(p->function))

CNN_KERNEL(activation) {
  const cnn_activation_parameters *p = parameters;
  float *y = operands[0];
  const float *x = operands[1];
  for (int64_t unit = first; unit < end; unit++) {
    const cnn_block b = cnn_block_at(unit, p->count);
    cnn_apply(p->function, (float)p->alpha, x + b.image * p->x_stride + b.begin,
              y + b.image * p->y_stride + b.begin, b.end - b.begin);
  }
}

"""##),
    ("kernels/blocks.h", ##"""
// Products over activations in blocks of 16 channels, whose sums stay in registers: CNN_PIXELS pixels times
// CNN_PANELS panels of 16 filters each. Pixels may lie anywhere: each has a pointer to its 16 channels.
// Functions with a constant `pixels` and `panels` are inlined for each pair of them, so that the arrays of sums
// are registers; CNN_FOR_PIXELS chooses.

#ifndef CNN_BLOCKS_H
#define CNN_BLOCKS_H

#include "functions.h"
#include "panels.h"
#include "tile.h"

enum {
  /// Vectors of a panel's row, and of all rows that are used at once.
  CNN_PANEL_VECTORS = CNN_PANEL / CNN_LANES,
  CNN_SUM_VECTORS = CNN_PANELS * CNN_PANEL_VECTORS
};

/// What pixels outside of the image read.
static const float cnn_no_pixel[CNN_PANEL] __attribute__((aligned(64))) = {0};

/// Sums of pixels times panels: v[pixel][panel * CNN_PANEL_VECTORS + vector].
typedef struct {
  cnn_vector v[CNN_PIXELS][CNN_SUM_VECTORS];
} cnn_sums;

CNN_INLINE void cnn_sums_clear(const int pixels, const int panels, cnn_sums *sums) {
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < panels * CNN_PANEL_VECTORS; v++) sums->v[p][v] = (cnn_vector)(0);
}

#ifndef CNN_IN_ORDER
/// Nothing, where registers suffice.
#define CNN_IN_ORDER(sum)
#endif

/// One term: adds factor(p) * w to each pixel's sums. `w` is 16 filters' weights, those of the next panel lie
/// `next_panel` floats behind.
#define CNN_ADD_TERM(pixels, panels, factor, w, next_panel, sums)                                        \
  do {                                                                                                   \
    cnn_vector weights[CNN_SUM_VECTORS];                                                                 \
    CNN_UNROLL for (int v = 0; v < (panels)*CNN_PANEL_VECTORS; v++)                                      \
      weights[v] = cnn_load((w) + v / CNN_PANEL_VECTORS * (next_panel) + v % CNN_PANEL_VECTORS * CNN_LANES); \
    CNN_UNROLL for (int p = 0; p < (pixels); p++) {                                                      \
      const cnn_vector value = (cnn_vector)(factor);                                                     \
      CNN_UNROLL for (int v = 0; v < (panels)*CNN_PANEL_VECTORS; v++) {                                  \
        (sums)->v[p][v] += value * weights[v];                                                           \
        CNN_IN_ORDER((sums)->v[p][v]);                                                                   \
      }                                                                                                  \
    }                                                                                                    \
  } while (0)

/// The same for 16 channels, of which x[p] points to pixel p's. w is [16 channels][16 filters].
CNN_INLINE void cnn_sums_add_block(const int pixels, const int panels, const float *const x[CNN_PIXELS],
                                   const float *w, int64_t next_panel, cnn_sums *sums) {
#if CNN_LANES == 4
  // Four channels at a time: neither SSE2 nor NEON loads a scalar into all lanes as cheaply as it copies a lane.
  CNN_UNROLL for (int k = 0; k < CNN_PANEL; k += 4) {
    cnn_four values[CNN_PIXELS];
    CNN_UNROLL for (int p = 0; p < pixels; p++) values[p] = cnn_load_four(x[p] + k);
    CNN_UNROLL for (int lane = 0; lane < 4; lane++)
      CNN_ADD_TERM(pixels, panels, values[p][lane], w + (k + lane) * CNN_PANEL, next_panel, sums);
  }
#else
  CNN_UNROLL for (int k = 0; k < CNN_PANEL; k++)
    CNN_ADD_TERM(pixels, panels, x[p][k], w + k * CNN_PANEL, next_panel, sums);
#endif
}

/// The same for the first channels of a block only: the last block of a number that is no multiple of 16.
CNN_INLINE void cnn_sums_add_channels(const int pixels, const int panels, const float *const x[CNN_PIXELS],
                                      int64_t channels, const float *w, int64_t next_panel, cnn_sums *sums) {
  _Pragma("clang loop unroll(disable)") for (int64_t k = 0; k < channels; k++)
    CNN_ADD_TERM(pixels, panels, x[p][k], w + k * CNN_PANEL, next_panel, sums);
}

/// Sums set down between two parts of a product: [pixel][panel][16].
CNN_INLINE void cnn_sums_save(const int pixels, const int panels, const cnn_sums *sums, float *to) {
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < panels * CNN_PANEL_VECTORS; v++)
      cnn_store(to + (p * panels * CNN_PANEL_VECTORS + v) * CNN_LANES, sums->v[p][v]);
}

CNN_INLINE void cnn_sums_restore(const int pixels, const int panels, const float *from, cnn_sums *sums) {
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < panels * CNN_PANEL_VECTORS; v++)
      sums->v[p][v] = cnn_load(from + (p * panels * CNN_PANEL_VECTORS + v) * CNN_LANES);
}

/// What a tile's sums begin with: nothing, or what an earlier part of its terms has left in `saved`.
CNN_INLINE void cnn_sums_begin(const int pixels, const int panels, int is_first, const float *saved, cnn_sums *sums) {
  if (is_first)
    cnn_sums_clear(pixels, panels, sums);
  else
    cnn_sums_restore(pixels, panels, saved, sums);
}

/// What becomes of sums on their way to y: function(sum + bias + r).
typedef struct {
  const float *bias;  // of as many panels as are stored, each 16 floats, as cnn_copy_bias makes them
  int64_t function;
  float alpha;
} cnn_finish;

/// Whether cnn_finish_vector is all that there is to do; else cnn_apply follows on what has been stored.
static inline int cnn_is_finished_in_registers(int64_t function) {
  return function == CNN_IDENTITY || function == CNN_RELU;
}

/// sum + bias + r, with the function where it is finished in registers; r may be NULL.
CNN_INLINE cnn_vector cnn_finish_vector(const cnn_finish *f, cnn_vector sum, const float *bias, const float *r) {
  sum += cnn_load(bias);
  if (r != NULL) sum += cnn_load(r);
  if (f->function == CNN_RELU) sum = sum < (cnn_vector)(0) ? (cnn_vector)(0) : sum;
  return sum;
}

/// The same for all sums of a tile, one step after the other, so that there are few branches. Each panel's pixels
/// lie behind one another in r, `next_r` floats behind those of the panel before.
CNN_INLINE void cnn_sums_finish(const int pixels, const int panels, const cnn_finish *f, const float *r,
                                int64_t next_r, cnn_sums *sums) {
  const int vectors = panels * CNN_PANEL_VECTORS;
  CNN_UNROLL for (int v = 0; v < vectors; v++) {
    const cnn_vector bias = cnn_load(f->bias + v * CNN_LANES);
    CNN_UNROLL for (int p = 0; p < pixels; p++) sums->v[p][v] += bias;
  }
  if (r != NULL)
    CNN_UNROLL for (int p = 0; p < pixels; p++)
      CNN_UNROLL for (int v = 0; v < vectors; v++) {
        const int64_t at = p * CNN_PANEL + v % CNN_PANEL_VECTORS * CNN_LANES;
        sums->v[p][v] += cnn_load(r + v / CNN_PANEL_VECTORS * next_r + at);
      }
  if (f->function == CNN_RELU)
    CNN_UNROLL for (int p = 0; p < pixels; p++)
      CNN_UNROLL for (int v = 0; v < vectors; v++)
        sums->v[p][v] = sums->v[p][v] < (cnn_vector)(0) ? (cnn_vector)(0) : sums->v[p][v];
}

/// Finishes and stores sums of pixels that follow each other in y, a panel's pixels `next_y` floats behind those
/// of the panel before; r may be NULL or y.
CNN_INLINE void cnn_sums_store(const int pixels, const int panels, cnn_sums *sums, const cnn_finish *f,
                               const float *r, int64_t next_r, float *y, int64_t next_y) {
  cnn_sums_finish(pixels, panels, f, r, next_r, sums);
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < panels * CNN_PANEL_VECTORS; v++)
      cnn_store(y + v / CNN_PANEL_VECTORS * next_y + p * CNN_PANEL + v % CNN_PANEL_VECTORS * CNN_LANES, sums->v[p][v]);
  if (cnn_is_finished_in_registers(f->function)) return;
  for (int panel = 0; panel < panels; panel++)
    cnn_apply(f->function, f->alpha, y + panel * next_y, y + panel * next_y, pixels * CNN_PANEL);
}

/// Stores sums as they are at places of a plane of y, the next panel's plane `next_y` floats behind.
CNN_INLINE void cnn_sums_scatter(const int pixels, const int panels, const cnn_sums *sums, const int32_t *places,
                                 float *y, int64_t next_y) {
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < panels * CNN_PANEL_VECTORS; v++)
      cnn_store(y + v / CNN_PANEL_VECTORS * next_y + (int64_t)places[p] * CNN_PANEL + v % CNN_PANEL_VECTORS * CNN_LANES,
                sums->v[p][v]);
}

/// Calls f(pixels, panels, ...) with the two as constants; `pixels` is 1...CNN_PIXELS, `panels` 1...CNN_PANELS.
/// f has to be CNN_INLINE.
#if CNN_PANELS == 2
#define CNN_PIXELS_CASE(n, panels, f, ...) \
  case n:                                  \
    if ((panels) == 1)                     \
      f(n, 1, __VA_ARGS__);                \
    else                                   \
      f(n, 2, __VA_ARGS__);                \
    break;
#else
#define CNN_PIXELS_CASE(n, panels, f, ...) \
  case n:                                  \
    (void)(panels);                        \
    f(n, 1, __VA_ARGS__);                  \
    break;
#endif
#if CNN_PIXELS > 2
#define CNN_PIXELS_TO_FIVE(...) CNN_PIXELS_CASE(3, __VA_ARGS__) CNN_PIXELS_CASE(4, __VA_ARGS__) \
  CNN_PIXELS_CASE(5, __VA_ARGS__)
#else
#define CNN_PIXELS_TO_FIVE(...)
#endif
#if CNN_PIXELS > 5
#define CNN_PIXELS_TO_SIX(...) CNN_PIXELS_CASE(6, __VA_ARGS__)
#else
#define CNN_PIXELS_TO_SIX(...)
#endif
#if CNN_PIXELS > 6
#define CNN_PIXELS_TO_FOURTEEN(...)                                                                     \
  CNN_PIXELS_CASE(7, __VA_ARGS__) CNN_PIXELS_CASE(8, __VA_ARGS__) CNN_PIXELS_CASE(9, __VA_ARGS__)       \
  CNN_PIXELS_CASE(10, __VA_ARGS__) CNN_PIXELS_CASE(11, __VA_ARGS__) CNN_PIXELS_CASE(12, __VA_ARGS__)    \
  CNN_PIXELS_CASE(13, __VA_ARGS__) CNN_PIXELS_CASE(14, __VA_ARGS__)
#else
#define CNN_PIXELS_TO_FOURTEEN(...)
#endif
#define CNN_FOR_PIXELS(pixels, panels, f, ...)               \
  switch (pixels) {                                          \
    CNN_PIXELS_CASE(1, panels, f, __VA_ARGS__)               \
    CNN_PIXELS_CASE(2, panels, f, __VA_ARGS__)               \
    CNN_PIXELS_TO_FIVE(panels, f, __VA_ARGS__)               \
    CNN_PIXELS_TO_SIX(panels, f, __VA_ARGS__)                \
    CNN_PIXELS_TO_FOURTEEN(panels, f, __VA_ARGS__)           \
  }

#endif

"""##),
    ("kernels/change_layout.h", ##"""
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

"""##),
    ("kernels/channel_affine.h", ##"""
#include "functions.h"
#include "units.h"

/// y = function(scale * x + shift + residual) for one channel; x or residual may be y.
static void affine_channel(
    float scale, float shift, const float *x, const float *residual, float *y, int64_t count,
    int64_t function, float alpha) {
  for (int64_t start = 0; start < count; start += CNN_RUN) {
    const int64_t end = count - start < CNN_RUN ? count : start + CNN_RUN;
    if (residual == NULL) {
      CNN_ELEMENTWISE for (int64_t i = start; i < end; i++) y[i] = scale * x[i] + shift;
    } else {
      CNN_ELEMENTWISE for (int64_t i = start; i < end; i++) y[i] = scale * x[i] + shift + residual[i];
    }
    cnn_apply(function, alpha, y + start, y + start, end - start);
  }
}

CNN_SPLIT(channel_affine, p->batch * p->channels, p->batch * p->channels * p->area / 3)

CNN_KERNEL(channel_affine) {
  const cnn_channel_affine_parameters *p = parameters;
  const float *weight = operands[2], *bias = operands[3], *residual = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * p->area;
    const float *r = residual == NULL ? NULL : residual + n * p->r_stride + c * p->area;
    const float shift = bias == NULL ? 0 : bias[c];
    affine_channel(weight[c], shift, x, r, y, p->area, p->function, (float)p->alpha);
  }
}

CNN_SPLIT(batch_norm, p->batch * p->channels, p->batch * p->channels * p->area / 3)

CNN_KERNEL(batch_norm) {
  const cnn_batch_norm_parameters *p = parameters;
  const float *weight = operands[2], *bias = operands[3], *mean = operands[4], *variance = operands[5];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * p->area;
    // In double, for a variance far below epsilon's rounding or a mean far above the deviations.
    const double scale = weight[c] / sqrt(variance[c] + p->epsilon);
    const double shift = bias[c] - mean[c] * scale;
    affine_channel((float)scale, (float)shift, x, NULL, y, p->area, p->function, (float)p->alpha);
  }
}

"""##),
    ("kernels/channel_affine_blocks.h", ##"""
// A factor and a term a channel, of blocks.

#include "first_channels.h"
#include "functions.h"
#include "units.h"

enum { AFFINE_PIXELS = 256 };  // that a unit of work has, of one block

/// Pixels of a block: y = scale * x + shift + residual; x or residual may be y.
static void affine_blocks_run(cnn_sixteen scale, cnn_sixteen shift, const float *x, const float *residual,
                              int64_t count, float *y) {
  for (int64_t i = 0; i < count; i += CNN_PANEL) {
    cnn_sixteen v = cnn_load_sixteen(x + i);
    CNN_EACH_PART(part) v.part[part] = scale.part[part] * v.part[part] + shift.part[part];
    if (residual != NULL) {
      const cnn_sixteen r = cnn_load_sixteen(residual + i);
      CNN_EACH_PART(part) v.part[part] += r.part[part];
    }
    cnn_store_sixteen(y + i, v);
  }
}

CNN_SPLIT(channel_affine_blocks,
          p->batch * cnn_channel_blocks(p->channels) * ((p->area + AFFINE_PIXELS - 1) / AFFINE_PIXELS),
          p->batch * cnn_channel_blocks(p->channels) * p->area * 4)

CNN_KERNEL(channel_affine_blocks) {
  const cnn_channel_affine_blocks_parameters *p = parameters;
  const float *weight = operands[2], *bias = operands[3], *residual = operands[4];
  const int64_t runs = (p->area + AFFINE_PIXELS - 1) / AFFINE_PIXELS, blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / runs / blocks, c = unit / runs % blocks * CNN_PANEL;
    const int64_t pixel = unit % runs * AFFINE_PIXELS, place = c * p->area + pixel * CNN_PANEL;
    const int64_t count = cnn_min(AFFINE_PIXELS, p->area - pixel) * CNN_PANEL;
    const float *x = (const float *)operands[1] + n * p->x_stride + place;
    const float *r = residual ? residual + n * p->r_stride + place : NULL;
    float *y = (float *)operands[0] + n * p->y_stride + place;
    const cnn_sixteen scale = cnn_load_first(weight + c, p->channels - c);
    const cnn_sixteen shift = cnn_load_first(bias ? bias + c : NULL, p->channels - c);
    // Elements are finished while they lie in the first-level cache.
    for (int64_t i = 0; i < count; i += CNN_RUN) {
      const int64_t run = cnn_min(CNN_RUN, count - i);
      affine_blocks_run(scale, shift, x + i, r ? r + i : NULL, run, y + i);
      cnn_apply(p->function, (float)p->alpha, y + i, y + i, run);
    }
  }
}

"""##),
    ("kernels/conv2d.h", ##"""
// A convolution as a product of matrices: weights, and what each tap reads of the image.

#include "convolution.h"

/// The call's convolution; the pointers are NULL without operands.
static cnn_convolution conv2d_of(const cnn_conv2d_parameters *p, void *const *operands) {
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  const int64_t area = p->kernel_height * p->kernel_width;
  cnn_convolution c = {
      .batch = p->batch, .x_stride = p->x_stride, .y_stride = p->y_stride, .r_stride = p->r_stride,
      .groups = p->groups, .channels = p->channels, .filters = p->filters,
      .w_stride = p->weight_channels * area, .window = CNN_WINDOW(p), .out_height = p->out_height,
      .out_width = p->out_width, .y_plane = out, .y_row = p->out_width, .y_column = 1,
      .function = p->function, .alpha = (float)p->alpha};
  if (operands == NULL) return c;
  const float *bias = operands[3], *r = operands[4];
  // A range of channels, other than all of a group's, exists without groups only.
  c.x = (const float *)operands[1] + p->first_channel * in;
  c.w = (const float *)operands[2] + (p->first_filter * p->weight_channels + p->first_channel) * area;
  c.bias = bias ? bias + p->first_filter : NULL;
  c.r = r ? r + p->first_filter * out : NULL;
  c.y = (float *)operands[0] + p->first_filter * out;
  return c;
}

static cnn_split cnn_conv2d_split(const void *parameters) {
  const cnn_convolution c = conv2d_of(parameters, NULL);
  const cnn_tiling t = convolution_tiling(&c);
  return (cnn_split){convolution_units(&c, &t), convolution_work(&c)};
}

CNN_KERNEL(conv2d) {
  const cnn_convolution c = conv2d_of(parameters, operands);
  const cnn_tiling t = convolution_tiling(&c);
  cnn_convolve(&c, &t, first, end);
}

"""##),
    ("kernels/conv2d_blocks.h", ##"""
// A convolution of activations in blocks of 16 channels. A unit is a run of pixels of an image, or some whole
// small images, times a range of panels of filters. What each tile of pixels reads at each tap is found once
// for a unit; then panel by panel, and chunk by chunk of channels, the weights stay in the cache while all tiles
// use them.

#ifndef CNN_CONV2D_BLOCKS_H
#define CNN_CONV2D_BLOCKS_H

#include "pixel_tiles.h"
#include "places.h"
#include "units.h"

enum {
  /// Pixels of a unit: their sums of one panel stay in the first-level cache.
  BLOCKS_PIXELS = 384,
  /// Floats of x that a unit reads, roughly: they stay in the second-level cache.
  BLOCKS_FLOATS = 65536,
  /// Tiles times taps that a unit knows the places of, 36 bytes each (AVX2).
  BLOCKS_PLACES = 2304,
  /// Rows of 16 weights that stay in the first-level cache.
  BLOCKS_ROWS = 256,
  /// Units that a layer is divided into at least, where it has as many.
  BLOCKS_UNITS = 8
};

/// How a call is divided: into parts of the pixels, each one of `runs` runs of an image or some whole images, times
/// ranges of panels.
typedef struct {
  int64_t runs, parts, ranges;
} blocks_division;

static blocks_division blocks_division_of(const cnn_conv2d_blocks_parameters *p) {
  const int64_t area = p->out_height * p->out_width, channels = CNN_PANEL * cnn_channel_blocks(p->channels);
  const int64_t reach = cnn_min(p->kernel_height, p->stride_height) * cnn_min(p->kernel_width, p->stride_width);
  const int64_t most = cnn_max(48, cnn_min(BLOCKS_PIXELS, BLOCKS_FLOATS / (channels * reach)));
  blocks_division d = {1, 1, 1};
  if (area > most) {
    // An even number, so that two threads get as much each.
    d.runs = (area + 2 * most - 1) / (2 * most) * 2;
    d.parts = p->batch * d.runs;
  } else {
    const int64_t images = cnn_max(1, most / cnn_max(1, area)), parts = (p->batch + images - 1) / images;
    d.parts = parts > 1 ? cnn_min(p->batch, parts + parts % 2) : parts;
  }
  const int64_t panels = cnn_channel_blocks(p->filters), units = cnn_max(1, d.parts * p->groups);
  d.ranges = cnn_min((panels + CNN_PANELS - 1) / CNN_PANELS, (BLOCKS_UNITS + units - 1) / units);
  return d;
}

static int64_t blocks_work(const cnn_conv2d_blocks_parameters *p) {
  return p->batch * p->groups * p->filters * (p->channels + 1) * p->out_height * p->out_width * p->kernel_height *
         p->kernel_width / (5 * CNN_LANES);
}

static cnn_split cnn_conv2d_blocks_split(const void *parameters) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const blocks_division d = blocks_division_of(p);
  return (cnn_split){d.parts * p->groups * d.ranges, blocks_work(p)};
}

/// What all tiles of a unit share while one chunk of weights is in use.
typedef struct {
  const float *w;       // the chunk's first channel block and tap 0, of the first panel
  int64_t w_block;      // floats from a channel block to the next,
  int64_t next_panel;   // from a panel to the next
  int64_t x_block;      // floats from a channel block of x to the next
  int64_t blocks;       // whole channel blocks,
  int64_t channels;     // and channels of another one behind them
  int is_first, is_last;
  int is_new;           // whether no panel before has read these channels
  cnn_finish finish;
  int64_t y_block;      // floats from a channel block of y, and r, to the next
} blocks_chunk;

/// The places of a tile at the taps that touch the image.
typedef struct {
  const cnn_places *places;
  int64_t count;
  int is_plain;  // one tap, which all pixels find inside of the image: their channel blocks lie x_block floats apart
} blocks_taps;

/// Adds a chunk's whole channel blocks, where taps are plain. There is nothing in the loop beside the products: in the
/// processor's front they are all that it has room for where another thread shares it.
CNN_INLINE void blocks_add_plain(const int pixels, const int panels, const blocks_chunk *c, const cnn_places *places,
                                 const float *x, cnn_sums *sums) {
  const int64_t step = c->x_block;
  const float *from[CNN_PIXELS], *w = c->w + places->tap * (CNN_PANEL * CNN_PANEL);
  CNN_UNROLL for (int p = 0; p < pixels; p++) from[p] = cnn_place_of(places, p, x);
  // Blocks lie a plane apart, too far for the processor to see where the next tile will read. Not into the first-level
  // cache: planes of a whole number of pages would push each other out of it.
  if (c->is_new)
    for (int64_t block = 0; block < c->blocks; block++)
      CNN_UNROLL for (int p = 0; p < pixels; p++)
        __builtin_prefetch(from[p] + block * step + CNN_PIXELS * CNN_PANEL, 0, 2);
  for (int64_t block = 0; block < c->blocks; block++) {
    cnn_sums_add_block(pixels, panels, from, w, c->next_panel, sums);
    CNN_UNROLL for (int p = 0; p < pixels; p++) {
      from[p] += step;
      CNN_INDEPENDENT(from[p]);
    }
    w += c->w_block;
  }
}

/// The same for any taps.
CNN_INLINE void blocks_add_taps(const int pixels, const int panels, const blocks_chunk *c, const blocks_taps *taps,
                                const float *x, cnn_sums *sums) {
  const cnn_places *const end = taps->places + taps->count;
  const float *w = c->w, *from[CNN_PIXELS];
  for (int64_t block = 0; block < c->blocks; block++) {
    for (const cnn_places *t = taps->places; t < end; t++) {
      CNN_UNROLL for (int p = 0; p < pixels; p++) from[p] = cnn_place_of(t, p, x);
      cnn_sums_add_block(pixels, panels, from, w + t->tap * (CNN_PANEL * CNN_PANEL), c->next_panel, sums);
    }
    // As above, at the last tap.
    if (c->is_new && end > taps->places)
      CNN_UNROLL for (int p = 0; p < pixels; p++) __builtin_prefetch(from[p] + CNN_PIXELS * CNN_PANEL);
    x += c->x_block;
    w += c->w_block;
  }
}

/// One tile's part of a chunk; x is the chunk's first channel block, y and r the tile's first pixel. With `places`, its
/// pixels lie there in y's plane instead.
CNN_INLINE void blocks_tile(const int pixels, const int panels, const blocks_chunk *c, const blocks_taps *taps,
                            const float *x, float *saved, const float *r, const int32_t *places, float *y) {
  cnn_sums sums;
  cnn_sums_begin(pixels, panels, c->is_first, saved, &sums);
  if (c->is_last && r != NULL)
    CNN_UNROLL for (int p = 0; p < pixels; p++) __builtin_prefetch(r + p * CNN_PANEL);
  if (c->is_last && places != NULL)
    CNN_UNROLL for (int p = 0; p < pixels; p++) __builtin_prefetch(y + (int64_t)places[p] * CNN_PANEL, 1);
  if (taps->is_plain)
    blocks_add_plain(pixels, panels, c, taps->places, x, &sums);
  else
    blocks_add_taps(pixels, panels, c, taps, x, &sums);
  if (c->channels > 0) {
    const float *w = c->w + c->blocks * c->w_block, *from[CNN_PIXELS];
    for (const cnn_places *t = taps->places; t < taps->places + taps->count; t++) {
      CNN_UNROLL for (int p = 0; p < pixels; p++) from[p] = cnn_place_of(t, p, x + c->blocks * c->x_block);
      cnn_sums_add_channels(pixels, panels, from, c->channels, w + t->tap * (CNN_PANEL * CNN_PANEL), c->next_panel,
                            &sums);
    }
  }
  if (!c->is_last)
    cnn_sums_save(pixels, panels, &sums, saved);
  else if (places != NULL)
    cnn_sums_scatter(pixels, panels, &sums, places, y, c->y_block);
  else
    cnn_sums_store(pixels, panels, &sums, &c->finish, r, c->y_block, y, c->y_block);
}

static __attribute__((noinline)) void blocks_any_tile(int64_t pixels, int64_t panels, const blocks_chunk *c,
                                                      const blocks_taps *taps, const float *x, float *saved,
                                                      const float *r, const int32_t *places, float *y) {
  CNN_FOR_PIXELS(pixels, panels, blocks_tile, c, taps, x, saved, r, places, y)
}

/// Which of the weights' taps a window's are: tap (fy, fx) is number first + fy * down + fx * across.
typedef struct {
  int32_t columns, first, down, across;
} blocks_choice;

static void blocks_choose(const blocks_choice *choice, cnn_places *places, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const int32_t tap = places[i].tap;
    places[i].tap = choice->first + tap / choice->columns * choice->down + tap % choice->columns * choice->across;
  }
}

/// One unit, and the pointers of its group.
typedef struct {
  const cnn_conv2d_blocks_parameters *p;
  const float *x, *w, *bias, *r;
  float *y;
  int64_t images;           // from that of the pointers on,
  int64_t pixel, pixels;    // in each of them from a pixel on
  int64_t panel, panels;    // of the group
  int64_t tiles;            // of an image
  int64_t y_plane;          // floats of a block of y
  int64_t weight_taps;      // that the weights have
  const blocks_choice *choice;  // of them; NULL for all
  const int32_t *y_places;  // of the pixels in y's plane; NULL where it has no others
  cnn_places places[BLOCKS_PLACES];
  blocks_taps taps[BLOCKS_PIXELS];  // of each tile
  float sums[BLOCKS_PIXELS * CNN_PANELS * CNN_PANEL];
} blocks_unit;

/// Finds the places of all tiles at taps first..<end.
static void blocks_find_places(blocks_unit *u, int64_t first, int64_t end) {
  const cnn_window window = CNN_WINDOW(u->p);
  cnn_places *places = u->places;
  for (int64_t tile = 0; tile < u->tiles; tile++) {
    const int64_t begin = cnn_pixel_tile_at(u->pixels, u->tiles, tile);
    const int64_t count = cnn_pixel_tile_at(u->pixels, u->tiles, tile + 1) - begin;
    u->taps[tile].places = places;
    u->taps[tile].count = cnn_find_places(&window, u->p->out_width, u->pixel + begin, count, first, end, places);
    u->taps[tile].is_plain = u->taps[tile].count == 1 && cnn_is_inside(places);
    if (u->choice != NULL) blocks_choose(u->choice, places, u->taps[tile].count);
    places += u->taps[tile].count;
  }
}

/// Begins to load the weights that come after a chunk's, a part of them with each tile.
CNN_INLINE void blocks_prefetch(const blocks_chunk *c, int64_t panels, int64_t floats, int64_t part,
                                int64_t parts) {
  const int64_t lines = floats / CNN_PANEL;
  for (int64_t panel = 0; panel < panels; panel++)
    for (int64_t i = lines * part / parts; i < lines * (part + 1) / parts; i++)
      __builtin_prefetch(c->w + panel * c->next_panel + floats + i * CNN_PANEL, 0, 2);
}

/// All tiles with one chunk of weights; x is the chunk's first channel block, y and r the panel's.
static void blocks_run_chunk(blocks_unit *u, const blocks_chunk *c, int64_t panels, const float *x,
                             const float *r, float *y) {
  const int64_t floats = (c->blocks + (c->channels > 0)) * c->w_block, parts = u->images * u->tiles;
  for (int64_t i = 0; i < u->images; i++) {
    for (int64_t tile = 0; tile < u->tiles; tile++) {
      const int64_t begin = cnn_pixel_tile_at(u->pixels, u->tiles, tile);
      const int64_t count = cnn_pixel_tile_at(u->pixels, u->tiles, tile + 1) - begin;
      const int64_t at = u->y_places ? 0 : (u->pixel + begin) * CNN_PANEL;
      if (u->choice == NULL) blocks_prefetch(c, panels, floats, i * u->tiles + tile, parts);
      blocks_any_tile(count, panels, c, &u->taps[tile], x + i * u->p->x_stride,
                      u->sums + (i * u->pixels + begin) * panels * CNN_PANEL,
                      r ? r + i * u->p->r_stride + at : NULL, u->y_places ? u->y_places + begin : NULL,
                      y + i * u->p->y_stride + at);
    }
  }
}

/// Panels from `panel` on, at taps first..<end.
static void blocks_run_panels(blocks_unit *u, int64_t panel, int64_t panels, int64_t first, int64_t end) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t taps = p->kernel_height * p->kernel_width, blocks = cnn_channel_blocks(p->channels);
  const int64_t chunk = cnn_max(1, BLOCKS_ROWS / (CNN_PANEL * CNN_PANELS * (end - first)));
  float bias[CNN_PANELS * CNN_PANEL];
  for (int64_t i = 0; i < panels; i++)
    cnn_copy_bias(u->bias, (panel + i) * CNN_PANEL, p->filters, bias + i * CNN_PANEL);
  const int64_t w_block = u->weight_taps * CNN_PANEL * CNN_PANEL, plane = u->y_plane;
  blocks_chunk c = {.w_block = w_block, .next_panel = blocks * w_block,
                    .x_block = p->height * p->width * CNN_PANEL, .y_block = plane,
                    .finish = {bias, p->function, (float)p->alpha}};
  for (int64_t block = 0; block == 0 || block < blocks; block += chunk) {
    const int64_t channels = cnn_max(0, cnn_min(chunk * CNN_PANEL, p->channels - block * CNN_PANEL));
    c.w = u->w + panel * c.next_panel + block * c.w_block;
    c.blocks = channels / CNN_PANEL;
    c.channels = channels % CNN_PANEL;
    c.is_first = block == 0 && first == 0;
    c.is_new = panel == u->panel;
    c.is_last = block + chunk >= blocks && end == taps;
    blocks_run_chunk(u, &c, panels, u->x + block * c.x_block, u->r ? u->r + panel * plane : NULL,
                     u->y + panel * plane);
  }
}

static void blocks_run_unit(blocks_unit *u) {
  u->tiles = cnn_pixel_tiles(u->pixels);
  const int64_t taps = u->p->kernel_height * u->p->kernel_width, step = cnn_min(taps, BLOCKS_PLACES / u->tiles);
  for (int64_t panel = u->panel; panel < u->panel + u->panels; panel += CNN_PANELS) {
    const int64_t panels = cnn_min(CNN_PANELS, u->panel + u->panels - panel);
    for (int64_t first = 0; first < taps; first += step) {
      const int64_t end = cnn_min(taps, first + step);
      if (panel == u->panel || step < taps) blocks_find_places(u, first, end);
      blocks_run_panels(u, panel, panels, first, end);
    }
  }
}

/// Sets a unit's range and its pointers; y has `y_area` pixels, and the weights `taps` taps.
static void blocks_set_unit(blocks_unit *u, const blocks_division *d, int64_t unit, int64_t taps, int64_t y_area,
                            void *const *operands) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t area = p->out_height * p->out_width, filters = cnn_channel_blocks(p->filters);
  const int64_t pairs = (filters + CNN_PANELS - 1) / CNN_PANELS;
  const int64_t range = unit % d->ranges, g = unit / d->ranges % p->groups;
  const int64_t part = unit / d->ranges / p->groups, run = part % d->runs;
  const int64_t images = part / d->runs, of = d->parts / d->runs, image = p->batch * images / of;
  u->images = p->batch * (images + 1) / of - image;
  u->pixel = area * run / d->runs;
  u->pixels = area * (run + 1) / d->runs - u->pixel;
  u->panel = pairs * range / d->ranges * CNN_PANELS;
  u->panels = cnn_min(filters, pairs * (range + 1) / d->ranges * CNN_PANELS) - u->panel;
  u->y_plane = y_area * CNN_PANEL;
  u->weight_taps = taps;
  u->x = (const float *)operands[1] + image * p->x_stride + g * p->channels * p->height * p->width;
  u->w = (const float *)operands[2] +
         g * filters * CNN_PANEL * cnn_channel_blocks(p->channels) * CNN_PANEL * taps;
  u->bias = operands[3] ? (const float *)operands[3] + g * p->filters : NULL;
  u->r = operands[4] ? (const float *)operands[4] + image * p->r_stride + g * p->filters * y_area : NULL;
  u->y = (float *)operands[0] + image * p->y_stride + g * p->filters * y_area;
}

CNN_KERNEL(conv2d_blocks) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const blocks_division d = blocks_division_of(p);
  blocks_unit u;
  u.p = p;
  u.choice = NULL;
  u.y_places = NULL;
  for (int64_t unit = first; unit < end; unit++) {
    blocks_set_unit(&u, &d, unit, p->kernel_height * p->kernel_width, p->out_height * p->out_width, operands);
    if (u.pixels > 0) blocks_run_unit(&u);
  }
}

#endif

"""##),
    ("kernels/conv2d_depthwise.h", ##"""
// A convolution with one kernel a channel, of activations in blocks of 16 channels: pixels times 16 channels in
// registers, a vector of x times a vector of weights.

#include "blocks.h"
#include "units.h"
#include "window.h"

enum {
  /// Units that a layer is divided into at least, where it has as many rows.
  DEPTHWISE_UNITS = 8
};

/// Parts of a channel block's rows.
static int64_t depthwise_parts(const cnn_conv2d_blocks_parameters *p) {
  const int64_t planes = cnn_max(1, p->batch * cnn_channel_blocks(p->channels));
  return cnn_max(1, cnn_min(p->out_height, (DEPTHWISE_UNITS + planes - 1) / planes));
}

static cnn_split cnn_conv2d_depthwise_split(const void *parameters) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const int64_t planes = p->batch * cnn_channel_blocks(p->channels), area = p->out_height * p->out_width;
  return (cnn_split){planes * depthwise_parts(p),
                     planes * area * (p->kernel_height * p->kernel_width + 4) * CNN_PANEL / (4 * CNN_LANES)};
}

/// The taps that some neighbouring pixels of a row share: rows of the window, and columns of it.
typedef struct {
  cnn_range rows, columns;
  int64_t row, column, kernel_width;  // floats of x from tap to tap, down and across
} depthwise_taps;

/// Adds one tap to neighbours whose pixels at it begin at x, `step` floats apart.
CNN_INLINE void depthwise_add_tap(const int pixels, const int64_t step, const float *x, const float *w,
                                  cnn_sums *sums) {
  CNN_UNROLL for (int v = 0; v < CNN_PANEL_VECTORS; v++) {
    const cnn_vector weight = cnn_load(w + v * CNN_LANES);
    CNN_UNROLL for (int p = 0; p < pixels; p++) sums->v[p][v] += cnn_load(x + p * step + v * CNN_LANES) * weight;
  }
}

/// `pixels` neighbours, whose windows begin at x, `step` floats apart; w is [tap][16]. `width` is the number of
/// columns of taps where that is constant, or 0.
CNN_INLINE void depthwise_tile(const int pixels, const int64_t step, const int width, const depthwise_taps *t,
                               const float *x, const float *w, const cnn_finish *finish, const float *r, float *y) {
  cnn_sums sums;
  cnn_sums_clear(pixels, 1, &sums);
  for (int64_t fy = t->rows.first; fy < t->rows.end; fy++) {
    const float *from = x + fy * t->row, *weights = w + fy * t->kernel_width * CNN_PANEL;
    CNN_UNROLL for (int fx = 0; fx < width; fx++)
      depthwise_add_tap(pixels, step, from + fx * t->column, weights + fx * CNN_PANEL, &sums);
    if (width > 0) continue;
    for (int64_t fx = t->columns.first; fx < t->columns.end; fx++)
      depthwise_add_tap(pixels, step, from + fx * t->column, weights + fx * CNN_PANEL, &sums);
  }
  cnn_sums_store(pixels, 1, &sums, finish, r, 0, y, 0);
}

/// Neighbours in any number, by whole tiles of `pixels`; returns how many.
CNN_INLINE int64_t depthwise_tiles(const int pixels, const int64_t step, const int width, int64_t count,
                                   const depthwise_taps *t, const float *x, const float *w,
                                   const cnn_finish *finish, const float *r, float *y) {
  int64_t i = 0;
  for (; i + pixels <= count; i += pixels)
    depthwise_tile(pixels, step, width, t, x + i * step, w, finish, r ? r + i * CNN_PANEL : NULL, y + i * CNN_PANEL);
  return i;
}

/// Neighbours in any number whose windows all have the taps t.
CNN_INLINE void depthwise_neighbours(const int64_t step, const int width, int64_t count, const depthwise_taps *t,
                                     const float *x, const float *w, const cnn_finish *finish, const float *r,
                                     float *y) {
  int64_t i = depthwise_tiles(CNN_PIXELS, step, width, count, t, x, w, finish, r, y);
  const int half = CNN_PIXELS > 3 ? CNN_PIXELS / 2 : 1;
  if (half > 1)
    i += depthwise_tiles(half, step, width, count - i, t, x + i * step, w, finish, r ? r + i * CNN_PANEL : NULL,
                         y + i * CNN_PANEL);
  depthwise_tiles(1, step, width, count - i, t, x + i * step, w, finish, r ? r + i * CNN_PANEL : NULL,
                  y + i * CNN_PANEL);
}

/// The windows and strides that most networks have with constants.
static __attribute__((noinline)) void depthwise_run(int64_t stride, int64_t count, const depthwise_taps *t,
                                                    const float *x, const float *w, const cnn_finish *finish,
                                                    const float *r, float *y) {
  const int has_three = t->columns.first == 0 && t->columns.end == 3;
  if (count == 1)
    depthwise_tiles(1, 0, 0, count, t, x, w, finish, r, y);
  else if (stride == 1 && has_three)
    depthwise_neighbours(CNN_PANEL, 3, count, t, x, w, finish, r, y);
  else if (stride == 2 && has_three)
    depthwise_neighbours(2 * CNN_PANEL, 3, count, t, x, w, finish, r, y);
  else if (stride == 1)
    depthwise_neighbours(CNN_PANEL, 0, count, t, x, w, finish, r, y);
  else
    depthwise_neighbours(stride * CNN_PANEL, 0, count, t, x, w, finish, r, y);
}

/// Row i of the outputs; x and w are the channel block's, r and y the row's.
static void depthwise_row(const cnn_window *w, int64_t out_width, int64_t i, const float *x, const float *weights,
                          const cnn_finish *finish, const float *r, float *y) {
  const int64_t top = i * w->stride_height - w->pad_top;
  depthwise_taps t = {.rows = cnn_inside(0, w->kernel_height, w->dilation_height, top, 0, w->height),
                      .row = w->dilation_height * w->width * CNN_PANEL, .column = w->dilation_width * CNN_PANEL,
                      .kernel_width = w->kernel_width};
  // The pixels whose windows lie between the image's left and right edge.
  cnn_range inner = cnn_inside(0, out_width, w->stride_width, -w->pad_left, 0,
                               w->width - (w->kernel_width - 1) * w->dilation_width);
  if (inner.first >= inner.end) inner.first = inner.end = out_width;
  for (int64_t j = 0; j < out_width;) {
    const int64_t left = j * w->stride_width - w->pad_left;
    const int is_inner = j >= inner.first && j < inner.end;
    const int64_t pixels = is_inner ? inner.end - j : 1;
    t.columns = is_inner ? (cnn_range){0, w->kernel_width}
                         : cnn_inside(0, w->kernel_width, w->dilation_width, left, 0, w->width);
    depthwise_run(w->stride_width, pixels, &t, x + (top * w->width + left) * CNN_PANEL, weights, finish,
                  r ? r + j * CNN_PANEL : NULL, y + j * CNN_PANEL);
    j += pixels;
  }
}

/// A unit is some rows of a channel block of an image.
CNN_KERNEL(conv2d_depthwise) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const cnn_window window = CNN_WINDOW(p);
  const int64_t parts = depthwise_parts(p), blocks = cnn_channel_blocks(p->channels);
  const int64_t row = p->out_width * CNN_PANEL;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t part = unit % parts, block = unit / parts % blocks, n = unit / parts / blocks;
    const float *x = (const float *)operands[1] + n * p->x_stride + block * p->height * p->width * CNN_PANEL;
    const float *w = (const float *)operands[2] + block * p->kernel_height * p->kernel_width * CNN_PANEL;
    const int64_t plane = block * p->out_height * row;
    const float *r = operands[4] ? (const float *)operands[4] + n * p->r_stride + plane : NULL;
    float *y = (float *)operands[0] + n * p->y_stride + plane;
    float bias[CNN_PANEL];
    cnn_copy_bias(operands[3], block * CNN_PANEL, p->channels, bias);
    const cnn_finish finish = {bias, p->function, (float)p->alpha};
    for (int64_t i = p->out_height * part / parts; i < p->out_height * (part + 1) / parts; i++)
      depthwise_row(&window, p->out_width, i, x, w, &finish, r ? r + i * row : NULL, y + i * row);
  }
}

"""##),
    ("kernels/conv2d_planar.h", ##"""
// A convolution of a planar image of few channels, as first layers have it, into blocks of 16 channels. A unit is
// a rectangle of outputs of an image. The part of the image that it reads is copied, with zeros for the padding;
// then each pixel is a pointer into the copy, and each term (a channel and a tap) an offset.

#include "patch.h"
#include "pixel_tiles.h"
#include "planar_division.h"
#include "units.h"

static cnn_split cnn_conv2d_planar_split(const void *parameters) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const planar_division d = planar_division_of(p);
  const int64_t filters = CNN_PANEL * cnn_channel_blocks(p->filters), area = p->out_height * p->out_width;
  const int64_t terms = p->channels * p->kernel_height * p->kernel_width + 2;
  return (cnn_split){p->batch * d.down * d.across, p->batch * filters * area * terms / (5 * CNN_LANES)};
}

/// What all tiles of a unit share while one panel, or two, and one step are in use.
typedef struct {
  const float *w;
  int64_t next_panel, terms;
  const int64_t *offsets;   // of the terms, in the copy
  int is_first, is_last;
  cnn_finish finish;
  int64_t y_block;          // floats from a channel block of y, and r, to the next
} planar_step;

/// Tiles of neighbouring outputs, each of which has a pointer into the copy.
CNN_INLINE void planar_tiles(const int pixels, const int panels, int64_t tiles, const planar_step *s,
                             const float *const *pointers, float *saved, const float *r, float *y) {
  const int64_t next_panel = s->next_panel;
  for (int64_t tile = 0; tile < tiles; tile++) {
    const float *x[CNN_PIXELS];
    CNN_UNROLL for (int p = 0; p < pixels; p++) x[p] = pointers[p];
    cnn_sums sums;
    cnn_sums_begin(pixels, panels, s->is_first, saved, &sums);
    const float *w = s->w;
    const int64_t *const end = s->offsets + s->terms;
    for (const int64_t *offset = s->offsets; offset < end; offset++) {
      const int64_t term = *offset;
      CNN_ADD_TERM(pixels, panels, x[p][term], w, next_panel, &sums);
      w += CNN_PANEL;
    }
    if (s->is_last)
      cnn_sums_store(pixels, panels, &sums, &s->finish, r, s->y_block, y, s->y_block);
    else
      cnn_sums_save(pixels, panels, &sums, saved);
    pointers += pixels;
    saved += pixels * panels * CNN_PANEL;
    if (r) r += pixels * CNN_PANEL;
    y += pixels * CNN_PANEL;
  }
}

static __attribute__((noinline)) void planar_any_tiles(int64_t pixels, int64_t panels, int64_t tiles,
                                                       const planar_step *s, const float *const *x, float *saved,
                                                       const float *r, float *y) {
  CNN_FOR_PIXELS(pixels, panels, planar_tiles, tiles, s, x, saved, r, y)
}

/// A tile of pairs of outputs of two rows, for a panel of which only the first half exists: the first vectors of
/// an entry of sums are the upper pixel's, the others the lower's, whose pointers lie `lower` floats behind.
CNN_INLINE void planar_half_tile(const int pixels, const int panels, const planar_step *s,
                                 const float *const pointers[CNN_PIXELS], int64_t lower, int64_t next_row,
                                 float *saved, const float *r, float *y) {
  const int half = CNN_PANEL_VECTORS / 2;
  const float *x[CNN_PIXELS];
  CNN_UNROLL for (int p = 0; p < pixels; p++) x[p] = pointers[p];
  cnn_sums sums;
  cnn_sums_begin(pixels, panels, s->is_first, saved, &sums);
  const float *w = s->w;
  const int64_t *const end = s->offsets + s->terms;
  for (const int64_t *offset = s->offsets; offset < end; offset++) {
    const int64_t upper = *offset, under = upper + lower;
    cnn_vector weights[CNN_PANEL_VECTORS];
    CNN_UNROLL for (int v = 0; v < half; v++) weights[v] = cnn_load(w + v * CNN_LANES);
    CNN_UNROLL for (int p = 0; p < pixels; p++) {
      const cnn_vector a = (cnn_vector)(x[p][upper]), b = (cnn_vector)(x[p][under]);
      CNN_UNROLL for (int v = 0; v < half; v++) {
        sums.v[p][v] += a * weights[v];
        sums.v[p][half + v] += b * weights[v];
      }
    }
    w += CNN_PANEL;
  }
  if (!s->is_last) {
    cnn_sums_save(pixels, panels, &sums, saved);
    return;
  }
  CNN_UNROLL for (int p = 0; p < pixels; p++)
    CNN_UNROLL for (int v = 0; v < 2 * half; v++) {
      const int64_t at = p * CNN_PANEL + v % (half ? half : 1) * CNN_LANES + (v < half ? 0 : next_row);
      const float *bias = s->finish.bias + v % (half ? half : 1) * CNN_LANES;
      cnn_store(y + at, cnn_finish_vector(&s->finish, sums.v[p][v], bias, r ? r + at : NULL));
    }
  if (cnn_is_finished_in_registers(s->finish.function)) return;
  for (int p = 0; p < 2 * pixels; p++) {
    float *to = y + p / 2 * CNN_PANEL + p % 2 * next_row;
    cnn_apply(s->finish.function, s->finish.alpha, to, to, PLANAR_HALF);
  }
}

static __attribute__((noinline)) void planar_any_half_tile(int64_t pixels, const planar_step *s,
                                                           const float *const x[CNN_PIXELS], int64_t lower,
                                                           int64_t next_row, float *saved, const float *r, float *y) {
  CNN_FOR_PIXELS(pixels, 1, planar_half_tile, s, x, lower, next_row, saved, r, y)
}

/// One unit.
typedef struct {
  const cnn_conv2d_blocks_parameters *p;
  const planar_division *d;
  const float *x, *w, *bias, *r;  // of the image; y and r point to the first output's first block
  float *y;
  int64_t row, rows, column, columns;
  int64_t channel, channels, fy, down, fx, across;  // the step
  int64_t pitch, plane;                             // of the copy
  const float *pixels[PLANAR_PIXELS];               // each output's place in the copy
  int64_t offsets[PLANAR_TERMS];
  float patch[PLANAR_FLOATS + CNN_LANES];
  float sums[PLANAR_PIXELS * CNN_PANELS * CNN_PANEL];
} planar_unit;

/// Copies what a step reads of the image.
static void planar_copy(planar_unit *u) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t rows = planar_span(u->rows, p->stride_height, u->down, p->dilation_height);
  const int64_t top = u->row * p->stride_height - p->pad_top + u->fy * p->dilation_height;
  const int64_t left = u->column * p->stride_width - p->pad_left + u->fx * p->dilation_width;
  u->pitch = planar_span(u->columns, p->stride_width, u->across, p->dilation_width);
  u->plane = rows * u->pitch;
  const int64_t begin = cnn_min(u->pitch, cnn_max(0, -left)), end = cnn_max(begin, cnn_min(u->pitch, p->width - left));
  for (int64_t c = 0; c < u->channels; c++) {
    const float *from = u->x + (u->channel + c) * p->height * p->width;
    for (int64_t i = 0; i < rows; i++) {
      float *line = u->patch + c * u->plane + i * u->pitch;
      if (top + i < 0 || top + i >= p->height || begin == end) {
        cnn_clear(line, u->pitch);
        continue;
      }
      cnn_clear(line, begin);
      cnn_copy_dense(from + (top + i) * p->width + left + begin, end - begin, line + begin);
      cnn_clear(line + end, u->pitch - end);
    }
  }
}

/// Finds the outputs' places in the copy, and the terms' offsets.
static void planar_set_offsets(planar_unit *u) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const float **pixel = u->pixels;
  for (int64_t i = 0; i < u->rows; i++)
    for (int64_t j = 0; j < u->columns; j++)
      *pixel++ = u->patch + i * p->stride_height * u->pitch + j * p->stride_width;
  int64_t *offset = u->offsets;
  for (int64_t c = 0; c < u->channels; c++)
    for (int64_t fy = 0; fy < u->down; fy++)
      for (int64_t fx = 0; fx < u->across; fx++)
        *offset++ = c * u->plane + fy * p->dilation_height * u->pitch + fx * p->dilation_width;
}

/// Where output number `pixel` of the rectangle lies in y or r.
static int64_t planar_place(const planar_unit *u, int64_t pixel) {
  return (pixel / u->columns * u->p->out_width + pixel % u->columns) * CNN_PANEL;
}

/// Outputs first..<end of the rectangle, whose rows lie densely in y or which are of one row: some tiles, and
/// others with a pixel less.
static void planar_run(planar_unit *u, const planar_step *s, int64_t panels, int64_t first, int64_t end,
                       const float *r, float *y) {
  if (first == end) return;
  const int64_t tiles = cnn_pixel_tiles(end - first), larger = (end - first) % tiles;
  const int64_t at = planar_place(u, first) - first * CNN_PANEL;
  for (int64_t pixel = first, part = 0; part < 2; part++) {
    const int64_t pixels = (end - first) / tiles + (part == 0), count = part == 0 ? larger : tiles - larger;
    const int64_t place = at + pixel * CNN_PANEL;
    planar_any_tiles(pixels, panels, count, s, u->pixels + pixel, u->sums + pixel * panels * CNN_PANEL,
                     r ? r + place : NULL, y + place);
    pixel += pixels * count;
  }
}

/// Two rows of outputs, of half a panel.
static void planar_run_half(planar_unit *u, const planar_step *s, int64_t row, const float *r, float *y) {
  const int64_t tiles = cnn_pixel_tiles(u->columns), at = row * u->p->out_width * CNN_PANEL;
  for (int64_t tile = 0; tile < tiles; tile++) {
    const int64_t column = cnn_pixel_tile_at(u->columns, tiles, tile), place = at + column * CNN_PANEL;
    const int64_t count = cnn_pixel_tile_at(u->columns, tiles, tile + 1) - column, pixel = row * u->columns + column;
    planar_any_half_tile(count, s, u->pixels + pixel, u->p->stride_height * u->pitch, u->p->out_width * CNN_PANEL,
                         u->sums + pixel * CNN_PANEL, r ? r + place : NULL, y + place);
  }
}

/// All outputs with one panel, or two, and one step.
static void planar_run_panels(planar_unit *u, const planar_step *s, int64_t panels, int is_half, const float *r,
                              float *y) {
  int64_t row = 0;
  if (is_half)
    for (; row + 2 <= u->rows; row += 2) planar_run_half(u, s, row, r, y);
  if (u->columns == u->p->out_width) {
    planar_run(u, s, panels, row * u->columns, u->rows * u->columns, r, y);
  } else {
    for (; row < u->rows; row++) planar_run(u, s, panels, row * u->columns, (row + 1) * u->columns, r, y);
  }
}

/// Panels first..<end with one step.
static void planar_run_step(planar_unit *u, int64_t first, int64_t end, int is_first, int is_last) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int64_t taps = p->kernel_height * p->kernel_width, filters = cnn_channel_blocks(p->filters);
  float bias[CNN_PANELS * CNN_PANEL];
  planar_copy(u);
  planar_set_offsets(u);
  planar_step s = {.next_panel = p->channels * taps * CNN_PANEL, .terms = u->channels * u->down * u->across,
                   .offsets = u->offsets, .is_first = is_first, .is_last = is_last,
                   .finish = {bias, p->function, (float)p->alpha}, .y_block = p->out_height * p->out_width * CNN_PANEL};
  for (int64_t panel = first; panel < end; panel += CNN_PANELS) {
    const int64_t panels = cnn_min(CNN_PANELS, end - panel);
    for (int64_t i = 0; i < panels; i++)
      cnn_copy_bias(u->bias, (panel + i) * CNN_PANEL, p->filters, bias + i * CNN_PANEL);
    s.w = u->w + panel * s.next_panel +
          (u->channel * taps + u->fy * p->kernel_width + u->fx) * CNN_PANEL;
    planar_run_panels(u, &s, panels, panel + 1 == filters && planar_has_half(p),
                      u->r ? u->r + panel * s.y_block : NULL, u->y + panel * s.y_block);
  }
}

/// All steps, for panels first..<end.
static void planar_run_steps(planar_unit *u, int64_t first, int64_t end) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const planar_division *d = u->d;
  for (u->channel = 0; u->channel == 0 || u->channel < p->channels; u->channel += d->channels) {
    u->channels = cnn_min(d->channels, p->channels - u->channel);
    for (u->fy = 0; u->fy < p->kernel_height; u->fy += d->taps_down) {
      u->down = cnn_min(d->taps_down, p->kernel_height - u->fy);
      for (u->fx = 0; u->fx < p->kernel_width; u->fx += d->taps_across) {
        u->across = cnn_min(d->taps_across, p->kernel_width - u->fx);
        planar_run_step(u, first, end, u->channel + u->fy + u->fx == 0,
                        u->channel + u->channels == p->channels && u->fy + u->down == p->kernel_height &&
                            u->fx + u->across == p->kernel_width);
      }
    }
  }
}

/// One copy serves all panels; of several, each serves those whose sums can be kept meanwhile.
static void planar_run_unit(planar_unit *u) {
  const cnn_conv2d_blocks_parameters *p = u->p;
  const int is_one = u->d->channels >= p->channels && u->d->taps_down == p->kernel_height &&
                     u->d->taps_across == p->kernel_width;
  const int64_t filters = cnn_channel_blocks(p->filters), step = is_one ? filters : CNN_PANELS;
  for (int64_t panel = 0; panel < filters; panel += step)
    planar_run_steps(u, panel, cnn_min(filters, panel + step));
}

CNN_KERNEL(conv2d_planar) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const planar_division d = planar_division_of(p);
  planar_unit u;
  u.p = p;
  u.d = &d;
  u.w = operands[2];
  u.bias = operands[3];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / d.across / d.down;
    u.row = unit / d.across % d.down * d.rows;
    u.rows = cnn_min(d.rows, p->out_height - u.row);
    u.column = unit % d.across * d.columns;
    u.columns = cnn_min(d.columns, p->out_width - u.column);
    if (u.rows <= 0 || u.columns <= 0) continue;
    const int64_t at = (u.row * p->out_width + u.column) * CNN_PANEL;
    u.x = (const float *)operands[1] + n * p->x_stride;
    u.r = operands[4] ? (const float *)operands[4] + n * p->r_stride + at : NULL;
    u.y = (float *)operands[0] + n * p->y_stride + at;
    planar_run_unit(&u);
  }
}

"""##),
    ("kernels/conv2d_pool_small.h", ##"""
// A convolution, its function and the maxima of disjoint squares of two by two in one, for planar images with few
// channels. The lanes are neighbouring maxima: what tap (fy, fx) reads for the upper left outputs of all squares lies
// side by side in the planes of pool_small_band.h, so that each of a square's four outputs reads a plane from one
// element on, over the ends of rows; its maximum is taken of four registers. A maximum's sums are 4 for each filter,
// which shares the four loads of a term with others.

#include "pool_small_band.h"
#include "sixteen.h"
#include "units.h"

enum {
  /// Terms of a turn of a loop.
  SMALL_TURN = 5,
  /// Filters whose sums the registers hold, for the four outputs of each square.
  SMALL_FILTERS = CNN_TILE_ROWS * CNN_TILE_VECTORS / 2,
  /// Squares that are computed together where the lanes are filters.
  SMALL_SQUARES = SMALL_FILTERS < 6 ? SMALL_FILTERS / 2 : 3
};

/// What belongs to the larger.
CNN_INLINE cnn_vector small_place(cnn_vector best, cnn_vector v, cnn_vector place, cnn_vector other) {
  return ((v > best) | (v != v)) ? other : place;
}

CNN_INLINE cnn_vector small_finish(cnn_vector largest, cnn_vector bias, int64_t function) {
  largest += bias;
  return function == CNN_RELU ? (largest < (cnn_vector)(0) ? (cnn_vector)(0) : largest) : largest;
}

/// Stores a vector's first lanes.
CNN_INLINE void small_store(cnn_vector v, int64_t count, float *y) {
  if (count >= CNN_LANES) {
    cnn_store(y, v);
  } else {
    float lanes[CNN_LANES];
    cnn_store(lanes, v);
    for (int64_t i = 0; i < count; i++) y[i] = lanes[i];
  }
}

/// Adds a term of some filters to the sums of left outputs and of right ones.
CNN_INLINE void small_add_term(const int filters, const float *left, int64_t plane, const float *w,
                               cnn_vector sums[SMALL_FILTERS][2]) {
  const cnn_vector values[2] = {cnn_load(left), cnn_load(left + plane)};
  CNN_UNROLL for (int f = 0; f < filters; f++) {
    const cnn_vector weight = (cnn_vector)(w[f]);
    sums[f][0] += weight * values[0];
    sums[f][1] += weight * values[1];
  }
}

/// The larger of neighbouring outputs, a vector of them for each of some filters: those of the panel from w on; and
/// with `places` 1 where it is the right one. x: where the first square's outputs begin; term: where terms do, every
/// other one of them.
CNN_INLINE void small_pair(const int filters, const int finds, const small_band *b, const float *x, const float *w,
                           const int64_t *term, float *larger, float *places) {
  cnn_vector sums[SMALL_FILTERS][2];
  CNN_UNROLL for (int f = 0; f < filters; f++) sums[f][0] = sums[f][1] = (cnn_vector)(0);
  const int64_t plane = b->plane, *last = term + 2 * b->term_count;
  // Several terms at a time: few turns are foreseen better than many.
  for (; term + 2 * SMALL_TURN <= last; term += 2 * SMALL_TURN, w += SMALL_TURN * CNN_PANEL)
    CNN_UNROLL for (int i = 0; i < SMALL_TURN; i++)
      small_add_term(filters, x + term[2 * i], plane, w + i * CNN_PANEL, sums);
  for (; term < last; term += 2, w += CNN_PANEL) small_add_term(filters, x + *term, plane, w, sums);
  CNN_UNROLL for (int f = 0; f < filters; f++) {
    if (finds)
      cnn_store(places + f * CNN_LANES,
                small_place(sums[f][0], sums[f][1], (cnn_vector)(0), (cnn_vector)(1)));
    cnn_store(larger + f * CNN_LANES, cnn_larger(sums[f][0], sums[f][1]));
  }
}

/// Where maxima go to.
typedef struct {
  float *y, *places;  // places may be NULL
} small_target;

static small_target small_advance(small_target t, int64_t floats) {
  return (small_target){t.y + floats, t.places ? t.places + floats : NULL};
}

/// A vector of maxima for each of some filters, of which `count` are stored.
CNN_INLINE void small_vector(const int filters, const int finds, const cnn_conv2d_pool_small_parameters *p,
                             const small_band *b, const float *x, const float *w, const float *bias, int64_t count,
                             small_target to) {
  float larger[2][SMALL_FILTERS * CNN_LANES], right[2][SMALL_FILTERS * CNN_LANES];
  // Not unrolled: the registers are full, and the upper outputs' maxima are not to stay there.
  _Pragma("clang loop unroll(disable)") for (int i = 0; i < 2; i++)
    small_pair(filters, finds, b, x, w, b->terms + i, larger[i], right[i]);
  CNN_UNROLL for (int f = 0; f < filters; f++) {
    const cnn_vector upper = cnn_load(larger[0] + f * CNN_LANES), lower = cnn_load(larger[1] + f * CNN_LANES);
    const int64_t at = f * p->out_height * p->out_width;
    small_store(small_finish(cnn_larger(upper, lower), (cnn_vector)(bias[f]), p->function), count, to.y + at);
    if (!finds) continue;
    const cnn_vector of_upper = cnn_load(right[0] + f * CNN_LANES), of_lower = cnn_load(right[1] + f * CNN_LANES);
    small_store(small_place(upper, lower, of_upper, of_lower + 2), count, to.places + at);
  }
}

/// The same where the lanes are filters, of which `count` are stored, for a few squares.
CNN_INLINE void small_squares(const int squares, const int vectors, const cnn_conv2d_pool_small_parameters *p,
                              const small_band *b, const float *x, const float *w, const float *bias, int64_t count,
                              small_target to) {
  cnn_vector sums[SMALL_SQUARES][2][4];
  CNN_UNROLL for (int s = 0; s < squares; s++)
    CNN_UNROLL for (int v = 0; v < vectors; v++)
      CNN_UNROLL for (int i = 0; i < 4; i++) sums[s][v][i] = (cnn_vector)(0);
  const int64_t plane = b->plane, *last = b->terms + 2 * b->term_count;
  for (const int64_t *term = b->terms; term < last; term += 2, w += CNN_PANEL) {
    const float *upper = x + term[0], *lower = x + term[1];
    cnn_vector weights[2];
    CNN_UNROLL for (int v = 0; v < vectors; v++) weights[v] = cnn_load(w + v * CNN_LANES);
    CNN_UNROLL for (int s = 0; s < squares; s++) {
      const float values[4] = {upper[s], upper[plane + s], lower[s], lower[plane + s]};
      CNN_UNROLL for (int i = 0; i < 4; i++)
        CNN_UNROLL for (int v = 0; v < vectors; v++) sums[s][v][i] += weights[v] * (cnn_vector)(values[i]);
    }
  }
  const int64_t area = p->out_height * p->out_width;
  CNN_UNROLL for (int s = 0; s < squares; s++)
    CNN_UNROLL for (int v = 0; v < vectors; v++) {
      const cnn_vector *sum = sums[s][v];
      cnn_vector largest = sum[0], place = (cnn_vector)(0);
      CNN_UNROLL for (int i = 1; i < 4; i++) {
        place = small_place(largest, sum[i], place, (cnn_vector)((float)i));
        largest = cnn_larger(largest, sum[i]);
      }
      float lanes[2][CNN_LANES];
      cnn_store(lanes[0], small_finish(largest, cnn_load(bias + v * CNN_LANES), p->function));
      cnn_store(lanes[1], place);
      for (int64_t f = 0; f < cnn_min(CNN_LANES, count - v * CNN_LANES); f++) {
        to.y[(v * CNN_LANES + f) * area + s] = lanes[0][f];
        if (CNN_FINDS_PLACES && to.places) to.places[(v * CNN_LANES + f) * area + s] = lanes[1][f];
      }
    }
}

/// Maxima of up to a vector's lanes, for all filters of a panel.
static void small_panel(const cnn_conv2d_pool_small_parameters *p, const small_band *b, int64_t filters, const float *x,
                        const float *w, const float *bias, int64_t count, small_target to) {
  // Blocks of filters of nearly the same size: a small one keeps too few sums to hide their latency.
  const int64_t blocks = (filters + SMALL_FILTERS - 1) / SMALL_FILTERS;
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t f = filters * block / blocks;
    const small_target at = small_advance(to, f * p->out_height * p->out_width);
#define SMALL_CASE(n)                                              \
  case n:                                                          \
    if (CNN_FINDS_PLACES && at.places)                             \
      small_vector(n, 1, p, b, x, w + f, bias + f, count, at);     \
    else                                                           \
      small_vector(n, 0, p, b, x, w + f, bias + f, count, at);     \
    break;
    switch (filters * (block + 1) / blocks - f) {
      SMALL_CASE(1)
      SMALL_CASE(2)
      SMALL_CASE(3)
      SMALL_CASE(4)
#if CNN_TILE_ROWS * CNN_TILE_VECTORS >= 12
      SMALL_CASE(5)
      SMALL_CASE(6)
#endif
#if CNN_TILE_ROWS * CNN_TILE_VECTORS >= 24
      SMALL_CASE(7)
      SMALL_CASE(8)
      SMALL_CASE(9)
      SMALL_CASE(10)
      SMALL_CASE(11)
      SMALL_CASE(12)
#endif
    }
#undef SMALL_CASE
  }
}

/// The same for fewer, the lanes being filters.
static void small_rest(const cnn_conv2d_pool_small_parameters *p, const small_band *b, int64_t filters, const float *x,
                       const float *w, const float *bias, int64_t count, small_target target) {
  const int64_t area = p->out_height * p->out_width;
  for (int64_t f = 0; f < filters;) {
    const int64_t left = filters - f;
    const int two = left > CNN_LANES && CNN_LANES < CNN_PANEL && SMALL_SQUARES > 1;
    for (int64_t i = 0; i < count;) {
      const int64_t squares = two ? 1 : cnn_min(SMALL_SQUARES, count - i);
      const small_target to = small_advance(target, f * area + i);
      if (two)
        small_squares(1, 2, p, b, x + i, w + f, bias + f, left, to);
      else if (squares == 1)
        small_squares(1, 1, p, b, x + i, w + f, bias + f, left, to);
      else if (squares == 2)
        small_squares(2, 1, p, b, x + i, w + f, bias + f, left, to);
      else
        small_squares(SMALL_SQUARES, 1, p, b, x + i, w + f, bias + f, left, to);
      i += squares;
    }
    f += two ? 2 * CNN_LANES : CNN_LANES;
  }
}

/// A band of maxima of all filters; `to` is the band's first element of the first of them.
static void small_maxima(const cnn_conv2d_pool_small_parameters *p, const small_band *b, const float *planes,
                         const float *w, const float *bias, small_target to) {
  const int64_t area = p->out_height * p->out_width, count = b->rows * p->out_width;
  for (int64_t k = 0; k < p->filters; k += CNN_PANEL) {
    const int64_t filters = cnn_min(CNN_PANEL, p->filters - k);
    float start[CNN_PANEL];
    cnn_copy_bias(bias, k, p->filters, start);
    for (int64_t i = 0; i < count; i += CNN_LANES) {
      const int64_t left = count - i, vectors = (filters + CNN_LANES - 1) / CNN_LANES;
      // A vector that is not full takes as long as a full one.
      if (left * vectors * 4 <= filters * 3)
        small_rest(p, b, filters, planes + i, w, start, left, small_advance(to, i));
      else
        small_panel(p, b, filters, planes + i, w, start, left, small_advance(to, i));
    }
    if (!cnn_is_finished_in_registers(p->function))
      for (int64_t f = 0; f < filters; f++)
        cnn_apply(p->function, (float)p->alpha, to.y + f * area, to.y + f * area, count);
    w += p->channels * p->kernel_height * p->kernel_width * CNN_PANEL;
    to = small_advance(to, CNN_PANEL * area);
  }
}

CNN_SPLIT(conv2d_pool_small, p->batch * small_bands(p),
          p->batch * p->filters * p->channels * p->out_height * p->out_width * p->kernel_height * p->kernel_width / 10)

CNN_KERNEL(conv2d_pool_small) {
  const cnn_conv2d_pool_small_parameters *p = parameters;
  const int64_t bands = small_bands(p), rows = small_band_rows(p);
  float planes[SMALL_FLOATS], image[SMALL_FLOATS + 4 * SMALL_GAP], odd[SMALL_FLOATS / 2 + 4 * SMALL_GAP];
  int64_t terms[2 * SMALL_TERMS];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / bands, row = unit % bands * rows;
    small_band b = small_band_of(p, cnn_min(rows, p->out_height - row));
    small_set_terms(p, &b, terms);
    b.terms = terms;
    const float *x = (const float *)operands[2] + n * p->x_stride;
    for (int64_t c = 0; c < p->channels; c++) {
      small_pad(p, &b, 2 * row - p->pad_top, x + c * p->height * p->width, image);
      small_fill(p, &b, image, odd, planes + c * b.channel);
    }
    float *y = operands[0], *places = operands[1];
    const int64_t at = row * p->out_width;
    const small_target to = {y + n * p->y_stride + at, places ? places + n * p->places_stride + at : NULL};
    small_maxima(p, &b, planes, operands[3], operands[4], to);
  }
}

"""##),
    ("kernels/conv2d_rows.h", ##"""
// A convolution filter by filter, tap by tap, over tiles of an output row: for depthwise layers and others
// with so few filters a group that nothing is worth copying.

#include "functions.h"
#include "geometry.h"
#include "units.h"

/// sums[j - begin] += the filter's window at output (row, j), for j in [begin, end).
static void conv2d_rows_accumulate(const cnn_conv2d_rows_parameters *p, const float *x, const float *w, int64_t row, int64_t begin, int64_t end,
                       float *sums) {
  for (int64_t c = 0; c < p->channels; c++) {
    for (int64_t fy = 0; fy < p->kernel_height; fy++) {
      const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
      if (iy < 0 || iy >= p->height) continue;
      const float *line = x + (c * p->height + iy) * p->width;
      const float *weights = w + (c * p->kernel_height + fy) * p->kernel_width;
      for (int64_t fx = 0; fx < p->kernel_width; fx++) {
        const int64_t offset = fx * p->dilation_width - p->pad_left, step = p->stride_width;
        const cnn_range range = cnn_inside(begin, end, step, offset, 0, p->width);
        const float weight = weights[fx];
        if (step == 1) {
          for (int64_t j = range.first; j < range.end; j++) sums[j - begin] += weight * line[j + offset];
        } else {
          for (int64_t j = range.first; j < range.end; j++)
            sums[j - begin] += weight * line[j * step + offset];
        }
      }
    }
  }
}

/// One output channel of one image.
static void conv2d_rows_filter(const cnn_conv2d_rows_parameters *p, const float *x, const float *w, float bias, const float *r, float *y) {
  float sums[CNN_TILE];
  for (int64_t row = 0; row < p->out_height; row++) {
    for (int64_t begin = 0; begin < p->out_width; begin += CNN_TILE) {
      const int64_t end = cnn_min(p->out_width, begin + CNN_TILE), place = row * p->out_width + begin;
      for (int64_t i = 0; i < end - begin; i++) sums[i] = bias;
      conv2d_rows_accumulate(p, x, w, row, begin, end, sums);
      if (r)
        for (int64_t i = 0; i < end - begin; i++) sums[i] += r[place + i];
      cnn_apply(p->function, (float)p->alpha, sums, y + place, end - begin);
    }
  }
}

CNN_SPLIT(conv2d_rows, p->batch * p->groups * p->filters,
          p->batch * p->groups * p->filters * p->channels * p->out_height * p->out_width *
              p->kernel_height * p->kernel_width / 8)

CNN_KERNEL(conv2d_rows) {
  const cnn_conv2d_rows_parameters *p = parameters;
  const float *w = operands[2], *bias = operands[3], *r = operands[4];
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  const int64_t area = p->kernel_height * p->kernel_width, filters = p->groups * p->filters;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / filters, i = unit % filters;
    const float *x = (const float *)operands[1] + n * p->x_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    const int64_t c = p->first_channel + i / p->filters * p->channels, k = p->first_filter + i;
    const float *weights = w + (k * p->weight_channels + p->first_channel) * area;
    conv2d_rows_filter(p, x + c * in, weights, bias ? bias[k] : 0, r ? r + n * p->r_stride + k * out : NULL,
                       y + k * out);
  }
}

"""##),
    ("kernels/convolution.h", ##"""
// Convolutions as the forward pass and the gradient of the input need them.

#ifndef CNN_CONVOLUTION_H
#define CNN_CONVOLUTION_H

#include "functions.h"
#include "patch.h"
#include "units.h"

/// y[k, i, j] = function(bias[k] + the sum of w[k, c, fy, fx] * x[c, ...] + r[k, i, j]). Filters and channels
/// are one group's; a group's channels lie behind those of the group before, and so do its filters.
typedef struct {
  const float *x, *w, *bias, *r;               // bias and r may be NULL
  float *y;
  int64_t batch, x_stride, y_stride, r_stride; // strides from image to image
  int64_t groups, channels, filters;
  int64_t w_stride;                            // from filter to filter
  cnn_window window;
  int64_t out_height, out_width;
  int64_t y_plane, y_row, y_column;            // from filter to filter, row to row, column to column
  int64_t function;
  float alpha;
} cnn_convolution;

enum {
  CONVOLUTION_PIXELS = 256,
  CONVOLUTION_FLOATS = 16384,
  CONVOLUTION_TERMS = 288,
  CONVOLUTION_FILTERS = 64
};

/// Filters of a unit: many share a patch, unless there are too few images to divide.
static int64_t convolution_filters(const cnn_convolution *p) {
  const int64_t most = p->batch < 8 ? CONVOLUTION_FILTERS / 2 : CONVOLUTION_FILTERS;
  const int64_t parts = (p->filters + most - 1) / most;
  return (p->filters + parts - 1) / parts;
}

/// Few filters leave room for more pixels.
static cnn_tiling convolution_tiling(const cnn_convolution *p) {
  const int64_t pixels = cnn_min(4, CONVOLUTION_FILTERS / convolution_filters(p)) * CONVOLUTION_PIXELS;
  const cnn_limits limits = {pixels, CONVOLUTION_FLOATS, CONVOLUTION_TERMS,
                             cnn_min(p->filters, CONVOLUTION_FILTERS)};
  return cnn_tiling_of(&p->window, p->out_height, p->out_width, p->channels, &limits);
}

/// A unit is a range of filters over one tile of one image.
static int64_t convolution_units(const cnn_convolution *p, const cnn_tiling *t) {
  const int64_t filters = convolution_filters(p);
  return p->batch * p->groups * t->tiles_down * t->tiles_across * ((p->filters + filters - 1) / filters);
}

static int64_t convolution_work(const cnn_convolution *p) {
  return p->batch * p->groups * p->filters * p->channels * p->out_height * p->out_width *
         p->window.kernel_height * p->window.kernel_width / 20;
}

/// Stores a tile's sums: `sums` are those of one filter, y and r its planes.
static void convolution_store(const cnn_convolution *p, const cnn_tiling *t, const cnn_area *area,
                              float *sums, const float *r, float *y) {
  const int64_t virtual = cnn_virtual(t, area->rows, area->columns);
  const int64_t start = area->row * p->y_row + area->column * p->y_column;
  if (r == NULL) cnn_apply(p->function, p->alpha, sums, sums, virtual);
  if (r == NULL && p->y_column == 1 && p->y_row == t->pitch && area->columns == t->pitch) {
    cnn_copy_run(sums, 1, virtual, y + start);
    return;
  }
  for (int64_t i = 0; i < area->rows; i++) {
    float *line = sums + i * t->pitch, *to = y + start + i * p->y_row;
    if (r != NULL) {
      const float *from = r + start + i * p->y_row;
      for (int64_t j = 0; j < area->columns; j++) line[j] += from[j];
      cnn_apply(p->function, p->alpha, line, line, area->columns);
    }
    if (p->y_column == 1) {
      cnn_copy_run(line, 1, area->columns, to);
    } else {
      for (int64_t j = 0; j < area->columns; j++) to[j * p->y_column] = line[j];
    }
  }
}

/// Filters first..<first + count of a group of an image, over one tile; x is the group's first channel.
static void convolution_tile(const cnn_convolution *p, const cnn_tiling *t, const cnn_area *area,
                             const float *x, const float *w, const float *start, int64_t filters, float *sums,
                             int64_t row) {
  float patch[CONVOLUTION_FLOATS + 8 * CONVOLUTION_PIXELS];
  int64_t offsets[CONVOLUTION_TERMS];
  cnn_step last = {0};
  const int64_t virtual = cnn_virtual(t, area->rows, area->columns), steps = cnn_step_count(t);
  for (int64_t i = 0; i < steps; i++) {
    const cnn_step step = cnn_step_at(t, i);
    cnn_fill_patch(t, &step, area, x, patch);
    // The offsets of one step are those of any with as many channels and taps.
    if (step.channels != last.channels || step.height != last.height || step.width != last.width)
      cnn_set_offsets(t, &step, offsets);
    last = step;
    const cnn_product product = {.a = w + cnn_step_weight(t, &step), .a_row = p->w_stride, .a_term = 1,
                                 .b = patch, .offsets = offsets, .terms = cnn_step_terms(&step),
                                 .start = i == 0 ? start : NULL};
    cnn_add_product(&product, filters, virtual, sums, row);
  }
}

/// Units first..<end.
static void cnn_convolve(const cnn_convolution *p, const cnn_tiling *t, int64_t first, int64_t end) {
  static const float zeros[CONVOLUTION_FILTERS] = {0};
  float sums[CONVOLUTION_FILTERS * (CONVOLUTION_PIXELS + CNN_LANES)];
  const int64_t most = convolution_filters(p), parts = (p->filters + most - 1) / most;
  const int64_t tiles = t->tiles_down * t->tiles_across;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t k = unit % parts * most, tile = unit / parts % tiles;
    const int64_t g = unit / parts / tiles % p->groups, n = unit / parts / tiles / p->groups;
    const cnn_area area = cnn_area_at(t, tile);
    const int64_t filters = cnn_min(most, p->filters - k), filter = g * p->filters + k;
    const int64_t row = cnn_round_up(cnn_virtual(t, area.rows, area.columns), CNN_LANES);
    const float *start = p->bias ? p->bias + filter : zeros;
    // A filter without channels still has its bias.
    if (p->channels == 0)
      for (int64_t i = 0; i < filters * row; i++) sums[i] = start[i / row];
    convolution_tile(
        p, t, &area, p->x + n * p->x_stride + g * p->channels * p->window.height * p->window.width,
        p->w + filter * p->w_stride, start, filters, sums, row);
    for (int64_t f = 0; f < filters; f++) {
      const int64_t plane = (filter + f) * p->y_plane;
      convolution_store(p, t, &area, sums + f * row, p->r ? p->r + n * p->r_stride + plane : NULL,
                        p->y + n * p->y_stride + plane);
    }
  }
}

#endif

"""##),
    ("kernels/copy.h", ##"""
#include "units.h"

CNN_SPLIT(copy, p->batch * p->channels, p->batch * p->channels * p->rows * (p->columns / 8 + 4))

CNN_KERNEL(copy) {
  const cnn_copy_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + p->y_offset + n * p->y_stride + c * p->y_channel_stride;
    const float *x =
        (const float *)operands[1] + p->x_offset + n * p->x_stride + c * p->x_channel_stride;
    for (int64_t i = 0; i < p->rows; i++)
      memcpy(y + i * p->y_row_stride, x + i * p->x_row_stride, (size_t)p->columns * sizeof(float));
  }
}

CNN_SPLIT(fill, p->batch * cnn_blocks(p->count), p->batch * p->count / 8)

CNN_KERNEL(fill) {
  const cnn_fill_parameters *p = parameters;
  const float value = (float)p->value;
  for (int64_t unit = first; unit < end; unit++) {
    const cnn_block b = cnn_block_at(unit, p->count);
    float *y = (float *)operands[0] + b.image * p->y_stride;
    for (int64_t i = b.begin; i < b.end; i++) y[i] = value;
  }
}

"""##),
    ("kernels/copy_blocks.h", ##"""
// Channels of blocks to other channels of blocks, as a concatenation puts them, and a slice takes them.

#include "sixteen.h"
#include "units.h"

enum { COPY_PIXELS = 256 };  // that a unit of work has, of one block of y

/// Blocks of y that are written, in part or whole.
static int64_t copy_blocks_blocks(const cnn_copy_blocks_parameters *p) {
  return cnn_channel_blocks(p->first_channel % CNN_PANEL + p->channels);
}

static int64_t copy_blocks_runs(const cnn_copy_blocks_parameters *p) {
  return (p->area + COPY_PIXELS - 1) / COPY_PIXELS;
}

/// y = the lanes of x from `shift` - 16 on, x's block before it and itself (NULL: not there), where begin <= lane < end.
static void copy_lanes(const float *before, const float *x, int64_t shift, int64_t begin, int64_t end,
                       int64_t pixels, float *y) {
  float lanes[2 * CNN_PANEL] = {0};
  for (int64_t i = 0; i < pixels * CNN_PANEL; i += CNN_PANEL) {
    if (before != NULL) cnn_store_sixteen(lanes, cnn_load_sixteen(before + i));
    if (x != NULL) cnn_store_sixteen(lanes + CNN_PANEL, cnn_load_sixteen(x + i));
    for (int64_t lane = begin; lane < end; lane++) y[i + lane] = lanes[CNN_PANEL - shift + lane];
  }
}

CNN_SPLIT(copy_blocks, p->batch * copy_blocks_blocks(p) * copy_blocks_runs(p),
          p->batch * copy_blocks_blocks(p) * p->area * 3)

CNN_KERNEL(copy_blocks) {
  const cnn_copy_blocks_parameters *p = parameters;
  const int64_t runs = copy_blocks_runs(p), blocks = copy_blocks_blocks(p);
  const int64_t size = p->area * CNN_PANEL;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / runs / blocks, block = unit / runs % blocks, pixel = unit % runs * COPY_PIXELS;
    const int64_t pixels = cnn_min(COPY_PIXELS, p->area - pixel);
    float *y = (float *)operands[0] + n * p->y_stride + (p->first_channel / CNN_PANEL + block) * size +
               pixel * CNN_PANEL;
    // x's first channel that is copied becomes lane `origin` of this block, and lane 0 of a block of x `shift`.
    const int64_t origin = p->first_channel % CNN_PANEL - block * CNN_PANEL;
    const int64_t begin = cnn_max(0, origin), last = cnn_min(CNN_PANEL, origin + p->channels);
    const int64_t lane = p->first_x_channel - origin, x_block = (lane + 2 * CNN_PANEL - 1) / CNN_PANEL - 1;
    const int64_t shift = x_block * CNN_PANEL - lane;
    const float *x = (const float *)operands[1] + n * p->x_stride + x_block * size + pixel * CNN_PANEL;
    if (shift == 0 && last - begin == CNN_PANEL)
      memcpy(y, x, (size_t)(pixels * CNN_PANEL) * sizeof(float));
    else
      copy_lanes(begin < shift ? x - size : NULL, last > shift ? x : NULL, shift, begin, last, pixels, y);
  }
}

"""##),
    ("kernels/deconv2d.h", ##"""
// A transposed convolution, gathered: the outputs of a row whose column + pad is the same modulo the stride
// read neighbouring inputs, so each such phase is a plain convolution over rows, for four filters at a time.

#include "functions.h"
#include "geometry.h"
#include "units.h"

/// Outputs of one phase of a row: columns `column + i * stride`, whose tap fx = phase + m * stride reads the
/// input's column `from + i - m`.
typedef struct {
  int64_t row, phase, column, from, count;
} deconv2d_span;

/// sums[filter][i] += the kernel's taps, over all channels of the group; w points to the first filter's.
static void deconv2d_accumulate(const cnn_deconv2d_parameters *p, const deconv2d_span *s, const float *x, const float *w, int64_t filters,
                       float sums[4][CNN_TILE]) {
  const int64_t area = p->kernel_height * p->kernel_width, height = p->height, width = p->width;
  for (int64_t c = 0; c < p->channels; c++) {
    for (int64_t fy = 0; fy < p->kernel_height; fy++) {
      const int64_t distance = s->row + p->pad_top - fy;
      if (distance < 0 || distance % p->stride_height || distance / p->stride_height >= height) continue;
      const float *line = x + (c * height + distance / p->stride_height) * width;
      for (int64_t fx = s->phase, m = 0; fx < p->kernel_width; fx += p->stride_width, m++) {
        const float *weight = w + c * p->filters * area + fy * p->kernel_width + fx;
        // The last filter stands in for those behind it, whose sums nobody reads.
        const float w0 = weight[0], w1 = weight[cnn_min(1, filters - 1) * area],
                    w2 = weight[cnn_min(2, filters - 1) * area], w3 = weight[cnn_min(3, filters - 1) * area];
        const cnn_range range = cnn_inside(0, s->count, 1, s->from - m, 0, width);
        for (int64_t i = range.first; i < range.end; i++) {
          const float v = line[s->from - m + i];
          sums[0][i] += w0 * v;
          sums[1][i] += w1 * v;
          sums[2][i] += w2 * v;
          sums[3][i] += w3 * v;
        }
      }
    }
  }
}

/// One span of up to four filters of one image: from the bias to the stores.
static void deconv2d_compute(const cnn_deconv2d_parameters *p, const deconv2d_span *s, const float *x, const float *w, const float *bias,
                    const float *r, float *y, int64_t filters) {
  float sums[4][CNN_TILE];
  for (int64_t k = 0; k < 4; k++)
    for (int64_t i = 0; i < s->count; i++) sums[k][i] = bias && k < filters ? bias[k] : 0;
  deconv2d_accumulate(p, s, x, w, filters, sums);
  for (int64_t k = 0; k < filters; k++) {
    const int64_t place = (k * p->out_height + s->row) * p->out_width + s->column;
    if (r)
      for (int64_t i = 0; i < s->count; i++) sums[k][i] += r[place + i * p->stride_width];
    cnn_apply(p->function, (float)p->alpha, sums[k], sums[k], s->count);
    for (int64_t i = 0; i < s->count; i++) y[place + i * p->stride_width] = sums[k][i];
  }
}

/// One output row of up to four filters, span by span.
static void deconv2d_row(const cnn_deconv2d_parameters *p, int64_t row, const float *x, const float *w, const float *bias,
                        const float *r, float *y, int64_t filters) {
  const int64_t step = p->stride_width;
  for (int64_t first = 0; first < cnn_min(step, p->out_width); first++) {
    // The distance may be negative where padding is; its phase is not.
    const int64_t distance = first + p->pad_left, phase = (distance % step + step) % step;
    const int64_t from = (distance - phase) / step, count = (p->out_width - first - 1) / step + 1;
    for (int64_t i = 0; i < count; i += CNN_TILE) {
      const deconv2d_span s = {row, phase, first + i * step, from + i, cnn_min(CNN_TILE, count - i)};
      deconv2d_compute(p, &s, x, w, bias, r, y, filters);
    }
  }
}

CNN_SPLIT(deconv2d, p->batch * p->groups * ((p->filters + 3) / 4),
          p->batch * p->groups * p->filters * p->channels * p->height * p->width * p->kernel_height *
              p->kernel_width / 10)

CNN_KERNEL(deconv2d) {
  const cnn_deconv2d_parameters *p = parameters;
  const float *bias = operands[3], *r = operands[4];
  const int64_t in = p->height * p->width, out = p->out_height * p->out_width;
  const int64_t area = p->kernel_height * p->kernel_width, blocks = (p->filters + 3) / 4;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / blocks / p->groups, g = unit / blocks % p->groups, k = unit % blocks * 4;
    const float *x = (const float *)operands[1] + n * p->x_stride + g * p->channels * in;
    const float *w = (const float *)operands[2] + (g * p->channels * p->filters + k) * area;
    const int64_t filter = g * p->filters + k, filters = cnn_min(4, p->filters - k);
    float *y = (float *)operands[0] + n * p->y_stride + filter * out;
    for (int64_t row = 0; row < p->out_height; row++)
      deconv2d_row(p, row, x, w, bias ? bias + filter : NULL,
                   r ? r + n * p->r_stride + filter * out : NULL, y, filters);
  }
}

"""##),
    ("kernels/denormals.h", ##"""
// Denormal numbers cost a hundred times what others do: while a network runs they are taken for zero. The setting
// belongs to a thread.

#ifndef CNN_DENORMALS_H
#define CNN_DENORMALS_H

#include <stdint.h>

#if defined(__x86_64__)
static uint64_t cnn_float_mode(void) { return __builtin_ia32_stmxcsr(); }
static void cnn_set_float_mode(uint64_t mode) { __builtin_ia32_ldmxcsr((unsigned)mode); }
static const uint64_t cnn_zero_denormals = 0x8040;  // results and operands
#elif defined(__aarch64__)
static uint64_t cnn_float_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
static void cnn_set_float_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
static const uint64_t cnn_zero_denormals = 1 << 24;
#else
static uint64_t cnn_float_mode(void) { return 0; }
static void cnn_set_float_mode(uint64_t mode) { (void)mode; }
static const uint64_t cnn_zero_denormals = 0;
#endif

#endif

"""##),
    ("kernels/dense.h", ##"""
// Dot products of rows of the weight matrix, which lie where the file has them, with images. By one image the
// weights are multiplied at the speed of memory; by several, a run of columns of a few rows is multiplied by all
// of them while it lies in the cache and the next rows are on their way. As many images as a vector has lanes are
// multiplied as matrices are.

#include "dense_batch.h"

enum {
  DENSE_ROWS = 48,        // of the weight matrix that a unit of work has at most
  DENSE_SINGLE_ROWS = 8,  // that are multiplied together by a single image
  DENSE_TILE_ROWS = 3,    // that are multiplied together by
  DENSE_TILE_IMAGES = 4,  // as many images of several
  DENSE_DEPTH = 256,      // columns of a run
  DENSE_GROUP = 8,        // images whose run of columns lies in the first-level cache
  DENSE_IMAGES = 32       // that weights are read once for
};

/// Vectors of partial sums, row by row and image by image.
typedef cnn_vector dense_sums[DENSE_ROWS][DENSE_IMAGES];

/// Rows of the weights and images, from the same column on.
typedef struct {
  const float *w, *x;
  int64_t w_stride, x_stride;
  int64_t length;  // columns, a whole multiple of CNN_LANES
} dense_run;

/// sums[r][n] += the products of a run's first rows and images; x holds the latter's vectors in turn. The rows
/// behind are fetched meanwhile: what fetches ahead by itself does not see that one row follows another.
CNN_INLINE void dense_tile(const int rows, const int images, const dense_run *run, cnn_vector (*sums)[DENSE_IMAGES]) {
  cnn_vector totals[DENSE_SINGLE_ROWS][DENSE_TILE_IMAGES];
  const float *w[DENSE_SINGLE_ROWS], *x = run->x, *next[DENSE_SINGLE_ROWS];
  CNN_UNROLL for (int r = 0; r < rows; r++) {
    w[r] = run->w + r * run->w_stride;
    next[r] = run->w + (r + rows) * run->w_stride;
    CNN_UNROLL for (int n = 0; n < images; n++) totals[r][n] = sums[r][n];
  }
  for (int64_t i = 0; i < run->length; i += CNN_LANES, x += images * CNN_LANES) {
    cnn_vector factors[DENSE_SINGLE_ROWS];
    CNN_UNROLL for (int r = 0; r < rows; r++) factors[r] = cnn_load(w[r] + i);
    if (images > 1) CNN_UNROLL for (int r = 0; r < rows; r++) __builtin_prefetch(next[r] + i);
    CNN_UNROLL for (int n = 0; n < images; n++) {
      const cnn_vector value = cnn_load(x + n * CNN_LANES);
      CNN_UNROLL for (int r = 0; r < rows; r++) totals[r][n] += factors[r] * value;
    }
  }
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int n = 0; n < images; n++) sums[r][n] = totals[r][n];
}

#define DENSE_TILE_CASE(n)                                                                \
  case n:                                                                                 \
    if (rows == DENSE_TILE_ROWS) return dense_tile(DENSE_TILE_ROWS, n, run, sums);        \
    for (dense_run row = *run; rows > 0; rows--, row.w += row.w_stride) dense_tile(1, n, &row, sums++); \
    return

/// The same for up to DENSE_TILE_ROWS rows and DENSE_TILE_IMAGES images.
static void dense_some(const dense_run *run, int64_t rows, int64_t images, cnn_vector (*sums)[DENSE_IMAGES]) {
  switch (images) {
    DENSE_TILE_CASE(1);
    DENSE_TILE_CASE(2);
    DENSE_TILE_CASE(3);
    DENSE_TILE_CASE(4);
  }
}
#undef DENSE_TILE_CASE

/// The vectors of several images' columns in turn, as dense_tile reads them.
static void dense_interleave(const dense_run *run, int64_t images, float *y) {
  for (int64_t n = 0; n < images; n++) {
    const float *x = run->x + n * run->x_stride;
    float *to = y + n * CNN_LANES;
    for (int64_t i = 0; i < run->length; i += CNN_LANES, to += images * CNN_LANES) cnn_store(to, cnn_load(x + i));
  }
}

/// sums[r][first + n] += the products of a run for any number of rows, and `images` of DENSE_GROUP.
static void dense_group(const dense_run *all, int64_t units, int64_t first, int64_t images, dense_sums sums) {
  _Alignas(64) float copies[DENSE_GROUP * DENSE_DEPTH];
  const int64_t parts = (images + DENSE_TILE_IMAGES - 1) / DENSE_TILE_IMAGES;
  // Parts of nearly the same size: a small one keeps too few sums to hide their latency.
  int64_t starts[DENSE_GROUP + 1];
  for (int64_t part = 0; part <= parts; part++) starts[part] = images * part / parts;
  for (int64_t part = 0; part < parts; part++) {
    dense_run run = *all;
    run.x += (first + starts[part]) * run.x_stride;
    dense_interleave(&run, starts[part + 1] - starts[part], copies + starts[part] * run.length);
  }
  dense_run run = *all;
  for (int64_t row = 0; row < units; row += DENSE_TILE_ROWS, run.w += DENSE_TILE_ROWS * run.w_stride) {
    const int64_t rows = cnn_min(DENSE_TILE_ROWS, units - row);
    for (int64_t part = 0; part < parts; part++) {
      run.x = copies + starts[part] * run.length;
      dense_some(&run, rows, starts[part + 1] - starts[part],
                 (cnn_vector(*)[DENSE_IMAGES]) & sums[row][first + starts[part]]);
    }
  }
}

/// sums = the products of whole vectors of columns, for several images.
static void dense_several(const dense_run *all, int64_t units, int64_t images, dense_sums sums) {
  for (int64_t r = 0; r < units; r++)
    for (int64_t n = 0; n < images; n++) sums[r][n] = (cnn_vector)(0);
  for (int64_t k = 0; k < all->length; k += DENSE_DEPTH) {
    dense_run run = *all;
    run.w += k;
    run.x += k;
    run.length = cnn_min(DENSE_DEPTH, all->length - k);
    for (int64_t n = 0; n < images; n += DENSE_GROUP)
      dense_group(&run, units, n, cnn_min(DENSE_GROUP, images - n), sums);
  }
}

/// sums = the same for one image.
static void dense_single(const dense_run *all, int64_t units, dense_sums sums) {
  dense_run run = *all;
  for (int64_t r = 0; r < units; r++) sums[r][0] = (cnn_vector)(0);
  int64_t row = 0;
  for (; row + DENSE_SINGLE_ROWS <= units; row += DENSE_SINGLE_ROWS, run.w += DENSE_SINGLE_ROWS * run.w_stride)
    dense_tile(DENSE_SINGLE_ROWS, 1, &run, &sums[row]);
  for (; row + DENSE_SINGLE_ROWS / 2 <= units; row += DENSE_SINGLE_ROWS / 2) {
    dense_tile(DENSE_SINGLE_ROWS / 2, 1, &run, &sums[row]);
    run.w += DENSE_SINGLE_ROWS / 2 * run.w_stride;
  }
  for (; row < units; row++, run.w += run.w_stride) dense_tile(1, 1, &run, &sums[row]);
}

/// totals[r] = the sums of `units` rows for one image, with what columns are left.
static void dense_total(const dense_run *run, int64_t depth, int64_t units, cnn_vector (*sums)[DENSE_IMAGES],
                        float totals[DENSE_ROWS]) {
  for (int64_t r = 0; r < units; r += 4) {
    cnn_vector of[4];
    for (int64_t i = 0; i < 4; i++) of[i] = sums[cnn_min(r + i, units - 1)][0];
    cnn_store_four(totals + r, cnn_sum_lanes(of[0], of[1], of[2], of[3]));
  }
  for (int64_t r = 0; r < units; r++)
    for (int64_t k = run->length; k < depth; k++) totals[r] += run->w[r * run->w_stride + k] * run->x[k];
}

/// Rows of a unit of work: many, which share what is read of the images, where there are enough of them.
static int64_t dense_unit(const cnn_dense_parameters *p) {
  return p->units >= 32 * DENSE_ROWS ? DENSE_ROWS : p->units >= 16 * DENSE_ROWS / 2 ? DENSE_ROWS / 2 : DENSE_ROWS / 4;
}

/// Whether images are as many as a vector has lanes.
static int dense_is_batch(const cnn_dense_parameters *p) {
  return CNN_MOST_IMAGES >= CNN_LANES && p->batch >= CNN_LANES;
}

static int64_t dense_units(const cnn_dense_parameters *p) {
  const int64_t most = dense_is_batch(p) ? dense_batch_unit(p) : dense_unit(p);
  return (p->units + most - 1) / most;
}

CNN_SPLIT(dense, dense_units(p), p->batch * p->units * p->depth / 10)

CNN_KERNEL(dense) {
  const cnn_dense_parameters *p = parameters;
  if (dense_is_batch(p)) return dense_batch_run(p, operands, first, end);
  const float *bias = operands[3], *residual = operands[4];
  const int64_t most = dense_unit(p);
  dense_sums sums;
  for (int64_t unit = first * most; unit < cnn_min(p->units, end * most); unit += most) {
    const int64_t units = cnn_min(most, p->units - unit);
    dense_run run = {.w = (const float *)operands[2] + unit * p->depth, .w_stride = p->depth,
                     .x_stride = p->x_stride, .length = p->depth - p->depth % CNN_LANES};
    for (int64_t image = 0; image < p->batch; image += DENSE_IMAGES) {
      run.x = (const float *)operands[1] + image * p->x_stride;
      const int64_t images = cnn_min(DENSE_IMAGES, p->batch - image);
      if (CNN_MOST_IMAGES == 1 || images == 1)
        dense_single(&run, units, sums);
      else
        dense_several(&run, units, images, sums);
      for (int64_t n = 0; n < images; n++, run.x += p->x_stride) {
        float row[DENSE_ROWS];
        dense_total(&run, p->depth, units, (cnn_vector(*)[DENSE_IMAGES]) & sums[0][n], row);
        for (int64_t u = 0; bias != NULL && u < units; u++) row[u] += bias[unit + u];
        for (int64_t u = 0; residual != NULL && u < units; u++)
          row[u] += residual[(image + n) * p->r_stride + unit + u];
        cnn_apply(p->function, (float)p->alpha, row,
                  (float *)operands[0] + (image + n) * p->y_stride + unit, units);
      }
    }
  }
}

"""##),
    ("kernels/dense_batch.h", ##"""
// A dense layer of many images: a product of matrices whose lanes are images. The images' elements are turned into
// panels once, [panel of images][element][image], and each weight, read once, is multiplied by a whole panel.

#ifndef CNN_DENSE_BATCH_H
#define CNN_DENSE_BATCH_H

#include "functions.h"
#include "transpose.h"
#include "units.h"

enum {
  DENSE_BATCH_IMAGES = 64,   // that weights are read once for, at most,
  DENSE_BATCH_TERMS = 512,   // elements of theirs, and
  DENSE_BATCH_UNITS = 192,   // units that lie in the cache together
  DENSE_BATCH_LINE = 16,     // floats of a line of the cache
  DENSE_PANELS = DENSE_BATCH_IMAGES / CNN_TILE_COLUMNS
};

/// Units of a unit of work: as many as share the panels, but some for each of several threads.
static int64_t dense_batch_unit(const cnn_dense_parameters *p) {
  const int64_t parts = p->units < 2 * DENSE_BATCH_UNITS / 3 ? 2 : cnn_max(2, p->units / (DENSE_BATCH_UNITS / 2));
  return (p->units + parts - 1) / parts;
}

/// A tile: sums[r][...] = or += the products of `terms` elements of a few rows of weights with a panel. The weights
/// `ahead` floats behind are fetched meanwhile: what fetches ahead by itself does not see that one row follows another.
CNN_INLINE void dense_batch_tile(const int rows, const int vectors, const float *w, int64_t depth, int64_t ahead,
                                 const float *panel, int64_t terms, int adds, float *to, int64_t to_row) {
  cnn_vector sums[CNN_TILE_ROWS][CNN_TILE_VECTORS];
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int v = 0; v < vectors; v++)
      sums[r][v] = adds ? cnn_load(to + r * to_row + v * CNN_LANES) : (cnn_vector)(0);
  // A pointer for every three rows: the others are one addition of the address away.
  const float *thirds[(CNN_TILE_ROWS + 2) / 3];
  CNN_UNROLL for (int r = 0; r < rows; r += 3) {
    thirds[r / 3] = w + r * depth;
    CNN_INDEPENDENT(thirds[r / 3]);
  }
  for (int64_t k = 0; k < terms; k += DENSE_BATCH_LINE) {
    const float *const end = panel + cnn_min(DENSE_BATCH_LINE, terms - k) * CNN_TILE_COLUMNS;
    CNN_UNROLL for (int r = 0; r < rows; r++) __builtin_prefetch(w + r * depth + ahead + k);
    _Pragma("clang loop unroll_count(2)") for (; panel < end; panel += CNN_TILE_COLUMNS) {
      cnn_vector values[CNN_TILE_VECTORS];
      CNN_UNROLL for (int v = 0; v < vectors; v++) values[v] = cnn_load(panel + v * CNN_LANES);
      CNN_UNROLL for (int r = 0; r < rows; r++) {
        const cnn_vector factor = (cnn_vector)(thirds[r / 3][r % 3 * depth]);
        CNN_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += factor * values[v];
      }
      CNN_UNROLL for (int r = 0; r < rows; r += 3) thirds[r / 3]++;
    }
  }
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int v = 0; v < vectors; v++) cnn_store(to + r * to_row + v * CNN_LANES, sums[r][v]);
}

/// The same for a number of rows and vectors that is not known before.
static void dense_batch_any_tile(int64_t rows, int64_t vectors, const float *w, int64_t depth, int64_t ahead,
                                 const float *panel, int64_t terms, int adds, float *to, int64_t to_row) {
#define DENSE_CASE(n)                                                                                        \
  case n:                                                                                                    \
    if (vectors == 1) return dense_batch_tile(n, 1, w, depth, ahead, panel, terms, adds, to, to_row);        \
    return dense_batch_tile(n, CNN_TILE_VECTORS, w, depth, ahead, panel, terms, adds, to, to_row);
  switch (rows) {
    DENSE_CASE(1)
    DENSE_CASE(2)
    DENSE_CASE(3)
    DENSE_CASE(4)
#if CNN_TILE_ROWS > 4
    DENSE_CASE(5)
    DENSE_CASE(6)
#endif
#if CNN_TILE_ROWS > 6
    DENSE_CASE(7)
    DENSE_CASE(8)
    DENSE_CASE(9)
    DENSE_CASE(10)
    DENSE_CASE(11)
    DENSE_CASE(12)
#endif
  }
#undef DENSE_CASE
}

/// Some units of some images.
typedef struct {
  const float *w, *x;  // of the first unit, of the first image
  int64_t units, images, depth, x_stride;
} dense_batch;

/// sums[unit][image] = the products.
static void dense_batch_multiply(const dense_batch *b, float sums[DENSE_BATCH_UNITS][DENSE_BATCH_IMAGES]) {
  _Alignas(64) float panels[DENSE_PANELS][DENSE_BATCH_TERMS * CNN_TILE_COLUMNS];
  const int64_t blocks = (b->units + CNN_TILE_ROWS - 1) / CNN_TILE_ROWS;
  for (int64_t k = 0; k < b->depth; k += DENSE_BATCH_TERMS) {
    const int64_t terms = cnn_min(DENSE_BATCH_TERMS, b->depth - k);
    for (int64_t n = 0; n < b->images; n += CNN_TILE_COLUMNS) {
      const int64_t images = cnn_min(CNN_TILE_COLUMNS, b->images - n);
      float *panel = panels[n / CNN_TILE_COLUMNS];
      if (images % CNN_LANES > 0) memset(panel, 0, (size_t)(terms * CNN_TILE_COLUMNS) * sizeof(float));
      cnn_transpose(b->x + n * b->x_stride + k, b->x_stride, terms, images, panel, CNN_TILE_COLUMNS);
    }
    // Blocks of rows of nearly the same height: a low one keeps too few sums to hide their latency.
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t unit = b->units * block / blocks, rows = b->units * (block + 1) / blocks - unit;
      for (int64_t n = 0; n < b->images; n += CNN_TILE_COLUMNS) {
        const int64_t vectors = (b->images - n + CNN_LANES - 1) / CNN_LANES;
        dense_batch_any_tile(rows, vectors, b->w + unit * b->depth + k, b->depth, rows * b->depth,
                             panels[n / CNN_TILE_COLUMNS], terms, k > 0, &sums[unit][n], DENSE_BATCH_IMAGES);
      }
    }
  }
}

/// y = function(sums + bias + r), turned back; y and r are the first image's first of the units. r may be y.
static void dense_batch_finish(const cnn_dense_parameters *p, const dense_batch *b, const float *bias, const float *r,
                               float sums[DENSE_BATCH_UNITS][DENSE_BATCH_IMAGES], float *y) {
  for (int64_t n = 0; n < b->images; n += 4) {
    float rows[4][DENSE_BATCH_UNITS];
    const int64_t images = cnn_min(4, b->images - n);
    cnn_transpose(&sums[0][n], DENSE_BATCH_IMAGES, images, b->units, rows[0], DENSE_BATCH_UNITS);
    for (int64_t i = 0; i < images; i++) {
      for (int64_t u = 0; bias != NULL && u < b->units; u++) rows[i][u] += bias[u];
      for (int64_t u = 0; r != NULL && u < b->units; u++) rows[i][u] += r[(n + i) * p->r_stride + u];
      cnn_apply(p->function, (float)p->alpha, rows[i], y + (n + i) * p->y_stride, b->units);
    }
  }
}

/// Units first..<end of work.
static void dense_batch_run(const cnn_dense_parameters *p, void *const *operands, int64_t first, int64_t end) {
  float sums[DENSE_BATCH_UNITS][DENSE_BATCH_IMAGES];
  const float *bias = operands[3], *r = operands[4];
  const int64_t most = dense_batch_unit(p), last = cnn_min(p->units, end * most);
  for (int64_t unit = first * most; unit < last; unit += DENSE_BATCH_UNITS)
    for (int64_t n = 0; n < p->batch; n += DENSE_BATCH_IMAGES) {
      const dense_batch b = {.w = (const float *)operands[2] + unit * p->depth,
                             .x = (const float *)operands[1] + n * p->x_stride,
                             .units = cnn_min(DENSE_BATCH_UNITS, last - unit),
                             .images = cnn_min(DENSE_BATCH_IMAGES, p->batch - n),
                             .depth = p->depth,
                             .x_stride = p->x_stride};
      dense_batch_multiply(&b, sums);
      dense_batch_finish(p, &b, bias ? bias + unit : NULL, r ? r + n * p->r_stride + unit : NULL, sums,
                         (float *)operands[0] + n * p->y_stride + unit);
    }
}

#endif

"""##),
    ("kernels/exponential.h", ##"""
// The exponential function and what is made of it, for vectors: relative errors stay below 4e-7 as long as the
// result is no denormal number. The polynomials are minimax fits of our own, rounded to float.

#ifndef CNN_EXPONENTIAL_H
#define CNN_EXPONENTIAL_H

#include "tile.h"

CNN_INLINE cnn_integers cnn_bits(cnn_vector x) {
  cnn_integers bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

CNN_INLINE cnn_vector cnn_from_bits(cnn_integers bits) {
  cnn_vector x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

/// |x|, and x with another's sign.
CNN_INLINE cnn_vector cnn_magnitude(cnn_vector x) { return cnn_from_bits(cnn_bits(x) & 0x7fffffff); }
CNN_INLINE cnn_vector cnn_with_sign(cnn_vector x, cnn_vector of) {
  return cnn_from_bits(cnn_bits(x) | (cnn_bits(of) & (int32_t)0x80000000));
}

/// 2^n for n in [-126, 127]; anything for others, which not-a-number leads to.
CNN_INLINE cnn_vector cnn_power_of_two(cnn_integers n) {
  return cnn_from_bits((cnn_integers)((cnn_naturals)(n + 127) << 23));
}

/// An exponential in parts: e^x = 2^power * (1 + rest), where |rest| < 0.42.
typedef struct {
  cnn_integers power;
  cnn_vector rest;
} cnn_exponential;

/// Of x + more, where |x| < 2^20 and |more| is small. A not-a-number comes out in `rest`.
CNN_INLINE cnn_exponential cnn_exponential_of(cnn_vector x, cnn_vector more) {
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the lowest bits.
  const cnn_vector magic = (cnn_vector)(12582912.0f);
  const cnn_vector shifted = x * 1.44269504f + magic, power = shifted - magic;
  // log 2 in two parts, the first of which has so few bits that its product is exact.
  const cnn_vector r = ((x - power * 0.693359375f) + power * 2.12194440e-4f) + more;
  cnn_vector p = r * 0.0013947574188932776f + 0.008367233909666538f;
  p = p * r + 0.041666265577077866f;
  p = p * r + 0.16666537523269653f;
  p = p * r + 0.5f;
  return (cnn_exponential){cnn_bits(shifted) - 0x4b400000, p * (r * r) + r};
}

/// factor * e^(x + more), for any x and factor; factor is multiplied where neither over- nor underflows early.
CNN_INLINE cnn_vector cnn_scaled_exp(cnn_vector x, cnn_vector more, cnn_vector factor) {
  x = x > 89.0f ? (cnn_vector)(89.0f) : x;
  x = x < -110.0f ? (cnn_vector)(-110.0f) : x;
  const cnn_exponential e = cnn_exponential_of(x, more);
  const cnn_integers half = e.power >> 1;
  // Two factors, so that neither is out of range where the result is denormal or just finite.
  return (factor + factor * e.rest) * cnn_power_of_two(half) * cnn_power_of_two(e.power - half);
}

CNN_INLINE cnn_vector cnn_exp(cnn_vector x) { return cnn_scaled_exp(x, (cnn_vector)(0), (cnn_vector)(1)); }

/// e^x - 1 for x <= 0.
CNN_INLINE cnn_vector cnn_expm1(cnn_vector x) {
  const cnn_exponential e = cnn_exponential_of(x < -20.0f ? (cnn_vector)(-20.0f) : x, (cnn_vector)(0));
  const cnn_vector scale = cnn_power_of_two(e.power);
  return scale * e.rest + (scale - 1);
}

/// factor / (1 + e^-x), from the exponential that does not overflow.
CNN_INLINE cnn_vector cnn_sigmoid(cnn_vector x, cnn_vector factor) {
  const cnn_vector down = -cnn_magnitude(x), small = cnn_scaled_exp(down, (cnn_vector)(0), factor);
  return (x < 0 ? small : factor) / (1 + cnn_exp(down));
}

/// x / (1 + e^-x); at minus infinity its limit, 0.
CNN_INLINE cnn_vector cnn_silu(cnn_vector x) {
  x = x < -200.0f ? (cnn_vector)(-200.0f) : x;
  return cnn_sigmoid(x, x);
}

/// outer * tanh(inner * x).
CNN_INLINE cnn_vector cnn_tanh(cnn_vector x, float inner, float outer) {
  const cnn_vector u = inner * x, magnitude = cnn_magnitude(u), square = u * u;
  cnn_vector p = square * -0.005717045161873102f + 0.02065058797597885f;
  p = p * square - 0.05374349653720856f;
  p = p * square + 0.13331490755081177f;
  p = p * square - 0.3333328366279602f;
  const cnn_vector large = 1 - 2 / (cnn_exp(2 * magnitude) + 1);
  // Made from x, for u may be denormal, and taken for zero, where the result is not.
  const cnn_vector line = (inner * outer) * x;
  return magnitude < 0.625f ? line + line * (square * p) : cnn_with_sign(outer * large, x);
}

/// x times the normal distribution up to x, which for negative x is the tail beyond |x|: a smooth function of it
/// times e^(-x^2 / 2). At minus infinity its limit, 0.
CNN_INLINE cnn_vector cnn_gelu(cnn_vector x) {
  x = x < -15.0f ? (cnn_vector)(-15.0f) : x;
  cnn_vector t = cnn_magnitude(x);
  t = t > 14.5f ? (cnn_vector)(14.5f) : t;
  const cnn_vector inverse = 1 / (t + 3), s = (t - 3) * inverse;
  cnn_vector p = s * 5.185665577300824e-05f - 0.00020389919518493116f;
  p = p * s - 0.000946751213632524f;
  p = p * s + 0.0010171292815357447f;
  p = p * s + 0.006937465164810419f;
  p = p * s - 0.010462445206940174f;
  p = p * s - 0.04725819081068039f;
  p = p * s + 0.23001770675182343f;
  p = p * s - 0.5093321800231934f;
  p = p * s + 0.7290837168693542f;
  // t * t in two parts: high has so few bits that its square is exact.
  const cnn_vector high = cnn_from_bits(cnn_bits(t) & (int32_t)0xfffff000);
  const cnn_vector less = -0.5f * ((t - high) * (t + high)), exponent = -0.5f * (high * high);
  const cnn_vector tail = p * inverse;
  return x < 0 ? cnn_scaled_exp(exponent, less, x * tail) : x * (1 - cnn_scaled_exp(exponent, less, tail));
}

#endif

"""##),
    ("kernels/first_channels.h", ##"""
// The block that some numbers of a channel each begin.

#ifndef CNN_FIRST_CHANNELS_H
#define CNN_FIRST_CHANNELS_H

#include "sixteen.h"

/// Up to sixteen elements of an array that ends with them; 0 in the other lanes, and everywhere for no array.
static inline cnn_sixteen cnn_load_first(const float *x, int64_t count) {
  float lanes[CNN_PANEL] = {0};
  for (int64_t i = 0; x != NULL && i < cnn_min(count, CNN_PANEL); i++) lanes[i] = x[i];
  return cnn_load_sixteen(lanes);
}

#endif

"""##),
    ("kernels/functions.h", ##"""
// The elementwise functions, shared by the kernels that apply one at their store.

#ifndef CNN_FUNCTIONS_H
#define CNN_FUNCTIONS_H

#include "exponential.h"

/// Elements that are worth finishing, function and all, while they lie in the first-level cache.
enum { CNN_RUN = 1024 };

/// What an element takes, relative to the cheap functions.
static inline int64_t cnn_function_cost(int64_t function) {
  switch (function) {
    case CNN_ELU: case CNN_SIGMOID: case CNN_TANH: case CNN_SCALED_TANH: case CNN_GELU: case CNN_SILU: return 20;
    default: return 1;
  }
}

/// count elements from x to y, which may be the same. The switch stands outside the loops so that each
/// of them vectorises where the function allows.
static inline void cnn_apply(int64_t function, float alpha, const float *x, float *y, int64_t count) {
#define EACH(expression)                     \
  CNN_ELEMENTWISE for (int64_t i = 0; i < count; i++) {      \
    const float v = x[i];                    \
    y[i] = (expression);                     \
  }                                          \
  break
// Elements behind the last whole vector are computed in one too, for the same bits at any place.
#define EACH_VECTOR(expression)                                                                    \
  for (int64_t i = 0; i < count; i += CNN_LANES) {                                                 \
    float rest[CNN_LANES] = {0};                                                                   \
    const int64_t left = cnn_min(CNN_LANES, count - i);                                            \
    if (left < CNN_LANES) memcpy(rest, x + i, (size_t)left * sizeof(float));                       \
    const cnn_vector v = cnn_load(left < CNN_LANES ? rest : x + i);                                \
    const cnn_vector f = (expression);                                                             \
    cnn_store(left < CNN_LANES ? rest : y + i, f);                                                 \
    if (left < CNN_LANES) memcpy(y + i, rest, (size_t)left * sizeof(float));                       \
  }                                                                                                \
  break
  switch (function) {
    case CNN_IDENTITY:
      if (x == y) break;
      EACH(v);
    case CNN_RELU: EACH(v < 0 ? 0 : v);
    case CNN_RELU6: EACH(v < 0 ? 0 : (v > 6 ? 6 : v));
    case CNN_LEAKY_RELU: EACH(v > 0 ? v : alpha * v);
    case CNN_ELU: EACH_VECTOR(v > 0 ? v : alpha * cnn_expm1(v));
    case CNN_SIGMOID: EACH_VECTOR(cnn_sigmoid(v, (cnn_vector)(1)));
    case CNN_TANH: EACH_VECTOR(cnn_tanh(v, 1, 1));
    case CNN_SCALED_TANH: EACH_VECTOR(cnn_tanh(v, 2.0f / 3.0f, 1.7159f));
    case CNN_GELU: EACH_VECTOR(cnn_gelu(v));
    case CNN_SILU: EACH_VECTOR(cnn_silu(v));
    case CNN_HARD_SIGMOID: EACH(fminf(fmaxf(v * (1.0f / 6.0f) + 0.5f, 0), 1));
    case CNN_HARD_SWISH: EACH(v * fminf(fmaxf(v * (1.0f / 6.0f) + 0.5f, 0), 1));
  }
#undef EACH
#undef EACH_VECTOR
}

#endif

"""##),
    ("kernels/geometry.h", ##"""
// Which outputs of a row a window's tap reads inside the image, and which tile of a row is computed at once.

#ifndef CNN_GEOMETRY_H
#define CNN_GEOMETRY_H

/// Before a loop over elements, each of which is read before it is written, and by its own turn only: what is
/// written may lie exactly over what is read, which the compiler would otherwise take for a reason not to
/// use vectors.
#if defined(__clang__)
#define CNN_ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define CNN_ELEMENTWISE _Pragma("GCC ivdep")
#else
#define CNN_ELEMENTWISE
#endif

/// First in a function whose results are stored in files: a product is rounded before it is added, whatever the
/// instruction set, so that all of them get the same bits.
#if defined(__clang__)
#define CNN_UNCONTRACTED _Pragma("clang fp contract(off)")
#else
#define CNN_UNCONTRACTED
#endif

/// Outputs of a row that are computed together, in a buffer on the stack.
enum { CNN_TILE = 256 };

static inline int64_t cnn_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t cnn_max(int64_t a, int64_t b) { return a > b ? a : b; }

/// A number rounded up to a whole multiple.
static inline int64_t cnn_round_up(int64_t count, int64_t step) { return (count + step - 1) / step * step; }

/// Tiles of a row.
static inline int64_t cnn_tiles(int64_t count) { return (count + CNN_TILE - 1) / CNN_TILE; }

/// The smallest i >= 0 with i * stride >= distance.
static inline int64_t cnn_steps(int64_t distance, int64_t stride) {
  if (distance <= 0) return 0;
  return stride == 1 ? distance : (distance - 1) / stride + 1;
}

/// A range of outputs, empty where first >= end.
typedef struct {
  int64_t first, end;
} cnn_range;

/// The outputs i in [begin, end) whose tap, at i * stride + offset, lies in [low, high).
static inline cnn_range cnn_inside(int64_t begin, int64_t end, int64_t stride, int64_t offset, int64_t low,
                                   int64_t high) {
  const cnn_range range = {cnn_max(begin, cnn_steps(low - offset, stride)),
                           cnn_min(end, cnn_steps(high - offset, stride))};
  return range;
}

#endif

"""##),
    ("kernels/join.h", ##"""
#include "functions.h"
#include "units.h"

CNN_SPLIT(add, p->batch * cnn_blocks(p->count), p->batch * p->count / 3 * cnn_function_cost(p->function))

CNN_KERNEL(add) {
  const cnn_add_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const cnn_block b = cnn_block_at(unit, p->count);
    float *y = (float *)operands[0] + b.image * p->y_stride;
    const float *u = (const float *)operands[1] + b.image * p->a_stride;
    const float *v = (const float *)operands[2] + b.image * p->b_stride;
    for (int64_t start = b.begin; start < b.end; start += CNN_RUN) {
      const int64_t stop = cnn_min(b.end, start + CNN_RUN);
      CNN_ELEMENTWISE for (int64_t i = start; i < stop; i++) y[i] = u[i] + v[i];
      cnn_apply(p->function, (float)p->alpha, y + start, y + start, stop - start);
    }
  }
}

CNN_SPLIT(multiply, p->batch * p->channels, p->batch * p->channels * p->area / 4)

CNN_KERNEL(multiply) {
  const cnn_multiply_parameters *p = parameters;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
    const float *a = (const float *)operands[1] + n * p->a_stride + c * p->area;
    const float *b = (const float *)operands[2] + n * p->b_stride + c * p->b_area;
    if (p->b_area == p->area) {
      CNN_ELEMENTWISE for (int64_t i = 0; i < p->area; i++) y[i] = a[i] * b[i];
    } else {
      const float factor = b[0];
      CNN_ELEMENTWISE for (int64_t i = 0; i < p->area; i++) y[i] = a[i] * factor;
    }
  }
}

"""##),
    ("kernels/lrn.h", ##"""
#ifndef CNN_LRN_H
#define CNN_LRN_H

#include "tile.h"
#include "units.h"

/// y = x * scale^-beta, for `count` elements. AlexNet's 0.75 is two square roots, far cheaper than a power.
static void lrn_normalize(const cnn_lrn_parameters *p, const float *x, const float *scale, float *y, int64_t count) {
  if (p->beta == 0.75) {
    int64_t i = 0;
    for (; i + CNN_LANES <= count; i += CNN_LANES) {
      const cnn_vector root = cnn_square_root(cnn_load(scale + i));
      cnn_store(y + i, cnn_load(x + i) / (root * cnn_square_root(root)));
    }
    for (; i < count; i++) {
      const float root = sqrtf(scale[i]);
      y[i] = x[i] / (root * sqrtf(root));
    }
  } else {
    for (int64_t i = 0; i < count; i++) y[i] = x[i] / powf(scale[i], (float)p->beta);
  }
}

CNN_SPLIT(lrn, p->batch * p->channels, p->batch * p->channels * p->pixels * (p->size + 4) / 4)

CNN_KERNEL(lrn) {
  const cnn_lrn_parameters *p = parameters;
  const float alpha = (float)p->alpha, k = (float)p->k;
  float scale[CNN_TILE];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    const float *x = (const float *)operands[1] + n * p->x_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    const int64_t lowest = cnn_max(0, c - p->size / 2);
    const int64_t last = cnn_min(p->channels - 1, c + (p->size - 1) / 2);
    for (int64_t begin = 0; begin < p->pixels; begin += CNN_TILE) {
      const int64_t count = cnn_min(CNN_TILE, p->pixels - begin), place = c * p->pixels + begin;
      for (int64_t i = 0; i < count; i++) scale[i] = 0;
      for (int64_t other = lowest; other <= last; other++) {
        const float *v = x + other * p->pixels + begin;
        for (int64_t i = 0; i < count; i++) scale[i] += v[i] * v[i];
      }
      for (int64_t i = 0; i < count; i++) scale[i] = k + alpha * scale[i];
      lrn_normalize(p, x + place, scale, y + place, count);
    }
  }
}

#endif

"""##),
    ("kernels/lrn_blocks.h", ##"""
// Local response normalisation of blocks. The squares of a pixel's channels are laid side by side, two blocks at
// a time, so that the sums over neighbouring channels are unaligned vectors of them.

#include "first_channels.h"
#include "lrn.h"
#include "units.h"

enum { LRN_PIXELS = 32 };  // that a unit of work has, of one block

/// Squares of two neighbouring blocks, pixel by pixel.
typedef float lrn_squares[LRN_PIXELS][2 * CNN_PANEL];

/// squares[i][half * 16 + lane] = the square of a block's channel at each of `pixels` pixels, 0 in the lanes from
/// `channels` on: x is the block's first of them, and not looked at without channels.
static void lrn_square(const float *x, int64_t channels, int64_t pixels, int64_t half, lrn_squares squares) {
  for (int64_t i = 0; i < pixels; i++) {
    float *to = squares[i] + half * CNN_PANEL;
    cnn_sixteen v = channels >= CNN_PANEL ? cnn_load_sixteen(x + i * CNN_PANEL)
                    : channels > 0           ? cnn_load_first(x + i * CNN_PANEL, channels)
                                             : cnn_fill_sixteen(0);
    CNN_EACH_PART(part) v.part[part] *= v.part[part];
    cnn_store_sixteen(to, v);
  }
}

/// sums[i][lane] += the squares from `first` to `last` places behind the lane's.
static void lrn_add(lrn_squares squares, int64_t first, int64_t last, int64_t pixels,
                    float sums[LRN_PIXELS][CNN_PANEL]) {
  for (int64_t i = 0; i < pixels; i++) {
    cnn_sixteen sum = cnn_load_sixteen(sums[i]);
    for (int64_t place = first; place <= last; place++) {
      const cnn_sixteen v = cnn_load_sixteen(squares[i] + place);
      CNN_EACH_PART(part) sum.part[part] += v.part[part];
    }
    cnn_store_sixteen(sums[i], sum);
  }
}

/// Pixels of a block; x and y are the image's.
static void lrn_blocks_run(const cnn_lrn_parameters *p, const float *x, int64_t block, int64_t pixel, int64_t pixels,
                           float *y) {
  lrn_squares squares;
  float sums[LRN_PIXELS][CNN_PANEL] = {0};
  const int64_t before = cnn_min(p->size / 2, p->channels), behind = cnn_min((p->size - 1) / 2, p->channels);
  // The sum at a lane runs from `before` places before it to `behind` behind it, over blocks first...last + 1.
  const int64_t first = cnn_max(-1, block - (before + CNN_PANEL - 1) / CNN_PANEL);
  const int64_t last = cnn_min(cnn_channel_blocks(p->channels) - 1, block + behind / CNN_PANEL);
  for (int64_t pair = first; pair <= last; pair++) {
    for (int64_t half = 0; half < 2; half++) {
      const int64_t other = pair + half, channels = other < 0 ? 0 : p->channels - other * CNN_PANEL;
      const float *of = channels > 0 ? x + (other * p->pixels + pixel) * CNN_PANEL : NULL;
      lrn_square(of, channels, pixels, half, squares);
    }
    const int64_t distance = (pair - block) * CNN_PANEL;
    lrn_add(squares, cnn_max(0, -before - distance), cnn_min(CNN_PANEL - 1, behind - distance), pixels, sums);
  }
  const float alpha = (float)p->alpha, k = (float)p->k;
  float *scale = sums[0];
  for (int64_t i = 0; i < pixels * CNN_PANEL; i++) scale[i] = k + alpha * scale[i];
  const int64_t place = (block * p->pixels + pixel) * CNN_PANEL;
  lrn_normalize(p, x + place, scale, y + place, pixels * CNN_PANEL);
}

CNN_SPLIT(lrn_blocks,
          p->batch * cnn_channel_blocks(p->channels) * ((p->pixels + LRN_PIXELS - 1) / LRN_PIXELS),
          p->batch * cnn_channel_blocks(p->channels) * p->pixels * (p->size + 8) * 2)

CNN_KERNEL(lrn_blocks) {
  const cnn_lrn_blocks_parameters *p = parameters;
  const int64_t runs = (p->pixels + LRN_PIXELS - 1) / LRN_PIXELS, blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / runs / blocks, block = unit / runs % blocks, pixel = unit % runs * LRN_PIXELS;
    lrn_blocks_run(p, (const float *)operands[1] + n * p->x_stride, block, pixel,
                   cnn_min(LRN_PIXELS, p->pixels - pixel), (float *)operands[0] + n * p->y_stride);
  }
}

"""##),
    ("kernels/panels.h", ##"""
// Blocks of 16 channels and panels of 16 filters, whatever they are computed with.

#ifndef CNN_PANELS_H
#define CNN_PANELS_H

#include "geometry.h"

/// Channels of a block, and filters of a panel.
enum { CNN_PANEL = 16 };

/// Blocks, or panels, of a number of channels or filters.
static inline int64_t cnn_channel_blocks(int64_t channels) { return (channels + CNN_PANEL - 1) / CNN_PANEL; }

/// Channels of a block that exist.
static inline int64_t cnn_block_channels(int64_t channels, int64_t block) {
  return cnn_min(CNN_PANEL, channels - block * CNN_PANEL);
}

/// to[i] = 16 filters' bias from the first of them on, 0 for those that do not exist and where `bias` is NULL.
static inline void cnn_copy_bias(const float *bias, int64_t filter, int64_t filters, float to[CNN_PANEL]) {
  for (int64_t i = 0; i < CNN_PANEL; i++) to[i] = bias && filter + i < filters ? bias[filter + i] : 0;
}

#endif

"""##),
    ("kernels/patch.h", ##"""
// Windows without copies of what they overlap in: the part of an image that a tile of outputs reads is copied
// once, into rows of one pitch with padding as zeros; then what a tap reads for all outputs of the tile is one
// run of elements from an offset of that tap on. Outputs lie in the same pitch, so that a run goes on from row
// to row, over a few columns between them that nobody reads ("virtual pixels"). A stride is taken apart into
// phases, each of which is a plane of its own with neighbouring elements.

#ifndef CNN_PATCH_H
#define CNN_PATCH_H

#include "tile.h"
#include "window.h"

/// How a convolution is cut into tiles of outputs, and a tile's products into steps of channels and taps.
typedef struct {
  cnn_window window;
  int64_t out_height, out_width, channels;
  int64_t rows, columns;                     // outputs of a tile
  int64_t tiles_down, tiles_across;
  int64_t taps_height, taps_width;           // of a step; all of them wherever they fit
  int64_t step_channels;                     // one where the taps are not all
  int64_t phases_height, phases_width;
  int64_t pitch;                             // of patches and of virtual pixels
  int64_t plane;                             // floats of one phase of one channel
} cnn_tiling;

/// What fits where a tile is computed.
typedef struct {
  int64_t pixels;  // virtual pixels of a tile
  int64_t floats;  // of a patch
  int64_t terms;   // channels times taps of a step
  int64_t filters; // that share a patch: what copying is weighed against
} cnn_limits;

/// Outputs that taps reach beyond the first, in whole strides.
static inline int64_t cnn_reach(int64_t taps, int64_t dilation, int64_t stride) {
  return (taps - 1) * dilation / stride;
}

static inline int64_t cnn_phases(int64_t taps, int64_t dilation, int64_t stride) {
  return cnn_min(stride, (taps - 1) * dilation + 1);
}

/// Virtual pixels of a number of rows.
static inline int64_t cnn_virtual(const cnn_tiling *t, int64_t rows, int64_t columns) {
  return (rows - 1) * t->pitch + columns;
}

/// Columns that the end of a patch's row may share with the next one's start, zeros both.
static int64_t cnn_shared_columns(const cnn_tiling *t) {
  const cnn_window *w = &t->window;
  const int64_t columns = t->columns + cnn_reach(w->kernel_width, w->dilation_width, w->stride_width);
  int64_t shared = columns;
  for (int64_t phase = 0; phase < t->phases_width; phase++) {
    const cnn_range inside = cnn_inside(0, columns, w->stride_width, phase - w->pad_left, 0, w->width);
    if (inside.first >= inside.end) continue;
    shared = cnn_min(shared, cnn_min(inside.first, columns - inside.end));
  }
  return cnn_min(shared, columns - 1);
}

static void cnn_set_pitch(cnn_tiling *t) {
  const cnn_window *w = &t->window;
  const int is_whole = t->taps_height == w->kernel_height && t->taps_width == w->kernel_width &&
                       t->columns == t->out_width;
  t->pitch = t->columns + cnn_reach(t->taps_width, w->dilation_width, w->stride_width);
  if (is_whole) t->pitch = cnn_max(t->columns, t->pitch - cnn_shared_columns(t));
}

static void cnn_set_plane(cnn_tiling *t) {
  const cnn_window *w = &t->window;
  const int64_t down = cnn_reach(t->taps_height, w->dilation_height, w->stride_height);
  const int64_t across = cnn_reach(t->taps_width, w->dilation_width, w->stride_width);
  // A row may end behind the pitch, and products read up to a tile's width behind the last pixel.
  t->plane = cnn_round_up(cnn_virtual(t, t->rows + down, t->columns + across) + CNN_TILE_COLUMNS, CNN_LANES);
}

static void cnn_set_taps(cnn_tiling *t, int64_t height, int64_t width) {
  const cnn_window *w = &t->window;
  t->taps_height = height;
  t->taps_width = width;
  t->phases_height = cnn_phases(height, w->dilation_height, w->stride_height);
  t->phases_width = cnn_phases(width, w->dilation_width, w->stride_width);
  cnn_set_pitch(t);
  cnn_set_plane(t);
}

static int64_t cnn_patch_floats(const cnn_tiling *t) {
  return t->phases_height * t->phases_width * t->plane;
}

/// What a tile of some rows takes, roughly, in cycles: products, of which a vector on its own is worth less
/// than one in a tile, copies of rows, and for each filter a start and an end.
static int64_t cnn_tile_cost(const cnn_tiling *t, const cnn_limits *limits, int64_t rows) {
  const int64_t pixels = cnn_virtual(t, rows, t->columns), tiles = pixels / CNN_TILE_COLUMNS;
  const int64_t vectors = (pixels % CNN_TILE_COLUMNS + CNN_LANES - 1) / CNN_LANES;
  const int64_t products = tiles * CNN_TILE_COLUMNS + cnn_min(CNN_TILE_COLUMNS, vectors * CNN_LANES * 3 / 2);
  const int64_t reach = cnn_reach(t->taps_height, t->window.dilation_height, t->window.stride_height);
  const int64_t copies = (rows + reach) * t->phases_height * t->phases_width * (10 + t->pitch / CNN_LANES);
  const int64_t multiplications = products * t->taps_height * t->taps_width * limits->filters;
  return t->channels * (multiplications / (2 * CNN_LANES) + copies) +
         limits->filters * (rows * 8 + pixels / 4) + 150;
}

/// Chooses the rows of a tile.
static void cnn_set_rows(cnn_tiling *t, const cnn_limits *limits) {
  int64_t best = 1, lowest = INT64_MAX;
  for (int64_t rows = 1; rows <= t->out_height; rows++) {
    t->rows = rows;
    cnn_set_plane(t);
    if (rows > 1 && (cnn_virtual(t, rows, t->columns) > limits->pixels || cnn_patch_floats(t) > limits->floats))
      break;
    const int64_t last = t->out_height % rows;
    const int64_t cost = t->out_height / rows * cnn_tile_cost(t, limits, rows) +
                         (last > 0 ? cnn_tile_cost(t, limits, last) : 0);
    if (cost > lowest) continue;
    lowest = cost;
    best = rows;
  }
  t->rows = best;
  cnn_set_plane(t);
}

static cnn_tiling cnn_tiling_of(const cnn_window *w, int64_t out_height, int64_t out_width, int64_t channels,
                                const cnn_limits *limits) {
  cnn_tiling t = {.window = *w, .out_height = out_height, .out_width = out_width, .channels = channels};
  t.tiles_across = (out_width + limits->pixels - 1) / limits->pixels;
  t.columns = (out_width + t.tiles_across - 1) / t.tiles_across;
  t.tiles_across = (out_width + t.columns - 1) / t.columns;
  t.rows = 1;
  int64_t height = w->kernel_height, width = w->kernel_width;
  cnn_set_taps(&t, height, width);
  while (height * width > 1 && (height * width > limits->terms || cnn_patch_floats(&t) > limits->floats)) {
    if (height > 1)
      height = (height + 1) / 2;
    else
      width = (width + 1) / 2;
    cnn_set_taps(&t, height, width);
  }
  cnn_set_rows(&t, limits);
  t.tiles_down = (out_height + t.rows - 1) / t.rows;
  t.step_channels = 1;
  if (height == w->kernel_height && width == w->kernel_width) {
    const int64_t most = cnn_max(
        1, cnn_min(limits->terms / (height * width), limits->floats / cnn_patch_floats(&t)));
    const int64_t steps = cnn_max(1, (channels + most - 1) / most);
    t.step_channels = cnn_max(1, (channels + steps - 1) / steps);
  }
  return t;
}

/// One step: the channels and taps that a patch is made for. Their weights lie side by side.
typedef struct {
  int64_t channel, channels, fy, height, fx, width;
} cnn_step;

static inline int64_t cnn_steps_of_taps(int64_t taps, int64_t of_step) { return (taps + of_step - 1) / of_step; }

static int64_t cnn_step_count(const cnn_tiling *t) {
  return cnn_steps_of_taps(t->channels, t->step_channels) *
         cnn_steps_of_taps(t->window.kernel_height, t->taps_height) *
         cnn_steps_of_taps(t->window.kernel_width, t->taps_width);
}

static cnn_step cnn_step_at(const cnn_tiling *t, int64_t index) {
  const int64_t across = cnn_steps_of_taps(t->window.kernel_width, t->taps_width);
  const int64_t down = cnn_steps_of_taps(t->window.kernel_height, t->taps_height);
  cnn_step s = {.fx = index % across * t->taps_width,
                .fy = index / across % down * t->taps_height,
                .channel = index / across / down * t->step_channels};
  s.width = cnn_min(t->taps_width, t->window.kernel_width - s.fx);
  s.height = cnn_min(t->taps_height, t->window.kernel_height - s.fy);
  s.channels = cnn_min(t->step_channels, t->channels - s.channel);
  return s;
}

static inline int64_t cnn_step_terms(const cnn_step *s) { return s->channels * s->height * s->width; }

/// Where the first of a step's weights lies among a filter's.
static inline int64_t cnn_step_weight(const cnn_tiling *t, const cnn_step *s) {
  return (s->channel * t->window.kernel_height + s->fy) * t->window.kernel_width + s->fx;
}

/// offsets[term] = where in a patch the term begins for the tile's first output.
static void cnn_set_offsets(const cnn_tiling *t, const cnn_step *s, int64_t *offsets) {
  const cnn_window *w = &t->window;
  for (int64_t c = 0; c < s->channels; c++) {
    for (int64_t fy = 0; fy < s->height; fy++) {
      const int64_t y = fy * w->dilation_height;
      const int64_t planes = (c * t->phases_height + y % w->stride_height) * t->phases_width;
      const int64_t row = y / w->stride_height * t->pitch;
      for (int64_t fx = 0; fx < s->width; fx++) {
        const int64_t x = fx * w->dilation_width;
        *offsets++ = (planes + x % w->stride_width) * t->plane + row + x / w->stride_width;
      }
    }
  }
}

/// to[i] = from[i], without the library's call: most rows are short.
CNN_INLINE void cnn_copy_dense(const float *restrict from, int64_t count, float *restrict to) {
  if (count >= CNN_LANES) {
    for (int64_t i = 0; i + CNN_LANES < count; i += CNN_LANES) {
      cnn_store(to + i, cnn_load(from + i));
      __asm__ volatile("");  // or else clang makes the library's call of the loop
    }
    cnn_store(to + count - CNN_LANES, cnn_load(from + count - CNN_LANES));
    return;
  }
#if CNN_LANES == 16
  if (count >= 8) {
    cnn_store_eight(to, cnn_load_eight(from));
    cnn_store_eight(to + count - 8, cnn_load_eight(from + count - 8));
    return;
  }
#endif
  if (count >= 4) {
    cnn_store_four(to, cnn_load_four(from));
    cnn_store_four(to + count - 4, cnn_load_four(from + count - 4));
    return;
  }
  if (count > 0) to[0] = from[0];
  if (count > 1) to[1] = from[1];
  if (count > 2) to[2] = from[2];
}

/// to[i] = from[i * step].
static inline void cnn_copy_run(const float *restrict from, int64_t step, int64_t count, float *restrict to) {
  if (step == 1) {
    cnn_copy_dense(from, count, to);
  } else if (step == 2 && count > CNN_LANES) {
    // Each load ends with the last element that is read, or before it.
    int64_t i = 0;
    for (; i + CNN_LANES < count; i += CNN_LANES)
      cnn_store(to + i, CNN_EVEN(cnn_load(from + 2 * i), cnn_load(from + 2 * i + CNN_LANES)));
    from += 2 * (count - CNN_LANES) - 1;
    cnn_store(to + count - CNN_LANES, CNN_ODD(cnn_load(from), cnn_load(from + CNN_LANES)));
  } else {
    for (int64_t i = 0; i < count; i++) to[i] = from[i * step];
  }
}

/// Zeros, up to a whole number of vectors: what follows is written later, or is room for this.
CNN_INLINE void cnn_clear(float *to, int64_t count) {
  for (int64_t i = 0; i < count; i += CNN_LANES) {
    cnn_store(to + i, (cnn_vector)(0));
    __asm__ volatile("");
  }
}

/// A tile of outputs: rows x columns from (row, column) on.
typedef struct {
  int64_t row, rows, column, columns;
} cnn_area;

static cnn_area cnn_area_at(const cnn_tiling *t, int64_t tile) {
  const int64_t row = tile / t->tiles_across * t->rows, column = tile % t->tiles_across * t->columns;
  return (cnn_area){row, cnn_min(t->rows, t->out_height - row), column,
                    cnn_min(t->columns, t->out_width - column)};
}

/// Copies one phase of a channel's plane, from which the tile's taps begin at row and column `top`, `left`.
static void cnn_copy_phase(const cnn_tiling *t, const float *x, int64_t top, int64_t left, int64_t rows,
                           int64_t columns, float *to) {
  const cnn_window *w = &t->window;
  const cnn_range inside = cnn_inside(0, columns, w->stride_width, left, 0, w->width);
  const int64_t begin = cnn_min(inside.first, columns), end = cnn_max(begin, inside.end);
  if (columns == w->width && t->pitch == columns && begin == 0 && end == columns && w->stride_width == 1 &&
      w->stride_height == 1 && top >= 0 && top + rows <= w->height) {
    // Without padding the rows lie as they have to.
    cnn_copy_run(x + top * w->width, 1, rows * columns, to);
    cnn_clear(to + rows * columns, CNN_LANES);
    return;
  }
  for (int64_t i = 0; i < rows; i++) {
    const int64_t row = top + i * w->stride_height;
    float *line = to + i * t->pitch;
    if (row < 0 || row >= w->height || begin == end) {
      cnn_clear(line, columns);
      continue;
    }
    cnn_clear(line, begin);
    cnn_copy_run(x + row * w->width + left + begin * w->stride_width, w->stride_width, end - begin, line + begin);
    cnn_clear(line + end, columns - end);
  }
  // What products read behind the last row.
  cnn_clear(to + (rows - 1) * t->pitch + columns, CNN_LANES);
}

/// Fills a patch for a tile and a step from an image; x is the first channel of the convolution's group.
static void cnn_fill_patch(const cnn_tiling *t, const cnn_step *s, const cnn_area *area, const float *x,
                           float *patch) {
  const cnn_window *w = &t->window;
  const int64_t top = area->row * w->stride_height - w->pad_top + s->fy * w->dilation_height;
  const int64_t left = area->column * w->stride_width - w->pad_left + s->fx * w->dilation_width;
  const int64_t rows = area->rows + cnn_reach(s->height, w->dilation_height, w->stride_height);
  const int64_t columns = area->columns + cnn_reach(s->width, w->dilation_width, w->stride_width);
  const int64_t down = cnn_phases(s->height, w->dilation_height, w->stride_height);
  const int64_t across = cnn_phases(s->width, w->dilation_width, w->stride_width);
  for (int64_t c = 0; c < s->channels; c++) {
    const float *plane = x + (s->channel + c) * w->height * w->width;
    for (int64_t i = 0; i < down; i++)
      for (int64_t j = 0; j < across; j++)
        cnn_copy_phase(t, plane, top + i, left + j, rows, columns,
                       patch + ((c * t->phases_height + i) * t->phases_width + j) * t->plane);
  }
}

#endif

"""##),
    ("kernels/pixel_tiles.h", ##"""
// How a run of pixels is divided into those whose sums are computed together.

#ifndef CNN_PIXEL_TILES_H
#define CNN_PIXEL_TILES_H

#include "blocks.h"

/// Tiles of a run of pixels, as equal as they can be: a small one keeps too few sums to hide their latency.
static inline int64_t cnn_pixel_tiles(int64_t pixels) { return (pixels + CNN_PIXELS - 1) / CNN_PIXELS; }

/// The first pixel of a tile.
static inline int64_t cnn_pixel_tile_at(int64_t pixels, int64_t tiles, int64_t tile) {
  return pixels * tile / tiles;
}

#endif

"""##),
    ("kernels/places.h", ##"""
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

"""##),
    ("kernels/planar_division.h", ##"""
// How a convolution of a planar image is divided: into rectangles of outputs, and those, where their part of the
// image does not fit, into steps of terms.

#ifndef CNN_PLANAR_DIVISION_H
#define CNN_PLANAR_DIVISION_H

#include "blocks.h"

enum {
  /// Outputs of a unit, floats of its copy and terms of a step, all about what the first-level cache holds.
  PLANAR_PIXELS = 512,
  PLANAR_FLOATS = 12288,
  PLANAR_TERMS = 512,
  /// Units that a layer is divided into at least, where it has as many rows.
  PLANAR_UNITS = 8,
  /// but each of so many multiplications, or more.
  PLANAR_WORK = 200000,
  /// Filters whose panel is only half in use: two pixels take the registers of one.
  PLANAR_HALF = CNN_PANEL / 2
};

/// How outputs are divided into rectangles, and terms into steps that are copied one after the other: some
/// channels, or some rows of taps of one, or some taps of a row. Their weights lie side by side.
typedef struct {
  int64_t rows, columns;              // outputs of a rectangle, at most
  int64_t down, across;               // rectangles
  int64_t channels, taps_down, taps_across;  // of a step
} planar_division;

/// Floats of a channel's copy, along one dimension.
static int64_t planar_span(int64_t outputs, int64_t stride, int64_t taps, int64_t dilation) {
  return (outputs - 1) * stride + (taps - 1) * dilation + 1;
}

static int64_t planar_floats(const cnn_conv2d_blocks_parameters *p, const planar_division *d) {
  return d->channels * planar_span(d->rows, p->stride_height, d->taps_down, p->dilation_height) *
         planar_span(d->columns, p->stride_width, d->taps_across, p->dilation_width);
}

static int planar_fits(const cnn_conv2d_blocks_parameters *p, const planar_division *d) {
  return planar_floats(p, d) <= PLANAR_FLOATS && d->channels * d->taps_down * d->taps_across <= PLANAR_TERMS;
}

/// Whether the last panel's second half does not exist.
static int planar_has_half(const cnn_conv2d_blocks_parameters *p) {
  return CNN_PANEL_VECTORS > 1 && cnn_block_channels(p->filters, cnn_channel_blocks(p->filters) - 1) <= PLANAR_HALF;
}

/// Rectangles that are worth dividing among threads, down an image.
static int64_t planar_least_down(const cnn_conv2d_blocks_parameters *p, int64_t across) {
  const int64_t terms = p->channels * p->kernel_height * p->kernel_width * p->filters;
  const int64_t worth = terms * p->out_height * p->out_width / PLANAR_WORK;
  return cnn_max(1, cnn_min(worth, (PLANAR_UNITS + across - 1) / across));
}

static planar_division planar_division_of(const cnn_conv2d_blocks_parameters *p) {
  planar_division d = {.rows = 1, .channels = cnn_max(1, p->channels), .taps_down = p->kernel_height,
                       .taps_across = p->kernel_width};
  // Of one tap, a row of outputs has to fit.
  const int64_t most = cnn_max(1, cnn_min(PLANAR_PIXELS, PLANAR_FLOATS / p->stride_width));
  d.across = (p->out_width + most - 1) / most;
  d.columns = (p->out_width + d.across - 1) / d.across;
  while (!planar_fits(p, &d) && d.channels * d.taps_down * d.taps_across > 1) {
    if (d.channels > 1)
      d.channels = (d.channels + 1) / 2;
    else if (d.taps_down > 1)
      d.taps_down = (d.taps_down + 1) / 2;
    else
      d.taps_across = (d.taps_across + 1) / 2;
  }
  // As many rows as fit, but enough rectangles, and of equal size.
  const int64_t least = planar_least_down(p, d.across);
  planar_division more = d;
  for (more.rows = 2; more.rows * d.columns <= PLANAR_PIXELS && planar_fits(p, &more) &&
                      (p->out_height + more.rows - 1) / more.rows >= least;
       more.rows++)
    d.rows = more.rows;
  d.down = (p->out_height + d.rows - 1) / d.rows;
  if (d.down > 1) d.down += d.down % 2;
  d.rows = (p->out_height + d.down - 1) / d.down;
  // Half panels take rows by twos.
  more.rows = d.rows + d.rows % 2;
  if (planar_has_half(p) && more.rows * d.columns <= PLANAR_PIXELS && planar_fits(p, &more)) d.rows = more.rows;
  d.down = (p->out_height + d.rows - 1) / d.rows;
  return d;
}

#endif

"""##),
    ("kernels/pool2d.h", ##"""
// Pooling; the gradient shares what tells the common case apart.

#ifndef CNN_POOL2D_H
#define CNN_POOL2D_H

#include "pool2d_halve.h"
#include "tile.h"
#include "units.h"

enum { POOL_MAX = 0, POOL_AVERAGE = 1, POOL_SUM = 2 };

/// Whether windows are the disjoint squares of two by two that most networks have.
#define POOL_IS_HALVING(p)                                                                         \
  ((p)->kernel_height == 2 && (p)->kernel_width == 2 && (p)->stride_height == 2 &&                 \
   (p)->stride_width == 2 && (p)->dilation_height == 1 && (p)->dilation_width == 1 &&              \
   (p)->pad_top == 0 && (p)->pad_left == 0 && 2 * (p)->out_height <= (p)->height &&                \
   2 * (p)->out_width <= (p)->width)

/// values[j - begin] = the window at output (row, j), reduced, for j in [begin, end).
static void pool2d_row(const cnn_pool2d_parameters *p, const float *x, int64_t row, int64_t begin, int64_t end, float *values) {
  const int64_t step = p->stride_width;
  for (int64_t i = 0; i < end - begin; i++) values[i] = p->mode == POOL_MAX ? -INFINITY : 0;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
    if (iy < 0 || iy >= p->height) continue;
    const float *line = x + iy * p->width;
    for (int64_t fx = 0; fx < p->kernel_width; fx++) {
      const int64_t offset = fx * p->dilation_width - p->pad_left;
      const cnn_range range = cnn_inside(begin, end, step, offset, 0, p->width);
      if (p->mode == POOL_MAX) {
        for (int64_t j = range.first; j < range.end; j++) {
          const float v = line[j * step + offset], best = values[j - begin];
          values[j - begin] = v > best || v != v ? v : best;
        }
      } else {
        for (int64_t j = range.first; j < range.end; j++) values[j - begin] += line[j * step + offset];
      }
    }
  }
}

/// Rows of the window of output row `row` that count in the divisor.
static int64_t pool2d_counted_rows(const cnn_pool2d_parameters *p, int64_t row) {
  int64_t count = 0;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
    count += iy >= -p->counted_top && iy < p->height + p->counted_bottom;
  }
  return count;
}

/// columns[j - begin] = columns of the window of output column j that count in the divisor.
static void pool2d_count_columns(const cnn_pool2d_parameters *p, int64_t begin, int64_t end, float *columns) {
  for (int64_t i = 0; i < end - begin; i++) columns[i] = 0;
  for (int64_t fx = 0; fx < p->kernel_width; fx++) {
    const cnn_range range =
        cnn_inside(begin, end, p->stride_width, fx * p->dilation_width - p->pad_left, -p->counted_left,
                   p->width + p->counted_right);
    for (int64_t j = range.first; j < range.end; j++) columns[j - begin] += 1;
  }
}

/// All windows of a plane.
static void pool2d_plane(const cnn_pool2d_parameters *p, const float *x, float *y) {
  float values[CNN_TILE], columns[CNN_TILE];
  for (int64_t begin = 0; begin < p->out_width; begin += CNN_TILE) {
    const int64_t end = cnn_min(p->out_width, begin + CNN_TILE);
    if (p->mode == POOL_AVERAGE) pool2d_count_columns(p, begin, end, columns);
    for (int64_t row = 0; row < p->out_height; row++) {
      float *to = y + row * p->out_width + begin;
      pool2d_row(p, x, row, begin, end, values);
      const float rows = p->mode == POOL_AVERAGE ? (float)pool2d_counted_rows(p, row) : 0;
      for (int64_t i = 0; i < end - begin; i++)
        to[i] = p->mode == POOL_AVERAGE ? values[i] / fmaxf(1, rows * columns[i]) : values[i];
    }
  }
}

CNN_SPLIT(pool2d, p->batch * p->channels,
          p->batch * p->channels * p->out_height * p->out_width * (p->kernel_height * p->kernel_width + 4) / 4)

CNN_KERNEL(pool2d) {
  const cnn_pool2d_parameters *p = parameters;
  const int halves = p->mode == POOL_MAX && POOL_IS_HALVING(p);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * p->height * p->width;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->out_height * p->out_width;
    if (halves)
      pool2d_halve(p, x, y);
    else
      pool2d_plane(p, x, y);
  }
}

#endif

"""##),
    ("kernels/pool2d_blocks.h", ##"""
// Pooling of blocks: the lanes are channels, so that any window is read with whole vectors.

#include "sixteen.h"
#include "pool2d.h"
#include "units.h"

enum {
  POOL_REGISTERS = CNN_TILE_ROWS * CNN_TILE_VECTORS / CNN_PANEL_VECTORS,
  POOL_PIXELS = POOL_REGISTERS < 4 ? POOL_REGISTERS : 4,  // windows that are reduced together
  POOL_BAND = 256                                         // outputs that a unit of work has, roughly
};

/// What windows read: the part of them that lies inside the image, of the first of them and the others alike.
typedef struct {
  const float *x;                             // the first element of the first window
  int64_t rows, columns;
  int64_t row_step, column_step, pixel_step;  // from tap to tap, and from window to window
} pool_taps;

/// The reductions of `count` windows, as many as are stated constantly.
CNN_INLINE void pool_reduce(const int count, const int largest, const pool_taps *taps, cnn_sixteen *values) {
  CNN_UNROLL for (int i = 0; i < count; i++) values[i] = cnn_fill_sixteen(largest ? -INFINITY : 0);
  for (int64_t fy = 0; fy < taps->rows; fy++) {
    const float *x = taps->x + fy * taps->row_step;
    for (int64_t fx = 0; fx < taps->columns; fx++, x += taps->column_step) {
      CNN_UNROLL for (int i = 0; i < count; i++) {
        const cnn_sixteen v = cnn_load_sixteen(x + i * taps->pixel_step);
        CNN_EACH_PART(part)
          values[i].part[part] = largest ? cnn_larger(values[i].part[part], v.part[part])
                                         : values[i].part[part] + v.part[part];
      }
    }
  }
}

/// Stores `count` windows; columns is NULL but for averages.
CNN_INLINE void pool_store(const int count, const cnn_sixteen *values, float rows, const float *columns, float *y) {
  CNN_UNROLL for (int i = 0; i < count; i++) {
    cnn_sixteen v = values[i];
    if (columns != NULL) CNN_EACH_PART(part) v.part[part] /= (cnn_vector)(fmaxf(1, rows * columns[i]));
    cnn_store_sixteen(y + i * CNN_PANEL, v);
  }
}

/// `count` neighbouring windows that lie inside the image, or are clipped alike.
CNN_INLINE void pool_windows(const int count, int64_t mode, const pool_taps *taps, float rows,
                             const float *columns, float *y) {
  cnn_sixteen values[POOL_PIXELS];
  if (mode == POOL_MAX)
    pool_reduce(count, 1, taps, values);
  else
    pool_reduce(count, 0, taps, values);
  pool_store(count, values, rows, columns, y);
}

/// The taps of a window's axis that lie inside the image: `start` is where its first one lies.
static inline cnn_range pool_clip(int64_t start, int64_t taps, int64_t dilation, int64_t length) {
  const cnn_range range = {cnn_min(taps, cnn_steps(-start, dilation)),
                           cnn_min(taps, cnn_steps(length - start, dilation))};
  return (cnn_range){range.first, cnn_max(range.first, range.end)};
}

/// Windows begin..<end of an output row of a block. Columns count in an average's divisor; NULL without one.
static void pool_blocks_row(const cnn_pool2d_parameters *p, const float *x, int64_t row, int64_t begin, int64_t end,
                            const float *columns, float *y) {
  const int64_t top = row * p->stride_height - p->pad_top, step = p->stride_width;
  const int64_t dilation = p->dilation_width, reach = (p->kernel_width - 1) * dilation;
  const cnn_range lines = pool_clip(top, p->kernel_height, p->dilation_height, p->height);
  const float *line = x + (top + lines.first * p->dilation_height) * p->width * CNN_PANEL;
  const float counted = columns ? (float)pool2d_counted_rows(p, row) : 0;
  pool_taps taps = {.rows = lines.end - lines.first,
                    .row_step = p->dilation_height * p->width * CNN_PANEL,
                    .column_step = dilation * CNN_PANEL,
                    .pixel_step = step * CNN_PANEL};
  // Windows that lie inside the image as far as columns go.
  const int64_t first = cnn_max(begin, cnn_min(end, cnn_steps(p->pad_left, step)));
  const int64_t last = cnn_max(first, cnn_min(end, cnn_steps(p->width - reach + p->pad_left, step)));
  for (int64_t j = begin; j < end;) {
    const float *divisors = columns ? columns + j - begin : NULL;
    const int64_t left = j * step - p->pad_left;
    float *to = y + (row * p->out_width + j) * CNN_PANEL;
    if (j >= first && j < last) {
      taps.x = line + left * CNN_PANEL;
      taps.columns = p->kernel_width;
      if (j + POOL_PIXELS <= last) {
        pool_windows(POOL_PIXELS, p->mode, &taps, counted, divisors, to);
        j += POOL_PIXELS;
        continue;
      }
    } else {
      const cnn_range range = pool_clip(left, p->kernel_width, dilation, p->width);
      taps.x = line + (left + range.first * dilation) * CNN_PANEL;
      taps.columns = range.end - range.first;
    }
    pool_windows(1, p->mode, &taps, counted, divisors, to);
    j++;
  }
}

/// Rows of a block's outputs that are a unit of work.
static int64_t pool_band(const cnn_pool2d_parameters *p) {
  return cnn_max(1, POOL_BAND / cnn_max(1, p->out_width));
}

static int64_t pool_bands(const cnn_pool2d_parameters *p) {
  return (p->out_height + pool_band(p) - 1) / pool_band(p);
}

CNN_SPLIT(pool2d_blocks, p->batch * cnn_channel_blocks(p->channels) * pool_bands(p),
          p->batch * cnn_channel_blocks(p->channels) * p->out_height * p->out_width *
              (p->kernel_height * p->kernel_width + 2) / 2)

CNN_KERNEL(pool2d_blocks) {
  const cnn_pool2d_blocks_parameters *p = parameters;
  const int64_t bands = pool_bands(p), blocks = cnn_channel_blocks(p->channels), band = pool_band(p);
  float columns[CNN_TILE];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / bands / blocks, block = unit / bands % blocks, top = unit % bands * band;
    const float *x = (const float *)operands[1] + n * p->x_stride + block * p->height * p->width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + block * p->out_height * p->out_width * CNN_PANEL;
    for (int64_t from = 0; from < p->out_width; from += CNN_TILE) {
      const int64_t to = cnn_min(p->out_width, from + CNN_TILE);
      if (p->mode == POOL_AVERAGE) pool2d_count_columns(p, from, to, columns);
      for (int64_t row = top; row < cnn_min(p->out_height, top + band); row++)
        pool_blocks_row(p, x, row, from, to, p->mode == POOL_AVERAGE ? columns : NULL, y);
    }
  }
}

"""##),
    ("kernels/pool2d_halve.h", ##"""
// The maxima of disjoint squares of two by two of a plane.

#ifndef CNN_POOL2D_HALVE_H
#define CNN_POOL2D_HALVE_H

#include "tile.h"

/// The larger of two, the second where it is not a number.
static inline float pool_larger(float best, float v) { return ((v > best) | (v != v)) ? v : best; }

/// Defines the maxima of squares of two by two for one vector of them.
#define POOL_DEFINE_HALVE(name, vector, load, store, even, odd, lanes)                                \
  CNN_INLINE vector name##_larger(vector best, vector v) { return ((v > best) | (v != v)) ? v : best; } \
  CNN_INLINE void name(const float *upper, const float *lower, float *y) {                            \
    const vector a = load(upper), b = load(upper + lanes), c = load(lower), d = load(lower + lanes);  \
    const vector above = name##_larger(even(a, b), odd(a, b));                                        \
    store(y, name##_larger(name##_larger(above, even(c, d)), odd(c, d)));                             \
  }
POOL_DEFINE_HALVE(pool_halve, cnn_vector, cnn_load, cnn_store, CNN_EVEN, CNN_ODD, CNN_LANES)
POOL_DEFINE_HALVE(pool_halve_four, cnn_four, cnn_load_four, cnn_store_four, CNN_EVEN_FOUR, CNN_ODD_FOUR, 4)

/// Maxima of a plane's squares of two by two. The last vector of a row overlaps the one before it.
static void pool2d_halve(const cnn_pool2d_parameters *p, const float *x, float *y) {
  for (int64_t row = 0; row < p->out_height; row++) {
    const float *upper = x + 2 * row * p->width, *lower = upper + p->width;
    float *to = y + row * p->out_width;
    int64_t j = 0;
    for (; j < p->out_width && p->out_width >= CNN_LANES; j += CNN_LANES) {
      const int64_t i = cnn_min(j, p->out_width - CNN_LANES);
      pool_halve(upper + 2 * i, lower + 2 * i, to + i);
    }
    for (; j < p->out_width && p->out_width >= 4; j += 4) {
      const int64_t i = cnn_min(j, p->out_width - 4);
      pool_halve_four(upper + 2 * i, lower + 2 * i, to + i);
    }
    for (; j < p->out_width; j++)
      to[j] = pool_larger(
          pool_larger(pool_larger(upper[2 * j], upper[2 * j + 1]), lower[2 * j]), lower[2 * j + 1]);
  }
}

#endif

"""##),
    ("kernels/pool_small_band.h", ##"""
// What a convolution of a planar image and the maxima of squares of two by two of it read: for the upper left outputs
// of all squares, tap (fy, fx) reads every other element of every other row, from (fy, fx) on. The part of the image
// that a band of rows of maxima needs is copied once into planes that hold just those, for each first column and each
// parity of rows:
//
//   plane[row % 2][column][row / 2][j] = image[row][column + 2 j]

#ifndef CNN_POOL_SMALL_BAND_H
#define CNN_POOL_SMALL_BAND_H

#include "blocks.h"
#include "patch.h"

enum {
  /// Floats of the planes: as many as leave room for weights in the first-level cache, where rows are short, and
  SMALL_CACHED = 5120,
  /// as many as a band of a single row may have.
  SMALL_FLOATS = 16384,
  /// Channels times taps, at most.
  SMALL_TERMS = 4096,
  /// Behind a plane, for what is read behind its last row.
  SMALL_GAP = 16
};

/// How an image's part for a band of maxima lies.
typedef struct {
  int64_t rows;                    // of maxima
  int64_t height, width;           // of the image's part, padding and all
  int64_t plane, parity, channel;  // floats of a plane, of a parity's and of a channel's planes
  int64_t term_count;
  const int64_t *terms;            // where they begin, of upper and of lower outputs in turn
} small_band;

static small_band small_band_of(const cnn_conv2d_pool_small_parameters *p, int64_t rows) {
  small_band b = {.rows = rows,
                  .height = 2 * rows + p->kernel_height - 1,
                  .width = cnn_round_up(2 * p->out_width + p->kernel_width - 1, 2),
                  .plane = (rows + p->kernel_height / 2) * p->out_width + SMALL_GAP};
  b.term_count = p->channels * p->kernel_height * p->kernel_width;
  b.parity = (p->kernel_width + 1) * b.plane;
  b.channel = 2 * b.parity;
  return b;
}

/// Rows of maxima of a band.
static int64_t small_band_rows(const cnn_conv2d_pool_small_parameters *p) {
  const int64_t planes = 2 * (p->kernel_width + 1) * p->channels;
  const int64_t rows = (SMALL_CACHED / planes - SMALL_GAP) / p->out_width - p->kernel_height / 2;
  return cnn_min(p->out_height, cnn_max(1, rows));
}

static int64_t small_bands(const cnn_conv2d_pool_small_parameters *p) {
  const int64_t rows = small_band_rows(p);
  return (p->out_height + rows - 1) / rows;
}

/// Copies rows of a channel with the padding that the band has; x is the channel's first element.
static void small_pad(const cnn_conv2d_pool_small_parameters *p, const small_band *b, int64_t top, const float *x,
                      float *to) {
  const int64_t begin = cnn_min(b->width, cnn_max(0, p->pad_left));
  const int64_t end = cnn_max(begin, cnn_min(b->width, p->width + p->pad_left));
  if (b->width == p->width && p->pad_left == 0 && top >= 0 && top + b->height <= p->height) {
    cnn_copy_dense(x + top * p->width, b->height * b->width, to);
    return;
  }
  for (int64_t i = 0; i < b->height; i++, to += b->width) {
    const int64_t row = top + i;
    if (row < 0 || row >= p->height || begin == end) {
      cnn_clear(to, b->width);
      continue;
    }
    cnn_clear(to, begin);
    cnn_copy_dense(x + row * p->width + begin - p->pad_left, end - begin, to + begin);
    cnn_clear(to + end, b->width - end);
  }
}

/// A channel's planes; `image` is the part of the image, which its even columns, then its odd ones take the place
/// of, and has room for two vectors behind it. `odd` is as large.
static void small_fill(const cnn_conv2d_pool_small_parameters *p, const small_band *b, float *image, float *odd,
                       float *planes) {
  for (int64_t i = 0; i < b->height * b->width; i += 2 * CNN_LANES) {
    const cnn_vector first = cnn_load(image + i), second = cnn_load(image + i + CNN_LANES);
    cnn_store(image + i / 2, CNN_EVEN(first, second));
    cnn_store(odd + i / 2, CNN_ODD(first, second));
  }
  for (int64_t i = 0; i < 2 * (p->kernel_width + 1); i++)
    for (int64_t j = 0; j < SMALL_GAP; j += CNN_LANES)
      cnn_store(planes + (i + 1) * b->plane - SMALL_GAP + j, (cnn_vector)(0));
  const int64_t width = p->out_width, pitch = b->width / 2, last = (width - 1) / CNN_LANES * CNN_LANES;
  for (int64_t i = 0; i < 2 * (p->kernel_width + 1); i++) {
    const int64_t column = i / 2, parity = i % 2;
    const float *from = (column % 2 ? odd : image) + column / 2;
    float *to = planes + column * b->plane + parity * b->parity;
    // A row's last vector reaches into the next row, whose first is written later, or into the gap.
    for (int64_t j = last; j >= 0; j -= CNN_LANES) {
      const float *line = from + parity * pitch + j;
      float *to_line = to + j;
      for (int64_t row = parity; row < b->height; row += 2, line += 2 * pitch, to_line += width)
        cnn_store(to_line, cnn_load(line));
    }
  }
}

/// Where each term, a tap of a channel, begins in the planes, for a square's upper outputs and for its lower ones.
static void small_set_terms(const cnn_conv2d_pool_small_parameters *p, const small_band *b, int64_t *terms) {
  for (int64_t c = 0; c < p->channels; c++)
    for (int64_t fy = 0; fy < p->kernel_height; fy++) {
      const int64_t upper = fy % 2 * b->parity + fy / 2 * p->out_width;
      const int64_t lower = (fy + 1) % 2 * b->parity + (fy + 1) / 2 * p->out_width;
      for (int64_t fx = 0; fx < p->kernel_width; fx++) {
        *terms++ = c * b->channel + fx * b->plane + upper;
        *terms++ = c * b->channel + fx * b->plane + lower;
      }
    }
}

#endif

"""##),
    ("kernels/prelu.h", ##"""
#include "units.h"

CNN_SPLIT(prelu, p->batch * p->channels, p->batch * p->channels * p->area / 4)

CNN_KERNEL(prelu) {
  const cnn_prelu_parameters *p = parameters;
  const float *weight = operands[2];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *y = (float *)operands[0] + n * p->y_stride + c * p->area;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * p->area;
    const float slope = weight[c];
    CNN_ELEMENTWISE for (int64_t i = 0; i < p->area; i++) {
      // The product is taken always, so that the loop has no branch.
      const float v = x[i], scaled = slope * v;
      y[i] = v > 0 ? v : scaled;
    }
  }
}

CNN_SPLIT(prelu_gradient, p->batch * p->channels, p->batch * p->channels * p->area / 3)

CNN_KERNEL(prelu_gradient) {
  const cnn_prelu_gradient_parameters *p = parameters;
  const float *weight = operands[3];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *dx = (float *)operands[0] + n * p->dx_stride + c * p->area;
    const float *dy = (const float *)operands[1] + n * p->dy_stride + c * p->area;
    const float *x = (const float *)operands[2] + n * p->x_stride + c * p->area;
    const float slope = weight[c];
    CNN_ELEMENTWISE for (int64_t i = 0; i < p->area; i++) {
      const float v = dy[i], scaled = slope * v;
      dx[i] = x[i] > 0 ? v : scaled;
    }
  }
}

"""##),
    ("kernels/rbf.h", ##"""
#include "geometry.h"
#include "units.h"

enum { RBF_LANES = 8 };

/// The squared distance of two points; eight sums, added up in a fixed order.
static float rbf_distance(const float *a, const float *b, int64_t depth) {
  float sums[RBF_LANES] = {0};
  int64_t k = 0;
  for (; k + RBF_LANES <= depth; k += RBF_LANES) {
    for (int i = 0; i < RBF_LANES; i++) {
      const float d = a[k + i] - b[k + i];
      sums[i] += d * d;
    }
  }
  float total = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
  for (; k < depth; k++) total += (a[k] - b[k]) * (a[k] - b[k]);
  return total;
}

CNN_SPLIT(rbf, p->batch, p->batch * p->units * p->depth / 8)

CNN_KERNEL(rbf) {
  const cnn_rbf_parameters *p = parameters;
  const float *centers = operands[2];
  for (int64_t n = first; n < end; n++) {
    const float *x = (const float *)operands[1] + n * p->x_stride;
    float *y = (float *)operands[0] + n * p->y_stride;
    for (int64_t unit = 0; unit < p->units; unit++)
      y[unit] = rbf_distance(x, centers + unit * p->depth, p->depth);
  }
}

CNN_SPLIT(rbf_gradient, p->batch, p->batch * p->units * p->depth / 8)

CNN_KERNEL(rbf_gradient) {
  const cnn_rbf_gradient_parameters *p = parameters;
  const float *centers = operands[3];
  float sums[CNN_TILE];
  for (int64_t n = first; n < end; n++) {
    float *dx = (float *)operands[0] + n * p->dx_stride;
    const float *dy = (const float *)operands[1] + n * p->dy_stride;
    const float *x = (const float *)operands[2] + n * p->x_stride;
    for (int64_t begin = 0; begin < p->depth; begin += CNN_TILE) {
      const int64_t count = cnn_min(CNN_TILE, p->depth - begin);
      for (int64_t i = 0; i < count; i++) sums[i] = 0;
      for (int64_t unit = 0; unit < p->units; unit++) {
        const float *center = centers + unit * p->depth + begin, factor = 2 * dy[unit];
        for (int64_t i = 0; i < count; i++) sums[i] += factor * (x[begin + i] - center[i]);
      }
      for (int64_t i = 0; i < count; i++) dx[begin + i] = sums[i];
    }
  }
}

"""##),
    ("kernels/registers_avx2.h", ##"""
// AVX2: 12 of its 16 registers hold sums.

#define CNN_LANES 8
#define CNN_TILE_ROWS 6
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 6
#define CNN_PANELS 1

"""##),
    ("kernels/registers_avx512.h", ##"""
// AVX-512: 24 of its 32 registers hold sums.

#define CNN_LANES 16
#define CNN_TILE_ROWS 12
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 14
#define CNN_PANELS 2

/// Keeps loads where they stand. Sums of 14 pixels and two panels, and the panels' weights, leave two registers: were
/// all pixels' values loaded before the first is used, as clang would, sums would have to be set down for them.
#define CNN_IN_ORDER(sum) __asm__ volatile("" : "+v"(sum))

"""##),
    ("kernels/registers_baseline.h", ##"""
// What every machine of the architecture has: NEON on arm64, SSE2 on x86-64.

#if defined(__aarch64__)
#define CNN_TILE_ROWS 6
#define CNN_TILE_VECTORS 4
#define CNN_PIXELS 5
#else
#define CNN_TILE_ROWS 4
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 2
#endif
#define CNN_PANELS 1
#define CNN_LANES 4

"""##),
    ("kernels/sixteen.h", ##"""
// Channel-blocked activations: element (n, c, y, x) of C x H x W values lies at
//
//   n * stride + ((c / 16) * H * W + y * W + x) * 16 + c % 16
//
// Lanes behind the last channel exist and hold anything; no kernel reads them but to copy them to their like.

#ifndef CNN_SIXTEEN_H
#define CNN_SIXTEEN_H

#include "blocks.h"

/// A block's channels at one pixel.
typedef struct {
  cnn_vector part[CNN_PANEL_VECTORS];
} cnn_sixteen;

#define CNN_EACH_PART(i) CNN_UNROLL for (int i = 0; i < CNN_PANEL_VECTORS; i++)

CNN_INLINE cnn_sixteen cnn_load_sixteen(const float *x) {
  cnn_sixteen v;
  CNN_EACH_PART(i) v.part[i] = cnn_load(x + i * CNN_LANES);
  return v;
}

CNN_INLINE void cnn_store_sixteen(float *y, cnn_sixteen v) {
  CNN_EACH_PART(i) cnn_store(y + i * CNN_LANES, v.part[i]);
}

CNN_INLINE cnn_sixteen cnn_fill_sixteen(float value) {
  cnn_sixteen v;
  CNN_EACH_PART(i) v.part[i] = (cnn_vector)(value);
  return v;
}

/// The larger of two, the second where it is not a number; so written, it is a maximum and one choice.
CNN_INLINE cnn_vector cnn_larger(cnn_vector best, cnn_vector v) {
  const cnn_vector larger = v > best ? v : best;
  return v == v ? larger : v;
}

#endif

"""##),
    ("kernels/softmax.h", ##"""
#include "exponential.h"
#include "units.h"

/// y[i] = x[i] - largest[i], or its exponential; sum[i] += the exponential. For `count` elements.
static void softmax_exponentials(const float *x, const float *largest, int64_t logarithmic, int64_t count, float *sum,
                                 float *y) {
  for (int64_t i = 0; i < count; i += CNN_LANES) {
    // Elements behind the last whole vector are computed in one too, for the same bits at any place.
    const size_t bytes = (size_t)cnn_min(CNN_LANES, count - i) * sizeof(float);
    float shifted[CNN_LANES] = {0}, powers[CNN_LANES];
    memcpy(shifted, x + i, bytes);
    cnn_store(shifted, cnn_load(shifted) - cnn_load(largest + i));
    cnn_store(powers, cnn_exp(cnn_load(shifted)));
    cnn_store(sum + i, cnn_load(sum + i) + cnn_load(powers));
    memcpy(y + i, logarithmic ? shifted : powers, bytes);
  }
}

/// `count` neighbouring pixels over all channels; y may be x.
static void softmax_tile(const cnn_softmax_parameters *p, const float *x, float *y, int64_t count) {
  float largest[CNN_TILE], sum[CNN_TILE];
  const int64_t whole = cnn_round_up(count, CNN_LANES);
  for (int64_t i = 0; i < whole; i++) {
    largest[i] = i < count ? -INFINITY : 0;
    sum[i] = 0;
  }
  for (int64_t c = 0; c < p->channels; c++) {
    const float *v = x + c * p->pixels;
    for (int64_t i = 0; i < count; i++) largest[i] = v[i] > largest[i] || v[i] != v[i] ? v[i] : largest[i];
  }
  for (int64_t c = 0; c < p->channels; c++)
    softmax_exponentials(x + c * p->pixels, largest, p->logarithmic, count, sum, y + c * p->pixels);
  if (p->logarithmic)
    for (int64_t i = 0; i < count; i++) sum[i] = logf(sum[i]);
  for (int64_t c = 0; c < p->channels; c++) {
    float *v = y + c * p->pixels;
    for (int64_t i = 0; i < count; i++) v[i] = p->logarithmic ? v[i] - sum[i] : v[i] / sum[i];
  }
}

/// One pixel, whose channels lie side by side; y may be x.
static void softmax_pixel(const cnn_softmax_parameters *p, const float *x, float *y) {
  float largest = -INFINITY;
  for (int64_t c = 0; c < p->channels; c++) largest = x[c] > largest || x[c] != x[c] ? x[c] : largest;
  float sums[CNN_LANES] = {0}, sum = 0;
  for (int64_t c = 0; c < p->channels; c += CNN_LANES) {
    const int64_t left = cnn_min(CNN_LANES, p->channels - c);
    float shifted[CNN_LANES] = {0}, powers[CNN_LANES];
    memcpy(shifted, x + c, (size_t)left * sizeof(float));
    cnn_store(shifted, cnn_load(shifted) - largest);
    cnn_store(powers, cnn_exp(cnn_load(shifted)));
    for (int64_t i = 0; i < left; i++) sums[i] += powers[i];
    memcpy(y + c, p->logarithmic ? shifted : powers, (size_t)left * sizeof(float));
  }
  for (int64_t i = 0; i < CNN_LANES; i++) sum += sums[i];
  if (p->logarithmic) sum = logf(sum);
  for (int64_t c = 0; c < p->channels; c++) y[c] = p->logarithmic ? y[c] - sum : y[c] / sum;
}

CNN_SPLIT(softmax, p->batch * cnn_tiles(p->pixels), p->batch * p->channels * p->pixels * 3)

CNN_KERNEL(softmax) {
  const cnn_softmax_parameters *p = parameters;
  const int64_t tiles = cnn_tiles(p->pixels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / tiles, begin = unit % tiles * CNN_TILE;
    const float *x = (const float *)operands[1] + n * p->x_stride + begin;
    float *y = (float *)operands[0] + n * p->y_stride + begin;
    if (p->pixels == 1)
      softmax_pixel(p, x, y);
    else
      softmax_tile(p, x, y, cnn_min(CNN_TILE, p->pixels - begin));
  }
}

"""##),
    ("kernels/tile.h", ##"""
// The two products that nearly all time goes into, each with its sums in registers. CNN_LANES, CNN_TILE_ROWS
// and CNN_TILE_VECTORS say how many there is room for; the code is the same for every instruction set.

#ifndef CNN_TILE_H
#define CNN_TILE_H

#include "geometry.h"

typedef float cnn_vector __attribute__((ext_vector_type(CNN_LANES)));
/// The same at any address of a float.
typedef float cnn_loose_vector __attribute__((ext_vector_type(CNN_LANES), aligned(4)));
typedef int32_t cnn_integers __attribute__((ext_vector_type(CNN_LANES)));
typedef uint32_t cnn_naturals __attribute__((ext_vector_type(CNN_LANES)));
typedef float cnn_four __attribute__((ext_vector_type(4)));
typedef float cnn_loose_four __attribute__((ext_vector_type(4), aligned(4)));
typedef float cnn_eight __attribute__((ext_vector_type(8)));
typedef float cnn_loose_eight __attribute__((ext_vector_type(8), aligned(4)));

enum {
  CNN_TILE_COLUMNS = CNN_TILE_VECTORS * CNN_LANES,
  CNN_DOT_ROWS = 4,
  CNN_DOT_COLUMNS = 3
};

#define CNN_INLINE static inline __attribute__((always_inline))
#define CNN_UNROLL _Pragma("clang loop unroll(full)")

CNN_INLINE cnn_vector cnn_load(const float *x) { return *(const cnn_loose_vector *)x; }
CNN_INLINE void cnn_store(float *y, cnn_vector v) { *(cnn_loose_vector *)y = v; }
CNN_INLINE cnn_vector cnn_square_root(cnn_vector v) { return __builtin_elementwise_sqrt(v); }
CNN_INLINE cnn_four cnn_load_four(const float *x) { return *(const cnn_loose_four *)x; }
CNN_INLINE void cnn_store_four(float *y, cnn_four v) { *(cnn_loose_four *)y = v; }
#if CNN_LANES == 16
CNN_INLINE cnn_eight cnn_load_eight(const float *x) { return *(const cnn_loose_eight *)x; }
CNN_INLINE void cnn_store_eight(float *y, cnn_eight v) { *(cnn_loose_eight *)y = v; }
#endif

// Every other lane of two vectors, and two vectors lane by lane.
#if CNN_LANES == 16
#define CNN_EVEN(a, b) \
  __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define CNN_ODD(a, b) \
  __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define CNN_ZIP_LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define CNN_ZIP_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif CNN_LANES == 8
#define CNN_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define CNN_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define CNN_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define CNN_ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define CNN_EVEN(a, b) CNN_EVEN_FOUR(a, b)
#define CNN_ODD(a, b) CNN_ODD_FOUR(a, b)
#define CNN_ZIP_LOW(a, b) CNN_ZIP_LOW_FOUR(a, b)
#define CNN_ZIP_HIGH(a, b) CNN_ZIP_HIGH_FOUR(a, b)
#endif
#define CNN_EVEN_FOUR(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define CNN_ODD_FOUR(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define CNN_ZIP_LOW_FOUR(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define CNN_ZIP_HIGH_FOUR(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)

/// A matrix whose columns lie side by side, and whose rows lie anywhere: what a product reads.
typedef struct {
  const float *a;             // coefficient of row r and term k: a[r * a_row + k * a_term]
  int64_t a_row, a_term;
  const float *b;             // element i of term k: b[offsets[k] + i]
  const int64_t *offsets;
  int64_t terms;
  const float *start;         // what row r starts with; NULL where products are added to what is there
} cnn_product;

/// Keeps the compiler from deriving one pointer from another, step by step, in the loop that uses both.
#define CNN_INDEPENDENT(pointer) __asm__("" : "+r"(pointer))

/// c[r][i] = start[r] or += the sum over k of a[r][k] * b[k][i], for constant numbers of rows and vectors.
CNN_INLINE void cnn_multiply_fixed(const int rows, const int vectors, const cnn_product *p, const float *a,
                                   const float *b, const float *start, float *c, int64_t c_row) {
  cnn_vector sums[CNN_TILE_ROWS][CNN_TILE_VECTORS];
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = (cnn_vector)(0);
  const int64_t *offsets = p->offsets, *last = offsets + p->terms;
  const int64_t a_row = p->a_row, a_term = p->a_term;
  // A pointer for every three rows: the others are one addition of the address away.
  const float *thirds[(CNN_TILE_ROWS + 2) / 3];
  CNN_UNROLL for (int r = 0; r < rows; r += 3) {
    thirds[r / 3] = a + r * a_row;
    CNN_INDEPENDENT(thirds[r / 3]);
  }
  for (; offsets < last; offsets++) {
    const float *x = b + *offsets;
    cnn_vector values[CNN_TILE_VECTORS];
    CNN_UNROLL for (int v = 0; v < vectors; v++) values[v] = cnn_load(x + v * CNN_LANES);
    CNN_UNROLL for (int r = 0; r < rows; r++) {
      const cnn_vector factor = (cnn_vector)(thirds[r / 3][r % 3 * a_row]);
      CNN_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += factor * values[v];
    }
    CNN_UNROLL for (int r = 0; r < rows; r += 3) thirds[r / 3] += a_term;
  }
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int v = 0; v < vectors; v++) {
      float *to = c + r * c_row + v * CNN_LANES;
      cnn_store(to, sums[r][v] + (start ? (cnn_vector)(start[r]) : cnn_load(to)));
    }
}

/// One tile: up to CNN_TILE_ROWS rows from a on, and columns from b on.
#define CNN_MULTIPLY_CASE(n)                                                        \
  case n:                                                                           \
    if (vectors == 1) return cnn_multiply_fixed(n, 1, p, a, b, start, c, c_row);           \
    return cnn_multiply_fixed(n, CNN_TILE_VECTORS, p, a, b, start, c, c_row)
static void cnn_multiply_tile(const cnn_product *p, const float *a, const float *b, const float *start,
                              int64_t rows, int64_t vectors, float *c, int64_t c_row) {
  switch (rows) {
    CNN_MULTIPLY_CASE(1);
    CNN_MULTIPLY_CASE(2);
    CNN_MULTIPLY_CASE(3);
    CNN_MULTIPLY_CASE(4);
#if CNN_TILE_ROWS > 4
    CNN_MULTIPLY_CASE(5);
    CNN_MULTIPLY_CASE(6);
#endif
#if CNN_TILE_ROWS > 6
    CNN_MULTIPLY_CASE(7);
    CNN_MULTIPLY_CASE(8);
    CNN_MULTIPLY_CASE(9);
    CNN_MULTIPLY_CASE(10);
    CNN_MULTIPLY_CASE(11);
    CNN_MULTIPLY_CASE(12);
#endif
  }
}
#undef CNN_MULTIPLY_CASE

/// c[r][i] = start[r] or += the product's element, for rows and columns in any number. Of b and c there is room for columns
/// up to a whole multiple of CNN_LANES; what is there behind the last column does not matter.
static void cnn_add_product(const cnn_product *p, int64_t rows, int64_t columns, float *c, int64_t c_row) {
  // Blocks of rows of nearly the same height: a low one keeps too few sums to hide their latency.
  const int64_t blocks = (rows + CNN_TILE_ROWS - 1) / CNN_TILE_ROWS;
  for (int64_t i = 0; i < columns; i += CNN_TILE_COLUMNS) {
    const int64_t vectors = cnn_min(CNN_TILE_VECTORS, (columns - i + CNN_LANES - 1) / CNN_LANES);
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t row = rows * block / blocks, count = rows * (block + 1) / blocks - row;
      const float *a = p->a + row * p->a_row;
      const float *start = p->start ? p->start + row : NULL;
      float *to = c + row * c_row + i;
      // A tile of one vector or of all there is room for.
      if (vectors == CNN_TILE_VECTORS || vectors == 1) {
        cnn_multiply_tile(p, a, p->b + i, start, count, vectors, to, c_row);
      } else {
        for (int64_t v = 0; v < vectors; v++)
          cnn_multiply_tile(p, a, p->b + i + v * CNN_LANES, start, count, 1, to + v * CNN_LANES, c_row);
      }
    }
  }
}

/// A vector's lanes, added up to four.
CNN_INLINE cnn_four cnn_fold_lanes(cnn_vector v) {
#if CNN_LANES == 16
  const cnn_eight half = v.lo + v.hi;
  return half.lo + half.hi;
#elif CNN_LANES == 8
  return v.lo + v.hi;
#else
  return v;
#endif
}

/// The sums of four vectors' lanes, each always in the same order.
CNN_INLINE cnn_four cnn_sum_lanes(cnn_vector a, cnn_vector b, cnn_vector c, cnn_vector d) {
  const cnn_four s = cnn_fold_lanes(a), t = cnn_fold_lanes(b), u = cnn_fold_lanes(c), v = cnn_fold_lanes(d);
  const cnn_four st = __builtin_shufflevector(s, t, 0, 1, 4, 5) + __builtin_shufflevector(s, t, 2, 3, 6, 7);
  const cnn_four uv = __builtin_shufflevector(u, v, 0, 1, 4, 5) + __builtin_shufflevector(u, v, 2, 3, 6, 7);
  return __builtin_shufflevector(st, uv, 0, 2, 4, 6) + __builtin_shufflevector(st, uv, 1, 3, 5, 7);
}

/// Stretches of memory that dot products run along: `segments` of them, each of `length` elements, a whole
/// multiple of CNN_LANES.
typedef struct {
  int64_t segments, length;
  int64_t a_segment, b_segment;  // from a segment to the next
} cnn_stretch;

CNN_INLINE void cnn_dot_fixed(const int rows, const int columns, const cnn_stretch *s,
                              const float *const a[CNN_DOT_ROWS], const float *const b[CNN_DOT_COLUMNS],
                              float totals[CNN_DOT_COLUMNS][CNN_DOT_ROWS]) {
  cnn_vector sums[CNN_DOT_ROWS][CNN_DOT_COLUMNS];
  CNN_UNROLL for (int r = 0; r < rows; r++)
    CNN_UNROLL for (int c = 0; c < columns; c++) sums[r][c] = (cnn_vector)(0);
  for (int64_t segment = 0; segment < s->segments; segment++) {
    const float *x[CNN_DOT_ROWS], *y[CNN_DOT_COLUMNS];
    CNN_UNROLL for (int r = 0; r < rows; r++) x[r] = a[r] + segment * s->a_segment;
    CNN_UNROLL for (int c = 0; c < columns; c++) y[c] = b[c] + segment * s->b_segment;
    for (int64_t i = 0; i < s->length; i += CNN_LANES) {
      cnn_vector values[CNN_DOT_COLUMNS];
      CNN_UNROLL for (int c = 0; c < columns; c++) values[c] = cnn_load(y[c] + i);
      CNN_UNROLL for (int r = 0; r < rows; r++) {
        const cnn_vector factor = cnn_load(x[r] + i);
        CNN_UNROLL for (int c = 0; c < columns; c++) sums[r][c] += factor * values[c];
      }
    }
  }
  CNN_UNROLL for (int c = 0; c < columns; c++)
    cnn_store_four(totals[c], cnn_sum_lanes(sums[0][c], sums[rows > 1 ? 1 : 0][c], sums[rows > 1 ? 2 : 0][c],
                                            sums[rows > 1 ? 3 : 0][c]));
}

/// totals[c][r] = the dot product of stretches a[r] and b[c]. Of fewer than four rows all four are computed
/// unless it is one, so a has to repeat one of them; columns likewise.
static void cnn_dot(const cnn_stretch *s, const float *const a[CNN_DOT_ROWS], int64_t rows,
                    const float *const b[CNN_DOT_COLUMNS], int64_t columns,
                    float totals[CNN_DOT_COLUMNS][CNN_DOT_ROWS]) {
  if (rows == 1)
    cnn_dot_fixed(1, CNN_DOT_COLUMNS, s, a, b, totals);
  else if (columns == 1)
    cnn_dot_fixed(CNN_DOT_ROWS, 1, s, a, b, totals);
  else
    cnn_dot_fixed(CNN_DOT_ROWS, CNN_DOT_COLUMNS, s, a, b, totals);
}

#endif

"""##),
    ("kernels/transpose.h", ##"""
// Rows to columns, in squares of four by four.

#ifndef CNN_TRANSPOSE_H
#define CNN_TRANSPOSE_H

#include "tile.h"

/// Each step interleaves what is half the vectors apart, which moves one bit of a row's number into the lane's.
CNN_INLINE void cnn_turn_four(cnn_four v[4]) {
  CNN_UNROLL for (int i = 0; i < 2; i++) {
    const cnn_four a = CNN_ZIP_LOW_FOUR(v[0], v[2]), b = CNN_ZIP_HIGH_FOUR(v[0], v[2]);
    const cnn_four c = CNN_ZIP_LOW_FOUR(v[1], v[3]), d = CNN_ZIP_HIGH_FOUR(v[1], v[3]);
    v[0] = a;
    v[1] = b;
    v[2] = c;
    v[3] = d;
  }
}

/// y[i * y_row + j] = x[j * x_row + i] for i < rows, j < columns. The last squares overlap those before.
static void cnn_transpose(const float *restrict x, int64_t x_row, int64_t rows, int64_t columns, float *restrict y,
                          int64_t y_row) {
  if (rows < 4 || columns < 4) {
    for (int64_t j = 0; j < columns; j++)
      for (int64_t i = 0; i < rows; i++) y[i * y_row + j] = x[j * x_row + i];
    return;
  }
  for (int64_t next = 0; next < columns; next += 4) {
    const int64_t j = cnn_min(next, columns - 4);
    for (int64_t after = 0; after < rows; after += 4) {
      const int64_t i = cnn_min(after, rows - 4);
      cnn_four v[4];
      CNN_UNROLL for (int k = 0; k < 4; k++) v[k] = cnn_load_four(x + (j + k) * x_row + i);
      cnn_turn_four(v);
      CNN_UNROLL for (int k = 0; k < 4; k++) cnn_store_four(y + (i + k) * y_row + j, v[k]);
    }
  }
}

#endif

"""##),
    ("kernels/units.h", ##"""
// How kernels are declared, and how elementwise work is divided into units.

#ifndef CNN_UNITS_H
#define CNN_UNITS_H

#include "geometry.h"

// A program that is emitted says what its calls never need, so that code for it falls away.
#if !defined(CNN_MOST_IMAGES)
/// Images of a call at most.
#define CNN_MOST_IMAGES INT64_MAX
#endif
#if !defined(CNN_FINDS_PLACES)
/// Whether conv2d_pool_small may be asked for the places of its maxima.
#define CNN_FINDS_PLACES 1
#endif

/// Begins the definition of a kernel, which computes units first..<end.
#define CNN_KERNEL(name)                                                                              \
  static void cnn_##name(void *const *operands, const void *parameters, int64_t first, int64_t end)

/// Defines how a kernel's calls are divided, from the parameters `p`: units, and nanoseconds in all.
#define CNN_SPLIT(name, units, work)                            \
  static cnn_split cnn_##name##_split(const void *parameters) { \
    const cnn_##name##_parameters *p = parameters;              \
    (void)p;                                                    \
    return (cnn_split){units, work};                            \
  }

/// Elements of a unit of elementwise work.
enum { CNN_BLOCK = 4096 };

/// Blocks of a run of elements.
static inline int64_t cnn_blocks(int64_t count) { return (count + CNN_BLOCK - 1) / CNN_BLOCK; }

/// Units of a kernel that needs memory for each of them; the operator that asks for it knows the number too.
enum { CNN_SLOTS = 16 };

/// One block of one image.
typedef struct {
  int64_t image, begin, end;
} cnn_block;

static inline cnn_block cnn_block_at(int64_t unit, int64_t count) {
  const int64_t blocks = cnn_blocks(count), begin = unit % blocks * CNN_BLOCK;
  return (cnn_block){unit / blocks, begin, cnn_min(count, begin + CNN_BLOCK)};
}

#endif

"""##),
    ("kernels/unpool2d.h", ##"""
#include "units.h"
#include "window.h"

CNN_SPLIT(unpool2d, p->batch * p->channels, p->batch * p->channels * p->height * p->width * 2)

CNN_KERNEL(unpool2d) {
  const cnn_unpool2d_parameters *p = parameters;
  const cnn_window window = CNN_WINDOW(p);
  const int64_t plane = p->height * p->width, windows = p->pooled_height * p->pooled_width;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * windows;
    const float *pooled = (const float *)operands[2] + n * p->p_stride + c * plane;
    float *y = (float *)operands[0] + n * p->y_stride + c * plane;
    memset(y, 0, (size_t)plane * sizeof(float));
    for (int64_t i = 0; i < windows; i++) {
      const int64_t place = cnn_first_maximum(&window, pooled, i / p->pooled_width, i % p->pooled_width);
      if (place >= 0) y[place] = x[i];
    }
  }
}

"""##),
    ("kernels/upsample2d.h", ##"""
/// The inputs between which an output lies: the first one's index, and the second one's weight.

#include "units.h"

typedef struct {
  int64_t first, second;
  float weight;
} upsample_neighbours;

/// Output `phase` of the `factor` that input `place` becomes. Its centre lies (phase + 1/2) / factor - 1/2
/// from that input's, so between it and the one before, or it and the one behind; beyond the last
/// pixel at either end stands that pixel again.
static inline upsample_neighbours upsample_between(
    int64_t place, int64_t phase, int64_t factor, int64_t length) {
  const float distance = (float)(2 * phase + 1 - factor) / (2.0f * (float)factor);
  if (distance < 0) return (upsample_neighbours){place > 0 ? place - 1 : 0, place, 1 + distance};
  return (upsample_neighbours){place, place + 1 < length ? place + 1 : place, distance};
}

/// One row of output from the rows above and below it, `v` being the weight of the one below.
static void upsample_row(
    const float *above, const float *below, float v, float *y, int64_t width, int64_t factor) {
  // One phase after the other: within one, all outputs have the same weights.
  for (int64_t phase = 0; phase < factor; phase++) {
    const float u = upsample_between(0, phase, factor, width).weight;
    for (int64_t i = 0; i < width; i++) {
      const upsample_neighbours at = upsample_between(i, phase, factor, width);
      const float upper = (1 - u) * above[at.first] + u * above[at.second];
      const float lower = (1 - u) * below[at.first] + u * below[at.second];
      y[i * factor + phase] = (1 - v) * upper + v * lower;
    }
  }
}

static void upsample_bilinear(const cnn_upsample2d_parameters *p, const float *x, float *y) {
  const int64_t output_width = p->width * p->factor_width;
  for (int64_t i = 0; i < p->height; i++) {
    for (int64_t phase = 0; phase < p->factor_height; phase++) {
      const upsample_neighbours at = upsample_between(i, phase, p->factor_height, p->height);
      upsample_row(
          x + at.first * p->width, x + at.second * p->width, at.weight,
          y + (i * p->factor_height + phase) * output_width, p->width, p->factor_width);
    }
  }
}

static void upsample_nearest(const cnn_upsample2d_parameters *p, const float *x, float *y) {
  const int64_t output_width = p->width * p->factor_width;
  for (int64_t i = 0; i < p->height; i++) {
    float *first = y + i * p->factor_height * output_width;
    for (int64_t j = 0; j < p->width; j++)
      for (int64_t k = 0; k < p->factor_width; k++) first[j * p->factor_width + k] = x[i * p->width + j];
    for (int64_t k = 1; k < p->factor_height; k++)
      memcpy(first + k * output_width, first, (size_t)output_width * sizeof(float));
  }
}

CNN_SPLIT(upsample2d, p->batch * p->channels,
          p->batch * p->channels * p->height * p->width * p->factor_height * p->factor_width)

CNN_KERNEL(upsample2d) {
  const cnn_upsample2d_parameters *p = parameters;
  const int64_t input_area = p->height * p->width;
  const int64_t output_area = input_area * p->factor_height * p->factor_width;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    const float *x = (const float *)operands[1] + n * p->x_stride + c * input_area;
    float *y = (float *)operands[0] + n * p->y_stride + c * output_area;
    if (p->bilinear) {
      upsample_bilinear(p, x, y);
    } else {
      upsample_nearest(p, x, y);
    }
  }
}

/// Spreads one row of dy to the rows above and below it, as upsample_row gathers one.
static void spread_row(
    const float *dy, float *above, float *below, float v, int64_t width, int64_t factor) {
  for (int64_t i = 0; i < width; i++) {
    for (int64_t phase = 0; phase < factor; phase++) {
      const upsample_neighbours at = upsample_between(i, phase, factor, width);
      const float d = dy[i * factor + phase], u = at.weight;
      above[at.first] += (1 - v) * (1 - u) * d;
      above[at.second] += (1 - v) * u * d;
      below[at.first] += v * (1 - u) * d;
      below[at.second] += v * u * d;
    }
  }
}

CNN_SPLIT(upsample2d_gradient, p->batch * p->channels,
          p->batch * p->channels * p->height * p->width * p->factor_height * p->factor_width * 2)

CNN_KERNEL(upsample2d_gradient) {
  const cnn_upsample2d_gradient_parameters *p = parameters;
  const int64_t area = p->height * p->width, row = p->width * p->factor_width;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->channels, c = unit % p->channels;
    float *dx = (float *)operands[0] + n * p->dx_stride + c * area;
    const float *dy =
        (const float *)operands[1] + n * p->dy_stride + c * p->height * p->factor_height * row;
    memset(dx, 0, (size_t)area * sizeof(float));
    for (int64_t i = 0; i < p->height; i++) {
      for (int64_t phase = 0; phase < p->factor_height; phase++) {
        const upsample_neighbours at = upsample_between(i, phase, p->factor_height, p->height);
        spread_row(
            dy + (i * p->factor_height + phase) * row, dx + at.first * p->width,
            dx + at.second * p->width, at.weight, p->width, p->factor_width);
      }
    }
  }
}

"""##),
    ("kernels/window.h", ##"""
// What kernels with windows share: the window, and where its maximum is.

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

"""##),
    ("kernels/winograd.h", ##"""
// Convolutions of 3x3, stride 1, as Winograd's F(2x2, 3x3) and F(4x4, 3x3): what the three kernels share.
//
// A tile of `tile` x `tile` outputs reads a patch of `edge` x `edge` inputs, edge = tile + 2. Transformed, patch and
// weights are multiplied element by element, so that for each of edge^2 elements, xi, there is one product of
// matrices: M[xi] = V[xi] * U[xi], tiles x channels times channels x filters. M is transformed back.
//
//   U   [block of 16 filters][xi][channel, up to a multiple of 16][16 filters]
//   V   [group of tiles][xi][block of 16 channels][tile of the group][16 channels]
//
// A group is what the multiplication keeps in registers at once, so V's order depends on the instruction set. It comes
// first so that what a patch is transformed into lies on few pages: a third less time than with xi first.

#ifndef CNN_WINOGRAD_H
#define CNN_WINOGRAD_H

#include "pixel_tiles.h"

enum {
  WINOGRAD_EDGE = 6,  // of the larger tile's patch
  WINOGRAD_ELEMENTS = WINOGRAD_EDGE * WINOGRAD_EDGE
};

/// Elements of a transformed patch.
static inline int64_t winograd_elements(int64_t tile) { return (tile + 2) * (tile + 2); }

/// Groups of a chunk of tiles.
static inline int64_t winograd_groups(int64_t tiles) { return cnn_pixel_tiles(tiles); }

/// The first tile of a group; that of the group behind the last is the number of tiles.
static inline int64_t winograd_first_tile(int64_t tiles, int64_t group) {
  return cnn_pixel_tile_at(tiles, winograd_groups(tiles), group);
}

/// Where a tile lies: its image and its row and column among the image's tiles.
typedef struct {
  int64_t image, row, column;
} winograd_place;

static inline winograd_place winograd_place_of(int64_t tile, int64_t tiles_down, int64_t tiles_across) {
  return (winograd_place){tile / (tiles_down * tiles_across), tile / tiles_across % tiles_down,
                          tile % tiles_across};
}

static inline winograd_place winograd_next_place(winograd_place place, int64_t tiles_down, int64_t tiles_across) {
  if (++place.column < tiles_across) return place;
  place.column = 0;
  if (++place.row < tiles_down) return place;
  return (winograd_place){place.image + 1, 0, 0};
}

#endif

"""##),
    ("kernels/winograd_finish.h", ##"""
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

"""##),
    ("kernels/winograd_input.h", ##"""
// Transforms patches of the input, tile by tile, for the multiplication.

#ifndef CNN_WINOGRAD_INPUT_H
#define CNN_WINOGRAD_INPUT_H

#include "units.h"
#include "winograd_transforms.h"

enum { WINOGRAD_INPUT_BLOCKS = 4 };  // blocks of channels of a unit

/// A tile's patch: the rows and columns of it that lie in the image, and where its first element would lie in
/// the image's first block of channels.
typedef struct {
  int64_t start;
  cnn_range rows, columns;
} winograd_patch;

static winograd_patch winograd_patch_of(const cnn_winograd_input_parameters *p, int64_t tile) {
  const winograd_place place = winograd_place_of(p->first_tile + tile, p->tiles_down, p->tiles_across);
  const int64_t top = place.row * p->tile - p->pad_top, left = place.column * p->tile - p->pad_left;
  return (winograd_patch){
      place.image * p->x_stride + (top * p->width + left) * CNN_PANEL,
      cnn_inside(0, p->tile + 2, 1, top, 0, p->height),
      cnn_inside(0, p->tile + 2, 1, left, 0, p->width)};
}

/// 16 channels of a patch, whose first element is x[start] and whose rows lie `row` apart, to v, v + step, ...; the
/// same patch of the next 16 channels, `next` behind, is fetched meanwhile.
CNN_INLINE void winograd_transform_patch(const int tile, const float *x, const winograd_patch *patch, int64_t row,
                                         int64_t next, float *v, int64_t step) {
  static const float zeros[WINOGRAD_EDGE * CNN_PANEL];
  cnn_vector columns[WINOGRAD_EDGE][CNN_PANEL_VECTORS][WINOGRAD_EDGE];
  const float *rows[WINOGRAD_EDGE];
  CNN_UNROLL for (int i = 0; i < tile + 2; i++)
    rows[i] = i >= patch->rows.first && i < patch->rows.end ? x + (patch->start + i * row) : zeros;
  for (int j = 0; j < tile + 2; j++) {
    const int inside = j >= patch->columns.first && j < patch->columns.end;
    // The first two columns are also the tile's before.
    if (j >= 2) CNN_UNROLL for (int i = 0; i < tile + 2; i++) __builtin_prefetch(rows[i] + j * CNN_PANEL + next);
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector d[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      CNN_UNROLL for (int i = 0; i < tile + 2; i++)
        d[i] = inside ? cnn_load(rows[i] + j * CNN_PANEL + part * CNN_LANES) : (cnn_vector)(0);
      winograd_transform_inputs(tile, d, t);
      CNN_UNROLL for (int i = 0; i < tile + 2; i++) columns[i][part][j] = t[i];
    }
  }
  for (int i = 0; i < tile + 2; i++) {
    CNN_UNROLL for (int part = 0; part < CNN_PANEL_VECTORS; part++) {
      cnn_vector t[WINOGRAD_EDGE];
      winograd_transform_inputs(tile, columns[i][part], t);
      CNN_UNROLL for (int j = 0; j < tile + 2; j++)
        cnn_store(v + (i * (tile + 2) + j) * step + part * CNN_LANES, t[j]);
    }
  }
}

/// A group of tiles, for blocks of channels first..<end.
CNN_INLINE void winograd_transform_group(const int tile, const cnn_winograd_input_parameters *p, const float *x,
                                         float *v, int64_t group, int64_t first, int64_t end) {
  const int64_t tiles = p->tile_count, channels = cnn_channel_blocks(p->channels) * CNN_PANEL;
  const int64_t first_tile = winograd_first_tile(tiles, group);
  const int64_t count = winograd_first_tile(tiles, group + 1) - first_tile;
  const int64_t plane = p->height * p->width * CNN_PANEL;
  winograd_patch patches[CNN_PIXELS];
  v += first_tile * winograd_elements(tile) * channels;
  for (int64_t t = 0; t < count; t++) patches[t] = winograd_patch_of(p, first_tile + t);
  for (int64_t block = first; block < end; block++)
    for (int64_t t = 0; t < count; t++)
      winograd_transform_patch(tile, x + block * plane, &patches[t], p->width * CNN_PANEL, plane,
                               v + (block * count + t) * CNN_PANEL, count * channels);
}

/// Parts that the blocks of channels are divided into.
static int64_t winograd_input_parts(const cnn_winograd_input_parameters *p) {
  return (cnn_channel_blocks(p->channels) + WINOGRAD_INPUT_BLOCKS - 1) / WINOGRAD_INPUT_BLOCKS;
}

CNN_SPLIT(winograd_input, winograd_groups(p->tile_count) * winograd_input_parts(p),
          p->tile_count * cnn_channel_blocks(p->channels) * (p->tile == 2 ? 25 : 70))

/// A unit is a group of tiles and some blocks of channels.
CNN_KERNEL(winograd_input) {
  const cnn_winograd_input_parameters *p = parameters;
  const int64_t parts = winograd_input_parts(p), blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t from = unit % parts * WINOGRAD_INPUT_BLOCKS;
    const int64_t to = cnn_min(blocks, from + WINOGRAD_INPUT_BLOCKS);
    if (p->tile == 2)
      winograd_transform_group(2, p, operands[1], operands[0], unit / parts, from, to);
    else
      winograd_transform_group(4, p, operands[1], operands[0], unit / parts, from, to);
  }
}

#endif

"""##),
    ("kernels/winograd_output.h", ##"""
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

"""##),
    ("kernels/winograd_transforms.h", ##"""
// Winograd's transforms of one dimension. Of F(4, 3) the points are 0, 5/8, -5/8, 3/2, -3/2 and infinity: all coefficients
// are exact, and against 0, 1, -1, 2, -2 the largest error of 512 channels is a third (3.8e-6 of the largest output,
// not 9.9e-6); of F(2, 3) they are 0, 1, -1 and infinity.

#ifndef CNN_WINOGRAD_TRANSFORMS_H
#define CNN_WINOGRAD_TRANSFORMS_H

#include "winograd.h"

// With points +-P and +-Q.
#define WINOGRAD_P 0.625f
#define WINOGRAD_Q 1.5f
#define WINOGRAD_PP (WINOGRAD_P * WINOGRAD_P)
#define WINOGRAD_QQ (WINOGRAD_Q * WINOGRAD_Q)

/// The weights' transform: edge x 3.
static inline const double (*winograd_weight_matrix(int64_t tile))[3] {
  // The row of a point p is (1, p, p^2), divided by the product of its distances from the other points.
#define ROW(point, divisor) {1 / (divisor), (point) / (divisor), (point) * (point) / (divisor)}
#define P_DIVISOR (2.0 * WINOGRAD_PP * (WINOGRAD_PP - WINOGRAD_QQ))
#define Q_DIVISOR (2.0 * WINOGRAD_QQ * (WINOGRAD_QQ - WINOGRAD_PP))
  static const double two[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  static const double four[6][3] = {
      {1.0 / (WINOGRAD_PP * WINOGRAD_QQ), 0, 0},
      ROW(WINOGRAD_P, P_DIVISOR), ROW(-WINOGRAD_P, P_DIVISOR),
      ROW(WINOGRAD_Q, Q_DIVISOR), ROW(-WINOGRAD_Q, Q_DIVISOR),
      {0, 0, 1}};
#undef ROW
  return tile == 2 ? two : four;
}

/// edge inputs to edge transformed ones.
CNN_INLINE void winograd_transform_inputs(const int tile, const cnn_vector d[WINOGRAD_EDGE],
                                          cnn_vector v[WINOGRAD_EDGE]) {
  if (tile == 2) {
    v[0] = d[0] - d[2];
    v[1] = d[2] + d[1];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
  } else {
    const cnn_vector p_even = d[4] - WINOGRAD_QQ * d[2], p_odd = d[3] - WINOGRAD_QQ * d[1];
    const cnn_vector q_even = d[4] - WINOGRAD_PP * d[2], q_odd = d[3] - WINOGRAD_PP * d[1];
    v[0] = WINOGRAD_PP * WINOGRAD_QQ * d[0] + (d[4] - (WINOGRAD_PP + WINOGRAD_QQ) * d[2]);
    v[1] = p_even + WINOGRAD_P * p_odd;
    v[2] = p_even - WINOGRAD_P * p_odd;
    v[3] = q_even + WINOGRAD_Q * q_odd;
    v[4] = q_even - WINOGRAD_Q * q_odd;
    v[5] = WINOGRAD_PP * WINOGRAD_QQ * d[1] + (d[5] - (WINOGRAD_PP + WINOGRAD_QQ) * d[3]);
  }
}

/// edge products to `tile` outputs.
CNN_INLINE void winograd_transform_products(const int tile, const cnn_vector m[WINOGRAD_EDGE],
                                            cnn_vector y[WINOGRAD_EDGE]) {
  if (tile == 2) {
    y[0] = m[0] + (m[1] + m[2]);
    y[1] = m[3] + (m[1] - m[2]);
  } else {
    const cnn_vector p_even = m[1] + m[2], p_odd = m[1] - m[2];
    const cnn_vector q_even = m[3] + m[4], q_odd = m[3] - m[4];
    y[0] = m[0] + p_even + q_even;
    y[1] = WINOGRAD_P * p_odd + WINOGRAD_Q * q_odd;
    y[2] = WINOGRAD_PP * p_even + WINOGRAD_QQ * q_even;
    y[3] = m[5] + WINOGRAD_P * WINOGRAD_PP * p_odd + WINOGRAD_Q * WINOGRAD_QQ * q_odd;
  }
}

/// `tile` gradients of outputs to edge gradients of products: the transpose of winograd_transform_products.
CNN_INLINE void winograd_transform_gradients(const int tile, const cnn_vector y[WINOGRAD_EDGE],
                                             cnn_vector m[WINOGRAD_EDGE]) {
  m[0] = y[0];
  if (tile == 2) {
    m[1] = y[0] + y[1];
    m[2] = y[0] - y[1];
    m[3] = y[1];
  } else {
    const cnn_vector p_even = y[0] + WINOGRAD_PP * y[2], p_odd = WINOGRAD_P * y[1] + WINOGRAD_P * WINOGRAD_PP * y[3];
    const cnn_vector q_even = y[0] + WINOGRAD_QQ * y[2], q_odd = WINOGRAD_Q * y[1] + WINOGRAD_Q * WINOGRAD_QQ * y[3];
    m[1] = p_even + p_odd;
    m[2] = p_even - p_odd;
    m[3] = q_even + q_odd;
    m[4] = q_even - q_odd;
    m[5] = y[3];
  }
}

#endif

"""##),
    ("portable/change_layout.h", ##"""
// Planar activations to blocks and back. A unit is a block of an image.

#include "lanes.h"
#include "../kernels/units.h"

CNN_SPLIT(blocks_from_planar, p->batch * cnn_channel_blocks(p->channels), p->batch * p->channels * p->area)
CNN_SPLIT(planar_from_blocks, p->batch * cnn_channel_blocks(p->channels), p->batch * p->channels * p->area)

CNN_KERNEL(blocks_from_planar) {
  const cnn_blocks_from_planar_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / blocks, place = unit % blocks * CNN_PANEL * p->area;
    const int64_t channels = cnn_block_channels(p->channels, unit % blocks);
    const float *x = (const float *)operands[1] + n * p->x_stride + place;
    float *y = (float *)operands[0] + n * p->y_stride + place;
    for (int64_t i = 0; i < p->area; i++)
      for (int64_t c = 0; c < CNN_PANEL; c++) y[i * CNN_PANEL + c] = c < channels ? x[c * p->area + i] : 0;
  }
}

CNN_KERNEL(planar_from_blocks) {
  const cnn_planar_from_blocks_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / blocks, place = unit % blocks * CNN_PANEL * p->area;
    const int64_t channels = cnn_block_channels(p->channels, unit % blocks);
    const float *x = (const float *)operands[1] + n * p->x_stride + place;
    float *y = (float *)operands[0] + n * p->y_stride + place;
    for (int64_t c = 0; c < channels; c++)
      for (int64_t i = 0; i < p->area; i++) y[c * p->area + i] = x[i * CNN_PANEL + c];
  }
}

"""##),
    ("portable/conv2d.h", ##"""
// A convolution of planar images, whatever its number of filters: as the one of few.

#include "../kernels/conv2d_rows.h"

static cnn_split cnn_conv2d_split(const void *parameters) { return cnn_conv2d_rows_split(parameters); }

CNN_KERNEL(conv2d) { cnn_conv2d_rows(operands, parameters, first, end); }

"""##),
    ("portable/conv2d_blocks.h", ##"""
// A convolution of activations in blocks of 16 channels. A unit is a row of outputs of 16 filters.

#include "finish.h"
#include "../kernels/units.h"
#include "../kernels/window.h"

CNN_SPLIT(conv2d_blocks, p->batch * p->groups * cnn_channel_blocks(p->filters) * p->out_height,
          p->batch * p->groups * p->filters * (p->channels + 1) * p->out_height * p->out_width * p->kernel_height *
              p->kernel_width / 16)

/// The sums of neighbouring outputs of a row from one column on, of which `pixels` exist; x is the image's first block of
/// the group, w the panel.
static void blocks_tile(const cnn_conv2d_blocks_parameters *p, const float *x, const float *w, int64_t row,
                        int64_t column, int64_t pixels, float to[CNN_PIXELS][CNN_PANEL]) {
  const int64_t plane = p->height * p->width * CNN_PANEL;
  cnn_sums sums;
  cnn_sums_clear(&sums);
  for (int64_t c = 0; c < p->channels; c += CNN_PANEL, x += plane) {
    const int64_t channels = cnn_min(CNN_PANEL, p->channels - c);
    for (int64_t fy = 0; fy < p->kernel_height; fy++) {
      const int64_t iy = row * p->stride_height - p->pad_top + fy * p->dilation_height;
      if (iy < 0 || iy >= p->height) {
        w += p->kernel_width * CNN_PANEL * CNN_PANEL;
        continue;
      }
      for (int64_t fx = 0; fx < p->kernel_width; fx++, w += CNN_PANEL * CNN_PANEL) {
        const float *from[CNN_PIXELS];
        for (int64_t i = 0; i < CNN_PIXELS; i++) {
          const int64_t ix = (column + i) * p->stride_width - p->pad_left + fx * p->dilation_width;
          from[i] = i < pixels && ix >= 0 && ix < p->width ? x + (iy * p->width + ix) * CNN_PANEL : cnn_no_pixel;
        }
        cnn_sums_add(from, channels, w, &sums);
      }
    }
  }
  cnn_sums_save(&sums, to);
}

CNN_KERNEL(conv2d_blocks) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const int64_t panels = cnn_channel_blocks(p->filters), in_blocks = cnn_channel_blocks(p->channels);
  const int64_t panel_size = in_blocks * p->kernel_height * p->kernel_width * CNN_PANEL * CNN_PANEL;
  const float *bias = operands[3], *r = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, panel = unit / p->out_height % panels;
    const int64_t g = unit / p->out_height / panels % p->groups, n = unit / p->out_height / panels / p->groups;
    const float *x = (const float *)operands[1] + n * p->x_stride + g * in_blocks * p->height * p->width * CNN_PANEL;
    const float *w = (const float *)operands[2] + (g * panels + panel) * panel_size;
    const int64_t at = ((g * panels + panel) * p->out_height + row) * p->out_width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + at;
    float sixteen[CNN_PANEL], sums[CNN_PIXELS][CNN_PANEL];
    cnn_copy_bias(bias ? bias + g * p->filters : NULL, panel * CNN_PANEL, p->filters, sixteen);
    for (int64_t j = 0; j < p->out_width; j += CNN_PIXELS) {
      const int64_t pixels = cnn_min(CNN_PIXELS, p->out_width - j);
      blocks_tile(p, x, w, row, j, pixels, sums);
      cnn_finish(sums[0], sixteen, r ? r + n * p->r_stride + at + j * CNN_PANEL : NULL, pixels, p->function,
                 (float)p->alpha, y + j * CNN_PANEL);
    }
  }
}

"""##),
    ("portable/conv2d_depthwise.h", ##"""
// A convolution with one kernel a channel, of activations in blocks of 16 channels. A unit is a row of outputs of a block.

#include "finish.h"
#include "../kernels/units.h"

CNN_SPLIT(conv2d_depthwise, p->batch * cnn_channel_blocks(p->channels) * p->out_height,
          p->batch * p->channels * p->out_height * p->out_width * (p->kernel_height * p->kernel_width + 4) / 8)

/// The sums of one output, whose window begins at row `top` and column `left` of a block's plane.
static void depthwise_pixel(const cnn_conv2d_blocks_parameters *p, const float *x, const float *w, int64_t top,
                            int64_t left, float to[CNN_PANEL]) {
  cnn_sixteen sum = cnn_fill_sixteen(0);
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = top + fy * p->dilation_height;
    if (iy < 0 || iy >= p->height) continue;
    for (int64_t fx = 0; fx < p->kernel_width; fx++) {
      const int64_t ix = left + fx * p->dilation_width;
      if (ix < 0 || ix >= p->width) continue;
      const float *values = x + (iy * p->width + ix) * CNN_PANEL;
      const float *weights = w + (fy * p->kernel_width + fx) * CNN_PANEL;
      CNN_EACH_PART(i)
        sum.part[i] += cnn_load_part(values + i * CNN_PART) * cnn_load_part(weights + i * CNN_PART);
    }
  }
  cnn_store_sixteen(to, sum);
}

CNN_KERNEL(conv2d_depthwise) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  const float *r = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, block = unit / p->out_height % blocks, n = unit / p->out_height / blocks;
    const float *x = (const float *)operands[1] + n * p->x_stride + block * p->height * p->width * CNN_PANEL;
    const float *w = (const float *)operands[2] + block * p->kernel_height * p->kernel_width * CNN_PANEL;
    const int64_t at = (block * p->out_height + row) * p->out_width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + at;
    float sixteen[CNN_PANEL], sums[CNN_PANEL];
    cnn_copy_bias(operands[3], block * CNN_PANEL, p->filters, sixteen);
    for (int64_t j = 0; j < p->out_width; j++) {
      depthwise_pixel(p, x, w, row * p->stride_height - p->pad_top, j * p->stride_width - p->pad_left, sums);
      cnn_finish(sums, sixteen, r ? r + n * p->r_stride + at + j * CNN_PANEL : NULL, 1, p->function, (float)p->alpha,
                 y + j * CNN_PANEL);
    }
  }
}

"""##),
    ("portable/conv2d_planar.h", ##"""
// A convolution of a planar image of few channels into blocks of 16 channels. A unit is a row of outputs of 16 filters.

#include "finish.h"
#include "planar_sums.h"
#include "../kernels/units.h"

CNN_SPLIT(conv2d_planar, p->batch * cnn_channel_blocks(p->filters) * p->out_height,
          p->batch * p->filters * (p->channels + 1) * p->out_height * p->out_width * p->kernel_height *
              p->kernel_width / 16)

CNN_KERNEL(conv2d_planar) {
  const cnn_conv2d_blocks_parameters *p = parameters;
  const planar_window q = {p->channels,     p->height,       p->width,           p->kernel_height,
                           p->kernel_width, p->stride_width, p->dilation_height, p->dilation_width};
  const int64_t panels = cnn_channel_blocks(p->filters);
  const int64_t panel_size = p->channels * p->kernel_height * p->kernel_width * CNN_PANEL;
  const float *r = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, panel = unit / p->out_height % panels, n = unit / p->out_height / panels;
    const float *x = (const float *)operands[1] + n * p->x_stride;
    const float *w = (const float *)operands[2] + panel * panel_size;
    const int64_t at = (panel * p->out_height + row) * p->out_width * CNN_PANEL;
    float sixteen[CNN_PANEL], lanes[CNN_PIXELS][CNN_PANEL];
    cnn_copy_bias(operands[3], panel * CNN_PANEL, p->filters, sixteen);
    for (int64_t j = 0; j < p->out_width; j += CNN_PIXELS) {
      cnn_sums sums;
      cnn_sums_clear(&sums);
      planar_add(&q, x, w, row * p->stride_height - p->pad_top, j * p->stride_width - p->pad_left, &sums);
      cnn_sums_save(&sums, lanes);
      cnn_finish(lanes[0], sixteen, r ? r + n * p->r_stride + at + j * CNN_PANEL : NULL,
                 cnn_min(CNN_PIXELS, p->out_width - j), p->function, (float)p->alpha,
                 (float *)operands[0] + n * p->y_stride + at + j * CNN_PANEL);
    }
  }
}

"""##),
    ("portable/conv2d_pool_small.h", ##"""
// A convolution of planar images, its function and the maxima of disjoint squares of two by two in one: the four outputs
// of a square are two pairs of neighbours, for 16 filters each. A unit is a row of maxima.

#include "planar_sums.h"
#include "../kernels/functions.h"
#include "../kernels/units.h"

CNN_SPLIT(conv2d_pool_small, p->batch * p->out_height,
          p->batch * p->filters * p->channels * p->out_height * p->out_width * p->kernel_height * p->kernel_width / 8)

/// Squares of a row, the lanes being filters: their maxima before the bias, and which of a square's outputs they are.
typedef struct {
  float largest[CNN_PIXELS / 2][CNN_PANEL], places[CNN_PIXELS / 2][CNN_PANEL];
} small_maxima;

/// The maxima of CNN_PIXELS / 2 squares of a row.
static void small_reduce(float outputs[2][CNN_PIXELS][CNN_PANEL], small_maxima *m) {
  for (int s = 0; s < CNN_PIXELS / 2; s++)
    for (int f = 0; f < CNN_PANEL; f++) {
      float best = outputs[0][2 * s][f], place = 0;
      for (int i = 1; i < 4; i++) {
        const float v = outputs[i / 2][2 * s + i % 2][f];
        place = v > best || v != v ? (float)i : place;
        best = cnn_larger(best, v);
      }
      m->largest[s][f] = best;
      m->places[s][f] = place;
    }
}

CNN_KERNEL(conv2d_pool_small) {
  const cnn_conv2d_pool_small_parameters *p = parameters;
  const planar_window q = {p->channels, p->height, p->width, p->kernel_height, p->kernel_width, 1, 1, 1};
  const int64_t area = p->out_height * p->out_width;
  const float *bias = operands[4];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t n = unit / p->out_height, row = unit % p->out_height;
    const float *x = (const float *)operands[2] + n * p->x_stride, *w = operands[3];
    float *y = (float *)operands[0] + n * p->y_stride;
    float *places = operands[1] ? (float *)operands[1] + n * p->places_stride : NULL;
    for (int64_t k = 0; k < p->filters; k += CNN_PANEL) {
      for (int64_t j = 0; j < p->out_width; j += CNN_PIXELS / 2) {
        float outputs[2][CNN_PIXELS][CNN_PANEL];
        small_maxima m;
        for (int64_t i = 0; i < 2; i++) {
          cnn_sums sums;
          cnn_sums_clear(&sums);
          planar_add(&q, x, w, 2 * row + i - p->pad_top, 2 * j - p->pad_left, &sums);
          cnn_sums_save(&sums, outputs[i]);
        }
        small_reduce(outputs, &m);
        for (int64_t s = 0; s < cnn_min(CNN_PIXELS / 2, p->out_width - j); s++)
          for (int64_t f = 0; f < cnn_min(CNN_PANEL, p->filters - k); f++) {
            const int64_t at = (k + f) * area + row * p->out_width + j + s;
            y[at] = m.largest[s][f] + (bias ? bias[k + f] : 0);
            if (places) places[at] = m.places[s][f];
          }
      }
      w += p->channels * p->kernel_height * p->kernel_width * CNN_PANEL;
    }
    for (int64_t k = 0; k < p->filters; k++) {
      float *line = y + k * area + row * p->out_width;
      cnn_apply(p->function, (float)p->alpha, line, line, p->out_width);
    }
  }
}

"""##),
    ("portable/dense.h", ##"""
// Dot products of rows of the weight matrix with images, four rows at a time, in 16 sums each. A unit is a few rows.

#include "lanes.h"
#include "../kernels/functions.h"
#include "../kernels/units.h"

enum { DENSE_ROWS = 4 };  // of a unit

CNN_SPLIT(dense, (p->units + DENSE_ROWS - 1) / DENSE_ROWS, p->batch * p->units * p->depth / 10)

/// totals[r] = the dot product of x and row r of w; the rows lie w_stride floats apart.
static void dense_rows(const float *x, const float *w, int64_t w_stride, int64_t depth, float totals[DENSE_ROWS]) {
  cnn_sums sums;
  float lanes[DENSE_ROWS][CNN_PANEL];
  cnn_sums_clear(&sums);
  const int64_t whole = depth - depth % CNN_PANEL;
  for (int64_t k = 0; k < whole; k += CNN_PANEL)
    for (int r = 0; r < DENSE_ROWS; r++)
      CNN_EACH_PART(i)
        sums.v[r][i] += cnn_load_part(w + r * w_stride + k + i * CNN_PART) * cnn_load_part(x + k + i * CNN_PART);
  cnn_sums_save(&sums, lanes);
  for (int r = 0; r < DENSE_ROWS; r++) {
    for (int half = CNN_PANEL / 2; half > 0; half /= 2)
      for (int i = 0; i < half; i++) lanes[r][i] += lanes[r][i + half];
    totals[r] = lanes[r][0];
    for (int64_t i = whole; i < depth; i++) totals[r] += w[r * w_stride + i] * x[i];
  }
}

CNN_KERNEL(dense) {
  const cnn_dense_parameters *p = parameters;
  const float *bias = operands[3], *residual = operands[4];
  for (int64_t unit = first * DENSE_ROWS; unit < cnn_min(p->units, end * DENSE_ROWS); unit += DENSE_ROWS) {
    const int64_t units = cnn_min(DENSE_ROWS, p->units - unit);
    const float *w = (const float *)operands[2] + unit * p->depth;
    for (int64_t n = 0; n < p->batch; n++) {
      const float *x = (const float *)operands[1] + n * p->x_stride;
      float row[DENSE_ROWS];
      if (units == DENSE_ROWS)
        dense_rows(x, w, p->depth, p->depth, row);
      else
        // The last rows one by one, each as four of the same.
        for (int64_t u = 0; u < units; u++) {
          float same[DENSE_ROWS];
          dense_rows(x, w + u * p->depth, 0, p->depth, same);
          row[u] = same[0];
        }
      for (int64_t u = 0; bias != NULL && u < units; u++) row[u] += bias[unit + u];
      for (int64_t u = 0; residual != NULL && u < units; u++) row[u] += residual[n * p->r_stride + unit + u];
      cnn_apply(p->function, (float)p->alpha, row, (float *)operands[0] + n * p->y_stride + unit, units);
    }
  }
}

"""##),
    ("portable/finish.h", ##"""
// What becomes of the sums of neighbouring pixels of a block on their way to y.

#ifndef CNN_PORTABLE_FINISH_H
#define CNN_PORTABLE_FINISH_H

#include "lanes.h"
#include "../kernels/functions.h"

/// y = function(sums + bias + r) for some pixels that follow each other in y and r; r may be NULL or y.
static inline void cnn_finish(const float *sums, const float bias[CNN_PANEL], const float *r, int64_t pixels,
                              int64_t function, float alpha, float *y) {
  for (int64_t p = 0; p < pixels; p++) {
    const float *of = sums + p * CNN_PANEL;
    float lanes[CNN_PANEL];
    for (int i = 0; i < CNN_PANEL; i++) lanes[i] = of[i] + bias[i];
    if (r != NULL)
      for (int i = 0; i < CNN_PANEL; i++) lanes[i] += r[p * CNN_PANEL + i];
    memcpy(y + p * CNN_PANEL, lanes, sizeof lanes);
  }
  cnn_apply(function, alpha, y, y, pixels * CNN_PANEL);
}

#endif

"""##),
    ("portable/lanes.h", ##"""
// What kernels are written on where the compiler is not clang: plain C99. It stands in for tile.h, blocks.h and sixteen.h,
// so that those kernels that need no vectors of their own are the same text, with vectors of one lane.
//
// The others are written on rows of 16 sums in parts: GNU's vectors where the compiler has them, single floats elsewhere.

#ifndef CNN_PORTABLE_LANES_H
#define CNN_PORTABLE_LANES_H

#define CNN_TILE_H
#define CNN_BLOCKS_H
#define CNN_SIXTEEN_H

#include "../kernels/geometry.h"
#include "../kernels/panels.h"

#define CNN_LANES 1
typedef float cnn_vector;
typedef int32_t cnn_integers;
typedef uint32_t cnn_naturals;

#if defined(__GNUC__)
#define CNN_INLINE static inline __attribute__((always_inline))
#else
#define CNN_INLINE static inline
#endif

/// Floats of a part.
#if !defined(CNN_PART)
#if !defined(__GNUC__)
#define CNN_PART 1
#elif defined(__AVX__)
#define CNN_PART 8
#else
#define CNN_PART 4
#endif
#endif
#if CNN_PART == 1
typedef float cnn_part;
#else
typedef float cnn_part __attribute__((vector_size(CNN_PART * sizeof(float))));
#endif
#define CNN_UNROLL

CNN_INLINE cnn_vector cnn_load(const float *x) { return *x; }
CNN_INLINE void cnn_store(float *y, cnn_vector v) { *y = v; }
CNN_INLINE cnn_vector cnn_square_root(cnn_vector v) { return sqrtf(v); }

enum {
  /// Parts of a block's channels.
  CNN_PARTS = CNN_PANEL / CNN_PART,
  /// Pixels whose sums are computed together.
  CNN_PIXELS = 4
};

/// What pixels outside of the image read.
static const float cnn_no_pixel[CNN_PANEL] = {0};

/// A block's channels at one pixel.
typedef struct {
  cnn_part part[CNN_PARTS];
} cnn_sixteen;

#define CNN_EACH_PART(i) for (int i = 0; i < CNN_PARTS; i++)

CNN_INLINE cnn_part cnn_load_part(const float *x) {
  cnn_part v;
  memcpy(&v, x, sizeof v);
  return v;
}

CNN_INLINE cnn_sixteen cnn_load_sixteen(const float *x) {
  cnn_sixteen v;
  CNN_EACH_PART(i) v.part[i] = cnn_load_part(x + i * CNN_PART);
  return v;
}

CNN_INLINE void cnn_store_sixteen(float *y, cnn_sixteen v) { memcpy(y, &v, sizeof v); }

CNN_INLINE cnn_sixteen cnn_fill_sixteen(float value) {
  cnn_sixteen v;
  CNN_EACH_PART(i) v.part[i] = value + (cnn_part){0};
  return v;
}

/// The larger of two, the second where it is not a number.
CNN_INLINE float cnn_larger(float best, float v) { return v > best || v != v ? v : best; }

/// Sums of some pixels, 16 of each.
typedef struct {
  cnn_part v[CNN_PIXELS][CNN_PARTS];
} cnn_sums;

CNN_INLINE void cnn_sums_clear(cnn_sums *sums) {
  for (int p = 0; p < CNN_PIXELS; p++) CNN_EACH_PART(i) sums->v[p][i] = (cnn_part){0};
}

/// Adds terms: those of pixel p are x[p][0..<count], each times 16 weights of w.
CNN_INLINE void cnn_sums_add(const float *const x[CNN_PIXELS], int64_t count, const float *w, cnn_sums *sums) {
  const float *const x0 = x[0], *const x1 = x[1], *const x2 = x[2], *const x3 = x[3];
  for (int64_t k = 0; k < count; k++, w += CNN_PANEL) {
    const float values[CNN_PIXELS] = {x0[k], x1[k], x2[k], x3[k]};
    for (int p = 0; p < CNN_PIXELS; p++)
      CNN_EACH_PART(i) sums->v[p][i] += values[p] * cnn_load_part(w + i * CNN_PART);
  }
}

/// Adds one term: that of pixel p is x[p * step].
CNN_INLINE void cnn_sums_add_term(const float *x, int64_t step, const float *w, cnn_sums *sums) {
  const float values[CNN_PIXELS] = {x[0], x[step], x[2 * step], x[3 * step]};
  for (int p = 0; p < CNN_PIXELS; p++)
    CNN_EACH_PART(i) sums->v[p][i] += values[p] * cnn_load_part(w + i * CNN_PART);
}

CNN_INLINE void cnn_sums_save(const cnn_sums *sums, float to[CNN_PIXELS][CNN_PANEL]) {
  for (int p = 0; p < CNN_PIXELS; p++)
    CNN_EACH_PART(i) memcpy(&to[p][i * CNN_PART], &sums->v[p][i], sizeof(cnn_part));
}

#endif

"""##),
    ("portable/planar_sums.h", ##"""
// The sums of neighbouring outputs of a row of a planar image's convolution, for a panel of 16 filters.

#ifndef CNN_PORTABLE_PLANAR_SUMS_H
#define CNN_PORTABLE_PLANAR_SUMS_H

#include "lanes.h"

/// What a convolution of planar images reads.
typedef struct {
  int64_t channels, height, width, kernel_height, kernel_width;
  int64_t stride_width, dilation_height, dilation_width;
} planar_window;

/// Adds the window at CNN_PIXELS neighbouring outputs to sums, the first of which begins at row `top` and column `left`
/// of x. w is [channel][tap][16].
static inline void planar_add(const planar_window *q, const float *x, const float *w, int64_t top, int64_t left,
                              cnn_sums *sums) {
  const int64_t last = left + (CNN_PIXELS - 1) * q->stride_width + (q->kernel_width - 1) * q->dilation_width;
  const int is_inside = left >= 0 && last < q->width;
  for (int64_t c = 0; c < q->channels; c++, x += q->height * q->width)
    for (int64_t fy = 0; fy < q->kernel_height; fy++, w += q->kernel_width * CNN_PANEL) {
      const int64_t iy = top + fy * q->dilation_height;
      if (iy < 0 || iy >= q->height) continue;
      const float *line = x + iy * q->width;
      for (int64_t fx = 0; fx < q->kernel_width; fx++) {
        const int64_t ix = left + fx * q->dilation_width;
        if (is_inside) {
          cnn_sums_add_term(line + ix, q->stride_width, w + fx * CNN_PANEL, sums);
        } else {
          float values[CNN_PIXELS];
          for (int64_t i = 0; i < CNN_PIXELS; i++) {
            const int64_t at = ix + i * q->stride_width;
            values[i] = at >= 0 && at < q->width ? line[at] : 0;
          }
          cnn_sums_add_term(values, 1, w + fx * CNN_PANEL, sums);
        }
      }
    }
}

#endif

"""##),
    ("portable/pool2d_blocks.h", ##"""
// Pooling of blocks: the lanes are channels. A unit is a row of outputs of a block.

#include "lanes.h"
#include "pool2d_halve.h"
#include "../kernels/pool2d.h"

CNN_SPLIT(pool2d_blocks, p->batch * cnn_channel_blocks(p->channels) * p->out_height,
          p->batch * p->channels * p->out_height * p->out_width * (p->kernel_height * p->kernel_width + 2) / 4)

/// One window, whose first element lies at row `top` and column `left` of a block's plane.
static void pool_window(const cnn_pool2d_parameters *p, const float *x, int64_t top, int64_t left,
                        float values[CNN_PANEL]) {
  for (int i = 0; i < CNN_PANEL; i++) values[i] = p->mode == POOL_MAX ? -INFINITY : 0;
  for (int64_t fy = 0; fy < p->kernel_height; fy++) {
    const int64_t iy = top + fy * p->dilation_height;
    if (iy < 0 || iy >= p->height) continue;
    for (int64_t fx = 0; fx < p->kernel_width; fx++) {
      const int64_t ix = left + fx * p->dilation_width;
      if (ix < 0 || ix >= p->width) continue;
      const float *v = x + (iy * p->width + ix) * CNN_PANEL;
      if (p->mode == POOL_MAX)
        for (int i = 0; i < CNN_PANEL; i++) values[i] = cnn_larger(values[i], v[i]);
      else
        for (int i = 0; i < CNN_PANEL; i++) values[i] += v[i];
    }
  }
}

CNN_KERNEL(pool2d_blocks) {
  const cnn_pool2d_parameters *p = parameters;
  const int64_t blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t row = unit % p->out_height, block = unit / p->out_height % blocks, n = unit / p->out_height / blocks;
    const float *x = (const float *)operands[1] + n * p->x_stride + block * p->height * p->width * CNN_PANEL;
    float *y = (float *)operands[0] + n * p->y_stride + (block * p->out_height + row) * p->out_width * CNN_PANEL;
    const int64_t rows = p->mode == POOL_AVERAGE ? pool2d_counted_rows(p, row) : 0;
    for (int64_t j = 0; j < p->out_width; j++) {
      float values[CNN_PANEL], columns = 0;
      pool_window(p, x, row * p->stride_height - p->pad_top, j * p->stride_width - p->pad_left, values);
      if (p->mode == POOL_AVERAGE) {
        pool2d_count_columns(p, j, j + 1, &columns);
        for (int i = 0; i < CNN_PANEL; i++) values[i] /= fmaxf(1, (float)rows * columns);
      }
      memcpy(y + j * CNN_PANEL, values, sizeof values);
    }
  }
}

"""##),
    ("portable/pool2d_halve.h", ##"""
// Maxima of a plane's squares of two by two.

#define CNN_POOL2D_HALVE_H

static void pool2d_halve(const cnn_pool2d_parameters *p, const float *x, float *y) {
  for (int64_t row = 0; row < p->out_height; row++) {
    const float *upper = x + 2 * row * p->width, *lower = upper + p->width;
    for (int64_t j = 0; j < p->out_width; j++)
      y[row * p->out_width + j] = cnn_larger(
          cnn_larger(cnn_larger(upper[2 * j], upper[2 * j + 1]), lower[2 * j]), lower[2 * j + 1]);
  }
}

"""##),
    ("portable/winograd_input.h", ##"""
// Transforms patches of the input, tile by tile, for the multiplication: V is [tile][xi][channel, up to a multiple of 16].

#include "lanes.h"
#include "../kernels/units.h"
#include "../kernels/winograd_transforms.h"

CNN_SPLIT(winograd_input, p->tile_count, p->tile_count * cnn_channel_blocks(p->channels) * (p->tile == 2 ? 50 : 140))

/// 16 channels of a patch whose first element lies at row `top` and column `left` of x, to v and `step` floats apart.
CNN_INLINE void winograd_transform_patch(const int tile, const float *x, int64_t height, int64_t width, int64_t top,
                                         int64_t left, float *v, int64_t step) {
  float columns[WINOGRAD_EDGE][WINOGRAD_EDGE][CNN_PANEL];
  for (int j = 0; j < tile + 2; j++) {
    const float *from[WINOGRAD_EDGE];
    for (int i = 0; i < tile + 2; i++) {
      const int64_t row = top + i, column = left + j;
      const int is_inside = row >= 0 && row < height && column >= 0 && column < width;
      from[i] = is_inside ? x + (row * width + column) * CNN_PANEL : cnn_no_pixel;
    }
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float d[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      for (int i = 0; i < tile + 2; i++) d[i] = from[i][lane];
      winograd_transform_inputs(tile, d, t);
      for (int i = 0; i < tile + 2; i++) columns[i][j][lane] = t[i];
    }
  }
  for (int i = 0; i < tile + 2; i++)
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float d[WINOGRAD_EDGE], t[WINOGRAD_EDGE];
      for (int j = 0; j < tile + 2; j++) d[j] = columns[i][j][lane];
      winograd_transform_inputs(tile, d, t);
      for (int j = 0; j < tile + 2; j++) v[(i * (tile + 2) + j) * step + lane] = t[j];
    }
}

CNN_KERNEL(winograd_input) {
  const cnn_winograd_input_parameters *p = parameters;
  const int64_t channels = cnn_channel_blocks(p->channels) * CNN_PANEL, elements = winograd_elements(p->tile);
  for (int64_t unit = first; unit < end; unit++) {
    const winograd_place place = winograd_place_of(p->first_tile + unit, p->tiles_down, p->tiles_across);
    const int64_t top = place.row * p->tile - p->pad_top, left = place.column * p->tile - p->pad_left;
    const float *x = (const float *)operands[1] + place.image * p->x_stride;
    float *v = (float *)operands[0] + unit * elements * channels;
    for (int64_t c = 0; c < channels; c += CNN_PANEL) {
      const float *plane = x + c * p->height * p->width;
      if (p->tile == 2)
        winograd_transform_patch(2, plane, p->height, p->width, top, left, v + c, channels);
      else
        winograd_transform_patch(4, plane, p->height, p->width, top, left, v + c, channels);
    }
  }
}

"""##),
    ("portable/winograd_output.h", ##"""
// Multiplies transformed patches by transformed weights, and transforms the products back into the output. A unit is a
// block of 16 filters of a few tiles.

#include "finish.h"
#include "../kernels/units.h"
#include "../kernels/winograd_transforms.h"

enum { WINOGRAD_TILES = 2 * CNN_PIXELS };  // of a unit

static int64_t winograd_parts(const cnn_winograd_output_parameters *p) {
  return (p->tile_count + WINOGRAD_TILES - 1) / WINOGRAD_TILES;
}

CNN_SPLIT(winograd_output, winograd_parts(p) * cnn_channel_blocks(p->filters),
          winograd_elements(p->tile) * p->tile_count * p->channels * p->filters / 16)

/// The products of a unit: [xi][tile][16 filters].
typedef float winograd_products[WINOGRAD_ELEMENTS][WINOGRAD_TILES][CNN_PANEL];

/// v is the unit's first tile's, u the filters'.
static void winograd_multiply(const cnn_winograd_output_parameters *p, const float *v, const float *u, int64_t tiles,
                              winograd_products products) {
  const int64_t channels = cnn_channel_blocks(p->channels) * CNN_PANEL, elements = winograd_elements(p->tile);
  for (int64_t xi = 0; xi < elements; xi++)
    for (int64_t t = 0; t < tiles; t += CNN_PIXELS) {
      const float *x[CNN_PIXELS];
      // The last tile stands in for those behind it, whose sums nobody reads.
      for (int64_t i = 0; i < CNN_PIXELS; i++)
        x[i] = v + (cnn_min(t + i, tiles - 1) * elements + xi) * channels;
      cnn_sums sums;
      cnn_sums_clear(&sums);
      cnn_sums_add(x, p->channels, u + xi * channels * CNN_PANEL, &sums);
      cnn_sums_save(&sums, &products[xi][t]);
    }
}

/// A tile's outputs: [row][column][16].
typedef float winograd_outputs[4][4][CNN_PANEL];

CNN_INLINE void winograd_transform_tile(const int tile, winograd_products products, int64_t t, winograd_outputs y) {
  float lines[4][WINOGRAD_EDGE][CNN_PANEL];
  for (int j = 0; j < tile + 2; j++)
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float m[WINOGRAD_EDGE], o[WINOGRAD_EDGE];
      for (int i = 0; i < tile + 2; i++) m[i] = products[i * (tile + 2) + j][t][lane];
      winograd_transform_products(tile, m, o);
      for (int i = 0; i < tile; i++) lines[i][j][lane] = o[i];
    }
  for (int i = 0; i < tile; i++)
    for (int lane = 0; lane < CNN_PANEL; lane++) {
      float m[WINOGRAD_EDGE], o[WINOGRAD_EDGE];
      for (int j = 0; j < tile + 2; j++) m[j] = lines[i][j][lane];
      winograd_transform_products(tile, m, o);
      for (int j = 0; j < tile; j++) y[i][j][lane] = o[j];
    }
}

/// The maxima of a tile's squares of two by two, in place.
static void winograd_pool(int64_t tile, winograd_outputs y) {
  for (int64_t i = 0; i < tile / 2; i++)
    for (int64_t j = 0; j < tile / 2; j++)
      for (int lane = 0; lane < CNN_PANEL; lane++) {
        const float upper = cnn_larger(y[2 * i][2 * j][lane], y[2 * i][2 * j + 1][lane]);
        y[i][j][lane] = cnn_larger(cnn_larger(upper, y[2 * i + 1][2 * j][lane]), y[2 * i + 1][2 * j + 1][lane]);
      }
}

CNN_KERNEL(winograd_output) {
  const cnn_winograd_output_parameters *p = parameters;
  const int64_t channels = cnn_channel_blocks(p->channels) * CNN_PANEL, elements = winograd_elements(p->tile);
  const int64_t side = p->pools ? p->tile / 2 : p->tile;
  const int64_t height = p->pools ? p->out_height / 2 : p->out_height, width = p->pools ? p->out_width / 2 : p->out_width;
  const int64_t parts = winograd_parts(p);
  const float *r = operands[4];
  winograd_products products;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t block = unit / parts, start = unit % parts * WINOGRAD_TILES;
    const int64_t tiles = cnn_min(WINOGRAD_TILES, p->tile_count - start);
    float sixteen[CNN_PANEL];
    cnn_copy_bias(operands[3], block * CNN_PANEL, p->filters, sixteen);
    winograd_multiply(p, (const float *)operands[1] + start * elements * channels,
                      (const float *)operands[2] + block * elements * channels * CNN_PANEL, tiles, products);
    for (int64_t t = 0; t < tiles; t++) {
      const winograd_place place = winograd_place_of(p->first_tile + start + t, p->tiles_down, p->tiles_across);
      winograd_outputs outputs;
      if (p->tile == 2)
        winograd_transform_tile(2, products, t, outputs);
      else
        winograd_transform_tile(4, products, t, outputs);
      if (p->pools) winograd_pool(p->tile, outputs);
      for (int64_t i = 0; i < cnn_min(side, height - place.row * side); i++) {
        const int64_t at = ((block * height + place.row * side + i) * width + place.column * side) * CNN_PANEL;
        cnn_finish(outputs[i][0], sixteen, r ? r + place.image * p->r_stride + at : NULL,
                   cnn_min(side, width - place.column * side), p->function, (float)p->alpha,
                   (float *)operands[0] + place.image * p->y_stride + at);
      }
    }
  }
}

"""##),
    ("rows/conv2d.h", ##"""
// Convolutions, row by row: ordinary ones, those of a filter a channel, and transposed ones.

#include "rows.h"

/// Channels and filters are those of a group; height and width the input's.
typedef struct {
  ptrdiff_t height, width, out_width, groups, channels, filters, kernel_height, kernel_width, stride_height, stride_width;
  ptrdiff_t dilation_height, dilation_width, pad_top, pad_left, adds, function;
  float alpha;
} cnn_rows_conv2d_parameters;

/// Sums over the window of neighbouring outputs from output j on; x is the input with the group's channels. For several
/// pixels, all columns lie inside.
CNN_INLINE void cnn_rows_conv2d_tile(const cnn_rows_conv2d_parameters *p, const int pixels, const int lanes, ptrdiff_t i,
                                     ptrdiff_t j, const cnn_rows *x, ptrdiff_t first_channel, const float *w,
                                     float *values) {
  const ptrdiff_t top = i * p->stride_height - p->pad_top, left = j * p->stride_width - p->pad_left;
  const cnn_range rows = cnn_rows_taps(p->kernel_height, p->dilation_height, top, p->height);
  const cnn_range columns = cnn_rows_taps(p->kernel_width, p->dilation_width, left, p->width);
  const ptrdiff_t tap = p->dilation_width * x->pixel, step = p->channels == 1 ? tap : x->channel;
  const int is_run = step * p->channels == tap;
  cnn_rows_sums sums;
  cnn_rows_clear(pixels, lanes, &sums);
  for (ptrdiff_t fy = rows.first; fy < rows.end; fy++) {
    const float *row = cnn_row(x, top + fy * p->dilation_height) + first_channel * x->channel + left * x->pixel;
    const float *of = w + fy * p->kernel_width * p->channels * lanes;
    if (is_run && columns.first < columns.end)
      cnn_rows_add_terms(pixels, lanes, row + columns.first * tap, p->stride_width * x->pixel, step,
                         (columns.end - columns.first) * p->channels, of + columns.first * p->channels * lanes, &sums);
    for (ptrdiff_t fx = columns.first; fx < columns.end && !is_run; fx++)
      cnn_rows_add_terms(pixels, lanes, row + fx * tap, p->stride_width * x->pixel, step, p->channels,
                         of + fx * p->channels * lanes, &sums);
  }
  cnn_rows_save(pixels, lanes, &sums, values);
}

/// w: [group][panel of 16 filters][fy][fx][channel][filters of the panel, of which the last has 8 where that is enough],
/// then as many biases. v: y, x and, where adds is 1, what is added.
static void cnn_rows_conv2d(const cnn_rows_conv2d_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const ptrdiff_t taps = p->kernel_height * p->kernel_width * p->channels;
  const ptrdiff_t reach = (CNN_PIXELS - 1) * p->stride_width + (p->kernel_width - 1) * p->dilation_width;
  const float *bias = w + p->groups * cnn_rows_lanes(p->filters) * taps;
  for (ptrdiff_t group = 0; group < p->groups; group++)
    for (ptrdiff_t k = 0; k < p->filters; k += CNN_PANEL) {
      const ptrdiff_t filter = group * p->filters + k, first = group * p->channels;
      const int lanes = p->filters - k > 8 ? 16 : 8;
      for (ptrdiff_t j = 0; j < p->out_width;) {
        const ptrdiff_t left = j * p->stride_width - p->pad_left;
        const int is_inside = j + CNN_PIXELS <= p->out_width && left >= 0 && left + reach < p->width;
        float values[CNN_PIXELS * CNN_PANEL];
        if (is_inside && lanes == 16)
          cnn_rows_conv2d_tile(p, CNN_PIXELS, 16, i, j, &v[1], first, w, values);
        else if (is_inside)
          cnn_rows_conv2d_tile(p, CNN_PIXELS, 8, i, j, &v[1], first, w, values);
        else if (lanes == 16)
          cnn_rows_conv2d_tile(p, 1, 16, i, j, &v[1], first, w, values);
        else
          cnn_rows_conv2d_tile(p, 1, 8, i, j, &v[1], first, w, values);
        const ptrdiff_t pixels = is_inside ? CNN_PIXELS : 1;
        const float *r = p->adds ? cnn_row(&v[2], i) + j * v[2].pixel + filter * v[2].channel : NULL;
        cnn_rows_finish(values, pixels, lanes, bias, r, &v[p->adds ? 2 : 0], p->function, p->alpha,
                        cnn_rows_min(lanes, p->filters - k), cnn_row(&v[0], i) + j * v[0].pixel + filter * v[0].channel,
                        &v[0]);
        j += pixels;
      }
      w += taps * lanes;
      bias += lanes;
    }
}

/// One filter a channel. w: [fy][fx][channel], then biases, rounded up to 16; `groups` is the number of channels.
static void cnn_rows_conv2d_depthwise(const cnn_rows_conv2d_parameters *p, ptrdiff_t i, const cnn_rows *v,
                                      const float *w) {
  const ptrdiff_t top = i * p->stride_height - p->pad_top;
  const cnn_range rows = cnn_rows_taps(p->kernel_height, p->dilation_height, top, p->height);
  const float *bias = w + p->kernel_height * p->kernel_width * p->groups;
  for (ptrdiff_t j = 0; j < p->out_width; j++) {
    const ptrdiff_t left = j * p->stride_width - p->pad_left;
    const cnn_range columns = cnn_rows_taps(p->kernel_width, p->dilation_width, left, p->width);
    for (ptrdiff_t c = 0; c < p->groups; c += CNN_PANEL) {
      const ptrdiff_t count = cnn_rows_min(CNN_PANEL, p->groups - c);
      float values[CNN_PANEL] = {0}, x[CNN_PANEL];
      for (ptrdiff_t fy = rows.first; fy < rows.end; fy++)
        for (ptrdiff_t fx = columns.first; fx < columns.end; fx++) {
          const float *of = w + (fy * p->kernel_width + fx) * p->groups + c;
          cnn_rows_gather(cnn_row(&v[1], top + fy * p->dilation_height) +
                              (left + fx * p->dilation_width) * v[1].pixel + c * v[1].channel,
                          v[1].channel, count, x);
          for (ptrdiff_t l = 0; l < count; l++) values[l] += of[l] * x[l];
        }
      const float *r = p->adds ? cnn_row(&v[2], i) + j * v[2].pixel + c * v[2].channel : NULL;
      cnn_rows_finish(values, 1, CNN_PANEL, bias + c, r, &v[p->adds ? 2 : 0], p->function, p->alpha, count,
                      cnn_row(&v[0], i) + j * v[0].pixel + c * v[0].channel, &v[0]);
    }
  }
}

/// One output's sums over the inputs that reach it.
CNN_INLINE void cnn_rows_deconv2d_tile(const cnn_rows_conv2d_parameters *p, const int lanes, ptrdiff_t i, ptrdiff_t j,
                                       const cnn_rows *x, ptrdiff_t first_channel, const float *w, float *values) {
  cnn_rows_sums sums;
  cnn_rows_clear(1, lanes, &sums);
  for (ptrdiff_t fy = 0; fy < p->kernel_height; fy++) {
    const ptrdiff_t down = i + p->pad_top - fy, row = down / p->stride_height;
    if (down < 0 || down % p->stride_height != 0 || row >= p->height) continue;
    for (ptrdiff_t fx = 0; fx < p->kernel_width; fx++) {
      const ptrdiff_t across = j + p->pad_left - fx, column = across / p->stride_width;
      if (across < 0 || across % p->stride_width != 0 || column >= p->width) continue;
      cnn_rows_add_terms(1, lanes, cnn_row(x, row) + column * x->pixel + first_channel * x->channel, 0, x->channel,
                         p->channels, w + (fy * p->kernel_width + fx) * p->channels * lanes, &sums);
    }
  }
  cnn_rows_save(1, lanes, &sums, values);
}

/// A transposed convolution: input (i, j) adds to outputs (i * stride - pad + fy, j * stride - pad + fx). w as cnn_rows_conv2d's.
static void cnn_rows_deconv2d(const cnn_rows_conv2d_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const ptrdiff_t taps = p->kernel_height * p->kernel_width * p->channels;
  const float *bias = w + p->groups * cnn_rows_lanes(p->filters) * taps;
  for (ptrdiff_t group = 0; group < p->groups; group++)
    for (ptrdiff_t k = 0; k < p->filters; k += CNN_PANEL) {
      const ptrdiff_t filter = group * p->filters + k, first = group * p->channels;
      const int lanes = p->filters - k > 8 ? 16 : 8;
      for (ptrdiff_t j = 0; j < p->out_width; j++) {
        float values[CNN_PANEL];
        if (lanes == 16)
          cnn_rows_deconv2d_tile(p, 16, i, j, &v[1], first, w, values);
        else
          cnn_rows_deconv2d_tile(p, 8, i, j, &v[1], first, w, values);
        const float *r = p->adds ? cnn_row(&v[2], i) + j * v[2].pixel + filter * v[2].channel : NULL;
        cnn_rows_finish(values, 1, lanes, bias, r, &v[p->adds ? 2 : 0], p->function, p->alpha,
                        cnn_rows_min(lanes, p->filters - k), cnn_row(&v[0], i) + j * v[0].pixel + filter * v[0].channel,
                        &v[0]);
      }
      w += taps * lanes;
      bias += lanes;
    }
}

"""##),
    ("rows/dense.h", ##"""
// Fully connected layers, and distances to centres, as their input comes, row by row.

#include "rows.h"

/// Height, width and channels are the input's.
typedef struct {
  ptrdiff_t height, width, channels, units, adds, function;
  float alpha;
} cnn_rows_dense_parameters;

/// Adds a run of `count` inputs, `step` elements apart: to `sums` their products with the weights, or the squares of
/// their distances to the centres.
CNN_INLINE void cnn_rows_dense_run(const int lanes, const int is_distance, const float *x, ptrdiff_t step,
                                   ptrdiff_t count, const float *w, float *to) {
  cnn_rows_sums sums;
  const ptrdiff_t whole = count / CNN_PIXELS * CNN_PIXELS;
  cnn_rows_clear(CNN_PIXELS, lanes, &sums);
  // The inputs in turn have sums of their own, none of which waits for another.
  for (ptrdiff_t k = 0; k < whole; k += CNN_PIXELS)
    CNN_EACH_SUM(CNN_PIXELS, lanes) {
      const cnn_part of = cnn_load_part(w + (k + n) * lanes + l * CNN_PART), d = x[(k + n) * step] - of;
      sums.v[n][l] += is_distance ? d * d : x[(k + n) * step] * of;
    }
  for (ptrdiff_t k = whole; k < count; k++)
    CNN_EACH_SUM(1, lanes) {
      const cnn_part of = cnn_load_part(w + (k + n) * lanes + l * CNN_PART), d = x[(k + n) * step] - of;
      sums.v[n][l] += is_distance ? d * d : x[(k + n) * step] * of;
    }
  float values[CNN_PIXELS * CNN_PANEL];
  cnn_rows_save(CNN_PIXELS, lanes, &sums, values);
  for (int l = 0; l < lanes; l++)
    to[l] += (values[l] + values[lanes + l]) + (values[2 * lanes + l] + values[3 * lanes + l]);
}

/// All of a row.
CNN_INLINE void cnn_rows_dense_row(const cnn_rows_dense_parameters *p, const int lanes, const int is_distance,
                                   const float *row, const cnn_rows *x, const float *w, float *to) {
  if (x->channel * p->channels == x->pixel || p->width == 1)
    cnn_rows_dense_run(lanes, is_distance, row, x->channel, p->width * p->channels, w, to);
  else
    for (ptrdiff_t j = 0; j < p->width; j++)
      cnn_rows_dense_run(lanes, is_distance, row + j * x->pixel, x->channel, p->channels, w + j * p->channels * lanes, to);
}

/// Takes row `taken` of the input. w: [row][panel of 16 units][column][channel][units of the panel, as filters of
/// cnn_rows_conv2d], then as many biases.
CNN_INLINE void cnn_rows_dense_taking(const cnn_rows_dense_parameters *p, const int is_distance, ptrdiff_t taken,
                                      const cnn_rows *v, const float *w) {
  const ptrdiff_t depth = p->width * p->channels, all = cnn_rows_lanes(p->units);
  const float *row = cnn_row(&v[1], taken), *bias = w + p->height * depth * all;
  float *y = cnn_row(&v[0], 0);
  w += taken * depth * all;
  for (ptrdiff_t k = 0; k < p->units; k += CNN_PANEL) {
    const int lanes = p->units - k > 8 ? 16 : 8;
    const ptrdiff_t count = cnn_rows_min(lanes, p->units - k);
    float values[CNN_PANEL] = {0};
    if (taken == 0)
      memcpy(values, bias + k, (size_t)lanes * sizeof(float));
    else
      cnn_rows_gather(y + k * v[0].channel, v[0].channel, count, values);
    if (lanes == 16)
      cnn_rows_dense_row(p, 16, is_distance, row, &v[1], w, values);
    else
      cnn_rows_dense_row(p, 8, is_distance, row, &v[1], w, values);
    if (taken == p->height - 1) {
      const float *r = p->adds ? cnn_row(&v[2], 0) + k * v[2].channel : NULL;
      for (ptrdiff_t l = 0; r != NULL && l < count; l++) values[l] += r[l * v[2].channel];
      cnn_apply(p->function, p->alpha, values, values, lanes);
    }
    cnn_rows_scatter(values, count, y + k * v[0].channel, v[0].channel);
    w += depth * lanes;
  }
}

static void cnn_rows_dense(const cnn_rows_dense_parameters *p, ptrdiff_t taken, const cnn_rows *v, const float *w) {
  cnn_rows_dense_taking(p, 0, taken, v, w);
}

/// Squared distances, the biases being zeros.
static void cnn_rows_rbf(const cnn_rows_dense_parameters *p, ptrdiff_t taken, const cnn_rows *v, const float *w) {
  cnn_rows_dense_taking(p, 1, taken, v, w);
}

"""##),
    ("rows/elements.h", ##"""
// What is computed element by element or pixel by pixel, row by row. What is written may lie where an input of its size does.

#include "rows.h"

/// `inputs` counts what is read in full; multiply's others are one number a channel.
typedef struct {
  ptrdiff_t width, channels, inputs, others, adds, function;
  float alpha;
} cnn_rows_elements_parameters;

/// Row i, channels c... of pixel j.
static inline float *cnn_rows_at(const cnn_rows *v, ptrdiff_t i, ptrdiff_t j, ptrdiff_t c) {
  return cnn_row(v, i) + j * v->pixel + c * v->channel;
}

/// For each run of channels of each pixel of a row: its number `count` of them, c the first.
#define CNN_ROWS_EACH_RUN(p)                               \
  for (ptrdiff_t j = 0; j < (p)->width; j++)               \
    for (ptrdiff_t c = 0, count; count = cnn_rows_min(CNN_ROWS_RUN, (p)->channels - c), c < (p)->channels; c += count)

/// y = function(x1 + x2 + ...)
static void cnn_rows_add(const cnn_rows_elements_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  float sum[CNN_ROWS_RUN], x[CNN_ROWS_RUN];
  (void)w;
  CNN_ROWS_EACH_RUN(p) {
    cnn_rows_gather(cnn_rows_at(&v[1], i, j, c), v[1].channel, count, sum);
    for (ptrdiff_t k = 2; k <= p->inputs; k++) {
      cnn_rows_gather(cnn_rows_at(&v[k], i, j, c), v[k].channel, count, x);
      for (ptrdiff_t l = 0; l < count; l++) sum[l] += x[l];
    }
    cnn_apply(p->function, p->alpha, sum, sum, count);
    cnn_rows_scatter(sum, count, cnn_rows_at(&v[0], i, j, c), v[0].channel);
  }
}

/// y = x1 * x2 * ...
static void cnn_rows_multiply(const cnn_rows_elements_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  float product[CNN_ROWS_RUN], x[CNN_ROWS_RUN];
  (void)w;
  CNN_ROWS_EACH_RUN(p) {
    cnn_rows_gather(cnn_rows_at(&v[1], i, j, c), v[1].channel, count, product);
    for (ptrdiff_t k = 2; k <= p->inputs + p->others; k++) {
      const int is_full = k <= p->inputs;
      cnn_rows_gather(cnn_rows_at(&v[k], is_full ? i : 0, is_full ? j : 0, c), v[k].channel, count, x);
      for (ptrdiff_t l = 0; l < count; l++) product[l] *= x[l];
    }
    cnn_rows_scatter(product, count, cnn_rows_at(&v[0], i, j, c), v[0].channel);
  }
}

/// y = function(w_c * x + b_c + r). w: factors, then summands.
static void cnn_rows_channel_affine(const cnn_rows_elements_parameters *p, ptrdiff_t i, const cnn_rows *v,
                                    const float *w) {
  float line[CNN_ROWS_RUN], r[CNN_ROWS_RUN];
  CNN_ROWS_EACH_RUN(p) {
    const float *factor = w + c, *summand = w + p->channels + c;
    cnn_rows_gather(cnn_rows_at(&v[1], i, j, c), v[1].channel, count, line);
    for (ptrdiff_t l = 0; l < count; l++) line[l] = factor[l] * line[l] + summand[l];
    if (p->adds) {
      cnn_rows_gather(cnn_rows_at(&v[2], i, j, c), v[2].channel, count, r);
      for (ptrdiff_t l = 0; l < count; l++) line[l] += r[l];
    }
    cnn_apply(p->function, p->alpha, line, line, count);
    cnn_rows_scatter(line, count, cnn_rows_at(&v[0], i, j, c), v[0].channel);
  }
}

/// x if x > 0, else w_c * x
static void cnn_rows_prelu(const cnn_rows_elements_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  float line[CNN_ROWS_RUN];
  CNN_ROWS_EACH_RUN(p) {
    cnn_rows_gather(cnn_rows_at(&v[1], i, j, c), v[1].channel, count, line);
    for (ptrdiff_t l = 0; l < count; l++) line[l] = line[l] > 0 ? line[l] : w[c + l] * line[l];
    cnn_rows_scatter(line, count, cnn_rows_at(&v[0], i, j, c), v[0].channel);
  }
}

/// Probabilities over the channels of each pixel, or their logarithms where `function` is 1.
static void cnn_rows_softmax(const cnn_rows_elements_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  (void)w;
  for (ptrdiff_t j = 0; j < p->width; j++) {
    const float *x = cnn_rows_at(&v[1], i, j, 0);
    float *y = cnn_rows_at(&v[0], i, j, 0), largest = -INFINITY, sum = 0;
    for (ptrdiff_t c = 0; c < p->channels; c++) largest = cnn_larger(largest, x[c * v[1].channel]);
    for (ptrdiff_t c = 0; c < p->channels; c++) {
      const float shifted = x[c * v[1].channel] - largest, power = cnn_exp(shifted);
      sum += power;
      y[c * v[0].channel] = p->function ? shifted : power;
    }
    const float logarithm = p->function ? logf(sum) : 0;
    for (ptrdiff_t c = 0; c < p->channels; c++) {
      float *to = y + c * v[0].channel;
      *to = p->function ? *to - logarithm : *to / sum;
    }
  }
}

"""##),
    ("rows/lrn.h", ##"""
#include "rows.h"

typedef struct {
  ptrdiff_t width, channels, size;
  double alpha, beta, k;
} cnn_rows_lrn_parameters;

/// y = x / (k + alpha * the squares of `size` neighbouring channels)^beta
static void cnn_rows_lrn(const cnn_rows_lrn_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const float alpha = (float)p->alpha, k = (float)p->k;
  (void)w;
  for (ptrdiff_t j = 0; j < p->width; j++) {
    const float *x = cnn_row(&v[1], i) + j * v[1].pixel;
    float *y = cnn_row(&v[0], i) + j * v[0].pixel;
    for (ptrdiff_t c = 0; c < p->channels; c++) {
      const ptrdiff_t end = cnn_rows_min(p->channels, c + (p->size - 1) / 2 + 1);
      float sum = 0;
      for (ptrdiff_t other = cnn_rows_max(0, c - p->size / 2); other < end; other++)
        sum += x[other * v[1].channel] * x[other * v[1].channel];
      const float scale = k + alpha * sum, root = sqrtf(scale);
      const float power = p->beta == 0.75 ? root * sqrtf(root) : powf(scale, (float)p->beta);
      y[c * v[0].channel] = x[c * v[1].channel] / power;
    }
  }
}

"""##),
    ("rows/moves.h", ##"""
// What moves elements and computes none, or only between neighbours, row by row.

#include "rows.h"

/// Sizes without `out_` are the input's.
typedef struct {
  ptrdiff_t channels, height, width, out_channels, out_width, top, left, before, groups;
} cnn_rows_move_parameters;

/// y(c, i, j) = x(c - before, i - top, j - left) where that is in the image, and 0 elsewhere: copies, crops, margins. In
/// groups, x's channels are taken as a matrix of `groups` rows, by columns.
static void cnn_rows_move(const cnn_rows_move_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const ptrdiff_t row = i - p->top, members = p->channels / p->groups;
  float *y = cnn_row(&v[0], i);
  (void)w;
  for (ptrdiff_t j = 0; j < p->out_width; j++) {
    const ptrdiff_t column = j - p->left;
    const int is_inside = row >= 0 && row < p->height && column >= 0 && column < p->width;
    const float *x = is_inside ? cnn_row(&v[1], row) + column * v[1].pixel : NULL;
    for (ptrdiff_t c = 0; c < p->out_channels; c++) {
      const ptrdiff_t channel = c - p->before, of = channel % p->groups * members + channel / p->groups;
      y[j * v[0].pixel + c * v[0].channel] =
          is_inside && channel >= 0 && channel < p->channels ? x[of * v[1].channel] : 0;
    }
  }
}

typedef struct {
  ptrdiff_t channels, height, width, out_height, out_width;
} cnn_rows_reshape_parameters;

/// Takes row `taken` of the input: its elements, numbered row by row of each channel, are those of the output.
static void cnn_rows_reshape(const cnn_rows_reshape_parameters *p, ptrdiff_t taken, const cnn_rows *v, const float *w) {
  const float *x = cnn_row(&v[1], taken);
  (void)w;
  for (ptrdiff_t c = 0; c < p->channels; c++)
    for (ptrdiff_t j = 0; j < p->width; j++) {
      const ptrdiff_t element = (c * p->height + taken) * p->width + j, line = element / p->out_width;
      cnn_row(&v[0], line % p->out_height)[element % p->out_width * v[0].pixel + line / p->out_height * v[0].channel] =
          x[j * v[1].pixel + c * v[1].channel];
    }
}

typedef struct {
  ptrdiff_t channels, height, width, factor_height, factor_width, bilinear;
} cnn_rows_upsample2d_parameters;

/// The inputs between which an output lies, and the second one's weight.
typedef struct {
  ptrdiff_t first, second;
  float weight;
} cnn_rows_neighbours;

static inline cnn_rows_neighbours cnn_rows_between(ptrdiff_t output, ptrdiff_t factor, ptrdiff_t length, ptrdiff_t bilinear) {
  const ptrdiff_t place = output / factor;
  const float distance = (float)(2 * (output % factor) + 1 - factor) / (2.0f * (float)factor);
  cnn_rows_neighbours at = {place, place, 0};
  if (bilinear && distance < 0) {
    at.first = cnn_rows_max(0, place - 1);
    at.weight = 1 + distance;
  } else if (bilinear) {
    at.second = cnn_rows_min(place + 1, length - 1);
    at.weight = distance;
  }
  return at;
}

static void cnn_rows_upsample2d(const cnn_rows_upsample2d_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const cnn_rows_neighbours down = cnn_rows_between(i, p->factor_height, p->height, p->bilinear);
  const float *upper = cnn_row(&v[1], down.first), *lower = cnn_row(&v[1], down.second);
  float *y = cnn_row(&v[0], i);
  (void)w;
  for (ptrdiff_t j = 0; j < p->width * p->factor_width; j++) {
    const cnn_rows_neighbours across = cnn_rows_between(j, p->factor_width, p->width, p->bilinear);
    const ptrdiff_t first = across.first * v[1].pixel, second = across.second * v[1].pixel;
    for (ptrdiff_t c = 0; c < p->channels; c++) {
      const ptrdiff_t of = c * v[1].channel;
      const float above = (1 - across.weight) * upper[first + of] + across.weight * upper[second + of];
      const float below = (1 - across.weight) * lower[first + of] + across.weight * lower[second + of];
      y[j * v[0].pixel + c * v[0].channel] =
          p->bilinear ? (1 - down.weight) * above + down.weight * below : upper[first + of];
    }
  }
}

"""##),
    ("rows/pool2d.h", ##"""
// Pooling, row by row, and its undoing.

#include "rows.h"

typedef struct {
  ptrdiff_t channels, height, width, out_height, out_width, kernel_height, kernel_width, stride_height, stride_width;
  ptrdiff_t dilation_height, dilation_width, pad_top, pad_left, counted_top, counted_bottom, counted_left, counted_right;
  /// 0: the largest, 1: the mean, 2: the sum
  ptrdiff_t mode;
} cnn_rows_pool2d_parameters;

/// Windows before anything has been taken into them.
static void cnn_rows_pool2d_begin(const cnn_rows_pool2d_parameters *p, const cnn_rows *v, float *y) {
  for (ptrdiff_t j = 0; j < p->out_width; j++)
    for (ptrdiff_t c = 0; c < p->channels; c++) y[j * v->pixel + c * v->channel] = p->mode == 0 ? -INFINITY : 0;
}

/// Takes neighbouring channels of a pixel into a window.
static inline void cnn_rows_pool2d_pixel(ptrdiff_t mode, const float *x, ptrdiff_t count, float *y, ptrdiff_t stride) {
  if (mode == 0)
    for (ptrdiff_t c = 0; c < count; c++) y[c * stride] = cnn_larger(y[c * stride], x[c]);
  else
    for (ptrdiff_t c = 0; c < count; c++) y[c * stride] += x[c];
}

/// Takes a row of the input into the windows of a row of outputs.
static void cnn_rows_pool2d_take(const cnn_rows_pool2d_parameters *p, const cnn_rows *v, const float *x, float *y) {
  float line[CNN_ROWS_RUN];
  for (ptrdiff_t j = 0; j < p->out_width; j++) {
    const ptrdiff_t left = j * p->stride_width - p->pad_left;
    const cnn_range columns = cnn_rows_taps(p->kernel_width, p->dilation_width, left, p->width);
    for (ptrdiff_t fx = columns.first; fx < columns.end; fx++)
      for (ptrdiff_t c = 0; c < p->channels; c += CNN_ROWS_RUN) {
        const ptrdiff_t count = cnn_rows_min(CNN_ROWS_RUN, p->channels - c);
        float *to = y + j * v[0].pixel + c * v[0].channel;
        cnn_rows_gather(x + (left + fx * p->dilation_width) * v[1].pixel + c * v[1].channel, v[1].channel, count, line);
        if (v[0].channel == 1)
          cnn_rows_pool2d_pixel(p->mode, line, count, to, 1);
        else
          cnn_rows_pool2d_pixel(p->mode, line, count, to, v[0].channel);
      }
  }
}

/// Positions of a window that count in its mean's divisor: those between -before and length + behind.
static ptrdiff_t cnn_rows_pool2d_counted(ptrdiff_t taps, ptrdiff_t dilation, ptrdiff_t offset, ptrdiff_t length,
                                         ptrdiff_t before, ptrdiff_t behind) {
  const cnn_range range = cnn_rows_taps(taps, dilation, offset + before, length + before + behind);
  return cnn_rows_max(0, range.end - range.first);
}

/// Sums into means, of row i.
static void cnn_rows_pool2d_end(const cnn_rows_pool2d_parameters *p, const cnn_rows *v, ptrdiff_t i, float *y) {
  if (p->mode != 1) return;
  const ptrdiff_t rows = cnn_rows_pool2d_counted(p->kernel_height, p->dilation_height,
                                                 i * p->stride_height - p->pad_top, p->height, p->counted_top,
                                                 p->counted_bottom);
  for (ptrdiff_t j = 0; j < p->out_width; j++) {
    const ptrdiff_t columns = cnn_rows_pool2d_counted(p->kernel_width, p->dilation_width,
                                                      j * p->stride_width - p->pad_left, p->width, p->counted_left,
                                                      p->counted_right);
    const float divisor = (float)cnn_rows_max(1, rows * columns);
    for (ptrdiff_t c = 0; c < p->channels; c++) y[j * v->pixel + c * v->channel] /= divisor;
  }
}

/// Row i of the output from all rows of its windows.
static void cnn_rows_pool2d(const cnn_rows_pool2d_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  const ptrdiff_t top = i * p->stride_height - p->pad_top;
  const cnn_range rows = cnn_rows_taps(p->kernel_height, p->dilation_height, top, p->height);
  float *y = cnn_row(&v[0], i);
  (void)w;
  cnn_rows_pool2d_begin(p, v, y);
  for (ptrdiff_t fy = rows.first; fy < rows.end; fy++)
    cnn_rows_pool2d_take(p, v, cnn_row(&v[1], top + fy * p->dilation_height), y);
  cnn_rows_pool2d_end(p, v, i, y);
}

/// Takes row `taken` of the input into the one row of windows that it lies in, if any; windows begin and end within the
/// image and are not dilated.
static void cnn_rows_pool2d_taking(const cnn_rows_pool2d_parameters *p, ptrdiff_t taken, const cnn_rows *v,
                                   const float *w) {
  const ptrdiff_t i = cnn_rows_max(0, taken + p->pad_top) / p->stride_height, top = i * p->stride_height - p->pad_top;
  (void)w;
  if (i >= p->out_height || taken < top || taken >= top + p->kernel_height) return;
  float *y = cnn_row(&v[0], i);
  if (taken == cnn_rows_max(0, top)) cnn_rows_pool2d_begin(p, v, y);
  cnn_rows_pool2d_take(p, v, cnn_row(&v[1], taken), y);
  if (taken == cnn_rows_min(p->height, top + p->kernel_height) - 1) cnn_rows_pool2d_end(p, v, i, y);
}

/// The place, row * width + column, of the first maximum of window (i, j) in a channel, where the last not-a-number
/// wins; -1 where all of the window is padding.
static ptrdiff_t cnn_rows_first_maximum(const cnn_rows_pool2d_parameters *p, const cnn_rows *v, ptrdiff_t i, ptrdiff_t j,
                                        ptrdiff_t c) {
  const ptrdiff_t top = i * p->stride_height - p->pad_top, left = j * p->stride_width - p->pad_left;
  const cnn_range rows = cnn_rows_taps(p->kernel_height, p->dilation_height, top, p->height);
  const cnn_range columns = cnn_rows_taps(p->kernel_width, p->dilation_width, left, p->width);
  ptrdiff_t place = -1;
  float best = -INFINITY;
  for (ptrdiff_t fy = rows.first; fy < rows.end; fy++)
    for (ptrdiff_t fx = columns.first; fx < columns.end; fx++) {
      const ptrdiff_t row = top + fy * p->dilation_height, column = left + fx * p->dilation_width;
      const float value = cnn_row(v, row)[column * v->pixel + c * v->channel];
      if (place >= 0 && !(value > best || value != value)) continue;
      best = value;
      place = row * p->width + column;
    }
  return place;
}

/// Row i of what a max pool has read, zero but where its windows had their maxima. v: y, what is spread, the pool's
/// input, whose sizes p has as the pool's.
static void cnn_rows_unpool2d(const cnn_rows_pool2d_parameters *p, ptrdiff_t i, const cnn_rows *v, const float *w) {
  float *y = cnn_row(&v[0], i);
  const ptrdiff_t extent = (p->kernel_height - 1) * p->dilation_height, down = i + p->pad_top;
  const ptrdiff_t first = down > extent ? (down - extent + p->stride_height - 1) / p->stride_height : 0;
  (void)w;
  for (ptrdiff_t j = 0; j < p->width; j++)
    for (ptrdiff_t c = 0; c < p->channels; c++) y[j * v->pixel + c * v->channel] = 0;
  for (ptrdiff_t k = first; k < p->out_height && k * p->stride_height <= down; k++)
    for (ptrdiff_t j = 0; j < p->out_width; j++)
      for (ptrdiff_t c = 0; c < p->channels; c++) {
        const ptrdiff_t place = cnn_rows_first_maximum(p, &v[2], k, j, c);
        if (place >= 0 && place / p->width == i)
          y[place % p->width * v->pixel + c * v->channel] = cnn_row(&v[1], k)[j * v[1].pixel + c * v[1].channel];
      }
}

"""##),
    ("rows/rows.h", ##"""
// What kernels share that make one row of an image at a time, in plain C99: where rows lie, and what they are summed in.
//
// All of them have the form
//
//   static void cnn_rows_NAME(const cnn_rows_NAME_parameters *p, ptrdiff_t turn, const cnn_rows *v, const float *w)
//
// v[0] is what they write, the others are what they read; w are the weights, packed as each kernel says. Turn i writes
// row i, or takes row i of v[1] where the kernel says so.

#ifndef CNN_ROWS_H
#define CNN_ROWS_H

#include "../portable/lanes.h"
#include "../kernels/functions.h"

/// Rows of an image, of which `kept` lie in memory: row r at start + r % kept * row. Its pixel j, channel c is the element
/// j * pixel + c * channel.
typedef struct {
  float *start;
  ptrdiff_t kept, row, pixel, channel;
} cnn_rows;

/// Channels that are computed together where a kernel does one element after the other.
enum { CNN_ROWS_RUN = 64 };

static inline float *cnn_row(const cnn_rows *v, ptrdiff_t row) { return v->start + row % v->kept * v->row; }

static inline ptrdiff_t cnn_rows_min(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t cnn_rows_max(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

/// Lanes of a number of filters: panels of sixteen, the last one of eight where that is enough.
static inline ptrdiff_t cnn_rows_lanes(ptrdiff_t filters) { return (filters + 7) / 8 * 8; }

/// The taps of a window that read inside of a line, of which the first reads element `offset`.
static inline cnn_range cnn_rows_taps(ptrdiff_t taps, ptrdiff_t dilation, ptrdiff_t offset, ptrdiff_t length) {
  const cnn_range range = {offset < 0 ? (dilation - 1 - offset) / dilation : 0,
                           offset >= length ? 0 : cnn_rows_min(taps, (length - offset + dilation - 1) / dilation)};
  return range;
}

/// to[i] = from[i * stride]
static inline void cnn_rows_gather(const float *from, ptrdiff_t stride, ptrdiff_t count, float *to) {
  if (stride == 1)
    memcpy(to, from, (size_t)count * sizeof(float));
  else
    for (ptrdiff_t i = 0; i < count; i++) to[i] = from[i * stride];
}

/// to[i * stride] = from[i]
static inline void cnn_rows_scatter(const float *from, ptrdiff_t count, float *to, ptrdiff_t stride) {
  if (stride == 1)
    memcpy(to, from, (size_t)count * sizeof(float));
  else
    for (ptrdiff_t i = 0; i < count; i++) to[i * stride] = from[i];
}

/// Sums of some pixels, of up to 16 filters each.
typedef struct {
  cnn_part v[CNN_PIXELS][CNN_PARTS];
} cnn_rows_sums;

#define CNN_EACH_SUM(pixels, lanes)    \
  for (int n = 0; n < (pixels); n++)   \
    for (int l = 0; l < (lanes) / CNN_PART; l++)

CNN_INLINE void cnn_rows_clear(const int pixels, const int lanes, cnn_rows_sums *sums) {
  CNN_EACH_SUM(pixels, lanes) sums->v[n][l] = (cnn_part){0};
}

/// Adds `count` terms: term k of pixel n is x[n * pixel + k * step] times w[k * lanes...].
CNN_INLINE void cnn_rows_add_terms(const int pixels, const int lanes, const float *x, ptrdiff_t pixel, ptrdiff_t step,
                                   ptrdiff_t count, const float *w, cnn_rows_sums *sums) {
  for (ptrdiff_t k = 0; k < count; k++)
    CNN_EACH_SUM(pixels, lanes)
      sums->v[n][l] += x[n * pixel + k * step] * cnn_load_part(w + k * lanes + l * CNN_PART);
}

/// to[pixel][lanes] = the sums.
CNN_INLINE void cnn_rows_save(const int pixels, const int lanes, const cnn_rows_sums *sums, float *to) {
  CNN_EACH_SUM(pixels, lanes) memcpy(to + n * lanes + l * CNN_PART, &sums->v[n][l], sizeof(cnn_part));
}

/// y = function(values + bias + r) for some neighbouring pixels and the first `count` of their `lanes` values; `like` says
/// how r's pixels lie, which may be NULL, and `to` how y's do, which may be r.
static inline void cnn_rows_finish(float *values, ptrdiff_t pixels, ptrdiff_t lanes, const float *bias, const float *r,
                                   const cnn_rows *like, ptrdiff_t function, float alpha, ptrdiff_t count, float *y,
                                   const cnn_rows *to) {
  for (ptrdiff_t n = 0; n < pixels; n++)
    for (ptrdiff_t l = 0; l < lanes; l++) values[n * lanes + l] += bias[l];
  if (r != NULL)
    for (ptrdiff_t n = 0; n < pixels; n++)
      for (ptrdiff_t l = 0; l < count; l++) values[n * lanes + l] += r[n * like->pixel + l * like->channel];
  cnn_apply(function, alpha, values, values, pixels * lanes);
  for (ptrdiff_t n = 0; n < pixels; n++) cnn_rows_scatter(values + n * lanes, count, y + n * to->pixel, to->channel);
}

#endif

"""##),
  ]
}
