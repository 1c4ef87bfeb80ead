// Results that take over an operand's place, and operands that must be left alone because the step reads them once
// more: bit for bit against the interpreter, with nothing else keeping the operand alive.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "interpreter/interpreter.h"
#include "ir/verify.h"
#include "support/generated_batch.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

constexpr int64_t channels = 40;
const Shape image{1, channels, 6, 7};
const Window one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
const Window three{{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};

/// A first layer, what `middle` makes of it, and a last layer.
template <class Middle>
Graph around(const Middle& middle) {
  GraphBuilder b(1);
  const TensorId x = b.conv(b.input("x", image), channels, one, 1);
  b.output(b.conv(middle(b, x), 8, one, 1));
  return b.take();
}

std::vector<Graph> graphs() {
  Epilogue add;
  add.residual = true;
  std::vector<Graph> list;
  for (const Window& window : {one, three}) {
    for (int64_t group : {int64_t{1}, int64_t{5}, int64_t{20}, channels}) {
      list.push_back(around([&](GraphBuilder& b, TensorId x) { return b.conv(x, channels, window, group, add, x); }));
      list.push_back(around([&](GraphBuilder& b, TensorId x) {
        return b.conv(b.conv(x, channels, one, 1), channels, window, group, add, x);
      }));
    }
  }
  list.push_back(around([&](GraphBuilder& b, TensorId x) { return b.conv_transpose(x, channels, one, 1, add, x); }));
  for (int64_t part : {int64_t{1}, channels}) {  // times its own first channel, times itself
    list.push_back(around([&](GraphBuilder& b, TensorId x) {
      const Slice slice{{0, 0, 0, 0}, {1, 1, 1, 1}};
      const TensorId gate = b.node("gate", slice, {x}, Shape{1, part, 6, 7});
      return b.node("gated", Binary{BinaryKind::mul}, {x, gate}, image);
    }));
  }
  return list;
}

class InPlace : public ::testing::TestWithParam<const char*> {};

TEST_P(InPlace, MatchesTheInterpreterBitForBit) {
  const Target& target = *find_target(GetParam());
  if (!GeneratedBatch::can_run(target)) GTEST_SKIP() << "this machine cannot run it";
  GeneratedBatch batch(target);
  const std::vector<Graph> list = graphs();
  for (const Graph& graph : list) {
    verify(graph);
    batch.add(graph);
  }
  batch.build();
  for (size_t i = 0; i < list.size(); ++i) {
    const std::vector<TensorData> inputs = random_inputs(list[i], 1);
    EXPECT_EQ(bit_difference(batch.run(i, inputs)[0], interpret(list[i], inputs, Numerics::strict)[0]), "")
        << "graph " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, InPlace, ::testing::Values("avx2", "scalar"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace intaglio::testing
