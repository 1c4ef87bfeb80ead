// The 8-lane vocabulary in plain C++: the definition of what every simd_<isa>.h computes,
// bit for bit (NaN payloads excepted).
//
// f32x8 holds 8 floats, i32x8 8 integers, mask8 8 conditions; all are used through these functions only. Vector
// pointers need no alignment beyond that of float.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_SIMD_SCALAR_H
#define INTAGLIO_SIMD_SCALAR_H
#ifdef INTAGLIO_VOCABULARY
#error "one translation unit uses one simd_<isa>.h"
#endif
#define INTAGLIO_VOCABULARY "scalar"

#include <stddef.h>
#include <stdint.h>

#include "lane.h"
#include "macros.h"

namespace intaglio {

struct f32x8 {
  float lane[8];
};
struct i32x8 {
  int32_t lane[8];
};
/// All ones or zero in each lane.
struct mask8 {
  uint32_t lane[8];
};

/// The eight values of a macro INTAGLIO_LANE(i). Spelled out: compilers keep lanes with constant indices in registers.
#define INTAGLIO_LANES                                                                                            \
  {                                                                                                               \
    {                                                                                                             \
      INTAGLIO_LANE(0), INTAGLIO_LANE(1), INTAGLIO_LANE(2), INTAGLIO_LANE(3), INTAGLIO_LANE(4), INTAGLIO_LANE(5), \
          INTAGLIO_LANE(6), INTAGLIO_LANE(7)                                                                      \
    }                                                                                                             \
  }
/// Defines a function whose lane i is the result of `function` on lane i of its operands.
#define INTAGLIO_LANEWISE_1(name, result_type, type, function)                                                         \
  static inline INTAGLIO_ALWAYS_INLINE result_type name(type v) {                                                      \
    const result_type result = {{function(v.lane[0]), function(v.lane[1]), function(v.lane[2]), function(v.lane[3]),   \
                                 function(v.lane[4]), function(v.lane[5]), function(v.lane[6]), function(v.lane[7])}}; \
    return result;                                                                                                     \
  }
#define INTAGLIO_LANEWISE_2(name, result_type, type, function)                                     \
  static inline INTAGLIO_ALWAYS_INLINE result_type name(type a, type b) {                          \
    const result_type result = {{function(a.lane[0], b.lane[0]), function(a.lane[1], b.lane[1]),   \
                                 function(a.lane[2], b.lane[2]), function(a.lane[3], b.lane[3]),   \
                                 function(a.lane[4], b.lane[4]), function(a.lane[5], b.lane[5]),   \
                                 function(a.lane[6], b.lane[6]), function(a.lane[7], b.lane[7])}}; \
    return result;                                                                                 \
  }
#define INTAGLIO_LANEWISE_3(name, result_type, type_a, type, function)                                                 \
  static inline INTAGLIO_ALWAYS_INLINE result_type name(type_a a, type b, type c) {                                    \
    const result_type result = {{function(a.lane[0], b.lane[0], c.lane[0]), function(a.lane[1], b.lane[1], c.lane[1]), \
                                 function(a.lane[2], b.lane[2], c.lane[2]), function(a.lane[3], b.lane[3], c.lane[3]), \
                                 function(a.lane[4], b.lane[4], c.lane[4]), function(a.lane[5], b.lane[5], c.lane[5]), \
                                 function(a.lane[6], b.lane[6], c.lane[6]),                                            \
                                 function(a.lane[7], b.lane[7], c.lane[7])}};                                          \
    return result;                                                                                                     \
  }

// ---- memory -------------------------------------------------------------------------------------------------------

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_splat(float x) {
  const f32x8 v = {{x, x, x, x, x, x, x, x}};
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_zero() { return f32x8_splat(0.0f); }
/// *p in every lane.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_splat_load(const float* p) { return f32x8_splat(*p); }

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_load(const float* p) {
  const f32x8 v = {{p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]}};
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE void f32x8_store(float* p, f32x8 v) {
  p[0] = v.lane[0], p[1] = v.lane[1], p[2] = v.lane[2], p[3] = v.lane[3];
  p[4] = v.lane[4], p[5] = v.lane[5], p[6] = v.lane[6], p[7] = v.lane[7];
}
/// The first n (0 to 8) lanes; the others are +0 and their memory is not touched.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_load_partial(const float* p, ptrdiff_t n) {
#define INTAGLIO_LANE(i) (i) < n ? p[i] : 0.0f
  const f32x8 v = INTAGLIO_LANES;
#undef INTAGLIO_LANE
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE void f32x8_store_partial(float* p, f32x8 v, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; ++i) p[i] = v.lane[i];
}
/// Lane i is p[i * stride].
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_gather(const float* p, ptrdiff_t stride) {
#define INTAGLIO_LANE(i) p[(i)*stride]
  const f32x8 v = INTAGLIO_LANES;
#undef INTAGLIO_LANE
  return v;
}
/// Lane i is p[offsets[i]].
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_gather_offsets(const float* p, const int32_t offsets[8]) {
#define INTAGLIO_LANE(i) p[offsets[i]]
  const f32x8 v = INTAGLIO_LANES;
#undef INTAGLIO_LANE
  return v;
}

// ---- arithmetic: each operation rounds once -----------------------------------------------------------------------

static inline INTAGLIO_ALWAYS_INLINE float lane_add(float a, float b) { return a + b; }
static inline INTAGLIO_ALWAYS_INLINE float lane_sub(float a, float b) { return a - b; }
static inline INTAGLIO_ALWAYS_INLINE float lane_mul(float a, float b) { return a * b; }
static inline INTAGLIO_ALWAYS_INLINE float lane_div(float a, float b) { return a / b; }
static inline INTAGLIO_ALWAYS_INLINE float lane_neg(float x) { return lane_from_bits(lane_bits(x) ^ 0x80000000u); }
static inline INTAGLIO_ALWAYS_INLINE float lane_multiply_add(float a, float b, float c) {
#if defined(__FP_FAST_FMAF)
  return lane_fma(a, b, c);
#else
  return a * b + c;
#endif
}
static inline INTAGLIO_ALWAYS_INLINE float lane_fnma(float a, float b, float c) { return lane_fma(lane_neg(a), b, c); }

INTAGLIO_LANEWISE_2(f32x8_add, f32x8, f32x8, lane_add)
INTAGLIO_LANEWISE_2(f32x8_sub, f32x8, f32x8, lane_sub)
/// The product. A compiler may contract it with a following sum; where that must not be, f32x8_rounded stands between.
INTAGLIO_LANEWISE_2(f32x8_mul, f32x8, f32x8, lane_mul)
INTAGLIO_LANEWISE_2(f32x8_div, f32x8, f32x8, lane_div)
/// a * b + c, fused.
INTAGLIO_LANEWISE_3(f32x8_fma, f32x8, f32x8, f32x8, lane_fma)
/// a * b + c, fused where the processor does that as fast, else rounded twice.
INTAGLIO_LANEWISE_3(f32x8_multiply_add, f32x8, f32x8, f32x8, lane_multiply_add)
/// c - a * b, fused.
INTAGLIO_LANEWISE_3(f32x8_fnma, f32x8, f32x8, f32x8, lane_fnma)
INTAGLIO_LANEWISE_1(f32x8_sqrt, f32x8, f32x8, lane_sqrt)
/// v, behind a barrier that the compiler cannot contract across.
INTAGLIO_LANEWISE_1(f32x8_rounded, f32x8, f32x8, lane_rounded)

INTAGLIO_LANEWISE_1(f32x8_neg, f32x8, f32x8, lane_neg)
INTAGLIO_LANEWISE_1(f32x8_abs, f32x8, f32x8, lane_abs)
/// The first operand's magnitude with the second one's sign.
INTAGLIO_LANEWISE_2(f32x8_copysign, f32x8, f32x8, lane_copysign)
INTAGLIO_LANEWISE_1(f32x8_floor, f32x8, f32x8, lane_floor)
INTAGLIO_LANEWISE_1(f32x8_ceil, f32x8, f32x8, lane_ceil)
INTAGLIO_LANEWISE_1(f32x8_trunc, f32x8, f32x8, lane_trunc)
INTAGLIO_LANEWISE_1(f32x8_round_even, f32x8, f32x8, lane_round_even)

// ---- comparison and selection: false with NaN ---------------------------------------------------------------------

static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_lt(float a, float b) { return lane_mask(a < b); }
static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_le(float a, float b) { return lane_mask(a <= b); }
static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_gt(float a, float b) { return lane_mask(a > b); }
static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_ge(float a, float b) { return lane_mask(a >= b); }
static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_eq(float a, float b) { return lane_mask(a == b); }
static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_and(uint32_t a, uint32_t b) { return a & b; }
static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_or(uint32_t a, uint32_t b) { return a | b; }
static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_not(uint32_t a) { return ~a; }

INTAGLIO_LANEWISE_2(f32x8_lt, mask8, f32x8, lane_lt)
INTAGLIO_LANEWISE_2(f32x8_le, mask8, f32x8, lane_le)
INTAGLIO_LANEWISE_2(f32x8_gt, mask8, f32x8, lane_gt)
INTAGLIO_LANEWISE_2(f32x8_ge, mask8, f32x8, lane_ge)
INTAGLIO_LANEWISE_2(f32x8_eq, mask8, f32x8, lane_eq)
INTAGLIO_LANEWISE_2(mask8_and, mask8, mask8, lane_and)
INTAGLIO_LANEWISE_2(mask8_or, mask8, mask8, lane_or)
INTAGLIO_LANEWISE_1(mask8_not, mask8, mask8, lane_not)
/// a where the mask is set, else b.
INTAGLIO_LANEWISE_3(f32x8_select, f32x8, mask8, f32x8, lane_select)

static inline INTAGLIO_ALWAYS_INLINE float lane_max(float a, float b) { return a > b ? a : b; }
static inline INTAGLIO_ALWAYS_INLINE float lane_min(float a, float b) { return a < b ? a : b; }
static inline INTAGLIO_ALWAYS_INLINE float lane_max_nan(float a, float b) {
  return lane_select(lane_mask(a != a), a, lane_max(a, b));
}
static inline INTAGLIO_ALWAYS_INLINE float lane_min_nan(float a, float b) {
  return lane_select(lane_mask(a != a), a, lane_min(a, b));
}
/// a > b ? a : b. The result is b when either is NaN and when both are zero:
/// max(zero, x) passes a NaN and the sign of x = -0.
INTAGLIO_LANEWISE_2(f32x8_max, f32x8, f32x8, lane_max)
/// a < b ? a : b.
INTAGLIO_LANEWISE_2(f32x8_min, f32x8, f32x8, lane_min)
/// The same, but NaN in either operand gives NaN.
INTAGLIO_LANEWISE_2(f32x8_max_nan, f32x8, f32x8, lane_max_nan)
INTAGLIO_LANEWISE_2(f32x8_min_nan, f32x8, f32x8, lane_min_nan)

// ---- integers: wrap around ----------------------------------------------------------------------------------------

static inline INTAGLIO_ALWAYS_INLINE int32_t lane_wrap(uint32_t bits) {
  int32_t value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}
static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_unsigned(int32_t value) { return static_cast<uint32_t>(value); }
static inline INTAGLIO_ALWAYS_INLINE int32_t lane_integer_add(int32_t a, int32_t b) {
  return lane_wrap(lane_unsigned(a) + lane_unsigned(b));
}
static inline INTAGLIO_ALWAYS_INLINE int32_t lane_integer_sub(int32_t a, int32_t b) {
  return lane_wrap(lane_unsigned(a) - lane_unsigned(b));
}
static inline INTAGLIO_ALWAYS_INLINE int32_t lane_integer_and(int32_t a, int32_t b) { return a & b; }
static inline INTAGLIO_ALWAYS_INLINE int32_t lane_integer_or(int32_t a, int32_t b) { return a | b; }
template <int count>
static inline INTAGLIO_ALWAYS_INLINE int32_t lane_shift_left(int32_t v) {
  return lane_wrap(lane_unsigned(v) << count);
}
template <int count>
static inline INTAGLIO_ALWAYS_INLINE int32_t lane_shift_right(int32_t v) {
  return v >> count;
}
static inline INTAGLIO_ALWAYS_INLINE uint32_t lane_integer_lt(int32_t a, int32_t b) { return lane_mask(a < b); }
static inline INTAGLIO_ALWAYS_INLINE int32_t lane_integer_select(uint32_t mask, int32_t a, int32_t b) {
  return lane_wrap((lane_unsigned(a) & mask) | (lane_unsigned(b) & ~mask));
}
static inline INTAGLIO_ALWAYS_INLINE int32_t lane_signed_bits(float x) { return lane_wrap(lane_bits(x)); }
static inline INTAGLIO_ALWAYS_INLINE float lane_from_signed_bits(int32_t x) { return lane_from_bits(lane_unsigned(x)); }
/// Values outside int32 and NaN give some integer: C++ leaves them undefined, so they are replaced by 0 first.
static inline INTAGLIO_ALWAYS_INLINE int32_t lane_to_integer(float x) {
  return static_cast<int32_t>(lane_from_bits(lane_bits(x) & lane_mask(lane_abs(x) < 2147483648.0f)));
}
static inline INTAGLIO_ALWAYS_INLINE float lane_from_integer(int32_t x) { return static_cast<float>(x); }

static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_splat(int32_t x) {
  const i32x8 v = {{x, x, x, x, x, x, x, x}};
  return v;
}
INTAGLIO_LANEWISE_2(i32x8_add, i32x8, i32x8, lane_integer_add)
INTAGLIO_LANEWISE_2(i32x8_sub, i32x8, i32x8, lane_integer_sub)
INTAGLIO_LANEWISE_2(i32x8_and, i32x8, i32x8, lane_integer_and)
INTAGLIO_LANEWISE_2(i32x8_or, i32x8, i32x8, lane_integer_or)
template <int count>
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_shift_left(i32x8 v) {
#define INTAGLIO_LANE(i) lane_shift_left<count>(v.lane[i])
  const i32x8 result = INTAGLIO_LANES;
#undef INTAGLIO_LANE
  return result;
}
/// Arithmetic: the sign is repeated.
template <int count>
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_shift_right(i32x8 v) {
#define INTAGLIO_LANE(i) lane_shift_right<count>(v.lane[i])
  const i32x8 result = INTAGLIO_LANES;
#undef INTAGLIO_LANE
  return result;
}
INTAGLIO_LANEWISE_2(i32x8_lt, mask8, i32x8, lane_integer_lt)
INTAGLIO_LANEWISE_3(i32x8_select, i32x8, mask8, i32x8, lane_integer_select)
/// The bits of a float and the float of given bits.
INTAGLIO_LANEWISE_1(f32x8_bits, i32x8, f32x8, lane_signed_bits)
INTAGLIO_LANEWISE_1(f32x8_from_bits, f32x8, i32x8, lane_from_signed_bits)
/// Toward zero; the result is unspecified for values outside int32.
INTAGLIO_LANEWISE_1(i32x8_from_f32x8, i32x8, f32x8, lane_to_integer)
/// Rounds to nearest even.
INTAGLIO_LANEWISE_1(f32x8_from_i32x8, f32x8, i32x8, lane_from_integer)

// ---- across lanes -------------------------------------------------------------------------------------------------

/// Lane `lane` of each half in all four lanes of that half.
template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_spread4(f32x8 v) {
  static_assert(0 <= lane && lane < 4, "a lane of a group of four");
  const float low = v.lane[lane], high = v.lane[lane + 4];
  const f32x8 result = {{low, low, low, low, high, high, high, high}};
  return result;
}
/// Lane `lane` of each pair in both lanes of that pair.
template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_spread2(f32x8 v) {
  static_assert(0 <= lane && lane < 2, "a lane of a pair");
#define INTAGLIO_LANE(i) v.lane[(i) / 2 * 2 + lane]
  const f32x8 result = INTAGLIO_LANES;
#undef INTAGLIO_LANE
  return result;
}

/// The eight lanes joined by `function` in the fixed tree i with i + 4, i with i + 2, i with i + 1.
#define INTAGLIO_HORIZONTAL(name, function)                                                    \
  static inline INTAGLIO_ALWAYS_INLINE float name(f32x8 v) {                                   \
    return function(function(function(v.lane[0], v.lane[4]), function(v.lane[2], v.lane[6])),  \
                    function(function(v.lane[1], v.lane[5]), function(v.lane[3], v.lane[7]))); \
  }
INTAGLIO_HORIZONTAL(f32x8_horizontal_sum, lane_add)
/// NaN in any lane gives NaN.
INTAGLIO_HORIZONTAL(f32x8_horizontal_max, lane_max_nan)
INTAGLIO_HORIZONTAL(f32x8_horizontal_min, lane_min_nan)

/// destination[j * destination_stride + i] = source[i * source_stride + j] for i, j in 0 to 7; the two do not overlap.
static inline INTAGLIO_ALWAYS_INLINE void f32x8_transpose_store(float* destination, ptrdiff_t destination_stride,
                                                                const float* source, ptrdiff_t source_stride) {
  for (ptrdiff_t j = 0; j < 8; ++j)
    f32x8_store(destination + j * destination_stride, f32x8_gather(source + j, source_stride));
}

#undef INTAGLIO_LANES
#undef INTAGLIO_LANEWISE_1
#undef INTAGLIO_LANEWISE_2
#undef INTAGLIO_LANEWISE_3
#undef INTAGLIO_HORIZONTAL

}  // namespace intaglio

/// accumulator = a * b + accumulator; as f32x8_multiply_add, and fused on every processor.
#define INTAGLIO_ACCUMULATE(accumulator, a, b) (accumulator) = ::intaglio::f32x8_multiply_add(a, b, accumulator)
#define INTAGLIO_ACCUMULATE_FUSED(accumulator, a, b) (accumulator) = ::intaglio::f32x8_fma(a, b, accumulator)
/// See simd_avx2.h.
#define INTAGLIO_SETTLE(...) INTAGLIO_STEP_BARRIER()

#endif
