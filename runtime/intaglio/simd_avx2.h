// The 8-lane vocabulary for x86 with AVX2 and FMA. simd_scalar.h says what each function computes.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_SIMD_AVX2_H
#define INTAGLIO_SIMD_AVX2_H
#ifdef INTAGLIO_VOCABULARY
#error "one translation unit uses one simd_<isa>.h"
#endif
#define INTAGLIO_VOCABULARY "avx2"

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "macros.h"

#if !defined(__AVX2__) || !defined(__FMA__)
#error "simd_avx2.h needs -mavx2 -mfma"
#endif

namespace intaglio {

typedef __m256 f32x8;
typedef __m256i i32x8;
typedef __m256 mask8;

// ---- memory -------------------------------------------------------------------------------------------------------

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_load(const float* p) { return _mm256_loadu_ps(p); }
static inline INTAGLIO_ALWAYS_INLINE void f32x8_store(float* p, f32x8 v) { _mm256_storeu_ps(p, v); }

static inline INTAGLIO_ALWAYS_INLINE __m256i avx2_first_lanes(ptrdiff_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_load_partial(const float* p, ptrdiff_t n) {
  return _mm256_maskload_ps(p, avx2_first_lanes(n));
}
static inline INTAGLIO_ALWAYS_INLINE void f32x8_store_partial(float* p, f32x8 v, ptrdiff_t n) {
  _mm256_maskstore_ps(p, avx2_first_lanes(n), v);
}

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_splat(float x) { return _mm256_set1_ps(x); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_splat_load(const float* p) { return _mm256_broadcast_ss(p); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_zero() { return _mm256_setzero_ps(); }

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_gather(const float* p, ptrdiff_t stride) {
  return _mm256_setr_ps(p[0], p[stride], p[2 * stride], p[3 * stride], p[4 * stride], p[5 * stride], p[6 * stride],
                        p[7 * stride]);
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_gather_offsets(const float* p, const int32_t offsets[8]) {
  return _mm256_setr_ps(p[offsets[0]], p[offsets[1]], p[offsets[2]], p[offsets[3]], p[offsets[4]], p[offsets[5]],
                        p[offsets[6]], p[offsets[7]]);
}

// ---- arithmetic ---------------------------------------------------------------------------------------------------

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_add(f32x8 a, f32x8 b) { return _mm256_add_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_sub(f32x8 a, f32x8 b) { return _mm256_sub_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_mul(f32x8 a, f32x8 b) { return _mm256_mul_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_div(f32x8 a, f32x8 b) { return _mm256_div_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_fma(f32x8 a, f32x8 b, f32x8 c) { return _mm256_fmadd_ps(a, b, c); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_multiply_add(f32x8 a, f32x8 b, f32x8 c) { return f32x8_fma(a, b, c); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_fnma(f32x8 a, f32x8 b, f32x8 c) { return _mm256_fnmadd_ps(a, b, c); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_sqrt(f32x8 v) { return _mm256_sqrt_ps(v); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_rounded(f32x8 v) {
  __asm__("" : "+x"(v));
  return v;
}

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_neg(f32x8 v) { return _mm256_xor_ps(v, _mm256_set1_ps(-0.0f)); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_abs(f32x8 v) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_copysign(f32x8 magnitude, f32x8 sign) {
  const f32x8 sign_bit = _mm256_set1_ps(-0.0f);
  return _mm256_or_ps(_mm256_andnot_ps(sign_bit, magnitude), _mm256_and_ps(sign_bit, sign));
}

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_floor(f32x8 v) {
  return _mm256_round_ps(v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_ceil(f32x8 v) {
  return _mm256_round_ps(v, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_trunc(f32x8 v) {
  return _mm256_round_ps(v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_round_even(f32x8 v) {
  return _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

// ---- comparison and selection -------------------------------------------------------------------------------------

static inline INTAGLIO_ALWAYS_INLINE mask8 f32x8_lt(f32x8 a, f32x8 b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
static inline INTAGLIO_ALWAYS_INLINE mask8 f32x8_le(f32x8 a, f32x8 b) { return _mm256_cmp_ps(a, b, _CMP_LE_OQ); }
static inline INTAGLIO_ALWAYS_INLINE mask8 f32x8_gt(f32x8 a, f32x8 b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
static inline INTAGLIO_ALWAYS_INLINE mask8 f32x8_ge(f32x8 a, f32x8 b) { return _mm256_cmp_ps(a, b, _CMP_GE_OQ); }
static inline INTAGLIO_ALWAYS_INLINE mask8 f32x8_eq(f32x8 a, f32x8 b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
static inline INTAGLIO_ALWAYS_INLINE mask8 mask8_and(mask8 a, mask8 b) { return _mm256_and_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE mask8 mask8_or(mask8 a, mask8 b) { return _mm256_or_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE mask8 mask8_not(mask8 a) {
  return _mm256_xor_ps(a, _mm256_castsi256_ps(_mm256_set1_epi32(-1)));
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_select(mask8 mask, f32x8 a, f32x8 b) {
  return _mm256_blendv_ps(b, a, mask);
}

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_max(f32x8 a, f32x8 b) { return _mm256_max_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_min(f32x8 a, f32x8 b) { return _mm256_min_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_max_nan(f32x8 a, f32x8 b) {
  return _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
}
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_min_nan(f32x8 a, f32x8 b) {
  return _mm256_blendv_ps(_mm256_min_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
}

// ---- integers -----------------------------------------------------------------------------------------------------

static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_splat(int32_t x) { return _mm256_set1_epi32(x); }
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_add(i32x8 a, i32x8 b) { return _mm256_add_epi32(a, b); }
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_sub(i32x8 a, i32x8 b) { return _mm256_sub_epi32(a, b); }
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_and(i32x8 a, i32x8 b) { return _mm256_and_si256(a, b); }
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_or(i32x8 a, i32x8 b) { return _mm256_or_si256(a, b); }
template <int count>
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_shift_left(i32x8 v) {
  return _mm256_slli_epi32(v, count);
}
template <int count>
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_shift_right(i32x8 v) {
  return _mm256_srai_epi32(v, count);
}
static inline INTAGLIO_ALWAYS_INLINE mask8 i32x8_lt(i32x8 a, i32x8 b) {
  return _mm256_castsi256_ps(_mm256_cmpgt_epi32(b, a));
}
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_select(mask8 mask, i32x8 a, i32x8 b) {
  return _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(b), _mm256_castsi256_ps(a), mask));
}
static inline INTAGLIO_ALWAYS_INLINE i32x8 f32x8_bits(f32x8 v) { return _mm256_castps_si256(v); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_from_bits(i32x8 v) { return _mm256_castsi256_ps(v); }
static inline INTAGLIO_ALWAYS_INLINE i32x8 i32x8_from_f32x8(f32x8 v) { return _mm256_cvttps_epi32(v); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_from_i32x8(i32x8 v) { return _mm256_cvtepi32_ps(v); }

// ---- across lanes -------------------------------------------------------------------------------------------------

template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_spread4(f32x8 v) {
  static_assert(0 <= lane && lane < 4, "a lane of a group of four");
  return _mm256_permute_ps(v, lane * 0x55);
}
template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x8_spread2(f32x8 v) {
  static_assert(0 <= lane && lane < 2, "a lane of a pair");
  return _mm256_permute_ps(v, lane == 0 ? 0xa0 : 0xf5);
}

static inline INTAGLIO_ALWAYS_INLINE float f32x8_horizontal_sum(f32x8 v) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}
static inline INTAGLIO_ALWAYS_INLINE float f32x8_horizontal_max(f32x8 v) {
  const f32x8 four = f32x8_max_nan(v, _mm256_permute2f128_ps(v, v, 1));
  const f32x8 two = f32x8_max_nan(four, _mm256_permute_ps(four, 0x4e));
  return _mm256_cvtss_f32(f32x8_max_nan(two, _mm256_permute_ps(two, 0xb1)));
}
static inline INTAGLIO_ALWAYS_INLINE float f32x8_horizontal_min(f32x8 v) {
  const f32x8 four = f32x8_min_nan(v, _mm256_permute2f128_ps(v, v, 1));
  const f32x8 two = f32x8_min_nan(four, _mm256_permute_ps(four, 0x4e));
  return _mm256_cvtss_f32(f32x8_min_nan(two, _mm256_permute_ps(two, 0xb1)));
}

/// Rows of four from the source's lower and upper half are joined while loading, so that only in-lane shuffles remain.
static inline INTAGLIO_ALWAYS_INLINE void f32x8_transpose_store(float* destination, ptrdiff_t destination_stride,
                                                                const float* source, ptrdiff_t source_stride) {
  for (int half = 0; half < 2; ++half) {
    const float* const column = source + 4 * half;
#define INTAGLIO_JOINED_ROWS(row)                                                          \
  _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(column + (row)*source_stride)), \
                       _mm_loadu_ps(column + ((row) + 4) * source_stride), 1)
    const f32x8 r0 = INTAGLIO_JOINED_ROWS(0), r1 = INTAGLIO_JOINED_ROWS(1);
    const f32x8 r2 = INTAGLIO_JOINED_ROWS(2), r3 = INTAGLIO_JOINED_ROWS(3);
#undef INTAGLIO_JOINED_ROWS
    const f32x8 low01 = _mm256_unpacklo_ps(r0, r1), high01 = _mm256_unpackhi_ps(r0, r1);
    const f32x8 low23 = _mm256_unpacklo_ps(r2, r3), high23 = _mm256_unpackhi_ps(r2, r3);
    float* const row = destination + 4 * half * destination_stride;
    _mm256_storeu_ps(row, _mm256_shuffle_ps(low01, low23, 0x44));
    _mm256_storeu_ps(row + destination_stride, _mm256_shuffle_ps(low01, low23, 0xee));
    _mm256_storeu_ps(row + 2 * destination_stride, _mm256_shuffle_ps(high01, high23, 0x44));
    _mm256_storeu_ps(row + 3 * destination_stride, _mm256_shuffle_ps(high01, high23, 0xee));
  }
}

}  // namespace intaglio

/// accumulator = a * b + accumulator.
/// Inline assembly on GCC: it may otherwise choose forms that overwrite a or b, and spill.
#if defined(__clang__)
#define INTAGLIO_ACCUMULATE(accumulator, a, b) (accumulator) = ::intaglio::f32x8_fma(a, b, accumulator)
#else
#define INTAGLIO_ACCUMULATE(accumulator, a, b) \
  __asm__("vfmadd231ps {%2, %1, %0|%0, %1, %2}" : INTAGLIO_KEPT(accumulator) : INTAGLIO_READ(a), INTAGLIO_READ(b))
#endif
#define INTAGLIO_ACCUMULATE_FUSED(accumulator, a, b) INTAGLIO_ACCUMULATE(accumulator, a, b)

/// Operands of __asm__ in vector registers: of 16, or of 32 with AVX-512VL.
#ifdef __AVX512VL__
#define INTAGLIO_KEPT(accumulator) "+v"(accumulator)
#define INTAGLIO_READ(value) "v"(value)
#else
#define INTAGLIO_KEPT(accumulator) "+x"(accumulator)
#define INTAGLIO_READ(value) "x"(value)
#endif

/// Stands after each step of a register tile, with its accumulators as INTAGLIO_KEPT: clang otherwise delays the last
/// products into the next step, where their operands take registers that accumulators need.
#if defined(__clang__)
#define INTAGLIO_SETTLE(...) __asm__ volatile("" : __VA_ARGS__ : : "memory")
#else
#define INTAGLIO_SETTLE(...) INTAGLIO_STEP_BARRIER()
#endif

#endif
