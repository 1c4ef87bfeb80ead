// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/supported.h"

#include <algorithm>
#include <iterator>

#include "lowering/node_check.h"
#include "lowering/rules.h"

namespace intaglio {

std::vector<Problem> unsupported(const Graph& graph, const Node& node, const IsConstant& is_constant) {
  lowering::NodeCheck check(graph, node, is_constant);
  const auto empty = [&](TensorId id) { return !id || graph[id].shape.elements() == 0; };
  if (!check.float64() && !std::ranges::all_of(node.outputs, empty)) lowering::rules_of(node).check(check);
  return std::move(check).problems();
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
