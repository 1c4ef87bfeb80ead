// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/node_cases.h"

namespace intaglio::testing {

const NodeCases& all_node_cases() {
  static const NodeCases all = [] {
    NodeCases cases;
    for (const NodeCases& family : {elementwise_cases(), product_cases(), normalization_cases(), reduction_cases(),
                                    movement_cases(), resize_cases(), other_cases()}) {
      cases.imported.insert(cases.imported.end(), family.imported.begin(), family.imported.end());
      cases.refused.insert(cases.refused.end(), family.refused.begin(), family.refused.end());
    }
    return cases;
  }();
  return all;
}

onnx::NodeProto on_x(const std::string& type, Attributes attributes) { return on(type, {"x"}, std::move(attributes)); }

onnx::NodeProto on(const std::string& type, const Names& inputs, Attributes attributes) {
  return make_node(type, inputs, {"y"}, std::move(attributes));
}

onnx::TensorProto weights(std::vector<int64_t> dims) {
  int64_t count = 1;
  for (int64_t dim : dims) count *= dim;
  return floats(dims, std::vector<float>(static_cast<size_t>(count), 0.5f));
}

ModelBuilder model_of(const ImportedNode& test) {
  ModelBuilder model(test.opset);
  model.input("x", test.x, test.x_type).output("y");
  for (const auto& [name, value] : test.constants) model.constant(name, value);
  *model.proto.mutable_graph()->add_node() = test.node;
  return model;
}

}  // namespace intaglio::testing
