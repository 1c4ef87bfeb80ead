// Relu, clip, and min and max with a constant are all clips; this is the range they have in common.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <optional>

#include "ir/graph.h"

namespace intaglio {

/// y = min(max(x, low), high) with low <= high.
struct ClipRange {
  float low, high;
};

/// The range of a relu or clip.
std::optional<ClipRange> clip_range(const Unary& unary);
/// The shortest operator for a range: relu when it is all that is not negative.
Unary clip_operator(ClipRange range);
/// clip(clip(x))   ->   clip(x)      for relu and clip in any combination.
bool merge_clips(Graph& graph, const Uses& uses, NodeId id);

}  // namespace intaglio
