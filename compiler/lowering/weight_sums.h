// Sums over the constant weights of convolutions and products, from which moments.h derives what they do to values and
// errors.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "ir/graph.h"

namespace intaglio::lowering {

/// Sums over the taps of a layer's weights, [output][input of its group]: of the weights, and of their squares. A tap
/// counts as far as it lies inside of the input, not in the padding.
struct WeightSums {
  int64_t outputs = 0, group_inputs = 0, group_outputs = 0;
  std::vector<float> sums, squares;
};
/// Of a Conv, ConvTranspose or Gemm whose weights are constant.
WeightSums weight_sums(const Graph& graph, const Node& node);

/// True when the second input of a Conv, ConvTranspose or Gemm is constant.
bool has_constant_weights(const Graph& graph, const Node& node);

/// Per tap of a window, in row-major order: of the positions of the result, the share for which it lies inside of the
/// input.
std::vector<double> inside(const Window& window, const Shape& in, const Shape& out);

}  // namespace intaglio::lowering
