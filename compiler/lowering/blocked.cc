// Steps over blocked views other than convolutions:
// pools, reductions, concatenations and slices that copy, resizes, norms.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <numeric>

#include "lowering/context.h"
#include "lowering/pack.h"
#include "lowering/resize_tables.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

std::vector<int64_t> identity_map(int64_t channels) {
  std::vector<int64_t> map(channels);
  std::iota(map.begin(), map.end(), 0);
  return map;
}

/// The part of a blocked view that holds channels [first, first + count), as if they were a tensor of their own.
View channel_part(const View& whole, int64_t first_block, const Shape& shape, std::vector<int64_t> segments) {
  View part = whole;
  part.offset += first_block * whole.block_stride;
  part.shape = shape;
  part.segments = std::move(segments);
  return part;
}

void emit_blocked_pool(Context& context, const Node& node, const Pool& pool) {
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  PoolStep step;
  step.kind = pool.kind;
  step.x = x;
  step.y = y;
  step.window = window_2d(pool.window);
  step.pad_right = pool.window.pads_end.back();
  step.pad_bottom = pool.window.rank() == 2 ? pool.window.pads_end[0] : 0;
  step.count_include_pad = pool.count_include_pad;
  step.p = pool.p;
  context.add_step(
      node,
      fmt::format("{} {}x{}  {}", operator_name(node.op), step.window.kernel_h, step.window.kernel_w, shapes(x, y)),
      step);
}

/// Segments of channels [first, first + count) of a tensor.
std::vector<int64_t> part_segments(const std::vector<int64_t>& segments, int64_t first, int64_t count) {
  std::vector<int64_t> result;
  for (int64_t length : segments) {
    const int64_t begin = std::max<int64_t>(first, 0), end = std::min(first + count, length);
    if (begin < end) result.push_back(end - begin);
    first -= length;
    if (first + count <= 0) break;
  }
  return result;
}

void emit_blocked_concat(Context& context, const Node& node, const Concat& concat) {
  const TensorId y = node.outputs[0];
  for (TensorId input : node.inputs) {
    if (context.has_blocked_form(input)) context.blocked(input);
  }
  const View whole = context.blocked_result(y);
  if (concat.axis == 1) {
    int64_t channel = 0, block = 0;
    for (TensorId input : node.inputs) {
      const int64_t count = context.tensor(input).shape[1];
      std::vector<int64_t> segments = part_segments(whole.segments, channel, count);
      View part = channel_part(whole, block, context.tensor(input).shape, segments);
      const View placed = context.has_blocked_form(input) ? context.state(input).blocked_view : View();
      if (placed.buffer && placed.buffer == part.buffer && placed.offset == part.offset) {
        // written there by its producer, or laid out there once for all its readers
      } else if (placed.buffer) {
        context.add_step(node, fmt::format("copy into concatenation: {}", part.shape.text()),
                         BlockedCopyStep{placed, part, identity_map(count)});
      } else {
        context.add_step(node, fmt::format("copy into concatenation: {}", part.shape.text()),
                         RelayoutStep{context.planar(input), part});
      }
      channel += count;
      block += part.blocks();
    }
    return;
  }
  // Along rows or columns: copies into parts of the map; the border belongs to the whole.
  if (whole.border_top + whole.border_left + whole.border_bottom + whole.border_right > 0) {
    context.add_step(node, "clear the border", ClearBorderStep{whole});
  }
  const bool rows = whole.shape.rank() == 4 && concat.axis == 2;
  int64_t at = 0;
  for (TensorId input : node.inputs) {
    View part = whole;
    const Extents extents = image_extents(context.tensor(input).shape);
    part.shape = context.tensor(input).shape;
    part.height = extents.h;
    part.width = extents.w;
    part.offset += at * (rows ? whole.row_stride : whole.pixel_stride);
    part.border_top = part.border_left = part.border_bottom = part.border_right = 0;
    if (context.reads_blocked(input)) {
      context.add_step(node, fmt::format("copy into concatenation: {}", part.shape.text()),
                       BlockedCopyStep{context.blocked(input), part, identity_map(extents.c)});
    } else {
      context.add_step(node, fmt::format("copy into concatenation: {}", part.shape.text()),
                       RelayoutStep{context.planar(input), part});
    }
    at += rows ? extents.h : extents.w;
  }
}

void emit_blocked_slice(Context& context, const Node& node, const Slice& slice) {
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  if (is_channel_slice(context.graph, node)) {
    const Placement from = context.state(node.inputs[0]).placement, to = context.state(node.outputs[0]).placement;
    if (from.storage == to.storage && x.buffer == y.buffer) return;  // a view
  }
  BlockedCopyStep step{x, y, identity_map(y.channels())};
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

void emit_blocked_pad(Context& context, const Node& node, const Pad& pad) {
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  BlockedCopyStep step{x, y, identity_map(y.channels())};
  const size_t last = pad.begins.size() - 1;
  if (last >= 2) step.start_w = -pad.begins[last];
  if (last == 3) step.start_h = -pad.begins[2];
  if (node.inputs.size() > 1 && node.inputs[1]) step.fill = context.tensor(node.inputs[1]).constant->values<float>()[0];
  context.add_step(node, "pad  " + shapes(x, y), step);
}

void emit_reshape(Context& context, const Node& node) {
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  if (x.buffer == y.buffer && x.offset == y.offset) return;  // a view
  context.add_step(node, "copy  " + shapes(x, y), BlockedCopyStep{x, y, identity_map(y.channels())});
}

void emit_blocked_resize(Context& context, const Node& node, const Resize& resize) {
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  const std::string name = display_name(context.graph, node);
  BlockedResizeStep step;
  step.x = x;
  step.y = y;
  step.linear = resize.mode == ResizeMode::linear;
  const size_t last = y.shape.rank() - 1;
  const ResizedAxis height = last == 3 ? resized_axis(resize, 2, x.height, y.height) : ResizedAxis();
  const AxisTable columns = resize_table(resize, resized_axis(resize, last, x.width, y.width));
  const AxisTable rows = resize_table(resize, height);
  step.rows = context.add_indices(name + "_rows", rows.indices);
  step.columns = context.add_indices(name + "_columns", columns.indices);
  if (step.linear) {
    step.row_weights = context.add_floats(name + "_row_weights", rows.weights);
    step.column_weights = context.add_floats(name + "_column_weights", columns.weights);
  }
  context.add_step(node, fmt::format("resize {}  {}", step.linear ? "linear" : "nearest", shapes(x, y)), step);
}

void emit_blocked_group_norm(Context& context, const Node& node, const GroupNorm& norm) {
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  const std::string name = display_name(context.graph, node);
  auto lanes = [&](size_t input, const char* suffix) {
    return context.add_floats(name + suffix,
                              pack_lanes(context.tensor(node.inputs[input]).constant->values<float>(), y.segments));
  };
  BlockedNormalizeStep step;
  step.x = x;
  step.y = y;
  step.scale = lanes(1, "_scale");
  step.bias = lanes(2, "_bias");
  step.groups = norm.groups;
  step.epsilon = norm.epsilon;
  step.scratch = context.add_buffer(name + "_moments", BufferKind::scratch, ElementType::float32,
                                    2 * y.blocks() * lanes_per_block);
  context.add_step(node, fmt::format("group_norm {} groups  {}", norm.groups, shapes(x, y)), step);
}

void emit_gather(Context& context, const Node& node) {
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  std::vector<int64_t> map = context.tensor(node.inputs[1]).constant->as_int64();
  for (int64_t& channel : map) channel += channel < 0 ? x.channels() : 0;
  context.add_step(node, "gather channels  " + shapes(x, y), BlockedCopyStep{x, y, map});
}

}  // namespace

void emit_blocked(Context& context, const Node& node) {
  if (const Pool* pool = std::get_if<Pool>(&node.op)) return emit_blocked_pool(context, node, *pool);
  if (const Concat* concat = std::get_if<Concat>(&node.op)) return emit_blocked_concat(context, node, *concat);
  if (const Slice* slice = std::get_if<Slice>(&node.op)) return emit_blocked_slice(context, node, *slice);
  if (const Pad* pad = std::get_if<Pad>(&node.op)) return emit_blocked_pad(context, node, *pad);
  if (const Resize* resize = std::get_if<Resize>(&node.op)) return emit_blocked_resize(context, node, *resize);
  if (const GroupNorm* norm = std::get_if<GroupNorm>(&node.op)) return emit_blocked_group_norm(context, node, *norm);
  if (std::holds_alternative<Gather>(node.op)) return emit_gather(context, node);
  if (std::holds_alternative<Reshape>(node.op)) return emit_reshape(context, node);
  if (const Reduce* reduce = std::get_if<Reduce>(&node.op)) {
    const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
    context.add_step(node, fmt::format("{}  {}", operator_name(node.op), shapes(x, y)),
                     SpatialReduceStep{reduce->kind, x, y});
    return;
  }
  internal_error(fmt::format("no blocked kernel for {}", operator_name(node.op)));
}

}  // namespace intaglio::lowering
