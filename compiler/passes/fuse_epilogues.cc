// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/fuse_epilogues.h"

#include <algorithm>

#include "passes/rewrite.h"

namespace intaglio {

namespace {

constexpr size_t residual_slot = 3;

Epilogue* epilogue_of(Graph& graph, NodeId id) {
  if (!id) return nullptr;
  if (auto* conv = std::get_if<Conv>(&graph[id].op)) return &conv->epilogue;
  if (auto* conv = std::get_if<ConvTranspose>(&graph[id].op)) return &conv->epilogue;
  if (auto* gemm = std::get_if<Gemm>(&graph[id].op)) return &gemm->epilogue;
  return nullptr;
}

/// The node whose epilogue could take over what is done to `value`; null when there is none.
NodeId host_of(Graph& graph, const Uses& uses, TensorId value) {
  const NodeId producer = uses.producer(value);
  const bool can_host = epilogue_of(graph, producer) && uses.single(value) && graph[value].type == ElementType::float32;
  return can_host ? producer : NodeId();
}

bool fuse_activation(Graph& graph, const Uses& uses, NodeId id) {
  const Unary* unary = get_if<Unary>(graph, id);
  const NodeId host = unary ? host_of(graph, uses, graph[id].inputs[0]) : NodeId();
  if (!host) return false;
  Epilogue& epilogue = *epilogue_of(graph, host);
  Unary& slot = epilogue.residual ? epilogue.final_activation : epilogue.activation;
  if (slot != Unary{}) return false;
  slot = *unary;
  absorb(graph, host, id);
  return true;
}

void move_before(Graph& graph, NodeId id, NodeId place) {
  graph.remove(id);
  graph.order.insert(id, place);
}

bool fuse_residual(Graph& graph, const Uses& uses, NodeId id) {
  const Binary* binary = get_if<Binary>(graph, id);
  if (!binary || binary->kind != BinaryKind::add) return false;
  const Node& add = graph[id];
  const Shape& shape = graph[add.outputs[0]].shape;
  if (graph[add.inputs[0]].shape != shape || graph[add.inputs[1]].shape != shape) return false;

  NodeId host;
  size_t host_operand = 0;
  for (size_t slot : {0, 1}) {
    const NodeId candidate = host_of(graph, uses, add.inputs[slot]);
    if (!candidate || epilogue_of(graph, candidate)->residual) continue;
    const bool is_later = !host || graph.order.precedes(host, candidate);
    if (!is_later) continue;
    host = candidate;
    host_operand = slot;
  }
  if (!host) return false;
  epilogue_of(graph, host)->residual = true;
  graph[host].inputs.resize(residual_slot);
  graph[host].inputs.push_back(add.inputs[1 - host_operand]);
  move_before(graph, host, id);
  absorb(graph, host, id);
  return true;
}

bool fuse_epilogue_of(Graph& graph, const Uses& uses, NodeId id) {
  return fuse_activation(graph, uses, id) || fuse_residual(graph, uses, id);
}

}  // namespace

bool fuse_epilogues(Graph& graph) { return rewrite(graph, fuse_epilogue_of); }

}  // namespace intaglio
