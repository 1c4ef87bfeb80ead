// Normalisation and softmax: what they become, and what of them is refused.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/node_cases.h"

namespace intaglio::testing {

NodeCases normalization_cases() {
  NodeCases cases;
  cases.imported = {
      {"BatchNormalization",
       17,
       {1, 2, 3},
       on("BatchNormalization", {"x", "s", "s", "s", "s"}),
       "y = batch_norm(x, s, s, s, s) {epsilon 1e-05} : float32 1x2x3\n",
       {{"s", weights({2})}}},
      {"BatchNormalizationTraining",
       17,
       {4, 2},
       on("BatchNormalization", {"x", "s", "s", "s", "s"}, {integer("training_mode", 1)}),
       "y = batch_norm(x, s, s, s, s) {epsilon 1e-05, training, momentum 0.9} : float32 4x2\n",
       {{"s", weights({2})}}},
      {"InstanceNormalization",
       17,
       {1, 2, 3},
       on("InstanceNormalization", {"x", "s", "s"}),
       "y = group_norm(x, s, s) {groups 2, epsilon 1e-05} : float32 1x2x3\n",
       {{"s", weights({2})}}},
      {"GroupNormalization18",
       18,
       {1, 4, 3},
       on("GroupNormalization", {"x", "s", "s"}, {integer("num_groups", 2)}),
       "y = group_norm(x, 'y/scale', 'y/bias') {groups 2, epsilon 1e-05} : float32 1x4x3\n",
       {{"s", weights({2})}}},
      {"GroupNormalization21",
       21,
       {1, 4, 3},
       on("GroupNormalization", {"x", "s", "s"}, {integer("num_groups", 2)}),
       "y = group_norm(x, s, s) {groups 2, epsilon 1e-05} : float32 1x4x3\n",
       {{"s", weights({4})}}},
      {"LayerNormalization",
       17,
       {1, 4, 3},
       on("LayerNormalization", {"x", "s"}),
       "y = layer_norm(x, s) {axis 2, epsilon 1e-05} : float32 1x4x3\n",
       {{"s", weights({3})}}},
      {"Softmax13", 13, {2, 3, 4}, on_x("Softmax"), "y = softmax(x) {axis 2} : float32 2x3x4\n"},
      {"Softmax11Flattens",
       11,
       {2, 3, 4},
       on_x("Softmax"),
       "'y/matrix' = reshape(x) : float32 2x12\n'y/softmax' = softmax('y/matrix') {axis 1} : float32 2x12\n"
       "y = reshape('y/softmax') : float32 2x3x4\n"},
      {"LogSoftmax11OnLastAxis", 11, {2, 3}, on_x("LogSoftmax"), "y = log_softmax(x) {axis 1} : float32 2x3\n"},
  };
  cases.refused = {
      {"AxisOutOfRange", on("Softmax", {"x"}, {integer("axis", 3)}),
       "axis 3 is out of range for a tensor of 3 dimensions"},
      {"BatchNormShape", on("BatchNormalization", {"x", "v", "v", "v", "w"}),
       "the variance of BatchNormalization must have shape 4, not 4x4x3"},
      {"GroupNormGroups", on("GroupNormalization", {"x", "v", "v"}, {integer("num_groups", 3)}),
       "4 channels cannot be divided into 3 groups", 21},
  };
  return cases;
}

}  // namespace intaglio::testing
