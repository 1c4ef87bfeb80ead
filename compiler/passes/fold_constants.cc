// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/fold_constants.h"

#include <algorithm>

#include "interpreter/interpreter.h"
#include "passes/rewrite.h"

namespace intaglio {

namespace {

constexpr int64_t permitted_growth = int64_t{1} << 20;  // elements

bool is_foldable(const Graph& graph, const Node& node) {
  int64_t growth = 0;
  for (TensorId input : node.inputs) {
    if (!input) continue;
    if (!constant_of(graph, input)) return false;
    growth -= graph[input].shape.elements();
  }
  for (TensorId output : node.outputs) {
    if (output) growth += graph[output].shape.elements();
  }
  return growth <= permitted_growth;
}

void fold(Graph& graph, NodeId id) {
  const Node& node = graph[id];
  std::vector<const TensorData*> operands;
  for (TensorId input : node.inputs) operands.push_back(constant_of(graph, input));
  std::vector<TensorData> results = evaluate(graph, node, operands);
  for (size_t slot = 0; slot < node.outputs.size(); ++slot) {
    if (node.outputs[slot]) graph[node.outputs[slot]].constant = std::move(results[slot]);
  }
}

}  // namespace

bool fold_constants(Graph& graph) {
  bool folded = false;
  for (auto at = graph.order.begin(); at != graph.order.end();) {
    const NodeId id = *at++;
    if (!is_foldable(graph, graph[id])) continue;
    fold(graph, id);
    graph.remove(id);
    folded = true;
  }
  return folded;
}

}  // namespace intaglio
