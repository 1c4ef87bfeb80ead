// Pools and reductions: what they become, and what of them is refused.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/node_cases.h"

namespace intaglio::testing {

NodeCases reduction_cases() {
  NodeCases cases;
  cases.imported = {
      {"MaxPoolCeil",
       17,
       {1, 1, 6},
       on_x("MaxPool", {integers("kernel_shape", {3}), integers("strides", {2}), integer("ceil_mode", 1)}),
       "y = max_pool(x) {kernel 3, strides 2} : float32 1x1x3\n"},
      // The third window would start at 4, behind the input and its left padding.
      {"MaxPoolCeilOfASingleWindowThatHangsOver",
       17,
       {1, 2, 2, 2},
       on_x("MaxPool", {integers("kernel_shape", {3, 3}), integers("strides", {2, 2}), integer("ceil_mode", 1)}),
       "y = max_pool(x) {kernel 3x3, strides 2x2} : float32 1x2x1x1\n"},
      {"MaxPoolCeilDropsWindowInPadding",
       17,
       {1, 1, 3},
       on_x("MaxPool", {integers("kernel_shape", {2}), integers("strides", {2}), integers("pads", {1, 1}),
                        integer("ceil_mode", 1)}),
       "y = max_pool(x) {kernel 2, strides 2, pads 1 1} : float32 1x1x2\n"},
      {"AveragePoolCountsPadding",
       19,
       {1, 1, 4, 4},
       on_x("AveragePool", {integers("kernel_shape", {2, 2}), integers("pads", {1, 1, 0, 0}),
                            integer("count_include_pad", 1), integers("dilations", {2, 2})}),
       "y = average_pool(x) {kernel 2x2, dilations 2x2, pads 1x1 0x0, count_include_pad} : float32 1x1x3x3\n"},
      {"LpPool",
       18,
       {1, 1, 4},
       on_x("LpPool", {integers("kernel_shape", {2}), integer("p", 3)}),
       "y = lp_pool(x) {kernel 2, p 3} : float32 1x1x3\n"},
      {"GlobalAveragePool1d",
       17,
       {1, 2, 5},
       on_x("GlobalAveragePool"),
       "y = reduce_mean(x) {axes 2} : float32 1x2x1\n"},
      {"ReduceMeanAttribute",
       17,
       {1, 2, 5},
       on_x("ReduceMean", {integers("axes", {-1}), integer("keepdims", 0)}),
       "y = reduce_mean(x) {axes 2, keep_dims false} : float32 1x2\n"},
      {"ReduceMeanInput",
       18,
       {1, 2, 5},
       on("ReduceMean", {"x", "axes"}),
       "y = reduce_mean(x) {axes 1 2} : float32 1x1x1\n",
       {{"axes", int64s({2}, {-1, 1})}}},
      {"ReduceSumAll",
       13,
       {2, 5},
       on_x("ReduceSum", {integer("keepdims", 0)}),
       "y = reduce_sum(x) {axes 0 1, keep_dims false} : float32 scalar\n"},
      {"ReduceSumNoop",
       13,
       {2, 5},
       on_x("ReduceSum", {integer("noop_with_empty_axes", 1)}),
       "y = reduce_sum(x) : float32 2x5\n"},
      {"ArgMax",
       17,
       {2, 5},
       on_x("ArgMax", {integer("axis", -1), integer("keepdims", 0)}),
       "y = arg_max(x) {axis 1, keep_dims false} : int64 2\n"},
      {"CumSum",
       14,
       {2, 5},
       on("CumSum", {"x", "axis"}, {integer("reverse", 1)}),
       "y = cumulative_sum(x) {axis 1, reverse} : float32 2x5\n",
       {{"axis", int64s({}, {-1})}}},
  };
  cases.refused = {
      {"CumSumAlongAnInput", on("CumSum", {"x", "i"}), "the axis 'i' of CumSum is not constant"},
      {"CumSumAlongManyAxes", on("CumSum", {"x", "p"}), "the axis of CumSum must be one integer"},
      {"PoolWithoutKernel", on("MaxPool", {"x"}), "attribute 'kernel_shape' is missing"},
      {"PoolOfPadding", on("MaxPool", {"x"}, {integers("kernel_shape", {2}), integers("pads", {2, 0})}),
       "MaxPool has pads so large that a window sees only padding"},
      {"PoolLargerThanItsInputByAStride",
       on("MaxPool", {"x"}, {integers("kernel_shape", {8}), integers("strides", {2}), integer("ceil_mode", 1)}),
       "the kernel of MaxPool covers 8 elements, but the padded input has only 6"},
  };
  return cases;
}

}  // namespace intaglio::testing
