// The 8-lane vocabulary for x86 with AVX-512: that of AVX2, and vectors of 16 lanes that hold two blocks of channels
// for the register tiles of convolutions.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_SIMD_AVX512_H
#define INTAGLIO_SIMD_AVX512_H

#include "simd_avx2.h"

#if !defined(__AVX512F__) || !defined(__AVX512VL__) || !defined(__AVX512DQ__)
#error "simd_avx512.h needs -mavx512f -mavx512vl -mavx512dq"
#endif

namespace intaglio {

typedef __m512 f32x16;

// Masks of all lanes: g++ 12 warns of an uninitialised value in the plain forms of some intrinsics.

static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_load(const float* p) { return _mm512_loadu_ps(p); }
static inline INTAGLIO_ALWAYS_INLINE void f32x16_store(float* p, f32x16 v) { _mm512_storeu_ps(p, v); }
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_splat(float x) { return _mm512_set1_ps(x); }
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_splat_load(const float* p) { return _mm512_set1_ps(*p); }
/// The float at low in lanes 0 to 7, that at high in lanes 8 to 15.
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_splat_load_pair(const float* low, const float* high) {
  return _mm512_mask_broadcastss_ps(_mm512_set1_ps(*low), 0xff00, _mm_load_ss(high));
}
/// The 8 floats at p in both halves.
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_repeat_load(const float* p) {
  return _mm512_maskz_broadcast_f32x8(0xffff, _mm256_loadu_ps(p));
}
/// For values that serve several times: the compiler does not read them again at every use.
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_load_once(const float* p) {
  f32x16 v = _mm512_loadu_ps(p);
  __asm__("" : "+v"(v));
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_add(f32x16 a, f32x16 b) { return _mm512_add_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_sub(f32x16 a, f32x16 b) { return _mm512_sub_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_mul(f32x16 a, f32x16 b) { return _mm512_mul_ps(a, b); }
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_neg(f32x16 v) { return _mm512_xor_ps(v, _mm512_set1_ps(-0.0f)); }
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_fma(f32x16 a, f32x16 b, f32x16 c) {
  return _mm512_fmadd_ps(a, b, c);
}
/// Lanes 0 to 7, and 8 to 15.
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x16_low(f32x16 v) { return _mm512_maskz_extractf32x8_ps(0xff, v, 0); }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x16_high(f32x16 v) { return _mm512_maskz_extractf32x8_ps(0xff, v, 1); }
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_join(f32x8 low, f32x8 high) {
  return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
/// The upper half of a, then the lower half of b.
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_middle(f32x16 a, f32x16 b) {
  return _mm512_castsi512_ps(_mm512_maskz_alignr_epi64(0xff, _mm512_castps_si512(b), _mm512_castps_si512(a), 4));
}
template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_spread4(f32x16 v) {
  static_assert(0 <= lane && lane < 4, "a lane of a group of four");
  return _mm512_maskz_permute_ps(0xffff, v, lane * 0x55);
}
template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_spread2(f32x16 v) {
  static_assert(0 <= lane && lane < 2, "a lane of a pair");
  return _mm512_maskz_permute_ps(0xffff, v, lane == 0 ? 0xa0 : 0xf5);
}

}  // namespace intaglio

/// INTAGLIO_ACCUMULATE and INTAGLIO_ACCUMULATE_FUSED of 16 lanes.
#if defined(__clang__)
#define INTAGLIO_ACCUMULATE_WIDE(accumulator, a, b) (accumulator) = ::intaglio::f32x16_fma(a, b, accumulator)
#else
#define INTAGLIO_ACCUMULATE_WIDE(accumulator, a, b) INTAGLIO_ACCUMULATE(accumulator, a, b)
#endif

#endif
