// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/axes.h"

namespace intaglio {

std::vector<Axis> merged_axes(const std::vector<int64_t>& extents, const std::vector<std::vector<int64_t>>& strides) {
  std::vector<Axis> axes;
  for (size_t position = 0; position < extents.size(); ++position) {
    if (extents[position] == 1) continue;
    Axis next{extents[position], {}, position};
    bool continues = !axes.empty();
    for (size_t operand = 0; operand < strides.size(); ++operand) {
      next.strides.push_back(strides[operand][position]);
      continues = continues && axes.back().strides[operand] == next.extent * next.strides[operand];
    }
    if (continues) next.extent *= axes.back().extent, axes.pop_back();
    axes.push_back(next);
  }
  return axes;
}

}  // namespace intaglio
