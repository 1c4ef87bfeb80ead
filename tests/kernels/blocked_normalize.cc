// Group normalisation of blocked views against a naive one in double.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/harness.h"

namespace intaglio::kernel_test {
namespace {

KernelCase make(const Shape& shape, int64_t groups, bool affine, const OperandLayout& x_layout,
                const OperandLayout& y_layout) {
  KernelCase test("group normalisation " + shape.text());
  BlockedNormalizeStep kernel;
  kernel.x = test.input(shape, x_layout);
  kernel.y = test.output(shape, y_layout);
  kernel.groups = groups;
  const size_t channels = static_cast<size_t>(shape[1]);
  const std::vector<float> ones(channels, 1.0f), zeros(channels, 0.0f);
  const std::vector<float> scale = affine ? random_floats(channels, 5) : ones,
                           bias = affine ? random_floats(channels, 6) : zeros;
  if (affine) {
    kernel.scale = test.weight(by_lane(kernel.x, scale));
    kernel.bias = test.weight(by_lane(kernel.x, bias));
  }
  kernel.scratch = test.scratch(kernel.x.blocks() * 16);
  test.step(kernel);
  test.tolerance = 1e-6f;
  test.reference = [=](const std::vector<TensorData>& inputs) {
    const std::span<const float> x = inputs[0].values<float>();
    const size_t pixels = x.size() / static_cast<size_t>(shape[0] * shape[1]),
                 count = x.size() / static_cast<size_t>(shape[0] * groups);
    std::vector<float> y;
    for (size_t start = 0; start < x.size(); start += count) {
      double mean = 0, variance = 0;
      for (float v : x.subspan(start, count)) mean += v;
      mean /= static_cast<double>(count);
      for (float v : x.subspan(start, count)) variance += (v - mean) * (v - mean);
      variance /= static_cast<double>(count);
      for (size_t i = start; i < start + count; ++i) {
        const size_t c = i / pixels % channels;
        y.push_back(static_cast<float>((x[i] - mean) / std::sqrt(variance + 1e-5) * scale[c] + bias[c]));
      }
    }
    return std::vector<TensorData>{TensorData::of<float>(shape, y)};
  };
  return test;
}

TEST(BlockedNormalize, GroupsAndGaps) {
  const OperandLayout segments = blocked({3, 8, 5}), border = blocked({}, {1, 1, 1, 1}, true);
  run({make({2, 16, 5, 6}, 4, true, segments, segments), make({1, 12, 4, 4}, 12, true, blocked(), border),
       make({1, 24, 7, 3}, 1, false, border, blocked()), make({2, 10, 17}, 2, true, blocked(), blocked())});
}

}  // namespace
}  // namespace intaglio::kernel_test
