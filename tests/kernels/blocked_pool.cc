// Pooling of blocked views against the interpreter's strict results.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <limits>

#include "kernels/harness.h"

namespace intaglio::kernel_test {
namespace {

struct PoolExample {
  PoolKind kind;
  Shape x;
  Window2d window;
  int64_t pad_bottom, pad_right;
  int64_t overhang = 0;  ///< further rows and columns of output, as ceil_mode gives
  bool count_include_pad = false;
  int64_t p = 2;
  OperandLayout x_layout = blocked(), y_layout = blocked();
};

Pool pool_operator(const PoolExample& e) {
  const Window2d& w = e.window;
  Pool pool;
  pool.kind = e.kind;
  pool.window = {{w.kernel_h, w.kernel_w},
                 {w.stride_h, w.stride_w},
                 {w.dilation_h, w.dilation_w},
                 {w.pad_top, w.pad_left},
                 {e.pad_bottom, e.pad_right}};
  if (e.x.rank() == 3) pool.window = {{w.kernel_w}, {w.stride_w}, {w.dilation_w}, {w.pad_left}, {e.pad_right}};
  pool.count_include_pad = e.count_include_pad;
  pool.p = e.p;
  return pool;
}

KernelCase make_pool(const PoolExample& e, int index) {
  KernelCase test("pool " + std::to_string(index));
  const Window2d& w = e.window;
  PoolStep kernel;
  kernel.kind = e.kind;
  kernel.window = w;
  kernel.pad_bottom = e.pad_bottom;
  kernel.pad_right = e.pad_right;
  kernel.count_include_pad = e.count_include_pad;
  kernel.p = e.p;
  kernel.x = test.input(e.x, e.x_layout);
  const int64_t height = kernel.x.height, width = kernel.x.width;
  const int64_t out_h = (height + w.pad_top + e.pad_bottom - (w.kernel_h - 1) * w.dilation_h - 1) / w.stride_h + 1 +
                        (height > 1 ? e.overhang : 0);
  const int64_t out_w =
      (width + w.pad_left + e.pad_right - (w.kernel_w - 1) * w.dilation_w - 1) / w.stride_w + 1 + e.overhang;
  const Shape y_shape = e.x.rank() == 3 ? Shape{e.x[0], e.x[1], out_w} : Shape{e.x[0], e.x[1], out_h, out_w};
  kernel.y = test.output(y_shape, e.y_layout);
  test.step(kernel);
  test.values = [index](const View& view, uint32_t seed) {
    TensorData data = random_values(view, seed);
    std::vector<float> values(data.values<float>().begin(), data.values<float>().end());
    if (index % 2 == 1) values[values.size() / 3] = std::numeric_limits<float>::quiet_NaN();
    return TensorData::of<float>(view.shape, values);
  };
  test.reference = [=](const std::vector<TensorData>& inputs) {
    return std::vector<TensorData>{strict_result(pool_operator(e), {&inputs[0]}, y_shape)};
  };
  return test;
}

TEST(BlockedPool, WindowsInsideAndAtTheEdges) {
  const Window2d resnet{3, 3, 2, 2, 1, 1, 1, 1};
  const OperandLayout segments = blocked({3, 8, 5}), embedded = blocked({}, {1, 1, 1, 1}, true),
                      border = blocked({}, {1, 2, 0, 1});
  std::vector<PoolExample> examples = {
      {PoolKind::max, {1, 16, 12, 12}, resnet, 1, 1},
      {PoolKind::max, {1, 16, 12, 12}, resnet, 1, 1},
      {PoolKind::max, {2, 16, 7, 9}, {3, 3, 1, 1, 1, 1, 1, 1}, 1, 1, 0, false, 2, segments, segments},
      {PoolKind::max, {1, 12, 8, 8}, {2, 2, 2, 2}, 0, 0, 0, false, 2, embedded, border},
      {PoolKind::max, {1, 3, 9, 9}, {2, 2, 3, 3}, 0, 0},
      {PoolKind::max, {1, 8, 9, 9}, {3, 3, 2, 2, 1, 1, 0, 0}, 0, 0, 0},
      {PoolKind::max, {1, 8, 10, 10}, {3, 3, 2, 2, 1, 1, 0, 0}, 0, 0, 1},
      {PoolKind::max, {1, 8, 1, 1}, {3, 3, 1, 1, 1, 1, 1, 1}, 1, 1},
      {PoolKind::max, {1, 8, 6, 6}, {5, 5, 1, 1, 1, 1, 2, 2}, 2, 2},
      {PoolKind::max, {1, 8, 16, 15}, {13, 13, 1, 1, 1, 1, 6, 6}, 6, 6},
      {PoolKind::max, {1, 8, 11, 9}, {3, 2, 2, 1, 2, 3, 1, 1}, 2, 1},
      {PoolKind::max, {2, 9, 21}, {1, 4, 1, 3, 1, 1, 0, 2}, 0, 1},
      {PoolKind::max, {1, 8, 20}, {1, 3, 1, 2, 1, 1, 0, 1}, 0, 1, 0, false, 2, embedded, embedded},
  };
  for (bool include : {false, true}) {
    examples.push_back(
        {PoolKind::average, {1, 12, 8, 9}, {3, 3, 1, 1, 1, 1, 1, 1}, 1, 1, 0, include, 2, border, embedded});
    examples.push_back({PoolKind::average, {2, 16, 10, 10}, {2, 2, 2, 2}, 0, 0, 0, include, 2, segments, segments});
    examples.push_back({PoolKind::average, {1, 8, 10, 10}, {3, 3, 2, 2, 1, 1, 1, 1}, 1, 1, 0, include});
    examples.push_back({PoolKind::average, {1, 8, 8, 8}, {3, 3, 2, 2, 1, 1, 0, 0}, 0, 0, 1, include});
    examples.push_back({PoolKind::average, {1, 8, 9, 9}, {7, 7, 1, 1}, 0, 0, 0, include});
    examples.push_back({PoolKind::average, {1, 8, 9, 9}, {3, 3, 2, 2, 2, 2, 1, 2}, 2, 1, 0, include});
    examples.push_back({PoolKind::average, {1, 5, 17}, {1, 5, 1, 2, 1, 1, 0, 2}, 0, 2, 0, include});
  }
  examples.push_back({PoolKind::lp, {1, 5, 9, 8}, {3, 2, 2, 1, 1, 1, 1, 0}, 0, 1, 0, false, 2});
  examples.push_back({PoolKind::lp, {1, 5, 9, 8}, {3, 2, 2, 1, 1, 1, 1, 0}, 0, 1, 0, false, 1});
  examples.push_back({PoolKind::lp, {1, 5, 6, 8}, {3, 2, 2, 1, 1, 1, 1, 0}, 0, 1, 0, false, 3});
  std::vector<KernelCase> cases;
  for (size_t i = 0; i < examples.size(); ++i) cases.push_back(make_pool(examples[i], static_cast<int>(i)));
  run(cases);
}

}  // namespace
}  // namespace intaglio::kernel_test
