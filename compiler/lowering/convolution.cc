// Convolutions: which kernel takes a layer, and its packed weights. A transposed convolution is one convolution per
// phase of its stride, each writing every stride-th row and pixel of the result.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ir/panels.h"
#include "lowering/choices.h"
#include "lowering/context.h"
#include "lowering/pack.h"
#include "lowering/strassen.h"
#include "lowering/winograd.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

/// One convolution over blocked views, whatever node it comes from.
struct Layer {
  View x, y;
  std::optional<View> residual;
  Window2d window;
  int64_t groups = 1;
  ConvolutionWeights weights;
  std::span<const float> bias;  ///< per output channel, or empty
  Epilogue epilogue;
  bool finite_weights = true;  ///< of the whole node
};

bool all_finite(const TensorData& weights) {
  return std::ranges::all_of(weights.values<float>(), [](float weight) { return std::isfinite(weight); });
}

std::string describe_layer(const Layer& layer, const char* what) {
  const Window2d& w = layer.window;
  std::string text = fmt::format("{} {}x{}", what, w.kernel_h, w.kernel_w);
  if (w.stride_h != 1 || w.stride_w != 1) text += fmt::format(" s{}x{}", w.stride_h, w.stride_w);
  if (layer.groups > 1) text += fmt::format(" g{}", layer.groups);
  text += fmt::format("  {} -> {}", layer.x.shape.text(), layer.y.shape.text());
  auto append = [&](const Unary& unary) {
    if (unary.kind != UnaryKind::identity) text += fmt::format(" + {}", unary_name(unary.kind));
  };
  append(layer.epilogue.activation);
  if (layer.epilogue.residual) text += " + residual";
  append(layer.epilogue.final_activation);
  return text;
}

/// The segments of one group, when every group fills whole blocks (or there is one).
bool whole_block_groups(const Layer& layer) {
  if (layer.groups == 1) return true;
  return layer.x.segments.size() == 1 && layer.y.segments.size() == 1 &&
         layer.x.channels() / layer.groups % lanes_per_block == 0 &&
         layer.y.channels() / layer.groups % lanes_per_block == 0;
}

/// Copy of a view whose channels lie without gaps, for kernels that mix channels in the order of whole blocks.
View without_gaps(Context& context, const Node& node, const View& x, const Border& border) {
  const View y = context.fresh_blocked(display_name(context.graph, node) + "_dense", x.shape, {x.channels()}, border);
  std::vector<int64_t> channels(x.channels());
  std::iota(channels.begin(), channels.end(), 0);
  context.add_step(node, fmt::format("close gap lanes: {}", x.shape.text()), BlockedCopyStep{x, y, channels});
  return y;
}

/// The pixels of x that a 1x1 convolution with strides in two dimensions and the result y reads.
View subsampled(Context& context, const Node& node, const View& x, const Window2d& window, const View& y) {
  std::vector<int64_t> extents = {x.batch, x.channels(), y.height, y.width};
  if (x.shape.rank() == 3) extents.erase(extents.begin() + 2);
  const View pixels =
      context.fresh_blocked(display_name(context.graph, node) + "_pixels", Shape(extents), x.segments, {});
  std::vector<int64_t> channels(x.channels());
  std::iota(channels.begin(), channels.end(), 0);
  context.add_step(
      node, fmt::format("subsample: {} -> {}", x.shape.text(), pixels.shape.text()),
      BlockedCopyStep{x, pixels, channels, -window.pad_top, -window.pad_left, window.stride_h, window.stride_w});
  return pixels;
}

int64_t layer_macs(const Layer& layer) {
  return layer.y.batch * layer.y.channels() * layer.y.height * layer.y.width * layer.weights.group_inputs *
         layer.window.kernel_h * layer.window.kernel_w;
}

/// Channels whose transformed weights for one panel take no more than a part of L2, beside v.
int64_t plain_reduction_block(const WinogradStep& step, const Target& target) {
  constexpr int64_t fewest = 32, most = 64;
  const int64_t bytes_per_channel = winograd_points(step) * winograd_output_blocks(step) * lanes_per_block * 4;
  return std::clamp(target.l2_bytes * 3 / 8 / bytes_per_channel / lanes_per_block * lanes_per_block, fewest, most);
}

void emit_winograd(Context& context, const Node& node, const Layer& layer, const ConvolutionChoice& choice,
                   WeightId bias, const char* what) {
  const std::string name = display_name(context.graph, node);
  WinogradStep step{layer.x,          layer.y, layer.residual, layer.window,  choice.outputs_h,
                    choice.outputs_w, {},      bias,           layer.epilogue};
  step.tiles = choice.tiles;
  step.tile_pixels = context.target.tile_pixels;
  step.panel_blocks = context.target.panel_blocks;
  if (step.panel_blocks == 2 &&
      (step.tiles == 4 || step.tiles == 8)) {  // register tiles of 4 pixels x 2 blocks would wait for their own sums
    step.tile_pixels = 4;
    step.panel_blocks = 3;
  }
  const int64_t phases = step.phases_h() * step.phases_w();
  if (layer.x.blocked()) {
    for (int64_t phase = 0; phase < phases; ++phase)
      step.segments.insert(step.segments.end(), layer.x.segments.begin(), layer.x.segments.end());
  } else {
    step.segments = {layer.weights.group_inputs * phases};
  }
  step.plain = choice.plain;
  const bool prepare = context.options.prepare && !step.plain;
  if (step.plain) {
    step.weights = context.add_weight(name, pack_plain_winograd(layer.weights, step, layer.y.segments));
    step.reduction_block = plain_reduction_block(step, context.target);
  } else {
    step.weights = context.add_weight(name, pack_winograd(layer.weights, step, layer.y.segments, !prepare));
    const int64_t stored = prepare ? step.taps_h() * step.taps_w() : winograd_points(step);
    step.point_weights = context.program[step.weights].data.elements() / stored;
  }
  if (prepare) {
    context.program.weights[step.weights.index()].preparation = winograd_preparation(step);
  }
  step.scratch =
      context.add_buffer(name + "_tiles", BufferKind::scratch, ElementType::float32, winograd_scratch_floats(step));
  context.add_step(node,
                   fmt::format("{}  winograd F({}x{}){}", describe_layer(layer, what), choice.outputs_h,
                               choice.outputs_w, step.plain ? " of plain weights" : ""),
                   step, layer_macs(layer));
}

/// Whether some lanes of the input or of the result are no channels; a planar input has none.
bool has_gaps(const Layer& layer) {
  const auto gap = [&](int64_t channels) { return channels % lanes_per_block != 0; };
  return std::ranges::any_of(layer.x.segments, gap) || std::ranges::any_of(layer.y.segments, gap);
}

void emit_strassen(Context& context, const Node& node, const Layer& layer, const ConvolutionChoice& choice,
                   WeightId bias, const char* what) {
  const std::string name = display_name(context.graph, node);
  StrassenStep step{layer.x, layer.y, layer.residual, {}, bias, layer.epilogue};
  step.pairs = (layer.y.height * layer.y.width + 1) / 2;
  step.tiles = choice.tiles;
  step.tile_pixels = context.target.tile_pixels;
  step.panel_blocks = context.target.panel_blocks;
  step.reduction_block = context.target.reduction_block;
  const bool prepare = context.options.prepare;
  step.weights = context.add_weight(name, pack_strassen(layer.weights, step.panel_blocks, !prepare));
  if (prepare) context.program.weights[step.weights.index()].preparation = strassen_preparation();
  step.scratch =
      context.add_buffer(name + "_products", BufferKind::scratch, ElementType::float32, strassen_scratch_floats(step));
  context.add_step(node, fmt::format("{}  strassen", describe_layer(layer, what)), step, layer_macs(layer));
}

ConvolutionLayer kind_of(const Context& context, const Layer& layer) {
  return {layer.window,
          layer.groups,
          layer.weights.group_inputs * layer.groups,
          layer.weights.outputs,
          layer.y.height,
          layer.y.width,
          !layer.x.blocked(),
          layer.residual.has_value(),
          has_gaps(layer),
          context.cached_weights,
          layer.finite_weights};
}

/// What choose_kernels or a tuning file chooses for the layer; steps from `first` on are part of it once they are
/// there.
class Chosen {
 public:
  Chosen(Context& context, const Layer& layer) : context_(context), first_(context.program.steps.size()) {
    const ConvolutionLayer kind = kind_of(context, layer);
    const auto ranked = context.kernels.find(kind.signature());
    const std::vector<Candidate> list = worth_measuring(
        ranked != context.kernels.end() ? ranked->second : candidates(kind, context.target, context.options), kind);
    KernelChoice made{kind.signature(), {}, {}};
    choice_ = list.front().choice;
    const auto tuned = context.options.tuning.find(made.layer);
    for (const Candidate& candidate : list) {
      made.candidates.push_back({candidate.choice.text(), candidate.cycles});
      if (tuned != context.options.tuning.end() && made.candidates.back().kernel == tuned->second)
        choice_ = candidate.choice;
    }
    made.chosen = choice_.text();
    std::vector<KernelChoice>& choices = context.program.choices;
    const auto known = std::ranges::find(choices, made.layer, &KernelChoice::layer);
    index_ = known - choices.begin();
    if (known == choices.end()) choices.push_back(std::move(made));
  }
  ~Chosen() {
    for (size_t i = first_; i < context_.program.steps.size(); ++i) context_.program.steps[i].choice = index_;
  }
  Chosen(const Chosen&) = delete;
  Chosen& operator=(const Chosen&) = delete;
  const ConvolutionChoice* operator->() const { return &choice_; }
  const ConvolutionChoice& operator*() const { return choice_; }

 private:
  Context& context_;
  size_t first_, index_ = 0;
  ConvolutionChoice choice_;
};

/// Which kernels may take a layer of blocked views.
enum class Family : uint8_t { depthwise, grouped, fully_connected, mixing };

Family family_of(const Context& context, const Layer& layer) {
  const int64_t taps = layer.window.kernel_h * layer.window.kernel_w;
  if (layer.groups > 1 && layer.weights.group_inputs == 1 && layer.groups == layer.y.channels() &&
      layer.x.segments == layer.y.segments)
    return Family::depthwise;
  // Groups of one block share every spread input between the columns of a kernel row; tiles of eight outputs cannot.
  const bool block_groups = !context.options.strict && layer.groups > 1 && layer.window.kernel_w > 1 &&
                            layer.weights.group_inputs == lanes_per_block &&
                            layer.y.channels() == layer.groups * lanes_per_block && layer.x.segments.size() == 1 &&
                            layer.y.segments.size() == 1;
  if (!whole_block_groups(layer) || block_groups) return Family::grouped;
  const bool one_pixel = layer.x.height == 1 && layer.x.width == 1 && layer.y.height == 1 && layer.y.width == 1;
  if (layer.groups == 1 && taps == 1 && one_pixel && layer.window.pad_top == 0 && layer.window.pad_left == 0)
    return Family::fully_connected;
  return Family::mixing;
}

void emit_layer(Context& context, const Node& node, Layer layer, const char* what) {
  const std::string name = display_name(context.graph, node);
  const WeightId bias = context.add_floats(name + "_bias", pack_lanes(layer.bias, layer.y.segments));
  const int64_t taps = layer.window.kernel_h * layer.window.kernel_w, macs = layer_macs(layer);
  const Family family = family_of(context, layer);
  if (family == Family::depthwise) {
    const WeightId weights = context.add_weight(name, pack_depthwise(layer.weights, layer.y.segments));
    context.add_step(node, describe_layer(layer, what),
                     DepthwiseStep{layer.x, layer.y, layer.residual, layer.window, weights, bias, layer.epilogue},
                     macs);
    return;
  }
  if (family == Family::grouped) {
    GroupedConvolutionStep step{layer.x, layer.y, layer.residual, layer.window, layer.weights.group_inputs,
                                0,       {},      bias,           {},           layer.epilogue};
    const int64_t group_outputs = layer.y.channels() / layer.groups;
    const bool dense = layer.x.segments.size() == 1 && layer.y.segments.size() == 1;
    if (dense && group_outputs == step.group_inputs &&
        (group_outputs == 2 || group_outputs == 4 || group_outputs == 8)) {
      step.spread = group_outputs;
    } else {
      if (layer.x.blocks() * layer.x.block_stride > std::numeric_limits<int32_t>::max()) {
        fail(describe(node), fmt::format("the input of {} is too large for a table of places with 32 bits", what),
             "choose a smaller input with --shape");
      }
      const std::vector<int64_t> input_lanes = channel_lanes(layer.x);
      std::vector<int32_t> sources(layer.y.blocks() * step.group_inputs * lanes_per_block, 0);
      const std::vector<int64_t> output_lanes = channel_lanes(layer.y);
      for (int64_t channel = 0; channel < layer.y.channels(); ++channel) {
        const int64_t lane = output_lanes[channel], group = channel / group_outputs;
        for (int64_t i = 0; i < step.group_inputs; ++i) {
          const int64_t input = input_lanes[group * step.group_inputs + i];
          sources[(lane / lanes_per_block * step.group_inputs + i) * lanes_per_block + lane % lanes_per_block] =
              static_cast<int32_t>(input / lanes_per_block * layer.x.block_stride + input % lanes_per_block);
        }
      }
      step.sources = context.add_indices(name + "_sources", std::move(sources));
    }
    step.weights = context.add_weight(name, pack_grouped(layer.weights, layer.y.segments));
    context.add_step(node, describe_layer(layer, what), step, macs);
    return;
  }
  if (family == Family::fully_connected) {
    const WeightId weights = context.add_weight(name, pack_fully_connected(layer.weights, layer.y.segments));
    context.add_step(node, describe_layer(layer, what),
                     FullyConnectedStep{layer.x, layer.y, layer.residual, weights, bias, layer.epilogue}, macs);
    return;
  }
  if (context.options.strict && taps > 1 && layer.x.segments.size() > 1) {
    // Strict numerics reduce logical channels in groups of eight, which must not straddle a gap.
    const Border border{layer.x.border_top, layer.x.border_left, layer.x.border_bottom, layer.x.border_right};
    layer.x = without_gaps(context, node, layer.x, border);
  }
  const Chosen choice(context, layer);
  if (choice->method == ConvolutionChoice::Method::winograd) {
    emit_winograd(context, node, layer, *choice, bias, what);
    return;
  }
  if (choice->subsample) {
    layer.x = subsampled(context, node, layer.x, layer.window, layer.y);
    layer.window = {};
  }
  if (choice->method == ConvolutionChoice::Method::strassen) {
    emit_strassen(context, node, layer, *choice, bias, what);
    return;
  }
  ConvolutionStep step{layer.x, layer.y, layer.residual, layer.window, layer.groups, {}, bias, layer.epilogue};
  step.tile_pixels = context.target.tile_pixels;
  step.panel_blocks = context.target.panel_blocks;
  step.rows_per_group = choice->rows;
  step.reduction_block = choice->reduction_block;
  std::vector<int64_t> group_segments = layer.x.segments;
  if (layer.groups > 1) group_segments = {layer.x.channels() / layer.groups};
  step.weights = context.add_weight(
      name, pack_convolution(layer.weights, group_segments, layer.y.segments, layer.groups, step.panel_blocks));
  context.add_step(node, describe_layer(layer, what), step, macs);
}

/// A convolution's weights or bias as a constant, or an error that names the node; null when it has none.
const TensorData* constant_operand(const Context& context, const Node& node, size_t index, const char* what) {
  if (node.inputs.size() <= index || !node.inputs[index]) return nullptr;
  const Tensor& tensor = context.tensor(node.inputs[index]);
  if (!tensor.constant) {
    fail(describe(node), fmt::format("the {} '{}' is computed at run time", what, tensor.name),
         "Intaglio packs weights at compile time: export the model in eval mode with parameters as initializers, or "
         "give the value with --bind");
  }
  return &*tensor.constant;
}

std::span<const float> constant_bias(const Context& context, const Node& node) {
  const TensorData* bias = constant_operand(context, node, 2, "bias");
  return bias ? bias->values<float>() : std::span<const float>();
}

std::optional<View> residual_view(Context& context, const Node& node, const Epilogue& epilogue) {
  if (!epilogue.residual) return std::nullopt;
  return context.blocked(node.inputs.back());
}

/// Taps of one phase of a transposed convolution along one axis: output o = phase + i * stride reads input
/// i + first - j * step through kernel index kernel[j], j ascending.
struct Phase {
  std::vector<int64_t> kernel;
  int64_t first = 0, step = 0, outputs = 0;
};

Phase transposed_phase(int64_t phase, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad, int64_t out) {
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
  return result;
}

/// The part of a transposed convolution that writes every stride-th row and pixel of the result from (y, x) on.
struct TransposedPart {
  int64_t y = 0, x = 0;
  Phase rows, columns;
  Window2d window;
};

std::vector<TransposedPart> transposed_parts(const Window2d& window, int64_t height, int64_t width) {
  std::vector<TransposedPart> parts;
  for (int64_t py = 0; py < window.stride_h; ++py) {
    for (int64_t px = 0; px < window.stride_w; ++px) {
      const Phase rows =
          transposed_phase(py, window.kernel_h, window.stride_h, window.dilation_h, window.pad_top, height);
      const Phase columns =
          transposed_phase(px, window.kernel_w, window.stride_w, window.dilation_w, window.pad_left, width);
      if (rows.outputs == 0 || columns.outputs == 0) continue;
      const Window2d phase{static_cast<int64_t>(rows.kernel.size()),
                           static_cast<int64_t>(columns.kernel.size()),
                           1,
                           1,
                           -rows.step,
                           -columns.step,
                           -rows.first,
                           -columns.first};
      parts.push_back({py, px, rows, columns, phase});
    }
  }
  return parts;
}

}  // namespace

Border input_border(const Context& context, const Node& node) {
  const Extents in = image_extents(context.tensor(node.inputs[0]).shape),
                out = image_extents(context.tensor(node.outputs[0]).shape);
  if (const Conv* conv = std::get_if<Conv>(&node.op)) return window_border(window_2d(conv->window), in, out);
  const Window2d window = window_2d(std::get<ConvTranspose>(node.op).window);
  Border border;
  for (const TransposedPart& part : transposed_parts(window, out.h, out.w))
    border.widen(window_border(part.window, in, {out.n, out.c, part.rows.outputs, part.columns.outputs}));
  return border;
}

std::vector<ConvolutionLayer> layers_with_choice(const Context& context, const Node& node, size_t& all) {
  const TensorId input = node.inputs[0], output = node.outputs[0];
  const Extents in = image_extents(context.tensor(input).shape), out = image_extents(context.tensor(output).shape);
  const Shape& w = context.tensor(node.inputs[1]).shape;
  const bool planar = std::holds_alternative<Conv>(node.op) && is_planar_convolution(context, node);
  Layer layer;
  layer.x.layout = planar ? Layout::planar : Layout::blocked_floats;
  layer.x.segments = planar ? std::vector<int64_t>{} : context.state(input).segments;
  layer.x.height = in.h;
  layer.x.width = in.w;
  layer.y.segments = context.state(output).segments;
  layer.finite_weights = all_finite(*context.tensor(node.inputs[1]).constant);
  const auto add = [&](std::vector<ConvolutionLayer>& list, const Window2d& window, int64_t height, int64_t width) {
    layer.window = window;
    layer.y.height = height;
    layer.y.width = width;
    if (planar || family_of(context, layer) == Family::mixing) list.push_back(kind_of(context, layer));
  };
  std::vector<ConvolutionLayer> list;
  if (const Conv* conv = std::get_if<Conv>(&node.op)) {
    all = 1;
    layer.groups = conv->group;
    layer.weights = {{}, w[0], w[1], 1, 1};
    if (conv->epilogue.residual) layer.residual.emplace();
    add(list, window_2d(conv->window), out.h, out.w);
    return list;
  }
  const ConvTranspose& conv = std::get<ConvTranspose>(node.op);
  const std::vector<TransposedPart> parts = transposed_parts(window_2d(conv.window), out.h, out.w);
  all = parts.size();
  layer.groups = conv.group;
  layer.weights = {{}, out.c, w[0] / conv.group, 1, 1};
  if (conv.epilogue.residual) layer.residual.emplace();
  for (const TransposedPart& part : parts) add(list, part.window, part.rows.outputs, part.columns.outputs);
  return list;
}

void emit_conv(Context& context, const Node& node) {
  const Conv& conv = std::get<Conv>(node.op);
  const TensorId x = node.inputs[0], y = node.outputs[0];
  const Shape& w = context.tensor(node.inputs[1]).shape;
  const TensorData& values = *constant_operand(context, node, 1, "weight");
  const ConvolutionWeights weights{values, w[0], w[1], w.rank() == 4 ? w[2] : 1, w[w.rank() - 1]};
  const bool finite = all_finite(values);
  const std::span<const float> bias = constant_bias(context, node);
  const Window2d window = window_2d(conv.window);
  if (is_planar_convolution(context, node)) {
    const View in = context.planar(x), out = context.blocked_result(y);
    const std::string name = display_name(context.graph, node);
    const Layer layer{in, out, {}, window, 1, weights, bias, conv.epilogue, finite};
    const WeightId packed_bias = context.add_floats(name + "_bias", pack_lanes(bias, out.segments));
    const Chosen choice(context, layer);
    if (choice->method == ConvolutionChoice::Method::winograd) {
      emit_winograd(context, node, layer, *choice, packed_bias, "Conv");
      return;
    }
    PlanarConvolutionStep step{in, out, window, {}, packed_bias, conv.epilogue};
    step.tile_pixels = context.target.tile_pixels;
    step.panel_blocks = context.target.panel_blocks;
    step.weights = context.add_weight(name, pack_planar_convolution(weights, out.segments, step.panel_blocks));
    step.ring = context.add_buffer(name + "_rows", BufferKind::scratch, ElementType::float32, planar_ring_floats(step));
    context.add_step(node, describe_layer(layer, "Conv"), step, layer_macs(layer));
  } else {
    const View in = context.blocked(x);
    const std::optional<View> residual = residual_view(context, node, conv.epilogue);
    emit_layer(context, node,
               Layer{in, context.blocked_result(y), residual, window, conv.group, weights, bias, conv.epilogue, finite},
               "Conv");
  }
}

void emit_conv_transpose(Context& context, const Node& node) {
  const ConvTranspose& conv = std::get<ConvTranspose>(node.op);
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  const std::optional<View> residual = residual_view(context, node, conv.epilogue);
  const TensorData w = *constant_operand(context, node, 1, "weight");
  const std::span<const float> bias = constant_bias(context, node);
  const Window2d window = window_2d(conv.window);
  const int64_t inputs = x.channels(), outputs = y.channels(), group_inputs = inputs / conv.group,
                group_outputs = outputs / conv.group;
  if (y.border_top + y.border_left + y.border_bottom + y.border_right > 0) {
    context.add_step(node, "clear the border", ClearBorderStep{y});
  }
  for (const TransposedPart& part : transposed_parts(window, y.height, y.width)) {
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
    emit_layer(context, node, layer, fmt::format("ConvTranspose phase {},{}", part.y, part.x).c_str());
  }
}

void emit_fully_connected(Context& context, const Node& node) {
  const Gemm& gemm = std::get<Gemm>(node.op);
  const TensorId x = node.inputs[0], y = node.outputs[0];
  const View in = context.state(x).has_blocked && !context.state(x).has_planar && context.state(x).blocked
                      ? context.blocked(x)
                      : context.planar(x);
  std::optional<View> residual;
  if (gemm.epilogue.residual) residual = context.planar(node.inputs.back());
  const View out = context.planar_result(y);
  const Shape& b = context.tensor(node.inputs[1]).shape;
  const int64_t outputs = gemm.trans_b ? b[0] : b[1], inputs = gemm.trans_b ? b[1] : b[0];
  const TensorData w = *constant_operand(context, node, 1, "weight");
  WeightData values = w;
  if (!gemm.trans_b) {
    const Shape shape{outputs, inputs};
    values = WeightData(ElementType::float32, shape, [=] {
      const std::span<const float> rows = w.values<float>();
      std::vector<float> transposed(rows.size());
      for (int64_t o = 0; o < outputs; ++o) {
        for (int64_t i = 0; i < inputs; ++i) transposed[o * inputs + i] = rows[i * outputs + o];
      }
      return TensorData::of(shape, std::move(transposed));
    });
  }
  std::vector<float> bias(outputs, 0.0f);
  const std::span<const float> c = constant_bias(context, node);
  for (int64_t o = 0; o < outputs && !c.empty(); ++o)
    bias[o] = gemm.beta == 1 ? c[c.size() == 1 ? 0 : o] : gemm.beta * c[c.size() == 1 ? 0 : o];
  const std::string name = display_name(context.graph, node);
  FullyConnectedStep step{in, out, residual, {}, {}, gemm.epilogue};
  step.weights = context.add_weight(name, pack_fully_connected({values, outputs, inputs, 1, 1}, {outputs}));
  step.bias = context.add_floats(name + "_bias", pack_lanes(bias, {outputs}));
  const int64_t batch = context.tensor(y).shape[0];
  context.add_step(node, fmt::format("Gemm  {} -> {}", in.shape.text(), out.shape.text()), step,
                   batch * outputs * inputs);
}

}  // namespace intaglio::lowering
