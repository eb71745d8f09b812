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
