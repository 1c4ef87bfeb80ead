// Slice, Gather and GatherElements, which take elements of a tensor. A range of channels of a blocked tensor is a view
// of it, and begins on a block of its own for that (segments.cc); rows, columns and single channels are copied, any
// lanes to any lanes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "lowering/node_check.h"
#include "lowering/rules.h"

namespace intaglio::lowering {

namespace {

/// A range of channels, and everything else: the result is a view.
bool takes_channels(const Context& context, const Node& node) {
  const Slice& slice = std::get<Slice>(node.op);
  const Shape &in = context.tensor(node.inputs[0]).shape, &out = context.tensor(node.outputs[0]).shape;
  for (size_t axis = 0; axis < in.rank(); ++axis) {
    if (slice.steps[axis] != 1 && out[axis] > 1) return false;
    if (axis != 1 && in[axis] != out[axis]) return false;
  }
  return true;
}

/// Every image and a range of channels, in order.
Wishes slice_wishes(const Context& context, const Node& node) {
  const Slice& slice = std::get<Slice>(node.op);
  const TensorId x = node.inputs[0], y = node.outputs[0];
  if (!context.reads_blocked(x) || !context.blockable(y)) return {};
  const bool forwards = std::ranges::all_of(slice.steps, [](int64_t step) { return step >= 1; });
  if (!forwards || slice.steps[0] != 1 || slice.steps[1] != 1 ||
      context.tensor(x).shape[0] != context.tensor(y).shape[0])
    return {};
  return {true, {x}};
}

std::vector<ChannelPart> slice_parts(const Context& context, const Node& node) {
  if (!takes_channels(context, node)) return {};
  const TensorId x = node.inputs[0], y = node.outputs[0];
  return {{x, y, std::get<Slice>(node.op).starts[1], context.tensor(y).shape[1]}};
}

void emit_blocked_slice(Context& context, const Node& node) {
  const Slice& slice = std::get<Slice>(node.op);
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  if (takes_channels(context, node) && same_place(channel_part(x, slice.starts[1], y.shape), y)) return;  // a view
  BlockedCopyStep step{x, y, all_channels(y.channels())};
  for (int64_t& channel : step.channel_map) channel += slice.starts[1];
  const size_t last = slice.starts.size() - 1;
  if (last >= 2) {
    step.start_w = slice.starts[last];
    step.step_w = slice.steps[last];
  }
  if (last == 3) {
    step.start_h = slice.starts[2];
    step.step_h = slice.steps[2];
  }
  context.add_step(node, "slice  " + shapes(x, y), step);
}

void emit_planar_slice(Context& context, const Node& node) {
  const Slice& slice = std::get<Slice>(node.op);
  const View x = context.planar(node.inputs[0]), y = context.planar_result(node.outputs[0]);
  CopyStep step{x, y, y.shape.extents(), row_major_strides(x.shape), row_major_strides(y.shape)};
  for (size_t axis = 0; axis < x.shape.rank(); ++axis) {
    step.x_offset += slice.starts[axis] * step.x_strides[axis];
    step.x_strides[axis] *= slice.steps[axis];
  }
  context.add_step(node, "slice  " + shapes(x, y), step);
}

/// Constant channels.
Wishes gather_wishes(const Context& context, const Node& node) {
  const TensorId x = node.inputs[0], indices = node.inputs[1];
  if (!context.reads_blocked(x) || !context.blockable(node.outputs[0]) || std::get<Gather>(node.op).axis != 1 ||
      !context.is_constant(indices) || context.tensor(indices).shape.rank() != 1)
    return {};
  return {true, {x}};
}

void emit_blocked_gather(Context& context, const Node& node) {
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  std::vector<int64_t> map = context.tensor(node.inputs[1]).constant->as_int64();
  for (int64_t& channel : map) channel += channel < 0 ? x.channels() : 0;
  context.add_step(node, "gather channels  " + shapes(x, y), BlockedCopyStep{x, y, map});
}

/// By indices computed at run time, one for each stretch of elements behind the axis or one for each element.
void emit_gather_along(Context& context, const Node& node, int64_t along, bool for_each_element) {
  const View x = context.planar(node.inputs[0]), indices = context.planar(node.inputs[1]),
             y = context.planar_result(node.outputs[0]);
  const auto axis = static_cast<size_t>(along);
  context.add_step(node, fmt::format("gather{}  {}", for_each_element ? " elements" : "", shapes(x, y)),
                   GatherStep{x, indices, y, elements(x.shape, 0, axis), x.shape[axis],
                              elements(x.shape, axis + 1, x.shape.rank()), for_each_element});
}

void emit_planar_gather(Context& context, const Node& node) {
  emit_gather_along(context, node, std::get<Gather>(node.op).axis, false);
}

void emit_gather_elements(Context& context, const Node& node) {
  emit_gather_along(context, node, std::get<GatherElements>(node.op).axis, true);
}

}  // namespace

Rules slice_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<Slice>,
       .check = any_type,
       .wishes = slice_wishes,
       .parts = slice_parts,
       .blocked = emit_blocked_slice,
       .planar = emit_planar_slice},
      {.op = operator_index<Gather>,
       .check = any_type,
       .wishes = gather_wishes,
       .blocked = emit_blocked_gather,
       .planar = emit_planar_gather},
      {.op = operator_index<GatherElements>, .check = any_type, .planar = emit_gather_elements},
  };
  return rows;
}

}  // namespace intaglio::lowering
