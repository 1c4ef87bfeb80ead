// Operators that only move elements: most are a table of source indices per axis, -1 standing for a fill value.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <utility>

#include "interpreter/axis_tables.h"
#include "interpreter/evaluation.h"
#include "interpreter/positions.h"
#include "support/error.h"

namespace intaglio::interpreter {

namespace {

/// Fills `table` for one axis of y by source(position).
template <class Source>
AxisTable make_table(int64_t extent, Source&& source) {
  AxisTable table(static_cast<size_t>(extent));
  for (int64_t position = 0; position < extent; ++position) table[static_cast<size_t>(position)] = source(position);
  return table;
}

/// The element of an axis that an index of Gather or GatherElements means.
int64_t gathered_element(const Evaluation& evaluation, int64_t index, int64_t extent) {
  const int64_t element = index < 0 ? index + extent : index;
  if (element >= 0 && element < extent) return element;
  const bool elements = std::holds_alternative<GatherElements>(evaluation.node.op);
  evaluation.fail((elements ? "GatherElements" : "Gather") + std::string(" index ") + std::to_string(index) +
                      " is outside an axis of " + std::to_string(extent) + " elements",
                  "indices must lie in [-" + std::to_string(extent) + ", " + std::to_string(extent) + ")");
}

int64_t floor_mod(int64_t value, int64_t modulus) {
  const int64_t remainder = value % modulus;
  return remainder < 0 ? remainder + modulus : remainder;
}

/// Source index of position `i` (relative to the first element of x, possibly outside) along an axis of `extent`.
int64_t padded_source(PadMode mode, int64_t i, int64_t extent) {
  if (i >= 0 && i < extent) return i;
  if (mode == PadMode::constant || extent == 0) return -1;
  if (mode == PadMode::edge) return std::clamp<int64_t>(i, 0, extent - 1);
  if (mode == PadMode::wrap) return floor_mod(i, extent);
  if (extent == 1) return 0;
  const int64_t period = 2 * (extent - 1);  // reflect: the edges are not repeated
  const int64_t phase = floor_mod(i, period);
  return phase < extent ? phase : period - phase;
}

Results run(const Evaluation& evaluation, const Concat& op) {
  const Shape& shape = evaluation.output_shape();
  const size_t axis = static_cast<size_t>(op.axis);
  int64_t outer = 1;
  int64_t inner = 1;
  for (size_t i = 0; i < shape.rank(); ++i) (i < axis ? outer : inner) *= i == axis ? 1 : shape[i];
  return visit_type(evaluation.output_type(), [&]<class T>() -> Results {
    Result<T> result(shape);
    int64_t before = 0;  // elements of one outer row that earlier operands have filled
    for (size_t slot = 0; slot < evaluation.inputs.size(); ++slot) {
      const TensorData& x = evaluation.input(slot);
      if (x.elements() == 0) continue;
      const int64_t row = x.shape()[axis] * inner;
      const T* source = x.values<T>().data();
      for (int64_t i = 0; i < outer; ++i) {
        std::copy_n(source + i * row, row, result.data() + i * shape[axis] * inner + before);
      }
      before += row;
    }
    return {result.take()};
  });
}

Results run(const Evaluation& evaluation, const Slice& op) {
  const Shape& shape = evaluation.output_shape();
  std::vector<AxisTable> tables;
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    tables.push_back(make_table(shape[axis], [&](int64_t i) { return op.starts[axis] + i * op.steps[axis]; }));
  }
  return {copy_by_tables(evaluation.input(0), shape, tables)};
}

Results run(const Evaluation& evaluation, const Pad& op) {
  const TensorData& x = evaluation.input(0);
  const Shape& shape = evaluation.output_shape();
  std::vector<AxisTable> tables;
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    // Negative pads crop first; the modes then extend what is left.
    const int64_t first = std::max<int64_t>(0, -op.begins[axis]);
    const int64_t last = x.shape()[axis] - std::max<int64_t>(0, -op.ends[axis]);
    const int64_t extent = std::max<int64_t>(0, last - first);
    tables.push_back(make_table(shape[axis], [&](int64_t i) {
      const int64_t source = padded_source(op.mode, i - std::max<int64_t>(0, op.begins[axis]), extent);
      return source < 0 ? source : first + source;
    }));
  }
  return {copy_by_tables(x, shape, tables, evaluation.optional_input(1))};
}

Results run(const Evaluation& evaluation, const Transpose& op) {
  const TensorData& x = evaluation.input(0);
  const std::vector<int64_t> dense = row_major_strides(x.shape());
  std::vector<int64_t> strides;
  for (int64_t axis : op.permutation) strides.push_back(dense[static_cast<size_t>(axis)]);
  return visit_type(x.type(), [&]<class T>() -> Results {
    const T* source = x.values<T>().data();
    Result<T> result(evaluation.output_shape());
    for_each_position<1>(result.shape(), {strides},
                         [&](int64_t i, const auto& offset) { result[i] = source[offset[0]]; });
    return {result.take()};
  });
}

Results run(const Evaluation& evaluation, const Reshape&) {
  return {evaluation.input(0).reshaped(evaluation.output_shape())};
}

Results run(const Evaluation& evaluation, const Expand&) {
  const TensorData& x = evaluation.input(0);
  const std::vector<int64_t> strides = broadcast_strides(x.shape(), evaluation.output_shape());
  return visit_type(x.type(), [&]<class T>() -> Results {
    const T* source = x.values<T>().data();
    Result<T> result(evaluation.output_shape());
    for_each_position<1>(result.shape(), {strides},
                         [&](int64_t i, const auto& offset) { result[i] = source[offset[0]]; });
    return {result.take()};
  });
}

Results run(const Evaluation& evaluation, const Tile&) {
  const TensorData& x = evaluation.input(0);
  const Shape& shape = evaluation.output_shape();
  std::vector<AxisTable> tables;
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    tables.push_back(make_table(shape[axis], [&](int64_t i) { return i % x.shape()[axis]; }));
  }
  return {copy_by_tables(x, shape, tables)};
}

Results run(const Evaluation& evaluation, const Gather& op) {
  const TensorData& x = evaluation.input(0);
  const std::vector<int64_t> indices = evaluation.input(1).as_int64();
  const size_t axis = static_cast<size_t>(op.axis);
  const int64_t extent = x.shape()[axis];
  AxisTable table;
  for (int64_t index : indices) table.push_back(gathered_element(evaluation, index, extent));
  // Gather along one axis is a copy by tables into x's shape with that axis replaced; the result only splits it again.
  Shape gathered = x.shape();
  gathered[axis] = static_cast<int64_t>(indices.size());
  std::vector<AxisTable> tables;
  for (size_t i = 0; i < gathered.rank(); ++i) {
    tables.push_back(i == axis ? table : make_table(gathered[i], [](int64_t position) { return position; }));
  }
  return {copy_by_tables(x, gathered, tables).reshaped(evaluation.output_shape())};
}

Results run(const Evaluation& evaluation, const GatherElements& op) {
  const TensorData& x = evaluation.input(0);
  const std::vector<int64_t> indices = evaluation.input(1).as_int64();
  const size_t axis = static_cast<size_t>(op.axis);
  std::vector<int64_t> strides = row_major_strides(x.shape());
  const int64_t stride = std::exchange(strides[axis], 0);
  return visit_type(x.type(), [&]<class T>() -> Results {
    const T* source = x.values<T>().data();
    Result<T> result(evaluation.output_shape());
    for_each_position<1>(result.shape(), {strides}, [&](int64_t i, const auto& offset) {
      const int64_t element = gathered_element(evaluation, indices[static_cast<size_t>(i)], x.shape()[axis]);
      result[i] = source[offset[0] + element * stride];
    });
    return {result.take()};
  });
}

}  // namespace

OperatorFunctions movement_functions() {
  static constexpr OperatorFunction rows[] = {
      row_of<Concat, run>, row_of<Slice, run>, row_of<Pad, run>,    row_of<Transpose, run>,     row_of<Reshape, run>,
      row_of<Expand, run>, row_of<Tile, run>,  row_of<Gather, run>, row_of<GatherElements, run>};
  return rows;
}

}  // namespace intaglio::interpreter
