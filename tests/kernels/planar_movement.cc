// Relayout, affine copies, table copies and gather of planar data against naive loops.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include "kernels/harness.h"

namespace intaglio::kernel_test {
namespace {

using Indices = std::vector<int64_t>;

/// A tensor of `shape` whose element i is element source(i) of x.
template <class Source>
TensorData picked(const TensorData& x, const Shape& shape, Source source) {
  const size_t size = element_size(x.type());
  std::vector<std::byte> bytes(size * static_cast<size_t>(shape.elements()));
  for (int64_t i = 0; i < shape.elements(); ++i) {
    std::memcpy(bytes.data() + static_cast<size_t>(i) * size, x.bytes().data() + static_cast<size_t>(source(i)) * size,
                size);
  }
  return TensorData(x.type(), shape, std::move(bytes));
}

/// Position of the row-major element `index` along every axis.
Indices position(const Shape& shape, int64_t index) {
  Indices result(shape.rank());
  for (size_t axis = shape.rank(); axis-- > 0;) {
    result[axis] = index % shape[axis];
    index /= shape[axis];
  }
  return result;
}

// ---- relayout

KernelCase relayout(const std::string& name, const Shape& shape, const OperandLayout& blocked_layout, bool to_blocked) {
  KernelCase test((to_blocked ? "to blocked " : "to planar ") + name);
  const View x = test.input(shape, to_blocked ? planar() : blocked_layout);
  const View y = test.output(shape, to_blocked ? blocked_layout : planar());
  test.step(RelayoutStep{x, y});
  test.reference = [](const std::vector<TensorData>& inputs) { return inputs; };
  return test;
}

TEST(PlanarMovement, Relayout) {
  std::vector<KernelCase> cases;
  for (bool to_blocked : {true, false}) {
    cases.push_back(relayout("whole blocks", {1, 16, 4, 4}, blocked(), to_blocked));
    cases.push_back(relayout("tails everywhere", {2, 13, 5, 7}, blocked(), to_blocked));
    cases.push_back(relayout("one pixel", {2, 19, 1, 1}, blocked(), to_blocked));
    cases.push_back(relayout("few pixels", {1, 11, 2, 3}, blocked(), to_blocked));
    cases.push_back(relayout("border", {2, 9, 3, 11}, blocked({}, {1, 2, 3, 1}), to_blocked));
    cases.push_back(relayout("narrow with border", {1, 3, 4, 5}, blocked({}, {1, 1, 1, 1}), to_blocked));
    cases.push_back(relayout("segments", {2, 12 + 20 + 16 + 4, 3, 5}, blocked({12, 20, 16, 4}), to_blocked));
    cases.push_back(
        relayout("embedded segments", {1, 8 + 5 + 8, 9, 9}, blocked({8, 5, 8}, {0, 1, 0, 1}, true), to_blocked));
    cases.push_back(relayout("1-D", {2, 10, 17}, blocked({}, {0, 3, 0, 3}), to_blocked));
    cases.push_back(relayout("rank 2", {3, 21}, blocked(), to_blocked));
  }
  run(cases);
}

// ---- copies

KernelCase copy(const std::string& name, const Shape& x_shape, const Shape& y_shape, const Indices& extents,
                const Indices& x_strides, const Indices& y_strides, int64_t x_offset = 0,
                ElementType type = ElementType::float32) {
  KernelCase test("copy " + name);
  CopyStep kernel{test.input(x_shape, planar(type)), test.output(y_shape, planar(type)), extents, x_strides, y_strides};
  kernel.x_offset = x_offset;
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>& inputs) {
    Indices source(static_cast<size_t>(y_shape.elements()));
    const Shape walked(extents);
    for (int64_t i = 0; i < walked.elements(); ++i) {
      const Indices at = position(walked, i);
      const int64_t from = std::inner_product(at.begin(), at.end(), x_strides.begin(), x_offset);
      source[static_cast<size_t>(std::inner_product(at.begin(), at.end(), y_strides.begin(), int64_t{0}))] = from;
    }
    return std::vector<TensorData>{
        picked(inputs[0], y_shape, [&](int64_t i) { return source[static_cast<size_t>(i)]; })};
  };
  return test;
}

template <class T>
KernelCase fill(const std::string& name, const Shape& shape, T value) {
  KernelCase test("fill " + name);
  const ElementType type = element_type_of<T>;
  const View y = test.output(shape, planar(type));
  CopyStep kernel{y, y, {shape.elements()}, {0}, {1}};
  kernel.fill = TensorData::scalar<T>(value);
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>&) {
    return std::vector<TensorData>{
        TensorData::of<T>(shape, std::vector<T>(static_cast<size_t>(shape.elements()), value))};
  };
  return test;
}

TEST(PlanarMovement, Copy) {
  std::vector<KernelCase> cases;
  cases.push_back(copy("of everything", {3, 5, 7}, {3, 5, 7}, {3, 5, 7}, {35, 7, 1}, {35, 7, 1}));
  cases.push_back(copy("scalar", {}, {}, {}, {}, {}));
  cases.push_back(copy("slice with steps", {4, 9, 10}, {2, 3, 4}, {2, 3, 4}, {180, 20, 2}, {12, 4, 1}, 91));
  cases.push_back(copy("slice of rows", {4, 6, 11}, {4, 2, 11}, {4, 2, 11}, {66, 11, 1}, {22, 11, 1}, 33));
  cases.push_back(copy("reversed", {3, 10}, {3, 10}, {3, 10}, {10, -1}, {10, 1}, 9));
  cases.push_back(copy("transpose with tails", {13, 21}, {21, 13}, {21, 13}, {1, 21}, {13, 1}));
  cases.push_back(
      copy("transpose of images", {2, 9, 8, 10}, {2, 8, 10, 9}, {2, 8, 10, 9}, {720, 10, 1, 80}, {720, 90, 9, 1}));
  cases.push_back(copy("transpose of outer axes", {5, 3, 9}, {3, 5, 9}, {3, 5, 9}, {9, 27, 1}, {45, 9, 1}));
  cases.push_back(copy("small transpose", {3, 4}, {4, 3}, {4, 3}, {1, 4}, {3, 1}));
  cases.push_back(copy("transpose of integers", {9, 12}, {12, 9}, {12, 9}, {1, 12}, {9, 1}, 0, ElementType::int64));
  cases.push_back(copy("expand", {4, 1, 3}, {2, 4, 5, 3}, {2, 4, 5, 3}, {0, 3, 0, 1}, {60, 15, 3, 1}));
  cases.push_back(copy("expand inner", {4, 1}, {4, 9}, {4, 9}, {1, 0}, {9, 1}));
  cases.push_back(copy("tile", {2, 3}, {4, 9}, {2, 2, 3, 3}, {0, 3, 0, 1}, {18, 9, 3, 1}));
  cases.push_back(copy("booleans", {3, 20}, {3, 9}, {3, 9}, {20, 1}, {9, 1}, 4, ElementType::boolean));
  cases.push_back(copy("int32", {3, 20}, {3, 3}, {3, 3}, {20, 2}, {3, 1}, 4, ElementType::int32));
  cases.push_back(fill<float>("floats", {3, 5}, -0.25f));
  cases.push_back(fill<float>("infinity", {3}, -std::numeric_limits<float>::infinity()));
  cases.push_back(fill<int64_t>("int64", {2, 9}, std::numeric_limits<int64_t>::min()));
  cases.push_back(fill<int32_t>("int32", {7}, std::numeric_limits<int32_t>::min()));
  cases.push_back(fill<bool>("booleans", {11}, true));
  run(cases);
}

TEST(PlanarMovement, CopiesThatShareAnOutput) {
  KernelCase test("concat");
  const View a = test.input({2, 3, 5}), b = test.input({2, 4, 5}), y = test.output({2, 7, 5});
  CopyStep first{a, y, {2, 15}, {15, 1}, {35, 1}}, second{b, y, {2, 20}, {20, 1}, {35, 1}};
  second.y_offset = 15;
  test.step(first);
  test.step(second);
  test.reference = [](const std::vector<TensorData>& inputs) {
    std::vector<float> joined;
    for (size_t n = 0; n < 2; ++n) {
      const std::span<const float> left = inputs[0].values<float>(), right = inputs[1].values<float>();
      joined.insert(joined.end(), left.begin() + static_cast<ptrdiff_t>(n * 15),
                    left.begin() + static_cast<ptrdiff_t>(n * 15 + 15));
      joined.insert(joined.end(), right.begin() + static_cast<ptrdiff_t>(n * 20),
                    right.begin() + static_cast<ptrdiff_t>(n * 20 + 20));
    }
    return std::vector<TensorData>{TensorData::of<float>({2, 7, 5}, joined)};
  };
  run({test});
}

// ---- tables

/// `sources`: per axis of y the index along the axis of x, -1 for the fill.
KernelCase table_copy(const std::string& name, const Shape& x_shape, const std::vector<Indices>& sources,
                      float fill_value = 0, ElementType type = ElementType::float32) {
  KernelCase test("table copy " + name);
  Shape y_shape = x_shape;
  const Indices strides = row_major_strides(x_shape);
  for (size_t axis = 0; axis < sources.size(); ++axis) y_shape[axis] = static_cast<int64_t>(sources[axis].size());
  TableCopyStep kernel{test.input(x_shape, planar(type)), test.output(y_shape, planar(type)), {}, fill_value};
  for (size_t axis = 0; axis < sources.size(); ++axis) {
    std::vector<int32_t> table;
    for (int64_t source : sources[axis])
      table.push_back(source < 0 ? -1 : static_cast<int32_t>(source * strides[axis]));
    kernel.tables.push_back(test.weight(TensorData::of<int32_t>({y_shape[axis]}, table)));
  }
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>& inputs) {
    bool outside = false;
    std::vector<float> floats;
    TensorData result = picked(inputs[0], y_shape, [&](int64_t i) {
      const Indices at = position(y_shape, i);
      int64_t from = 0;
      bool inside = true;
      for (size_t axis = 0; axis < at.size(); ++axis) {
        const int64_t source = sources[axis][static_cast<size_t>(at[axis])];
        inside = inside && source >= 0;
        from += source * strides[axis];
      }
      outside = outside || !inside;
      if (type == ElementType::float32)
        floats.push_back(inside ? inputs[0].values<float>()[static_cast<size_t>(from)] : fill_value);
      return inside ? from : 0;
    });
    return std::vector<TensorData>{outside ? TensorData::of<float>(y_shape, floats) : result};
  };
  return test;
}

TEST(PlanarMovement, TableCopy) {
  std::vector<KernelCase> cases;
  cases.push_back(table_copy("reflect", {2, 3, 5}, {{0, 1}, {2, 1, 0, 1, 2, 1, 0}, {1, 0, 1, 2, 3, 4, 3}}));
  cases.push_back(
      table_copy("nearest", {1, 3, 4, 5}, {{0}, {0, 1, 2}, {0, 0, 1, 1, 2, 2, 3, 3}, {0, 0, 1, 1, 2, 2, 3, 3, 4, 4}}));
  cases.push_back(table_copy("rows", {2, 3, 9}, {{1, 0, 0}, {0, 1, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8}}));
  cases.push_back(table_copy("everything", {2, 3, 9}, {{0, 1}, {0, 1, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8}}));
  cases.push_back(table_copy("with fill", {3, 4}, {{-1, 0, 1, 2, -1}, {-1, 0, 1, 2, 3, -1}}, 2.5f));
  cases.push_back(table_copy("downsampled", {4, 8}, {{0, 2}, {0, 3, 6}}));
  cases.push_back(table_copy("one element", {1, 1}, {{0, 0}, {0, 0, 0}}));
  cases.push_back(table_copy("integers", {3, 4}, {{2, 2, 0}, {0, 1, 2, 3}}, 0, ElementType::int64));
  cases.push_back(table_copy("booleans", {3, 4}, {{2, 2, 0}, {3, 1, 1, 3}}, 0, ElementType::boolean));
  run(cases);
}

// ---- gather

KernelCase gather(const std::string& name, const Shape& x_shape, size_t axis, const Shape& indices_shape,
                  ElementType index_type = ElementType::int64, ElementType type = ElementType::float32) {
  KernelCase test("gather " + name);
  int64_t outer = 1, inner = 1;
  for (size_t i = 0; i < axis; ++i) outer *= x_shape[i];
  for (size_t i = axis + 1; i < x_shape.rank(); ++i) inner *= x_shape[i];
  const int64_t extent = x_shape[axis], count = indices_shape.elements();
  const View x = test.input(x_shape, planar(type)), indices = test.input(indices_shape, planar(index_type));
  const Shape y_shape{outer, count, inner};
  test.step(GatherStep{x, indices, test.output(y_shape, planar(type)), outer, extent, inner});
  test.reference = [=](const std::vector<TensorData>& inputs) {
    const Indices positions = inputs[1].as_int64();
    return std::vector<TensorData>{picked(inputs[0], y_shape, [&](int64_t i) {
      const Indices at = position(y_shape, i);
      int64_t index = positions[static_cast<size_t>(at[1])];
      index = std::clamp<int64_t>(index < 0 ? index + extent : index, 0, extent - 1);
      return (at[0] * extent + index) * inner + at[2];
    })};
  };
  return test;
}

TEST(PlanarMovement, Gather) {
  run({gather("rows", {10, 9}, 0, {6}), gather("middle axis, out of range", {2, 5, 3}, 1, {2, 4}),
       gather("last axis", {3, 10}, 1, {7}), gather("by int32", {10, 4}, 0, {3}, ElementType::int32),
       gather("one index", {10, 4}, 0, {}, ElementType::int64, ElementType::int64),
       gather("booleans", {4, 10}, 1, {5}, ElementType::int64, ElementType::boolean)});
}

/// x as [outer][extent][inner], indices and result as [outer][count][inner].
KernelCase gather_elements(const std::string& name, const Shape& x_shape, int64_t count,
                           ElementType index_type = ElementType::int64, ElementType type = ElementType::float32) {
  KernelCase test("gather elements " + name);
  const int64_t outer = x_shape[0], extent = x_shape[1], inner = x_shape[2];
  const Shape y_shape{outer, count, inner};
  const View x = test.input(x_shape, planar(type)), indices = test.input(y_shape, planar(index_type));
  test.step(GatherStep{x, indices, test.output(y_shape, planar(type)), outer, extent, inner, true});
  test.reference = [=](const std::vector<TensorData>& inputs) {
    const Indices positions = inputs[1].as_int64();
    return std::vector<TensorData>{picked(inputs[0], y_shape, [&](int64_t i) {
      const Indices at = position(y_shape, i);
      int64_t index = positions[static_cast<size_t>(i)];
      index = std::clamp<int64_t>(index < 0 ? index + extent : index, 0, extent - 1);
      return (at[0] * extent + index) * inner + at[2];
    })};
  };
  return test;
}

TEST(PlanarMovement, GatherElements) {
  run({gather_elements("rows", {1, 10, 9}, 6), gather_elements("middle axis, out of range", {2, 5, 3}, 4),
       gather_elements("last axis", {3, 10, 1}, 17),
       gather_elements("by int32, out of range", {2, 4, 1}, 5, ElementType::int32),
       gather_elements("integers", {1, 10, 1}, 3, ElementType::int32, ElementType::int64),
       gather_elements("booleans", {4, 10, 2}, 5, ElementType::int64, ElementType::boolean)});
}

}  // namespace
}  // namespace intaglio::kernel_test
