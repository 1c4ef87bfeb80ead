// Stands in for intaglio/simd_avx512.h where a machine has AVX2 but no AVX-512: the same vocabulary of 16 lanes, of two
// vectors of 8, so that tests run what is generated for AVX-512 there too.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef INTAGLIO_SIMD_AVX512_H
#define INTAGLIO_SIMD_AVX512_H

#include "simd_avx2.h"

namespace intaglio {

struct f32x16 {
  f32x8 low, high;
};

static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x16_low(f32x16 v) { return v.low; }
static inline INTAGLIO_ALWAYS_INLINE f32x8 f32x16_high(f32x16 v) { return v.high; }
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_join(f32x8 low, f32x8 high) {
  const f32x16 v = {low, high};
  return v;
}
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_middle(f32x16 a, f32x16 b) { return f32x16_join(a.high, b.low); }

static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_load(const float* p) {
  return f32x16_join(f32x8_load(p), f32x8_load(p + 8));
}
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_load_once(const float* p) { return f32x16_load(p); }
static inline INTAGLIO_ALWAYS_INLINE void f32x16_store(float* p, f32x16 v) {
  f32x8_store(p, v.low);
  f32x8_store(p + 8, v.high);
}
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_splat(float x) {
  return f32x16_join(f32x8_splat(x), f32x8_splat(x));
}
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_splat_load_pair(const float* low, const float* high) {
  return f32x16_join(f32x8_splat_load(low), f32x8_splat_load(high));
}
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_splat_load(const float* p) { return f32x16_splat_load_pair(p, p); }
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_repeat_load(const float* p) {
  return f32x16_join(f32x8_load(p), f32x8_load(p));
}

/// Defines a function that applies that of 8 lanes to both halves.
#define INTAGLIO_HALVES_1(name)                                         \
  static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_##name(f32x16 v) { \
    return f32x16_join(f32x8_##name(v.low), f32x8_##name(v.high));      \
  }
#define INTAGLIO_HALVES_2(name)                                                   \
  static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_##name(f32x16 a, f32x16 b) { \
    return f32x16_join(f32x8_##name(a.low, b.low), f32x8_##name(a.high, b.high)); \
  }
#define INTAGLIO_HALVES_3(name)                                                                  \
  static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_##name(f32x16 a, f32x16 b, f32x16 c) {      \
    return f32x16_join(f32x8_##name(a.low, b.low, c.low), f32x8_##name(a.high, b.high, c.high)); \
  }
INTAGLIO_HALVES_2(add)
INTAGLIO_HALVES_2(sub)
INTAGLIO_HALVES_2(mul)
INTAGLIO_HALVES_1(neg)
INTAGLIO_HALVES_3(fma)
#undef INTAGLIO_HALVES_1
#undef INTAGLIO_HALVES_2
#undef INTAGLIO_HALVES_3

template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_spread4(f32x16 v) {
  return f32x16_join(f32x8_spread4<lane>(v.low), f32x8_spread4<lane>(v.high));
}
template <int lane>
static inline INTAGLIO_ALWAYS_INLINE f32x16 f32x16_spread2(f32x16 v) {
  return f32x16_join(f32x8_spread2<lane>(v.low), f32x8_spread2<lane>(v.high));
}

}  // namespace intaglio

#define INTAGLIO_ACCUMULATE_WIDE(accumulator, a, b) (accumulator) = ::intaglio::f32x16_fma(a, b, accumulator)
/// Pairs of vectors are no operands of __asm__.
#undef INTAGLIO_SETTLE
#define INTAGLIO_SETTLE(...) INTAGLIO_STEP_BARRIER()

#endif
