// Float operations on one value that C++ has no operator for, without library calls: the building blocks of
// simd_scalar.h, and of simd_portable.h where the processor has no instruction. Exact, and free of branches on data.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_LANE_H
#define INTAGLIO_LANE_H

#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#if defined(__FMA__)
#include <immintrin.h>
#endif

#include "macros.h"

namespace intaglio {

static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_bits(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}
static inline INTAGLIO_ALWAYS_INLINE float lane_from_bits(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

/// All ones if the condition holds, else 0.
static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_mask(bool condition) {
  return 0u - static_cast<uint32_t>(condition);
}

static inline INTAGLIO_ALWAYS_INLINE float lane_select(uint32_t mask, float a, float b) {
  return lane_from_bits((lane_bits(a) & mask) | (lane_bits(b) & ~mask));
}

static inline INTAGLIO_ALWAYS_INLINE float lane_abs(float x) { return lane_from_bits(lane_bits(x) & 0x7fffffffu); }
static inline INTAGLIO_ALWAYS_INLINE float lane_copysign(float magnitude, float sign) {
  return lane_from_bits((lane_bits(magnitude) & 0x7fffffffu) | (lane_bits(sign) & 0x80000000u));
}

/// Keeps the compiler from contracting the product x with a following sum.
static inline INTAGLIO_ALWAYS_INLINE float lane_rounded(float x) {
#if INTAGLIO_MAY_CONTRACT
  __asm__("" : INTAGLIO_FLOAT_REGISTER(x));
#endif
  return x;
}

/// a * b + c with one rounding. Without an instruction: the product is exact in double; the sum is rounded to odd (the
/// inexact sum whose last bit is set), which has enough bits beyond float's that the second rounding gives what one
/// rounding would.
/// That is a function of its own: written out at every product it would make strict kernels many times as long.
#if INTAGLIO_HAS_FMA && defined(__clang__)
/// The instruction by its name in LLVM: on bare metal, clang makes __builtin_fmaf a call of fmaf, which may set errno.
extern "C" float intaglio_fma_instruction(float, float, float) noexcept __asm__("llvm.fma.f32") __attribute__((const));
static inline INTAGLIO_ALWAYS_INLINE float lane_fma(float a, float b, float c) {
#if defined(__arm__)
  // Lane by lane: vector instructions of 32-bit ARM, Helium's and NEON's, take subnormal numbers for zero.
  return lane_rounded(intaglio_fma_instruction(a, b, c));
#else
  return intaglio_fma_instruction(a, b, c);
#endif
}
#elif INTAGLIO_HAS_FMA
static inline INTAGLIO_ALWAYS_INLINE float lane_fma(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);  // an instruction here, never a call
}
#else
static inline INTAGLIO_NOINLINE float lane_fma(float a, float b, float c) {
  const double product = static_cast<double>(a) * static_cast<double>(b), addend = static_cast<double>(c);
  const double sum = product + addend;
  const double addend_part = sum - product, product_part = sum - addend_part;
  const double error = (product - product_part) + (addend - addend_part);  // sum + error == product + addend, or NaN
  uint64_t sum_bits, error_bits;
  __builtin_memcpy(&sum_bits, &sum, sizeof sum_bits);
  __builtin_memcpy(&error_bits, &error, sizeof error_bits);
  // Truncate toward zero when the error points there (a step of one unit down), then set the last bit:
  // that is rounding to odd.
  const uint64_t inexact = (error < 0.0) | (error > 0.0);
  const uint64_t toward_zero = inexact & ((sum_bits ^ error_bits) >> 63);
  const uint64_t odd_bits = (sum_bits - toward_zero) | inexact;
  double odd;
  __builtin_memcpy(&odd, &odd_bits, sizeof odd);
  return static_cast<float>(odd);
}
#endif

/// Toward zero. Magnitudes of 2^23 and more are integers already; they and NaN pass unchanged.
static inline INTAGLIO_ALWAYS_INLINE float lane_trunc(float x) {
  const uint32_t fractional = lane_mask(lane_abs(x) < 8388608.0f);
  const float integer = static_cast<float>(static_cast<int32_t>(lane_from_bits(lane_bits(x) & fractional)));
  return lane_select(fractional, lane_copysign(integer, x), x);
}
static inline INTAGLIO_ALWAYS_INLINE float lane_floor(float x) {
  const float integer = lane_trunc(x);
  return lane_copysign(integer - lane_from_bits(lane_bits(1.0f) & lane_mask(integer > x)), x);
}
static inline INTAGLIO_ALWAYS_INLINE float lane_ceil(float x) {
  const float integer = lane_trunc(x);
  return lane_copysign(integer + lane_from_bits(lane_bits(1.0f) & lane_mask(integer < x)), x);
}
/// To nearest, ties to even: adding 2^23 leaves no bits for a fraction.
static inline INTAGLIO_ALWAYS_INLINE float lane_round_even(float x) {
  const float magnitude = lane_abs(x), sum = lane_rounded(magnitude + 8388608.0f);
  return lane_select(lane_mask(magnitude < 8388608.0f), lane_copysign(sum - 8388608.0f, x), x);
}

/// Correctly rounded square root by integer arithmetic: 25 bits of the root and whether it is exact.
static inline INTAGLIO_ALWAYS_INLINE float lane_integer_sqrt(float x) {
  const uint32_t bits = lane_bits(x), subnormal = lane_mask(bits < 0x00800000u);
  // Subnormal numbers: the mantissa as a float is x * 2^149.
  const uint32_t normal = (bits & ~subnormal) | (lane_bits(static_cast<float>(bits & subnormal)) & subnormal);
  const int32_t exponent = static_cast<int32_t>(normal >> 23) - 127 - static_cast<int32_t>(149u & subnormal);
  const uint32_t mantissa = (normal & 0x007fffffu) | 0x00800000u, odd = static_cast<uint32_t>(exponent) & 1u;
  // radicand = mantissa * 2^(exponent odd) in units of 2^-23, scaled so that its integer root lies in [2^24, 2^25).
  const uint64_t radicand = static_cast<uint64_t>(mantissa) << (25u + odd);
  uint64_t rest = radicand, root = 0;
  for (uint64_t bit = static_cast<uint64_t>(1) << 48; bit != 0; bit >>= 2) {
    const uint64_t fits = 0u - static_cast<uint64_t>(rest >= root + bit);
    rest -= (root + bit) & fits;
    root = (root >> 1) + (bit & fits);
  }
  const uint64_t rounded = (root >> 1) + (root & 1u & (static_cast<uint64_t>(rest != 0) | (root >> 1)));
  const int32_t half = (exponent - static_cast<int32_t>(odd)) / 2;
  const float result = lane_from_bits((static_cast<uint32_t>(half + 126) << 23) + static_cast<uint32_t>(rounded));
  const uint32_t unchanged = lane_mask(x == 0.0f) | lane_mask(bits == 0x7f800000u);  // +0, -0, infinity
  const uint32_t invalid = ~unchanged & (lane_mask(x < 0.0f) | lane_mask(x != x));
  return lane_select(unchanged, x, lane_select(invalid, INTAGLIO_NAN, result));
}
static inline INTAGLIO_ALWAYS_INLINE float lane_sqrt(float x) {
#if defined(__SSE2__)
  return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)));
#else
  return lane_integer_sqrt(x);
#endif
}

}  // namespace intaglio
#endif
