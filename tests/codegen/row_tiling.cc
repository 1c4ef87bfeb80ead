// Row-tiled fusion groups: layers that run band by band give the bits of whole layers, whatever windows, strides,
// dilations, paddings and heights they have and whoever else reads their results, with line buffers of a few rows.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "planning.h"
#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

const Epilogue plain, relu{{UnaryKind::relu}, false, {}}, add{{}, true, {}};
const Window one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}, three{{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    three_by_two{{3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}};

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
      {"dense, dilated", {1, 8, 48, 30}, {{16, 1, {3, 3}, {1, 1}, {3, 3}, {3, 3}, {3, 3}}, pointwise(8)}},
      {"grouped, dilated",
       {1, 16, 48, 30},
       {pointwise(16), {16, 4, {3, 3}, {1, 1}, {4, 4}, {4, 4}, {4, 4}}, pointwise(16)}},
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

/// Layers that are not a chain, between a convolution and a 3x3 one.
struct Branches {
  std::string name;
  Shape in;
  std::function<TensorId(GraphBuilder&, TensorId)> body;
  std::string kernel;  ///< that some step of a group must have
};

TensorId ghost(GraphBuilder& b, TensorId x, int64_t channels, const Epilogue& epilogue) {
  Shape shape = b.graph()[x].shape;
  const TensorId primary = b.conv(x, channels / 2, one, 1, epilogue),
                 cheap = b.conv(primary, channels / 2, three, channels / 2, epilogue);
  shape[1] = channels;
  return b.node("ghost", Concat{1}, {primary, cheap}, shape);
}

TensorId pool(GraphBuilder& b, TensorId x, Pool pool) {
  Shape shape = b.graph()[x].shape;
  for (size_t i = 0; i < 2; ++i) {
    const Window& w = pool.window;
    const int64_t reach = (w.kernel[i] - 1) * w.dilations[i] + 1;
    shape[i + 2] = (shape[i + 2] + w.pads_begin[i] + w.pads_end[i] - reach) / w.strides[i] + 1;
  }
  return b.node("pool", pool, {x}, shape);
}

TensorId squeeze_excite(GraphBuilder& b, TensorId x, ReduceKind kind) {
  const Shape shape = b.graph()[x].shape, pixel{1, shape[1], 1, 1};
  const TensorId gate = b.conv(b.node("squeeze", Reduce{kind, {2, 3}}, {x}, pixel), shape[1], one, 1);
  return b.node("excite", Binary{BinaryKind::mul}, {x, b.node("gate", Unary{UnaryKind::relu}, {gate}, pixel)}, shape);
}

std::vector<Branches> branches() {
  using B = GraphBuilder;
  using T = TensorId;
  std::vector<Branches> list = {
      {"ghost module",
       {1, 16, 40, 20},
       [](B& b, T x) { return b.conv(ghost(b, x, 32, relu), 16, one, 1); },
       "depthwise"},
      {"ghost module with a part of a block",
       {1, 16, 40, 20},
       [](B& b, T x) { return b.conv(ghost(b, x, 24, relu), 8, one, 1); },
       "depthwise"},
      {"ghost bottleneck",
       {1, 16, 40, 20},
       [](B& b, T x) {
         const T y = ghost(b, ghost(b, x, 32, relu), 16, plain);
         return b.node("sum", Binary{BinaryKind::add}, {x, y}, b.graph()[x].shape);
       },
       "elementwise"},
      {"ghost bottleneck with stride",
       {1, 16, 48, 20},
       [](B& b, T x) {
         const T y = b.conv(ghost(b, x, 48, relu), 48, three_by_two, 48);
         return ghost(b, y, 24, plain);
       },
       "depthwise"},
      {"two readers with other windows",
       {1, 16, 40, 20},
       [](B& b, T x) {
         const T y = b.conv(x, 32, one, 1, relu);
         return b.conv(b.conv(y, 32, three, 32, relu), 32, one, 1, add, y);
       },
       "depthwise"},
      {"two results",
       {1, 16, 41, 20},
       [](B& b, T x) {
         const T y = b.conv(x, 32, one, 1, relu), z = b.conv(y, 32, three_by_two, 32);
         b.output(b.conv(y, 24, one, 1));
         return z;
       },
       "depthwise"},
      {"maximum pooling",
       {1, 16, 47, 20},
       [](B& b, T x) {
         return pool(b, b.conv(x, 32, one, 1), {PoolKind::max, three_by_two});
       },
       "pool"},
      {"average pooling with padding",
       {1, 16, 47, 20},
       [](B& b, T x) {
         return pool(b, b.conv(x, 32, one, 1), {PoolKind::average, {{3, 2}, {2, 1}, {1, 1}, {1, 1}, {2, 0}}, true});
       },
       "pool"},
      {"average pooling without padding",
       {1, 16, 48, 20},
       [](B& b, T x) {
         return pool(b, b.conv(x, 32, one, 1), {PoolKind::average, {{2, 2}, {2, 2}, {1, 1}, {0, 0}, {0, 0}}});
       },
       "pool"},
      {"excitation",
       {1, 16, 45, 21},
       [](B& b, T x) { return b.conv(squeeze_excite(b, b.conv(x, 32, one, 1), ReduceKind::mean), 16, one, 1); },
       "spatial_reduce"},
      {"excitation between borders",
       {1, 16, 45, 21},
       [](B& b, T x) {
         const T y = squeeze_excite(b, b.conv(x, 32, one, 1), ReduceKind::mean);
         b.output(b.conv(y, 8, three, 1));
         return b.conv(y, 32, three, 32);
       },
       "spatial_reduce"},
  };
  for (const ReduceKind kind : {ReduceKind::max, ReduceKind::l2, ReduceKind::l1}) {
    list.push_back({std::string(reduce_name(kind)),
                    {1, 16, 40, 16},
                    [kind](B& b, T x) { return squeeze_excite(b, b.conv(x, 32, one, 1), kind); },
                    "spatial_reduce"});
  }
  return list;
}

Graph graph_of(const Branches& c, uint64_t seed) {
  GraphBuilder b(seed);
  const TensorId x = b.conv(b.input("x", c.in), c.in[1], one, 1);
  b.output(b.conv(c.body(b, x), 8, three, 1));
  return b.take();
}

/// A target whose second-level cache is small: chains of small layers are worth it.
Target small_cache(const char* name) {
  Target target = *find_target(name);
  target.l2_bytes = 24 << 10;
  return target;
}

bool in_group(const Step& step) { return step.group.has_value(); }

/// Runs graphs and compares them with the interpreter bit for bit; every one must have a group.
class RowTiling : public ::testing::TestWithParam<const char*> {
 public:
  void check(const std::vector<ComparedGraph>& graphs,
             const std::function<void(size_t, const Planned&, const Planned&)>& look) {
    const Target target = small_cache(GetParam());
    for (size_t i = 0; i < graphs.size(); ++i) {
      const auto& [name, graph, tolerance] = graphs[i];
      const Planned tiled = lower_and_plan(graph, target, {.numerics = Numerics::strict}),
                    whole =
                        lower_and_plan(graph, target, {.numerics = Numerics::strict, .disabled = {Switch::row_tiling}});
      EXPECT_FALSE(tiled.program.groups.empty()) << name;
      EXPECT_TRUE(whole.program.groups.empty()) << name;
      look(i, tiled, whole);
    }
    expect_as_interpreted(target, graphs, {.numerics = Numerics::strict}, {1, 2});
  }
};

TEST_P(RowTiling, GivesTheBitsOfWholeLayers) {
  const std::vector<Case> list = cases();
  std::vector<ComparedGraph> graphs;
  for (const Case& c : list) graphs.push_back({c.name, graph_of(c, graphs.size() + 1)});
  check(graphs, [&](size_t i, const Planned& tiled, const Planned& whole) {
    if (list[i].name == "inverted residual") {
      EXPECT_LT(tiled.arena.bytes, whole.arena.bytes);
    }
  });
}

TEST_P(RowTiling, BranchesGiveTheBitsOfWholeLayers) {
  const std::vector<Branches> list = branches();
  std::vector<ComparedGraph> graphs;
  for (const Branches& c : list) graphs.push_back({c.name, graph_of(c, graphs.size() + 1)});
  check(graphs, [&](size_t i, const Planned& tiled, const Planned&) {
    EXPECT_TRUE(std::ranges::any_of(tiled.program.steps, [&](const Step& step) {
      return in_group(step) && kernel_name(step.kernel) == list[i].kernel;
    })) << list[i].name;
  });
}

INSTANTIATE_TEST_SUITE_P(Targets, RowTiling, ::testing::Values("portable", "avx2", "avx512", "scalar"), by_target);

/// Two tasks and three share a group's bands, each with line buffers of its own; the last task runs first.
TEST(RowTilingTasks, StripsGiveTheBitsOfWholeLayers) {
  Target target = small_cache("portable");
  target.l3_bytes_per_cycle = 1;  // so that rows at the strips' edges may be computed twice
  std::vector<ComparedGraph> graphs;
  for (const Case& c : cases()) graphs.push_back({c.name, graph_of(c, graphs.size() + 1)});
  for (const Branches& c : branches()) graphs.push_back({c.name, graph_of(c, graphs.size() + 1)});
  for (int64_t tasks : {2, 3}) {
    int64_t in_strips = 0;
    for (const ComparedGraph& each : graphs) {
      const Program program = lower_and_plan(each.graph, target, {.numerics = Numerics::strict}, tasks).program;
      in_strips += !program.groups.empty();
      for (const FusionGroup& group : program.groups) EXPECT_EQ(group.tasks, tasks);
    }
    EXPECT_GT(in_strips, std::ssize(graphs) / 2);
    expect_as_interpreted(target, graphs, {.numerics = Numerics::strict, .tasks = tasks}, {1});
  }
}

/// First layers by Winograd's algorithm and the pooling behind them, in fast numerics.
TEST(RowTilingStem, GivesTheBitsOfWholeLayers) {
  Target target = *find_target("avx2");
  if (!GeneratedBatch::can_run(target)) GTEST_SKIP() << "this machine cannot run it";
  target.l2_bytes = 480 << 10;
  GeneratedBatch tiled(target, {.numerics = Numerics::fast}),
      whole(target, {.numerics = Numerics::fast, .disabled = {Switch::row_tiling}});
  std::vector<Graph> graphs;
  for (int64_t height : {112, 119, 133}) {
    GraphBuilder b(1);
    const TensorId x =
        b.conv(b.input("x", Shape{1, 3, height, 112}), 64, {{7, 7}, {2, 2}, {1, 1}, {3, 3}, {3, 3}}, 1, relu);
    b.output(b.conv(pool(b, x, {PoolKind::max, three_by_two}), 8, three, 1));
    graphs.push_back(b.take());
    const Program program = lower_and_plan(graphs.back(), target, {}).program;
    ASSERT_EQ(program.groups.size(), 1u);
    EXPECT_EQ(kernel_name(std::ranges::find_if(program.steps, in_group)->kernel), "winograd");
    tiled.add(graphs.back());
    whole.add(graphs.back());
  }
  tiled.build();
  whole.build();
  for (size_t i = 0; i < graphs.size(); ++i) {
    const std::vector<TensorData> inputs = random_inputs(graphs[i], 1);
    EXPECT_EQ(bit_difference(tiled.run(i, inputs)[0], whole.run(i, inputs)[0]), "") << "graph " << i;
  }
}

TEST(RowTilingChoice, WhatOthersReadStaysWhole) {
  const Target target = small_cache("portable");
  GraphBuilder b(1);
  const TensorId x = b.conv(b.input("x", Shape({1, 16, 32, 32})), 16, one, 1);
  const TensorId y = b.conv(x, 16, three, 16);
  b.output(b.conv(y, 16, one, 1));
  b.output(b.conv(b.node("flipped", Slice{{0, 0, 31, 0}, {1, 1, -1, 1}}, {x}, Shape({1, 16, 32, 32})), 16, one, 1));
  const Graph graph = b.take();
  const Program program = lower_and_plan(graph, target, {}).program;
  ASSERT_EQ(program.groups.size(), 1u);
  size_t line_buffers = 0;
  for (const Buffer& buffer : program.buffers) line_buffers += buffer.name.ends_with("_lines");
  EXPECT_EQ(line_buffers, 1u) << "y, but not x";
  EXPECT_EQ(lower_and_plan(graph, target, {}, 2).program.groups.size(), 1u) << "of tasks in strips, y too";
  EXPECT_TRUE(lower_and_plan(graph, *find_target("portable"), {}).program.groups.empty()) << "everything fits L2";
}

/// Bands are written out, and a search over all their heights would take minutes.
TEST(RowTilingChoice, TallMapsHaveFewBands) {
  GraphBuilder b(1);
  TensorId x = b.input("x", Shape({1, 16, 20000, 3}));
  for (int layer = 0; layer < 60; ++layer) x = b.conv(x, 16, {{5, 1}, {1, 1}, {1, 1}, {2, 0}, {2, 0}}, 16);
  b.output(x);
  const Program program = lower_and_plan(b.take(), *find_target("portable"), {}).program;
  ASSERT_FALSE(program.groups.empty());
  for (const auto& group : program.groups) EXPECT_LE(group.bands, 32);
}

}  // namespace
}  // namespace intaglio::testing
