// Source positions and weights of Resize along one axis (ONNX Resize-19), computed in double and rounded once.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <vector>

#include "ir/resized_axis.h"

namespace intaglio::lowering {

/// For each output position `taps` source indices and, unless nearest, as many weights.
struct AxisTable {
  int64_t taps = 1;
  std::vector<int32_t> indices;
  std::vector<float> weights;
};

AxisTable resize_table(const Resize& resize, const ResizedAxis& axis);

}  // namespace intaglio::lowering
