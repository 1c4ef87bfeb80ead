// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/node_order.h"

#include "support/error.h"

namespace intaglio {

namespace {
constexpr uint64_t rank_distance = uint64_t{1} << 32;  // leaves room for nodes between two nodes
}

void NodeOrder::insert(NodeId id, NodeId before) {
  require(!contains(id), "a node stands twice in the order");
  require(!before || contains(before), "a node is put in front of one that is not in the order");
  if (id.index() >= links_.size()) links_.resize(id.index() + 1);
  const NodeId previous = before ? links_[before.index()].previous : last_;
  const uint64_t low = previous ? rank(previous) : 0;
  links_[id.index()] = {previous, before, before ? low + (rank(before) - low) / 2 : low + rank_distance};
  (previous ? links_[previous.index()].next : first_) = id;
  (before ? links_[before.index()].previous : last_) = id;
  ++size_;
  if (rank(id) == low) renumber();
}

void NodeOrder::erase(NodeId id) {
  if (!contains(id)) return;
  const Link link = links_[id.index()];
  (link.previous ? links_[link.previous.index()].next : first_) = link.next;
  (link.next ? links_[link.next.index()].previous : last_) = link.previous;
  links_[id.index()] = {};
  --size_;
}

void NodeOrder::renumber() {
  uint64_t next = rank_distance;
  for (NodeId id : *this) {
    links_[id.index()].rank = next;
    next += rank_distance;
  }
}

}  // namespace intaglio
