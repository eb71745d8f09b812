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
