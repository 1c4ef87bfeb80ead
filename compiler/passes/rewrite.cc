// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/rewrite.h"

#include <algorithm>
#include <cmath>

#include "passes/eliminate_dead_code.h"

namespace intaglio {

namespace {

bool apply_once(Graph& graph, const Rule& rule) {
  const Uses uses(graph);
  const std::vector<NodeId> order = graph.order;
  return std::ranges::any_of(order, [&](NodeId id) { return rule(graph, uses, id); });
}

bool is_commutative(BinaryKind kind) {
  return kind == BinaryKind::add || kind == BinaryKind::mul || kind == BinaryKind::min || kind == BinaryKind::max;
}

}  // namespace

bool rewrite(Graph& graph, const Rule& rule) {
  bool fired = false;
  while (apply_once(graph, rule)) {
    fired = true;
    eliminate_dead_code(graph);  // at once: the next match must not see readers that are gone
  }
  return fired;
}

TensorId operand(const Node& node, size_t slot) { return slot < node.inputs.size() ? node.inputs[slot] : TensorId(); }

const TensorData* constant_of(const Graph& graph, TensorId id) {
  return id && graph[id].constant ? &*graph[id].constant : nullptr;
}

std::optional<double> uniform_value(const Graph& graph, TensorId id) {
  const TensorData* data = constant_of(graph, id);
  if (!data || data->elements() == 0) return std::nullopt;
  auto uniform = [](auto values) -> std::optional<double> {
    if (std::ranges::any_of(values, [&](auto value) { return value != values[0]; })) return std::nullopt;
    return values[0];
  };
  if (data->type() == ElementType::float32) return uniform(data->values<float>());
  if (data->type() == ElementType::float64) return uniform(data->values<double>());
  return std::nullopt;
}

std::vector<double> broadcast_elements(const TensorData& data, const Shape& shape) {
  const std::vector<double> elements = data.as_double();
  const std::vector<int64_t> strides = row_major_strides(data.shape());
  const size_t missing = shape.rank() - data.shape().rank();
  std::vector<double> result(static_cast<size_t>(shape.elements()));
  for (size_t i = 0; i < result.size(); ++i) {
    int64_t rest = static_cast<int64_t>(i), index = 0;
    for (size_t axis = shape.rank(); axis-- > missing;) {
      const size_t own = axis - missing;
      if (data.shape()[own] != 1) index += rest % shape[axis] * strides[own];
      rest /= shape[axis];
    }
    result[i] = elements[static_cast<size_t>(index)];
  }
  return result;
}

std::optional<TensorData> finite_constant(Shape shape, std::vector<float> values) {
  if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) return std::nullopt;
  return TensorData::of(std::move(shape), std::move(values));
}

std::optional<TensorData> rounded_constant(Shape shape, const std::vector<double>& values) {
  return finite_constant(std::move(shape), std::vector<float>(values.begin(), values.end()));
}

std::optional<WithUniform> with_uniform(const Graph& graph, NodeId id, BinaryKind kind) {
  const Binary* binary = get_if<Binary>(graph, id);
  if (!binary || binary->kind != kind) return std::nullopt;
  const Node& node = graph[id];
  auto match = [&](size_t x, size_t constant) -> std::optional<WithUniform> {
    const auto value = uniform_value(graph, node.inputs[constant]);
    if (!value || graph[node.inputs[x]].shape != graph[node.outputs[0]].shape) return std::nullopt;
    return WithUniform{node.inputs[x], *value};
  };
  if (auto right = match(0, 1)) return right;
  return is_commutative(kind) ? match(1, 0) : std::nullopt;
}

bool replace_by(Graph& graph, NodeId id, TensorId value) {
  const TensorId result = graph[id].outputs[0];
  if (!graph.is_output(result)) {
    graph.remove(id);
    graph.replace_uses(result, value);
    return true;
  }
  const NodeId producer = graph.producer(value);
  if (!producer || graph.is_output(value)) return false;
  graph.remove(id);
  std::ranges::replace(graph[producer].outputs, value, result);
  graph.replace_uses(value, result);
  return true;
}

void set_constant(Graph& graph, NodeId id, size_t slot, TensorData data, const std::string& name) {
  if (graph[id].inputs.size() <= slot) graph[id].inputs.resize(slot + 1);
  const TensorId old = graph[id].inputs[slot];
  const Uses uses(graph);
  if (old && uses.single(old)) {
    graph[old].type = data.type();
    graph[old].shape = data.shape();
    graph[old].constant = std::move(data);
    return;
  }
  const TensorId added = graph.add_constant(old ? graph[old].name : name, std::move(data));
  graph[id].inputs[slot] = added;
}

void absorb(Graph& graph, NodeId first, NodeId last) {
  graph[first].outputs[0] = graph[last].outputs[0];
  graph.remove(last);
}

}  // namespace intaglio
