// Nodes that work element by element: what they become, and what of them is refused.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cmath>
#include <cstdint>

#include "frontend/node_cases.h"

namespace intaglio::testing {

NodeCases elementwise_cases() {
  NodeCases cases;
  cases.imported = {
      {"Relu", 17, {2, 3}, on_x("Relu"), "y = relu(x) : float32 2x3\n"},
      {"LeakyRelu", 17, {2}, on_x("LeakyRelu"), "y = leaky_relu(x) {alpha 0.01} : float32 2\n"},
      {"HardSigmoidWithoutBeta",
       17,
       {2},
       on_x("HardSigmoid", {number("alpha", 0.25f)}),
       "y = hard_sigmoid(x) {alpha 0.25, beta 0.5} : float32 2\n"},
      {"SeluGamma",
       17,
       {2},
       on_x("Selu", {number("alpha", 2), number("gamma", 3)}),
       "y = selu(x) {alpha 2, beta 3} : float32 2\n"},
      {"GeluTanh", 20, {2}, on_x("Gelu", {text("approximate", "tanh")}), "y = gelu_tanh(x) : float32 2\n"},
      {"ShrinkHard",
       9,
       {2},
       on_x("Shrink", {number("lambd", 1.5f)}),
       "'y/is_high' = greater(x, 'y/is_high/bound') : bool 2\n"
       "'y/not_low' = where('y/is_high', x, 'y/zero') : float32 2\n"
       "'y/is_low' = less(x, 'y/is_low/bound') : bool 2\n"
       "y = where('y/is_low', x, 'y/not_low') : float32 2\n"},
      {"ShrinkSoft",
       26,
       {2},
       on_x("Shrink", {number("bias", 0.5f)}),
       "'y/raised' = add(x, 'y/bias') : float32 2\n"
       "'y/lowered' = sub(x, 'y/bias') : float32 2\n"
       "'y/is_high' = greater(x, 'y/is_high/bound') : bool 2\n"
       "'y/not_low' = where('y/is_high', 'y/lowered', 'y/zero') : float32 2\n"
       "'y/is_low' = less(x, 'y/is_low/bound') : bool 2\n"
       "y = where('y/is_low', 'y/raised', 'y/not_low') : float32 2\n"},
      {"Clip6",
       6 + 1,
       {2},
       on_x("Clip", {number("min", 0), number("max", 6)}),
       "y = clip(x) {alpha 0, beta 6} : float32 2\n"},
      {"Clip13WithoutMin",
       13,
       {2},
       on("Clip", {"x", "", "high"}),
       "y = clip(x) {alpha -3.4028235e+38, beta 6} : float32 2\n",
       {{"high", floats({}, {6})}}},
      {"ClipBoundOfOneElement",
       13,
       {1, 1},
       on("Clip", {"x", "x"}),
       "'y/bound' = reshape(x) : float32 scalar\ny = max(x, 'y/bound') : float32 1x1\n"},
      {"AddBroadcasts", 17, {2, 3}, on("Add", {"x", "b"}), "y = add(x, b) : float32 2x3\n", {{"b", weights({3})}}},
      {"MeanOfThree",
       17,
       {2},
       on("Mean", {"x", "x", "x"}),
       "'y/add_1' = add(x, x) : float32 2\n'y/add_2' = add('y/add_1', x) : float32 2\n"
       "y = div('y/add_2', 'y/count') : float32 2\n"},
      {"MaxOfOne", 17, {2}, on("Max", {"x"}), "y = identity(x) : float32 2\n"},
      {"PowWithIntegerExponent",
       17,
       {2},
       on("Pow", {"x", "e"}),
       "y = pow(x, 'y/exponent') : float32 2\n",
       {{"e", int64s({}, {2})}}},
      {"And", 17, {2}, on("And", {"x", "x"}), "y = logical_and(x, x) : bool 2\n", {}, onnx::TensorProto::BOOL},
      {"Or", 17, {2}, on("Or", {"x", "x"}), "y = logical_or(x, x) : bool 2\n", {}, onnx::TensorProto::BOOL},
      {"PRelu", 17, {1, 4, 2}, on("PRelu", {"x", "s"}), "y = prelu(x, s) : float32 1x4x2\n", {{"s", weights({4, 1})}}},
      {"CastToItself",
       17,
       {2},
       on_x("Cast", {integer("to", onnx::TensorProto::FLOAT)}),
       "y = identity(x) : float32 2\n"},
      {"CastToInteger", 17, {2}, on_x("Cast", {integer("to", onnx::TensorProto::INT64)}), "y = cast(x) : int64 2\n"},
      {"ClipByNothing",
       13,
       {2},
       on("Clip", {"x", "n", "n"}),
       "y = clip(x) {alpha -inf, beta inf} : float32 2\n",
       {{"n", floats({}, {NAN})}}},
      {"ClipAboveByNothing",
       13,
       {2},
       on("Clip", {"x", "l", "n"}),
       "y = clip(x) {alpha -0.5, beta inf} : float32 2\n",
       {{"n", floats({}, {NAN})}, {"l", floats({}, {-0.5f})}}},
  };
  cases.refused = {
      {"NoBroadcast", on("Add", {"x", "v"}), "operands of Add have shapes 1x4x6 and 4, which do not broadcast"},
      {"MixedTypes", on("Add", {"x", "i"}), "operands of Add have different types, float32 and int64"},
      {"IntegerActivation", on("Sigmoid", {"i"}), "Sigmoid of int64 data is not supported"},
      {"ShrinkOfIntegers", on("Shrink", {"i"}), "Shrink of int64 data is not supported"},
      {"ClipBounds", on("Clip", {"x", "v"}), "min and max of Clip must be scalars"},
      {"NotOfFloats", on("Not", {"x"}), "Not of float32 data is not supported"},
      {"CastToString", on("Cast", {"x"}, {integer("to", onnx::TensorProto::STRING)}), "string data is not supported"},
      {"FloatToDouble", on("Cast", {"x"}, {integer("to", onnx::TensorProto::DOUBLE)}),
       "Cast of float64 data is not supported"},
  };
  return cases;
}

}  // namespace intaglio::testing
