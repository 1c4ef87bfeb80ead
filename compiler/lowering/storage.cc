// Storages: blocked tensors that share a buffer. A concatenation's operands lie inside its result, a slice inside what
// it cuts, a reshape that only renames axes is the same place. Where demands conflict the node copies instead.
//
// By example, in blocks of 8 channels: A has 12 channels, two blocks, B has 8, one block.
//
//     C = Concat(A, B)   A lies at block 0 of C, B at block 2: C costs nothing.
//     D = Concat(B, A)   B lies at block 0 of D. So D begins where B is, two blocks behind C's begin, and A, which is
//                        at C's begin, lies two blocks before D. It should lie one block behind D's begin, which is a
//                        contradiction (`unite` refuses). Blocks 1 and 2 of D, which nobody writes, are reserved for
//                        a copy of A.
//
//     block        0    1    2    3    4
//     written as   A    A    B    A'   A'     A': a step that copies A
//     C            C    C    C
//     D                      D    D    D
//
// All four share one buffer of five blocks, B lies in both concatenations, and two blocks are copied. The first
// concatenation in the order of the graph gets what it wants.
//
// `unite` joins sets of tensors whose places are known relative to each other, and refuses also when two steps would
// write the same blocks. That needs care with slices. X has 24 channels, three blocks, T has 8:
//
//     S = X[0 to 8]      S is block 0 of X.
//     Y = Concat(S, T)   S at block 0 of Y would bring all of X along: its blocks 1 and 2 would lie at blocks 1 and 2
//                        of Y. T belongs at block 1, where it can neither lie nor be copied to. Then place_operands
//                        starts again without the first operand that was placed: S is copied to block 0, T lies at
//                        block 1.
//
// A storage's border is the widest that any convolution wants of any of its tensors: were C read by a 3x3 with padding
// 1, all five blocks would have one pixel of zeros around them, which A, B and the copy write around their own blocks.
//
// That operands begin on blocks of their own is arranged before, in segments.cc; that a tensor which lies in its place
// is not copied is seen afterwards, in emit_blocked_concat (lower_concat.cc).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <numeric>

#include "lowering/rules.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

/// Union-find with offsets: each tensor has a place in blocks relative to its root. What was placed last can be undone.
class Places {
 public:
  explicit Places(size_t tensors) : parent_(tensors), size_(tensors, 1), offset_(tensors, 0), leaves_(tensors) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  void add_leaf(size_t tensor, int64_t blocks) {
    const auto [root, at] = find(tensor);
    leaves_[root].push_back({at, blocks});
  }

  std::pair<size_t, int64_t> find(size_t tensor) const {
    int64_t offset = 0;
    while (parent_[tensor] != tensor) {
      offset += offset_[tensor];
      tensor = parent_[tensor];
    }
    return {tensor, offset};
  }

  /// Puts `part` at `blocks` behind `whole`'s first block; false when that contradicts what was placed before.
  bool unite(size_t whole, size_t part, int64_t blocks) {
    auto [root, at] = find(whole);
    auto [other, other_at] = find(part);
    int64_t shift = at + blocks - other_at;  // of other relative to root
    if (root == other) return shift == 0;
    for (const Leaf& a : leaves_[root]) {
      for (const Leaf& b : leaves_[other]) {
        if (a.first < b.first + shift + b.count && b.first + shift < a.first + a.count) return false;
      }
    }
    if (size_[root] < size_[other]) {  // the smaller set moves
      std::swap(root, other);
      shift = -shift;
    }
    changes_.push_back({root, other, leaves_[root].size()});
    parent_[other] = root;
    offset_[other] = shift;
    size_[root] += size_[other];
    for (const Leaf& b : leaves_[other]) leaves_[root].push_back({b.first + shift, b.count});
    return true;
  }

  /// Reserves blocks [first, first + count) of `tensor` for a step that copies into them;
  /// false when something lies there.
  bool reserve(size_t tensor, int64_t first, int64_t count) {
    const auto [root, at] = find(tensor);
    for (const Leaf& leaf : leaves_[root]) {
      if (leaf.first < at + first + count && at + first < leaf.first + leaf.count) return false;
    }
    changes_.push_back({root, root, leaves_[root].size()});
    leaves_[root].push_back({at + first, count});
    return true;
  }

  /// From here on unite and reserve can be undone.
  void begin() { changes_.clear(); }
  void undo() {
    for (; !changes_.empty(); changes_.pop_back()) {
      const Change& change = changes_.back();
      leaves_[change.root].resize(change.leaves);
      if (change.other == change.root) continue;
      parent_[change.other] = change.other;
      offset_[change.other] = 0;
      size_[change.root] -= size_[change.other];
    }
  }

 private:
  struct Leaf {
    int64_t first = 0, count = 0;  ///< blocks that one step writes, relative to the root
  };
  struct Change {
    size_t root, other;  ///< the same when blocks were reserved
    size_t leaves;       ///< of the root before
  };
  std::vector<size_t> parent_, size_;
  std::vector<int64_t> offset_;
  std::vector<std::vector<Leaf>> leaves_;
  std::vector<Change> changes_;
};

/// Places the operands of a concatenation of channels inside its result. An operand that cannot lie there is copied;
/// where the copy would overwrite what another operand brought along (the rest of a tensor it was sliced from), that
/// operand is copied instead.
void place_operands(const Context& context, const std::vector<ChannelPart>& parts, Places& places) {
  const TensorId y = parts.front().whole;
  struct Operand {
    TensorId tensor;
    int64_t at, blocks;
    bool may_share;
  };
  std::vector<Operand> operands;
  for (const ChannelPart& p : parts) {
    const int64_t at = block_of(context.state(y).segments, p.channel),
                  end = block_of(context.state(y).segments, p.channel + p.count);
    const bool may_share = context.options.enabled(Switch::storage_sharing) && context.has_blocked_form(p.part);
    operands.push_back({p.part, at, end - at, may_share});
  }
  while (true) {
    places.begin();
    bool fits = true;
    Operand* first_placed = nullptr;
    std::vector<const Operand*> copied;
    for (Operand& operand : operands) {
      if (operand.may_share && places.unite(y.index(), operand.tensor.index(), operand.at))
        first_placed = first_placed ? first_placed : &operand;
      else
        copied.push_back(&operand);
    }
    for (const Operand* operand : copied) fits = fits && places.reserve(y.index(), operand->at, operand->blocks);
    if (fits) return;
    places.undo();
    require(first_placed != nullptr, "a concatenation without shared operands overlaps itself");
    first_placed->may_share = false;
  }
}

/// It has a blocked form.
bool has_place(const Context& context, TensorId id) { return id && context.state(id).needs_blocked; }

/// Tensors that lie inside each other, and those that a step of their own writes.
Places place_tensors(const Context& context) {
  const Graph& graph = context.graph;
  Places places(graph.tensors.size());
  const auto parts_of = [&](const Node& node) {
    const OperatorRules& rules = rules_of(node);
    return rules.parts && context.state(node.outputs[0]).blocked ? rules.parts(context, node)
                                                                 : std::vector<ChannelPart>{};
  };
  const auto add_leaf = [&](TensorId id) { places.add_leaf(id.index(), block_count(context.state(id).segments)); };
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const TensorId id(i);
    const NodeId producer = context.uses.producer(id);
    const bool written = !producer || parts_of(graph[producer]).empty();
    if (has_place(context, id) && written) add_leaf(id);
  }
  for (NodeId id : graph.order) {
    const std::vector<ChannelPart> parts = parts_of(graph[id]);
    if (parts.empty()) continue;
    const TensorId y = graph[id].outputs[0];
    const ChannelPart& p = parts.front();
    if (p.whole == y) {
      place_operands(context, parts, places);
    } else {
      const int64_t at = block_of(context.state(p.whole).segments, p.channel);
      if (!context.options.enabled(Switch::storage_sharing) || !places.unite(p.whole.index(), y.index(), at))
        add_leaf(y);
    }
  }
  return places;
}

/// Every root becomes a storage; a concatenation without written operands still has its own blocks.
void make_storages(Context& context, const Places& places) {
  const Graph& graph = context.graph;
  std::vector<int> storage_of_root(graph.tensors.size(), -1);
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const TensorId id(i);
    if (!has_place(context, id)) continue;
    const auto [root, at] = places.find(i);
    int& index = storage_of_root[root];
    if (index < 0) {
      index = static_cast<int>(context.storages.size());
      Storage storage;
      storage.extents = image_extents(context.tensor(id).shape);
      context.storages.push_back(storage);
    }
    context.state(id).place = {index, at};
  }
  std::vector<int64_t> first(context.storages.size(), 0), end(context.storages.size(), 0);
  std::vector<bool> seen(context.storages.size(), false);
  std::vector<int64_t> widest(context.storages.size(), 0);
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const TensorState& state = context.states[i];
    if (!has_place(context, TensorId(i))) continue;
    const int index = state.place.storage;
    const int64_t blocks = block_count(state.segments);
    first[index] = seen[index] ? std::min(first[index], state.place.block) : state.place.block;
    end[index] = seen[index] ? std::max(end[index], state.place.block + blocks) : state.place.block + blocks;
    seen[index] = true;
    if (blocks > widest[index]) {  // the storage is called after its widest member
      widest[index] = blocks;
      const NodeId producer = context.uses.producer(TensorId(i));
      context.storages[index].name = producer ? display_name(graph, graph[producer]) : graph.tensors[i].name;
    }
  }
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (has_place(context, TensorId(i))) context.states[i].place.block -= first[context.states[i].place.storage];
  }
  for (size_t i = 0; i < context.storages.size(); ++i) context.storages[i].blocks = end[i] - first[i];
}

void widen_borders(Context& context) {
  for (NodeId id : context.graph.order) {
    const Node& node = context.graph[id];
    const OperatorRules& rules = rules_of(node);
    if (!rules.border) continue;
    const int storage = context.state(node.inputs[0]).place.storage;
    if (storage >= 0) context.storages[storage].border.widen(rules.border(context, node));
  }
}

}  // namespace

void share_storages(Context& context) {
  make_storages(context, place_tensors(context));
  widen_borders(context);
}

}  // namespace intaglio::lowering
