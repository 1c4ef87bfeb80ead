// BatchNorm, GroupNorm, LayerNorm, Softmax: planar, but for a GroupNorm of a blocked tensor in fast numerics.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "lowering/node_check.h"
#include "lowering/pack.h"
#include "lowering/rules.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

Wishes group_norm_wishes(const Context& context, const Node& node) {
  const bool constants = context.is_constant(node.inputs[1]) && context.is_constant(node.inputs[2]);
  if (!context.reads_blocked(node.inputs[0]) || !constants || context.options.strict()) return {};
  return {true, {node.inputs[0]}};
}

void emit_blocked_group_norm(Context& context, const Node& node) {
  const GroupNorm& norm = std::get<GroupNorm>(node.op);
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

void emit_planar_group_norm(Context& context, const Node& node) {
  const GroupNorm& norm = std::get<GroupNorm>(node.op);
  const View x = context.planar(node.inputs[0]), scale = context.planar(node.inputs[1]),
             bias = context.planar(node.inputs[2]);
  NormalizeStep step;
  step.x = x;
  step.y = context.planar_result(node.outputs[0]);
  step.scale = scale;
  step.bias = bias;
  step.outer = x.shape[0];
  step.channels = x.shape[1];
  step.inner = elements(x.shape, 2, x.shape.rank());
  step.groups = norm.groups;
  step.epsilon = norm.epsilon;
  context.add_step(node, fmt::format("group_norm {} groups  {}", norm.groups, x.shape.text()), step);
}

void emit_layer_norm(Context& context, const Node& node) {
  const LayerNorm& norm = std::get<LayerNorm>(node.op);
  const View x = context.planar(node.inputs[0]);
  const auto axis = static_cast<size_t>(norm.axis);
  NormalizeStep step;
  step.x = x;
  step.outer = elements(x.shape, 0, axis);
  step.inner = elements(x.shape, axis, x.shape.rank());
  step.per_element = true;
  step.epsilon = norm.epsilon;
  const Shape normalised(std::vector<int64_t>(x.shape.begin() + axis, x.shape.end()));
  auto parameter = [&](size_t slot) -> std::optional<View> {
    if (slot >= node.inputs.size() || !node.inputs[slot]) return std::nullopt;
    const Tensor& t = context.tensor(node.inputs[slot]);
    if (t.shape.elements() == step.inner) return context.planar(node.inputs[slot]);
    require(t.constant.has_value(), "a scale or bias that is computed and must be broadcast reached lowering");
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

void emit_batch_norm(Context& context, const Node& node) {
  const BatchNorm& norm = std::get<BatchNorm>(node.op);
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
  step.inner = elements(step.x.shape, 2, step.x.shape.rank());
  step.epsilon = norm.epsilon;
  step.momentum = norm.momentum;
  context.add_step(node, (norm.training ? "batch_norm with batch statistics  " : "batch_norm  ") + step.x.shape.text(),
                   step);
}

/// Fast numerics compute each exponential once. Rows of less than 8 elements stay as they are: their vectors are partial.
void choose_form(SoftmaxStep& step, Numerics numerics) {
  if (numerics == Numerics::strict || (step.inner == 1 && step.extent < lanes_per_block)) return;
  // Two turns take less time than the sums and maxima across the lanes of eight short rows.
  constexpr int64_t short_row = 24;
  const bool turns = step.inner == 1 && step.extent < short_row && step.outer >= lanes_per_block;
  step.form = turns ? SoftmaxForm::transposed : SoftmaxForm::stored;
  // While the rows stay in the first-level cache, those of eight hide each other's latencies.
  constexpr int64_t row_together = 512;
  step.rows_together = step.extent <= row_together ? lanes_per_block : 1;
}

void emit_softmax(Context& context, const Node& node) {
  const Softmax& softmax = std::get<Softmax>(node.op);
  const View x = context.planar(node.inputs[0]), y = context.planar_result(node.outputs[0]);
  const auto axis = static_cast<size_t>(softmax.axis);
  SoftmaxStep step{
      softmax.log, x, y, elements(x.shape, 0, axis), x.shape[axis], elements(x.shape, axis + 1, x.shape.rank())};
  choose_form(step, context.options.numerics);
  context.add_step(node, fmt::format("{}  {}", operator_name(node.op), x.shape.text()), step);
}

/// Scale and bias that must be broadcast are constants: lowering spreads them.
void check_layer_norm(NodeCheck& check) {
  check.floats();
  const Node& node = check.node();
  const Shape& x = check.shape(0);
  const int64_t normalised = elements(x, static_cast<size_t>(std::get<LayerNorm>(node.op).axis), x.rank());
  for (size_t slot = 1; slot < node.inputs.size(); ++slot) {
    const TensorId id = node.inputs[slot];
    if (!id || check.is_constant(id) || check.graph()[id].shape.elements() == normalised) continue;
    check.add(fmt::format("the {} '{}' of LayerNormalization is computed at run time and must be broadcast",
                          slot == 1 ? "scale" : "bias", check.graph()[id].name),
              "expand it to the normalised shape, or bind it to a constant with --bind");
  }
}

}  // namespace

Rules normalization_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<GroupNorm>,
       .check = floats_only,
       .wishes = group_norm_wishes,
       .same_lanes = lanes_of_input,
       .blocked = emit_blocked_group_norm,
       .planar = emit_planar_group_norm},
      {.op = operator_index<LayerNorm>, .check = check_layer_norm, .planar = emit_layer_norm},
      {.op = operator_index<BatchNorm>, .check = floats_only, .planar = emit_batch_norm},
      {.op = operator_index<Softmax>, .check = floats_only, .planar = emit_softmax},
  };
  return rows;
}

}  // namespace intaglio::lowering
