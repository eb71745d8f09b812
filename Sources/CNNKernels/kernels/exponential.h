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
