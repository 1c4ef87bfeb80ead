// Elementwise nodes whose intermediate values nobody else reads become one step.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>

#include "lowering/context.h"

namespace intaglio::lowering {

namespace {

bool is_elementwise(const Operator& op) {
  return std::holds_alternative<Unary>(op) || std::holds_alternative<Binary>(op) || std::holds_alternative<Where>(op) ||
         std::holds_alternative<Cast>(op);
}

constexpr size_t most_nodes = 24;  // keeps the intermediate values of a chain in registers

}  // namespace

// x -> f -> g with f's result read by g alone: one cluster {f, g}, computed where g stands. Every earlier operand is
// still there, because nothing but g waits for f.
void form_clusters(Context& context) {
  for (NodeId id : context.graph.order) {
    const Node& node = context.graph[id];
    if (!is_elementwise(node.op)) continue;
    Cluster cluster;
    const TensorId result = node.outputs[0];
    if (context.enabled("elementwise_chains")) {
      std::vector<int> merged;
      for (TensorId input : node.inputs) {
        if (!input || context.is_constant(input) || !context.uses.single(input)) continue;
        const NodeId producer = context.uses.producer(input);
        if (!producer) continue;
        const int other = context.cluster_of[producer.index()];
        if (other < 0 || std::find(merged.begin(), merged.end(), other) != merged.end()) continue;
        if (context.tensor(input).shape != context.tensor(result).shape) continue;
        if (cluster.nodes.size() + context.clusters[other].nodes.size() + 1 > most_nodes) continue;
        merged.push_back(other);
        cluster.nodes.insert(cluster.nodes.end(), context.clusters[other].nodes.begin(),
                             context.clusters[other].nodes.end());
        context.clusters[other].nodes.clear();
      }
    }
    cluster.nodes.push_back(id);
    cluster.result = result;
    for (NodeId member : cluster.nodes) context.cluster_of[member.index()] = static_cast<int>(context.clusters.size());
    context.clusters.push_back(std::move(cluster));
  }
}

std::vector<TensorId> cluster_operands(const Context& context, const Cluster& cluster) {
  std::vector<TensorId> operands, computed;
  for (NodeId id : cluster.nodes) {
    for (TensorId input : context.graph[id].inputs) {
      if (std::find(computed.begin(), computed.end(), input) != computed.end()) continue;
      if (std::find(operands.begin(), operands.end(), input) == operands.end()) operands.push_back(input);
    }
    computed.push_back(context.graph[id].outputs[0]);
  }
  return operands;
}

}  // namespace intaglio::lowering
