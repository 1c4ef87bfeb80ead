// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/supported.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace intaglio {

namespace {

/// Types that kernels which compute take, each in the operators that have it; float64 is never data of generated code.
bool is_computed(ElementType type) {
  return type == ElementType::float32 || type == ElementType::int64 || type == ElementType::int32 ||
         type == ElementType::boolean;
}

/// One call operator per operator; each adds what is wrong.
class KernelCheck {
 public:
  KernelCheck(const Graph& graph, const Node& node, const IsConstant& is_constant)
      : graph_(graph), node_(node), is_constant_(is_constant) {}

  std::vector<Problem> run() {
    const auto empty = [&](TensorId id) { return !id || graph_[id].shape.elements() == 0; };
    if (!float64() && !std::ranges::all_of(node_.outputs, empty)) std::visit(*this, node_.op);
    return std::move(problems_);
  }

  // ---- functions of elements
  void operator()(const Unary& op) {
    if (op.kind != UnaryKind::identity) computed();
  }
  void operator()(const Binary&) { computed(); }
  void operator()(const Where&) {}
  void operator()(const Cast&) { computed(); }

  // ---- sums of products
  void operator()(const Conv&) {
    floats();
    constant(1, "weight");
    constant(2, "bias");
  }
  void operator()(const ConvTranspose&) {
    floats();
    constant(1, "weight");
    constant(2, "bias");
  }
  void operator()(const Gemm&) { product(); }
  void operator()(const MatMul&) { product(); }

  // ---- normalisation and reduction
  void operator()(const BatchNorm&) { floats(); }
  void operator()(const GroupNorm&) { floats(); }
  void operator()(const LayerNorm& op) {
    floats();
    const Shape& x = shape(0);
    int64_t normalised = 1;
    for (size_t axis = static_cast<size_t>(op.axis); axis < x.rank(); ++axis) normalised *= x[axis];
    for (size_t slot = 1; slot < node_.inputs.size(); ++slot) {
      const TensorId id = node_.inputs[slot];
      if (!id || is_constant_(id) || graph_[id].shape.elements() == normalised) continue;
      add(fmt::format("the {} '{}' of LayerNormalization is computed at run time and must be broadcast",
                      slot == 1 ? "scale" : "bias", graph_[id].name),
          "expand it to the normalised shape, or bind it to a constant with --bind");
    }
  }
  void operator()(const Softmax&) { floats(); }
  void operator()(const Pool& op) { op.kind == PoolKind::max ? computed() : floats(); }
  void operator()(const Reduce& op) {
    computed();
    if (is_real(type(0))) return;
    int64_t reduced = 1;
    for (int64_t axis : op.axes) reduced *= shape(0)[static_cast<size_t>(axis)];
    if (op.kind != ReduceKind::l2 && !(op.kind == ReduceKind::mean && reduced == 0)) return;
    add(fmt::format("reduction {} of {}{} is not supported", reduce_name(op.kind), element_type_name(type(0)),
                    reduced == 0 ? " over no elements" : ""),
        "cast the operand to float32");
  }
  void operator()(const ArgReduce&) { computed(); }

  // ---- movement: elements of any type
  void operator()(const Concat&) {}
  void operator()(const Slice&) {}
  void operator()(const Pad&) {}
  void operator()(const Transpose&) {}
  void operator()(const Reshape&) {}
  void operator()(const Expand&) {}
  void operator()(const Tile&) {}
  void operator()(const Gather&) {}
  void operator()(const GatherElements&) {}
  void operator()(const Resize& op) {
    if (op.mode != ResizeMode::nearest) floats();
    if (op.coordinates != CoordinateTransform::tf_crop_and_resize) return;
    add("Resize with tf_crop_and_resize is not supported", "use half_pixel, align_corners or asymmetric coordinates");
  }

 private:
  void add(std::string message, std::string help) {
    problems_.push_back({describe(node_), std::move(message), std::move(help)});
  }
  const Shape& shape(size_t slot) const { return graph_[node_.inputs[slot]].shape; }
  ElementType type(size_t slot) const { return graph_[node_.inputs[slot]].type; }

  /// True when a node has to do with float64: refused where a constant or a result is, and silently where a result is
  /// read.
  bool float64() {
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

  void refuse(ElementType type) {
    add(fmt::format("{} of {} data is not supported", operator_name(node_.op), element_type_name(type)),
        "cast the operands to float32");
  }
  void computed() {
    for (const std::vector<TensorId>* list : {&node_.inputs, &node_.outputs}) {
      for (TensorId id : *list) {
        if (id && !is_computed(graph_[id].type)) return refuse(graph_[id].type);
      }
    }
  }
  void floats() {
    if (type(0) != ElementType::float32) refuse(type(0));
  }
  void product() {
    if (type(0) == ElementType::float32) return;
    add(fmt::format("a matrix product of {} is not supported", element_type_name(type(0))),
        "cast the operands to float32");
  }

  void constant(size_t slot, const char* what) {
    if (slot >= node_.inputs.size() || !node_.inputs[slot] || is_constant_(node_.inputs[slot])) return;
    add(fmt::format("the {} '{}' is computed at run time", what, graph_[node_.inputs[slot]].name),
        "Intaglio packs weights at compile time: export the model in eval mode with parameters as initializers, or "
        "give the value with --bind");
  }

  const Graph& graph_;
  const Node& node_;
  const IsConstant& is_constant_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> unsupported(const Graph& graph, const Node& node, const IsConstant& is_constant) {
  return KernelCheck(graph, node, is_constant).run();
}

std::vector<Problem> unsupported_in(const Graph& graph) {
  std::vector<Problem> all;
  for (NodeId id : graph.order) {
    std::ranges::move(unsupported(graph, graph[id], [&](TensorId t) { return graph[t].constant.has_value(); }),
                      std::back_inserter(all));
  }
  return all;
}

}  // namespace intaglio
