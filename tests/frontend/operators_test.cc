// What every operator becomes and what of it is refused: the cases of node_cases.h, and some of more than one node.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>

#include "frontend/node_cases.h"

namespace intaglio::testing {
void PrintTo(const ImportedNode& test, std::ostream* out) { *out << test.label; }
void PrintTo(const RefusedNode& test, std::ostream* out) { *out << test.label; }

namespace {

class Operators : public ::testing::TestWithParam<ImportedNode> {};

TEST_P(Operators, Import) { EXPECT_EQ(model_of(GetParam()).lines(), GetParam().expected + "output y\n"); }

INSTANTIATE_TEST_SUITE_P(Frontend, Operators, ::testing::ValuesIn(all_node_cases().imported),
                         [](const auto& info) { return info.param.label; });

class RefusedNodes : public ::testing::TestWithParam<RefusedNode> {};

TEST_P(RefusedNodes, SayWhy) {
  ModelBuilder model(GetParam().opset);
  model.input("x", {1, 4, 6}).input("i", {2}, onnx::TensorProto::INT64).output("y");
  model.constant("w", floats({4, 4, 3}, std::vector<float>(48))).constant("s", int64s({1}, {3}));
  model.constant("v", floats({4}, {1, 2, 3, 4})).constant("none", floats({0, 4, 3}, {}));
  model.constant("p", int64s({2, 4, 1}, std::vector<int64_t>(8)));
  *model.proto.mutable_graph()->add_node() = GetParam().node;
  EXPECT_EQ(model.problems(), "node 'y': " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Frontend, RefusedNodes, ::testing::ValuesIn(all_node_cases().refused),
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
