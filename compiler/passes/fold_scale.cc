// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/fold_scale.h"

#include "passes/channel_affine.h"
#include "passes/rewrite.h"

namespace intaglio {

namespace {

bool fold_scale_at(Graph& graph, const Uses& uses, NodeId id) {
  const auto scaled = affine_of_binary(graph, id);
  if (!scaled) return false;
  const TensorId y = graph[id].outputs[0];
  const NodeId producer = uses.producer(scaled->x);
  if (producer && uses.single(scaled->x) && fold_after(graph, uses, producer, scaled->affine)) {
    absorb(graph, producer, id);
    return true;
  }
  if (!uses.single(y)) return false;
  const NodeId consumer = uses.readers(y)[0];
  if (graph[consumer].inputs[0] != y || !fold_before(graph, uses, consumer, scaled->affine)) return false;
  graph[consumer].inputs[0] = scaled->x;
  return true;
}

}  // namespace

bool fold_scale(Graph& graph) { return rewrite(graph, fold_scale_at); }

}  // namespace intaglio
