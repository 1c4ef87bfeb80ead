// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/recognise_norms.h"

#include <algorithm>
#include <numeric>

#include "passes/rewrite.h"

namespace intaglio {

namespace {

/// One value per group -> one value per channel.
std::optional<TensorData> per_channel(const TensorData* groups, int64_t channels) {
  if (!groups || groups->type() != ElementType::float32) return std::nullopt;
  const auto values = groups->values<float>();
  std::vector<float> result;
  for (int64_t c = 0; c < channels; ++c)
    result.push_back(values[static_cast<size_t>(c * groups->elements() / channels)]);
  return TensorData::of(Shape{channels}, std::move(result));
}

bool recognise_group_norm(Graph& graph, const Uses& uses, NodeId id) {
  if (!get_if<Reshape>(graph, id)) return false;
  const NodeId norm_id = uses.producer(graph[id].inputs[0]);
  const GroupNorm* norm = get_if<GroupNorm>(graph, norm_id);
  const NodeId split = norm ? uses.producer(graph[norm_id].inputs[0]) : NodeId();
  if (!get_if<Reshape>(graph, split)) return false;
  const TensorId x = graph[split].inputs[0];
  const Shape shape = graph[x].shape, grouped = graph[graph[split].outputs[0]].shape;
  const bool is_instance_norm = norm->groups == grouped[1];
  if (!is_instance_norm || shape.rank() < 2 || shape != graph[graph[id].outputs[0]].shape || shape[0] != grouped[0])
    return false;
  if (grouped[1] == 0 || shape[1] % grouped[1] != 0) return false;
  const auto scale = per_channel(constant_of(graph, graph[norm_id].inputs[1]), shape[1]);
  const auto bias = per_channel(constant_of(graph, graph[norm_id].inputs[2]), shape[1]);
  if (!scale || !bias) return false;

  const std::string name = graph[graph[id].outputs[0]].name;
  const TensorId scale_id = graph.add_constant(name + ".scale", *scale);
  const TensorId bias_id = graph.add_constant(name + ".bias", *bias);
  graph[id].op = GroupNorm{grouped[1], norm->epsilon};
  graph[id].inputs = {x, scale_id, bias_id};
  return true;
}

/// The first normalised axis when `id` is a mean of `x` over its last axes that keeps them.
std::optional<int64_t> mean_over_last_axes(const Graph& graph, NodeId id, TensorId x) {
  const Reduce* reduce = get_if<Reduce>(graph, id);
  if (!reduce || reduce->kind != ReduceKind::mean || !reduce->keep_dims || reduce->axes.empty()) return std::nullopt;
  if (graph[id].inputs[0] != x) return std::nullopt;
  std::vector<int64_t> last(reduce->axes.size());
  std::iota(last.begin(), last.end(), static_cast<int64_t>(graph[x].shape.rank() - last.size()));
  if (reduce->axes != last) return std::nullopt;
  return last[0];
}

/// Whether `value` is `deviation` squared.
bool is_square(const Graph& graph, const Uses& uses, TensorId value, TensorId deviation) {
  const NodeId id = uses.producer(value);
  if (const auto power = with_uniform(graph, id, BinaryKind::pow)) return power->value == 2 && power->x == deviation;
  const Binary* binary = get_if<Binary>(graph, id);
  return binary && binary->kind == BinaryKind::mul && graph[id].inputs == std::vector{deviation, deviation};
}

/// The operand of the function of one element that made `value`.
TensorId through(const Graph& graph, const Uses& uses, TensorId value, UnaryKind kind) {
  const Unary* unary = get_if<Unary>(graph, uses.producer(value));
  return unary && unary->kind == kind ? graph[uses.producer(value)].inputs[0] : TensorId();
}

struct Composition {
  TensorId x;
  int64_t axis;
  double epsilon;
};

/// deviation / sqrt(mean(deviation^2) + epsilon)
std::optional<Composition> match_layer_norm(const Graph& graph, const Uses& uses, TensorId deviation, TensorId root) {
  const NodeId difference = uses.producer(deviation);
  const Binary* sub = get_if<Binary>(graph, difference);
  if (!sub || sub->kind != BinaryKind::sub || !root) return std::nullopt;
  const TensorId x = graph[difference].inputs[0];
  const auto axis = mean_over_last_axes(graph, uses.producer(graph[difference].inputs[1]), x);
  const TensorId sum = through(graph, uses, root, UnaryKind::sqrt);
  const auto variance = sum ? with_uniform(graph, uses.producer(sum), BinaryKind::add) : std::nullopt;
  const NodeId mean = variance ? uses.producer(variance->x) : NodeId();
  if (!axis || !get_if<Reduce>(graph, mean)) return std::nullopt;
  const TensorId square = graph[mean].inputs[0];
  if (!is_square(graph, uses, square, deviation) || mean_over_last_axes(graph, mean, square) != axis)
    return std::nullopt;
  return Composition{x, *axis, variance->value};
}

Shape normalised_shape(const Shape& shape, int64_t axis) {
  return Shape(std::vector<int64_t>(shape.begin() + axis, shape.end()));
}

bool recognise_layer_norm(Graph& graph, const Uses& uses, NodeId id) {
  const Binary* binary = get_if<Binary>(graph, id);
  if (!binary || graph[graph[id].outputs[0]].type != ElementType::float32) return false;
  const auto& operands = graph[id].inputs;
  std::optional<Composition> match;
  if (binary->kind == BinaryKind::div) match = match_layer_norm(graph, uses, operands[0], operands[1]);
  for (size_t i = 0; binary->kind == BinaryKind::mul && i < 2 && !match; ++i) {
    match = match_layer_norm(graph, uses, operands[i], through(graph, uses, operands[1 - i], UnaryKind::reciprocal));
  }
  if (!match) return false;
  const Tensor y = graph[graph[id].outputs[0]];
  const Shape shape = normalised_shape(y.shape, match->axis);
  const std::vector<float> ones(static_cast<size_t>(shape.elements()), 1.0f);
  const TensorId scale = graph.add_constant(y.name + ".scale", TensorData::of<float>(shape, ones));
  graph[id].op = LayerNorm{match->axis, static_cast<float>(match->epsilon)};
  graph[id].inputs = {match->x, scale};
  return true;
}

/// Mul and Add after a LayerNorm whose scale is one and whose bias is absent.
bool fold_parameters(Graph& graph, const Uses& uses, NodeId id) {
  const Binary* binary = get_if<Binary>(graph, id);
  if (!binary || (binary->kind != BinaryKind::mul && binary->kind != BinaryKind::add)) return false;
  const bool constant_left = constant_of(graph, graph[id].inputs[0]) != nullptr;
  const TensorId value = graph[id].inputs[constant_left ? 1 : 0];
  const TensorData* data = constant_of(graph, graph[id].inputs[constant_left ? 0 : 1]);
  const NodeId norm_id = uses.producer(value);
  const LayerNorm* norm = get_if<LayerNorm>(graph, norm_id);
  if (!norm || !data || data->type() != ElementType::float32 || !uses.single(value) ||
      graph[norm_id].outputs.size() > 1)
    return false;
  const Shape shape = normalised_shape(graph[value].shape, norm->axis);
  Shape broadcast;
  if (!broadcast_shapes(data->shape(), shape, broadcast) || broadcast != shape) return false;

  const bool multiplies = binary->kind == BinaryKind::mul;
  if (operand(graph[norm_id], 2) || (multiplies && uniform_value(graph, graph[norm_id].inputs[1]) != 1.0)) return false;
  const auto parameter = rounded_constant(shape, broadcast_elements(*data, shape));
  if (!parameter) return false;
  set_constant(graph, uses, norm_id, multiplies ? 1 : 2, *parameter, graph[graph[id].outputs[0]].name + ".bias");
  absorb(graph, norm_id, id);
  return true;
}

bool recognise_norm(Graph& graph, const Uses& uses, NodeId id) {
  return recognise_group_norm(graph, uses, id) || recognise_layer_norm(graph, uses, id) ||
         fold_parameters(graph, uses, id);
}

}  // namespace

bool recognise_norms(Graph& graph) { return rewrite(graph, recognise_norm); }

}  // namespace intaglio
