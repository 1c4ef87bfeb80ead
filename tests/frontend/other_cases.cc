// Nodes that compute nothing, and what is wrong with nodes of any operator.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/node_cases.h"

namespace intaglio::testing {

NodeCases other_cases() {
  NodeCases cases;
  cases.imported = {
      {"Identity", 17, {2}, on_x("Identity"), "y = identity(x) : float32 2\n"},
      {"Constant",
       17,
       {1},
       on("Constant", {}, {tensor("value", int64s({1}, {1}))}),
       "y = identity('y/value') : int64 1\n"},
      {"ConstantOfShape",
       17,
       {1},
       on("ConstantOfShape", {"s"}),
       "y = identity('y/value') : float32 2\n",
       {{"s", int64s({1}, {2})}}},
      {"Range",
       17,
       {1},
       on("Range", {"a", "b", "a"}),
       "y = identity('y/value') : int64 3\n",
       {{"a", int64s({}, {1})}, {"b", int64s({}, {4})}}},
      {"Dropout", 17, {2}, on_x("Dropout"), "y = identity(x) : float32 2\n"},
  };
  cases.refused = {
      {"UnknownOperator", on("Magic", {"x"}), "operator 'Magic' is not supported"},
      {"ControlFlow", on("Loop", {"x"}), "control flow (Loop) is not supported"},
      {"UnknownAttribute", on("Relu", {"x"}, {integer("depth", 1)}),
       "attribute 'depth' of Relu is unknown in this opset"},
      {"WrongAttributeType", on("Softmax", {"x"}, {number("axis", 1)}), "attribute 'axis' must be an integer"},
      {"TooFewInputs", on("Add", {"x"}), "Add has 1 inputs, but needs 2"},
      {"TooManyInputs", on("Relu", {"x", "x"}), "Relu has 2 inputs, but takes at most 1"},
      {"ConstantWithoutValue", on("Constant", {}), "Constant has no value"},
      {"ConstantString", on("Constant", {}, {text("value_string", "a")}), "string data is not supported"},
      {"SequenceAsTensor", on("SequenceAt", {"x", "s"}), "input 0 of SequenceAt is not a sequence"},
      {"DropoutTraining", on("Dropout", {"x", "", "i"}), "training_mode 'i' of Dropout is not constant"},
  };
  return cases;
}

}  // namespace intaglio::testing
