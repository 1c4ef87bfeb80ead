// Chooses the implementation of the 8-lane vocabulary from what the compiler targets.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_SIMD_H
#define INTAGLIO_SIMD_H

#include "macros.h"

#if defined(__AVX2__) && defined(__FMA__)
#include "simd_avx2.h"
#elif defined(__SSE2__) || defined(__ARM_NEON) || defined(__ALTIVEC__) || defined(__wasm_simd128__)
#include "simd_portable.h"
#else
#include "simd_scalar.h"
#endif

#endif
