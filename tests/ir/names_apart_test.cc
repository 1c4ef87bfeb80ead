// Things of one name are told apart by words and hashes, whatever else there is.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/names_apart.h"

#include <gtest/gtest.h>

namespace intaglio {
namespace {

using Names = std::vector<std::string>;

Names apart(const std::vector<Named>& things, std::set<std::string> taken = {}) { return names_apart(things, taken); }

TEST(NamesApart, ANameOfItsOwnStays) {
  EXPECT_EQ(apart({{"a", {"add"}, {"1"}}, {"b", {"add"}, {"1"}}}), (Names{"a", "b"}));
}

TEST(NamesApart, WordsComeFirst) {
  EXPECT_EQ(apart({{"a", {"add"}, {""}}, {"a", {"mul"}, {""}}}), (Names{"a_add", "a_mul"}));
  // A word that all have says nothing, and who is alone after one word gets no second.
  EXPECT_EQ(apart({{"a", {"conv", "rows_0"}, {""}}, {"a", {"conv", "rows_8"}, {""}}}), (Names{"a_rows_0", "a_rows_8"}));
  EXPECT_EQ(apart({{"a", {"conv", "rows_0"}, {""}}, {"a", {"conv", "rows_8"}, {""}}, {"a", {"pool", "rows_8"}, {""}}}),
            (Names{"a_conv_rows_0", "a_conv_rows_8", "a_pool"}));
}

TEST(NamesApart, ThenAHashOfTheStructure) {
  const Names two = apart({{"a", {}, {"one"}}, {"a", {}, {"two"}}});
  EXPECT_EQ(two[0].size(), 6u);
  EXPECT_NE(two[0], two[1]);
  // Neither the order nor others of the name change it.
  const Names three = apart({{"a", {}, {"three"}}, {"a", {}, {"two"}}, {"a", {}, {"one"}}});
  EXPECT_EQ(three[1], two[1]);
  EXPECT_EQ(three[2], two[0]);
}

TEST(NamesApart, AStructureThatDependsOnOthersComesLast) {
  const Names names = apart({{"a", {}, {"one", "of x"}}, {"a", {}, {"two", "of x"}}, {"a", {}, {"two", "of y"}}});
  const Names others = apart({{"a", {}, {"one", "of z"}}, {"a", {}, {"two", "of z"}}, {"a", {}, {"two", "of y"}}});
  EXPECT_EQ(names[0], others[0]);
  EXPECT_NE(names[1], others[1]);
  EXPECT_EQ(names[2], others[2]);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 3u);
}

TEST(NamesApart, WhatIsEqualIsNumbered) {
  const Names names = apart({{"a", {}, {"one"}}, {"a", {}, {"one"}}, {"a", {}, {"one"}}});
  EXPECT_EQ(names[1], names[0] + "_2");
  EXPECT_EQ(names[2], names[0] + "_3");
}

TEST(NamesApart, NoNameIsTaken) {
  std::set<std::string> taken = {"a", "b_add"};
  const Names names = names_apart({{"a", {"add"}, {""}}, {"b", {"add"}, {"x"}}, {"b", {"mul"}, {"y"}}}, taken);
  EXPECT_EQ(names[0], "a_add");
  EXPECT_EQ(names[1].substr(0, 6), "b_add_");
  EXPECT_EQ(names[2], "b_mul");
  EXPECT_EQ(taken.size(), 5u);
}

}  // namespace
}  // namespace intaglio
