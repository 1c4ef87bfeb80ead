// Resize. Blocked: nearest or linear in rows and columns, by tables of one or two taps. Planar: nearest by tables, else
// one interpolation for each axis.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "lowering/node_check.h"
#include "lowering/resize_tables.h"
#include "lowering/rules.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

Wishes resize_wishes(const Context& context, const Node& node) {
  const Resize& resize = std::get<Resize>(node.op);
  const TensorId x = node.inputs[0], y = node.outputs[0];
  if (!context.reads_blocked(x) || !context.blockable(y)) return {};
  const Extents in = image_extents(context.tensor(x).shape), out = image_extents(context.tensor(y).shape);
  // The blocked kernel interpolates both axes; strict numerics leave an axis that keeps its size alone.
  const bool both_axes = in.h != out.h && in.w != out.w;
  if (context.options.strict() && resize.mode == ResizeMode::linear && !both_axes) return {};
  const bool rows_and_columns =
      in.n == out.n && in.c == out.c && (resize.scales.empty() || (resize.scales[0] == 1 && resize.scales[1] == 1));
  if (!rows_and_columns || resize.mode == ResizeMode::cubic || resize.antialias || resize.exclude_outside ||
      resize.coordinates == CoordinateTransform::tf_crop_and_resize)
    return {};
  return {true, {x}};
}

void emit_blocked_resize(Context& context, const Node& node) {
  const Resize& resize = std::get<Resize>(node.op);
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

void emit_planar_resize(Context& context, const Node& node) {
  const Resize& resize = std::get<Resize>(node.op);
  require(resize.coordinates != CoordinateTransform::tf_crop_and_resize, "tf_crop_and_resize reached lowering");
  View x = context.planar(node.inputs[0]);
  const View y = context.planar_result(node.outputs[0]);
  const std::string name = display_name(context.graph, node);
  std::vector<ResizedAxis> resized;
  for (size_t axis = 0; axis < x.shape.rank(); ++axis)
    resized.push_back(resized_axis(resize, axis, x.shape[axis], y.shape[axis]));
  if (resize.mode == ResizeMode::nearest) {
    const std::vector<int64_t> strides = row_major_strides(x.shape);
    TableCopyStep step{x, y, {}, 0};
    for (size_t axis = 0; axis < x.shape.rank(); ++axis) {
      AxisTable table = resize_table(resize, resized[axis]);
      for (int32_t& index : table.indices) index = static_cast<int32_t>(index * strides[axis]);
      step.tables.push_back(context.add_indices(name + "_table", std::move(table.indices)));
    }
    context.add_step(node, "resize nearest  " + shapes(x, y), step);
    return;
  }
  std::vector<size_t> axes;  // last to first
  for (size_t axis = x.shape.rank(); axis-- > 0;) {
    if (!resized[axis].unchanged()) axes.push_back(axis);
  }
  if (axes.empty()) {
    context.add_step(node, "copy  " + shapes(x, y), CopyStep{x, y, {x.shape.elements()}, {1}, {1}});
    return;
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = axes[i];
    Shape shape = x.shape;
    shape[axis] = y.shape[axis];
    View target = y;
    if (i + 1 < axes.size()) {
      target = context.planar_buffer_view(
          context.add_buffer(name + "_part", BufferKind::arena, ElementType::float32, shape.elements()),
          ElementType::float32, shape);
    }
    AxisTable table = resize_table(resize, resized[axis]);
    InterpolateStep step;
    step.x = x;
    step.y = target;
    step.outer = elements(shape, 0, axis);
    step.in = x.shape[axis];
    step.out = shape[axis];
    step.inner = elements(shape, axis + 1, shape.rank());
    step.taps = table.taps;
    step.indices = context.add_indices(name + "_indices", std::move(table.indices));
    step.coefficients = context.add_floats(name + "_coefficients", std::move(table.weights));
    context.add_step(node, fmt::format("resize axis {}  {}", axis, shapes(x, target)), step);
    x = target;
  }
}

void check_resize(NodeCheck& check) {
  const Resize& op = std::get<Resize>(check.node().op);
  if (op.mode != ResizeMode::nearest) check.floats();
  if (op.coordinates != CoordinateTransform::tf_crop_and_resize) return;
  check.add("Resize with tf_crop_and_resize is not supported",
            "use half_pixel, align_corners or asymmetric coordinates");
}

}  // namespace

Rules resize_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<Resize>,
       .check = check_resize,
       .wishes = resize_wishes,
       .same_lanes = lanes_of_input,
       .blocked = emit_blocked_resize,
       .planar = emit_planar_resize},
  };
  return rows;
}

}  // namespace intaglio::lowering
