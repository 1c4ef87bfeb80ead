// Sums in the order that strict numerics define (docs/numerics.md), as naive loops for expected values.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cmath>
#include <cstddef>
#include <vector>

namespace intaglio::kernel_test {

/// 16 partial sums by index, then the fixed tree; `take(partial, element)` adds one element to its partial sum.
template <class Take>
float partial_sums(const std::vector<float>& elements, Take take) {
  float partials[16] = {};
  for (size_t i = 0; i < elements.size(); ++i) partials[i % 16] = take(partials[i % 16], elements[i]);
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) partials[i] += partials[i + half];
  }
  return partials[0];
}

inline float sum(const std::vector<float>& elements) {
  return partial_sums(elements, [](float p, float x) { return p + x; });
}

inline float mean(const std::vector<float>& elements) { return sum(elements) / static_cast<float>(elements.size()); }

/// Biased variance around `center`.
inline float variance(const std::vector<float>& elements, float center) {
  return partial_sums(elements, [center](float p, float x) { return std::fmaf(x - center, x - center, p); }) /
         static_cast<float>(elements.size());
}

}  // namespace intaglio::kernel_test
