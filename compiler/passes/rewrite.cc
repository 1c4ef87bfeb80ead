// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/rewrite.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <utility>

#include "passes/eliminate_dead_code.h"
#include "support/error.h"

namespace intaglio {

namespace {

// How far a rule looks: back through so many producers, and not beyond values that so many nodes read.
constexpr int reach = 12;
constexpr size_t most_neighbours = 64;

void append(std::vector<NodeId>& to, const std::vector<NodeId>& from) { to.insert(to.end(), from.begin(), from.end()); }

/// Applies one rule to a graph: keeps the uses up to date and knows which nodes are to be tried.
class Rewriter {
 public:
  Rewriter(Graph& graph, const Rule& rule) : graph_(graph), rule_(rule), uses_(graph) {}

  bool run() {
    bool fired = false;
    while (try_everything()) fired = true;  // the last round confirms that no neighbourhood was too small
    return fired;
  }

 private:
  /// Tries all nodes, and again those near to what changes. Whether the rule fired.
  bool try_everything() {
    bool fired = false;
    for (NodeId id : graph_.order) enqueue(id);
    while (!queue_.empty()) {
      const auto [rank, id] = queue_.top();
      queue_.pop();
      const bool stays = graph_.order.contains(id);
      if (stays && graph_.order.rank(id) != rank) {  // it moved
        queue_.emplace(graph_.order.rank(id), id);
        continue;
      }
      waiting_[id.index()] = false;
      if (stays) fired = try_node(id) || fired;
    }
    return fired;
  }

  bool try_node(NodeId id) {
    const size_t nodes = graph_.nodes.size();
    std::vector<NodeId> touched{id};
    for (TensorId input : graph_[id].inputs) {
      if (input && uses_.producer(input)) touched.push_back(uses_.producer(input));
    }
    const std::vector<TensorId> outputs = graph_[id].outputs;
    if (!rule_(graph_, uses_, id)) return false;
    if (!fired_) {  // what was dead from the start goes too; afterwards only what changes can die
      fired_ = true;
      eliminate_dead_code(graph_);
      uses_ = Uses(graph_);
      for (NodeId each : graph_.order) enqueue(each);
      return true;
    }
    for (TensorId output : outputs) {
      if (output) append(touched, uses_.readers(output));
    }
    append(touched, uses_.replaced);
    uses_.replaced.clear();
    for (size_t i = nodes; i < graph_.nodes.size(); ++i) touched.push_back(NodeId(i));
    follow(std::move(touched));
    return true;
  }

  /// Notes what the touched nodes read and write now, removes what died, and lets the neighbourhood be tried again.
  void follow(std::vector<NodeId> touched) {
    std::vector<NodeId> perhaps_dead = touched;
    for (NodeId id : std::vector(touched)) update(id, touched, perhaps_dead);
    while (!perhaps_dead.empty()) {
      const NodeId id = perhaps_dead.back();
      perhaps_dead.pop_back();
      if (graph_.order.contains(id) && drop_unused(id)) update(id, touched, perhaps_dead);
    }
    enqueue_around(std::move(touched));
#ifndef NDEBUG
    if (graph_.nodes.size() < 1000) check_uses();
#endif
  }

  /// Nodes beside a value that has other readers or another producer are touched too, unless they are many.
  void update(NodeId id, std::vector<NodeId>& touched, std::vector<NodeId>& perhaps_dead) {
    for (TensorId tensor : uses_.update(graph_, id)) {
      const NodeId producer = uses_.producer(tensor);
      if (producer) perhaps_dead.push_back(producer);
      if (uses_.readers(tensor).size() > most_neighbours) continue;
      if (producer) touched.push_back(producer);
      append(touched, uses_.readers(tensor));
    }
  }

  bool is_used(TensorId tensor) const {
    return tensor && (!uses_.readers(tensor).empty() || uses_.outputs[tensor.index()]);
  }

  /// What eliminate_dead_code does, for one node. Whether it changed.
  bool drop_unused(NodeId id) {
    Node& node = graph_[id];
    if (std::ranges::none_of(node.outputs, [&](TensorId output) { return is_used(output); })) {
      graph_.remove(id);
      return true;
    }
    bool changed = false;
    for (size_t slot = 1; slot < node.outputs.size(); ++slot) {
      if (!node.outputs[slot] || is_used(node.outputs[slot])) continue;
      node.outputs[slot] = {};
      changed = true;
    }
    while (node.outputs.size() > 1 && !node.outputs.back()) node.outputs.pop_back();
    return changed;
  }

  /// Nodes from which a rule may see one of `touched`: a producer sees its readers and what else they read, every
  /// node sees the producers behind it.
  void enqueue_around(std::vector<NodeId> front) {
    ++visit_;
    visits_.resize(graph_.nodes.size(), 0);
    std::erase_if(front, [&](NodeId id) { return !visit(id); });
    const size_t count = front.size();
    for (size_t i = 0; i < count; ++i) {
      const std::vector<TensorId>& inputs = graph_[front[i]].inputs;
      if (inputs.size() > most_neighbours || !graph_.order.contains(front[i])) continue;
      for (TensorId input : inputs) {
        if (input && uses_.producer(input) && visit(uses_.producer(input))) front.push_back(uses_.producer(input));
      }
    }
    for (int distance = 0; !front.empty(); ++distance) {
      std::vector<NodeId> next;
      for (NodeId id : front) {
        enqueue(id);
        if (distance == reach || !graph_.order.contains(id)) continue;
        for (TensorId output : graph_[id].outputs) {
          if (!output || uses_.readers(output).size() > most_neighbours) continue;
          for (NodeId reader : uses_.readers(output)) {
            if (visit(reader)) next.push_back(reader);
          }
        }
      }
      front = std::move(next);
    }
  }
  bool visit(NodeId id) { return std::exchange(visits_[id.index()], visit_) != visit_; }

  void enqueue(NodeId id) {
    if (!graph_.order.contains(id)) return;
    waiting_.resize(graph_.nodes.size());
    if (waiting_[id.index()]) return;
    waiting_[id.index()] = true;
    queue_.emplace(graph_.order.rank(id), id);
  }

#ifndef NDEBUG
  void check_uses() const {
    Uses now(graph_), kept = uses_;
    kept.producers.resize(graph_.tensors.size());
    kept.all_readers.resize(graph_.tensors.size());
    for (std::vector<NodeId>& readers : now.all_readers) std::ranges::sort(readers);
    for (std::vector<NodeId>& readers : kept.all_readers) std::ranges::sort(readers);
    require(now.producers == kept.producers && now.all_readers == kept.all_readers,
            "a rule changed a node that it may not change");
  }
#endif

  Graph& graph_;
  const Rule& rule_;
  Uses uses_;
  bool fired_ = false;
  std::vector<bool> waiting_;  // by node: stands in the queue
  std::priority_queue<std::pair<uint64_t, NodeId>, std::vector<std::pair<uint64_t, NodeId>>, std::greater<>> queue_;
  std::vector<uint64_t> visits_;  // by node: the last visit
  uint64_t visit_ = 0;
};

bool is_commutative(BinaryKind kind) {
  return kind == BinaryKind::add || kind == BinaryKind::mul || kind == BinaryKind::min || kind == BinaryKind::max;
}

}  // namespace

bool rewrite(Graph& graph, const Rule& rule) { return Rewriter(graph, rule).run(); }

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

bool replace_by(Graph& graph, Uses& uses, NodeId id, TensorId value) {
  const TensorId result = graph[id].outputs[0];
  auto read_instead = [&](TensorId from, TensorId to) {
    for (NodeId reader : uses.readers(from)) {
      std::ranges::replace(graph[reader].inputs, from, to);
      uses.replaced.push_back(reader);
    }
  };
  if (!uses.outputs[result.index()]) {
    graph.remove(id);
    read_instead(result, value);
    return true;
  }
  const NodeId producer = uses.producer(value);
  if (!producer || uses.outputs[value.index()]) return false;
  graph.remove(id);
  std::ranges::replace(graph[producer].outputs, value, result);
  uses.replaced.push_back(producer);
  read_instead(value, result);
  return true;
}

void set_constant(Graph& graph, const Uses& uses, NodeId id, size_t slot, TensorData data, const std::string& name) {
  if (graph[id].inputs.size() <= slot) graph[id].inputs.resize(slot + 1);
  const TensorId old = graph[id].inputs[slot];
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
