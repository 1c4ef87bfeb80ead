// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/node_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace intaglio::lowering {

namespace {

/// Types that kernels which compute take, each in the operators that have it.
bool is_computed(ElementType type) {
  return type == ElementType::float32 || type == ElementType::int64 || type == ElementType::int32 ||
         type == ElementType::boolean;
}

}  // namespace

void NodeCheck::add(std::string message, std::string help) {
  problems_.push_back({describe(node_), std::move(message), std::move(help)});
}

void NodeCheck::refuse(ElementType type) {
  add(fmt::format("{} of {} data is not supported", operator_name(node_.op), element_type_name(type)),
      "cast the operands to float32");
}

void NodeCheck::floats() {
  if (type(0) != ElementType::float32) refuse(type(0));
}

void NodeCheck::computed() {
  for (const std::vector<TensorId>* list : {&node_.inputs, &node_.outputs}) {
    for (TensorId id : *list) {
      if (id && !is_computed(graph_[id].type)) return refuse(graph_[id].type);
    }
  }
}

void NodeCheck::constant(size_t slot, const char* what) {
  if (slot >= node_.inputs.size() || !node_.inputs[slot] || is_constant_(node_.inputs[slot])) return;
  add(fmt::format("the {} '{}' is computed at run time", what, graph_[node_.inputs[slot]].name),
      "Intaglio packs weights at compile time: export the model in eval mode with parameters as initializers, or "
      "give the value with --bind");
}

bool NodeCheck::float64() {
  std::vector<TensorId> tensors = node_.outputs;
  tensors.insert(tensors.end(), node_.inputs.begin(), node_.inputs.end());
  std::erase_if(tensors, [&](TensorId id) { return !id || graph_[id].type != ElementType::float64; });
  for (TensorId id : tensors) {
    const bool held = graph_[id].constant.has_value(), computed = std::ranges::count(node_.outputs, id) > 0;
    if (!held && !computed) continue;
    add(fmt::format("'{}' is {} in float64", graph_[id].name, held ? "held" : "computed"),
        "convert the model to float32");
    break;
  }
  return !tensors.empty();
}

void any_type(NodeCheck&) {}
void computed_types(NodeCheck& check) { check.computed(); }
void floats_only(NodeCheck& check) { check.floats(); }
void constants_only(NodeCheck& check) {
  if (check.is_constant(check.node().inputs[0])) return;
  check.add(fmt::format("{} of values that are computed at run time is not supported", operator_name(check.node().op)),
            "it is only understood of constants, which are computed when compiling");
}
void constant_weights(NodeCheck& check) {
  check.floats();
  check.constant(1, "weight");
  check.constant(2, "bias");
}

}  // namespace intaglio::lowering
