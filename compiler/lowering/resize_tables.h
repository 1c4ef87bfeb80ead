// Source positions and weights of Resize along one axis (ONNX Resize-19), computed in double and rounded once.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <vector>

#include "ir/operators.h"

namespace intaglio::lowering {

/// For each output position `taps` source indices and, unless nearest, as many weights.
struct AxisTable {
  int64_t taps = 1;
  std::vector<int32_t> indices;
  std::vector<float> weights;
};

/// Table for an axis of `in` elements resized to `out` by `scale`.
AxisTable resize_table(const Resize& resize, int64_t in, int64_t out, float scale);

}  // namespace intaglio::lowering
