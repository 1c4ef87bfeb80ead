// Mean and variance of every channel, as mean-field theory has them, against those of a run on normal values.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/moments.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "interpreter/interpreter.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

constexpr int64_t channels = 32;
const Shape image{1, channels, 24, 24};
const Window one_by_one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};

struct Average {
  double mean = 0, variance = 0;
};

Average average(const lowering::Moments& moments) {
  Average result;
  for (size_t c = 0; c < moments.mean.size(); ++c) {
    result.mean += moments.mean[c] / static_cast<double>(moments.mean.size());
    result.variance += moments.variance[c] / static_cast<double>(moments.mean.size());
  }
  return result;
}

/// Of the channels of one image.
lowering::Moments moments_of(const std::vector<double>& values, size_t count) {
  lowering::Moments result;
  const size_t each = values.size() / count;
  for (size_t c = 0; c < count; ++c) {
    double sum = 0, squares = 0;
    for (size_t i = c * each; i < (c + 1) * each; ++i) {
      sum += values[i];
      squares += values[i] * values[i];
    }
    const double mean = sum / static_cast<double>(each);
    result.mean.push_back(mean);
    result.variance.push_back(squares / static_cast<double>(each) - mean * mean);
  }
  return result;
}

void expect_moments(const Graph& graph, TensorId tensor, double tolerance) {
  std::mt19937 random(1);
  std::vector<TensorData> inputs;
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    std::vector<float> values(static_cast<size_t>(image.elements()));
    for (float& value : values) {  // nearly normal: a sum of twelve
      double sum = -6;
      for (int k = 0; k < 12; ++k) sum += static_cast<double>(random()) * 0x1p-32;
      value = static_cast<float>(sum);
    }
    inputs.push_back(TensorData::of(image, values));
  }
  std::vector<double> measured;
  interpret(graph, inputs, Numerics::fast, [&](TensorId id, const TensorData& data) {
    if (id == tensor) measured = data.as_double();
  });
  const Average expected = average(moments_of(measured, static_cast<size_t>(graph[tensor].shape[1]))),
                got = average(lowering::network_moments(graph).tensors[tensor.index()]);
  EXPECT_NEAR(got.mean / expected.mean, 1, tolerance);
  EXPECT_NEAR(got.variance / expected.variance, 1, tolerance) << got.variance << " for " << expected.variance;
}

/// A factor from 0.27 to 0.73 for every channel.
TensorId gated(GraphBuilder& b, const std::string& name, TensorId x) {
  const Shape one_each{1, channels, 1, 1};
  const TensorId gate =
      b.node(name + "_gate", Unary{UnaryKind::sigmoid}, {b.constant(name + "_logits", one_each)}, one_each);
  return b.node(name, Binary{BinaryKind::mul}, {x, gate}, image);
}

TensorId relu_of_conv(GraphBuilder& b, TensorId x) {
  return b.conv(x, channels, one_by_one, 1, {.activation = {UnaryKind::relu}});
}

/// What a shortcut brings is skewed, and a ReLU leaves more of it than of normal values.
TEST(Moments, SkewOfShortcuts) {
  GraphBuilder b(1);
  const TensorId shortcut = relu_of_conv(b, b.input("x", image));
  const TensorId branch = gated(b, "branch", b.conv(b.input("z", image), channels, one_by_one, 1));
  const TensorId sum = b.node("sum", Binary{BinaryKind::add}, {branch, shortcut}, image);
  const TensorId y = b.node("y", Unary{UnaryKind::relu}, {sum}, image);
  b.output(y);
  expect_moments(b.take(), y, 0.05);
}

/// The largest of activations that a gate scales and a concatenation joins.
TEST(Moments, MaximumBehindGateAndConcatenation) {
  GraphBuilder b(1);
  const TensorId x = relu_of_conv(b, b.input("x", image));
  const TensorId all = b.node("all", Concat{1}, {gated(b, "part", x), x}, {1, 2 * channels, 24, 24});
  const Window window{{3, 3}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
  const TensorId y = b.node("y", Pool{PoolKind::max, window}, {all}, {1, 2 * channels, 22, 22});
  b.output(y);
  expect_moments(b.take(), y, 0.05);
}

}  // namespace
}  // namespace intaglio::testing
