// Fully connected layers against a naive product in the order of strict numerics.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/harness.h"

namespace intaglio::kernel_test {
namespace {

struct Example {
  int64_t batch, inputs, outputs;
  OperandLayout x, y;
  bool residual = false, relu = false, bias = true;
};

/// Weights [outputs][inputs] packed as [panel of 8 blocks of y][input][lane].
std::vector<float> pack(const std::vector<float>& weights, const View& y, int64_t inputs, int64_t outputs) {
  const int64_t lanes = (y.blocked() ? y.blocks() : block_count(outputs)) * lanes_per_block;
  std::vector<int64_t> lane_of_output(static_cast<size_t>(outputs));
  for (int64_t m = 0; m < outputs; ++m)
    lane_of_output[static_cast<size_t>(m)] = y.blocked() ? channel_lanes(y)[static_cast<size_t>(m)] : m;
  std::vector<float> packed(static_cast<size_t>(lanes * inputs), 0.0f);
  for (int64_t m = 0; m < outputs; ++m) {
    const int64_t lane = lane_of_output[static_cast<size_t>(m)], first = lane / 64 * 64,
                  width = std::min<int64_t>(64, lanes - first);
    for (int64_t k = 0; k < inputs; ++k) {
      packed[static_cast<size_t>(first * inputs + k * width + lane - first)] =
          weights[static_cast<size_t>(m * inputs + k)];
    }
  }
  return packed;
}

KernelCase make(const Example& e, int index) {
  KernelCase test("fully connected " + std::to_string(index));
  const Shape x_shape = e.x.blocked() ? Shape{e.batch, e.inputs, 1, 1} : Shape{e.batch, e.inputs};
  const Shape y_shape = e.y.blocked() ? Shape{e.batch, e.outputs, 1, 1} : Shape{e.batch, e.outputs};
  FullyConnectedStep kernel;
  kernel.x = test.input(x_shape, e.x);
  if (e.residual) kernel.residual = test.input(y_shape, e.y);
  kernel.y = test.output(y_shape, e.y);
  kernel.epilogue.residual = e.residual;
  if (e.relu) (e.residual ? kernel.epilogue.final_activation : kernel.epilogue.activation).kind = UnaryKind::relu;
  const std::vector<float> weights = random_floats(static_cast<size_t>(e.inputs * e.outputs), 77);
  const std::vector<float> bias = e.bias ? random_floats(static_cast<size_t>(e.outputs), 78)
                                         : std::vector<float>(static_cast<size_t>(e.outputs), 0.0f);
  kernel.weights = test.weight(pack(weights, kernel.y, e.inputs, e.outputs));
  if (e.bias) {
    std::vector<float> lanes = bias;
    if (e.y.blocked()) lanes = by_lane(kernel.y, bias);
    lanes.resize(block_count(std::ssize(lanes)) * lanes_per_block);
    kernel.bias = test.weight(lanes);
  }
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>& inputs) {
    std::vector<float> y;
    for (int64_t n = 0; n < e.batch; ++n) {
      for (int64_t m = 0; m < e.outputs; ++m) {
        float acc = bias[static_cast<size_t>(m)];
        for (int64_t k = 0; k < e.inputs; ++k) {
          acc = std::fmaf(inputs[0].values<float>()[static_cast<size_t>(n * e.inputs + k)],
                          weights[static_cast<size_t>(m * e.inputs + k)], acc);
        }
        if (e.residual) acc = acc + inputs[1].values<float>()[y.size()];
        y.push_back(e.relu && acc < 0 ? 0.0f : acc);
      }
    }
    return std::vector<TensorData>{TensorData::of<float>(y_shape, y)};
  };
  return test;
}

TEST(FullyConnected, PlanarAndBlockedOperands) {
  const OperandLayout segmented = blocked({3, 8, 5}), wide = blocked({}, {1, 1, 1, 1}, true);
  const std::vector<Example> examples = {
      {1, 16, 64, planar(), planar()},
      {2, 7, 10, planar(), planar()},
      {1, 20, 130, blocked(), planar(), false, true},
      {2, 16, 1000, segmented, planar()},
      {1, 9, 61, planar(), planar(), true, true},
      {2, 16, 16, segmented, segmented, true, false},
      {1, 70, 16, blocked({70}), blocked({3, 8, 5}, {1, 0, 0, 2}), false, true},
      {2, 12, 20, wide, wide, true, true},
      {1, 5, 3, planar(), blocked(), false, false, false},
      {1, 1, 1, planar(), planar()},
  };
  std::vector<KernelCase> cases;
  for (size_t i = 0; i < examples.size(); ++i) cases.push_back(make(examples[i], static_cast<int>(i)));
  run(cases);
}

}  // namespace
}  // namespace intaglio::kernel_test
