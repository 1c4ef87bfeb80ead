// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/graph.h"

#include <algorithm>

namespace intaglio {

std::string Graph::unique_name(const std::string& wanted) {
  const std::string base = wanted.empty() ? "value" : wanted;
  std::string name = base;
  for (int suffix = 2; !names_.insert(name).second; ++suffix) name = base + "_" + std::to_string(suffix);
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
  order.insert(before ? std::find(order.begin(), order.end(), before) : order.end(), id);
  return id;
}

void Graph::remove(NodeId id) { order.erase(std::remove(order.begin(), order.end(), id), order.end()); }

NodeId Graph::producer(TensorId tensor) const {
  for (NodeId id : order) {
    const Node& node = (*this)[id];
    if (std::find(node.outputs.begin(), node.outputs.end(), tensor) != node.outputs.end()) return id;
  }
  return {};
}

void Graph::replace_uses(TensorId from, TensorId to) {
  for (NodeId id : order) std::replace((*this)[id].inputs.begin(), (*this)[id].inputs.end(), from, to);
  std::replace(outputs.begin(), outputs.end(), from, to);
}

bool Graph::is_output(TensorId tensor) const {
  return std::find(outputs.begin(), outputs.end(), tensor) != outputs.end();
}

bool Graph::is_input(TensorId tensor) const { return std::find(inputs.begin(), inputs.end(), tensor) != inputs.end(); }

Uses::Uses(const Graph& graph)
    : producers(graph.tensors.size()), all_readers(graph.tensors.size()), outputs(graph.tensors.size()) {
  for (NodeId id : graph.order) {
    for (TensorId output : graph[id].outputs) {
      if (output) producers[output.index()] = id;
    }
    for (TensorId input : graph[id].inputs) {
      if (input) all_readers[input.index()].push_back(id);
    }
  }
  for (TensorId output : graph.outputs) outputs[output.index()] = true;
}

std::string describe(const Node& node) {
  return "node '" + node.name + "'" + (node.module.empty() ? "" : " (" + node.module + ")");
}

}  // namespace intaglio
