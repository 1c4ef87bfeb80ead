// Reduce and ArgReduce. Blocked: reductions over all pixels; planar: over any axes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "lowering/node_check.h"
#include "lowering/rules.h"

namespace intaglio::lowering {

namespace {

bool reduces_all_pixels(const Context& context, const Node& node) {
  const Reduce& reduce = std::get<Reduce>(node.op);
  const size_t rank = context.tensor(node.inputs[0]).shape.rank();
  if (rank < 3 || reduce.axes.size() != rank - 2) return false;
  for (size_t i = 0; i < reduce.axes.size(); ++i) {
    if (reduce.axes[i] != static_cast<int64_t>(i) + 2) return false;
  }
  return true;
}

Wishes reduce_wishes(const Context& context, const Node& node) {
  if (!context.reads_blocked(node.inputs[0]) || !reduces_all_pixels(context, node)) return {};
  return {true, {node.inputs[0]}};
}

void emit_blocked_reduce(Context& context, const Node& node) {
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  context.add_step(node, fmt::format("{}  {}", operator_name(node.op), shapes(x, y)),
                   SpatialReduceStep{std::get<Reduce>(node.op).kind, x, y});
}

void emit_planar_reduce(Context& context, const Node& node) {
  const Reduce& reduce = std::get<Reduce>(node.op);
  const View x = context.planar(node.inputs[0]), y = context.planar_result(node.outputs[0]);
  const std::vector<int64_t> strides = row_major_strides(x.shape);
  ReduceStep step;
  step.kind = reduce.kind;
  step.x = x;
  step.y = y;
  for (size_t axis = 0; axis < x.shape.rank(); ++axis) {
    const bool reduced =
        std::find(reduce.axes.begin(), reduce.axes.end(), static_cast<int64_t>(axis)) != reduce.axes.end();
    std::vector<int64_t>& extents = reduced ? step.reduced_extents : step.outer_extents;
    std::vector<int64_t>& axis_strides = reduced ? step.reduced_strides : step.outer_strides;
    if (!extents.empty() && axis_strides.back() == x.shape[axis] * strides[axis]) {  // continues the axis before
      extents.back() *= x.shape[axis];
      axis_strides.back() = strides[axis];
    } else {
      extents.push_back(x.shape[axis]);
      axis_strides.push_back(strides[axis]);
    }
  }
  context.add_step(node, fmt::format("{}  {}", operator_name(node.op), shapes(x, y)), step);
}

void emit_arg_reduce(Context& context, const Node& node) {
  const ArgReduce& reduce = std::get<ArgReduce>(node.op);
  const View x = context.planar(node.inputs[0]), y = context.planar_result(node.outputs[0]);
  const auto axis = static_cast<size_t>(reduce.axis);
  context.add_step(node, fmt::format("{}  {}", operator_name(node.op), shapes(x, y)),
                   ArgReduceStep{reduce.max, reduce.select_last_index, x, y, elements(x.shape, 0, axis), x.shape[axis],
                                 elements(x.shape, axis + 1, x.shape.rank())});
}

/// Integers have no square root, and no mean of nothing.
void check_reduce(NodeCheck& check) {
  check.computed();
  if (is_real(check.type(0))) return;
  const Reduce& op = std::get<Reduce>(check.node().op);
  int64_t reduced = 1;
  for (int64_t axis : op.axes) reduced *= check.shape(0)[static_cast<size_t>(axis)];
  if (op.kind != ReduceKind::l2 && !(op.kind == ReduceKind::mean && reduced == 0)) return;
  check.add(fmt::format("reduction {} of {}{} is not supported", reduce_name(op.kind), element_type_name(check.type(0)),
                        reduced == 0 ? " over no elements" : ""),
            "cast the operand to float32");
}

}  // namespace

Rules reduction_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<Reduce>,
       .check = check_reduce,
       .wishes = reduce_wishes,
       .same_lanes = lanes_of_input,
       .blocked = emit_blocked_reduce,
       .planar = emit_planar_reduce},
      {.op = operator_index<ArgReduce>, .check = computed_types, .planar = emit_arg_reduce},
      {.op = operator_index<CumulativeSum>, .check = constants_only},
  };
  return rows;
}

}  // namespace intaglio::lowering
