// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/sink_transposes.h"

#include <algorithm>

#include "passes/rewrite.h"

namespace intaglio {

namespace {

const std::vector<int64_t> to_channels_first = {0, 3, 1, 2}, to_channels_last = {0, 2, 3, 1};

std::vector<int64_t> permuted(const Shape& shape, const std::vector<int64_t>& permutation) {
  std::vector<int64_t> extents;
  for (int64_t axis : permutation) extents.push_back(shape[static_cast<size_t>(axis)]);
  return extents;
}

std::vector<int64_t> inverse(const std::vector<int64_t>& permutation) {
  std::vector<int64_t> result(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) result[static_cast<size_t>(permutation[i])] = static_cast<int64_t>(i);
  return result;
}

/// Adds transpose(x) in front of `before`.
TensorId add_transpose(Graph& graph, TensorId x, std::vector<int64_t> permutation, const std::string& name,
                       NodeId before) {
  const TensorId y = graph.add_tensor(name, graph[x].type, Shape(permuted(graph[x].shape, permutation)));
  graph.add_node({graph[before].name, graph[before].module, Transpose{std::move(permutation)}, {x}, {y}}, before);
  return y;
}

/// The node writes a tensor in the transposes' operand order instead, and a transpose after it restores its result.
void move_behind(Graph& graph, NodeId id, const std::vector<int64_t>& permutation) {
  const TensorId y = graph[id].outputs[0];
  const Tensor tensor = graph[y];
  const TensorId inner =
      graph.add_tensor(tensor.name + ".transposed", tensor.type, Shape(permuted(tensor.shape, inverse(permutation))));
  Node moved = graph[id];
  moved.outputs = {inner};
  graph.add_node(std::move(moved), id);
  graph[id].op = Transpose{permutation};
  graph[id].inputs = {inner};
}

/// The permutation of the transpose that made `value`, if nothing else reads it.
const Transpose* movable_transpose(const Graph& graph, const Uses& uses, TensorId value) {
  return uses.single(value) ? get_if<Transpose>(graph, uses.producer(value)) : nullptr;
}

TensorId source(const Graph& graph, const Uses& uses, TensorId value) { return graph[uses.producer(value)].inputs[0]; }

bool sink_through_unary(Graph& graph, const Uses& uses, NodeId id) {
  if (!get_if<Unary>(graph, id)) return false;
  const TensorId x = graph[id].inputs[0];
  const Transpose* transpose = movable_transpose(graph, uses, x);
  if (!transpose) return false;
  const auto permutation = transpose->permutation;
  graph[id].inputs[0] = source(graph, uses, x);
  move_behind(graph, id, permutation);
  return true;
}

/// A constant operand in the order that it has before the transpose, of the same rank as its result.
std::optional<TensorData> constant_before(const TensorData& data, const std::vector<int64_t>& permutation) {
  // With at most one extent that is not 1, permuting the extents is all it takes.
  std::vector<int64_t> extents(permutation.size() - data.shape().rank(), 1);
  extents.insert(extents.end(), data.shape().begin(), data.shape().end());
  if (std::ranges::count_if(extents, [](int64_t extent) { return extent != 1; }) > 1) return std::nullopt;
  return data.reshaped(Shape(permuted(Shape(extents), inverse(permutation))));
}

bool sink_through_binary(Graph& graph, const Uses& uses, NodeId id) {
  if (!get_if<Binary>(graph, id)) return false;
  const TensorId a = graph[id].inputs[0], b = graph[id].inputs[1];
  const Transpose *left = movable_transpose(graph, uses, a), *right = movable_transpose(graph, uses, b);
  if (left && right) {
    if (left->permutation != right->permutation || graph[a].shape != graph[b].shape) return false;
    const auto permutation = left->permutation;
    graph[id].inputs = {source(graph, uses, a), source(graph, uses, b)};
    move_behind(graph, id, permutation);
    return true;
  }
  const Transpose* transpose = left ? left : right;
  const TensorData* data = constant_of(graph, left ? b : a);
  const TensorId x = left ? a : b;
  if (!transpose || !data || graph[x].shape != graph[graph[id].outputs[0]].shape) return false;
  const auto permutation = transpose->permutation;
  const auto moved = constant_before(*data, permutation);
  if (!moved) return false;
  set_constant(graph, uses, id, left ? 1 : 0, *moved, {});
  graph[id].inputs[left ? 0 : 1] = source(graph, uses, x);
  move_behind(graph, id, permutation);
  return true;
}

bool merge_transposes(Graph& graph, Uses& uses, NodeId id) {
  Transpose* outer = std::get_if<Transpose>(&graph[id].op);
  const NodeId before = outer ? uses.producer(graph[id].inputs[0]) : NodeId();
  const Transpose* inner = get_if<Transpose>(graph, before);
  if (!inner) return false;
  std::vector<int64_t> permutation;
  for (int64_t axis : outer->permutation) permutation.push_back(inner->permutation[static_cast<size_t>(axis)]);
  const TensorId x = graph[before].inputs[0];
  if (std::ranges::is_sorted(permutation) && replace_by(graph, uses, id, x)) return true;
  outer->permutation = std::move(permutation);
  graph[id].inputs[0] = x;
  return true;
}

/// A product of every pixel's channels with one matrix is a 1x1 convolution between two transposes.
bool convolve_matmul(Graph& graph, const Uses& uses, NodeId id) {
  if (!get_if<MatMul>(graph, id)) return false;
  const TensorId x = graph[id].inputs[0];
  const TensorData* matrix = constant_of(graph, graph[id].inputs[1]);
  const Tensor y = graph[graph[id].outputs[0]];
  if (graph[x].shape.rank() != 4 || !matrix || matrix->shape().rank() != 2 || y.type != ElementType::float32)
    return false;

  const int64_t inputs = matrix->shape()[0], outputs = matrix->shape()[1];
  const auto values = matrix->values<float>();
  std::vector<float> weights;
  weights.reserve(values.size());
  for (int64_t m = 0; m < outputs; ++m) {
    for (int64_t k = 0; k < inputs; ++k) weights.push_back(values[static_cast<size_t>(k * outputs + m)]);
  }
  set_constant(graph, uses, id, 1, TensorData::of(Shape{outputs, inputs, 1, 1}, std::move(weights)), {});
  const TensorId first = add_transpose(graph, x, to_channels_first, y.name + ".channels_first", id);
  graph[id].op = Conv{Window{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}};
  graph[id].inputs[0] = first;
  move_behind(graph, id, to_channels_last);
  return true;
}

bool sink(Graph& graph, Uses& uses, NodeId id) {
  return merge_transposes(graph, uses, id) || sink_through_unary(graph, uses, id) ||
         sink_through_binary(graph, uses, id) || convolve_matmul(graph, uses, id);
}

}  // namespace

bool sink_transposes(Graph& graph) { return rewrite(graph, sink); }

}  // namespace intaglio
