// Targets with other vector registers than those there are: every kernel's tiles change with them, its results do not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

/// One layer of every kernel whose register tile is chosen: a first layer, dense, depthwise, grouped and fully
/// connected ones, and products of computed matrices.
Graph layers() {
  GraphBuilder b(1);
  const auto window = [](int64_t kernel) {
    const int64_t pad = kernel / 2;
    return Window{{kernel, kernel}, {1, 1}, {1, 1}, {pad, pad}, {pad, pad}};
  };
  const TensorId x = b.conv(b.input("x", Shape{1, 3, 9, 13}), 40, window(3), 1);
  for (int64_t outputs : {8, 24, 40}) {  // as many blocks as panels have, fewer, more
    b.output(b.conv(x, outputs, window(1), 1));
    b.output(b.conv(x, outputs, window(3), 1));
  }
  for (int64_t kernel : {3, 7}) b.output(b.conv(x, 40, window(kernel), 40));
  for (int64_t groups : {10, 20}) b.output(b.conv(x, 40, window(3), groups));
  const TensorId pixel = b.node("mean", Reduce{ReduceKind::mean, {2, 3}}, {x}, Shape{1, 40, 1, 1});
  b.output(b.conv(pixel, 100, window(1), 1));
  const TensorId right = b.input("right", Shape{17, 44});
  for (int64_t rows : {1, 7}) {
    const TensorId left = b.input("left" + std::to_string(rows), Shape{rows, 17});
    b.output(b.node("product" + std::to_string(rows), MatMul{}, {left, right}, Shape{rows, 44}));
  }
  return b.take();
}

class Registers : public ::testing::TestWithParam<int64_t> {};

TEST_P(Registers, KeepTheNumbers) {
  Target target = *find_target("avx2");
  target.vector_registers = GetParam();
  for (Numerics numerics : {Numerics::strict, Numerics::fast}) {
    SCOPED_TRACE(numerics_name(numerics));
    expect_as_interpreted(target, {{"layers", layers()}}, {.numerics = numerics});
  }
}

INSTANTIATE_TEST_SUITE_P(Numbers, Registers, ::testing::Values(8, 9, 32));

}  // namespace
}  // namespace intaglio::testing
