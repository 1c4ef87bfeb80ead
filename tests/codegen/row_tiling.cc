// Row-tiled fusion groups: chains of layers that run band by band give the bits of whole layers, whatever windows,
// strides, dilations, paddings and heights they have, with line buffers of a few rows.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "interpreter/interpreter.h"
#include "ir/verify.h"
#include "planning.h"
#include "support/generated_batch.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

/// One layer of a chain.
struct Layer {
  int64_t outputs, groups;
  std::vector<int64_t> kernel, strides, begins, ends;
  std::vector<int64_t> dilations = {1, 1};
};

struct Case {
  std::string name;
  std::vector<int64_t> in;
  std::vector<Layer> layers;
  bool first_layer = false;  ///< the first of them reads the graph's planar input
  bool residual = false;     ///< the chain's input is added to its result
};

Layer pointwise(int64_t outputs) { return {outputs, 1, {1, 1}, {1, 1}, {0, 0}, {0, 0}}; }
Layer depthwise(int64_t channels, int64_t stride = 1, int64_t kernel = 3) {
  const int64_t pad = kernel / 2;
  return {channels, channels, {kernel, kernel}, {stride, stride}, {pad, pad}, {pad, pad}};
}

std::vector<Case> cases() {
  return {
      {"inverted residual", {1, 16, 30, 20}, {pointwise(32), depthwise(32), pointwise(16)}, false, true},
      {"stride 2", {1, 16, 31, 30}, {pointwise(32), depthwise(32, 2), pointwise(24)}},
      {"depthwise 5x5", {1, 24, 40, 24}, {depthwise(24, 1, 5), pointwise(24)}},
      {"stem", {1, 3, 56, 48}, {{16, 1, {3, 3}, {2, 2}, {1, 1}, {1, 1}}, depthwise(16), pointwise(16)}, true},
      {"dense 3x3", {1, 8, 40, 30}, {{16, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}}, {8, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}}}},
      {"dilated", {1, 8, 44, 30}, {pointwise(16), {16, 16, {3, 3}, {1, 1}, {2, 2}, {2, 2}, {2, 2}}, pointwise(8)}},
      {"no padding", {1, 8, 45, 30}, {pointwise(16), {16, 16, {3, 3}, {1, 1}, {0, 0}, {0, 0}}, pointwise(8)}},
      {"one-sided padding", {1, 8, 45, 30}, {pointwise(16), {16, 16, {4, 3}, {1, 1}, {0, 1}, {3, 1}}, pointwise(8)}},
      {"windows in the padding",
       {1, 8, 28, 30},
       {pointwise(16), {16, 16, {3, 3}, {1, 1}, {2, 2}, {2, 2}}, pointwise(8)}},
      {"windows in the padding",
       {1, 8, 40, 30},
       {pointwise(16), {16, 16, {3, 3}, {1, 1}, {2, 2}, {2, 2}}, pointwise(8)}},
      {"windows in the padding",
       {1, 8, 48, 30},
       {pointwise(16), {16, 16, {3, 3}, {1, 1}, {2, 2}, {2, 2}}, pointwise(8)}},
      {"skipped rows", {1, 8, 64, 30}, {pointwise(16), {16, 1, {1, 1}, {2, 1}, {0, 0}, {0, 0}}, pointwise(8)}},
      {"grouped", {1, 16, 40, 30}, {pointwise(16), {16, 4, {3, 3}, {1, 1}, {1, 1}, {1, 1}}, pointwise(16)}},
      {"odd channels", {1, 11, 40, 30}, {pointwise(19), depthwise(19), pointwise(13)}},
      {"five layers", {1, 8, 60, 20}, {pointwise(16), depthwise(16), pointwise(16), depthwise(16), pointwise(8)}},
  };
}

Graph graph_of(const Case& c, uint64_t seed) {
  GraphBuilder b(seed);
  const TensorId input = b.input("x", Shape(c.in));
  const Window one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
  const TensorId start = c.first_layer ? input : b.conv(input, c.in[1], one, 1);
  TensorId x = start;
  for (size_t i = 0; i < c.layers.size(); ++i) {
    const Layer& layer = c.layers[i];
    const Window window{layer.kernel, layer.strides, layer.dilations, layer.begins, layer.ends};
    Epilogue epilogue;
    if (c.residual && i + 1 == c.layers.size()) {
      epilogue.residual = true;
      x = b.conv(x, layer.outputs, window, layer.groups, epilogue, start);
    } else {
      epilogue.activation = {UnaryKind::relu};
      x = b.conv(x, layer.outputs, window, layer.groups, epilogue);
    }
  }
  b.output(b.conv(x, 8, {{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}, 1));  // its padding is a border of the chain's result
  return b.take();
}

/// A target whose second-level cache is small: chains of small layers are worth it.
Target small_cache(const char* name) {
  Target target = *find_target(name);
  target.l2_bytes = 24 << 10;
  return target;
}

class RowTiling : public ::testing::TestWithParam<const char*> {};

TEST_P(RowTiling, GivesTheBitsOfWholeLayers) {
  const Target target = small_cache(GetParam());
  if (!GeneratedBatch::can_run(target)) GTEST_SKIP() << "this machine has no AVX2";
  GeneratedBatch batch(target, {.strict = true});
  std::vector<Graph> graphs;
  const std::vector<Case> list = cases();
  for (const Case& c : list) {
    graphs.push_back(graph_of(c, graphs.size() + 1));
    verify(graphs.back());
    const Planned tiled = lower_and_plan(graphs.back(), target, {.strict = true}),
                  whole = lower_and_plan(graphs.back(), target, {.strict = true, .disabled = {"row_tiling"}});
    EXPECT_FALSE(tiled.program.groups.empty()) << c.name;
    EXPECT_TRUE(whole.program.groups.empty()) << c.name;
    if (c.name == "inverted residual") {
      EXPECT_LT(tiled.placement.arena_bytes, whole.placement.arena_bytes);
    }
    ASSERT_NO_THROW(batch.add(graphs.back())) << c.name;
  }
  batch.build();
  for (size_t i = 0; i < list.size(); ++i) {
    for (uint64_t seed : {1, 2}) {
      const std::vector<TensorData> inputs = random_inputs(graphs[i], seed);
      const std::vector<TensorData> got = batch.run(i, inputs), wanted = interpret(graphs[i], inputs, Numerics::strict);
      for (size_t o = 0; o < got.size(); ++o)
        EXPECT_EQ(bit_difference(got[o], wanted[o]), "") << list[i].name << ", output " << o;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, RowTiling, ::testing::Values("portable", "avx2", "scalar"),
                         [](const auto& info) { return std::string(info.param); });

TEST(RowTilingChoice, ChainsEndWhereOthersRead) {
  const Target target = small_cache("portable");
  GraphBuilder b(1);
  const Window one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
  const TensorId x = b.conv(b.input("x", Shape({1, 16, 32, 32})), 16, one, 1);
  const TensorId y = b.conv(x, 16, {{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}, 16);
  b.output(b.conv(y, 16, one, 1));
  b.output(b.conv(x, 16, one, 1));  // x has two readers, y one
  const Graph graph = b.take();
  const Program program = lower_and_plan(graph, target, {}).program;
  ASSERT_EQ(program.groups.size(), 1u);
  const auto in_group = [](const Step& step) { return step.group.has_value(); };
  const auto first = std::ranges::find_if(program.steps, in_group);
  EXPECT_EQ(kernel_name(first->kernel), "depthwise");
  EXPECT_TRUE(lower_and_plan(graph, target, {}, 2).program.groups.empty()) << "tasks cut whole layers";
  EXPECT_TRUE(lower_and_plan(graph, *find_target("portable"), {}).program.groups.empty()) << "everything fits L2";
}

}  // namespace
}  // namespace intaglio::testing
