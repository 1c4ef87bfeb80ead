// Copies, border clearing and resize of blocked views against naive loops.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/harness.h"

namespace intaglio::kernel_test {
namespace {

struct CopyExample {
  Shape x, y;
  std::vector<int64_t> channel_map;
  int64_t start_h, start_w, step_h, step_w;
  float fill;
  OperandLayout x_layout, y_layout;
};

std::vector<int64_t> range(int64_t first, int64_t count, int64_t step = 1) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(first + i * step);
  return values;
}

std::vector<int64_t> shuffled(int64_t groups, int64_t channels) {
  std::vector<int64_t> map;
  for (int64_t c = 0; c < channels; ++c) map.push_back(c % groups * (channels / groups) + c / groups);
  return map;
}

KernelCase make(const CopyExample& e, size_t index) {
  KernelCase test("blocked copy " + std::to_string(index));
  BlockedCopyStep kernel;
  kernel.x = test.input(e.x, e.x_layout);
  kernel.y = test.output(e.y, e.y_layout);
  kernel.channel_map = e.channel_map;
  kernel.start_h = e.start_h;
  kernel.start_w = e.start_w;
  kernel.step_h = e.step_h;
  kernel.step_w = e.step_w;
  kernel.fill = e.fill;
  test.step(kernel);
  const View x = kernel.x, y = kernel.y;
  test.reference = [=](const std::vector<TensorData>& inputs) {
    std::vector<float> values;
    for (int64_t n = 0; n < y.batch; ++n)
      for (int64_t c : e.channel_map)
        for (int64_t i = 0; i < y.height; ++i)
          for (int64_t j = 0; j < y.width; ++j) {
            const int64_t row = i * e.step_h + e.start_h, column = j * e.step_w + e.start_w;
            const bool inside = row >= 0 && row < x.height && column >= 0 && column < x.width;
            const int64_t source = ((n * e.x[1] + c) * x.height + row) * x.width + column;
            values.push_back(inside ? inputs[0].values<float>()[static_cast<size_t>(source)] : e.fill);
          }
    return std::vector<TensorData>{TensorData::of<float>(e.y, values)};
  };
  return test;
}

TEST(BlockedCopy, ChannelsAndPixels) {
  const OperandLayout plain = blocked(), segments = blocked({3, 8, 5}), embedded = blocked({}, {1, 1, 2, 1}, true);
  const std::vector<CopyExample> examples = {
      {{1, 16, 5, 5}, {1, 16, 5, 5}, range(0, 16), 0, 0, 1, 1, 0, plain, embedded},
      {{2, 16, 5, 5}, {2, 16, 5, 5}, range(0, 16), 0, 0, 1, 1, 0, segments, plain},
      {{2, 16, 4, 3}, {2, 16, 4, 3}, shuffled(2, 16), 0, 0, 1, 1, 0, plain, segments},
      {{1, 24, 9, 9}, {1, 16, 5, 5}, range(8, 16), 0, 0, 2, 2, 0, embedded, plain},
      {{1, 12, 6, 7}, {1, 12, 10, 9}, range(0, 12), -2, -1, 1, 1, 0.5f, plain, embedded},
      {{1, 20, 6, 7}, {1, 7, 6, 7}, range(19, 7, -1), 5, 6, -1, -1, 0, plain, plain},
      {{1, 8, 4}, {1, 8, 9}, range(0, 8), 0, -20, 1, 1, -1.0f, plain, plain},
      {{1, 3, 30}, {1, 9, 11}, {0, 1, 2, 0, 1, 2, 0, 1, 2}, 0, 2, 1, 3, 0, plain, plain},
  };
  std::vector<KernelCase> cases;
  for (const CopyExample& example : examples) cases.push_back(make(example, cases.size()));
  run(cases);
}

TEST(ClearBorder, KeepsThePixels) {
  std::vector<KernelCase> cases;
  for (int64_t batch : {1, 3}) {
    KernelCase test("clear border, batch " + std::to_string(batch));
    const View x = test.input({batch, 12, 4, 5}, blocked({}, {2, 1, 1, 3}));
    test.step(ClearBorderStep{test.output_in_place(x)});
    test.reference = [](const std::vector<TensorData>& inputs) { return inputs; };
    cases.push_back(std::move(test));
  }
  run(cases);
}

/// Source positions of a resize with half-pixel coordinates.
struct AxisTable {
  std::vector<int32_t> nearest, pairs;
  std::vector<float> weights;
  AxisTable(int64_t in, int64_t out) {
    for (int64_t i = 0; i < out; ++i) {
      const double x = (static_cast<double>(i) + 0.5) * static_cast<double>(in) / static_cast<double>(out) - 0.5;
      const double clamped = std::min(std::max(x, 0.0), static_cast<double>(in - 1));
      const int32_t low = static_cast<int32_t>(clamped), high = std::min(low + 1, static_cast<int32_t>(in - 1));
      nearest.push_back(static_cast<int32_t>(i * in / out));
      pairs.insert(pairs.end(), {low, high});
      weights.push_back(static_cast<float>(1.0 - (clamped - low)));
      weights.push_back(static_cast<float>(clamped - low));
    }
  }
};

TensorData table(const std::vector<int32_t>& values) {
  return TensorData::of<int32_t>({static_cast<int64_t>(values.size())}, values);
}

KernelCase resize(const Shape& x_shape, int64_t out_h, int64_t out_w, bool linear, const OperandLayout& x_layout,
                  const OperandLayout& y_layout) {
  const bool one_dimension = x_shape.rank() == 3;
  const Shape y_shape =
      one_dimension ? Shape{x_shape[0], x_shape[1], out_w} : Shape{x_shape[0], x_shape[1], out_h, out_w};
  KernelCase test((linear ? "linear resize to " : "nearest resize to ") + y_shape.text());
  BlockedResizeStep kernel;
  kernel.x = test.input(x_shape, x_layout);
  kernel.y = test.output(y_shape, y_layout);
  kernel.linear = linear;
  const AxisTable rows(kernel.x.height, out_h), columns(kernel.x.width, out_w);
  kernel.rows = test.weight(table(linear ? rows.pairs : rows.nearest));
  kernel.columns = test.weight(table(linear ? columns.pairs : columns.nearest));
  if (linear) {
    kernel.row_weights = test.weight(rows.weights);
    kernel.column_weights = test.weight(columns.weights);
  }
  test.step(kernel);
  const int64_t height = kernel.x.height, width = kernel.x.width;
  test.reference = [=](const std::vector<TensorData>& inputs) {
    std::vector<float> y;
    for (int64_t plane = 0; plane < x_shape[0] * x_shape[1]; ++plane) {
      auto x = [&](int64_t row, int64_t column) {
        return inputs[0].values<float>()[static_cast<size_t>((plane * height + row) * width + column)];
      };
      for (size_t i = 0; i < static_cast<size_t>(out_h); ++i) {
        for (size_t j = 0; j < static_cast<size_t>(out_w); ++j) {
          if (!linear) {
            y.push_back(x(rows.nearest[i], columns.nearest[j]));
            continue;
          }
          auto along_row = [&](int64_t row) {
            const float first = columns.weights[j * 2] * x(row, columns.pairs[j * 2]);
            return std::fmaf(columns.weights[j * 2 + 1], x(row, columns.pairs[j * 2 + 1]), first);
          };
          const float first = rows.weights[i * 2] * along_row(rows.pairs[i * 2]);
          y.push_back(std::fmaf(rows.weights[i * 2 + 1], along_row(rows.pairs[i * 2 + 1]), first));
        }
      }
    }
    return std::vector<TensorData>{TensorData::of<float>(y_shape, y)};
  };
  return test;
}

TEST(BlockedResize, NearestAndLinear) {
  std::vector<KernelCase> cases;
  for (bool linear : {false, true}) {
    cases.push_back(resize({1, 12, 5, 4}, 10, 8, linear, blocked(), blocked({}, {1, 1, 1, 1})));
    cases.push_back(resize({2, 16, 7, 9}, 3, 20, linear, blocked({3, 8, 5}, {1, 1, 1, 1}, true), blocked({3, 8, 5})));
    cases.push_back(resize({1, 3, 1, 1}, 4, 4, linear, blocked(), blocked()));
    cases.push_back(resize({2, 9, 11}, 1, 23, linear, blocked(), blocked({}, {0, 2, 0, 1})));
  }
  run(cases);
}

}  // namespace
}  // namespace intaglio::kernel_test
