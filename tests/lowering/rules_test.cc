// The table of lowering's rules: complete, and its rows fit together.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/rules.h"

#include <gtest/gtest.h>

#include "lowering/node_check.h"

namespace intaglio::lowering {
namespace {

TEST(Rules, EveryOperatorHasOneRow) {
  std::vector<int> rows(std::variant_size_v<Operator>, 0);
  for (const OperatorRules& rules : all_rules()) ++rows.at(rules.op);
  for (size_t op = 0; op < rows.size(); ++op) EXPECT_EQ(rows[op], 1) << "operator " << op << " of ir/operators.h";
}

TEST(Rules, OperatorsEmitWhatTheyWish) {
  for (const OperatorRules& rules : all_rules()) {
    EXPECT_TRUE(rules.check) << rules.op;
    const bool emits = rules.blocked || rules.planar;
    EXPECT_EQ(emits, rules.check != constants_only) << rules.op;
    EXPECT_EQ(rules.wishes != nullptr, rules.blocked != nullptr) << rules.op;
    const bool planar_only = !rules.same_lanes && !rules.parts && !rules.border && !rules.layers;
    EXPECT_TRUE(rules.wishes || planar_only) << rules.op;
  }
}

TEST(Rules, NodesFindTheRowOfTheirOperator) {
  const Node concat{.op = Concat{1}}, softmax{.op = Softmax{}};
  EXPECT_EQ(rules_of(concat).op, operator_index<Concat>);
  EXPECT_TRUE(rules_of(concat).parts);
  EXPECT_EQ(rules_of(softmax).op, operator_index<Softmax>);
  EXPECT_FALSE(rules_of(softmax).wishes);
}

}  // namespace
}  // namespace intaglio::lowering
