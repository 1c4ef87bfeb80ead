// Iteration over the positions of a shape with, per operand, the offset that its strides give;
// a stride of 0 broadcasts.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <array>
#include <vector>

#include "ir/tensor.h"

namespace intaglio::interpreter {

/// Strides that read an `operand` under the broadcast `result` shape:
/// aligned at the last axis, 0 where it has extent 1.
inline std::vector<int64_t> broadcast_strides(const Shape& operand, const Shape& result) {
  const std::vector<int64_t> dense = row_major_strides(operand);
  const size_t missing = result.rank() - operand.rank();
  std::vector<int64_t> strides(result.rank(), 0);
  for (size_t axis = 0; axis < operand.rank(); ++axis) strides[missing + axis] = operand[axis] == 1 ? 0 : dense[axis];
  return strides;
}

/// Calls visit(position, offsets) for the positions 0, 1, 2, ... of `shape` in row-major order.
template <size_t Operands, class Visit>
void for_each_position(const Shape& shape, const std::array<std::vector<int64_t>, Operands>& strides, Visit&& visit) {
  if (shape.elements() == 0) return;
  const size_t outer_axes = shape.rank() == 0 ? 0 : shape.rank() - 1;
  const int64_t row = shape.rank() == 0 ? 1 : shape[outer_axes];
  std::vector<int64_t> index(outer_axes, 0);
  std::array<int64_t, Operands> start{};
  std::array<int64_t, Operands> step{};
  if (shape.rank() > 0) {
    for (size_t operand = 0; operand < Operands; ++operand) step[operand] = strides[operand][outer_axes];
  }
  for (int64_t position = 0;;) {
    std::array<int64_t, Operands> offsets = start;
    for (const int64_t end = position + row; position < end; ++position) {
      visit(position, offsets);
      for (size_t operand = 0; operand < Operands; ++operand) offsets[operand] += step[operand];
    }
    size_t axis = outer_axes;
    for (; axis > 0; --axis) {  // the odometer: advance the last outer axis, carry to the left
      const size_t digit = axis - 1;
      for (size_t operand = 0; operand < Operands; ++operand) start[operand] += strides[operand][digit];
      if (++index[digit] < shape[digit]) break;
      for (size_t operand = 0; operand < Operands; ++operand) start[operand] -= shape[digit] * strides[operand][digit];
      index[digit] = 0;
    }
    if (axis == 0) return;
  }
}

/// The offsets of all positions of `shape`, in row-major order.
inline std::vector<int64_t> offsets_of(const Shape& shape, const std::vector<int64_t>& strides) {
  std::vector<int64_t> offsets(static_cast<size_t>(shape.elements()));
  for_each_position<1>(shape, {strides}, [&](int64_t position, const std::array<int64_t, 1>& offset) {
    offsets[static_cast<size_t>(position)] = offset[0];
  });
  return offsets;
}

}  // namespace intaglio::interpreter
