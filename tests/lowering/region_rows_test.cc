// Clipped results: every region of every part and band says how many of its rows a register tile takes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <variant>

#include "ir/tap_ranges.h"
#include "planning.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

/// A dilated 3x3 layer between 1x1 layers, of 16 channels.
Graph dilated(int64_t groups, Shape input) {
  GraphBuilder b(1);
  const Window point{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}, wide{{3, 3}, {1, 1}, {3, 3}, {3, 3}, {3, 3}};
  const TensorId x = b.conv(b.input("x", std::move(input)), 16, point, 1);
  b.output(b.conv(b.conv(x, 16, wide, groups), 16, point, 1));
  return b.take();
}

/// How often rows of one region, which is narrower than a tile, are tiled together.
struct Counts {
  int64_t regions = 0, together = 0;
};

template <class Convolution>
void count(const Kernel& kernel, Counts& counts) {
  const auto* step = std::get_if<Convolution>(&kernel);
  if (!step) return;
  const std::vector<TapRegion> regions = tap_regions(step->window, step->x, step->y);
  ASSERT_EQ(step->region_rows.size(), is_clipped(step->window, step->x, step->y) ? regions.size() : 0);
  for (size_t i = 0; i < step->region_rows.size(); ++i) {
    EXPECT_GE(step->region_rows[i], 1);
    counts.together += step->region_rows[i] > 1;
  }
  counts.regions += static_cast<int64_t>(step->region_rows.size());
}

Counts counts_of(const Graph& graph, int64_t tasks) {
  Counts counts;
  const Planned planned = lower_and_plan(graph, *find_target("avx2"), {}, tasks);
  for (const Step& step : planned.program.steps) {
    for (const Kernel& kernel : step.parts.empty() ? std::vector<Kernel>{step.kernel} : step.parts) {
      count<ConvolutionStep>(kernel, counts);
      count<DepthwiseStep>(kernel, counts);
      count<GroupedConvolutionStep>(kernel, counts);
    }
  }
  return counts;
}

TEST(RegionRows, StandInEveryStep) {
  for (int64_t groups : {1, 2, 4, 16}) {
    for (int64_t tasks : {1, 2, 3}) {
      for (const Shape& input : {Shape{1, 8, 12, 12}, Shape{1, 8, 96, 64}}) {
        const Counts counts = counts_of(dilated(groups, input), tasks);
        EXPECT_GE(counts.regions, 9) << groups << " groups, " << tasks << " tasks";
        EXPECT_GT(counts.together, 0) << groups << " groups, " << tasks << " tasks";
      }
    }
  }
}

}  // namespace
}  // namespace intaglio::testing
