// Elementary functions of fast numerics: about half the operations of math.h's, which strict numerics keep. Results
// differ in the last places between targets. Written for vectors of any width that has the overloads of `lanes`.
//
// Branch-free. NaN gives NaN, infinities give what math.h gives. Errors are below 4 units in the last place, of swish,
// gelu, gelu_tanh and mish below 1e-7 |x| where that is more (tests/runtime/fast_math_test.cc); exponentials below
// 2^-125 are 0. Polynomials were fitted for the least greatest error by reweighted least squares in double and rounded
// to float (that of exp: Sollya's fpminimax).
//
// What bounds their speed is the two ports of multiply-adds. A vector takes there, besides one division, which other
// operations run beside: exp 9 operations, sigmoid 9, swish 7, gelu_tanh 9, gelu 14, tanh 11, erf 21, softplus 18,
// mish 11. Divisions are not replaced by estimates with a Newton step: those are three operations on the same ports,
// and one division costs 1.2 cycles beside eight multiply-adds (measured on Zen 3).
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_FAST_MATH_H
#define INTAGLIO_FAST_MATH_H

#ifndef INTAGLIO_MATH_H
#error "include intaglio/simd.h or one intaglio/simd_<isa>.h and intaglio/math.h before intaglio/fast_math.h"
#endif

namespace intaglio {

// ---- the vocabulary under names without a width --------------------------------------------------------------------

namespace lanes {

#define INTAGLIO_LANES_1(name, function) \
  static inline INTAGLIO_ALWAYS_INLINE f32x8 name(f32x8 a) { return function(a); }
#define INTAGLIO_LANES_2(name, function) \
  static inline INTAGLIO_ALWAYS_INLINE f32x8 name(f32x8 a, f32x8 b) { return function(a, b); }

/// x in as many lanes as `like` has.
static inline INTAGLIO_ALWAYS_INLINE f32x8 splat(f32x8, float x) { return f32x8_splat(x); }
INTAGLIO_LANES_1(neg, f32x8_neg)
INTAGLIO_LANES_1(abs, f32x8_abs)
INTAGLIO_LANES_2(add, f32x8_add)
INTAGLIO_LANES_2(sub, f32x8_sub)
INTAGLIO_LANES_2(mul, f32x8_mul)
INTAGLIO_LANES_2(min, f32x8_min)
INTAGLIO_LANES_2(max, f32x8_max)
INTAGLIO_LANES_2(copysign, f32x8_copysign)
static inline INTAGLIO_ALWAYS_INLINE f32x8 multiply_add(f32x8 a, f32x8 b, f32x8 c) {
  return f32x8_multiply_add(a, b, c);
}
/// The float whose sign and exponent are the lowest nine bits of x.
static inline INTAGLIO_ALWAYS_INLINE f32x8 low_bits_as_exponent(f32x8 x) {
  return f32x8_from_bits(i32x8_shift_left<23>(f32x8_bits(x)));
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 quotient(f32x8 a, f32x8 b) { return f32x8_div(a, b); }

#undef INTAGLIO_LANES_1
#undef INTAGLIO_LANES_2

/// Four vectors side by side: an operation of one does not wait for that of the other, which a processor whose window
/// holds two or three vectors' operations would not see by itself. On Zen 3 exp takes 6 cycles so instead of 8.
/// INTAGLIO_FOUR defines the type of four V and what is above for it.
#define INTAGLIO_FOUR_1(Four, name)                              \
  static inline INTAGLIO_ALWAYS_INLINE Four name(Four x) {       \
    const Four y = {name(x.a), name(x.b), name(x.c), name(x.d)}; \
    return y;                                                    \
  }
#define INTAGLIO_FOUR_2(Four, name)                                                  \
  static inline INTAGLIO_ALWAYS_INLINE Four name(Four x, Four y) {                   \
    const Four z = {name(x.a, y.a), name(x.b, y.b), name(x.c, y.c), name(x.d, y.d)}; \
    return z;                                                                        \
  }
#define INTAGLIO_FOUR(V, Four)                                                                               \
  struct Four {                                                                                              \
    V a, b, c, d;                                                                                            \
  };                                                                                                         \
  static inline INTAGLIO_ALWAYS_INLINE Four four(V x) {                                                      \
    const Four y = {x, x, x, x};                                                                             \
    return y;                                                                                                \
  }                                                                                                          \
  static inline INTAGLIO_ALWAYS_INLINE Four splat(Four like, float x) { return four(splat(like.a, x)); }     \
  INTAGLIO_FOUR_1(Four, neg)                                                                                 \
  INTAGLIO_FOUR_1(Four, abs)                                                                                 \
  INTAGLIO_FOUR_2(Four, add)                                                                                 \
  INTAGLIO_FOUR_2(Four, sub)                                                                                 \
  INTAGLIO_FOUR_2(Four, mul)                                                                                 \
  INTAGLIO_FOUR_2(Four, min)                                                                                 \
  INTAGLIO_FOUR_2(Four, max)                                                                                 \
  INTAGLIO_FOUR_2(Four, copysign)                                                                            \
  INTAGLIO_FOUR_2(Four, quotient)                                                                            \
  INTAGLIO_FOUR_1(Four, low_bits_as_exponent)                                                                \
  static inline INTAGLIO_ALWAYS_INLINE Four multiply_add(Four x, Four y, Four z) {                           \
    const Four sum = {multiply_add(x.a, y.a, z.a), multiply_add(x.b, y.b, z.b), multiply_add(x.c, y.c, z.c), \
                      multiply_add(x.d, y.d, z.d)};                                                          \
    return sum;                                                                                              \
  }

INTAGLIO_FOUR(f32x8, f32x8x4)

#undef INTAGLIO_FOUR
#undef INTAGLIO_FOUR_1
#undef INTAGLIO_FOUR_2

/// x between the bounds; NaN stays.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V clamp(V x, float low, float high) {
  return min(splat(x, high), max(splat(x, low), x));
}
/// One step of Horner's scheme: p * x + coefficient.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V horner(V p, V x, float coefficient) {
  return multiply_add(p, x, splat(x, coefficient));
}

/// x = n ln 2 + r with integer n and |r| <= ln 2 / 2; power is the float with the exponent field n + bias.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE void reduce(V x, float bias, V& power, V& r) {
  const V integers = splat(x, 12582912.0f + bias);  // 3 * 2^22: floats of this size have no fraction
  const V shifted = multiply_add(x, splat(x, 1.44269504f), integers), whole = sub(shifted, integers);
  power = low_bits_as_exponent(shifted);
  r = multiply_add(whole, splat(x, -0.693359375f), x);
  r = multiply_add(whole, splat(x, 2.12194440e-4f), r);
}

/// exp(x) = scale * value for x in [-87.5, 89]: 0 at the lower end, infinite at the upper. value is twice the
/// exponential of what is left of x behind an integer multiple of ln 2, scale half the power of two.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE void exp_factors(V x, V& scale, V& value) {
  V r;
  reduce(x, 126.0f, scale, r);
  V p = splat(x, 0.0165785998f);
  p = horner(p, r, 0.0837956667f);
  p = horner(p, r, 0.333353043f);
  p = horner(p, r, 0.999983013f);
  p = horner(p, r, 1.99999940f);
  value = horner(p, r, 2.0f);
}

/// exp(x) for x <= 89.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V bounded_exp(V x) {
  V scale, value;
  exp_factors(max(splat(x, -87.5f), x), scale, value);
  return mul(value, scale);
}

/// 2 * 2^r for |r| <= 1/2.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V doubled_exp2(V r) {
  V p = splat(r, 0.00265262069f);
  p = horner(p, r, 0.019342981f);
  p = horner(p, r, 0.111014781f);
  p = horner(p, r, 0.480444852f);
  p = horner(p, r, 1.38629395f);
  return horner(p, r, 2.0f);
}

/// x / (1 + 2^w) = x sigmoid(-w ln 2): a sum that overflows makes 0 of every finite x. 2^w is within 4 units in the
/// last place for |w| < 2, and less exact where it is small or large beside 1.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V times_sigmoid(V x, V w) {
  const V t = clamp(w, -126.25f, 128.25f), integers = splat(x, 12582912.0f + 126.0f);
  const V shifted = add(t, integers), value = doubled_exp2(sub(t, sub(shifted, integers)));
  return quotient(x, multiply_add(value, low_bits_as_exponent(shifted), splat(x, 1.0f)));
}

/// exp(x) - 1 for x <= 0, accurate near 0.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V negative_expm1(V x) {
  V scale, r;
  reduce(max(splat(x, -20.0f), x), 127.0f, scale, r);
  V p = splat(x, 0.0013888843f);
  p = horner(p, r, 0.0083691145f);
  p = horner(p, r, 0.0416671378f);
  p = horner(p, r, 0.1666650581f);
  p = horner(p, r, 0.4999999812f);
  p = horner(p, r, 1.0f);
  return multiply_add(scale, mul(r, p), sub(scale, splat(x, 1.0f)));
}

/// -t / (t + 2) with t = exp(-2 |x|) - 1, and the sign of x.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V tanh_of(V x) {
  const V t = negative_expm1(mul(splat(x, -2.0f), abs(x)));
  return copysign(quotient(t, add(t, splat(x, 2.0f))), x);
}

}  // namespace lanes

typedef lanes::f32x8x4 f32x8x4;

static inline INTAGLIO_ALWAYS_INLINE f32x8x4 f32x8x4_load(const float* p) {
  const f32x8x4 v = {f32x8_load(p), f32x8_load(p + 8), f32x8_load(p + 16), f32x8_load(p + 24)};
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE void f32x8x4_store(float* p, f32x8x4 v) {
  f32x8_store(p, v.a);
  f32x8_store(p + 8, v.b);
  f32x8_store(p + 16, v.c);
  f32x8_store(p + 24, v.d);
}

// ---- functions -----------------------------------------------------------------------------------------------------

template <class V>
static inline INTAGLIO_ALWAYS_INLINE V fast_exp(V x) {
  return lanes::bounded_exp(lanes::min(lanes::splat(x, 89.0f), x));
}

/// exp(x) for x <= 0 beside exp(0) = 1, as in a softmax: within 4 units in the last place where x > -20, below that
/// within 2e-8 |x| of itself. The multiple of ln 2 is subtracted in one step instead of two.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V fast_exp_beside_one(V x) {
  const V bounded = lanes::max(lanes::splat(x, -87.0f), x), integers = lanes::splat(x, 12582912.0f + 126.0f);
  const V octaves = lanes::splat(x, 1.44269504f);
  const V shifted = lanes::multiply_add(bounded, octaves, integers);
  const V r = lanes::multiply_add(bounded, octaves, lanes::sub(integers, shifted));
  return lanes::mul(lanes::doubled_exp2(r), lanes::low_bits_as_exponent(shifted));
}

/// Natural logarithm: log(0) = -infinity, NaN below 0.
static inline INTAGLIO_ALWAYS_INLINE f32x8 fast_log(f32x8 x) {
  f32x8 e, m;
  f32x8_log_reduce(x, e, m);
  const f32x8 f = f32x8_sub(m, f32x8_splat(1.0f)), infinity = f32x8_splat(INTAGLIO_INFINITY);
  f32x8 p = f32x8_splat(-0.07634068f);
  p = lanes::horner(p, f, 0.12761326f);
  p = lanes::horner(p, f, -0.13160227f);
  p = lanes::horner(p, f, 0.14201798f);
  p = lanes::horner(p, f, -0.16623357f);
  p = lanes::horner(p, f, 0.20001225f);
  p = lanes::horner(p, f, -0.2500082f);
  p = lanes::horner(p, f, 0.3333333f);
  p = lanes::horner(p, f, -0.5f);
  const f32x8 low = lanes::multiply_add(e, f32x8_splat(-2.12194440e-4f), f32x8_mul(f32x8_mul(f, f), p));
  const f32x8 y = lanes::multiply_add(e, f32x8_splat(0.693359375f), f32x8_add(f, low));
  const f32x8 positive = f32x8_select(f32x8_lt(x, infinity), y, infinity);
  const f32x8 at_most_zero = f32x8_select(f32x8_eq(x, f32x8_zero()), f32x8_neg(infinity), f32x8_splat(INTAGLIO_NAN));
  return f32x8_select(f32x8_gt(x, f32x8_zero()), positive, at_most_zero);
}

static inline INTAGLIO_ALWAYS_INLINE f32x8x4 fast_log(f32x8x4 x) {
  const f32x8x4 y = {fast_log(x.a), fast_log(x.b), fast_log(x.c), fast_log(x.d)};
  return y;
}

template <class V>
static inline INTAGLIO_ALWAYS_INLINE V fast_sigmoid(V x) {
  V scale, value;
  lanes::exp_factors(lanes::clamp(lanes::neg(x), -87.5f, 89.0f), scale, value);
  const V one = lanes::splat(x, 1.0f);
  return lanes::quotient(one, lanes::multiply_add(value, scale, one));
}

/// x sigmoid(alpha x).
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V fast_swish(V x, float alpha) {
  return lanes::times_sigmoid(x, lanes::mul(x, lanes::splat(x, alpha * -1.44269504f)));
}

/// x / 2 (1 + erf(x / sqrt 2)) = x sigmoid(x q(x^2)): q is ln(Phi(x) / Phi(-x)) / x, which a polynomial (here
/// -q / ln 2) follows where Phi(-x) is not yet small; beyond, it is large enough.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V fast_gelu(V x) {
  const V u = lanes::mul(x, x);
  V q = lanes::splat(x, -5.06723912e-09f);
  q = lanes::horner(q, u, 3.81631378e-07f);
  q = lanes::horner(q, u, -1.14398348e-05f);
  q = lanes::horner(q, u, 0.000159579946f);
  q = lanes::horner(q, u, 9.40492129e-05f);
  q = lanes::horner(q, u, -0.104835122f);
  q = lanes::horner(q, u, -2.3022093f);
  return lanes::times_sigmoid(x, lanes::mul(x, q));
}

/// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), as a sigmoid.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V fast_gelu_tanh(V x) {
  const V q = lanes::horner(lanes::splat(x, -0.10294324f), lanes::mul(x, x), -2.3022082f);
  return lanes::times_sigmoid(x, lanes::mul(x, q));
}

template <class V>
static inline INTAGLIO_ALWAYS_INLINE V fast_tanh(V x) {
  return lanes::tanh_of(x);
}

/// tanh(x q(x^2)), up to where the result is 1: q is ln((1 + erf(x)) / (1 - erf(x))) / (2 x).
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V fast_erf(V x) {
  const V t = lanes::clamp(x, -4.05f, 4.05f), square = lanes::mul(t, t);
  V q = lanes::splat(x, -7.9898671e-10f);
  q = lanes::horner(q, square, 2.79128596e-08f);
  q = lanes::horner(q, square, -2.15575469e-07f);
  q = lanes::horner(q, square, -3.51018116e-06f);
  q = lanes::horner(q, square, 8.10971978e-05f);
  q = lanes::horner(q, square, -0.000610058545f);
  q = lanes::horner(q, square, -0.00019822063f);
  q = lanes::horner(q, square, 0.102770485f);
  q = lanes::horner(q, square, 1.12837923f);
  return lanes::tanh_of(lanes::mul(t, q));
}

/// log(1 + exp(x)) = max(0, x) + e q(e), e = exp(-|x|), q(e) = log1p(e) / e.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V fast_softplus(V x) {
  const V e = lanes::bounded_exp(lanes::neg(lanes::abs(x)));
  V q = lanes::splat(x, 0.0052327132f);
  q = lanes::horner(q, e, -0.0295053834f);
  q = lanes::horner(q, e, 0.0782263178f);
  q = lanes::horner(q, e, -0.1366329038f);
  q = lanes::horner(q, e, 0.1910603605f);
  q = lanes::horner(q, e, -0.2484299275f);
  q = lanes::horner(q, e, 0.3331909877f);
  q = lanes::horner(q, e, -0.499994933f);
  q = lanes::horner(q, e, 0.9999999699f);
  return lanes::multiply_add(q, e, lanes::max(lanes::splat(x, 0.0f), x));
}

/// x tanh(softplus(x)) = x n / (n + 2) with n = e (e + 2), e = exp(x); the quotient is 1 from 20 on.
template <class V>
static inline INTAGLIO_ALWAYS_INLINE V fast_mish(V x) {
  const V e = lanes::bounded_exp(lanes::min(lanes::splat(x, 20.0f), x));
  const V n = lanes::multiply_add(e, e, lanes::add(e, e));
  return lanes::mul(x, lanes::quotient(n, lanes::add(n, lanes::splat(x, 2.0f))));
}

}  // namespace intaglio
#endif
