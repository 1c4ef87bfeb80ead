// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower_batch_norm.h"

#include "passes/channel_affine.h"
#include "passes/rewrite.h"

namespace intaglio {

namespace {

bool lower(Graph& graph, const Uses&, NodeId id) {
  const auto affine = affine_of_batch_norm(graph, id);
  if (!affine) return false;
  const Tensor y = graph[graph[id].outputs[0]];
  std::vector<int64_t> extents(y.shape.rank() - 1, 1);
  extents[0] = y.shape[1];
  const auto scale = rounded_constant(Shape(extents), affine->scale),
             shift = rounded_constant(Shape(extents), affine->shift);
  if (!scale || !shift) return false;

  const TensorId scale_id = graph.add_constant(y.name + ".scale", *scale);
  const TensorId shift_id = graph.add_constant(y.name + ".shift", *shift);
  const TensorId scaled = graph.add_tensor(y.name + ".scaled", y.type, y.shape);
  Node multiply = graph[id];
  multiply.op = Binary{BinaryKind::mul};
  multiply.inputs = {multiply.inputs[0], scale_id};
  multiply.outputs = {scaled};
  graph.add_node(std::move(multiply), id);
  graph[id].op = Binary{BinaryKind::add};
  graph[id].inputs = {scaled, shift_id};
  return true;
}

}  // namespace

bool lower_batch_norm(Graph& graph) { return rewrite(graph, lower); }

}  // namespace intaglio
