// Where channels start on a new block. Operands of a concatenation start on their own block, and so do slices of
// channels: these cuts spread to every tensor that must have the same lanes,
// which makes concatenation and slicing views.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <numeric>
#include <set>

#include "lowering/rules.h"

namespace intaglio::lowering {

namespace {

/// Classes of tensors whose channels lie on the same lanes (union-find),
/// each with the channels at which a segment starts.
class LaneClasses {
 public:
  explicit LaneClasses(size_t tensors) : parent_(tensors), cuts_(tensors) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  size_t find(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void tie(TensorId a, TensorId b) {
    const size_t from = find(a.index()), to = find(b.index());
    if (from == to) return;
    parent_[from] = to;
    cuts_[to].merge(cuts_[from]);
  }
  std::set<int64_t>& cuts(size_t tensor) { return cuts_[find(tensor)]; }

 private:
  std::vector<size_t> parent_;
  std::vector<std::set<int64_t>> cuts_;
};

std::vector<int64_t> segments_from(const std::set<int64_t>& cuts, int64_t channels) {
  std::vector<int64_t> segments;
  int64_t begin = 0;
  auto add = [&](int64_t end) {
    // A segment without gap lanes continues into the next: 64 + 64 is 128.
    if (!segments.empty() && segments.back() % lanes_per_block == 0)
      segments.back() += end - begin;
    else
      segments.push_back(end - begin);
    begin = end;
  };
  for (int64_t cut : cuts) {
    if (cut > begin && cut < channels) add(cut);
  }
  add(channels);
  return segments;
}

/// Spreads cuts between wholes and parts until nothing changes: every cut of a class goes once to each of its wholes
/// and parts.
void propagate(LaneClasses& classes, const std::vector<ChannelPart>& parts, size_t tensors) {
  std::vector<std::vector<const ChannelPart*>> as_whole(tensors), as_part(tensors);  // by class
  std::vector<std::pair<size_t, int64_t>> pending;
  auto cut = [&](size_t tensor, int64_t at) {
    if (classes.cuts(tensor).insert(at).second) pending.emplace_back(classes.find(tensor), at);
  };
  for (const ChannelPart& p : parts) {
    as_whole[classes.find(p.whole.index())].push_back(&p);
    as_part[classes.find(p.part.index())].push_back(&p);
  }
  for (size_t i = 0; i < tensors; ++i) {
    if (classes.find(i) != i) continue;
    for (int64_t at : classes.cuts(i)) pending.emplace_back(i, at);
  }
  for (const ChannelPart& p : parts) {
    if (p.channel > 0) cut(p.whole.index(), p.channel);
  }
  while (!pending.empty()) {
    const auto [owner, at] = pending.back();
    pending.pop_back();
    for (const ChannelPart* p : as_part[owner]) cut(p->whole.index(), at + p->channel);
    for (const ChannelPart* p : as_whole[owner]) {
      if (at > p->channel && at < p->channel + p->count) cut(p->part.index(), at - p->channel);
    }
  }
}

}  // namespace

void choose_segments(Context& context) {
  const Graph& graph = context.graph;
  LaneClasses classes(graph.tensors.size());
  auto in_play = [&](TensorId id) { return id && context.state(id).needs_blocked; };
  auto tie = [&](TensorId a, TensorId b) {
    if (in_play(a) && in_play(b) && context.tensor(a).shape[1] == context.tensor(b).shape[1]) classes.tie(a, b);
  };
  std::vector<ChannelPart> parts;
  for (NodeId id : graph.order) {
    const Node& node = graph[id];
    const TensorId y = node.outputs[0];
    if (!context.state(y).blocked) continue;
    const OperatorRules& rules = rules_of(node);
    if (rules.same_lanes) {
      for (TensorId operand : rules.same_lanes(context, node)) tie(operand, y);
    }
    if (!rules.parts) continue;
    for (const ChannelPart& p : rules.parts(context, node)) {
      if (in_play(p.part))
        parts.push_back(p);
      else if (p.channel > 0)
        classes.cuts(p.whole.index()).insert(p.channel);
    }
  }
  propagate(classes, parts, graph.tensors.size());
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const TensorId id(i);
    if (!in_play(id)) continue;
    context.state(id).segments = segments_from(classes.cuts(i), context.tensor(id).shape[1]);
  }
}

}  // namespace intaglio::lowering
