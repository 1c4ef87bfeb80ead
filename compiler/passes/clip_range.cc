// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/clip_range.h"

#include <algorithm>
#include <limits>

#include "passes/rewrite.h"

namespace intaglio {

std::optional<ClipRange> clip_range(const Unary& unary) {
  if (unary.kind == UnaryKind::relu) return ClipRange{0, std::numeric_limits<float>::infinity()};
  if (unary.kind != UnaryKind::clip || !(unary.alpha <= unary.beta)) return std::nullopt;
  return ClipRange{unary.alpha, unary.beta};
}

Unary clip_operator(ClipRange range) {
  if (range.low == 0 && range.high == std::numeric_limits<float>::infinity()) return {UnaryKind::relu};
  return {UnaryKind::clip, range.low, range.high};
}

bool merge_clips(Graph& graph, const Uses& uses, NodeId id) {
  const Unary* outer = get_if<Unary>(graph, id);
  if (!outer) return false;
  const NodeId before = uses.producer(graph[id].inputs[0]);
  const Unary* inner = get_if<Unary>(graph, before);
  if (!inner) return false;
  const auto first = clip_range(*inner), second = clip_range(*outer);
  if (!first || !second) return false;
  graph[id].op = clip_operator({std::clamp(first->low, second->low, second->high),  //
                                std::clamp(first->high, second->low, second->high)});
  graph[id].inputs[0] = graph[before].inputs[0];
  return true;
}

}  // namespace intaglio
