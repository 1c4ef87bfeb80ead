// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/fold_batch_norm.h"

#include "passes/channel_affine.h"
#include "passes/rewrite.h"

namespace intaglio {

namespace {

bool fold_batch_norm_at(Graph& graph, const Uses& uses, NodeId id) {
  const auto affine = affine_of_batch_norm(graph, id);
  if (!affine) return false;
  const TensorId x = graph[id].inputs[0], y = graph[id].outputs[0];
  const NodeId producer = uses.producer(x);
  if (producer && uses.single(x) && fold_after(graph, uses, producer, *affine)) {
    absorb(graph, producer, id);
    return true;
  }
  if (!uses.single(y)) return false;
  const NodeId consumer = uses.readers(y)[0];
  if (graph[consumer].inputs[0] != y || !fold_before(graph, uses, consumer, *affine)) return false;
  graph[consumer].inputs[0] = x;
  return true;
}

}  // namespace

bool fold_batch_norm(Graph& graph) { return rewrite(graph, fold_batch_norm_at); }

}  // namespace intaglio
