// All kernels and their table, compiled for the instruction set that the including file is about; registers_*.h say what
// registers it has:
//
//   CNN_LANES         floats of a vector
//   CNN_TILE_ROWS     rows of sums that the registers hold in a product, and
//   CNN_TILE_VECTORS  vectors of each of them
//   CNN_PIXELS        pixels, and
//   CNN_PANELS        panels of 16 filters each, whose sums the registers hold over channel blocks
//
// and the including file
//
//   CNN_TABLE         the table's name
//   CNN_LIMITS        the name of the loops that measure the machine

#include "activation.h"
#include "activation_gradient.h"
#include "batch_norm_blocks.h"
#include "batch_norm_training.h"
#include "change_layout.h"
#include "channel_affine.h"
#include "channel_affine_blocks.h"
#include "channel_reduction.h"
#include "channel_sums_blocks.h"
#include "conv2d.h"
#include "conv2d_blocks.h"
#include "conv2d_depthwise.h"
#include "conv2d_input_gradient.h"
#include "conv2d_input_gradient_blocks.h"
#include "conv2d_planar.h"
#include "conv2d_pool_input_gradient.h"
#include "conv2d_pool_small.h"
#include "conv2d_pool_weight_gradient.h"
#include "conv2d_rows.h"
#include "conv2d_weight_gradient.h"
#include "conv2d_weight_gradient_blocks.h"
#include "conv2d_weight_gradient_depthwise.h"
#include "conv2d_weight_gradient_image.h"
#include "copy.h"
#include "copy_blocks.h"
#include "deconv2d.h"
#include "dense.h"
#include "dense_gradients.h"
#include "dropout.h"
#include "fold_batch_norm.h"
#include "join.h"
#include "limits.h"
#include "losses.h"
#include "lrn.h"
#include "lrn_blocks.h"
#include "lrn_gradient.h"
#include "lrn_gradient_blocks.h"
#include "optimizers.h"
#include "pack_panels.h"
#include "pool2d.h"
#include "pool2d_blocks.h"
#include "pool2d_gradient.h"
#include "pool2d_gradient_blocks.h"
#include "prelu.h"
#include "rbf.h"
#include "softmax.h"
#include "softmax_gradient.h"
#include "transpose_filters.h"
#include "sum_parts.h"
#include "unpool2d.h"
#include "unpool2d_gradient.h"
#include "upsample2d.h"
#include "winograd_gradient.h"
#include "winograd_input.h"
#include "winograd_output.h"
#include "winograd_pack.h"

#define INTEGER_TEXT(name) " i:" #name
#define REAL_TEXT(name) " r:" #name
#define ENTRY(name, fields) {#name, cnn_##name, cnn_##name##_split, "" fields(INTEGER_TEXT, REAL_TEXT)},

const cnn_kernel_entry CNN_TABLE[] = {CNN_KERNELS(ENTRY){NULL, NULL, NULL, NULL}};

const cnn_limit_loops CNN_LIMITS = {
    .multiply_adds = CNN_SUMS * CNN_LANES,
    .granularity = CNN_STREAM * CNN_LANES,
    .multiply_add = cnn_limit_multiply_add,
    .read = cnn_limit_read,
    .write = cnn_limit_write,
    .copy = cnn_limit_copy,
};
