// Elementwise nodes whose intermediate values nobody else reads become one step.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>

#include "lowering/rules.h"

namespace intaglio::lowering {

namespace {

constexpr size_t most_nodes = 24;  // keeps the intermediate values of a chain in registers

}  // namespace

// x -> f -> g with f's result read by g alone: one cluster {f, g}, computed where g stands. Every earlier operand is
// still there, because nothing but g waits for f.
void form_clusters(Context& context) {
  for (NodeId id : context.graph.order) {
    const Node& node = context.graph[id];
    if (!rules_of(node).elementwise) continue;
    Cluster cluster;
    const TensorId result = node.outputs[0];
    if (context.options.enabled(Switch::elementwise_chains)) {
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

}  // namespace intaglio::lowering
