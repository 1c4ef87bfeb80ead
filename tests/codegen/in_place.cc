// Results that take over an operand's place, and operands that must be left alone because the step reads them once
// more: bit for bit against the interpreter, with nothing else keeping the operand alive.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

constexpr int64_t channels = 40;
const Shape image{1, channels, 6, 7};
const Window one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
const Window three{{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};

/// A first layer, what `middle` makes of it, and a last layer.
template <class Middle>
ComparedGraph around(const std::string& name, const Middle& middle) {
  GraphBuilder b(1);
  const TensorId x = b.conv(b.input("x", image), channels, one, 1);
  b.output(b.conv(middle(b, x), 8, one, 1));
  return {name, b.take()};
}

std::vector<ComparedGraph> graphs() {
  Epilogue add;
  add.residual = true;
  std::vector<ComparedGraph> list;
  for (const Window& window : {one, three}) {
    for (int64_t group : {int64_t{1}, int64_t{5}, int64_t{20}, channels}) {
      const std::string layer = fmt::format("{}x{} in {} groups", window.kernel[0], window.kernel[1], group);
      list.push_back(around(layer + " of its residual",
                            [&](GraphBuilder& b, TensorId x) { return b.conv(x, channels, window, group, add, x); }));
      list.push_back(around(layer, [&](GraphBuilder& b, TensorId x) {
        return b.conv(b.conv(x, channels, one, 1), channels, window, group, add, x);
      }));
    }
  }
  list.push_back(
      around("transposed", [&](GraphBuilder& b, TensorId x) { return b.conv_transpose(x, channels, one, 1, add, x); }));
  for (int64_t part : {int64_t{1}, channels}) {  // times its own first channel, times itself
    list.push_back(around(fmt::format("times {} channels", part), [&](GraphBuilder& b, TensorId x) {
      const Slice slice{{0, 0, 0, 0}, {1, 1, 1, 1}};
      const TensorId gate = b.node("gate", slice, {x}, Shape{1, part, 6, 7});
      return b.node("gated", Binary{BinaryKind::mul}, {x, gate}, image);
    }));
  }
  return list;
}

class InPlace : public ::testing::TestWithParam<const char*> {};

TEST_P(InPlace, MatchesTheInterpreterBitForBit) { expect_as_interpreted(*find_target(GetParam()), graphs()); }

INSTANTIATE_TEST_SUITE_P(Targets, InPlace, ::testing::Values("avx2", "scalar"), by_target);

}  // namespace
}  // namespace intaglio::testing
