// Concat. Along channels, with a blocked operand: the operands lie inside the result where they are written, and
// nothing is computed; operands that lie elsewhere or are planar are copied to their part. The result's segments are
// made for that: every operand begins on a block of its own (segments.cc), and storage.cc says which operands find
// their place. Along rows and columns blocked operands are copied.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "lowering/node_check.h"
#include "lowering/rules.h"

namespace intaglio::lowering {

namespace {

Wishes concat_wishes(const Context& context, const Node& node) {
  const bool channels = std::get<Concat>(node.op).axis == 1;
  const auto blockable = [&](TensorId id) { return context.blockable(id); };
  if (std::get<Concat>(node.op).axis == 0 || !blockable(node.outputs[0]) ||
      !std::ranges::all_of(node.inputs, blockable))
    return {};
  Wishes wishes;
  for (TensorId input : node.inputs) {
    if (context.reads_blocked(input))
      wishes.operands.push_back(input);
    else if (channels && !context.is_constant(input))
      wishes.taken_in.push_back(input);
  }
  wishes.result = !wishes.operands.empty();
  return wishes.result ? wishes : Wishes{};
}

/// Of channels.
std::vector<ChannelPart> concat_parts(const Context& context, const Node& node) {
  std::vector<ChannelPart> parts;
  if (std::get<Concat>(node.op).axis != 1) return parts;
  int64_t channel = 0;
  for (TensorId input : node.inputs) {
    const int64_t count = context.tensor(input).shape[1];
    parts.push_back({node.outputs[0], input, channel, count});
    channel += count;
  }
  return parts;
}

std::vector<TensorId> concat_lanes(const Context&, const Node& node) {
  if (std::get<Concat>(node.op).axis == 1) return {};
  return {node.inputs[0]};
}

void add_copy(Context& context, const Node& node, const Kernel& copy, const View& part) {
  context.add_step(node, "copy into concatenation: " + part.shape.text(), copy);
}

void concatenate_channels(Context& context, const Node& node) {
  const View whole = context.blocked_result(node.outputs[0]);
  for (const ChannelPart& p : concat_parts(context, node)) {
    const View part = channel_part(whole, p.channel, context.tensor(p.part).shape);
    if (!context.has_blocked_form(p.part)) {
      add_copy(context, node, RelayoutStep{context.planar(p.part), part}, part);
    } else if (const View x = context.blocked(p.part); !same_place(x, part)) {
      add_copy(context, node, BlockedCopyStep{x, part, all_channels(p.count)}, part);
    }  // else: written there by its producer, or laid out there once for all its readers
  }
}

/// Copies into parts of the map; the border belongs to the whole.
void concatenate_pixels(Context& context, const Node& node) {
  const View whole = context.blocked_result(node.outputs[0]);
  if (whole.border_top + whole.border_left + whole.border_bottom + whole.border_right > 0) {
    context.add_step(node, "clear the border", ClearBorderStep{whole});
  }
  const bool rows = whole.shape.rank() == 4 && std::get<Concat>(node.op).axis == 2;
  int64_t at = 0;
  for (TensorId input : node.inputs) {
    View part = whole;
    const Extents extents = image_extents(context.tensor(input).shape);
    part.shape = context.tensor(input).shape;
    part.height = extents.h;
    part.width = extents.w;
    part.offset += at * (rows ? whole.row_stride : whole.pixel_stride);
    part.border_top = part.border_left = part.border_bottom = part.border_right = 0;
    if (context.reads_blocked(input))
      add_copy(context, node, BlockedCopyStep{context.blocked(input), part, all_channels(extents.c)}, part);
    else
      add_copy(context, node, RelayoutStep{context.planar(input), part}, part);
    at += rows ? extents.h : extents.w;
  }
}

void emit_blocked_concat(Context& context, const Node& node) {
  for (TensorId input : node.inputs) {  // relayouts of operands come before the result's buffer exists
    if (context.has_blocked_form(input)) context.blocked(input);
  }
  if (std::get<Concat>(node.op).axis == 1)
    concatenate_channels(context, node);
  else
    concatenate_pixels(context, node);
}

void emit_planar_concat(Context& context, const Node& node) {
  const View y = context.planar_result(node.outputs[0]);
  const auto axis = static_cast<size_t>(std::get<Concat>(node.op).axis);
  const int64_t outer = elements(y.shape, 0, axis), whole = elements(y.shape, axis, y.shape.rank());
  int64_t at = 0;
  for (TensorId input : node.inputs) {
    const View x = context.planar(input);
    const int64_t run = elements(x.shape, axis, x.shape.rank());
    if (outer * run > 0) {
      CopyStep step{x, y, {outer, run}, {run, 1}, {whole, 1}};
      step.y_offset = at;
      context.add_step(node, "concat  " + shapes(x, y), step);
    }
    at += run;
  }
}

}  // namespace

Rules concat_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<Concat>,
       .check = any_type,
       .wishes = concat_wishes,
       .same_lanes = concat_lanes,
       .parts = concat_parts,
       .blocked = emit_blocked_concat,
       .planar = emit_planar_concat},
  };
  return rows;
}

}  // namespace intaglio::lowering
