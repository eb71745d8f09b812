// A convolution of planar images, whatever its number of filters: as the one of few.

#include "../kernels/conv2d_rows.h"

static cnn_split cnn_conv2d_split(const void *parameters) { return cnn_conv2d_rows_split(parameters); }

CNN_KERNEL(conv2d) { cnn_conv2d_rows(operands, parameters, first, end); }
