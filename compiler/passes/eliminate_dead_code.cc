// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/eliminate_dead_code.h"

#include <algorithm>

namespace intaglio {

bool eliminate_dead_code(Graph& graph) {
  std::vector<bool> needed(graph.tensors.size());
  for (TensorId output : graph.outputs) needed[output.index()] = true;
  auto is_needed = [&](TensorId id) { return id && needed[id.index()]; };

  bool fired = false;
  for (auto at = graph.order.end(); at != graph.order.begin();) {
    const NodeId id = *--at;
    Node& node = graph[id];
    if (std::ranges::none_of(node.outputs, is_needed)) {
      fired = true;
      ++at;
      graph.remove(id);
      continue;
    }
    for (TensorId input : node.inputs) {
      if (input) needed[input.index()] = true;
    }
    for (size_t slot = 1; slot < node.outputs.size(); ++slot) {
      fired |= node.outputs[slot] && !is_needed(node.outputs[slot]);
      if (!is_needed(node.outputs[slot])) node.outputs[slot] = {};
    }
    while (node.outputs.size() > 1 && !node.outputs.back()) node.outputs.pop_back();
  }
  return fired;
}

}  // namespace intaglio
