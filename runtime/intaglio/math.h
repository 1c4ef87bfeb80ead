// Elementary functions, written once with the vocabulary of simd_<isa>.h, which is included before this header.
//
// Every operation rounds once and none may be contracted (products pass through f32x8_product), so that all targets
// compute the same bits; nothing branches on data. Errors are below 4 units in the last place over the whole range.
// Results of exponentials below 2^-126 are 0, so that it does not matter whether a processor keeps subnormal numbers.
// Functions propagate NaN unless their comment says otherwise. Polynomials are minimax fits made for this file.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_MATH_H
#define INTAGLIO_MATH_H

#ifndef INTAGLIO_VOCABULARY
#error "include intaglio/simd.h or one intaglio/simd_<isa>.h before intaglio/math.h"
#endif

namespace intaglio {

// ---- building blocks ----------------------------------------------------------------------------------------------

/// a * b, rounded here whatever follows.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_product(f32x8 a, f32x8 b) { return f32x8_rounded(f32x8_mul(a, b)); }

/// One step of Horner's scheme: p * x + coefficient.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_horner(f32x8 p, f32x8 x, float coefficient) {
  return f32x8_fma(p, x, f32x8_splat(coefficient));
}

/// x = n ln 2 + r with integer n and |r| <= ln 2 / 2, for |x| < 2^20.
static inline INTAGLIO_ALWAYS_INLINE void f32x8_exp_reduce(f32x8 x, i32x8& n, f32x8& r) {
  const f32x8 integers = f32x8_splat(12582912.0f);  // 3 * 2^22: floats of this size have no fraction
  const f32x8 shifted = f32x8_fma(x, f32x8_splat(1.44269504f), integers);
  const f32x8 whole = f32x8_sub(shifted, integers);
  n = i32x8_sub(f32x8_bits(shifted), f32x8_bits(integers));
  r = f32x8_fnma(whole, f32x8_splat(0.693359375f), x);
  r = f32x8_fnma(whole, f32x8_splat(-2.12194440e-4f), r);
}

/// exp(r) - 1 for |r| <= ln 2 / 2, accurate relative to r.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_exp_polynomial(f32x8 r) {
  f32x8 q = f32x8_splat(0.0013951628f);
  q = f32x8_horner(q, r, 0.008369599f);
  q = f32x8_horner(q, r, 0.041666187f);
  q = f32x8_horner(q, r, 0.16666512f);
  q = f32x8_horner(q, r, 0.5f);
  return f32x8_fma(f32x8_product(r, r), q, r);
}

/// 2^n for n in [-126, 127].
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_power_of_two(i32x8 n) {
  return f32x8_from_bits(i32x8_shift_left<23>(i32x8_add(n, i32x8_splat(127))));
}

/// exp(x + low) for |low| far below |x|: exponentials whose argument needs more than 24 bits.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_exp_sum(f32x8 x, f32x8 low) {
  const f32x8 largest = f32x8_splat(88.7228394f), smallest = f32x8_splat(-88.0f), one = f32x8_splat(1.0f);
  i32x8 n;
  f32x8 r;
  f32x8_exp_reduce(f32x8_min(largest, f32x8_max(smallest, x)), n, r);
  const f32x8 y = f32x8_add(f32x8_exp_polynomial(f32x8_add(r, low)), one);
  const i32x8 half = i32x8_shift_right<1>(n);  // 2^128 is no float, so 2^n is multiplied in two parts
  const f32x8 scaled =
      f32x8_product(f32x8_product(y, f32x8_power_of_two(half)), f32x8_power_of_two(i32x8_sub(n, half)));
  // y 2^n < 2^-126, decided without a subnormal number.
  const f32x8 limit = f32x8_select(i32x8_lt(n, i32x8_splat(-126)), f32x8_splat(2.0f), one);
  const mask8 underflow = mask8_and(i32x8_lt(n, i32x8_splat(-125)), f32x8_lt(y, limit));
  return f32x8_select(underflow, f32x8_zero(),
                      f32x8_select(f32x8_gt(x, largest), f32x8_splat(INTAGLIO_INFINITY), scaled));
}

/// x = m 2^e with m in [sqrt(1/2), sqrt(2)), for finite x > 0. Subnormal x are read as integers times 2^-149.
static inline INTAGLIO_ALWAYS_INLINE void f32x8_log_reduce(f32x8 x, f32x8& e, f32x8& m) {
  const i32x8 bits = f32x8_bits(x), root_half = i32x8_splat(0x3f3504f3);
  const mask8 subnormal = i32x8_lt(bits, i32x8_splat(0x00800000));
  const i32x8 normal = i32x8_select(subnormal, f32x8_bits(f32x8_from_i32x8(bits)), bits);
  const i32x8 distance = i32x8_sub(normal, root_half);
  e = f32x8_from_i32x8(
      i32x8_add(i32x8_shift_right<23>(distance), i32x8_select(subnormal, i32x8_splat(-149), i32x8_splat(0))));
  m = f32x8_from_bits(i32x8_add(i32x8_and(distance, i32x8_splat(0x007fffff)), root_half));
}

// ---- exponentials and logarithms ----------------------------------------------------------------------------------

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_exp(f32x8 x) { return f32x8_exp_sum(x, f32x8_zero()); }

/// exp(x) - 1, accurate near 0.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_expm1(f32x8 x) {
  const f32x8 largest = f32x8_splat(88.7228394f);
  i32x8 n;
  f32x8 r;
  f32x8_exp_reduce(f32x8_min(largest, f32x8_max(f32x8_splat(-20.0f), x)), n, r);
  const f32x8 half_scale = f32x8_power_of_two(i32x8_sub(n, i32x8_splat(1)));
  const f32x8 half = f32x8_fma(half_scale, f32x8_exp_polynomial(r), f32x8_sub(half_scale, f32x8_splat(0.5f)));
  const f32x8 y = f32x8_select(f32x8_gt(x, largest), f32x8_splat(INTAGLIO_INFINITY), f32x8_add(half, half));
  return f32x8_select(f32x8_lt(f32x8_abs(x), f32x8_splat(2.98023224e-8f)), x, y);
}

/// (t + t / (t + 1)) / 2 with t = exp(|x|) - 1: no cancellation. A quarter of t is computed, as t overflows before
/// sinh; twice the sum of quarters is infinite from 89.416 on.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_sinh(f32x8 x) {
  const f32x8 magnitude = f32x8_abs(x), one = f32x8_splat(1.0f);
  i32x8 n;
  f32x8 r;
  f32x8_exp_reduce(f32x8_min(f32x8_splat(89.45f), magnitude), n, r);
  const f32x8 quarter_scale = f32x8_power_of_two(i32x8_sub(n, i32x8_splat(2)));
  const f32x8 quarter = f32x8_fma(quarter_scale, f32x8_exp_polynomial(r), f32x8_sub(quarter_scale, f32x8_splat(0.25f)));
  const f32x8 half = f32x8_add(quarter, f32x8_div(quarter, f32x8_fma(f32x8_splat(4.0f), quarter, one)));
  return f32x8_select(f32x8_lt(magnitude, f32x8_splat(2.98023224e-8f)), x, f32x8_copysign(f32x8_add(half, half), x));
}

/// Natural logarithm: log(0) = -infinity, NaN below 0.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_log(f32x8 x) {
  f32x8 e, m;
  f32x8_log_reduce(x, e, m);
  const f32x8 f = f32x8_sub(m, f32x8_splat(1.0f)), infinity = f32x8_splat(INTAGLIO_INFINITY);
  f32x8 p = f32x8_splat(-0.07634068f);
  p = f32x8_horner(p, f, 0.12761326f);
  p = f32x8_horner(p, f, -0.13160227f);
  p = f32x8_horner(p, f, 0.14201798f);
  p = f32x8_horner(p, f, -0.16623357f);
  p = f32x8_horner(p, f, 0.20001225f);
  p = f32x8_horner(p, f, -0.2500082f);
  p = f32x8_horner(p, f, 0.3333333f);
  const f32x8 cubic = f32x8_product(f32x8_product(f32x8_product(f, f), f), p);
  const f32x8 low =
      f32x8_fma(f32x8_product(f32x8_splat(-0.5f), f), f, f32x8_fma(e, f32x8_splat(-2.12194440e-4f), cubic));
  const f32x8 y = f32x8_fma(e, f32x8_splat(0.693359375f), f32x8_add(f, low));
  const f32x8 positive = f32x8_select(f32x8_lt(x, infinity), y, infinity);
  const f32x8 at_most_zero = f32x8_select(f32x8_eq(x, f32x8_zero()), f32x8_neg(infinity), f32x8_splat(INTAGLIO_NAN));
  return f32x8_select(f32x8_gt(x, f32x8_zero()), positive, at_most_zero);
}

/// log(1 + x), accurate near 0: the logarithm of the rounded sum, corrected by the sum's rounding error.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_log1p(f32x8 x) {
  const f32x8 one = f32x8_splat(1.0f), sum = f32x8_add(one, x), x_part = f32x8_sub(sum, one);
  const f32x8 error = f32x8_add(f32x8_sub(one, f32x8_sub(sum, x_part)), f32x8_sub(x, x_part));
  const f32x8 correction = f32x8_div(error, sum), y = f32x8_log(sum);
  return f32x8_select(f32x8_eq(correction, correction), f32x8_add(y, correction),
                      y);  // NaN where the sum is 0 or infinite
}

/// x^y with the special cases of C's pow: 1 for y = 0 and for x = 1 whatever the other is;
/// NaN for x < 0 and y no integer.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_pow(f32x8 x, f32x8 y) {
  const f32x8 zero = f32x8_zero(), one = f32x8_splat(1.0f), infinity = f32x8_splat(INTAGLIO_INFINITY);
  const f32x8 magnitude = f32x8_abs(x);

  // ln |x| = high + low with about 34 bits, from ln m = 2 atanh(s), s = (m - 1) / (m + 1) = s + s_low.
  f32x8 e, m;
  f32x8_log_reduce(magnitude, e, m);
  const f32x8 numerator = f32x8_sub(m, one), denominator = f32x8_add(m, one);
  const f32x8 denominator_low = f32x8_sub(m, f32x8_sub(denominator, one));
  const f32x8 s = f32x8_div(numerator, denominator);
  const f32x8 s_low = f32x8_div(f32x8_fnma(s, denominator_low, f32x8_fnma(s, denominator, numerator)), denominator);
  const f32x8 square = f32x8_product(s, s), square_low = f32x8_fma(s, s, f32x8_neg(square));
  const f32x8 cube = f32x8_product(s, square), triple_low = f32x8_product(f32x8_splat(3.0f), s_low);
  const f32x8 cube_low = f32x8_fma(square, triple_low, f32x8_fma(s, square_low, f32x8_fma(s, square, f32x8_neg(cube))));
  const f32x8 two_thirds = f32x8_splat(0.666666687f), two_thirds_low = f32x8_splat(-1.98682148e-8f);
  const f32x8 cubic = f32x8_product(two_thirds, cube);
  f32x8 cubic_low = f32x8_fma(two_thirds_low, cube, f32x8_fma(two_thirds, cube, f32x8_neg(cubic)));
  cubic_low = f32x8_fma(two_thirds, cube_low, cubic_low);
  f32x8 q = f32x8_splat(0.2342017f);
  q = f32x8_horner(q, square, 0.2854707f);
  q = f32x8_horner(q, square, 0.40000153f);
  cubic_low = f32x8_fma(f32x8_product(cube, square), q, cubic_low);
  const f32x8 double_s = f32x8_add(s, s), log_m = f32x8_add(double_s, cubic);
  const f32x8 log_m_error = f32x8_sub(cubic, f32x8_sub(log_m, double_s));
  const f32x8 rest = f32x8_add(f32x8_add(s_low, s_low), f32x8_add(log_m_error, cubic_low));
  const f32x8 multiple = f32x8_product(e, f32x8_splat(0.693359375f));
  const f32x8 sum = f32x8_add(multiple, log_m), sum_error = f32x8_sub(log_m, f32x8_sub(sum, multiple));
  const f32x8 sum_low = f32x8_add(sum_error, f32x8_fma(e, f32x8_splat(-2.12194440e-4f), rest));
  const f32x8 high = f32x8_add(sum, sum_low), low = f32x8_sub(sum_low, f32x8_sub(high, sum));

  // exp(y ln |x|). Beyond 2^33 every y gives the same result, and beyond 200 every exponent.
  const f32x8 bound = f32x8_splat(200.0f), y_bound = f32x8_splat(8589934592.0f);
  const f32x8 power = f32x8_min(y_bound, f32x8_max(f32x8_neg(y_bound), y));
  const f32x8 exponent = f32x8_product(power, high);
  const f32x8 exponent_low = f32x8_fma(power, low, f32x8_fma(power, high, f32x8_neg(exponent)));
  const f32x8 regular = f32x8_exp_sum(f32x8_min(bound, f32x8_max(f32x8_neg(bound), exponent)),
                                      f32x8_select(f32x8_lt(f32x8_abs(exponent), bound), exponent_low, zero));

  // Zero and infinite x; NaN y falls through to the regular result, which is NaN.
  const mask8 y_negative = f32x8_lt(y, zero), y_positive = f32x8_gt(y, zero);
  const mask8 x_zero = f32x8_eq(x, zero), x_infinite = f32x8_eq(magnitude, infinity);
  const mask8 is_zero = mask8_or(mask8_and(x_zero, y_positive), mask8_and(x_infinite, y_negative));
  const mask8 is_infinite = mask8_or(mask8_and(x_zero, y_negative), mask8_and(x_infinite, y_positive));
  const f32x8 absolute = f32x8_select(is_zero, zero, f32x8_select(is_infinite, infinity, regular));

  // Sign: negative for odd y. Large floats are even.
  const f32x8 half_y = f32x8_product(y, f32x8_splat(0.5f));
  const mask8 y_integer = f32x8_eq(f32x8_trunc(y), y), y_even = f32x8_eq(f32x8_trunc(half_y), half_y);
  const mask8 y_odd = mask8_and(y_integer, mask8_not(y_even));
  const f32x8 with_sign = f32x8_select(y_odd, f32x8_copysign(absolute, x), absolute);
  const mask8 undefined = mask8_and(mask8_and(f32x8_lt(x, zero), mask8_not(x_infinite)), mask8_not(y_integer));
  const mask8 not_a_number = mask8_or(undefined, mask8_not(mask8_and(f32x8_eq(x, x), f32x8_eq(y, y))));
  const mask8 is_one = mask8_or(f32x8_eq(y, zero), f32x8_eq(x, one));
  return f32x8_select(is_one, one, f32x8_select(not_a_number, f32x8_splat(INTAGLIO_NAN), with_sign));
}

// ---- sigmoids -----------------------------------------------------------------------------------------------------

/// 1 / (1 + exp(-x)), as exp(x) / (1 + exp(x)) below 0 so that nothing overflows.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_sigmoid(f32x8 x) {
  const f32x8 one = f32x8_splat(1.0f), e = f32x8_exp(f32x8_neg(f32x8_abs(x)));
  return f32x8_div(f32x8_select(f32x8_lt(x, f32x8_zero()), e, one), f32x8_add(one, e));
}

/// t / (t + 2) with t = exp(2 |x|) - 1; 1 from 10 on.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_tanh(f32x8 x) {
  const f32x8 magnitude = f32x8_min(f32x8_splat(10.0f), f32x8_abs(x));
  const f32x8 t = f32x8_expm1(f32x8_add(magnitude, magnitude));
  return f32x8_copysign(f32x8_div(t, f32x8_add(t, f32x8_splat(2.0f))), x);
}

/// log(1 + exp(x)) = max(0, x) + log1p(exp(-|x|)).
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_softplus(f32x8 x) {
  return f32x8_add(f32x8_max(f32x8_zero(), x), f32x8_log1p(f32x8_exp(f32x8_neg(f32x8_abs(x)))));
}

/// x / (1 + |x|).
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_softsign(f32x8 x) {
  return f32x8_div(x, f32x8_add(f32x8_splat(1.0f), f32x8_abs(x)));
}

/// max(0, min(1, alpha x + beta)), the sum fused.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_hard_sigmoid(f32x8 x, float alpha, float beta) {
  const f32x8 line = f32x8_fma(f32x8_splat(alpha), x, f32x8_splat(beta));
  return f32x8_max(f32x8_zero(), f32x8_min(f32x8_splat(1.0f), line));
}
/// x hard_sigmoid(x, 1/6, 1/2).
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_hard_swish(f32x8 x) {
  return f32x8_product(x, f32x8_hard_sigmoid(x, 1.0f / 6.0f, 0.5f));
}
/// x sigmoid(alpha x).
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_swish(f32x8 x, float alpha) {
  return f32x8_product(x, f32x8_sigmoid(f32x8_product(f32x8_splat(alpha), x)));
}
/// x tanh(softplus(x)) = x n / (n + 2) with n = e (e + 2), e = exp(x):
/// no cancellation, and no overflow when x is cut at 20.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_mish(f32x8 x) {
  const f32x8 two = f32x8_splat(2.0f), e = f32x8_exp(f32x8_min(f32x8_splat(20.0f), x));
  const f32x8 n = f32x8_fma(e, e, f32x8_add(e, e));
  return f32x8_product(x, f32x8_div(n, f32x8_add(n, two)));
}

// ---- error function -----------------------------------------------------------------------------------------------

/// exp(t^2) erfc(t) for 0 <= t <= 10, t = 2 half_scale x: a polynomial in u = 1 / (1 + t / 2), times u. The exact value
/// is larger by the factor 1 + correction, which makes good what u lost.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_scaled_erfc(f32x8 x, float half_scale, f32x8& correction) {
  const f32x8 one = f32x8_splat(1.0f), scale = f32x8_splat(half_scale), sum = f32x8_fma(scale, x, one);
  const f32x8 sum_low = f32x8_fma(scale, x, f32x8_sub(one, sum)), u = f32x8_div(one, sum);
  const f32x8 u_error = f32x8_fnma(u, sum_low, f32x8_fnma(u, sum, one));
  correction = f32x8_product(f32x8_splat(1.25f), u_error);  // the function grows like u^1.25 where it matters
  const f32x8 v = f32x8_sub(u, f32x8_splat(0.5f));
  f32x8 p = f32x8_splat(0.013850674f);
  p = f32x8_horner(p, v, -0.0692796f);
  p = f32x8_horner(p, v, 0.04637578f);
  p = f32x8_horner(p, v, 0.09768855f);
  p = f32x8_horner(p, v, -0.10298505f);
  p = f32x8_horner(p, v, -0.17204304f);
  p = f32x8_horner(p, v, 0.14574523f);
  p = f32x8_horner(p, v, 0.5589435f);
  p = f32x8_horner(p, v, 0.6871609f);
  p = f32x8_horner(p, v, 0.51079136f);
  return f32x8_product(u, p);
}

/// erf(t) for |t| < 0.875.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_erf_near_zero(f32x8 t) {
  const f32x8 square = f32x8_product(t, t);
  f32x8 p = f32x8_splat(8.698955e-05f);
  p = f32x8_horner(p, square, -0.00082165445f);
  p = f32x8_horner(p, square, 0.005207219f);
  p = f32x8_horner(p, square, -0.026861774f);
  p = f32x8_horner(p, square, 0.11283737f);
  p = f32x8_horner(p, square, -0.37612635f);
  p = f32x8_horner(p, square, 0.12837917f);
  return f32x8_fma(p, t, t);
}

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_erf(f32x8 x) {
  const f32x8 t = f32x8_min(f32x8_splat(10.0f), f32x8_abs(x));
  f32x8 correction;
  const f32x8 scaled = f32x8_scaled_erfc(t, 0.5f, correction);
  const f32x8 erfc = f32x8_product(f32x8_exp(f32x8_neg(f32x8_product(t, t))), scaled);
  const f32x8 far = f32x8_copysign(f32x8_sub(f32x8_splat(1.0f), erfc), x);
  return f32x8_select(f32x8_lt(t, f32x8_splat(0.875f)), f32x8_erf_near_zero(x), far);
}

/// x / 2 (1 + erf(x / sqrt 2)) = x Phi(x). Phi(-a) = exp(-a^2 / 2) scaled_erfc(a / sqrt 2) / 2 keeps its accuracy for
/// large a; below 2^-126 it is 0.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_gelu(f32x8 x) {
  const f32x8 half = f32x8_splat(0.5f), minus_half = f32x8_splat(-0.5f), root_half = f32x8_splat(0.707106781f);
  const f32x8 a = f32x8_min(f32x8_splat(14.0f), f32x8_abs(x)), square = f32x8_product(a, a);
  const f32x8 square_low = f32x8_fma(a, a, f32x8_neg(square));
  f32x8 correction;
  const f32x8 scaled = f32x8_scaled_erfc(a, 0.353553391f, correction);
  const f32x8 e = f32x8_exp_sum(f32x8_product(minus_half, square), f32x8_fma(minus_half, square_low, correction));
  const f32x8 far = f32x8_product(half, f32x8_product(e, scaled)), t = f32x8_product(a, root_half);
  const f32x8 near = f32x8_fma(minus_half, f32x8_erf_near_zero(t), half);
  const f32x8 phi = f32x8_select(f32x8_lt(t, f32x8_splat(0.875f)), near, far);  // Phi(-a)
  const f32x8 tail = f32x8_select(f32x8_lt(phi, f32x8_splat(1.17549435e-38f)), f32x8_zero(), phi);
  return f32x8_product(x, f32x8_select(f32x8_lt(x, f32x8_zero()), tail, f32x8_sub(f32x8_splat(1.0f), tail)));
}

/// x / 2 (1 + tanh(z)) = x sigmoid(2 z), 2 z = x (c1 + c3 x^2), c1 = 2 sqrt(2 / pi), c3 = 0.044715 c1. In the negative
/// tail the exponential magnifies errors of z, so 2 |z| is computed as a sum high + low.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_gelu_tanh(f32x8 x) {
  const f32x8 one = f32x8_splat(1.0f), c1 = f32x8_splat(1.59576917f), c3 = f32x8_splat(0.0713548139f);
  const f32x8 a = f32x8_min(f32x8_splat(11.0f), f32x8_abs(x)), square = f32x8_product(a, a);
  const f32x8 square_low = f32x8_fma(a, a, f32x8_neg(square));
  const f32x8 cubic = f32x8_product(c3, square), factor = f32x8_add(cubic, c1), c1_part = f32x8_sub(factor, cubic);
  f32x8 low = f32x8_add(f32x8_sub(cubic, f32x8_sub(factor, c1_part)), f32x8_sub(c1, c1_part));
  low = f32x8_add(low, f32x8_fma(c3, square, f32x8_neg(cubic)));
  low = f32x8_fma(c3, square_low, low);
  low = f32x8_fma(f32x8_splat(2.39883e-9f), square,
                  f32x8_add(low, f32x8_splat(-4.53407e-8f)));  // what c3 and c1 lose as floats
  const f32x8 high = f32x8_product(a, factor);
  low = f32x8_fma(a, low, f32x8_fma(a, factor, f32x8_neg(high)));
  const f32x8 e = f32x8_exp_sum(f32x8_neg(high), f32x8_neg(low));
  return f32x8_product(x, f32x8_div(f32x8_select(f32x8_lt(x, f32x8_zero()), e, one), f32x8_add(one, e)));
}

// ---- piecewise linear and simple functions ------------------------------------------------------------------------

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_identity(f32x8 x) { return x; }
/// max(0, x).
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_relu(f32x8 x) { return f32x8_max(f32x8_zero(), x); }
/// min(max(x, low), high): high where the bounds cross.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_clip(f32x8 x, float low, float high) {
  return f32x8_min(f32x8_splat(high), f32x8_max(f32x8_splat(low), x));
}
/// x < 0 ? alpha x : x.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_leaky_relu(f32x8 x, float alpha) {
  return f32x8_select(f32x8_lt(x, f32x8_zero()), f32x8_product(f32x8_splat(alpha), x), x);
}
/// x < 0 ? slope x : x.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_prelu(f32x8 x, f32x8 slope) {
  return f32x8_select(f32x8_lt(x, f32x8_zero()), f32x8_product(slope, x), x);
}
/// x > alpha ? x : 0, so 0 for NaN.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_thresholded_relu(f32x8 x, float alpha) {
  return f32x8_select(f32x8_gt(x, f32x8_splat(alpha)), x, f32x8_zero());
}
/// x < 0 ? alpha (exp(x) - 1) : x.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_elu(f32x8 x, float alpha) {
  return f32x8_select(f32x8_lt(x, f32x8_zero()), f32x8_product(f32x8_splat(alpha), f32x8_expm1(x)), x);
}
/// beta (x <= 0 ? alpha (exp(x) - 1) : x).
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_selu(f32x8 x, float alpha, float beta) {
  const f32x8 negative = f32x8_product(f32x8_splat(alpha), f32x8_expm1(x));
  return f32x8_product(f32x8_splat(beta), f32x8_select(f32x8_le(x, f32x8_zero()), negative, x));
}
/// max(0, x) + min(0, alpha (exp(x / alpha) - 1)).
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_celu(f32x8 x, float alpha) {
  const f32x8 zero = f32x8_zero(), a = f32x8_splat(alpha);
  return f32x8_add(f32x8_max(zero, x), f32x8_min(zero, f32x8_product(a, f32x8_expm1(f32x8_div(x, a)))));
}
/// 1 / x.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_reciprocal(f32x8 x) { return f32x8_div(f32x8_splat(1.0f), x); }
/// To the nearest integer, ties to even.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_round(f32x8 x) { return f32x8_round_even(x); }
/// -1, 0 or 1; +0 for both zeros.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_sign(f32x8 x) {
  const f32x8 zero = f32x8_zero(), zero_or_nan = f32x8_add(x, zero);
  return f32x8_select(f32x8_gt(x, zero), f32x8_splat(1.0f),
                      f32x8_select(f32x8_lt(x, zero), f32x8_splat(-1.0f), zero_or_nan));
}
/// 1 for 0, else 0.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_logical_not(f32x8 x) {
  return f32x8_select(f32x8_eq(x, f32x8_zero()), f32x8_splat(1.0f), f32x8_zero());
}

}  // namespace intaglio
#endif
