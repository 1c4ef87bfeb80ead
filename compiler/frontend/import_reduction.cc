// Reductions over axes, and the index of the largest or smallest element.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "frontend/importers.h"

namespace intaglio::frontend {

namespace {

constexpr std::pair<std::string_view, ReduceKind> reductions[] = {
    {"ReduceMean", ReduceKind::mean}, {"ReduceSum", ReduceKind::sum},
    {"ReduceMax", ReduceKind::max},   {"ReduceMin", ReduceKind::min},
    {"ReduceProd", ReduceKind::prod}, {"ReduceL1", ReduceKind::l1},
    {"ReduceL2", ReduceKind::l2},     {"ReduceSumSquare", ReduceKind::sum_square},
};

/// Which axes a Reduce* node names, and the shape of its result.
struct Reduction {
  std::vector<int64_t> axes;
  bool keep_dims;
  Shape kept;    ///< with extents of 1 for reduced axes
  Shape result;  ///< as keep_dims says
};

/// axes is an attribute until version 13 (ReduceSum) or 18 (the others), then an input. Without axes everything is
/// reduced, unless noop_with_empty_axes says that nothing is.
Reduction read_reduction(NodeImporter& node, TensorId x) {
  const bool axes_are_input = node.version() >= (node.type() == "ReduceSum" ? 13 : 18);
  std::vector<int64_t> axes;
  bool noop = false;
  if (axes_are_input) {
    if (node.has_input(1)) axes = node.integers_input(1, "axes");
    noop = node.attributes.flag("noop_with_empty_axes", false);
  } else {
    node.expect_inputs(1);
    axes = node.attributes.integers("axes").value_or(std::vector<int64_t>());
  }
  Reduction reduction;
  reduction.kept = node.shape(x);
  if (axes.empty() && !noop) {
    axes.resize(reduction.kept.rank());
    std::iota(axes.begin(), axes.end(), 0);
  }
  reduction.axes = NodeImporter::normal_axes(std::move(axes), reduction.kept.rank());
  reduction.keep_dims = node.attributes.flag("keepdims", true);
  std::vector<int64_t> remaining;
  for (size_t axis = 0; axis < reduction.kept.rank(); ++axis) {
    const bool reduced = std::ranges::binary_search(reduction.axes, static_cast<int64_t>(axis));
    if (!reduced) remaining.push_back(reduction.kept[axis]);
    if (reduced) reduction.kept[axis] = 1;
  }
  reduction.result = reduction.keep_dims ? reduction.kept : Shape(std::move(remaining));
  return reduction;
}

void import_reduce(NodeImporter& node) {
  const ReduceKind kind =
      std::ranges::find(reductions, node.type(), &std::pair<std::string_view, ReduceKind>::first)->second;
  const TensorId x = node.input(0);
  const ElementType type = node.element_type(x);
  node.expect_number(x);
  const Reduction reduction = read_reduction(node, x);
  node.result(Reduce{kind, reduction.axes, reduction.keep_dims}, {x}, type, reduction.result);
}

/// log(sum(x)).
void import_reduce_log_sum(NodeImporter& node) {
  const TensorId x = node.input(0);
  node.expect_float(x);
  const ElementType type = node.element_type(x);
  const Reduction reduction = read_reduction(node, x);
  const Reduce sum{ReduceKind::sum, reduction.axes, reduction.keep_dims};
  const TensorId total = node.emit("sum", sum, {x}, type, reduction.result);
  node.result(Unary{UnaryKind::log}, {total}, type, reduction.result);
}

/// log(sum(exp(x - m))) + m with m = max(x), so that exp does not overflow; m is kept finite, so that infinities give
/// infinities, not their difference.
void import_reduce_log_sum_exp(NodeImporter& node) {
  const TensorId x = node.input(0);
  node.expect_float(x);
  const ElementType type = node.element_type(x);
  const Shape shape = node.shape(x);
  const Reduction reduction = read_reduction(node, x);
  const Shape& kept = reduction.kept;
  const double limit = visit_type(type, []<class T>() { return static_cast<double>(std::numeric_limits<T>::max()); });
  const TensorId least = node.add_scalar("least", type, -limit), most = node.add_scalar("most", type, limit);
  const TensorId max = node.emit("max", Reduce{ReduceKind::max, reduction.axes, true}, {x}, type, kept);
  const TensorId above = node.emit("above_infinity", Binary{BinaryKind::max}, {max, least}, type, kept);
  const TensorId largest = node.emit("largest", Binary{BinaryKind::min}, {above, most}, type, kept);
  const TensorId shifted = node.emit("shifted", Binary{BinaryKind::sub}, {x, largest}, type, shape);
  const TensorId powers = node.emit("exp", Unary{UnaryKind::exp}, {shifted}, type, shape);
  const TensorId sum = node.emit("sum", Reduce{ReduceKind::sum, reduction.axes, true}, {powers}, type, kept);
  const TensorId log = node.emit("log", Unary{UnaryKind::log}, {sum}, type, kept);
  if (reduction.keep_dims) return node.result(Binary{BinaryKind::add}, {log, largest}, type, kept);
  node.reshaped_result(node.emit("shifted_back", Binary{BinaryKind::add}, {log, largest}, type, kept),
                       reduction.result);
}

void import_arg_reduce(NodeImporter& node) {
  const TensorId x = node.input(0);
  const Shape shape = node.shape(x);
  node.expect_number(x);
  ArgReduce op;
  op.max = node.type() == "ArgMax";
  op.axis = NodeImporter::normal_axis(node.attributes.integer("axis", 0), shape.rank());
  op.keep_dims = node.attributes.flag("keepdims", true);
  if (node.version() >= 12) op.select_last_index = node.attributes.flag("select_last_index", false);
  const size_t axis = static_cast<size_t>(op.axis);
  std::vector<int64_t> extents = shape.extents();
  extents[axis] = 1;
  if (shape.elements() == 0 && Shape(extents).elements() > 0) node.fail(node.type() + " over an axis without elements");
  if (!op.keep_dims) extents.erase(extents.begin() + op.axis);
  node.result(op, {x}, ElementType::int64, Shape(std::move(extents)));
}

void import_cumulative_sum(NodeImporter& node) {
  const TensorId x = node.input(0);
  node.expect_number(x);
  const TensorData axis = node.constant_input(1, "the axis");
  if (!is_integer(axis.type()) || axis.elements() != 1) node.fail("the axis of CumSum must be one integer");
  CumulativeSum op;
  op.axis = NodeImporter::normal_axis(axis.as_int64()[0], node.rank(x));
  op.exclusive = node.attributes.flag("exclusive", false);
  op.reverse = node.attributes.flag("reverse", false);
  node.result(op, {x}, node.element_type(x), node.shape(x));
}

}  // namespace

Importers reduction_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"ReduceMean", {1, 11, 13, 18}, import_reduce, 1, 2},
      {"ReduceSum", {1, 11, 13}, import_reduce, 1, 2},
      {"ReduceMax", {1, 11, 12, 13, 18, 20}, import_reduce, 1, 2},
      {"ReduceMin", {1, 11, 12, 13, 18, 20}, import_reduce, 1, 2},
      {"ReduceProd", {1, 11, 13, 18}, import_reduce, 1, 2},
      {"ReduceL1", {1, 11, 13, 18}, import_reduce, 1, 2},
      {"ReduceL2", {1, 11, 13, 18}, import_reduce, 1, 2},
      {"ReduceSumSquare", {1, 11, 13, 18}, import_reduce, 1, 2},
      {"ReduceLogSum", {1, 11, 13, 18, 28}, import_reduce_log_sum, 1, 2},
      {"ReduceLogSumExp", {1, 11, 13, 18, 28}, import_reduce_log_sum_exp, 1, 2},
      {"ArgMax", {1, 11, 12, 13}, import_arg_reduce, 1, 1},
      {"ArgMin", {1, 11, 12, 13}, import_arg_reduce, 1, 1},
      {"CumSum", {11, 14}, import_cumulative_sum, 2, 2, 1, "constants, constant axis"},
  };
  return rows;
}

}  // namespace intaglio::frontend
