// The interface of an imported model: symbolic dimensions, bound inputs, cuts, outputs that are something else too.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "frontend/model_builder.h"
#include "ir/text.h"

namespace intaglio::testing {
namespace {

ModelBuilder relu_on(std::vector<Dimension> dims) {
  ModelBuilder model(17);
  model.input("x", std::move(dims)).output("y").node("Relu", {"x"}, {"y"});
  return model;
}

TEST(Inputs, BatchDefaultsToOneWithANote) {
  const Imported imported = relu_on({"N", 3}).import();
  EXPECT_EQ(imported.graph[imported.graph.inputs[0]].shape, (Shape{1, 3}));
  ASSERT_EQ(imported.notes.size(), 1u);
  EXPECT_EQ(imported.notes[0], "batch dimension 'N' of input 'x' set to 1 (bind it with --shape)");
}

TEST(Inputs, ShapesBindSymbols) {
  ImportOptions options;
  options.shapes["x"] = Shape{2, 3, 5};
  const Imported imported = relu_on({"N", 3, "W"}).import(options);
  EXPECT_EQ(imported.graph[imported.graph.inputs[0]].shape, (Shape{2, 3, 5}));
  EXPECT_TRUE(imported.notes.empty());
}

TEST(Inputs, SymbolsAreSharedBetweenInputs) {
  ModelBuilder model(17);
  model.input("x", {"N", "W"}).input("z", {"N", "W"}).output("y").node("Add", {"x", "z"}, {"y"});
  ImportOptions options;
  options.shapes["z"] = Shape{4, 7};
  EXPECT_EQ(model.lines(options), "y = add(x, z) : float32 4x7\noutput y\n");
}

TEST(Inputs, OtherDimensionsMustBeGiven) {
  EXPECT_EQ(relu_on({"N", 3, "H", "W"}).problems(), "input 'x': has dimensions of unknown extent: 'H', 'W'");
  ImportOptions options;
  options.shapes["x"] = Shape{1, 3};
  EXPECT_EQ(relu_on({1, 3, 5}).problems(options), "input 'x': has 3 dimensions, but the shape given, 1x3, has 2");
  options.shapes["x"] = Shape{1, 4, 5};
  EXPECT_EQ(relu_on({1, 3, 5}).problems(options),
            "input 'x': has extent 3 in dimension 1, but the shape given is 1x4x5");
  options.shapes = {{"image", Shape{1}}};
  EXPECT_EQ(relu_on({1}).problems(options), "--shape names 'image', which is no input of the model");
}

TEST(Inputs, AbsurdShapes) {
  EXPECT_EQ(relu_on({-1, 3}).problems(), "input 'x': has a negative extent (-1x3)");
  EXPECT_EQ(relu_on({int64_t{1} << 40}).problems(), "input 'x': has more than 2^31 elements (1099511627776)");
}

TEST(Inputs, Types) {
  ModelBuilder model(17);
  model.input("x", {2}, onnx::TensorProto::FLOAT16).output("y").node("Relu", {"x"}, {"y"});
  EXPECT_EQ(model.problems(), "input 'x': float16 data is not supported");
  ModelBuilder wide(17);
  wide.input("x", {2}, onnx::TensorProto::DOUBLE).output("y").node("Relu", {"x"}, {"y"});
  EXPECT_EQ(wide.problems(), "input 'x': has type float64, which is not supported");
}

TEST(Inputs, ZeroElements) { EXPECT_EQ(relu_on({0, 3}).lines(), "y = relu(x) : float32 0x3\noutput y\n"); }

TEST(Inputs, BindingsMakeConstants) {
  ModelBuilder model(17);
  model.input("x", {2, 3}).input("shape", {1}, onnx::TensorProto::INT64).output("y");
  model.node("Reshape", {"x", "shape"}, {"y"});
  ImportOptions options;
  options.bindings["shape"] = TensorData::of<int64_t>(Shape{1}, std::vector<int64_t>{-1});
  EXPECT_EQ(print(model.import(options).graph),
            "graph model\ninput x: float32 2x3\n"
            "y = reshape(x) : float32 6  # node 'y'\noutput y\n");
  options.bindings["shape"] = TensorData::of<float>(Shape{1}, std::vector<float>{-1});
  EXPECT_EQ(model.problems(options), "input 'shape': has type int64, but is bound to float32 data");
  options.bindings["shape"] = TensorData::of<int64_t>(Shape{2}, std::vector<int64_t>{3, 2});
  EXPECT_EQ(model.problems(options), "input 'shape': has extent 1 in dimension 0, but the shape given is 2");
  options.bindings = {{"nothing", TensorData::scalar(1.0f)}};
  EXPECT_EQ(model.problems(options).substr(0, 44), "--bind names 'nothing', which is no input of");
}

TEST(Inputs, InitializersAmongInputsAreConstants) {
  ModelBuilder model(8, 3);
  model.input("x", {2}).input("b", {2}).constant("b", floats({2}, {1, 2})).output("y").node("Add", {"x", "b"}, {"y"});
  const Imported imported = model.import();
  ASSERT_EQ(imported.graph.inputs.size(), 1u);
  EXPECT_EQ(imported.graph[imported.graph.inputs[0]].name, "x");
}

TEST(Outputs, CutDropsNodesAndInputs) {
  ModelBuilder model(17);
  model.input("x", {2}).input("z", {2}).output("y");
  model.node("Relu", {"x"}, {"a"}).node("Magic", {"a", "z"}, {"y"});
  ImportOptions options;
  options.outputs = {"a"};
  EXPECT_EQ(print(model.import(options).graph),
            "graph model\ninput x: float32 2\na = relu(x) : float32 2  # node 'a'\noutput a\n");
  options.outputs = {"q"};
  EXPECT_EQ(model.problems(options), "output 'q': is not a value of the model");
}

TEST(Outputs, DeadNodesAreDropped) {
  ModelBuilder model = relu_on({2});
  model.node("Magic", {"x"}, {"unused"});
  EXPECT_EQ(model.lines(), "y = relu(x) : float32 2\noutput y\n");
}

TEST(Outputs, ConstantsAndAliases) {
  ModelBuilder model(17);
  model.input("x", {2}).constant("c", floats({2}, {1, 2})).output("c").output("a").output("r").output("s");
  model.node("Identity", {"x"}, {"a"}).node("Relu", {"x"}, {"r"}).node("Identity", {"r"}, {"s"});
  EXPECT_EQ(model.lines(),
            "r = relu(x) : float32 2\nc = identity('c/value') : float32 2\na = identity(x) : float32 2\n"
            "s = identity(r) : float32 2\noutput c\noutput a\noutput r\noutput s\n");
}

TEST(Outputs, ListedTwiceIsOneTensor) {
  EXPECT_EQ(relu_on({2}).output("y").lines(), "y = relu(x) : float32 2\noutput y\noutput y\n");
  ModelBuilder model(17);
  model.constant("c", floats({2}, {1, 2})).output("c").output("c");
  EXPECT_EQ(model.lines(), "c = identity('c/value') : float32 2\noutput c\noutput c\n");
}

TEST(Outputs, KeepTheirNames) {
  ModelBuilder model(17);
  model.input("x", {2}).output("anchors").output("y/add_1").output("y");
  model.node("Constant", {}, {"anchors"}, {numbers("value_floats", {1, 2})});
  // The import gives names of this form to the values between the additions of Sum.
  model.node("Sum", {"x", "x", "x"}, {"y"}).node("Identity", {"y"}, {"y/add_1"});
  const Imported imported = model.import();
  std::vector<std::string> names;
  for (TensorId id : imported.graph.outputs) names.push_back(imported.graph[id].name);
  EXPECT_EQ(names, (std::vector<std::string>{"anchors", "y/add_1", "y"}));
}

TEST(Outputs, AnInputIsCopied) {
  ModelBuilder model(17);
  model.input("x", {2}).output("x");
  EXPECT_EQ(model.lines(), "x_2 = identity(x) : float32 2\noutput x_2\n");
}

}  // namespace
}  // namespace intaglio::testing
