// Borders around blocked tensors: none for dilated windows, whose taps are clipped, and so arenas that do not grow with
// a dilation; what is counted of clipped layers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>

#include "lowering/lower.h"
#include "passes/pipeline.h"
#include "planning.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

Window window(int64_t kernel, int64_t stride, int64_t dilation, int64_t pad) {
  return {{kernel, kernel}, {stride, stride}, {dilation, dilation}, {pad, pad}, {pad, pad}};
}

/// The widest border of any view that a step reads.
int64_t widest_border(const Program& program) {
  int64_t widest = 0;
  for (const Step& step : program.steps) {
    for (const View* view : accesses(step).reads)
      widest = std::max({widest, view->border_top, view->border_left, view->border_bottom, view->border_right});
  }
  return widest;
}

int64_t arena_bytes(const Graph& graph, const Target& target) { return lower_and_plan(graph, target, {}).arena.bytes; }

Graph two_layers(const Window& second, int64_t groups, bool transposed = false) {
  GraphBuilder b(1);
  const TensorId x = b.conv(b.input("x", Shape{1, 8, 14, 14}), 16, window(1, 1, 1, 0), 1);
  b.output(transposed ? b.conv_transpose(x, 16, second, groups) : b.conv(x, 16, second, groups));
  return b.take();
}

TEST(Borders, OfDilatedWindowsAreNone) {
  for (const char* target : {"avx2", "scalar"}) {
    for (int64_t groups : {1, 2, 8, 16}) {
      for (int64_t dilation : {2, 5, 13}) {
        for (bool transposed : {false, true}) {
          const Graph graph = two_layers(window(3, 1, dilation, transposed ? 0 : dilation), groups, transposed);
          EXPECT_EQ(widest_border(lower(graph, *find_target(target), {})), 0)
              << target << ", " << groups << " groups, dilation " << dilation << (transposed ? ", transposed" : "");
        }
      }
      EXPECT_EQ(widest_border(lower(two_layers(window(5, 1, 1, 2), groups), *find_target(target), {})), 2);
    }
  }
}

TEST(Borders, ProductsAreCountedWithoutWhatIsClipped) {
  // Along an axis 14 outputs meet the middle tap, two each of the others.
  const Program program = lower(two_layers(window(3, 1, 12, 12), 1), *find_target("avx2"), {});
  EXPECT_EQ(program.steps[1].macs, (14 + 2 + 2) * (14 + 2 + 2) * 16 * 16);
}

/// A small residual network with dilated blocks and a pyramid of rates 6, 12 and 18 on maps of 9x11.
Graph pyramid_network() {
  GraphBuilder b(1);
  Epilogue relu;
  relu.activation = {UnaryKind::relu};
  const auto conv = [&](TensorId x, int64_t outputs, const Window& w) { return b.conv(x, outputs, w, 1, relu); };
  const auto block = [&](TensorId x, int64_t inner, int64_t outputs, int64_t stride, int64_t rate) {
    Epilogue add;
    add.residual = true;
    add.final_activation = {UnaryKind::relu};
    const TensorId shortcut = b.conv(x, outputs, window(1, stride, 1, 0), 1);
    const TensorId narrow = conv(conv(x, inner, window(1, 1, 1, 0)), inner, window(3, stride, rate, rate));
    return b.conv(narrow, outputs, window(1, 1, 1, 0), 1, add, shortcut);
  };
  TensorId x = conv(b.input("x", Shape{1, 3, 65, 81}), 16, window(3, 2, 1, 1));
  x = block(x, 8, 32, 2, 1);
  x = block(x, 16, 64, 2, 1);
  x = block(x, 32, 128, 1, 2);
  x = block(x, 32, 128, 1, 4);
  std::vector<TensorId> branches = {conv(x, 32, window(1, 1, 1, 0))};
  for (int64_t rate : {6, 12, 18}) branches.push_back(conv(x, 32, window(3, 1, rate, rate)));
  x = b.node("pyramid", Concat{1}, branches, Shape{1, 128, 9, 11});
  b.output(b.conv(conv(x, 32, window(1, 1, 1, 0)), 5, window(1, 1, 1, 0), 1));
  Graph graph = b.take();
  run_passes(graph, {}, {});
  return graph;
}

TEST(Borders, AnArenaDoesNotGrowWithADilation) {
  for (const char* target : {"avx2", "scalar"})
    EXPECT_LE(arena_bytes(pyramid_network(), *find_target(target)), 250000) << target;
}

}  // namespace
}  // namespace intaglio::testing
