// Which tensors lie inside each other and which are copied: the examples on top of compiler/lowering/storage.cc.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>

#include "lowering/lower.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

/// Shapes of the tensors that the program copies from one blocked place to another.
std::vector<std::string> copies(const Graph& graph, const LoweringOptions& options = {}) {
  const Program program = lower(graph, *find_target("portable"), options);
  std::vector<std::string> shapes;
  for (const Step& step : program.steps) {
    if (const auto* copy = std::get_if<BlockedCopyStep>(&step.kernel)) shapes.push_back(copy->y.shape.text());
  }
  return shapes;
}

using Shapes = std::vector<std::string>;
const Window window_1x1{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};

class Places : public ::testing::Test {
 protected:
  TensorId conv(int64_t outputs) { return b.conv(x, outputs, window_1x1, 1); }
  TensorId concat(const std::string& name, TensorId first, TensorId second) {
    const int64_t channels = b.graph()[first].shape[1] + b.graph()[second].shape[1];
    return b.node(name, Concat{1}, {first, second}, Shape{1, channels, 4, 4});
  }
  TensorId channels(const std::string& name, TensorId whole, int64_t first, int64_t count) {
    return b.node(name, Slice{{0, first, 0, 0}, {1, 1, 1, 1}}, {whole}, Shape{1, count, 4, 4});
  }
  /// A reader that wants its input blocked, whose result is an output.
  void read(TensorId tensor) { b.output(b.conv(tensor, 8, window_1x1, 1)); }

  GraphBuilder b{1};
  TensorId x = b.input("x", Shape{1, 16, 4, 4});
};

TEST_F(Places, OperandsOfAConcatenationLieInside) {
  read(concat("c", conv(12), conv(8)));
  EXPECT_EQ(copies(b.take()), Shapes());
}

TEST_F(Places, AnOperandThatShouldLieAtTwoPlacesIsCopied) {
  const TensorId first = conv(12), second = conv(8);
  read(concat("c", first, second));
  read(concat("d", second, first));
  EXPECT_EQ(copies(b.take()), Shapes{"1x12x4x4"});
}

TEST_F(Places, ChannelsOfATensorAreAView) {
  read(channels("s", conv(24), 3, 10));
  EXPECT_EQ(copies(b.take()), Shapes());
}

TEST_F(Places, ASliceThatWouldBringItsWholeAlongIsCopied) {
  const TensorId whole = conv(24), other = conv(8);
  read(concat("y", channels("s", whole, 0, 8), other));
  read(whole);
  EXPECT_EQ(copies(b.take()), Shapes{"1x8x4x4"});
}

TEST_F(Places, WithoutSharingEverythingIsCopied) {
  read(concat("c", conv(12), conv(8)));
  read(channels("s", conv(24), 8, 8));
  LoweringOptions options;
  options.disabled.insert(Switch::storage_sharing);
  EXPECT_EQ(copies(b.take(), options), (Shapes{"1x12x4x4", "1x8x4x4", "1x8x4x4"}));
}

TEST_F(Places, APlanarValueThatTwoConcatenationsTakeInIsLaidOutOnce) {
  const TensorId planar = b.input("planar", Shape{1, 5, 4, 4});
  read(concat("c", conv(12), planar));
  read(concat("d", planar, conv(8)));
  const Program program = lower(b.take(), *find_target("portable"), {});
  const auto relayouts = std::ranges::count_if(program.steps, [](const Step& step) {
    const auto* relayout = std::get_if<RelayoutStep>(&step.kernel);
    return relayout && relayout->y.shape == Shape{1, 5, 4, 4};
  });
  EXPECT_EQ(relayouts, 1);
}

}  // namespace
}  // namespace intaglio::testing
