// Reshape, Transpose, Expand, Tile: elements under another shape, in another order, several times. A Reshape is the
// place of its operand: of a planar one always, of a blocked one where it only adds or takes away an axis of rows.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/node_check.h"
#include "lowering/rules.h"

namespace intaglio::lowering {

namespace {

Wishes reshape_wishes(const Context& context, const Node& node) {
  const TensorId x = node.inputs[0], y = node.outputs[0];
  const bool same_image = context.reads_blocked(x) && context.blockable(y) &&
                          image_extents(context.tensor(x).shape) == image_extents(context.tensor(y).shape);
  return same_image ? Wishes{true, {x}} : Wishes{};
}

std::vector<ChannelPart> reshape_parts(const Context& context, const Node& node) {
  const TensorId x = node.inputs[0];
  return {{x, node.outputs[0], 0, context.tensor(x).shape[1]}};
}

void emit_blocked_reshape(Context& context, const Node& node) {
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  if (same_place(x, y)) return;  // a view
  context.add_step(node, "copy  " + shapes(x, y), BlockedCopyStep{x, y, all_channels(y.channels())});
}

/// An output of the network is copied there by the stage that finishes outputs.
void emit_planar_reshape(Context& context, const Node& node) {
  const TensorId y = node.outputs[0];
  TensorState& state = context.state(y);
  state.planar_view = context.planar(node.inputs[0]);
  state.planar_view.shape = context.tensor(y).shape;
}

void emit_transpose(Context& context, const Node& node) {
  const View x = context.planar(node.inputs[0]), y = context.planar_result(node.outputs[0]);
  const std::vector<int64_t> strides = row_major_strides(x.shape);
  CopyStep step{x, y, y.shape.extents(), {}, row_major_strides(y.shape)};
  for (int64_t axis : std::get<Transpose>(node.op).permutation) step.x_strides.push_back(strides[axis]);
  context.add_step(node, "transpose  " + shapes(x, y), step);
}

void emit_expand(Context& context, const Node& node) {
  const View x = context.planar(node.inputs[0]), y = context.planar_result(node.outputs[0]);
  const std::vector<int64_t> strides = row_major_strides(x.shape);
  CopyStep step{x, y, y.shape.extents(), std::vector<int64_t>(y.shape.rank(), 0), row_major_strides(y.shape)};
  for (size_t axis = 0; axis < x.shape.rank(); ++axis) {
    if (x.shape[axis] != 1) step.x_strides[y.shape.rank() - x.shape.rank() + axis] = strides[axis];
  }
  context.add_step(node, "expand  " + shapes(x, y), step);
}

void emit_tile(Context& context, const Node& node) {
  const Tile& tile = std::get<Tile>(node.op);
  const View x = context.planar(node.inputs[0]), y = context.planar_result(node.outputs[0]);
  const std::vector<int64_t> x_strides = row_major_strides(x.shape), y_strides = row_major_strides(y.shape);
  CopyStep step{x, y, {}, {}, {}};
  for (size_t axis = 0; axis < x.shape.rank(); ++axis) {  // y axis = repeat * extent + i
    step.extents.insert(step.extents.end(), {tile.repeats[axis], x.shape[axis]});
    step.x_strides.insert(step.x_strides.end(), {0, x_strides[axis]});
    step.y_strides.insert(step.y_strides.end(), {x.shape[axis] * y_strides[axis], y_strides[axis]});
  }
  context.add_step(node, "tile  " + shapes(x, y), step);
}

}  // namespace

Rules shape_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<Reshape>,
       .check = any_type,
       .wishes = reshape_wishes,
       .parts = reshape_parts,
       .blocked = emit_blocked_reshape,
       .planar = emit_planar_reshape},
      {.op = operator_index<Transpose>, .check = any_type, .planar = emit_transpose},
      {.op = operator_index<Expand>, .check = any_type, .planar = emit_expand},
      {.op = operator_index<Tile>, .check = any_type, .planar = emit_tile},
  };
  return rows;
}

}  // namespace intaglio::lowering
