// Steps over planar data: everything that moves, reduces or combines tensors in plain ONNX order.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "lowering/context.h"
#include "lowering/pack.h"
#include "lowering/resize_tables.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

int64_t product(const Shape& shape, size_t first, size_t last) {
  return std::accumulate(shape.begin() + first, shape.begin() + last, int64_t{1}, std::multiplies<>());
}

void emit_concat(Context& context, const Node& node, const Concat& concat) {
  const View y = context.planar_result(node.outputs[0]);
  const auto axis = static_cast<size_t>(concat.axis);
  const int64_t outer = product(y.shape, 0, axis), whole = product(y.shape, axis, y.shape.rank());
  int64_t at = 0;
  for (TensorId input : node.inputs) {
    const View x = context.planar(input);
    const int64_t run = product(x.shape, axis, x.shape.rank());
    if (outer * run > 0) {
      CopyStep step{x, y, {outer, run}, {run, 1}, {whole, 1}};
      step.y_offset = at;
      context.add_step(node, "concat  " + shapes(x, y), step);
    }
    at += run;
  }
}

void emit_slice(Context& context, const Node& node, const Slice& slice) {
  const View x = context.planar(node.inputs[0]), y = context.planar_result(node.outputs[0]);
  CopyStep step{x, y, y.shape.extents(), row_major_strides(x.shape), row_major_strides(y.shape)};
  for (size_t axis = 0; axis < x.shape.rank(); ++axis) {
    step.x_offset += slice.starts[axis] * step.x_strides[axis];
    step.x_strides[axis] *= slice.steps[axis];
  }
  context.add_step(node, "slice  " + shapes(x, y), step);
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

void emit_pad(Context& context, const Node& node, const Pad& pad) {
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
  if (value && !context.is_constant(value)) {
    fail(describe(node), "the padding value is computed at run time", "bind it to a constant with --bind");
  }
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

void emit_transpose(Context& context, const Node& node, const Transpose& transpose) {
  const View x = context.planar(node.inputs[0]), y = context.planar_result(node.outputs[0]);
  const std::vector<int64_t> strides = row_major_strides(x.shape);
  CopyStep step{x, y, y.shape.extents(), {}, row_major_strides(y.shape)};
  for (int64_t axis : transpose.permutation) step.x_strides.push_back(strides[axis]);
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

void emit_tile(Context& context, const Node& node, const Tile& tile) {
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

void emit_resize(Context& context, const Node& node, const Resize& resize) {
  if (resize.coordinates == CoordinateTransform::tf_crop_and_resize) {
    fail(describe(node), "Resize with tf_crop_and_resize is not supported",
         "use half_pixel, align_corners or asymmetric coordinates");
  }
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
    step.outer = product(shape, 0, axis);
    step.in = x.shape[axis];
    step.out = shape[axis];
    step.inner = product(shape, axis + 1, shape.rank());
    step.taps = table.taps;
    step.indices = context.add_indices(name + "_indices", std::move(table.indices));
    step.coefficients = context.add_floats(name + "_coefficients", std::move(table.weights));
    context.add_step(node, fmt::format("resize axis {}  {}", axis, shapes(x, target)), step);
    x = target;
  }
}

void emit_reduce(Context& context, const Node& node, const Reduce& reduce) {
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

void emit_layer_norm(Context& context, const Node& node, const LayerNorm& norm) {
  const View x = context.planar(node.inputs[0]);
  const auto axis = static_cast<size_t>(norm.axis);
  NormalizeStep step;
  step.x = x;
  step.outer = product(x.shape, 0, axis);
  step.inner = product(x.shape, axis, x.shape.rank());
  step.per_element = true;
  step.epsilon = norm.epsilon;
  const Shape normalised(std::vector<int64_t>(x.shape.begin() + axis, x.shape.end()));
  auto parameter = [&](size_t slot) -> std::optional<View> {
    if (slot >= node.inputs.size() || !node.inputs[slot]) return std::nullopt;
    const Tensor& t = context.tensor(node.inputs[slot]);
    if (t.shape.elements() == step.inner) return context.planar(node.inputs[slot]);
    if (!t.constant)
      fail(describe(node), "LayerNormalization with computed scale or bias that must be broadcast is not supported");
    // A constant that broadcasts is written out once per element.
    const std::span<const float> values = t.constant->values<float>();
    std::vector<float> wide(step.inner);
    const std::vector<int64_t> strides = row_major_strides(normalised), own = row_major_strides(t.shape);
    for (int64_t i = 0; i < step.inner; ++i) {
      int64_t offset = 0;
      for (size_t d = 0; d < t.shape.rank(); ++d) {
        const size_t wide_axis = normalised.rank() - t.shape.rank() + d;
        const int64_t index = i / strides[wide_axis] % normalised[wide_axis];
        if (t.shape[d] != 1) offset += index * own[d];
      }
      wide[i] = values[offset];
    }
    View view;
    view.weight = context.add_floats(t.name + "_wide", std::move(wide));
    view.shape = normalised;
    return view;
  };
  step.scale = parameter(1);
  step.bias = parameter(2);
  step.y = context.planar_result(node.outputs[0]);
  if (node.outputs.size() > 1 && node.outputs[1]) step.mean = context.planar_result(node.outputs[1]);
  if (node.outputs.size() > 2 && node.outputs[2]) step.inverse_deviation = context.planar_result(node.outputs[2]);
  context.add_step(node, "layer_norm  " + x.shape.text(), step);
}

void emit_group_norm(Context& context, const Node& node, const GroupNorm& norm) {
  const View x = context.planar(node.inputs[0]), scale = context.planar(node.inputs[1]),
             bias = context.planar(node.inputs[2]);
  NormalizeStep step;
  step.x = x;
  step.y = context.planar_result(node.outputs[0]);
  step.scale = scale;
  step.bias = bias;
  step.outer = x.shape[0];
  step.channels = x.shape[1];
  step.inner = product(x.shape, 2, x.shape.rank());
  step.groups = norm.groups;
  step.epsilon = norm.epsilon;
  context.add_step(node, fmt::format("group_norm {} groups  {}", norm.groups, x.shape.text()), step);
}

void emit_batch_norm(Context& context, const Node& node, const BatchNorm& norm) {
  BatchStatisticsStep step;
  step.training = norm.training;
  step.x = context.planar(node.inputs[0]);
  step.scale = context.planar(node.inputs[1]);
  step.bias = context.planar(node.inputs[2]);
  step.running_mean = context.planar(node.inputs[3]);
  step.running_variance = context.planar(node.inputs[4]);
  step.y = context.planar_result(node.outputs[0]);
  if (node.outputs.size() > 1 && node.outputs[1]) step.mean_output = context.planar_result(node.outputs[1]);
  if (node.outputs.size() > 2 && node.outputs[2]) step.variance_output = context.planar_result(node.outputs[2]);
  step.outer = step.x.shape[0];
  step.channels = step.x.shape[1];
  step.inner = product(step.x.shape, 2, step.x.shape.rank());
  step.epsilon = norm.epsilon;
  step.momentum = norm.momentum;
  context.add_step(node, (norm.training ? "batch_norm with batch statistics  " : "batch_norm  ") + step.x.shape.text(),
                   step);
}

void emit_gemm(Context& context, const Node& node, const Gemm& gemm) {
  MatMulStep step;
  step.a = context.planar(node.inputs[0]);
  step.b = context.planar(node.inputs[1]);
  if (node.inputs.size() > 2 && node.inputs[2]) step.c = context.planar(node.inputs[2]);
  if (gemm.epilogue.residual) internal_error("a Gemm with computed weights has a residual");
  step.y = context.planar_result(node.outputs[0]);
  step.m = step.y.shape[0];
  step.n = step.y.shape[1];
  step.k = step.a.shape[gemm.trans_a ? 0 : 1];
  step.a_row = gemm.trans_a ? 1 : step.a.shape[1];
  step.a_column = gemm.trans_a ? step.a.shape[1] : 1;
  step.b_row = gemm.trans_b ? 1 : step.b.shape[1];
  step.b_column = gemm.trans_b ? step.b.shape[1] : 1;
  if (step.c) {
    const Shape& c = step.c->shape;
    const int64_t columns = c.rank() == 0 ? 1 : c[c.rank() - 1], rows = c.rank() < 2 ? 1 : c[0];
    step.c_row = rows == 1 ? 0 : columns;
    step.c_column = columns == 1 ? 0 : 1;
  }
  step.alpha = gemm.alpha;
  step.beta = gemm.beta;
  step.epilogue = gemm.epilogue;
  context.add_step(node, fmt::format("gemm  {} x {}", step.a.shape.text(), step.b.shape.text()), step,
                   step.m * step.n * step.k);
}

void emit_matmul(Context& context, const Node& node) {
  MatMulStep step;
  step.a = context.planar(node.inputs[0]);
  step.b = context.planar(node.inputs[1]);
  step.y = context.planar_result(node.outputs[0]);
  std::vector<int64_t> a = step.a.shape.extents(), b = step.b.shape.extents();
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  step.m = a[a.size() - 2];
  step.k = a.back();
  step.n = b.back();
  step.a_row = step.k;
  step.a_column = 1;
  step.b_row = step.n;
  step.b_column = 1;
  const size_t batch_rank = std::max(a.size(), b.size()) - 2;
  auto batch_strides = [&](const std::vector<int64_t>& extents) {
    std::vector<int64_t> strides(batch_rank, 0);
    int64_t stride = extents[extents.size() - 1] * extents[extents.size() - 2];
    for (size_t i = extents.size() - 2; i-- > 0;) {
      if (extents[i] != 1) strides[batch_rank - (extents.size() - 2) + i] = stride;
      stride *= extents[i];
    }
    return strides;
  };
  for (size_t i = 0; i < batch_rank; ++i) {
    const size_t from_end = batch_rank - i;
    const int64_t left = from_end + 2 <= a.size() ? a[a.size() - 2 - from_end] : 1,
                  right = from_end + 2 <= b.size() ? b[b.size() - 2 - from_end] : 1;
    step.batch_extents.push_back(left == 1 ? right : left);
  }
  step.a_strides = batch_strides(a);
  step.b_strides = batch_strides(b);
  const int64_t batches =
      std::accumulate(step.batch_extents.begin(), step.batch_extents.end(), int64_t{1}, std::multiplies<>());
  context.add_step(node, fmt::format("matmul  {} x {}", step.a.shape.text(), step.b.shape.text()), step,
                   batches * step.m * step.n * step.k);
}

void emit_pool(Context& context, const Node& node, const Pool& pool) {
  if (pool.kind != PoolKind::max) internal_error("a pool other than max asks for indices");
  PlanarPoolStep step;
  step.x = context.planar(node.inputs[0]);
  step.y = context.planar_result(node.outputs[0]);
  if (node.outputs.size() > 1 && node.outputs[1]) step.indices = context.planar_result(node.outputs[1]);
  step.window = window_2d(pool.window);
  step.storage_order = pool.storage_order;
  context.add_step(node, "max_pool with indices  " + shapes(step.x, step.y), step);
}

}  // namespace

void emit_planar(Context& context, const Node& node) {
  const TensorId y = node.outputs[0];
  if (const Concat* op = std::get_if<Concat>(&node.op)) return emit_concat(context, node, *op);
  if (const Slice* op = std::get_if<Slice>(&node.op)) return emit_slice(context, node, *op);
  if (const Pad* op = std::get_if<Pad>(&node.op)) return emit_pad(context, node, *op);
  if (const Transpose* op = std::get_if<Transpose>(&node.op)) return emit_transpose(context, node, *op);
  if (std::holds_alternative<Expand>(node.op)) return emit_expand(context, node);
  if (const Tile* op = std::get_if<Tile>(&node.op)) return emit_tile(context, node, *op);
  if (const Resize* op = std::get_if<Resize>(&node.op)) return emit_resize(context, node, *op);
  if (const Reduce* op = std::get_if<Reduce>(&node.op)) return emit_reduce(context, node, *op);
  if (const LayerNorm* op = std::get_if<LayerNorm>(&node.op)) return emit_layer_norm(context, node, *op);
  if (const GroupNorm* op = std::get_if<GroupNorm>(&node.op)) return emit_group_norm(context, node, *op);
  if (const BatchNorm* op = std::get_if<BatchNorm>(&node.op)) return emit_batch_norm(context, node, *op);
  if (const Gemm* op = std::get_if<Gemm>(&node.op)) return emit_gemm(context, node, *op);
  if (std::holds_alternative<MatMul>(node.op)) return emit_matmul(context, node);
  if (const Pool* op = std::get_if<Pool>(&node.op)) return emit_pool(context, node, *op);
  if (const Softmax* op = std::get_if<Softmax>(&node.op)) {
    const View x = context.planar(node.inputs[0]), result = context.planar_result(y);
    const auto axis = static_cast<size_t>(op->axis);
    context.add_step(node, fmt::format("{}  {}", operator_name(node.op), x.shape.text()),
                     SoftmaxStep{op->log, x, result, product(x.shape, 0, axis), x.shape[axis],
                                 product(x.shape, axis + 1, x.shape.rank())});
    return;
  }
  if (const ArgReduce* op = std::get_if<ArgReduce>(&node.op)) {
    const View x = context.planar(node.inputs[0]), result = context.planar_result(y);
    const auto axis = static_cast<size_t>(op->axis);
    context.add_step(node, fmt::format("{}  {}", operator_name(node.op), shapes(x, result)),
                     ArgReduceStep{op->max, op->select_last_index, x, result, product(x.shape, 0, axis), x.shape[axis],
                                   product(x.shape, axis + 1, x.shape.rank())});
    return;
  }
  if (const Gather* op = std::get_if<Gather>(&node.op)) {
    const View x = context.planar(node.inputs[0]), indices = context.planar(node.inputs[1]),
               result = context.planar_result(y);
    const auto axis = static_cast<size_t>(op->axis);
    context.add_step(node, "gather  " + shapes(x, result),
                     GatherStep{x, indices, result, product(x.shape, 0, axis), x.shape[axis],
                                product(x.shape, axis + 1, x.shape.rank())});
    return;
  }
  fail(describe(node), fmt::format("{} is not supported by any kernel", operator_name(node.op)));
}

}  // namespace intaglio::lowering
