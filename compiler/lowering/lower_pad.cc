// Pad. On blocked tensors, zeros or another constant around rows and columns; everything else on planar ones.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>

#include "lowering/node_check.h"
#include "lowering/rules.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

Wishes pad_wishes(const Context& context, const Node& node) {
  const Pad& pad = std::get<Pad>(node.op);
  const TensorId x = node.inputs[0];
  if (!context.reads_blocked(x) || !context.blockable(node.outputs[0])) return {};
  const bool constant_fill = node.inputs.size() < 2 || !node.inputs[1] || context.is_constant(node.inputs[1]);
  if (pad.mode != PadMode::constant || !constant_fill || pad.begins[0] != 0 || pad.ends[0] != 0 || pad.begins[1] != 0 ||
      pad.ends[1] != 0)
    return {};
  return {true, {x}};
}

void emit_blocked_pad(Context& context, const Node& node) {
  const Pad& pad = std::get<Pad>(node.op);
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  BlockedCopyStep step{x, y, all_channels(y.channels())};
  const size_t last = pad.begins.size() - 1;
  if (last >= 2) step.start_w = -pad.begins[last];
  if (last == 3) step.start_h = -pad.begins[2];
  if (node.inputs.size() > 1 && node.inputs[1]) step.fill = context.tensor(node.inputs[1]).constant->values<float>()[0];
  context.add_step(node, "pad  " + shapes(x, y), step);
}

/// Element offsets along every axis of y for padding modes that repeat elements of x. Negative pads crop x first; the
/// modes then repeat what is left.
std::vector<std::vector<int32_t>> pad_tables(const Pad& pad, const Shape& in, const Shape& out) {
  const std::vector<int64_t> strides = row_major_strides(in);
  std::vector<std::vector<int32_t>> tables;
  for (size_t axis = 0; axis < in.rank(); ++axis) {
    const int64_t first = std::max<int64_t>(0, -pad.begins[axis]);
    const int64_t n = in[axis] - first - std::max<int64_t>(0, -pad.ends[axis]);
    std::vector<int32_t> table;
    for (int64_t i = 0; i < out[axis]; ++i) {
      int64_t source = i - std::max<int64_t>(0, pad.begins[axis]);
      switch (pad.mode) {
        case PadMode::edge:
          source = std::clamp<int64_t>(source, 0, n - 1);
          break;
        case PadMode::wrap:
          source = (source % n + n) % n;
          break;
        case PadMode::reflect: {
          const int64_t period = std::max<int64_t>(1, 2 * (n - 1));
          source = (source % period + period) % period;
          source = source < n ? source : period - source;
          break;
        }
        case PadMode::constant:
          break;
      }
      table.push_back(static_cast<int32_t>((first + source) * strides[axis]));
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

void emit_planar_pad(Context& context, const Node& node) {
  const Pad& pad = std::get<Pad>(node.op);
  const View x = context.planar(node.inputs[0]), y = context.planar_result(node.outputs[0]);
  if (pad.mode != PadMode::constant) {
    TableCopyStep step{x, y, {}, 0};
    for (std::vector<int32_t>& table : pad_tables(pad, x.shape, y.shape)) {
      step.tables.push_back(context.add_indices(display_name(context.graph, node) + "_table", std::move(table)));
    }
    context.add_step(node, "pad  " + shapes(x, y), step);
    return;
  }
  CopyStep fill{x, y, {y.shape.elements()}, {0}, {1}};
  const TensorId value = node.inputs.size() > 1 ? node.inputs[1] : TensorId();
  require(!value || context.is_constant(value), "a padding value that is computed at run time reached lowering");
  fill.fill = value ? context.tensor(value).constant->reshaped(Shape{1})
                    : TensorData(y.type, Shape{1}, std::vector<std::byte>(element_size(y.type)));
  context.add_step(node, "fill  " + y.shape.text(), fill);
  CopyStep copy{x, y, x.shape.extents(), row_major_strides(x.shape), row_major_strides(y.shape)};
  for (size_t axis = 0; axis < x.shape.rank(); ++axis) {
    const int64_t crop_begin = std::max<int64_t>(0, -pad.begins[axis]),
                  crop_end = std::max<int64_t>(0, -pad.ends[axis]);
    copy.extents[axis] -= crop_begin + crop_end;
    copy.x_offset += crop_begin * copy.x_strides[axis];
    copy.y_offset += std::max<int64_t>(0, pad.begins[axis]) * copy.y_strides[axis];
    if (copy.extents[axis] <= 0) return;  // nothing of x is left
  }
  context.add_step(node, "pad  " + shapes(x, y), copy);
}

}  // namespace

Rules pad_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<Pad>,
       .check = any_type,
       .wishes = pad_wishes,
       .same_lanes = lanes_of_input,
       .blocked = emit_blocked_pad,
       .planar = emit_planar_pad},
  };
  return rows;
}

}  // namespace intaglio::lowering
