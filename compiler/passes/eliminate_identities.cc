// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/eliminate_identities.h"

#include <algorithm>
#include <optional>

#include "passes/clip_range.h"
#include "passes/rewrite.h"

namespace intaglio {

namespace {

bool all_equal(const std::vector<int64_t>& values, int64_t value) {
  return std::ranges::all_of(values, [&](int64_t element) { return element == value; });
}

/// Whether operators keep the elements of their first operand, in order (the shape may still change).
struct KeepsElements {
  const Graph& graph;
  const Node& node;

  const Shape& shape() const { return graph[node.inputs[0]].shape; }

  bool operator()(const Unary& op) const { return op.kind == UnaryKind::identity; }
  bool operator()(const Cast&) const { return graph[node.inputs[0]].type == graph[node.outputs[0]].type; }
  bool operator()(const Reshape&) const { return true; }
  bool operator()(const Expand&) const { return shape().elements() == graph[node.outputs[0]].shape.elements(); }
  bool operator()(const Tile& op) const { return all_equal(op.repeats, 1); }
  bool operator()(const Concat&) const { return node.inputs.size() == 1; }
  bool operator()(const Slice& op) const {
    return all_equal(op.starts, 0) && all_equal(op.steps, 1) && shape() == graph[node.outputs[0]].shape;
  }
  bool operator()(const Pad& op) const { return all_equal(op.begins, 0) && all_equal(op.ends, 0); }
  bool operator()(const Transpose& op) const {
    std::vector<int64_t> moved = op.permutation;
    std::erase_if(moved, [&](int64_t axis) { return shape()[static_cast<size_t>(axis)] == 1; });
    return std::ranges::is_sorted(moved);
  }
  bool operator()(const Pool& op) const {
    const Window& window = op.window;
    return op.kind != PoolKind::lp && node.outputs.size() == 1 && all_equal(window.kernel, 1) &&
           all_equal(window.strides, 1) && all_equal(window.pads_begin, 0) && all_equal(window.pads_end, 0);
  }
  bool operator()(const Reduce& op) const {
    const bool keeps_values = op.kind == ReduceKind::mean || op.kind == ReduceKind::sum || op.kind == ReduceKind::max ||
                              op.kind == ReduceKind::min || op.kind == ReduceKind::prod;
    return keeps_values &&
           std::ranges::all_of(op.axes, [&](int64_t axis) { return shape()[static_cast<size_t>(axis)] == 1; });
  }
  bool operator()(const Resize& op) const {
    return op.coordinates != CoordinateTransform::tf_crop_and_resize &&
           std::ranges::all_of(op.scales, [](float scale) { return scale == 1; }) &&
           shape() == graph[node.outputs[0]].shape;
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

/// The operand that the node hands on unchanged, shape included; null when there is none.
TensorId unchanged_operand(const Graph& graph, NodeId id) {
  const Node& node = graph[id];
  for (auto [kind, neutral] :
       {std::pair(BinaryKind::add, 0.0), {BinaryKind::sub, 0.0}, {BinaryKind::mul, 1.0}, {BinaryKind::div, 1.0}}) {
    const auto match = with_uniform(graph, id, kind);
    if (match && match->value == neutral) return match->x;
  }
  if (!std::visit(KeepsElements{graph, node}, node.op)) return {};
  return graph[node.inputs[0]].shape == graph[node.outputs[0]].shape ? node.inputs[0] : TensorId();
}

bool becomes_reshape(Graph& graph, NodeId id) {
  Node& node = graph[id];
  if (std::holds_alternative<Reshape>(node.op) || !std::visit(KeepsElements{graph, node}, node.op)) return false;
  if (graph[node.inputs[0]].shape == graph[node.outputs[0]].shape) return false;
  node.op = Reshape{};
  node.inputs.resize(1);
  return true;
}

/// outer(inner(x))  ->  merged(x)
bool merge_neighbours(Graph& graph, const Uses& uses, NodeId id) {
  Node& outer = graph[id];
  const NodeId before = outer.inputs.empty() || !outer.inputs[0] ? NodeId() : uses.producer(outer.inputs[0]);
  if (!before || graph[before].op.index() != outer.op.index()) return false;
  const Node& inner = graph[before];
  if (auto* transpose = std::get_if<Transpose>(&outer.op)) {
    for (int64_t& axis : transpose->permutation)
      axis = std::get<Transpose>(inner.op).permutation[static_cast<size_t>(axis)];
  } else if (auto* slice = std::get_if<Slice>(&outer.op)) {
    const Slice& first = std::get<Slice>(inner.op);
    for (size_t axis = 0; axis < slice->starts.size(); ++axis) {
      slice->starts[axis] = first.starts[axis] + slice->starts[axis] * first.steps[axis];
      slice->steps[axis] *= first.steps[axis];
    }
  } else if (!std::holds_alternative<Reshape>(outer.op)) {
    return false;
  }
  outer.inputs[0] = inner.inputs[0];
  return true;
}

bool drop_empty_operands(Graph& graph, NodeId id) {
  if (!get_if<Concat>(graph, id) || graph[graph[id].outputs[0]].shape.elements() == 0) return false;
  return std::erase_if(graph[id].inputs, [&](TensorId input) { return graph[input].shape.elements() == 0; }) > 0;
}

/// Axes of `to` -> axes of `from` when the shapes differ only in extents of 1; axes of extent 1 map to none (-1).
std::optional<std::vector<int64_t>> matching_axes(const Shape& to, const Shape& from) {
  std::vector<int64_t> axes(to.rank(), -1);
  size_t next = 0;
  for (size_t axis = 0; axis < to.rank(); ++axis) {
    if (to[axis] == 1) continue;
    while (next < from.rank() && from[next] == 1) ++next;
    if (next == from.rank() || from[next] != to[axis]) return std::nullopt;
    axes[axis] = static_cast<int64_t>(next++);
  }
  while (next < from.rank() && from[next] == 1) ++next;
  return next == from.rank() ? std::optional(axes) : std::nullopt;
}

/// reduce(reshape(x))  ->  reshape(reduce(x)), when the reshape only inserts or removes axes of extent 1
bool reduce_before_reshape(Graph& graph, const Uses& uses, NodeId id) {
  const Reduce* reduce = get_if<Reduce>(graph, id);
  const NodeId before = reduce ? uses.producer(graph[id].inputs[0]) : NodeId();
  if (!get_if<Reshape>(graph, before)) return false;
  const TensorId x = graph[before].inputs[0], y = graph[id].outputs[0];
  const Shape shape = graph[x].shape;
  const auto matching = matching_axes(graph[graph[before].outputs[0]].shape, shape);
  if (!matching) return false;
  Reduce moved{reduce->kind, {}, true};
  std::vector<int64_t> extents = shape.extents();
  for (int64_t axis : reduce->axes) {
    const int64_t own = (*matching)[static_cast<size_t>(axis)];
    if (own < 0) continue;
    moved.axes.push_back(own);
    extents[static_cast<size_t>(own)] = 1;
  }
  if (moved.axes.empty()) return false;
  const TensorId reduced = graph.add_tensor(graph[y].name + ".reduced", graph[y].type, Shape(extents));
  Node node = graph[id];
  node.op = std::move(moved);
  node.inputs = {x};
  node.outputs = {reduced};
  graph.add_node(std::move(node), id);
  graph[id].op = Reshape{};
  graph[id].inputs = {reduced};
  return true;
}

bool eliminate(Graph& graph, Uses& uses, NodeId id) {
  if (const TensorId value = unchanged_operand(graph, id); value && replace_by(graph, uses, id, value)) return true;
  return becomes_reshape(graph, id) || merge_neighbours(graph, uses, id) || merge_clips(graph, uses, id) ||
         drop_empty_operands(graph, id) || reduce_before_reshape(graph, uses, id);
}

}  // namespace

bool eliminate_identities(Graph& graph) { return rewrite(graph, eliminate); }

}  // namespace intaglio
