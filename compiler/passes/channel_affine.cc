// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/channel_affine.h"

#include <algorithm>
#include <cmath>

#include "passes/rewrite.h"

namespace intaglio {

namespace {

constexpr size_t weights_slot = 1, bias_slot = 2;

const TensorData* float_constant(const Graph& graph, TensorId id) {
  const TensorData* data = constant_of(graph, id);
  return data && data->type() == ElementType::float32 ? data : nullptr;
}

/// Weights seen as [output channels][input channels][taps], whatever their order in memory.
struct WeightsView {
  int64_t outputs, inputs, taps;  ///< inputs: of one group
  int64_t groups = 1;
  int64_t output_stride, input_stride, tap_stride = 1,
                                       group_stride = 0;  ///< outputs count within their group if group_stride

  size_t at(int64_t output, int64_t input, int64_t tap) const {
    const int64_t group = output / (outputs / groups);
    const int64_t row = group_stride != 0 ? output % (outputs / groups) : output;
    return static_cast<size_t>(group * group_stride + row * output_stride + input * input_stride + tap * tap_stride);
  }
  /// The channel of the whole operand that output channel `output` meets as `input`.
  size_t operand_channel(int64_t output, int64_t input) const {
    return static_cast<size_t>(output / (outputs / groups) * inputs + input);
  }
};

std::optional<WeightsView> weights_view(const Graph& graph, const Node& node) {
  const Shape& w = graph[node.inputs[weights_slot]].shape;
  if (w.elements() == 0) return std::nullopt;
  if (const auto* conv = std::get_if<Conv>(&node.op)) {
    const int64_t taps = w.elements() / (w[0] * w[1]);
    return WeightsView{w[0], w[1], taps, conv->group, w[1] * taps, taps};
  }
  if (const auto* conv = std::get_if<ConvTranspose>(&node.op)) {  // [C, M / group, taps]
    const int64_t taps = w.elements() / (w[0] * w[1]), inputs = w[0] / conv->group;
    return WeightsView{w[1] * conv->group, inputs, taps, conv->group, taps, w[1] * taps, 1, inputs * w[1] * taps};
  }
  if (const auto* gemm = std::get_if<Gemm>(&node.op)) {
    if (gemm->trans_b) return WeightsView{w[0], w[1], 1, 1, w[1], 1};
    return WeightsView{w[1], w[0], 1, 1, 1, w[1]};
  }
  return std::nullopt;
}

/// The constant addend as one value per output channel (zeros when it is absent), Gemm's beta included.
std::optional<std::vector<double>> bias_values(const Graph& graph, const Node& node, int64_t channels) {
  const TensorId bias = operand(node, bias_slot);
  if (!bias) return std::vector<double>(static_cast<size_t>(channels), 0.0);
  const TensorData* data = float_constant(graph, bias);
  if (!data || data->shape().rank() > 2) return std::nullopt;
  if (data->shape().rank() == 2 && data->shape()[0] != 1) return std::nullopt;
  std::vector<double> values = broadcast_elements(*data, Shape{1, channels});
  if (const auto* gemm = std::get_if<Gemm>(&node.op)) {
    for (double& value : values) value *= gemm->beta;
  }
  return values;
}

const Epilogue* epilogue_of(const Node& node) {
  if (const auto* conv = std::get_if<Conv>(&node.op)) return &conv->epilogue;
  if (const auto* conv = std::get_if<ConvTranspose>(&node.op)) return &conv->epilogue;
  if (const auto* gemm = std::get_if<Gemm>(&node.op)) return &gemm->epilogue;
  return nullptr;
}

/// Stores new weights and bias, unless a value is not finite. A bias of zeros where there was none stays absent.
bool store(Graph& graph, const Uses& uses, NodeId id, std::vector<float> weights, const std::vector<double>& bias) {
  const Node& node = graph[id];
  const auto new_weights = finite_constant(graph[node.inputs[weights_slot]].shape, std::move(weights));
  const auto new_bias = rounded_constant(Shape{static_cast<int64_t>(bias.size())}, bias);
  if (!new_weights || !new_bias) return false;
  const bool has_bias = operand(node, bias_slot) || std::ranges::any_of(bias, [](double value) { return value != 0; });
  const std::string name = graph[node.outputs[0]].name + ".bias";
  set_constant(graph, uses, id, weights_slot, *new_weights, {});
  if (has_bias) set_constant(graph, uses, id, bias_slot, *new_bias, name);
  if (auto* gemm = std::get_if<Gemm>(&graph[id].op)) gemm->beta = 1;
  return true;
}

bool fold_after_group_norm(Graph& graph, const Uses& uses, NodeId id, const ChannelAffine& affine) {
  const TensorData *scale = float_constant(graph, graph[id].inputs[1]),
                   *bias = float_constant(graph, graph[id].inputs[2]);
  if (!scale || !bias) return false;
  std::vector<double> new_scale = scale->as_double(), new_bias = bias->as_double();
  for (size_t c = 0; c < new_scale.size(); ++c) {
    new_scale[c] *= affine.scale[c];
    new_bias[c] = new_bias[c] * affine.scale[c] + affine.shift[c];
  }
  return store(graph, uses, id, std::vector<float>(new_scale.begin(), new_scale.end()), new_bias);
}

}  // namespace

std::optional<ChannelAffine> affine_of_batch_norm(const Graph& graph, NodeId id) {
  const BatchNorm* norm = get_if<BatchNorm>(graph, id);
  if (!norm || norm->training || graph[graph[id].outputs[0]].type != ElementType::float32) return std::nullopt;
  std::vector<std::vector<double>> parameters;  // scale, bias, mean, variance
  for (size_t slot = 1; slot < 5; ++slot) {
    const TensorData* data = float_constant(graph, graph[id].inputs[slot]);
    if (!data) return std::nullopt;
    parameters.push_back(data->as_double());
  }
  ChannelAffine affine;
  for (size_t c = 0; c < parameters[0].size(); ++c) {
    const double scale = parameters[0][c] / std::sqrt(parameters[3][c] + norm->epsilon);
    affine.scale.push_back(scale);
    affine.shift.push_back(parameters[1][c] - parameters[2][c] * scale);
  }
  return affine;
}

std::optional<ScaledOperand> affine_of_binary(const Graph& graph, NodeId id) {
  const Binary* binary = get_if<Binary>(graph, id);
  if (!binary) return std::nullopt;
  const Node& node = graph[id];
  const Shape& y = graph[node.outputs[0]].shape;
  const bool constant_left = float_constant(graph, node.inputs[0]) != nullptr;
  const TensorId x = node.inputs[constant_left ? 1 : 0];
  const TensorData* data = float_constant(graph, node.inputs[constant_left ? 0 : 1]);
  if (!data || constant_of(graph, x) || graph[x].shape != y || y.rank() < 2) return std::nullopt;
  for (size_t from_end = 1; from_end <= data->shape().rank(); ++from_end) {
    const bool is_channel_axis = y.rank() - from_end == 1;
    if (!is_channel_axis && data->shape()[data->shape().rank() - from_end] != 1) return std::nullopt;
  }
  std::vector<int64_t> channels_only(y.rank(), 1);
  channels_only[1] = y[1];
  const std::vector<double> values = broadcast_elements(*data, Shape(channels_only));
  ScaledOperand result{x, {}};
  for (double value : values) {
    double scale = 1, shift = 0;
    switch (binary->kind) {
      case BinaryKind::add:
        shift = value;
        break;
      case BinaryKind::sub:
        shift = constant_left ? value : -value;
        scale = constant_left ? -1 : 1;
        break;
      case BinaryKind::mul:
        scale = value;
        break;
      case BinaryKind::div:
        if (constant_left || value == 0) return std::nullopt;
        scale = 1 / value;
        break;
      default:
        return std::nullopt;
    }
    result.affine.scale.push_back(scale);
    result.affine.shift.push_back(shift);
  }
  return result;
}

bool fold_after(Graph& graph, const Uses& uses, NodeId producer, const ChannelAffine& affine) {
  if (get_if<GroupNorm>(graph, producer)) return fold_after_group_norm(graph, uses, producer, affine);
  const Node& node = graph[producer];
  const Epilogue* epilogue = epilogue_of(node);
  if (!epilogue || *epilogue != Epilogue{}) return false;
  const TensorData* weights = float_constant(graph, node.inputs[weights_slot]);
  if (!weights) return false;
  const auto view = weights_view(graph, node);
  if (!view) return false;
  auto bias = bias_values(graph, node, view->outputs);
  if (!bias) return false;

  const std::span<const float> old = weights->values<float>();
  std::vector<float> values(old.size());
  for (int64_t m = 0; m < view->outputs; ++m) {
    const size_t channel = static_cast<size_t>(m);
    for (int64_t c = 0; c < view->inputs; ++c) {
      for (int64_t tap = 0; tap < view->taps; ++tap) {
        const size_t at = view->at(m, c, tap);
        values[at] = static_cast<float>(old[at] * affine.scale[channel]);
      }
    }
    (*bias)[channel] = (*bias)[channel] * affine.scale[channel] + affine.shift[channel];
  }
  return store(graph, uses, producer, std::move(values), *bias);
}

bool fold_before(Graph& graph, const Uses& uses, NodeId consumer, const ChannelAffine& affine) {
  const Node& node = graph[consumer];
  if (!epilogue_of(node)) return false;
  const TensorData* weights = float_constant(graph, node.inputs[weights_slot]);
  if (!weights) return false;
  const auto view = weights_view(graph, node);
  if (!view) return false;
  const Gemm* gemm = std::get_if<Gemm>(&node.op);
  if (gemm && gemm->trans_a) return false;
  auto is_zero = [](auto value) { return value == 0; };
  if (!std::ranges::all_of(affine.shift, is_zero)) {
    const Conv* conv = std::get_if<Conv>(&node.op);
    const bool unpadded = conv && std::ranges::all_of(conv->window.pads_begin, is_zero) &&
                          std::ranges::all_of(conv->window.pads_end, is_zero);
    if (!unpadded && !gemm) return false;
  }
  auto bias = bias_values(graph, node, view->outputs);
  if (!bias) return false;

  const double alpha = gemm ? gemm->alpha : 1;
  const std::span<const float> old = weights->values<float>();
  std::vector<float> values(old.size());
  for (int64_t m = 0; m < view->outputs; ++m) {
    for (int64_t c = 0; c < view->inputs; ++c) {
      const size_t channel = view->operand_channel(m, c);
      for (int64_t tap = 0; tap < view->taps; ++tap) {
        const size_t at = view->at(m, c, tap);
        const double weight = old[at];
        (*bias)[static_cast<size_t>(m)] += alpha * weight * affine.shift[channel];
        values[at] = static_cast<float>(weight * affine.scale[channel]);
      }
    }
  }
  return store(graph, uses, consumer, std::move(values), *bias);
}

}  // namespace intaglio
