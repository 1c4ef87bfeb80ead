// Elements that only move: Concat, Split, Slice, Pad, Transpose, Gather, GatherElements.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "frontend/importers.h"
#include "frontend/slices.h"

namespace intaglio::frontend {

namespace {

void import_concat(NodeImporter& node) {
  std::vector<TensorId> operands = node.all_inputs();
  Shape result = node.shape(operands[0]);
  const int64_t axis = NodeImporter::normal_axis(node.attributes.integer("axis"), result.rank());
  const size_t along = static_cast<size_t>(axis);
  for (size_t i = 1; i < operands.size(); ++i) {
    node.expect_same_type(operands[0], operands[i]);
    Shape operand = node.shape(operands[i]), expected = result;
    if (operand.rank() == result.rank()) expected[along] = operand[along];
    if (operand != expected) {
      node.fail(fmt::format("operands of Concat along axis {} have shapes {} and {}", axis,
                            node.shape(operands[0]).text(), operand.text()));
    }
    result[along] += operand[along];
  }
  // Operands without elements contribute nothing.
  if (result[along] > 0) std::erase_if(operands, [&](TensorId id) { return node.shape(id)[along] == 0; });
  if (operands.size() == 1) return node.alias(operands[0]);
  node.result(Concat{axis}, operands, node.element_type(operands[0]), result);
}

/// Sizes are an attribute before version 13, then an input. Without sizes the parts are equal; since version 18 the
/// last of num_outputs parts may be smaller.
std::vector<int64_t> read_split_sizes(NodeImporter& node, int64_t extent) {
  if (node.version() >= 13 && node.has_input(1)) return node.integers_input(1, "split");
  if (node.version() < 13) {
    node.expect_inputs(1);
    if (const auto sizes = node.attributes.integers("split")) return *sizes;
  }
  int64_t count = static_cast<int64_t>(node.output_count());
  if (node.version() < 18) {
    if (extent % count != 0) node.fail(fmt::format("extent {} cannot be split into {} equal parts", extent, count));
    return std::vector<int64_t>(node.output_count(), extent / count);
  }
  if (node.attributes.integer("num_outputs", count) != count) {
    node.fail(fmt::format("Split has {} outputs, but num_outputs differs", count));
  }
  std::vector<int64_t> sizes = chunk_sizes(extent, std::max<int64_t>(1, (extent + count - 1) / count));
  sizes.resize(node.output_count(), 0);
  return sizes;
}

void import_split(NodeImporter& node) {
  const TensorId x = node.input(0);
  const Shape shape = node.shape(x);
  const int64_t axis = NodeImporter::normal_axis(node.attributes.integer("axis", 0), shape.rank());
  const auto sizes = read_split_sizes(node, shape[static_cast<size_t>(axis)]);
  if (sizes.size() != node.output_count()) {
    node.fail(fmt::format("Split has {} sizes for {} outputs", sizes.size(), node.output_count()));
  }
  const std::vector<Part> parts = split_parts(node, shape, axis, sizes);
  for (size_t slot = 0; slot < parts.size(); ++slot) {
    if (!node.output_is_used(slot)) continue;
    if (parts[slot].shape == shape) {
      node.alias(x, slot);
    } else {
      node.result(parts[slot].op, {x}, node.element_type(x), parts[slot].shape, slot);
    }
  }
}

/// Limits as ONNX writes them: negative ones count from the end, ones beyond the ends are cut.
struct SliceLimits {
  std::vector<int64_t> starts, ends, axes, steps;
};

SliceLimits read_slice(NodeImporter& node) {
  SliceLimits limits;
  if (node.version() < 10) {
    node.expect_inputs(1);
    limits.starts = node.attributes.integers("starts").value_or(std::vector<int64_t>());
    limits.ends = node.attributes.integers("ends").value_or(std::vector<int64_t>());
    if (const auto axes = node.attributes.integers("axes")) limits.axes = *axes;
  } else {
    limits.starts = node.integers_input(1, "starts");
    limits.ends = node.integers_input(2, "ends");
    if (node.has_input(3)) limits.axes = node.integers_input(3, "axes");
    if (node.has_input(4)) limits.steps = node.integers_input(4, "steps");
  }
  if (limits.axes.empty()) {
    limits.axes.resize(limits.starts.size());
    std::iota(limits.axes.begin(), limits.axes.end(), 0);
  }
  if (limits.steps.empty()) limits.steps.assign(limits.starts.size(), 1);
  const size_t count = limits.starts.size();
  if (limits.ends.size() != count || limits.axes.size() != count || limits.steps.size() != count) {
    node.fail("starts, ends, axes and steps of Slice have different lengths");
  }
  return limits;
}

/// Start and number of elements of one axis.
std::pair<int64_t, int64_t> resolve_slice(int64_t start, int64_t end, int64_t step, int64_t extent) {
  if (start < 0) start = std::max(start, -extent - 1) + extent;
  if (end < 0) end = std::max(end, -extent - 1) + extent;
  if (step > 0) {
    start = std::clamp<int64_t>(start, 0, extent);
    end = std::clamp<int64_t>(end, 0, extent);
    return {start, end > start ? (end - start - 1) / step + 1 : 0};
  }
  start = std::clamp<int64_t>(start, 0, std::max<int64_t>(extent - 1, 0));
  end = std::clamp<int64_t>(end, -1, extent - 1);
  // The smallest integer has no opposite.
  const int64_t stride = step == std::numeric_limits<int64_t>::min() ? std::numeric_limits<int64_t>::max() : -step;
  return {start, extent > 0 && start > end ? (start - end - 1) / stride + 1 : 0};
}

void import_slice(NodeImporter& node) {
  const TensorId x = node.input(0);
  const SliceLimits limits = read_slice(node);
  Shape result = node.shape(x);
  NodeImporter::normal_axes(limits.axes, result.rank());  // in range, none twice
  Slice op{std::vector<int64_t>(result.rank(), 0), std::vector<int64_t>(result.rank(), 1)};
  for (size_t i = 0; i < limits.axes.size(); ++i) {
    if (limits.steps[i] == 0) node.fail("a step of Slice is 0");
    const size_t axis = static_cast<size_t>(NodeImporter::normal_axis(limits.axes[i], result.rank()));
    const auto [start, count] = resolve_slice(limits.starts[i], limits.ends[i], limits.steps[i], result[axis]);
    op.starts[axis] = count == 0 ? 0 : start;
    op.steps[axis] = count <= 1 ? 1 : limits.steps[i];
    result[axis] = count;
  }
  const bool forward = std::ranges::all_of(op.steps, [](int64_t step) { return step > 0; });
  if (forward && result == node.shape(x)) return node.alias(x);
  node.result(std::move(op), {x}, node.element_type(x), result);
}

/// Pads begin and end of each axis: an attribute before version 11, then an input, since 18 with its own axes.
void read_pads(NodeImporter& node, Pad& op, size_t rank) {
  std::vector<int64_t> pads, axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (node.version() < 11) {
    node.expect_inputs(1);
    pads = node.attributes.integers("pads").value_or(std::vector<int64_t>());
  } else {
    pads = node.integers_input(1, "pads");
    node.expect_inputs(node.version() < 18 ? 3 : 4);
    if (node.has_input(3)) axes = node.integers_input(3, "axes");
  }
  NodeImporter::normal_axes(axes, rank);  // in range, none twice
  if (pads.size() != 2 * axes.size()) {
    node.fail(fmt::format("Pad has {} pads where {} are needed", pads.size(), 2 * axes.size()));
  }
  op.begins.assign(rank, 0);
  op.ends.assign(rank, 0);
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = static_cast<size_t>(NodeImporter::normal_axis(axes[i], rank));
    op.begins[axis] = pads[i];
    op.ends[axis] = pads[axes.size() + i];
  }
}

/// Extents of the result; error when a pad is absurd, crops more than there is, or repeats more than the crop leaves
/// (reflect takes each element at most once per side, as in ONNX Runtime).
Shape padded_shape(const NodeImporter& node, const Pad& op, Shape shape) {
  constexpr int64_t largest = int64_t{1} << 31;
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    const int64_t begin = op.begins[axis], end = op.ends[axis], extent = shape[axis];
    const int64_t furthest = std::max(begin, end);
    if (furthest > largest || std::min(begin, end) < -largest || extent + begin + end < 0)
      node.fail(fmt::format("an axis of extent {} cannot be padded by {} and {}", extent, begin, end));
    shape[axis] += begin + end;
    if (op.mode == PadMode::constant || furthest <= 0) continue;
    const int64_t left = extent + std::min<int64_t>(0, begin) + std::min<int64_t>(0, end);
    const bool reflect = op.mode == PadMode::reflect;
    if (left < 1 || (reflect && furthest >= left)) {
      node.fail(fmt::format("an axis of extent {} cannot be padded by {} and {}: there {} {} to {}", extent, begin, end,
                            left == 1 ? "is" : "are", left > 0 ? fmt::format("only {}", left) : "no elements",
                            reflect ? "reflect" : "repeat"),
                reflect ? "reflect needs more elements than it pads with on either side" : "");
    }
  }
  return shape;
}

/// The value that constant mode pads with, or a null id for zero.
TensorId read_pad_value(NodeImporter& node, TensorId x) {
  if (node.version() < 11) {
    const float value = node.attributes.number("value", 0);
    return value == 0 ? TensorId() : node.add_constant("value", TensorData::scalar(value));
  }
  if (!node.has_input(2)) return {};
  const TensorData value = node.constant_input(2, "the value");
  node.expect_same_type(x, node.input(2));
  if (value.elements() != 1) node.fail("the value of Pad must be a scalar");
  return value.as_double()[0] == 0 ? TensorId() : node.input(2);
}

void import_pad(NodeImporter& node) {
  const TensorId x = node.input(0);
  Pad op;
  op.mode =
      node.version() < 19
          ? static_cast<PadMode>(node.attributes.choice("mode", "constant", {"constant", "reflect", "edge"}))
          : static_cast<PadMode>(node.attributes.choice("mode", "constant", {"constant", "reflect", "edge", "wrap"}));
  read_pads(node, op, node.rank(x));
  const Shape result = padded_shape(node, op, node.shape(x));
  const TensorId value = read_pad_value(node, x);
  const auto nothing = [](const std::vector<int64_t>& pads) { return std::ranges::count(pads, 0) == std::ssize(pads); };
  if (nothing(op.begins) && nothing(op.ends)) return node.alias(x);
  std::vector<TensorId> inputs = {x};
  if (value && op.mode == PadMode::constant) inputs.push_back(value);
  node.result(std::move(op), std::move(inputs), node.element_type(x), result);
}

void import_transpose(NodeImporter& node) {
  const TensorId x = node.input(0);
  const Shape shape = node.shape(x);
  std::vector<int64_t> identity(shape.rank());
  std::iota(identity.begin(), identity.end(), 0);
  const std::vector<int64_t> reversed(identity.rbegin(), identity.rend());
  std::vector<int64_t> permutation = node.attributes.integers("perm").value_or(reversed);
  if (!std::ranges::is_permutation(permutation, identity)) node.fail("perm of Transpose is no permutation of the axes");
  if (permutation == identity) return node.alias(x);
  std::vector<int64_t> extents;
  for (int64_t axis : permutation) extents.push_back(shape[static_cast<size_t>(axis)]);
  node.result(Transpose{std::move(permutation)}, {x}, node.element_type(x), Shape(std::move(extents)));
}

/// Indices of Gather and GatherElements along an axis: integers, in range where they are constants.
void expect_indices(const NodeImporter& node, TensorId indices, int64_t axis, int64_t extent) {
  const ElementType type = node.element_type(indices);
  if (!is_integer(type)) {
    node.fail(fmt::format("indices of {} must be integers, not {}", node.type(), element_type_name(type)));
  }
  if (extent == 0 && node.shape(indices).elements() > 0) {
    node.fail(fmt::format("axis {} of {} has no elements", axis, node.type()));
  }
  if (const auto values = node.constant(indices)) {
    for (int64_t index : values->as_int64()) {
      if (index < -extent || index >= extent) {
        node.fail(
            fmt::format("index {} of {} is out of range for axis {} of extent {}", index, node.type(), axis, extent));
      }
    }
  }
}

void import_gather(NodeImporter& node) {
  const TensorId x = node.input(0), indices = node.input(1);
  const Shape shape = node.shape(x), places = node.shape(indices);
  const int64_t axis = NodeImporter::normal_axis(node.attributes.integer("axis", 0), shape.rank());
  expect_indices(node, indices, axis, shape[static_cast<size_t>(axis)]);
  std::vector<int64_t> result = shape.extents();
  result.insert(result.erase(result.begin() + axis), places.begin(), places.end());
  node.result(Gather{axis}, {x, indices}, node.element_type(x), Shape(std::move(result)));
}

/// Indices may have fewer positions than the data along the other axes: what they do not reach is cut off first.
void import_gather_elements(NodeImporter& node) {
  TensorId x = node.input(0);
  const TensorId indices = node.input(1);
  const Shape shape = node.shape(x), places = node.shape(indices);
  node.expect_rank(indices, shape.rank(), "the indices");
  const auto axis = static_cast<size_t>(NodeImporter::normal_axis(node.attributes.integer("axis", 0), shape.rank()));
  expect_indices(node, indices, static_cast<int64_t>(axis), shape[axis]);
  Shape reached = places;
  reached[axis] = shape[axis];
  for (size_t i = 0; i < shape.rank(); ++i) {
    if (reached[i] > shape[i]) {
      node.fail(fmt::format("indices of GatherElements have {} positions along axis {}, but the data has {}",
                            reached[i], i, shape[i]));
    }
  }
  const ElementType type = node.element_type(x);
  if (reached != shape) {
    const std::vector<int64_t> starts(shape.rank(), 0), steps(shape.rank(), 1);
    x = node.emit("reached", Slice{starts, steps}, {x}, type, reached);
  }
  node.result(GatherElements{static_cast<int64_t>(axis)}, {x, indices}, type, places);
}

}  // namespace

Importers movement_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"Concat", {4, 11, 13}, import_concat, 1, any_number},
      {"Split", {2, 11, 13, 18}, import_split, 1, 2, any_number, "constant sizes"},
      {"Slice", {1, 10, 11, 13}, import_slice, 1, 5, 1, "constant limits"},
      {"Pad", {2, 11, 13, 18, 19, 21, 23, 24, 25}, import_pad, 1, 4, 1, "constant pads and value"},
      {"Transpose", {1, 13, 21, 23, 24, 25}, import_transpose, 1, 1},
      {"Gather", {1, 11, 13}, import_gather, 2, 2},
      {"GatherElements", {11, 13}, import_gather_elements, 2, 2},
  };
  return rows;
}

}  // namespace intaglio::frontend
