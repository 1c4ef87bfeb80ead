// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/graph.h"

#include <algorithm>

namespace intaglio {

std::string Graph::unique_name(const std::string& wanted) {
  const std::string base = wanted.empty() ? "value" : wanted;
  const auto [taken, is_new] = names_.try_emplace(base, 1);
  if (is_new) return base;
  std::string name;
  int& suffix = taken->second;
  do name = base + "_" + std::to_string(++suffix);
  while (names_.contains(name));
  names_.emplace(name, 1);
  return name;
}

TensorId Graph::add_tensor(std::string name, ElementType type, Shape shape) {
  tensors.push_back({unique_name(name), type, std::move(shape), std::nullopt});
  return TensorId(tensors.size() - 1);
}

TensorId Graph::add_constant(std::string name, TensorData data) {
  const TensorId id = add_tensor(std::move(name), data.type(), data.shape());
  (*this)[id].constant = std::move(data);
  return id;
}

void Graph::free_name(const std::string& name, const std::string& instead) {
  if (!names_.contains(name)) return;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].name != name || is_input(TensorId(i))) continue;
    tensors[i].name = unique_name(instead);
    names_.erase(name);
    return;
  }
}

NodeId Graph::add_node(Node node, NodeId before) {
  nodes.push_back(std::move(node));
  const NodeId id(nodes.size() - 1);
  order.insert(id, before);
  return id;
}

void Graph::remove(NodeId id) { order.erase(id); }

bool Graph::is_output(TensorId tensor) const {
  return std::find(outputs.begin(), outputs.end(), tensor) != outputs.end();
}

bool Graph::is_input(TensorId tensor) const { return std::find(inputs.begin(), inputs.end(), tensor) != inputs.end(); }

Uses::Uses(const Graph& graph) : outputs(graph.tensors.size()) {
  for (TensorId output : graph.outputs) outputs[output.index()] = true;
  for (NodeId id : graph.order) update(graph, id);
  producers.resize(graph.tensors.size());
  all_readers.resize(graph.tensors.size());
}

std::vector<TensorId> Uses::update(const Graph& graph, NodeId id) {
  const size_t tensors = graph.tensors.size();
  producers.resize(tensors);
  all_readers.resize(tensors);
  outputs.resize(tensors);
  if (id.index() >= seen_.size()) seen_.resize(graph.nodes.size());
  Operands& seen = seen_[id.index()];
  Operands now;
  if (graph.order.contains(id)) now = {graph[id].inputs, graph[id].outputs};

  std::vector<TensorId> changed;
  for (size_t slot = 0; slot < std::max(seen.inputs.size(), now.inputs.size()); ++slot) {
    const TensorId before = slot < seen.inputs.size() ? seen.inputs[slot] : TensorId();
    const TensorId after = slot < now.inputs.size() ? now.inputs[slot] : TensorId();
    if (before == after) continue;
    if (before) {
      std::vector<NodeId>& readers = all_readers[before.index()];
      readers.erase(std::find(readers.begin(), readers.end(), id));
      changed.push_back(before);
    }
    if (after) {
      all_readers[after.index()].push_back(id);
      changed.push_back(after);
    }
  }
  if (seen.outputs != now.outputs) {
    for (TensorId output : seen.outputs) {
      if (!output) continue;
      if (producers[output.index()] == id) producers[output.index()] = {};
      changed.push_back(output);
    }
    for (TensorId output : now.outputs) {
      if (!output) continue;
      producers[output.index()] = id;
      changed.push_back(output);
    }
  }
  seen = std::move(now);
  return changed;
}

std::string describe(const Node& node) {
  return "node '" + node.name + "'" + (node.module.empty() ? "" : " (" + node.module + ")");
}

}  // namespace intaglio
