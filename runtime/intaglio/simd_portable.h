// The 8-lane vocabulary as pairs of the compilers' generic 4-lane vectors, which they map to SSE, NEON, AltiVec or
// WebAssembly. simd_scalar.h says what each function computes. SSE2 has its own code where generic vectors have no
// operator or a poor one.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_SIMD_PORTABLE_H
#define INTAGLIO_SIMD_PORTABLE_H
#ifdef INTAGLIO_VOCABULARY
#error "one translation unit uses one simd_<isa>.h"
#endif
#define INTAGLIO_VOCABULARY "portable"

#include <stddef.h>
#include <stdint.h>

#include "lane.h"
#include "macros.h"

namespace intaglio {

// ---- four lanes ---------------------------------------------------------------------------------------------------

typedef float f32x4 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef uint32_t u32x4 __attribute__((vector_size(16)));

static inline INTAGLIO_ALWAYS_INLINE i32x4 four_bits(f32x4 v) { return reinterpret_cast<i32x4>(v); }
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_from_bits(i32x4 v) { return reinterpret_cast<f32x4>(v); }
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_splat(float x) {
  const f32x4 v = {x, x, x, x};
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_integer_splat(int32_t x) {
  const i32x4 v = {x, x, x, x};
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_load(const float* p) {
  f32x4 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE void four_store(float* p, f32x4 v) { __builtin_memcpy(p, &v, sizeof v); }

static inline INTAGLIO_ALWAYS_INLINE f32x4 four_add(f32x4 a, f32x4 b) { return a + b; }
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_sub(f32x4 a, f32x4 b) { return a - b; }
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_mul(f32x4 a, f32x4 b) { return a * b; }
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_div(f32x4 a, f32x4 b) { return a / b; }
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_neg(f32x4 v) {
  return four_from_bits(four_bits(v) ^ four_integer_splat(INT32_MIN));
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_abs(f32x4 v) {
  return four_from_bits(four_bits(v) & four_integer_splat(INT32_MAX));
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_copysign(f32x4 magnitude, f32x4 sign) {
  return four_from_bits((four_bits(magnitude) & four_integer_splat(INT32_MAX)) |
                        (four_bits(sign) & four_integer_splat(INT32_MIN)));
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_rounded(f32x4 v) {
#if INTAGLIO_MAY_CONTRACT
  __asm__("" : INTAGLIO_FLOAT_REGISTER(v));
#endif
  return v;
}

static inline INTAGLIO_ALWAYS_INLINE i32x4 four_lt(f32x4 a, f32x4 b) { return a < b; }
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_le(f32x4 a, f32x4 b) { return a <= b; }
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_gt(f32x4 a, f32x4 b) { return a > b; }
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_ge(f32x4 a, f32x4 b) { return a >= b; }
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_eq(f32x4 a, f32x4 b) { return a == b; }
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_and(i32x4 a, i32x4 b) { return a & b; }
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_or(i32x4 a, i32x4 b) { return a | b; }
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_not(i32x4 a) { return ~a; }
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_integer_select(i32x4 mask, i32x4 a, i32x4 b) {
  return (a & mask) | (b & ~mask);
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_select(i32x4 mask, f32x4 a, f32x4 b) {
  return four_from_bits(four_integer_select(mask, four_bits(a), four_bits(b)));
}

static inline INTAGLIO_ALWAYS_INLINE i32x4 four_integer_add(i32x4 a, i32x4 b) {
  return reinterpret_cast<i32x4>(reinterpret_cast<u32x4>(a) + reinterpret_cast<u32x4>(b));
}
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_integer_sub(i32x4 a, i32x4 b) {
  return reinterpret_cast<i32x4>(reinterpret_cast<u32x4>(a) - reinterpret_cast<u32x4>(b));
}
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_integer_lt(i32x4 a, i32x4 b) { return a < b; }
template <int count>
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_shift_left(i32x4 v) {
  return reinterpret_cast<i32x4>(reinterpret_cast<u32x4>(v) << count);
}
template <int count>
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_shift_right(i32x4 v) {
  return v >> count;
}

#if defined(__SSE2__)
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_max(f32x4 a, f32x4 b) { return _mm_max_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_min(f32x4 a, f32x4 b) { return _mm_min_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_sqrt(f32x4 v) { return _mm_sqrt_ps(v); }
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_to_integer(f32x4 v) {
  return reinterpret_cast<i32x4>(_mm_cvttps_epi32(v));
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_from_integer(i32x4 v) {
  return _mm_cvtepi32_ps(reinterpret_cast<__m128i>(v));
}
#else
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_max(f32x4 a, f32x4 b) { return four_select(a > b, a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_min(f32x4 a, f32x4 b) { return four_select(a < b, a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_sqrt(f32x4 v) {
  const f32x4 result = {lane_sqrt(v[0]), lane_sqrt(v[1]), lane_sqrt(v[2]), lane_sqrt(v[3])};
  return result;
}
/// Values outside int32 are replaced by 0 first: C++ leaves their conversion undefined.
static inline INTAGLIO_ALWAYS_INLINE i32x4 four_to_integer(f32x4 v) {
  const f32x4 inside = four_from_bits(four_bits(v) & (four_abs(v) < four_splat(2147483648.0f)));
  return __builtin_convertvector(inside, i32x4);
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_from_integer(i32x4 v) { return __builtin_convertvector(v, f32x4); }
#endif

static inline INTAGLIO_ALWAYS_INLINE f32x4 four_max_nan(f32x4 a, f32x4 b) {
  return four_select(a != a, a, four_max(a, b));
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_min_nan(f32x4 a, f32x4 b) {
  return four_select(a != a, a, four_min(a, b));
}

#if defined(__FMA__) && defined(__SSE2__)
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_fma(f32x4 a, f32x4 b, f32x4 c) { return _mm_fmadd_ps(a, b, c); }
#elif defined(__SSE2__)
/// Two lanes of lane_fma without an instruction for it.
static inline INTAGLIO_ALWAYS_INLINE __m128 two_fma(__m128 a, __m128 b, __m128 c) {
  const __m128d product = _mm_mul_pd(_mm_cvtps_pd(a), _mm_cvtps_pd(b)), addend = _mm_cvtps_pd(c);
  const __m128d sum = _mm_add_pd(product, addend), addend_part = _mm_sub_pd(sum, product);
  const __m128d error = _mm_add_pd(_mm_sub_pd(product, _mm_sub_pd(sum, addend_part)), _mm_sub_pd(addend, addend_part));
  const __m128d zero = _mm_setzero_pd();
  const __m128d inexact = _mm_or_pd(_mm_cmplt_pd(error, zero), _mm_cmpgt_pd(error, zero));
  const __m128i one = _mm_srli_epi64(_mm_castpd_si128(inexact), 63);
  const __m128i toward_zero = _mm_and_si128(one, _mm_srli_epi64(_mm_castpd_si128(_mm_xor_pd(sum, error)), 63));
  const __m128i odd = _mm_or_si128(_mm_sub_epi64(_mm_castpd_si128(sum), toward_zero), one);
  return _mm_cvtpd_ps(_mm_castsi128_pd(odd));
}
/// A function of its own: written out at every product it would make strict kernels many times as long.
static inline INTAGLIO_NOINLINE f32x4 four_fma(f32x4 a, f32x4 b, f32x4 c) {
  const __m128 low = two_fma(a, b, c);
  const __m128 high = two_fma(_mm_movehl_ps(a, a), _mm_movehl_ps(b, b), _mm_movehl_ps(c, c));
  return _mm_movelh_ps(low, high);
}
#else
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_fma(f32x4 a, f32x4 b, f32x4 c) {
  const f32x4 result = {lane_fma(a[0], b[0], c[0]), lane_fma(a[1], b[1], c[1]), lane_fma(a[2], b[2], c[2]),
                        lane_fma(a[3], b[3], c[3])};
  return result;
}
#endif
/// Compilers fuse this where the processor can and -ffp-contract lets them.
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_multiply_add(f32x4 a, f32x4 b, f32x4 c) {
#if defined(__FMA__) && defined(__SSE2__)
  return four_fma(a, b, c);
#else
  return a * b + c;
#endif
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_fnma(f32x4 a, f32x4 b, f32x4 c) { return four_fma(four_neg(a), b, c); }

/// As lane_trunc and its neighbours.
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_trunc(f32x4 v) {
  const i32x4 fractional = four_abs(v) < four_splat(8388608.0f);
  const f32x4 integer = four_from_integer(four_to_integer(four_from_bits(four_bits(v) & fractional)));
  return four_select(fractional, four_copysign(integer, v), v);
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_floor(f32x4 v) {
  const f32x4 integer = four_trunc(v), step = four_from_bits(four_bits(four_splat(1.0f)) & (integer > v));
  return four_copysign(integer - step, v);
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_ceil(f32x4 v) {
  const f32x4 integer = four_trunc(v), step = four_from_bits(four_bits(four_splat(1.0f)) & (integer < v));
  return four_copysign(integer + step, v);
}
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_round_even(f32x4 v) {
  const f32x4 magnitude = four_abs(v), integers = four_splat(8388608.0f);
  const f32x4 integer = four_rounded(magnitude + integers) - integers;
  return four_select(magnitude < integers, four_copysign(integer, v), v);
}

// ---- eight lanes --------------------------------------------------------------------------------------------------

struct f32x8 {
  f32x4 low, high;
};
struct i32x8 {
  i32x4 low, high;
};
struct mask8 {
  i32x4 low, high;
};

/// Defines a function that applies `function` to both halves of its operands.
#define INTAGLIO_HALVES_1(name, result_type, type, function)        \
  static inline INTAGLIO_ALWAYS_INLINE result_type name(type v) {   \
    const result_type result = {function(v.low), function(v.high)}; \
    return result;                                                  \
  }
#define INTAGLIO_HALVES_2(name, result_type, type, function)                       \
  static inline INTAGLIO_ALWAYS_INLINE result_type name(type a, type b) {          \
    const result_type result = {function(a.low, b.low), function(a.high, b.high)}; \
    return result;                                                                 \
  }
#define INTAGLIO_HALVES_3(name, result_type, type_a, type, function)                              \
  static inline INTAGLIO_ALWAYS_INLINE result_type name(type_a a, type b, type c) {               \
    const result_type result = {function(a.low, b.low, c.low), function(a.high, b.high, c.high)}; \
    return result;                                                                                \
  }

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_load(const float* p) {
  const f32x8 v = {four_load(p), four_load(p + 4)};
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE void f32x8_store(float* p, f32x8 v) {
  four_store(p, v.low);
  four_store(p + 4, v.high);
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_load_partial(const float* p, ptrdiff_t n) {
  float lane[8] = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
  for (ptrdiff_t i = 0; i < n; ++i) lane[i] = p[i];
  return f32x8_load(lane);
}
static inline INTAGLIO_ALWAYS_INLINE void f32x8_store_partial(float* p, f32x8 v, ptrdiff_t n) {
  float lane[8];
  f32x8_store(lane, v);
  for (ptrdiff_t i = 0; i < n; ++i) p[i] = lane[i];
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_splat(float x) {
  const f32x8 v = {four_splat(x), four_splat(x)};
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_zero() { return f32x8_splat(0.0f); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_splat_load(const float* p) { return f32x8_splat(*p); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_gather(const float* p, ptrdiff_t stride) {
  const f32x8 v = {{p[0], p[stride], p[2 * stride], p[3 * stride]},
                   {p[4 * stride], p[5 * stride], p[6 * stride], p[7 * stride]}};
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_gather_offsets(const float* p, const int32_t offsets[8]) {
  const f32x8 v = {{p[offsets[0]], p[offsets[1]], p[offsets[2]], p[offsets[3]]},
                   {p[offsets[4]], p[offsets[5]], p[offsets[6]], p[offsets[7]]}};
  return v;
}

INTAGLIO_HALVES_2(f32x8_add, f32x8, f32x8, four_add)
INTAGLIO_HALVES_2(f32x8_sub, f32x8, f32x8, four_sub)
INTAGLIO_HALVES_2(f32x8_mul, f32x8, f32x8, four_mul)
INTAGLIO_HALVES_2(f32x8_div, f32x8, f32x8, four_div)
INTAGLIO_HALVES_3(f32x8_fma, f32x8, f32x8, f32x8, four_fma)
INTAGLIO_HALVES_3(f32x8_multiply_add, f32x8, f32x8, f32x8, four_multiply_add)
INTAGLIO_HALVES_3(f32x8_fnma, f32x8, f32x8, f32x8, four_fnma)
INTAGLIO_HALVES_1(f32x8_sqrt, f32x8, f32x8, four_sqrt)
INTAGLIO_HALVES_1(f32x8_rounded, f32x8, f32x8, four_rounded)
INTAGLIO_HALVES_1(f32x8_neg, f32x8, f32x8, four_neg)
INTAGLIO_HALVES_1(f32x8_abs, f32x8, f32x8, four_abs)
INTAGLIO_HALVES_2(f32x8_copysign, f32x8, f32x8, four_copysign)
INTAGLIO_HALVES_1(f32x8_floor, f32x8, f32x8, four_floor)
INTAGLIO_HALVES_1(f32x8_ceil, f32x8, f32x8, four_ceil)
INTAGLIO_HALVES_1(f32x8_trunc, f32x8, f32x8, four_trunc)
INTAGLIO_HALVES_1(f32x8_round_even, f32x8, f32x8, four_round_even)

INTAGLIO_HALVES_2(f32x8_lt, mask8, f32x8, four_lt)
INTAGLIO_HALVES_2(f32x8_le, mask8, f32x8, four_le)
INTAGLIO_HALVES_2(f32x8_gt, mask8, f32x8, four_gt)
INTAGLIO_HALVES_2(f32x8_ge, mask8, f32x8, four_ge)
INTAGLIO_HALVES_2(f32x8_eq, mask8, f32x8, four_eq)
INTAGLIO_HALVES_2(mask8_and, mask8, mask8, four_and)
INTAGLIO_HALVES_2(mask8_or, mask8, mask8, four_or)
INTAGLIO_HALVES_1(mask8_not, mask8, mask8, four_not)
INTAGLIO_HALVES_3(f32x8_select, f32x8, mask8, f32x8, four_select)
INTAGLIO_HALVES_2(f32x8_max, f32x8, f32x8, four_max)
INTAGLIO_HALVES_2(f32x8_min, f32x8, f32x8, four_min)
INTAGLIO_HALVES_2(f32x8_max_nan, f32x8, f32x8, four_max_nan)
INTAGLIO_HALVES_2(f32x8_min_nan, f32x8, f32x8, four_min_nan)

static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_splat(int32_t x) {
  const i32x8 v = {four_integer_splat(x), four_integer_splat(x)};
  return v;
}
INTAGLIO_HALVES_2(i32x8_add, i32x8, i32x8, four_integer_add)
INTAGLIO_HALVES_2(i32x8_sub, i32x8, i32x8, four_integer_sub)
INTAGLIO_HALVES_2(i32x8_and, i32x8, i32x8, four_and)
INTAGLIO_HALVES_2(i32x8_or, i32x8, i32x8, four_or)
template <int count>
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_shift_left(i32x8 v) {
  const i32x8 result = {four_shift_left<count>(v.low), four_shift_left<count>(v.high)};
  return result;
}
template <int count>
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_shift_right(i32x8 v) {
  const i32x8 result = {four_shift_right<count>(v.low), four_shift_right<count>(v.high)};
  return result;
}
INTAGLIO_HALVES_2(i32x8_lt, mask8, i32x8, four_integer_lt)
INTAGLIO_HALVES_3(i32x8_select, i32x8, mask8, i32x8, four_integer_select)
INTAGLIO_HALVES_1(f32x8_bits, i32x8, f32x8, four_bits)
INTAGLIO_HALVES_1(f32x8_from_bits, f32x8, i32x8, four_from_bits)
INTAGLIO_HALVES_1(i32x8_from_f32x8, i32x8, f32x8, four_to_integer)
INTAGLIO_HALVES_1(f32x8_from_i32x8, f32x8, i32x8, four_from_integer)

// ---- across lanes -------------------------------------------------------------------------------------------------

/// Lanes i0 to i3 of the eight lanes of a, then b.
#if defined(__clang__)
#define INTAGLIO_SHUFFLE(a, b, i0, i1, i2, i3) __builtin_shufflevector(a, b, i0, i1, i2, i3)
#else
#define INTAGLIO_SHUFFLE(a, b, i0, i1, i2, i3) __builtin_shuffle(a, b, i32x4{i0, i1, i2, i3})
#endif

template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_spread4(f32x4 v) {
  return INTAGLIO_SHUFFLE(v, v, lane, lane, lane, lane);
}
template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x4 four_spread2(f32x4 v) {
  return INTAGLIO_SHUFFLE(v, v, lane, lane, lane + 2, lane + 2);
}
template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_spread4(f32x8 v) {
  static_assert(0 <= lane && lane < 4, "a lane of a group of four");
  const f32x8 result = {four_spread4<lane>(v.low), four_spread4<lane>(v.high)};
  return result;
}
template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_spread2(f32x8 v) {
  static_assert(0 <= lane && lane < 2, "a lane of a pair");
  const f32x8 result = {four_spread2<lane>(v.low), four_spread2<lane>(v.high)};
  return result;
}

#define INTAGLIO_HORIZONTAL(name, function)                                     \
  static inline INTAGLIO_ALWAYS_INLINE float name(f32x8 v) {                    \
    const f32x4 four = function(v.low, v.high);                                 \
    const f32x4 two = function(four, INTAGLIO_SHUFFLE(four, four, 2, 3, 0, 1)); \
    return function(two, INTAGLIO_SHUFFLE(two, two, 1, 0, 3, 2))[0];            \
  }
INTAGLIO_HORIZONTAL(f32x8_horizontal_sum, four_add)
INTAGLIO_HORIZONTAL(f32x8_horizontal_max, four_max_nan)
INTAGLIO_HORIZONTAL(f32x8_horizontal_min, four_min_nan)

/// Four transposes of 4 x 4.
static inline INTAGLIO_ALWAYS_INLINE void f32x8_transpose_store(float* destination, ptrdiff_t destination_stride,
                                                                const float* source, ptrdiff_t source_stride) {
  for (ptrdiff_t row = 0; row < 8; row += 4) {
    for (ptrdiff_t column = 0; column < 8; column += 4) {
      const float* const from = source + row * source_stride + column;
      const f32x4 r0 = four_load(from), r1 = four_load(from + source_stride);
      const f32x4 r2 = four_load(from + 2 * source_stride), r3 = four_load(from + 3 * source_stride);
      const f32x4 low01 = INTAGLIO_SHUFFLE(r0, r1, 0, 4, 1, 5), high01 = INTAGLIO_SHUFFLE(r0, r1, 2, 6, 3, 7);
      const f32x4 low23 = INTAGLIO_SHUFFLE(r2, r3, 0, 4, 1, 5), high23 = INTAGLIO_SHUFFLE(r2, r3, 2, 6, 3, 7);
      float* const to = destination + column * destination_stride + row;
      four_store(to, INTAGLIO_SHUFFLE(low01, low23, 0, 1, 4, 5));
      four_store(to + destination_stride, INTAGLIO_SHUFFLE(low01, low23, 2, 3, 6, 7));
      four_store(to + 2 * destination_stride, INTAGLIO_SHUFFLE(high01, high23, 0, 1, 4, 5));
      four_store(to + 3 * destination_stride, INTAGLIO_SHUFFLE(high01, high23, 2, 3, 6, 7));
    }
  }
}

#undef INTAGLIO_HALVES_1
#undef INTAGLIO_HALVES_2
#undef INTAGLIO_HALVES_3
#undef INTAGLIO_HORIZONTAL
#undef INTAGLIO_SHUFFLE

}  // namespace intaglio

/// accumulator = a * b + accumulator; as f32x8_multiply_add, and fused on every processor.
#define INTAGLIO_ACCUMULATE(accumulator, a, b) (accumulator) = ::intaglio::f32x8_multiply_add(a, b, accumulator)
#define INTAGLIO_ACCUMULATE_FUSED(accumulator, a, b) (accumulator) = ::intaglio::f32x8_fma(a, b, accumulator)
/// See simd_avx2.h.
#define INTAGLIO_SETTLE(...) INTAGLIO_STEP_BARRIER()

#endif
