// Functions over contiguous floats that reductions, Softmax and normalisations share: sums in the order of
// docs/numerics.md (16 partial sums, fixed tree) and extremes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>

#include "backend/emitter.h"

namespace intaglio {

/// What is summed; `shift` is the function's last argument.
enum class SumTerm {
  value,
  magnitude,
  square,
  exponential,
  squared_deviation
};  ///< x, |x|, x^2, exp(x - shift), (x - shift)^2

/// Name of `float f(const float* x, ptrdiff_t count[, float shift])`.
std::string contiguous_sum(SumTerm term, Emitter& emitter);

/// Name of `float f(const float* x, ptrdiff_t count)`: the largest (smallest) element; NaN when there is one.
/// Infinite when empty.
std::string contiguous_extreme(bool largest, Emitter& emitter);

}  // namespace intaglio
