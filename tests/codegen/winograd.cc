// Winograd convolutions over odd shapes against the interpreter: tiles that stick out, gap lanes, residuals, batches,
// one and two dimensions, every filtering, weights transformed before and while the kernel runs; and where they must
// not be used.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "interpreter/interpreter.h"
#include "lowering/lower.h"
#include "planning.h"
#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

struct Case {
  std::vector<int64_t> in;  ///< N, C, (H,) W
  int64_t outputs;
  std::vector<int64_t> kernel, begins, ends;
  bool residual = false;
  int64_t second = 0;  ///< channels concatenated behind the input's: gap lanes when the first do not fill their block
  std::vector<int64_t> strides = {};  ///< ones when empty
  bool first_layer = false;           ///< reads the graph's planar input
};

std::string name_of(const Case& c) {
  return fmt::format("in {} + {} out {} kernel {} pads {} {} strides {}{}{}", fmt::join(c.in, "x"), c.second, c.outputs,
                     fmt::join(c.kernel, "x"), fmt::join(c.begins, "x"), fmt::join(c.ends, "x"),
                     fmt::join(c.strides, "x"), c.residual ? " residual" : "", c.first_layer ? " first" : "");
}

Graph graph_of(const Case& c, uint64_t seed) {
  GraphBuilder b(seed);
  const std::vector<int64_t> ones(c.kernel.size(), 1), zeros(c.kernel.size(), 0);
  const Window one{ones, ones, ones, zeros, zeros};
  const TensorId input = b.input("x", Shape(c.in));
  TensorId x = c.first_layer ? input : b.conv(input, c.in[1], one, 1);
  if (c.second > 0) {
    std::vector<int64_t> shape = c.in;
    shape[1] += c.second;
    x = b.node("both", Concat{1}, {x, b.conv(input, c.second, one, 1)}, Shape(shape));
  }
  Epilogue epilogue;
  (c.residual ? epilogue.final_activation : epilogue.activation) = {UnaryKind::relu};
  const std::vector<int64_t> strides = c.strides.empty() ? ones : c.strides;
  const Window window{c.kernel, strides, ones, c.begins, c.ends};
  if (c.residual) {
    epilogue.residual = true;
    const TensorId other = b.conv(x, c.outputs, {c.kernel, strides, ones, c.begins, c.ends}, 1);
    b.output(b.conv(x, c.outputs, window, 1, epilogue, c.strides.empty() ? b.conv(x, c.outputs, one, 1) : other));
  } else {
    b.output(b.conv(b.conv(x, c.outputs, window, 1, epilogue), 8, one, 1));  // a border-free and a blocked reader
  }
  return b.take();
}

std::vector<Case> cases() {
  std::vector<Case> list;
  auto add = [&](Case c) {
    if (c.ends.empty()) c.ends = c.begins;
    list.push_back(c);
  };
  for (int64_t extent : {4, 7, 12, 13, 30}) {
    add({.in = {1, 64, extent, extent + 1}, .outputs = 64, .kernel = {3, 3}, .begins = {1, 1}, .residual = true});
  }
  add({.in = {2, 48, 14, 14}, .outputs = 40, .kernel = {3, 3}, .begins = {1, 1}});
  add({.in = {1, 44, 9, 21}, .outputs = 52, .kernel = {3, 3}, .begins = {0, 2}, .ends = {1, 0}, .second = 20});
  add({.in = {1, 300, 8, 8}, .outputs = 64, .kernel = {3, 3}, .begins = {0, 0}});  // more than one reduction block
  add({.in = {1, 64, 20, 20}, .outputs = 64, .kernel = {5, 5}, .begins = {2, 2}});
  add({.in = {1, 64, 20, 20}, .outputs = 64, .kernel = {2, 2}, .begins = {0, 1}, .ends = {1, 0}});
  add({.in = {1, 64, 19, 20}, .outputs = 64, .kernel = {3, 5}, .begins = {1, 2}});
  add({.in = {1, 64, 17, 17}, .outputs = 64, .kernel = {1, 7}, .begins = {0, 3}, .residual = true});
  add({.in = {1, 64, 17, 17}, .outputs = 64, .kernel = {7, 1}, .begins = {3, 0}, .residual = true});
  for (int64_t kernel : {2, 3, 4, 5, 6, 7}) {  // 1-D
    add({.in = {2, 64, 61},
         .outputs = 72,
         .kernel = {kernel},
         .begins = {kernel / 2},
         .ends = {(kernel - 1) / 2},
         .residual = true});
  }
  add({.in = {1, 60, 100}, .outputs = 64, .kernel = {3}, .begins = {1}, .second = 12});
  // Strides: phases, of which some have fewer taps than others.
  for (int64_t extent : {56, 57, 60}) {
    add({.in = {1, 64, extent, extent + 3}, .outputs = 64, .kernel = {3, 3}, .begins = {1, 1}, .strides = {2, 2}});
  }
  add({.in = {2, 40, 56, 57},
       .outputs = 72,
       .kernel = {3, 3},
       .begins = {0, 1},
       .ends = {1, 0},
       .residual = true,
       .second = 20,
       .strides = {2, 2}});
  add({.in = {1, 64, 40, 40}, .outputs = 64, .kernel = {5, 5}, .begins = {2, 2}, .strides = {2, 2}});
  add({.in = {1, 64, 40, 40}, .outputs = 64, .kernel = {3, 3}, .begins = {1, 1}, .strides = {1, 2}});
  add({.in = {1, 64, 40, 40}, .outputs = 64, .kernel = {3, 3}, .begins = {1, 1}, .strides = {2, 1}});
  add({.in = {1, 64, 200}, .outputs = 64, .kernel = {7}, .begins = {3}, .strides = {2}});
  add({.in = {1, 64, 201}, .outputs = 64, .kernel = {5}, .begins = {2}, .residual = true, .strides = {2}});
  // First layers from planar input.
  for (int64_t extent : {17, 32, 45}) {
    add({.in = {1, 3, extent, extent + 1},
         .outputs = 64,
         .kernel = {7, 7},
         .begins = {3, 3},
         .strides = {2, 2},
         .first_layer = true});
  }
  add({.in = {2, 4, 30, 31},
       .outputs = 72,
       .kernel = {7, 7},
       .begins = {0, 5},
       .ends = {4, 1},
       .strides = {2, 2},
       .first_layer = true});
  add({.in = {1, 8, 24, 24}, .outputs = 64, .kernel = {3, 3}, .begins = {1, 1}, .first_layer = true});
  add({.in = {1, 6, 24, 50},
       .outputs = 64,
       .kernel = {5, 9},
       .begins = {2, 4},
       .strides = {1, 2},
       .first_layer = true});
  add({.in = {2, 8, 300}, .outputs = 64, .kernel = {7}, .begins = {3}, .strides = {2}, .first_layer = true});
  return list;
}

/// docs/numerics.md: a layer alone. F(5, 2) of the phases of small kernels is less exact than F(4, 3).
double tolerance(const Case& c) {
  const bool phases = !c.strides.empty() && !c.first_layer;
  return phases ? 2e-5 : 1e-5;
}

/// Of every layer a candidate that transforms plain weights, where there is one: what --tuning takes.
std::map<std::string, std::string> plain_choices(const std::vector<Graph>& graphs, const Target& target) {
  std::map<std::string, std::string> choices;
  for (const Graph& graph : graphs) {
    for (const KernelChoice& layer : lower(graph, target).choices) {
      for (const KernelChoice::Rated& candidate : layer.candidates) {
        if (candidate.kernel.ends_with(" plain")) choices.emplace(layer.layer, candidate.kernel);
      }
    }
  }
  return choices;
}

bool uses_winograd(const Graph& graph, const Target& target, const LoweringOptions& options) {
  const Program program = lower(graph, target, options);
  return std::ranges::any_of(program.steps, [](const Step& step) { return kernel_name(step.kernel) == "winograd"; });
}

bool uses_plain_weights(const Graph& graph, const Target& target, const LoweringOptions& options) {
  return std::ranges::any_of(lower(graph, target, options).steps, [](const Step& step) {
    const WinogradStep* winograd = std::get_if<WinogradStep>(&step.kernel);
    return winograd && winograd->plain;
  });
}

/// Of every graph on the same random inputs.
std::vector<std::vector<TensorData>> results(const Target& target, const std::vector<Graph>& graphs,
                                             const BatchOptions& options) {
  GeneratedBatch batch(target, options);
  for (const Graph& graph : graphs) batch.add(graph);
  batch.build();
  std::vector<std::vector<TensorData>> outputs;
  for (size_t i = 0; i < graphs.size(); ++i) outputs.push_back(batch.run(i, random_inputs(graphs[i], 1)));
  return outputs;
}

void expect_results(const Target& target, const std::vector<Case>& list, const std::vector<Graph>& graphs,
                    const BatchOptions& options) {
  std::vector<ComparedGraph> compared;
  for (size_t i = 0; i < list.size(); ++i) compared.push_back({name_of(list[i]), graphs[i], tolerance(list[i])});
  expect_as_interpreted(target, compared, options, {1, 2});
}

std::vector<Graph> graphs_of(const std::vector<Case>& list) {
  std::vector<Graph> graphs;
  for (const Case& c : list) {
    graphs.push_back(graph_of(c, graphs.size() + 1));
  }
  return graphs;
}

class Winograd : public ::testing::TestWithParam<const char*> {};

TEST_P(Winograd, MatchesTheInterpreter) {
  Target target = *find_target(GetParam());
  target.l3_bytes_per_cycle = 1000;  // so that small layers, too, are worth it
  if (!GeneratedBatch::can_run(target)) GTEST_SKIP() << "this machine cannot run it";
  const std::vector<Case> list = cases();
  const std::vector<Graph> graphs = graphs_of(list);
  const auto chosen =
      std::ranges::count_if(graphs, [&](const Graph& graph) { return uses_winograd(graph, target, {}); });
  // With wide registers direct convolution is the better choice for a planar input in one dimension.
  EXPECT_GE(chosen, std::ssize(list) - (target.lanes > lanes_per_block ? 1 : 0));
  expect_results(target, list, graphs, {.numerics = Numerics::fast});
}

TEST_P(Winograd, OfPlainWeightsMatchesTheInterpreter) {
  const Target& target = *find_target(GetParam());
  if (!GeneratedBatch::can_run(target)) GTEST_SKIP() << "this machine cannot run it";
  std::vector<Case> list = cases();
  std::erase_if(list, [](const Case& c) { return c.first_layer; });  // those take stored weights
  const std::vector<Graph> graphs = graphs_of(list);
  const std::map<std::string, std::string> choices = plain_choices(graphs, target);
  const auto chosen = std::ranges::count_if(
      graphs, [&](const Graph& graph) { return uses_plain_weights(graph, target, {.tuning = choices}); });
  EXPECT_GE(chosen, std::ssize(list) * 3 / 4);
  for (int64_t tasks : {1, 2}) {
    SCOPED_TRACE(tasks);
    expect_results(target, list, graphs, {.numerics = Numerics::fast, .tuning = choices, .tasks = tasks});
  }
}

/// Transforms of two blocks of channels at once, and of the last one of an odd number, wherever there is AVX2.
TEST(WideWinograd, MatchesTheInterpreter) {
  Target target = *find_target("avx512");
  target.l3_bytes_per_cycle = 1000;
  std::vector<Case> list = {
      {.in = {1, 64, 13, 14}, .outputs = 72, .kernel = {3, 3}, .begins = {1, 1}, .ends = {1, 1}, .residual = true},
      {.in = {1, 44, 9, 21}, .outputs = 52, .kernel = {3, 3}, .begins = {0, 2}, .ends = {1, 0}, .second = 20},
      {.in = {1, 64, 17, 17}, .outputs = 64, .kernel = {7, 1}, .begins = {3, 0}, .ends = {3, 0}, .residual = true},
      {.in = {2, 64, 61}, .outputs = 72, .kernel = {3}, .begins = {1}, .ends = {1}, .residual = true},
      {.in = {1, 72, 40, 40}, .outputs = 64, .kernel = {3, 3}, .begins = {1, 1}, .ends = {1, 1}, .strides = {2, 2}}};
  const std::vector<Graph> blocked = graphs_of(list);
  const std::map<std::string, std::string> plain = plain_choices(blocked, target);
  EXPECT_GE(std::ranges::count_if(
                blocked, [&](const Graph& graph) { return uses_plain_weights(graph, target, {.tuning = plain}); }),
            3);
  expect_results(target, list, blocked, {.numerics = Numerics::fast, .tuning = plain, .halves = true});
  list.push_back({.in = {1, 3, 32, 33},
                  .outputs = 64,
                  .kernel = {7, 7},
                  .begins = {3, 3},
                  .ends = {3, 3},
                  .strides = {2, 2},
                  .first_layer = true});
  const std::vector<Graph> graphs = graphs_of(list);
  for (const Graph& graph : graphs) EXPECT_TRUE(uses_winograd(graph, target, {}));
  expect_results(target, list, graphs, {.numerics = Numerics::fast, .halves = true});
}

/// Layers whose rows of tiles do not go evenly into the tasks: ranges of tiles that begin and end inside of rows.
TEST_P(Winograd, OfRangesOfTilesGivesTheBitsOfOneTask) {
  Target target = *find_target(GetParam());
  target.l3_bytes_per_cycle = 1000;
  if (!GeneratedBatch::can_run(target)) GTEST_SKIP() << "this machine cannot run it";
  std::vector<Case> list;
  for (int64_t extent : {50, 58}) {
    for (int64_t batch : {1, 2}) {
      list.push_back({.in = {batch, 64, extent, extent + 1},
                      .outputs = 72,
                      .kernel = {3, 3},
                      .begins = {1, 1},
                      .ends = {1, 1},
                      .residual = true});
    }
    list.push_back({.in = {1, 48, 2 * extent, 2 * extent},
                    .outputs = 64,
                    .kernel = {3, 3},
                    .begins = {1, 1},
                    .ends = {0, 0},
                    .strides = {2, 2}});
  }
  const std::vector<Graph> graphs = graphs_of(list);
  const std::vector<std::vector<TensorData>> whole = results(target, graphs, {.numerics = Numerics::fast});
  int64_t cut = 0;
  for (int64_t tasks : {2, 3}) {
    SCOPED_TRACE(tasks);
    for (const Graph& graph : graphs) {
      for (const Step& step : lower_and_plan(graph, target, {}, tasks).program.steps) {
        for (const Kernel& part : step.parts) {
          const WinogradStep* winograd = std::get_if<WinogradStep>(&part);
          cut += winograd && winograd->tile_count > 0;
        }
      }
    }
    const std::vector<std::vector<TensorData>> parts =
        results(target, graphs, {.numerics = Numerics::fast, .tasks = tasks});
    for (size_t i = 0; i < list.size(); ++i)
      EXPECT_EQ(bit_difference(parts[i][0], whole[i][0]), "") << name_of(list[i]);
  }
  EXPECT_GT(cut, std::ssize(list) * 2);
}

/// docs/numerics.md: a tile's results share its points, so a value of 1e6 among small ones costs its neighbours bits;
/// without Winograd only the results that read it.
TEST(WinogradOutlier, DisturbsItsTilesOnly) {
  const Target& target = *find_target("avx2");
  if (!GeneratedBatch::can_run(target)) GTEST_SKIP() << "this machine cannot run it";
  GraphBuilder b(1);
  const Window window{{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
  b.output(b.conv(b.input("x", Shape{1, 64, 24, 24}), 64, window, 1));
  const Graph graph = b.take();
  ASSERT_TRUE(uses_winograd(graph, target, {}));
  std::vector<TensorData> inputs = random_inputs(graph, 1);
  std::vector<float> values(inputs[0].values<float>().begin(), inputs[0].values<float>().end());
  values[12 * 24 + 12] = 1e6f;
  inputs[0] = TensorData::of(inputs[0].shape(), values);
  const std::vector<double> wanted = interpret(graph, inputs, Numerics::fast)[0].as_double();
  const auto largest_error = [&](const std::set<Switch>& disabled, int64_t nearest, int64_t farthest) {
    GeneratedBatch batch(target, {.numerics = Numerics::fast, .disabled = disabled});
    batch.add(graph);
    batch.build();
    const std::vector<double> got = batch.run(0, inputs)[0].as_double();
    double error = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      const auto y = static_cast<int64_t>(i / 24 % 24), x = static_cast<int64_t>(i % 24);
      const int64_t distance = std::max(std::abs(y - 12), std::abs(x - 12));
      if (distance >= nearest && distance <= farthest) error = std::max(error, std::abs(got[i] - wanted[i]));
    }
    return error;
  };
  EXPECT_GT(largest_error({}, 2, 5), 0.05);  // results of about 10 that do not read the large value
  EXPECT_LT(largest_error({}, 8, 24), 1e-3);
  EXPECT_LT(largest_error({Switch::winograd}, 2, 24), 2e-4);
}

INSTANTIATE_TEST_SUITE_P(Targets, Winograd, ::testing::Values("portable", "avx2", "avx512"), by_target);

TEST(WinogradChoice, OfPlainWeightsWhereReadingPointsTakesLonger) {
  const Target& portable = *find_target("portable");
  auto layer = [](int64_t channels, int64_t extent) {
    return graph_of(
        {.in = {1, channels, extent, extent}, .outputs = channels, .kernel = {3, 3}, .begins = {1, 1}, .ends = {1, 1}},
        1);
  };
  const Graph many_channels = layer(512, 7);
  EXPECT_TRUE(uses_plain_weights(many_channels, portable, {}));
  EXPECT_FALSE(uses_plain_weights(many_channels, portable, {.disabled = {Switch::plain_winograd}}));
  EXPECT_FALSE(uses_plain_weights(layer(64, 56), portable, {}));
}

TEST(WinogradChoice, NeverInStrictNumericsOrWithoutVectorsOrWhenDisabled) {
  const Graph graph =
      graph_of({.in = {1, 64, 28, 28}, .outputs = 64, .kernel = {3, 3}, .begins = {1, 1}, .ends = {1, 1}}, 1);
  const Target& portable = *find_target("portable");
  EXPECT_TRUE(uses_winograd(graph, portable, {}));
  EXPECT_FALSE(uses_winograd(graph, portable, {.numerics = Numerics::strict}));
  EXPECT_FALSE(uses_winograd(graph, portable, {.disabled = {Switch::winograd}}));
  EXPECT_FALSE(uses_winograd(graph, *find_target("scalar"), {}));
}

}  // namespace
}  // namespace intaglio::testing
