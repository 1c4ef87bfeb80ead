// Reductions of all pixels against the 16 partial results and the tree of strict numerics.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/harness.h"

namespace intaglio::kernel_test {
namespace {

float naive(ReduceKind kind, std::span<const float> x) {
  auto combined = [&](float a, float b) {
    return kind == ReduceKind::max ? std::fmax(a, b) : kind == ReduceKind::min ? std::fmin(a, b) : a + b;
  };
  if (kind == ReduceKind::prod) {
    float product = 1;
    for (float v : x) product *= v;
    return product;
  }
  float p[16];
  for (float& v : p) v = kind == ReduceKind::max ? -INFINITY : kind == ReduceKind::min ? INFINITY : 0.0f;
  for (size_t i = 0; i < x.size(); ++i) {
    float& acc = p[i % 16];
    if (kind == ReduceKind::l1)
      acc += std::fabs(x[i]);
    else if (kind == ReduceKind::l2 || kind == ReduceKind::sum_square)
      acc = std::fmaf(x[i], x[i], acc);
    else
      acc = combined(acc, x[i]);
  }
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) p[i] = combined(p[i], p[i + half]);
  }
  if (kind == ReduceKind::mean) return p[0] / static_cast<float>(x.size());
  return kind == ReduceKind::l2 ? std::sqrt(p[0]) : p[0];
}

TEST(SpatialReduce, EveryKindDenseAndEmbedded) {
  std::vector<KernelCase> cases;
  const std::vector<Shape> shapes = {{1, 8, 7, 7},  {2, 16, 5, 9}, {1, 16, 1, 1},
                                     {1, 16, 4, 4}, {2, 16, 37},   {1, 16, 3, 20}};
  for (ReduceKind kind : {ReduceKind::mean, ReduceKind::sum, ReduceKind::max, ReduceKind::min, ReduceKind::prod,
                          ReduceKind::l1, ReduceKind::l2, ReduceKind::sum_square}) {
    // Sums have every shape; the other kinds differ in one operation only, so one dense and one embedded shape do.
    const size_t count = kind == ReduceKind::mean ? shapes.size() : 2;
    for (size_t i = 0; i < count; ++i) {
      const Shape& shape = shapes[i];
      KernelCase test("spatial " + std::string(reduce_name(kind)) + " " + shape.text());
      SpatialReduceStep kernel;
      kernel.kind = kind;
      const std::vector<int64_t> segments = shape[1] == 16 ? std::vector<int64_t>{3, 8, 5} : std::vector<int64_t>{8};
      kernel.x = test.input(shape, i % 3 == 1 ? blocked(segments, {1, 1, 1, 1}, true) : blocked(segments));
      const Shape y_shape = shape.rank() == 3 ? Shape{shape[0], shape[1], 1} : Shape{shape[0], shape[1], 1, 1};
      kernel.y = test.output(y_shape, i % 2 == 0 ? blocked(segments) : blocked(segments, {1, 1, 1, 1}));
      test.step(kernel);
      test.reference = [kind, shape, y_shape](const std::vector<TensorData>& inputs) {
        const std::span<const float> x = inputs[0].values<float>();
        const size_t planes = static_cast<size_t>(shape[0] * shape[1]), pixels = x.size() / planes;
        std::vector<float> y;
        for (size_t plane = 0; plane < planes; ++plane) y.push_back(naive(kind, x.subspan(plane * pixels, pixels)));
        return std::vector<TensorData>{TensorData::of<float>(y_shape, y)};
      };
      cases.push_back(std::move(test));
    }
  }
  run(cases);
}

}  // namespace
}  // namespace intaglio::kernel_test
