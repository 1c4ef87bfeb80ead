// Planar reductions, ArgMax and max pooling with indices against naive loops.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/harness.h"
#include "kernels/naive_sums.h"

namespace intaglio::kernel_test {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Random floats with some NaN, infinities and equal values among them.
TensorData with_special_values(const View& view, uint32_t seed) {
  std::vector<float> values = random_floats(static_cast<size_t>(view.shape.elements()), seed);
  for (size_t i = 0; i < values.size(); ++i) {
    const uint32_t choice = (seed * 7919u + static_cast<uint32_t>(i) * 104729u) >> 4;
    if (choice % 23 == 0) values[i] = not_a_number;
    if (choice % 17 == 0) values[i] = choice % 2 ? infinity : -infinity;
    if (choice % 3 == 0) values[i] = std::round(values[i]);
  }
  return TensorData::of<float>(view.shape, values);
}

// ---- reductions

/// Rows of elements to reduce, in the order of the results: `reduced` says which axes of x they come from.
template <class T>
std::vector<std::vector<T>> reduced_rows(const TensorData& x, const std::vector<bool>& reduced) {
  int64_t results = 1;
  for (size_t axis = 0; axis < reduced.size(); ++axis) results *= reduced[axis] ? 1 : x.shape()[axis];
  std::vector<std::vector<T>> rows(static_cast<size_t>(results));
  const std::vector<int64_t> strides = row_major_strides(x.shape());
  for (int64_t i = 0; i < x.elements(); ++i) {
    int64_t row = 0;
    for (size_t axis = 0; axis < reduced.size(); ++axis) {
      if (!reduced[axis]) row = row * x.shape()[axis] + i / strides[axis] % x.shape()[axis];
    }
    rows[static_cast<size_t>(row)].push_back(x.values<T>()[static_cast<size_t>(i)]);
  }
  return rows;
}

float naive(ReduceKind kind, const std::vector<float>& row) {
  float result = kind == ReduceKind::prod ? 1.0f : kind == ReduceKind::max ? -infinity : infinity;
  switch (kind) {
    case ReduceKind::mean:
      return mean(row);
    case ReduceKind::sum:
      return sum(row);
    case ReduceKind::l1:
      return partial_sums(row, [](float p, float x) { return p + std::fabs(x); });
    case ReduceKind::l2:
      return std::sqrt(partial_sums(row, [](float p, float x) { return std::fmaf(x, x, p); }));
    case ReduceKind::sum_square:
      return partial_sums(row, [](float p, float x) { return std::fmaf(x, x, p); });
    default:
      break;
  }
  for (float x : row) {
    if (kind == ReduceKind::prod) {
      result *= x;
    } else if (std::isnan(x) || std::isnan(result)) {
      result = not_a_number;
    } else {
      result = kind == ReduceKind::max ? std::max(result, x) : std::min(result, x);
    }
  }
  return result;
}

int64_t naive(ReduceKind kind, const std::vector<int64_t>& row) {
  int64_t result = kind == ReduceKind::prod ? 1 : 0;
  if (kind == ReduceKind::max) return *std::max_element(row.begin(), row.end());
  if (kind == ReduceKind::min) return *std::min_element(row.begin(), row.end());
  for (int64_t x : row) {
    if (kind == ReduceKind::prod) result *= x;
    if (kind == ReduceKind::sum || kind == ReduceKind::mean) result += x;
    if (kind == ReduceKind::l1) result += std::abs(x);
    if (kind == ReduceKind::sum_square) result += x * x;
  }
  return kind == ReduceKind::mean ? result / static_cast<int64_t>(row.size()) : result;
}

template <class T>
KernelCase reduce(ReduceKind kind, const Shape& shape, const std::vector<bool>& reduced) {
  KernelCase test("reduce " + std::string(reduce_name(kind)) + " " + shape.text());
  const ElementType type = element_type_of<T>;
  const std::vector<int64_t> strides = row_major_strides(shape);
  ReduceStep kernel;
  kernel.kind = kind;
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    (reduced[axis] ? kernel.reduced_extents : kernel.outer_extents).push_back(shape[axis]);
    (reduced[axis] ? kernel.reduced_strides : kernel.outer_strides).push_back(strides[axis]);
  }
  const Shape y_shape(kernel.outer_extents);
  kernel.x = test.input(shape, planar(type));
  kernel.y = test.output(y_shape, planar(type));
  test.step(kernel);
  if ((kind == ReduceKind::max || kind == ReduceKind::min) && type == ElementType::float32)
    test.values = with_special_values;
  test.reference = [=](const std::vector<TensorData>& inputs) {
    std::vector<T> results;
    for (const std::vector<T>& row : reduced_rows<T>(inputs[0], reduced))
      results.push_back(static_cast<T>(naive(kind, row)));
    return std::vector<TensorData>{TensorData::of<T>(y_shape, results)};
  };
  return test;
}

TEST(PlanarReduce, Floats) {
  std::vector<KernelCase> cases;
  for (ReduceKind kind : {ReduceKind::mean, ReduceKind::sum, ReduceKind::max, ReduceKind::min, ReduceKind::prod,
                          ReduceKind::l1, ReduceKind::l2, ReduceKind::sum_square}) {
    for (int64_t count : {1, 8, 13, 29, 64}) cases.push_back(reduce<float>(kind, {3, count}, {false, true}));
    cases.push_back(reduce<float>(kind, {5, 7, 9}, {true, true, true}));
    cases.push_back(reduce<float>(kind, {40, 19}, {true, false}));
    cases.push_back(reduce<float>(kind, {2, 35, 3, 9}, {false, true, false, false}));
    cases.push_back(reduce<float>(kind, {3, 5, 4, 6}, {true, false, true, true}));
    cases.push_back(reduce<float>(kind, {3, 11, 5, 7}, {false, true, false, true}));
    cases.push_back(reduce<float>(kind, {3, 4, 5}, {false, false, false}));
  }
  run(cases);
}

TensorData as_int32(const TensorData& x) {
  std::vector<int32_t> values;
  for (int64_t v : x.as_int64()) values.push_back(static_cast<int32_t>(v));
  return TensorData::of<int32_t>(x.shape(), values);
}

TEST(PlanarReduce, Integers) {
  std::vector<KernelCase> cases;
  for (ReduceKind kind : {ReduceKind::mean, ReduceKind::sum, ReduceKind::max, ReduceKind::min, ReduceKind::prod,
                          ReduceKind::l1, ReduceKind::sum_square}) {
    cases.push_back(reduce<int64_t>(kind, {3, 7}, {false, true}));
    cases.push_back(reduce<int64_t>(kind, {4, 3, 5}, {true, false, true}));
    cases.push_back(reduce<int64_t>(kind, {6}, {true}));
    KernelCase narrow("reduce int32 " + std::string(reduce_name(kind)));
    ReduceStep kernel;
    kernel.kind = kind;
    kernel.x = narrow.input({5, 6}, planar(ElementType::int32));
    kernel.y = narrow.output({6}, planar(ElementType::int32));
    kernel.outer_extents = {6}, kernel.outer_strides = {1}, kernel.reduced_extents = {5}, kernel.reduced_strides = {6};
    narrow.step(kernel);
    narrow.reference = [kind](const std::vector<TensorData>& inputs) {
      const TensorData wide = TensorData::of<int64_t>({5, 6}, inputs[0].as_int64());
      std::vector<int64_t> results;
      for (const std::vector<int64_t>& row : reduced_rows<int64_t>(wide, {true, false}))
        results.push_back(naive(kind, row));
      return std::vector<TensorData>{as_int32(TensorData::of<int64_t>({6}, results))};
    };
    cases.push_back(narrow);
  }
  run(cases);
}

// ---- ArgMax

KernelCase arg_reduce(bool max, bool last, int64_t outer, int64_t extent, int64_t inner,
                      ElementType type = ElementType::float32) {
  KernelCase test("arg reduce " + std::to_string(extent));
  const View x = test.input({outer, extent, inner}, planar(type)),
             y = test.output({outer, inner}, planar(ElementType::int64));
  test.step(ArgReduceStep{max, last, x, y, outer, extent, inner});
  if (type == ElementType::float32) test.values = with_special_values;
  test.reference = [=](const std::vector<TensorData>& inputs) {
    const std::vector<double> values = inputs[0].as_double();
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < outer; ++i) {
      for (int64_t j = 0; j < inner; ++j) {
        auto at = [&](int64_t k) { return values[static_cast<size_t>((i * extent + k) * inner + j)]; };
        int64_t best = 0;
        for (int64_t k = 1; k < extent; ++k) {
          if (max ? at(k) > at(best) : at(k) < at(best)) best = k;
          if (last && at(k) == at(best)) best = k;
        }
        indices.push_back(best);
      }
    }
    return std::vector<TensorData>{TensorData::of<int64_t>({outer, inner}, indices)};
  };
  return test;
}

TEST(PlanarReduce, ArgReduce) {
  std::vector<KernelCase> cases;
  for (bool max : {true, false}) {
    for (bool last : {true, false}) {
      cases.push_back(arg_reduce(max, last, 3, 50, 1));
      cases.push_back(arg_reduce(max, last, 2, 21, 11));
      cases.push_back(arg_reduce(max, last, 4, 1, 3));
      cases.push_back(arg_reduce(max, last, 2, 19, 5, ElementType::int64));
      cases.push_back(arg_reduce(max, last, 2, 9, 3, ElementType::int32));
    }
  }
  run(cases);
}

// ---- max pooling with indices

KernelCase pool(const Shape& x_shape, const Shape& y_shape, const Window2d& window, int64_t storage_order,
                bool indices) {
  KernelCase test("max pool with indices " + x_shape.text());
  PlanarPoolStep kernel;
  kernel.x = test.input(x_shape);
  kernel.y = test.output(y_shape);
  if (indices) kernel.indices = test.output(y_shape, planar(ElementType::int64));
  kernel.window = window;
  kernel.storage_order = storage_order;
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>& inputs) {
    const std::span<const float> x = inputs[0].values<float>();
    const bool flat = x_shape.rank() == 3;
    const int64_t height = flat ? 1 : x_shape[2], width = x_shape[x_shape.rank() - 1];
    const int64_t out_height = flat ? 1 : y_shape[2], out_width = y_shape[y_shape.rank() - 1];
    std::vector<float> largest;
    std::vector<int64_t> positions;
    for (int64_t plane = 0; plane < x_shape[0] * x_shape[1]; ++plane) {
      for (int64_t i = 0; i < out_height; ++i) {
        for (int64_t j = 0; j < out_width; ++j) {
          float best = -infinity;
          int64_t at = -1;
          for (int64_t ky = 0; ky < window.kernel_h; ++ky) {
            for (int64_t kx = 0; kx < window.kernel_w; ++kx) {
              const int64_t row = i * window.stride_h - window.pad_top + ky * window.dilation_h;
              const int64_t column = j * window.stride_w - window.pad_left + kx * window.dilation_w;
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              const float v = x[static_cast<size_t>((plane * height + row) * width + column)];
              if (at >= 0 && v <= best) continue;
              best = v;
              at = plane * height * width + (storage_order == 0 ? row * width + column : column * height + row);
            }
          }
          largest.push_back(best);
          positions.push_back(at);
        }
      }
    }
    std::vector<TensorData> results{TensorData::of<float>(y_shape, largest)};
    if (indices) results.push_back(TensorData::of<int64_t>(y_shape, positions));
    return results;
  };
  return test;
}

TEST(PlanarReduce, MaxPoolWithIndices) {
  run({pool({2, 3, 7, 9}, {2, 3, 4, 5}, {3, 3, 2, 2, 1, 1, 1, 1}, 0, true),
       pool({2, 3, 7, 9}, {2, 3, 4, 5}, {3, 3, 2, 2, 1, 1, 1, 1}, 1, true),
       pool({1, 2, 9, 9}, {1, 2, 3, 3}, {2, 2, 3, 3, 2, 2, 0, 0}, 0, true),
       pool({1, 4, 15}, {1, 4, 8}, {1, 3, 1, 2, 1, 1, 0, 1}, 0, true),
       pool({1, 2, 6, 6}, {1, 2, 3, 3}, {2, 2, 2, 2, 1, 1, 0, 0}, 0, false)});
}

}  // namespace
}  // namespace intaglio::kernel_test
