// The order in which elements are summed by reductions, norms and softmax: 16 partial sums and a fixed tree
// (docs/numerics.md). Real is float in strict numerics and double in reference numerics,
// which therefore differ in precision alone.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <array>
#include <cstdint>

namespace intaglio::interpreter {

/// Sum over i < count, where add(partial, i) returns a partial sum with element i added.
template <class Real, class Add>
Real ordered_sum(int64_t count, Add&& add) {
  std::array<Real, 16> partials{};
  for (int64_t i = 0; i < count; ++i) {
    Real& partial = partials[static_cast<size_t>(i % 16)];
    partial = add(partial, i);
  }
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) partials[i] += partials[i + half];
  }
  return partials[0];
}

}  // namespace intaglio::interpreter
