// ConvTranspose: one layer (layer.h) per phase of its stride, each writing every stride-th row and pixel of the result.
// Input and result are blocked.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <cstdlib>

#include "ir/tap_ranges.h"
#include "lowering/layer.h"
#include "lowering/node_check.h"
#include "lowering/rules.h"

namespace intaglio::lowering {

namespace {

/// Taps of one phase of a transposed convolution along one axis: output o = phase + i * stride reads input
/// i + first - j * step through kernel index kernel[j], j ascending.
struct Phase {
  std::vector<int64_t> kernel;
  int64_t first = 0, step = 0, outputs = 0;
};

/// Taps at both ends that meet only padding go.
void drop_padding_taps(Phase& phase, int64_t in) {
  const auto kernel = static_cast<int64_t>(phase.kernel.size());
  const Taps taps = meeting_taps({kernel, 1, -phase.step, -phase.first, in, phase.outputs});
  if (taps.count == 0) return;
  phase.first -= taps.first * phase.step;
  phase.kernel.erase(phase.kernel.begin() + taps.first + taps.count, phase.kernel.end());
  phase.kernel.erase(phase.kernel.begin(), phase.kernel.begin() + taps.first);
}

Phase transposed_phase(int64_t phase, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad, int64_t in,
                       int64_t out) {
  Phase result;
  result.outputs = phase < out ? (out - phase + stride - 1) / stride : 0;
  for (int64_t k = 0; k < kernel; ++k) {
    const int64_t at = phase + pad - k * dilation;
    if ((at % stride + stride) % stride != 0) continue;
    const int64_t input = at >= 0 ? at / stride : -((-at) / stride);
    if (result.kernel.empty())
      result.first = input;
    else if (result.kernel.size() == 1)
      result.step = result.first - input;
    result.kernel.push_back(k);
  }
  drop_padding_taps(result, in);
  return result;
}

/// The part of a transposed convolution that writes every stride-th row and pixel of the result from (y, x) on.
struct TransposedPart {
  int64_t y = 0, x = 0;
  Phase rows, columns;
  Window2d window;
};

std::vector<TransposedPart> transposed_parts(const Context& context, const Node& node) {
  const Window2d window = window_2d(std::get<ConvTranspose>(node.op).window);
  const Extents in = image_extents(context.tensor(node.inputs[0]).shape),
                out = image_extents(context.tensor(node.outputs[0]).shape);
  std::vector<TransposedPart> parts;
  for (int64_t py = 0; py < window.stride_h; ++py) {
    for (int64_t px = 0; px < window.stride_w; ++px) {
      const Phase rows =
          transposed_phase(py, window.kernel_h, window.stride_h, window.dilation_h, window.pad_top, in.h, out.h);
      const Phase columns =
          transposed_phase(px, window.kernel_w, window.stride_w, window.dilation_w, window.pad_left, in.w, out.w);
      if (rows.outputs == 0 || columns.outputs == 0) continue;
      const Window2d phase{static_cast<int64_t>(rows.kernel.size()),
                           static_cast<int64_t>(columns.kernel.size()),
                           1,
                           1,
                           -rows.step,
                           -columns.step,
                           -rows.first,
                           -columns.first,
                           std::abs(rows.step) > 1,
                           std::abs(columns.step) > 1};
      parts.push_back({py, px, rows, columns, phase});
    }
  }
  return parts;
}

Wishes transposed_wishes(const Context&, const Node& node) {
  Wishes wishes{true, {node.inputs[0]}};
  if (std::get<ConvTranspose>(node.op).epilogue.residual) wishes.operands.push_back(node.inputs.back());
  return wishes;
}

std::vector<TensorId> transposed_lanes(const Context& context, const Node& node) {
  const ConvTranspose& conv = std::get<ConvTranspose>(node.op);
  return convolution_lanes(context, node, conv.group, conv.epilogue);
}

Border transposed_border(const Context& context, const Node& node) {
  const Extents in = image_extents(context.tensor(node.inputs[0]).shape);
  Border border;
  for (const TransposedPart& part : transposed_parts(context, node))
    border.widen(window_border(part.window, in, {1, 1, part.rows.outputs, part.columns.outputs}));
  return border;
}

std::vector<std::optional<ConvolutionLayer>> transposed_layers(const Context& context, const Node& node) {
  const ConvTranspose& conv = std::get<ConvTranspose>(node.op);
  Layer layer = without_views(context, node, false, conv.epilogue);
  layer.groups = conv.group;
  layer.weights.outputs = context.tensor(node.outputs[0]).shape[1];
  layer.weights.group_inputs = context.tensor(node.inputs[0]).shape[1] / conv.group;
  std::vector<std::optional<ConvolutionLayer>> layers;
  for (const TransposedPart& part : transposed_parts(context, node)) {
    layer.window = part.window;
    layer.y.height = part.rows.outputs;
    layer.y.width = part.columns.outputs;
    layers.push_back(with_choice(context, layer));
  }
  return layers;
}

void emit_conv_transpose(Context& context, const Node& node) {
  const ConvTranspose& conv = std::get<ConvTranspose>(node.op);
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  std::optional<View> residual;
  if (conv.epilogue.residual) residual = context.blocked(node.inputs.back());
  const TensorData w = *constant_operand(context, node, 1);
  const std::span<const float> bias = constant_bias(context, node);
  const Window2d window = window_2d(conv.window);
  const int64_t inputs = x.channels(), outputs = y.channels(), group_inputs = inputs / conv.group,
                group_outputs = outputs / conv.group;
  if (y.border_top + y.border_left + y.border_bottom + y.border_right > 0) {
    context.add_step(node, "clear the border", ClearBorderStep{y});
  }
  for (const TransposedPart& part : transposed_parts(context, node)) {
    const Phase &rows = part.rows, &columns = part.columns;
    const int64_t kernel_h = part.window.kernel_h, kernel_w = part.window.kernel_w;
    const Shape shape{outputs, group_inputs, kernel_h, kernel_w};
    const WeightData values(ElementType::float32, shape, [=] {
      const WeightsView view{w.values<float>(), inputs, group_outputs, window.kernel_h, window.kernel_w};
      std::vector<float> taps;
      taps.reserve(shape.elements());
      for (int64_t o = 0; o < outputs; ++o) {
        for (int64_t i = 0; i < group_inputs; ++i) {
          const int64_t input = o / group_outputs * group_inputs + i;
          for (int64_t ky : rows.kernel) {
            for (int64_t kx : columns.kernel) taps.push_back(view.at(input, o % group_outputs, ky, kx));
          }
        }
      }
      return TensorData::of(shape, std::move(taps));
    });
    auto phase_view = [&](View view) {
      view.offset += part.y * view.row_stride + part.x * view.pixel_stride;
      view.row_stride *= window.stride_h;
      view.pixel_stride *= window.stride_w;
      view.height = rows.outputs;
      view.width = columns.outputs;
      view.border_top = view.border_left = view.border_bottom = view.border_right = 0;
      return view;
    };
    Layer layer{x,           phase_view(y), {},
                part.window, conv.group,    {values, outputs, group_inputs, kernel_h, kernel_w},
                bias,        conv.epilogue, all_finite(w)};
    if (residual) layer.residual = phase_view(*residual);
    layer.what = "ConvTranspose " + describe_window(conv.window, conv.group);
    const size_t first = context.program.steps.size();
    emit_layer(context, node, layer);
    if (window.stride_h * window.stride_w == 1) continue;
    for (size_t i = first; i < context.program.steps.size(); ++i)
      context.program.steps[i].part = fmt::format("phase {},{}", part.y, part.x);
  }
}

}  // namespace

Rules transposed_convolution_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<ConvTranspose>,
       .check = constant_weights,
       .wishes = transposed_wishes,
       .same_lanes = transposed_lanes,
       .border = transposed_border,
       .layers = transposed_layers,
       .blocked = emit_conv_transpose},
  };
  return rows;
}

}  // namespace intaglio::lowering
