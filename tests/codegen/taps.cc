// Windows of which some taps meet only padding, at some places or at all: convolutions of every kind and pools over
// small maps, with combinations of extent, kernel, stride, dilation and pads on both axes. The pass that drops taps
// changes no bit, and generated code computes what the interpreter does with and without it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>

#include "interpreter/interpreter.h"
#include "passes/drop_padding_taps.h"
#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

/// Deterministic picks that mix all lists.
class Picks {
 public:
  explicit Picks(uint64_t seed) : state_(seed) {}
  int64_t of(const std::vector<int64_t>& list) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return list[(state_ >> 33) % list.size()];
  }

 private:
  uint64_t state_;
};

/// Adds an axis to the window; false when no window would fit.
bool add_axis(Window& window, int64_t extent, Picks& picks) {
  const int64_t kernel = picks.of({1, 2, 3, 3, 5}), stride = picks.of({1, 1, 2, 3}), dilation = picks.of({1, 2, 3, 6}),
                reach = (kernel - 1) * dilation;
  const int64_t begin = picks.of({0, 1, reach / 2, reach / 2, reach, dilation}),
                end = picks.of({0, 2, reach / 2, reach - reach / 2, reach, dilation});
  window.kernel.push_back(kernel);
  window.strides.push_back(stride);
  window.dilations.push_back(dilation);
  window.pads_begin.push_back(begin);
  window.pads_end.push_back(end);
  return extent + begin + end > reach;
}

struct Kind {
  std::string name;
  int64_t channels, outputs, group = 1;
  size_t rank = 2;
  bool transposed = false, residual = false;
  bool planar = false;  ///< the layers read the graph's input
  int64_t batch = 1;
};

Shape input_shape(const Kind& kind, Picks& picks) {
  Shape shape = kind.rank == 1 ? Shape{kind.batch, kind.channels, 1} : Shape{kind.batch, kind.channels, 1, 1};
  for (size_t i = 0; i < kind.rank; ++i) shape[i + 2] = picks.of({1, 4, 7, 11});
  return shape;
}

/// A layer of the kind with some window; nothing when the pick does not fit.
std::optional<Graph> layer_of(const Kind& kind, uint64_t seed) {
  Picks picks(seed);
  GraphBuilder b(seed);
  const Shape shape = input_shape(kind, picks);
  TensorId x = b.input("x", shape);
  Window window;
  for (size_t i = 0; i < kind.rank; ++i) {
    if (!add_axis(window, shape[i + 2], picks)) return std::nullopt;
    if (!kind.transposed) continue;
    const int64_t whole = (shape[i + 2] - 1) * window.strides[i] + (window.kernel[i] - 1) * window.dilations[i] + 1;
    if (whole <= window.pads_begin[i] + window.pads_end[i]) return std::nullopt;
  }
  const std::vector<int64_t> ones(kind.rank, 1), zeros(kind.rank, 0);
  if (!kind.planar) x = b.conv(x, kind.channels, {ones, ones, ones, zeros, zeros}, 1);
  Epilogue relu;
  relu.activation = {UnaryKind::relu};
  TensorId y = kind.transposed ? b.conv_transpose(x, kind.outputs, window, kind.group, relu)
                               : b.conv(x, kind.outputs, window, kind.group, relu);
  if (kind.residual) {
    Epilogue add;
    add.residual = true;
    const TensorId other = b.conv(x, kind.outputs, window, kind.group, add, y);
    b.output(other);
  }
  b.output(y);
  return b.take();
}

std::vector<Graph> layers_of(const Kind& kind, size_t count, uint64_t seed) {
  std::vector<Graph> graphs;
  while (graphs.size() < count) {
    if (std::optional<Graph> graph = layer_of(kind, ++seed)) graphs.push_back(std::move(*graph));
  }
  return graphs;
}

/// Pools of every kind with windows of both axes.
Graph pools(uint64_t seed) {
  Picks picks(seed);
  GraphBuilder b(seed);
  const Shape shape = input_shape({.name = "", .channels = 9, .outputs = 9}, picks);
  const TensorId input = b.input("x", shape);
  const TensorId x = b.conv(input, 9, Window{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}, 1);
  for (int count = 0; count < 12;) {
    Pool pool{.kind = std::vector{PoolKind::max, PoolKind::average, PoolKind::lp}[count % 3]};
    pool.count_include_pad = pool.kind == PoolKind::average && count % 2 == 0;
    Shape result = shape;
    bool fits = true;
    for (size_t i = 0; i < 2; ++i) {
      fits = add_axis(pool.window, shape[i + 2], picks) && fits;
      const Window& w = pool.window;
      // Every window must meet the input.
      fits = fits && w.pads_begin[i] <= (w.kernel[i] - 1) * w.dilations[i] && w.dilations[i] <= shape[i + 2];
      const int64_t room = shape[i + 2] + w.pads_begin[i] + w.pads_end[i] - (w.kernel[i] - 1) * w.dilations[i] - 1;
      fits = fits && w.pads_end[i] <= (w.kernel[i] - 1) * w.dilations[i];
      result[i + 2] = room / w.strides[i] + 1;
    }
    if (!fits) continue;
    b.output(b.node("pool" + std::to_string(++count), pool, {x}, result));
  }
  return b.take();
}

const std::vector<Kind> kinds = {
    {.name = "dense", .channels = 9, .outputs = 20},
    {.name = "dense in one dimension", .channels = 16, .outputs = 9, .rank = 1, .residual = true},
    {.name = "dense, residual, two images", .channels = 40, .outputs = 16, .residual = true, .batch = 2},
    {.name = "of the input", .channels = 3, .outputs = 9, .planar = true},
    {.name = "depthwise", .channels = 12, .outputs = 12, .group = 12, .residual = true},
    {.name = "depthwise in one dimension", .channels = 9, .outputs = 9, .group = 9, .rank = 1},
    {.name = "groups of two", .channels = 16, .outputs = 16, .group = 8, .residual = true},
    {.name = "groups of eight", .channels = 16, .outputs = 16, .group = 2},
    {.name = "groups of three", .channels = 9, .outputs = 6, .group = 3},
    {.name = "groups of sixteen", .channels = 32, .outputs = 32, .group = 2},
    {.name = "transposed", .channels = 9, .outputs = 10, .transposed = true},
    {.name = "transposed depthwise", .channels = 9, .outputs = 9, .group = 9, .transposed = true},
};

constexpr size_t checked_per_kind = 40;

TEST(TapsThatMeetOnlyPadding, GoWithoutChangingABit) {
  size_t fired = 0;
  const auto expect_same = [&](const std::string& name, const Graph& graph) {
    Graph dropped = graph;
    fired += drop_padding_taps(dropped) ? 1 : 0;
    const std::vector<TensorData> inputs = random_inputs(graph, 1);
    const std::vector<TensorData> got = interpret(dropped, inputs, Numerics::strict),
                                  wanted = interpret(graph, inputs, Numerics::strict);
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t o = 0; o < got.size(); ++o) EXPECT_EQ(bit_difference(got[o], wanted[o]), "") << name;
  };
  for (const Kind& kind : kinds) {
    for (const Graph& graph : layers_of(kind, checked_per_kind, 1000)) expect_same(kind.name, graph);
  }
  for (uint64_t seed = 0; seed < 10; ++seed) expect_same("pools", pools(seed));
  EXPECT_GT(fired, 100u);
}

std::vector<ComparedGraph> compared(size_t layers_per_kind) {
  std::vector<ComparedGraph> graphs;
  const auto add = [&](const std::string& name, Graph graph) {
    Graph dropped = graph;
    if (drop_padding_taps(dropped)) graphs.push_back({name + ", taps dropped", std::move(dropped)});
    graphs.push_back({name, std::move(graph)});
  };
  for (const Kind& kind : kinds) {
    int number = 0;
    for (Graph& graph : layers_of(kind, layers_per_kind, 1000))
      add(fmt::format("{} {}", kind.name, number++), std::move(graph));
  }
  for (uint64_t seed = 0; seed < 2; ++seed) add(fmt::format("pools {}", seed), pools(seed));
  return graphs;
}

/// Layers with an infinite weight: infinity times an element is an infinity, times padding NaN or nothing.
std::vector<ComparedGraph> with_infinite_weights() {
  std::vector<ComparedGraph> graphs;
  for (const Kind& kind : kinds) {
    int number = 0;
    for (Graph& graph : layers_of(kind, 2, 2000)) {
      for (Tensor& tensor : graph.tensors) {
        if (!tensor.constant || tensor.shape.rank() < 3) continue;
        const std::span<const float> old = tensor.constant->values<float>();
        std::vector<float> values(old.begin(), old.end());
        values[values.size() / 2] = std::numeric_limits<float>::infinity();
        tensor.constant = TensorData::of(tensor.shape, values);
      }
      graphs.push_back({fmt::format("{} {}", kind.name, number++), std::move(graph)});
    }
  }
  return graphs;
}

class Taps : public ::testing::TestWithParam<const char*> {};

TEST_P(Taps, MatchTheInterpreterBitForBit) { expect_as_interpreted(*find_target(GetParam()), compared(2)); }

INSTANTIATE_TEST_SUITE_P(Targets, Taps, ::testing::Values("avx2", "scalar"), by_target);

TEST(InfiniteWeights, MatchTheInterpreterWhateverTheirTapsMeet) {
  for (const char* target : {"avx2", "scalar"}) expect_as_interpreted(*find_target(target), with_infinite_weights());
  expect_as_interpreted(*find_target("avx2"), with_infinite_weights(), {.numerics = Numerics::fast});
}

TEST(FastTaps, MatchTheInterpreter) {
  expect_as_interpreted(*find_target("avx2"), compared(1), {.numerics = Numerics::fast});
}

}  // namespace
}  // namespace intaglio::testing
