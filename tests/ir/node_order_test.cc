// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/node_order.h"

#include <gtest/gtest.h>

#include "support/error.h"

namespace intaglio {
namespace {

std::vector<size_t> nodes(const NodeOrder& order) {
  std::vector<size_t> result;
  for (NodeId id : order) result.push_back(id.index());
  std::vector<size_t> backwards;
  for (auto at = order.rbegin(); at != order.rend(); ++at) backwards.insert(backwards.begin(), (*at).index());
  EXPECT_EQ(result, backwards);
  EXPECT_EQ(result.size(), order.size());
  for (size_t i = 1; i < result.size(); ++i) EXPECT_TRUE(order.precedes(NodeId(result[i - 1]), NodeId(result[i])));
  return result;
}

TEST(NodeOrder, InsertsAndErasesAnywhere) {
  NodeOrder order;
  EXPECT_TRUE(order.empty());
  for (size_t i : {3, 0, 5}) order.push_back(NodeId(i));
  order.insert(NodeId(1), NodeId(0));
  order.insert(NodeId(2), NodeId(3));
  EXPECT_EQ(nodes(order), (std::vector<size_t>{2, 3, 1, 0, 5}));
  EXPECT_EQ(order[2], NodeId(1));
  for (size_t i : {2, 5, 1}) order.erase(NodeId(i));
  order.erase(NodeId(7));
  EXPECT_EQ(nodes(order), (std::vector<size_t>{3, 0}));
  EXPECT_FALSE(order.contains(NodeId(5)));
  order.insert(NodeId(5), NodeId(3));
  EXPECT_EQ(nodes(order), (std::vector<size_t>{5, 3, 0}));
  EXPECT_THROW(order.push_back(NodeId(5)), Error);
  EXPECT_THROW(order.insert(NodeId(8), NodeId(9)), Error);
}

TEST(NodeOrder, MakesRoomInOneGap) {
  NodeOrder order;
  order.push_back(NodeId(0));
  order.push_back(NodeId(1));
  for (size_t i = 2; i < 200; ++i) order.insert(NodeId(i), NodeId(1));
  for (size_t i = 200; i < 400; ++i) order.insert(NodeId(i), NodeId(i - 1));
  EXPECT_EQ(nodes(order).size(), 400u);
}

}  // namespace
}  // namespace intaglio
