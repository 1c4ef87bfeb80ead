// Planar values that several concatenations take in: laid out once, inside the storage that the concatenations share.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "planning.h"
#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

const Window three_by_three{{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};

TensorId concat(GraphBuilder& b, const std::string& name, const std::vector<TensorId>& inputs) {
  std::vector<int64_t> extents = b.graph()[inputs[0]].shape.extents();
  extents[1] = 0;
  for (TensorId input : inputs) extents[1] += b.graph()[input].shape[1];
  return b.node(name, Concat{1}, inputs, Shape(extents));
}

/// Every layer reads the features of all layers before it, which start at the input or at a convolution of it.
Graph dense_block(int layers, bool stem) {
  GraphBuilder b(1);
  TensorId x = b.input("x", Shape{1, 24, 16, 16});
  if (stem) x = b.conv(x, 24, three_by_three, 1);
  std::vector<TensorId> features{x};
  for (int i = 0; i < layers; ++i) {
    const TensorId all = i == 0 ? x : concat(b, "all" + std::to_string(i), features);
    features.push_back(b.conv(all, 12, three_by_three, 1));
  }
  b.output(b.conv(concat(b, "last", features), 8, three_by_three, 1));
  return b.take();
}

Planned planned(const Graph& graph) { return lower_and_plan(graph, *find_target("portable"), {}); }

template <class Kind>
int count(const Program& program) {
  int result = 0;
  for (const Step& step : program.steps) result += std::holds_alternative<Kind>(step.kernel);
  return result;
}

TEST(SharedStorage, DenseBlockOnTheInputIsLaidOutOnce) {
  const Planned on_input = planned(dense_block(12, false)), on_conv = planned(dense_block(12, true));
  EXPECT_EQ(count<RelayoutStep>(on_input.program), 2);  // the input, and the output
  EXPECT_EQ(count<BlockedCopyStep>(on_input.program), 0);
  EXPECT_EQ(on_input.program.steps.size() + 1, on_conv.program.steps.size());
  EXPECT_LE(on_input.arena.bytes, on_conv.arena.bytes);
}

/// Of many steps that write to one buffer, each follows the one before and by that all.
TEST(SharedStorage, CopiesIntoOneBufferHaveOneDependencyEach) {
  constexpr int copies = 100;
  GraphBuilder b(1);
  const Shape shape{1, 2, 8, 8};
  const TensorId x = b.input("x", shape);
  std::vector<TensorId> parts;
  for (int i = 0; i < copies; ++i)
    parts.push_back(b.node("part" + std::to_string(i), Unary{UnaryKind::tanh}, {x}, shape));
  b.output(concat(b, "all", parts));
  const Program program = planned(b.take()).program;
  ASSERT_EQ(count<CopyStep>(program), copies);
  size_t dependencies = 0;
  for (const std::vector<int>& steps : memory_problem(program).dependencies) dependencies += steps.size();
  EXPECT_LT(dependencies, 2u * copies);
}

TEST(SharedStorage, ConcatenationsOfPlanarValuesGiveTheRightNumbers) {
  std::vector<ComparedGraph> graphs;
  graphs.push_back({"dense block", dense_block(4, false)});
  {  // the input stands at other places; batch of 2
    GraphBuilder b(2);
    const TensorId x = b.input("x", Shape{2, 12, 5, 6}), y = b.conv(x, 20, three_by_three, 1);
    b.output(b.conv(concat(b, "front", {x, y}), 8, three_by_three, 1));
    b.output(b.conv(concat(b, "back", {y, x}), 8, three_by_three, 1));
    b.output(concat(b, "twice", {x, y, x}));
    graphs.push_back({"input at other places", b.take()});
  }
  {  // a planar value that is computed
    GraphBuilder b(3);
    const TensorId x = b.input("x", Shape{1, 12, 5, 6}), y = b.conv(x, 12, three_by_three, 1);
    const TensorId soft = b.node("soft", Softmax{3}, {x}, Shape{1, 12, 5, 6});
    const TensorId first = concat(b, "first", {soft, y});
    b.output(b.conv(concat(b, "second", {soft, y, b.conv(first, 4, three_by_three, 1)}), 8, three_by_three, 1));
    b.output(soft);
    graphs.push_back({"computed planar value", b.take()});
  }
  {  // the cut in front of a planar operand survives that a depthwise convolution keeps the lanes
    GraphBuilder b(4);
    const TensorId x = b.input("x", Shape{1, 12, 5, 6}), z = b.input("z", Shape{1, 4, 5, 6});
    const TensorId all = concat(b, "all", {b.conv(x, 12, three_by_three, 1), z});
    b.output(b.conv(b.conv(all, 16, three_by_three, 16), 8, three_by_three, 1));
    graphs.push_back({"cut that survives", b.take()});
  }
  expect_as_interpreted(*find_target("portable"), graphs);
}

}  // namespace
}  // namespace intaglio::testing
