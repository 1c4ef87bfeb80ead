// Axes of nested loops over strided operands, as few as possible.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace intaglio {

struct Axis {
  int64_t extent = 1;
  std::vector<int64_t> strides;  ///< what a step adds to the offset of each operand, in elements
  size_t position = 0;           ///< of the innermost axis that went into it, among those given
};

/// Axes of `extents` with the strides of each operand, outermost first: axes of one step disappear, and neighbours that
/// every operand walks as one become one.
std::vector<Axis> merged_axes(const std::vector<int64_t>& extents, const std::vector<std::vector<int64_t>>& strides);

}  // namespace intaglio
