// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/rules.h"

#include "support/error.h"

namespace intaglio::lowering {

std::vector<OperatorRules> all_rules() {
  std::vector<OperatorRules> all;
  for (Rules family : {elementwise_rules(), convolution_rules(), transposed_convolution_rules(), product_rules(),
                       normalization_rules(), pool_rules(), reduction_rules(), concat_rules(), slice_rules(),
                       pad_rules(), shape_rules(), resize_rules()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

const OperatorRules& rules_of(const Node& node) {
  static const std::vector<OperatorRules> table = [] {
    std::vector<OperatorRules> by_operator(std::variant_size_v<Operator>);
    for (const OperatorRules& row : all_rules()) by_operator[row.op] = row;
    return by_operator;
  }();
  return table[node.op.index()];
}

std::vector<TensorId> lanes_of_input(const Context&, const Node& node) { return {node.inputs[0]}; }

}  // namespace intaglio::lowering
