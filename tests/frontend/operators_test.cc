// What every operator becomes: one ONNX node (or a few) on input x, and the nodes of the Graph.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "frontend/model_builder.h"

namespace intaglio::testing {
namespace {

struct Case {
  std::string label;
  int64_t opset;
  std::vector<Dimension> x;
  onnx::NodeProto node;
  std::string expected;                                                   ///< lines in front of "output y"
  std::vector<std::pair<std::string, onnx::TensorProto>> constants = {};  ///< further inputs of the node
};

std::ostream& operator<<(std::ostream& out, const Case& test) { return out << test.label; }

onnx::NodeProto on_x(const std::string& type, Attributes attributes = {}) {
  return make_node(type, {"x"}, {"y"}, std::move(attributes));
}

onnx::NodeProto on(const std::string& type, const Names& inputs, Attributes attributes = {}) {
  return make_node(type, inputs, {"y"}, std::move(attributes));
}

onnx::TensorProto weights(std::vector<int64_t> dims) {
  int64_t count = 1;
  for (int64_t dim : dims) count *= dim;
  return floats(dims, std::vector<float>(static_cast<size_t>(count), 0.5f));
}

class Operators : public ::testing::TestWithParam<Case> {};

TEST_P(Operators, Import) {
  const Case& test = GetParam();
  ModelBuilder model(test.opset);
  model.input("x", test.x).output("y");
  for (const auto& [name, value] : test.constants) model.constant(name, value);
  *model.proto.mutable_graph()->add_node() = test.node;
  EXPECT_EQ(model.lines(), test.expected + "output y\n");
}

const Case cases[] = {
    // ---- elementwise
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
    {"PRelu", 17, {1, 4, 2}, on("PRelu", {"x", "s"}), "y = prelu(x, s) : float32 1x4x2\n", {{"s", weights({4, 1})}}},
    {"CastToItself", 17, {2}, on_x("Cast", {integer("to", onnx::TensorProto::FLOAT)}), "y = identity(x) : float32 2\n"},
    {"CastToInteger", 17, {2}, on_x("Cast", {integer("to", onnx::TensorProto::INT64)}), "y = cast(x) : int64 2\n"},
    // ---- convolution and products
    {"Conv",
     17,
     {1, 3, 8, 8},
     on("Conv", {"x", "w", "b"}, {integers("pads", {0, 0, 1, 1}), integers("strides", {2, 2})}),
     "y = conv(x, w, b) {kernel 3x3, strides 2x2, pads 0x0 1x1} : float32 1x4x4x4\n",
     {{"w", weights({4, 3, 3, 3})}, {"b", weights({4})}}},
    {"ConvSameUpper",
     17,
     {1, 1, 6},
     on("Conv", {"x", "w"}, {text("auto_pad", "SAME_UPPER"), integers("strides", {2})}),
     "y = conv(x, w) {kernel 3, strides 2, pads 0 1} : float32 1x1x3\n",
     {{"w", weights({1, 1, 3})}}},
    {"ConvSameLowerDilated",
     17,
     {1, 1, 6},
     on("Conv", {"x", "w"}, {text("auto_pad", "SAME_LOWER"), integers("dilations", {3})}),
     "y = conv(x, w) {kernel 2, dilations 3, pads 2 1} : float32 1x1x6\n",
     {{"w", weights({1, 1, 2})}}},
    {"ConvDepthwise",
     17,
     {1, 4, 5},
     on("Conv", {"x", "w"}, {integer("group", 4)}),
     "y = conv(x, w) {kernel 2, group 4} : float32 1x4x4\n",
     {{"w", weights({4, 1, 2})}}},
    {"ConvTransposeOutputPadding",
     17,
     {1, 2, 3},
     on("ConvTranspose", {"x", "w"},
        {integers("strides", {2}), integers("pads", {1, 1}), integers("output_padding", {1})}),
     "y = conv_transpose(x, w) {kernel 3, strides 2, pads 1 0} : float32 1x5x6\n",
     {{"w", weights({2, 5, 3})}}},
    {"ConvTransposeOutputShape",
     17,
     {1, 1, 3},
     on("ConvTranspose", {"x", "w"}, {integers("strides", {3}), integers("output_shape", {10})}),
     "y = conv_transpose(x, w) {kernel 3, strides 3, pads 0 -1} : float32 1x1x10\n",
     {{"w", weights({1, 1, 3})}}},
    {"Gemm",
     17,
     {2, 3},
     on("Gemm", {"x", "w", "c"}, {integer("transB", 1), number("beta", 0.5f)}),
     "y = gemm(x, w, c) {trans_b, beta 0.5} : float32 2x4\n",
     {{"w", weights({4, 3})}, {"c", weights({4})}}},
    {"MatMulBatched",
     17,
     {2, 5, 3},
     on("MatMul", {"x", "w"}),
     "y = matmul(x, w) : float32 2x5x4\n",
     {{"w", weights({3, 4})}}},
    {"MatMulVector", 17, {3}, on("MatMul", {"x", "w"}), "y = matmul(x, w) : float32 4\n", {{"w", weights({3, 4})}}},
    // ---- normalisation
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
    // ---- pools and reductions
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
     on_x("MaxPool",
          {integers("kernel_shape", {2}), integers("strides", {2}), integers("pads", {1, 1}), integer("ceil_mode", 1)}),
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
    {"GlobalAveragePool1d", 17, {1, 2, 5}, on_x("GlobalAveragePool"), "y = reduce_mean(x) {axes 2} : float32 1x2x1\n"},
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
    // ---- movement
    {"ConcatDropsEmpty",
     17,
     {2, 3},
     on("Concat", {"x", "e", "x"}, {integer("axis", -1)}),
     "y = concat(x, x) {axis 1} : float32 2x6\n",
     {{"e", floats({2, 0}, {})}}},
    {"Slice9",
     9,
     {4, 6},
     on_x("Slice", {integers("starts", {-2}), integers("ends", {1000}), integers("axes", {1})}),
     "y = slice(x) {starts 0 4, steps 1 1} : float32 4x2\n"},
    {"SliceBackwards",
     17,
     {5},
     on("Slice", {"x", "s", "e", "a", "t"}),
     "y = slice(x) {starts 4, steps -2} : float32 3\n",
     {{"s", int64s({1}, {-1})}, {"e", int64s({1}, {INT64_MIN})}, {"a", int64s({1}, {0})}, {"t", int64s({1}, {-2})}}},
    {"SliceOfEverything",
     17,
     {5},
     on("Slice", {"x", "s", "e"}),
     "y = identity(x) : float32 5\n",
     {{"s", int64s({1}, {0})}, {"e", int64s({1}, {INT64_MAX})}}},
    {"SliceOfNothing",
     17,
     {5},
     on("Slice", {"x", "s", "e"}),
     "y = slice(x) {starts 0, steps 1} : float32 0\n",
     {{"s", int64s({1}, {3})}, {"e", int64s({1}, {2})}}},
    {"Pad2",
     10,
     {2, 3},
     on_x("Pad", {integers("pads", {0, 1, 0, 2}), text("mode", "reflect")}),
     "y = pad(x) {mode reflect, begins 0 1, ends 0 2} : float32 2x6\n"},
    {"Pad18Axes",
     18,
     {2, 3},
     on("Pad", {"x", "p", "", "a"}),
     "y = pad(x) {mode constant, begins 0 1, ends 0 -1} : float32 2x3\n",
     {{"p", int64s({2}, {1, -1})}, {"a", int64s({1}, {-1})}}},
    {"Pad13Value",
     13,
     {2},
     on("Pad", {"x", "p", "v"}),
     "y = pad(x, v) {mode constant, begins 1, ends 0} : float32 3\n",
     {{"p", int64s({2}, {1, 0})}, {"v", floats({}, {9})}}},
    {"TransposeReverses", 17, {2, 3}, on_x("Transpose"), "y = transpose(x) {permutation 1 0} : float32 3x2\n"},
    {"ReshapeInfers",
     17,
     {2, 3, 4},
     on("Reshape", {"x", "s"}),
     "y = reshape(x) : float32 2x12\n",
     {{"s", int64s({2}, {0, -1})}}},
    {"ReshapeAllowsZero",
     17,
     {0, 3},
     on("Reshape", {"x", "s"}, {integer("allowzero", 1)}),
     "y = reshape(x) : float32 5x0\n",
     {{"s", int64s({2}, {5, 0})}}},
    {"Flatten", 17, {2, 3, 4}, on_x("Flatten", {integer("axis", -1)}), "y = reshape(x) : float32 6x4\n"},
    {"Squeeze11", 11, {1, 3, 1}, on_x("Squeeze", {integers("axes", {-1})}), "y = reshape(x) : float32 1x3\n"},
    {"Squeeze13All", 13, {1, 3, 1}, on_x("Squeeze"), "y = reshape(x) : float32 3\n"},
    {"Unsqueeze13",
     13,
     {3},
     on("Unsqueeze", {"x", "a"}),
     "y = reshape(x) : float32 1x3x1\n",
     {{"a", int64s({2}, {0, -1})}}},
    {"Expand",
     17,
     {3, 1},
     on("Expand", {"x", "s"}),
     "y = expand(x) : float32 2x3x4\n",
     {{"s", int64s({3}, {2, 1, 4})}}},
    {"Tile",
     17,
     {2, 1},
     on("Tile", {"x", "r"}),
     "y = tile(x) {repeats 1 3} : float32 2x3\n",
     {{"r", int64s({2}, {1, 3})}}},
    {"Gather",
     17,
     {4, 3},
     on("Gather", {"x", "i"}, {integer("axis", 1)}),
     "y = gather(x, i) {axis 1} : float32 4\n",
     {{"i", int64s({}, {-1})}}},
    {"GatherElements11",
     11,
     {2, 3},
     on("GatherElements", {"x", "i"}),
     "y = gather_elements(x, i) {axis 0} : float32 1x3\n",
     {{"i", int64s({1, 3}, {0, -1, -2})}}},
    {"GatherElements13OfAPart",
     13,
     {4, 3},
     on("GatherElements", {"x", "i"}, {integer("axis", -1)}),
     "'y/reached' = slice(x) {starts 0 0, steps 1 1} : float32 2x3\n"
     "y = gather_elements('y/reached', i) {axis 1} : float32 2x4\n",
     {{"i", int64s({2, 4}, {0, 1, 2, 0, -3, -2, -1, 2})}}},
    {"DepthToSpaceCRD",
     17,
     {1, 8, 2, 3},
     on_x("DepthToSpace", {integer("blocksize", 2), text("mode", "CRD")}),
     "'y/blocks' = reshape(x) : float32 1x2x2x2x2x3\n"
     "'y/moved' = transpose('y/blocks') {permutation 0 1 4 2 5 3} : float32 1x2x2x2x3x2\n"
     "y = reshape('y/moved') : float32 1x2x4x6\n"},
    {"SpaceToDepth",
     17,
     {1, 2, 4, 6},
     on_x("SpaceToDepth", {integer("blocksize", 2)}),
     "'y/blocks' = reshape(x) : float32 1x2x2x2x3x2\n"
     "'y/moved' = transpose('y/blocks') {permutation 0 3 5 1 2 4} : float32 1x2x2x2x2x3\n"
     "y = reshape('y/moved') : float32 1x8x2x3\n"},
    // ---- resize
    {"Upsample9",
     9,
     {1, 1, 2, 2},
     on("Upsample", {"x", "s"}),
     "y = resize(x) {mode nearest, coordinates asymmetric, nearest floor, scales 1 1 2 2} : float32 1x1x4x4\n",
     {{"s", floats({4}, {1, 1, 2, 2})}}},
    {"ResizeSizes",
     13,
     {1, 1, 2, 2},
     on("Resize", {"x", "", "", "s"}, {text("mode", "linear")}),
     "y = resize(x) {mode linear, coordinates half_pixel} : float32 1x1x5x4\n",
     {{"s", int64s({4}, {1, 1, 5, 4})}}},
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
    {"ResizeKeepsTheScaleItIsGiven",
     13,
     {1, 1, 7, 4},
     on("Resize", {"x", "", "s"}, {text("mode", "linear")}),
     "y = resize(x) {mode linear, coordinates half_pixel, scales 1 1 0.6 2.5} : float32 1x1x4x10\n",
     {{"s", floats({4}, {1, 1, 0.6f, 2.5f})}}},
    // By scale, PyTorch copies along an axis that keeps its extent, and in two dimensions nearest repeats every element
    // where the extent doubles.
    {"ResizeLinearByScaleToTheSameExtent",
     13,
     {1, 1, 4, 4},
     on("Resize", {"x", "", "s"}, {text("mode", "linear")}),
     "y = resize(x) {mode linear, coordinates half_pixel, scales 1 1 1 2} : float32 1x1x4x8\n",
     {{"s", floats({4}, {1, 1, 1.1f, 2})}}},
    {"ResizeNearestByScaleToExtentsOfPyTorch",
     13,
     {1, 1, 4, 3},
     on("Resize", {"x", "", "s"},
        {text("mode", "nearest"), text("coordinate_transformation_mode", "asymmetric"), text("nearest_mode", "floor")}),
     "y = resize(x) {mode nearest, coordinates asymmetric, nearest floor, scales 1 1 1 2} : float32 1x1x4x6\n",
     {{"s", floats({4}, {1, 1, 1.1f, 2.3f})}}},
    {"ResizeNearestByScaleInOneDimension",
     13,
     {1, 1, 4},
     on("Resize", {"x", "", "s"},
        {text("mode", "nearest"), text("coordinate_transformation_mode", "asymmetric"), text("nearest_mode", "floor")}),
     "y = resize(x) {mode nearest, coordinates asymmetric, nearest floor, scales 1 1 1.1} : float32 1x1x4\n",
     {{"s", floats({3}, {1, 1, 1.1f})}}},
    {"Resize10ThatGrowsAndShrinks",
     10,
     {1, 1, 3, 6},
     on("Resize", {"x", "s"}),
     "'y/shrunk' = resize(x) {mode nearest, coordinates asymmetric, nearest ceil, scales 1 1 1 0.5} : float32 1x1x3x3\n"
     "y = resize('y/shrunk') {mode nearest, coordinates asymmetric, nearest floor, scales 1 1 2 1} : float32 1x1x6x3\n",
     {{"s", floats({4}, {1, 1, 2, 0.5f})}}},
    {"ResizeAxesNotLarger",
     18,
     {1, 1, 2, 4},
     on("Resize", {"x", "", "", "s"}, {integers("axes", {2, 3}), text("keep_aspect_ratio_policy", "not_larger")}),
     "y = resize(x) {mode nearest, coordinates half_pixel, nearest round_prefer_floor, scales 1 1 1.5 1.5} : float32 "
     "1x1x3x6\n",
     {{"s", int64s({2}, {7, 6})}}},
    {"ResizeToSameSize",
     13,
     {1, 1, 2, 2},
     on("Resize", {"x", "", "", "s"}),
     "y = identity(x) : float32 1x1x2x2\n",
     {{"s", int64s({4}, {1, 1, 2, 2})}}},
    // ---- nothing
    {"Identity", 17, {2}, on_x("Identity"), "y = identity(x) : float32 2\n"},
    {"Dropout", 17, {2}, on_x("Dropout"), "y = identity(x) : float32 2\n"},
};

INSTANTIATE_TEST_SUITE_P(Frontend, Operators, ::testing::ValuesIn(cases),
                         [](const auto& info) { return info.param.label; });

TEST(Operators, SplitIntoUnequalParts) {
  ModelBuilder model(18);
  model.input("x", {2, 5}).output("a").output("b");
  model.node("Split", {"x"}, {"a", "b"}, {integer("axis", 1), integer("num_outputs", 2)});
  EXPECT_EQ(model.lines(),
            "a = slice(x) {starts 0 0, steps 1 1} : float32 2x3\n"
            "b = slice(x) {starts 0 3, steps 1 1} : float32 2x2\noutput a\noutput b\n");
}

/// 45 times 1.4 are 62 in PyTorch, but 63 in float32; 60 times 2.1 are 126 and 125.
TEST(Operators, ResizeByScaleHasTheExtentThatTheExporterMeant) {
  const auto resized = [](int64_t extent, float scale, int64_t declared) {  // 0: undeclared
    ModelBuilder model(17);
    model.input("x", {1, extent}).output("y").constant("s", floats({2}, {1, scale}));
    model.node("Resize", {"x", "", "s"}, {"r"}).node("Neg", {"r"}, {"y"});
    if (declared != 0) {
      onnx::ValueInfoProto* value = model.proto.mutable_graph()->add_value_info();
      value->set_name("r");
      value->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(1);
      value->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(declared);
    }
    const Graph graph = model.import().graph;
    return graph[graph.outputs[0]].shape[1];
  };
  EXPECT_EQ(resized(45, 1.4f, 0), 62);
  EXPECT_EQ(resized(45, 1.4f, 62), 62);
  EXPECT_EQ(resized(45, 1.4f, 63), 63);
  EXPECT_EQ(resized(60, 2.1f, 0), 126);
  EXPECT_EQ(resized(60, 2.1f, 125), 125);
  EXPECT_EQ(resized(60, 2.1f, 7), 126);  // neither
  EXPECT_EQ(resized(5, 0.6f, 0), 3);
}

TEST(Operators, SequencesDisappear) {
  ModelBuilder model(17);
  model.input("x", {2, 5}).output("y").constant("two", int64s({}, {2})).constant("last", int64s({}, {-1}));
  model.node("SplitToSequence", {"x", "two"}, {"s"}, {integer("axis", 1)}).node("SequenceAt", {"s", "last"}, {"y"});
  EXPECT_EQ(model.lines(),
            "'s/part_2' = slice(x) {starts 0 4, steps 1 1} : float32 2x1\n"
            "y = identity('s/part_2') : float32 2x1\noutput y\n");
}

TEST(Operators, MaxPoolIndices) {
  ModelBuilder model(17);
  model.input("x", {1, 1, 4}).output("y").output("i");
  model.node("MaxPool", {"x"}, {"y", "i"}, {integers("kernel_shape", {2})});
  EXPECT_EQ(model.lines(), "y, i = max_pool(x) {kernel 2} : float32 1x1x3, int64 1x1x3\noutput y\noutput i\n");
}

TEST(Operators, TrainingBatchNormalizationHasStatistics) {
  ModelBuilder model(15);
  model.input("x", {4, 2, 3}).constant("s", weights({2})).output("y").output("m").output("v");
  model.node("BatchNormalization", {"x", "s", "s", "s", "s"}, {"y", "m", "v"}, {integer("training_mode", 1)});
  EXPECT_EQ(model.lines(),
            "y, m, v = batch_norm(x, s, s, s, s) {epsilon 1e-05, training, momentum 0.9} : "
            "float32 4x2x3, float32 2, float32 2\noutput y\noutput m\noutput v\n");
}

TEST(Operators, ShapeArithmeticFolds) {
  // x.view(x.size(0), -1), as TorchScript writes it.
  ModelBuilder model(13);
  model.input("x", {2, 3, 4}).output("y");
  model.constant("zero", int64s({}, {0})).constant("axis", int64s({1}, {0})).constant("rest", int64s({1}, {-1}));
  model.node("Shape", {"x"}, {"shape"})
      .node("Gather", {"shape", "zero"}, {"n"})
      .node("Unsqueeze", {"n", "axis"}, {"n1"});
  model.node("Concat", {"n1", "rest"}, {"to"}, {integer("axis", 0)}).node("Reshape", {"x", "to"}, {"y"});
  EXPECT_EQ(model.lines(), "y = reshape(x) : float32 2x12\noutput y\n");
}

TEST(Operators, TableIsSortedAndComplete) {
  const auto& table = operator_table();
  EXPECT_GE(table.size(), 100u);
  EXPECT_TRUE(std::ranges::is_sorted(table, {}, &OperatorRow::name));
  for (const OperatorRow& row : table) {
    EXPECT_FALSE(row.since_versions.empty()) << row.name;
    EXPECT_TRUE(std::ranges::is_sorted(row.since_versions)) << row.name;
  }
}

}  // namespace
}  // namespace intaglio::testing
