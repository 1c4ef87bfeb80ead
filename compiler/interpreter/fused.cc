// Each kernel has two bodies with the same results: plain C++ and AVX2. Where there is no fma instruction, product and
// sum are formed in double and rounded to odd before the rounding to float32 (Boldo and Melquiond, "Emulation of a FMA
// and correctly rounded sums: proved algorithms using rounding to odd", 2008).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2")  // the interpreter's hot loops, also in debug builds
#endif

#include "interpreter/fused.h"

#include <algorithm>
#include <bit>
#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace intaglio::interpreter {

namespace {

inline float emulated_fma(float a, float b, float c) {
  const double product = static_cast<double>(a) * b;  // exact: 24 + 24 bits
  const double addend = c;
  const double sum = product + addend;
  const double back = sum - product;
  const double error = (product - (sum - back)) + (addend - back);  // sum + error is exact; NaN when sum is not finite
  const uint64_t bits = std::bit_cast<uint64_t>(sum);
  if (!(error != 0) || error != error || (bits & 1) != 0) return static_cast<float>(sum);
  // Inexact with an even last bit: the odd neighbour on the side of the error.
  const bool away_from_zero = (error > 0) == (sum > 0);
  return static_cast<float>(std::bit_cast<double>(away_from_zero ? bits + 1 : bits - 1));
}

/// Rows of a panel that share each loaded panel row.
template <class Accumulator, int64_t Rows>
void accumulate_rows(Accumulator* accumulators, const float* weights, int64_t weights_stride, const float* panel,
                     int64_t depth) {
  Accumulator sums[Rows][panel_columns];
  std::copy_n(accumulators, Rows * panel_columns, &sums[0][0]);
  for (int64_t k = 0; k < depth; ++k, panel += panel_columns) {
    for (int64_t row = 0; row < Rows; ++row) {
      const Accumulator weight = weights[row * weights_stride + k];
      for (int64_t column = 0; column < panel_columns; ++column) {
        if constexpr (sizeof(Accumulator) == sizeof(double)) {
          sums[row][column] += weight * static_cast<double>(panel[column]);
        } else {
#if defined(FP_FAST_FMAF)
          sums[row][column] = std::fmaf(weight, panel[column], sums[row][column]);
#else
          sums[row][column] = emulated_fma(weight, panel[column], sums[row][column]);
#endif
        }
      }
    }
  }
  std::copy_n(&sums[0][0], Rows * panel_columns, accumulators);
}

template <class Accumulator>
void accumulate(Accumulator* accumulators, const float* weights, int64_t weights_stride, int64_t rows,
                const float* panel, int64_t depth) {
  int64_t row = 0;
  for (; row + 2 <= rows; row += 2) {
    accumulate_rows<Accumulator, 2>(accumulators + row * panel_columns, weights + row * weights_stride, weights_stride,
                                    panel, depth);
  }
  if (row < rows) {
    accumulate_rows<Accumulator, 1>(accumulators + row * panel_columns, weights + row * weights_stride, weights_stride,
                                    panel, depth);
  }
}

#if defined(__x86_64__)

const bool host_has_avx2 = __builtin_cpu_supports("avx2");
const bool host_has_fma = host_has_avx2 && __builtin_cpu_supports("fma");

/// The strict kernel for `Rows` rows: the same operations as accumulate_rows, eight at once.
template <int64_t Rows>
__attribute__((target("avx2,fma"))) void accumulate_rows_avx2(float* accumulators, const float* weights,
                                                              int64_t weights_stride, const float* panel,
                                                              int64_t depth) {
  __m256 sums[Rows];
  for (int64_t row = 0; row < Rows; ++row) sums[row] = _mm256_loadu_ps(accumulators + row * panel_columns);
  for (int64_t k = 0; k < depth; ++k) {
    const __m256 x = _mm256_loadu_ps(panel + k * panel_columns);
    for (int64_t row = 0; row < Rows; ++row) {
      sums[row] = _mm256_fmadd_ps(_mm256_set1_ps(weights[row * weights_stride + k]), x, sums[row]);
    }
  }
  for (int64_t row = 0; row < Rows; ++row) _mm256_storeu_ps(accumulators + row * panel_columns, sums[row]);
}

/// The reference kernel: products and sums round apart, as everywhere, so the result does not depend on the host.
template <int64_t Rows>
__attribute__((target("avx2"))) void accumulate_rows_avx2(double* accumulators, const float* weights,
                                                          int64_t weights_stride, const float* panel, int64_t depth) {
  __m256d low[Rows];
  __m256d high[Rows];
  for (int64_t row = 0; row < Rows; ++row) {
    low[row] = _mm256_loadu_pd(accumulators + row * panel_columns);
    high[row] = _mm256_loadu_pd(accumulators + row * panel_columns + 4);
  }
  for (int64_t k = 0; k < depth; ++k) {
    const __m256d x_low = _mm256_cvtps_pd(_mm_loadu_ps(panel + k * panel_columns));
    const __m256d x_high = _mm256_cvtps_pd(_mm_loadu_ps(panel + k * panel_columns + 4));
    for (int64_t row = 0; row < Rows; ++row) {
      const __m256d weight = _mm256_cvtps_pd(_mm_set1_ps(weights[row * weights_stride + k]));
      low[row] = _mm256_add_pd(low[row], _mm256_mul_pd(weight, x_low));
      high[row] = _mm256_add_pd(high[row], _mm256_mul_pd(weight, x_high));
    }
  }
  for (int64_t row = 0; row < Rows; ++row) {
    _mm256_storeu_pd(accumulators + row * panel_columns, low[row]);
    _mm256_storeu_pd(accumulators + row * panel_columns + 4, high[row]);
  }
}

template <class Accumulator>
void accumulate_avx2(Accumulator* accumulators, const float* weights, int64_t weights_stride, int64_t rows,
                     const float* panel, int64_t depth) {
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    accumulate_rows_avx2<4>(accumulators + row * panel_columns, weights + row * weights_stride, weights_stride, panel,
                            depth);
  }
  for (; row < rows; ++row) {
    accumulate_rows_avx2<1>(accumulators + row * panel_columns, weights + row * weights_stride, weights_stride, panel,
                            depth);
  }
}

#endif

}  // namespace

float fused_multiply_add(float a, float b, float c) {
#if defined(FP_FAST_FMAF)
  return std::fmaf(a, b, c);
#else
  return emulated_fma(a, b, c);
#endif
}

void accumulate_panel(double* accumulators, const float* weights, int64_t weights_stride, int64_t rows,
                      const float* panel, int64_t depth) {
#if defined(__x86_64__)
  if (host_has_avx2) return accumulate_avx2(accumulators, weights, weights_stride, rows, panel, depth);
#endif
  accumulate(accumulators, weights, weights_stride, rows, panel, depth);
}

void accumulate_panel(float* accumulators, const float* weights, int64_t weights_stride, int64_t rows,
                      const float* panel, int64_t depth) {
#if defined(__x86_64__)
  if (host_has_fma) return accumulate_avx2(accumulators, weights, weights_stride, rows, panel, depth);
#endif
  accumulate(accumulators, weights, weights_stride, rows, panel, depth);
}

}  // namespace intaglio::interpreter
