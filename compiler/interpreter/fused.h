// Multiply-add in both numerics: double products and sums for reference, correctly rounded float32 fma for strict; and
// the panel kernel that convolutions and matrix products share.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>

namespace intaglio::interpreter {

/// a b + c with one rounding, on every host, whether it has the instruction or not.
float fused_multiply_add(float a, float b, float c);

inline float multiply_add(float a, float b, float c) { return fused_multiply_add(a, b, c); }
inline double multiply_add(double a, double b, double c) { return a * b + c; }

/// Columns of a panel.
inline constexpr int64_t panel_columns = 8;

/// accumulators[row][column] += sum over k ascending of weights[row * weights_stride + k] * panel[k][column],
/// for `rows` rows and panel_columns columns; panel and accumulators are dense.
void accumulate_panel(double* accumulators, const float* weights, int64_t weights_stride, int64_t rows,
                      const float* panel, int64_t depth);
void accumulate_panel(float* accumulators, const float* weights, int64_t weights_stride, int64_t rows,
                      const float* panel, int64_t depth);

}  // namespace intaglio::interpreter
