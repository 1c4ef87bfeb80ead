// Conv: one layer (layer.h), whose input is planar where it has few channels that nobody wrote blocked, as the first
// layer of most networks, else blocked with a border of zeros as wide as the padding. The result is blocked.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/tap_ranges.h"
#include "lowering/layer.h"
#include "lowering/node_check.h"
#include "lowering/rules.h"

namespace intaglio::lowering {

namespace {

/// Some taps along a dilated axis meet padding.
bool clipped(const Context& context, const Node& node) {
  const Extents in = image_extents(context.tensor(node.inputs[0]).shape),
                out = image_extents(context.tensor(node.outputs[0]).shape);
  View x, y;
  x.height = in.h, x.width = in.w, y.height = out.h, y.width = out.w;
  return is_clipped(window_2d(std::get<Conv>(node.op).window), x, y);
}

/// The kernel reads its planar input directly.
bool reads_planar(const Context& context, const Node& node) {
  const Conv& conv = std::get<Conv>(node.op);
  const TensorId x = node.inputs[0];
  const bool cropped = conv.window.pads_begin.back() < 0;  // the kernel copies whole rows, and pads them
  return context.options.enabled(Switch::planar_convolution) && !context.reads_blocked(x) && conv.group == 1 &&
         !cropped && !clipped(context, node) && !conv.epilogue.residual &&
         context.tensor(x).shape[1] <= lanes_per_block && context.tensor(node.outputs[0]).shape[1] > 1;
}

Window2d conv_window(const Context& context, const Node& node) {
  Window2d window = window_2d(std::get<Conv>(node.op).window);
  if (reads_planar(context, node)) window.clips_rows = window.clips_columns = false;
  return window;
}

Wishes conv_wishes(const Context& context, const Node& node) {
  Wishes wishes{true, {}};
  if (!reads_planar(context, node)) wishes.operands.push_back(node.inputs[0]);
  if (std::get<Conv>(node.op).epilogue.residual) wishes.operands.push_back(node.inputs.back());
  return wishes;
}

std::vector<TensorId> conv_lanes(const Context& context, const Node& node) {
  const Conv& conv = std::get<Conv>(node.op);
  return convolution_lanes(context, node, conv.group, conv.epilogue);
}

Border conv_border(const Context& context, const Node& node) {
  if (reads_planar(context, node)) return {};
  return window_border(window_2d(std::get<Conv>(node.op).window), image_extents(context.tensor(node.inputs[0]).shape),
                       image_extents(context.tensor(node.outputs[0]).shape));
}

/// Shape of the weights, as [outputs][inputs per group][kernel_h][kernel_w].
ConvolutionWeights conv_weights(const Context& context, const Node& node, WeightData values) {
  const Shape& w = context.tensor(node.inputs[1]).shape;
  return {std::move(values), w[0], w[1], w.rank() == 4 ? w[2] : 1, w[w.rank() - 1]};
}

std::vector<std::optional<ConvolutionLayer>> conv_layers(const Context& context, const Node& node) {
  const Conv& conv = std::get<Conv>(node.op);
  Layer layer = without_views(context, node, reads_planar(context, node), conv.epilogue);
  layer.window = conv_window(context, node);
  layer.groups = conv.group;
  layer.weights = conv_weights(context, node, {});
  return {with_choice(context, layer)};
}

void emit_conv(Context& context, const Node& node) {
  const Conv& conv = std::get<Conv>(node.op);
  const TensorId x = node.inputs[0];
  const TensorData& values = *constant_operand(context, node, 1);
  Layer layer;
  layer.what = "Conv " + describe_window(conv.window, conv.group);
  layer.window = conv_window(context, node);
  layer.groups = conv.group;
  layer.weights = conv_weights(context, node, values);
  layer.bias = constant_bias(context, node);
  layer.epilogue = conv.epilogue;
  layer.finite_weights = all_finite(values);
  layer.x = reads_planar(context, node) ? context.planar(x) : context.blocked(x);
  if (conv.epilogue.residual) layer.residual = context.blocked(node.inputs.back());
  layer.y = context.blocked_result(node.outputs[0]);
  emit_layer(context, node, layer);
}

}  // namespace

Rules convolution_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<Conv>,
       .check = constant_weights,
       .wishes = conv_wishes,
       .same_lanes = conv_lanes,
       .border = conv_border,
       .layers = conv_layers,
       .blocked = emit_conv},
  };
  return rows;
}

}  // namespace intaglio::lowering
