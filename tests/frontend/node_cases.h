// One ONNX node each: what it becomes in the Graph, or why it is refused. A file of cases per family of operators;
// operators_test.cc runs all, and schemas_test.cc takes from them what a valid node of an operator is.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "frontend/model_builder.h"

namespace intaglio::testing {

struct ImportedNode {
  std::string label;
  int64_t opset;
  std::vector<Dimension> x;  ///< the extents of the node's input "x"
  onnx::NodeProto node;
  std::string expected;                                                   ///< lines in front of "output y"
  std::vector<std::pair<std::string, onnx::TensorProto>> constants = {};  ///< further inputs of the node
  int x_type = onnx::TensorProto::FLOAT;
};

/// A node on the inputs x [1,4,6], i (int64 2), and the constants w [4,4,3], s (scalar int64 3), v (floats [4]),
/// none (floats [0,4,3]) and p (int64 [2,4,1]).
struct RefusedNode {
  std::string label;
  onnx::NodeProto node;
  std::string message;
  int64_t opset = 17;
};

struct NodeCases {
  std::vector<ImportedNode> imported;
  std::vector<RefusedNode> refused;
};

NodeCases elementwise_cases();
NodeCases product_cases();
NodeCases normalization_cases();
NodeCases reduction_cases();
NodeCases movement_cases();
NodeCases resize_cases();
NodeCases other_cases();

/// Those of all families.
const NodeCases& all_node_cases();

/// A node with result y, on x alone or on the inputs of these names.
onnx::NodeProto on_x(const std::string& type, Attributes attributes = {});
onnx::NodeProto on(const std::string& type, const Names& inputs, Attributes attributes = {});
/// Floats of no particular value.
onnx::TensorProto weights(std::vector<int64_t> dims);
/// A model with the node's inputs, the node and its output.
ModelBuilder model_of(const ImportedNode& test);

}  // namespace intaglio::testing
