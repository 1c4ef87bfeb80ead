// Where channels start on a new block. Operands of a concatenation start on their own block, and so do slices of
// channels: these cuts spread to every tensor that must have the same lanes,
// which makes concatenation and slicing views.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <numeric>
#include <set>

#include "lowering/context.h"

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

/// part[c] is whole[c + start]; `cut_at_start`: the part must begin on a block of the whole.
struct Part {
  TensorId whole, part;
  int64_t start, count;
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
void propagate(LaneClasses& classes, const std::vector<Part>& parts, size_t tensors) {
  std::vector<std::vector<const Part*>> as_whole(tensors), as_part(tensors);  // by class
  std::vector<std::pair<size_t, int64_t>> pending;
  auto cut = [&](size_t tensor, int64_t at) {
    if (classes.cuts(tensor).insert(at).second) pending.emplace_back(classes.find(tensor), at);
  };
  for (const Part& p : parts) {
    as_whole[classes.find(p.whole.index())].push_back(&p);
    as_part[classes.find(p.part.index())].push_back(&p);
  }
  for (size_t i = 0; i < tensors; ++i) {
    if (classes.find(i) != i) continue;
    for (int64_t at : classes.cuts(i)) pending.emplace_back(i, at);
  }
  for (const Part& p : parts) {
    if (p.start > 0) cut(p.whole.index(), p.start);
  }
  while (!pending.empty()) {
    const auto [owner, at] = pending.back();
    pending.pop_back();
    for (const Part* p : as_part[owner]) cut(p->whole.index(), at + p->start);
    for (const Part* p : as_whole[owner]) {
      if (at > p->start && at < p->start + p->count) cut(p->part.index(), at - p->start);
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
  std::vector<Part> parts;
  for (NodeId id : graph.order) {
    const Node& node = graph[id];
    const TensorId y = node.outputs[0];
    if (const int index = context.cluster_of[id.index()]; index >= 0) {
      const Cluster& cluster = context.clusters[index];
      if (cluster.nodes.back() != id || !context.state(cluster.result).blocked) continue;
      for (TensorId operand : cluster_operands(context, cluster)) {
        Access access;
        bool per_image;
        blocked_access(context, operand, cluster.result, access, per_image);
        if (access == Access::full || access == Access::channel) tie(operand, cluster.result);
      }
      continue;
    }
    if (!context.state(y).blocked) continue;
    const TensorId x = node.inputs[0];
    if (const Conv* conv = std::get_if<Conv>(&node.op)) {
      if (conv->group > 1 && conv->group == context.tensor(x).shape[1] && conv->group == context.tensor(y).shape[1])
        tie(x, y);
      if (conv->epilogue.residual) tie(node.inputs.back(), y);
    } else if (const ConvTranspose* transposed = std::get_if<ConvTranspose>(&node.op)) {
      if (transposed->group > 1 && transposed->group == context.tensor(x).shape[1] &&
          transposed->group == context.tensor(y).shape[1])
        tie(x, y);
      if (transposed->epilogue.residual) tie(node.inputs.back(), y);
    } else if (std::holds_alternative<Concat>(node.op) && std::get<Concat>(node.op).axis == 1) {
      int64_t start = 0;
      for (TensorId input : node.inputs) {
        const int64_t count = context.tensor(input).shape[1];
        if (in_play(input))
          parts.push_back({y, input, start, count});
        else if (start > 0)
          classes.cuts(y.index()).insert(start);
        start += count;
      }
    } else if (std::holds_alternative<Slice>(node.op) && is_channel_slice(graph, node)) {
      parts.push_back({x, y, std::get<Slice>(node.op).starts[1], context.tensor(y).shape[1]});
    } else if (std::holds_alternative<Gather>(node.op) || std::holds_alternative<Slice>(node.op)) {
      continue;  // copies: any lanes to any lanes
    } else {
      tie(x, y);  // pools, reductions, reshapes, pads, resizes, norms work lane by lane
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
