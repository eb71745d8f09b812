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
