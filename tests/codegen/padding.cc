// Pad in every mode with every combination of signs, and pools that hang over their input: generated code against the
// interpreter, which ONNX Runtime's results check (tests/interpreter/make_cases.py).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

constexpr int64_t height = 4, width = 5;

/// Elements that negative pads leave of an axis.
int64_t left_of(int64_t extent, int64_t begin, int64_t end) {
  return extent + std::min<int64_t>(begin, 0) + std::min<int64_t>(end, 0);
}

/// Whether importers let it through: cropped to nothing only with constants, reflected at most once.
bool valid(PadMode mode, int64_t extent, int64_t begin, int64_t end) {
  const int64_t left = left_of(extent, begin, end), furthest = std::max(begin, end);
  return extent + begin + end > 0 &&
         (mode == PadMode::constant || (left > 0 && (mode != PadMode::reflect || furthest < left)));
}

/// Every valid pad of a mode as an output of one graph: the last axis in all combinations, the one before in others.
Graph padded(PadMode mode, size_t spatial, bool blocked) {
  GraphBuilder b(1);
  const Shape shape = spatial == 1 ? Shape{1, 9, width} : Shape{1, 9, height, width};
  TensorId x = b.input("x", shape);
  const std::vector<int64_t> ones(spatial, 1), zeros(spatial, 0);
  if (blocked) x = b.conv(x, 9, Window{ones, ones, ones, zeros, zeros}, 1);
  const int64_t pads[] = {-6, -3, -1, 0, 1, 3, 12};
  int count = 0;
  for (size_t i = 0; i < std::size(pads); ++i) {
    for (size_t j = 0; j < std::size(pads); ++j) {
      Pad pad{mode, {0, 0}, {0, 0}};
      Shape result = shape;
      const auto add = [&](int64_t begin, int64_t end) {
        result[pad.begins.size()] += begin + end;
        pad.begins.push_back(begin), pad.ends.push_back(end);
      };
      if (!valid(mode, width, pads[i], pads[j])) continue;
      if (spatial == 2) {
        const int64_t begin = pads[(i + 2 * j + 1) % 7], end = pads[(3 * i + j + 2) % 7];
        const bool both = valid(mode, height, begin, end);
        add(both ? begin : 0, both ? end : 0);
      }
      add(pads[i], pads[j]);
      b.output(b.node("pad" + std::to_string(++count), pad, {x}, result));
    }
  }
  return b.take();
}

/// Pools of every kind whose only window is larger than the input.
Graph overhanging(bool blocked) {
  GraphBuilder b(1);
  const Shape shape{1, 9, 2, 3};
  TensorId x = b.input("x", shape);
  if (blocked) x = b.conv(x, 9, Window{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}, 1);
  int count = 0;
  for (PoolKind kind : {PoolKind::max, PoolKind::average, PoolKind::lp}) {
    for (bool padding : {false, true}) {
      for (const std::vector<int64_t>& kernel : {std::vector<int64_t>{3, 3}, {3, 5}, {4, 4}}) {
        Pool pool{.kind = kind, .count_include_pad = padding && kind == PoolKind::average};
        pool.window = {kernel, {3, 3}, {1, 1}, {padding ? 1 : 0, 0}, {0, 0}};
        b.output(b.node("pool" + std::to_string(++count), pool, {x}, Shape{1, 9, 1, 1}));
      }
    }
  }
  return b.take();
}

class Padding : public ::testing::TestWithParam<const char*> {};

TEST_P(Padding, MatchesTheInterpreterBitForBit) {
  std::vector<ComparedGraph> graphs;
  for (bool blocked : {false, true}) {
    const std::string layout = blocked ? "blocked" : "planar";
    for (PadMode mode : {PadMode::constant, PadMode::reflect, PadMode::edge, PadMode::wrap}) {
      for (size_t spatial : {1u, 2u})
        graphs.push_back({fmt::format("{}, mode {}, {} axes", layout, static_cast<int>(mode), spatial),
                          padded(mode, spatial, blocked)});
    }
    graphs.push_back({layout + ", overhanging", overhanging(blocked)});
  }
  for (const ComparedGraph& each : graphs) EXPECT_GT(each.graph.outputs.size(), 8u);
  expect_as_interpreted(*find_target(GetParam()), graphs);
}

INSTANTIATE_TEST_SUITE_P(Targets, Padding, ::testing::Values("avx2", "portable", "scalar"), by_target);

}  // namespace
}  // namespace intaglio::testing
