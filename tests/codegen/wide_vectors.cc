// Kernels whose registers hold two blocks or two pixels, wherever there is AVX2: every place where a tile of 16 lanes has
// a rest, over many layers of few networks. A machine with AVX-512 runs all other tests' networks too.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

Window square(int64_t kernel, int64_t stride = 1, int64_t dilation = 1) {
  const int64_t pad = kernel / 2 * dilation;
  return {{kernel, kernel}, {stride, stride}, {dilation, dilation}, {pad, pad}, {pad, pad}};
}

Epilogue relu() {
  Epilogue epilogue;
  epilogue.activation = {UnaryKind::relu};
  return epilogue;
}

/// y + relu(conv(x)).
TensorId residual_layer(GraphBuilder& b, TensorId x, TensorId y, int64_t channels, const Window& window,
                        int64_t groups) {
  Epilogue epilogue = relu();
  epilogue.residual = true;
  return b.conv(x, channels, window, groups, epilogue, y);
}

/// Panels of one register, of more, and with a rest; reductions with rests; transposed ones.
Graph dense() {
  GraphBuilder b(1);
  const TensorId image = b.input("x", Shape{1, 3, 9, 13});
  b.output(b.conv(image, 24, square(3, 2), 1));
  const TensorId x = b.conv(image, 36, square(3), 1, relu());
  for (int64_t outputs : {8, 16, 40, 72}) b.output(b.conv(x, outputs, square(1), 1, relu()));
  const TensorId y = b.conv(x, 40, square(3), 1);
  b.output(residual_layer(b, x, y, 40, square(1), 1));
  b.output(b.conv(x, 24, square(3, 2), 1));
  b.output(b.conv_transpose(x, 20, square(3, 2), 1));
  b.output(b.conv(x, 72, square(3), 2));
  return b.take();
}

/// Rows and pixels that do and do not come in pairs.
Graph depthwise(int64_t height, int64_t width) {
  constexpr int64_t channels = 20;
  GraphBuilder b(static_cast<uint64_t>(width));
  const TensorId x = b.conv(b.input("x", Shape{2, 3, height, width}), channels, square(1), 1, relu());
  for (int64_t stride : {1, 2}) {
    for (int64_t kernel : {3, 5}) b.output(b.conv(x, channels, square(kernel, stride), channels, relu()));
    b.output(b.conv(x, channels, {{3, 3}, {1, stride}, {2, 1}, {1, 0}, {3, 2}}, channels));
  }
  b.output(b.conv(x, channels, square(7), channels));
  b.output(b.conv(x, channels, {{3, 3}, {2, 3}, {1, 2}, {1, 2}, {1, 2}}, channels));
  const TensorId y = b.conv(x, channels, square(3), channels);
  b.output(residual_layer(b, x, y, channels, square(3), channels));
  const TensorId half = b.conv(x, channels, square(3, 2), channels);
  b.output(residual_layer(b, x, half, channels, square(3, 2), channels));
  return b.take();
}

Graph grouped(int64_t height, int64_t width) {
  constexpr int64_t channels = 48;
  GraphBuilder b(static_cast<uint64_t>(width));
  const TensorId x = b.conv(b.input("x", Shape{1, 3, height, width}), channels, square(1), 1, relu());
  for (int64_t per_group : {2, 4, 8, 16}) {
    for (int64_t stride : {1, 2}) b.output(b.conv(x, channels, square(3, stride), channels / per_group, relu()));
  }
  const TensorId y = b.conv(x, channels, {{1, 5}, {1, 1}, {1, 2}, {0, 4}, {0, 4}}, channels / 4);
  b.output(residual_layer(b, x, y, channels, square(3), channels / 8));
  b.output(b.conv(x, channels, square(3, 1, 2), channels / 4));
  b.output(b.conv(x, channels / 2, square(3), channels / 4));  // two outputs of four inputs each
  return b.take();
}

Graph one_dimension() {
  GraphBuilder b(1);
  const auto window = [](int64_t kernel, int64_t stride) {
    return Window{{kernel}, {stride}, {1}, {kernel / 2}, {kernel / 2}};
  };
  const TensorId x = b.conv(b.input("x", Shape{1, 3, 43}), 40, window(1, 1), 1, relu());
  for (int64_t stride : {1, 2}) {
    for (int64_t groups : {1, 5, 10, 40}) b.output(b.conv(x, 40, window(5, stride), groups, relu()));
  }
  return b.take();
}

std::vector<ComparedGraph> networks() {
  return {{"dense", dense()},
          {"depthwise 5x18", depthwise(5, 18)},
          {"depthwise 4x7", depthwise(4, 7)},
          {"depthwise 1x1", depthwise(1, 1)},
          {"grouped 6x17", grouped(6, 17)},
          {"grouped 3x3", grouped(3, 3)},
          {"one dimension", one_dimension()}};
}

TEST(WideVectors, MatchTheInterpreterBitForBit) {
  expect_as_interpreted(*find_target("avx512"), networks(), {.halves = true, .models_per_unit = 4});
}

TEST(WideVectors, MatchTheInterpreterInFastNumerics) {
  expect_as_interpreted(*find_target("avx512"), networks(),
                        {.numerics = Numerics::fast, .halves = true, .models_per_unit = 4});
}

}  // namespace
}  // namespace intaglio::testing
