// The portable kernels in the place of an instruction set's, for replay.c.

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cnn_kernels.h"
#include "../../Sources/CNNKernels/portable/all.h"

#define INTEGER_TEXT(name) " i:" #name
#define REAL_TEXT(name) " r:" #name
#define ENTRY(name, fields) {#name, cnn_##name, cnn_##name##_split, "" fields(INTEGER_TEXT, REAL_TEXT)},

static const cnn_kernel_entry table[] = {
  ENTRY(activation, CNN_ACTIVATION_FIELDS)
  ENTRY(add, CNN_ADD_FIELDS)
  ENTRY(batch_norm, CNN_BATCH_NORM_FIELDS)
  ENTRY(blocks_from_planar, CNN_CHANGE_LAYOUT_FIELDS)
  ENTRY(channel_affine, CNN_CHANNEL_AFFINE_FIELDS)
  ENTRY(channel_affine_blocks, CNN_CHANNEL_AFFINE_FIELDS)
  ENTRY(conv2d, CNN_CONV2D_FIELDS)
  ENTRY(conv2d_blocks, CNN_CONV2D_BLOCKS_FIELDS)
  ENTRY(conv2d_depthwise, CNN_CONV2D_BLOCKS_FIELDS)
  ENTRY(conv2d_planar, CNN_CONV2D_BLOCKS_FIELDS)
  ENTRY(conv2d_pool_small, CNN_CONV2D_POOL_SMALL_FIELDS)
  ENTRY(conv2d_rows, CNN_CONV2D_FIELDS)
  ENTRY(copy, CNN_COPY_FIELDS)
  ENTRY(copy_blocks, CNN_COPY_BLOCKS_FIELDS)
  ENTRY(deconv2d, CNN_DECONV2D_FIELDS)
  ENTRY(dense, CNN_DENSE_FIELDS)
  ENTRY(fill, CNN_FILL_FIELDS)
  ENTRY(fold_batch_norm, CNN_FOLD_BATCH_NORM_FIELDS)
  ENTRY(lrn, CNN_LRN_FIELDS)
  ENTRY(lrn_blocks, CNN_LRN_FIELDS)
  ENTRY(multiply, CNN_MULTIPLY_FIELDS)
  ENTRY(pack_panels, CNN_PACK_PANELS_FIELDS)
  ENTRY(pack_winograd, CNN_PACK_WINOGRAD_FIELDS)
  ENTRY(planar_from_blocks, CNN_CHANGE_LAYOUT_FIELDS)
  ENTRY(pool2d, CNN_POOL2D_FIELDS)
  ENTRY(pool2d_blocks, CNN_POOL2D_FIELDS)
  ENTRY(prelu, CNN_PRELU_FIELDS)
  ENTRY(rbf, CNN_RBF_FIELDS)
  ENTRY(softmax, CNN_SOFTMAX_FIELDS)
  ENTRY(transpose_filters, CNN_TRANSPOSE_FILTERS_FIELDS)
  ENTRY(unpool2d, CNN_UNPOOL2D_FIELDS)
  ENTRY(upsample2d, CNN_UPSAMPLE2D_FIELDS)
  ENTRY(winograd_input, CNN_WINOGRAD_INPUT_FIELDS)
  ENTRY(winograd_output, CNN_WINOGRAD_OUTPUT_FIELDS)
  {NULL, NULL, NULL, NULL}};

const char *cnn_isa(void) { return "portable"; }

const cnn_kernel_entry *cnn_kernels(void) { return table; }
