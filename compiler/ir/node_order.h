// The order in which the live nodes of a graph stand. A list, so that rewriting a network takes time in proportion to
// what changes: nodes go, come and move at the cost of a few steps wherever they stand.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <iterator>
#include <vector>

#include "support/id.h"

namespace intaglio {

using NodeId = Id<struct NodeTag>;

class NodeOrder {
  struct Link {
    NodeId previous, next;
    uint64_t rank = 0;  ///< ascends along the list; 0 for nodes outside
  };

 public:
  /// Stays valid while its own node stays.
  class iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = NodeId;
    using difference_type = std::ptrdiff_t;
    using pointer = const NodeId*;
    using reference = NodeId;

    iterator() = default;
    iterator(const NodeOrder* order, NodeId id) : order_(order), id_(id) {}
    NodeId operator*() const { return id_; }
    iterator& operator++() {
      id_ = order_->links_[id_.index()].next;
      return *this;
    }
    iterator operator++(int) {
      const iterator old = *this;
      ++*this;
      return old;
    }
    iterator& operator--() {
      id_ = id_ ? order_->links_[id_.index()].previous : order_->last_;
      return *this;
    }
    iterator operator--(int) {
      const iterator old = *this;
      --*this;
      return old;
    }
    bool operator==(const iterator& other) const { return id_ == other.id_; }

   private:
    const NodeOrder* order_ = nullptr;
    NodeId id_;
  };
  using const_iterator = iterator;

  iterator begin() const { return {this, first_}; }
  iterator end() const { return {this, NodeId()}; }
  std::reverse_iterator<iterator> rbegin() const { return std::reverse_iterator(end()); }
  std::reverse_iterator<iterator> rend() const { return std::reverse_iterator(begin()); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// The node at a position; linear.
  NodeId operator[](size_t position) const { return *std::next(begin(), static_cast<std::ptrdiff_t>(position)); }

  bool contains(NodeId id) const { return id.index() < links_.size() && links_[id.index()].rank != 0; }
  /// Whether `a` stands in front of `b`; both are in the order.
  bool precedes(NodeId a, NodeId b) const { return rank(a) < rank(b); }
  /// A number that ascends along the order. Later insertions may change it.
  uint64_t rank(NodeId id) const { return links_[id.index()].rank; }

  /// Adds a node that is not in the order at its end, or in front of `before`.
  void insert(NodeId id, NodeId before = {});
  void push_back(NodeId id) { insert(id); }
  /// Nothing happens when the node is not in the order.
  void erase(NodeId id);

 private:
  void renumber();

  std::vector<Link> links_;  // by node
  NodeId first_, last_;
  size_t size_ = 0;
};

}  // namespace intaglio
