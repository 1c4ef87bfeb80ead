// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/panels.h"
#include "ir/tap_ranges.h"
#include "lowering/register_tiles.h"
#include "lowering/strassen.h"
#include "lowering/tuned.h"
#include "lowering/winograd.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

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
  context.add_step(node, fmt::format("close gap lanes: {}", x.shape.text()),
                   BlockedCopyStep{x, y, all_channels(x.channels())});
  return y;
}

/// The pixels of x that a 1x1 convolution with strides in two dimensions and the result y reads.
View subsampled(Context& context, const Node& node, const View& x, const Window2d& window, const View& y) {
  std::vector<int64_t> extents = {x.batch, x.channels(), y.height, y.width};
  if (x.shape.rank() == 3) extents.erase(extents.begin() + 2);
  const View pixels =
      context.fresh_blocked(display_name(context.graph, node) + "_pixels", Shape(extents), x.segments, {});
  context.add_step(node, fmt::format("subsample: {} -> {}", x.shape.text(), pixels.shape.text()),
                   BlockedCopyStep{x, pixels, all_channels(x.channels()), -window.pad_top, -window.pad_left,
                                   window.stride_h, window.stride_w});
  return pixels;
}

/// Whether some lanes of the input or of the result are no channels; a planar input has none.
bool has_gaps(const Layer& layer) {
  const auto gap = [&](int64_t channels) { return channels % lanes_per_block != 0; };
  return std::ranges::any_of(layer.x.segments, gap) || std::ranges::any_of(layer.y.segments, gap);
}

ConvolutionLayer kind_of(const Context& context, const Layer& layer) {
  return {layer.window,
          layer.groups,
          layer.weights.group_inputs * layer.groups,
          layer.weights.outputs,
          layer.y.height,
          layer.y.width,
          layer.x.height,
          layer.x.width,
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
    const std::vector<RatedChoice> list = worth_measuring(
        ranked != context.kernels.end() ? ranked->second : candidates(kind, context.target, context.options), kind);
    KernelChoice made{.layer = kind.signature()};
    for (const RatedChoice& candidate : list) made.candidates.push_back({candidate.choice.text(), candidate.cycles});
    const TakenChoice taken = take_choice(context.program, context.options, std::move(made));
    choice_ = list[taken.candidate].choice;
    index_ = taken.index;
  }
  ~Chosen() {
    for (size_t i = first_; i < context_.program.steps.size(); ++i) context_.program.steps[i].choices = {index_};
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

/// Which kernels may take a layer.
enum class Family : uint8_t { depthwise, grouped, fully_connected, mixing };

Family family_of(const Context& context, const Layer& layer) {
  const int64_t taps = layer.window.kernel_h * layer.window.kernel_w;
  if (!layer.x.blocked()) return Family::mixing;
  if (layer.groups > 1 && layer.weights.group_inputs == 1 && layer.groups == layer.y.channels() &&
      layer.x.segments == layer.y.segments)
    return Family::depthwise;
  // Groups of one block share every spread input between the columns of a kernel row; tiles of eight outputs cannot.
  const bool block_groups = !context.options.strict() && layer.groups > 1 && layer.window.kernel_w > 1 &&
                            layer.weights.group_inputs == lanes_per_block &&
                            layer.y.channels() == layer.groups * lanes_per_block && layer.x.segments.size() == 1 &&
                            layer.y.segments.size() == 1;
  if (!whole_block_groups(layer) || block_groups) return Family::grouped;
  const bool one_pixel = layer.x.height == 1 && layer.x.width == 1 && layer.y.height == 1 && layer.y.width == 1;
  if (layer.groups == 1 && taps == 1 && one_pixel && layer.window.pad_top == 0 && layer.window.pad_left == 0)
    return Family::fully_connected;
  return Family::mixing;
}

/// Passes over rows of taps in the padding, where that leaves at most `part` of the products. Columns read the border:
/// tiles of fewer pixels would cost more, as would tiles that are not pairs of pixels.
void clip_rows(const Context& context, Layer& layer, double part) {
  if (context.options.strict() || !layer.finite_weights || !context.options.enabled(Switch::clipping) ||
      context.target.lanes > lanes_per_block)
    return;
  Window2d clipped = layer.window;
  clipped.clips_rows = true;
  const auto all = static_cast<double>(tap_products(layer.window, layer.x, layer.y)),
             left = static_cast<double>(tap_products(clipped, layer.x, layer.y));
  if (left <= part * all) layer.window = clipped;
}

std::string tile_text(const DepthwiseStep& step) { return fmt::format("tiles of {}", step.tile_pixels); }
std::string tile_text(const GroupedConvolutionStep& step) {
  return fmt::format("tiles of {}{}", step.tile_pixels, step.shared_row ? " sharing rows" : "");
}

/// The layer's step with the register tile that a tuning names, or with its own, the first of `tiles`.
template <class S>
void add_tuned(Context& context, const Node& node, const Layer& layer, std::string_view what,
               const std::vector<S>& tiles) {
  KernelChoice choice{.layer = fmt::format("{} {}", what, kind_of(context, layer).signature())};
  for (const S& tile : tiles) choice.candidates.push_back({tile_text(tile), tile_cycles(tile, context.target)});
  const TakenChoice taken = take_choice(context.program, context.options, std::move(choice));
  context.add_step(node, describe_layer(layer), tiles[taken.candidate], layer_macs(layer));
  context.program.steps.back().choices = {taken.index};
}

void emit_depthwise(Context& context, const Node& node, Layer layer, WeightId bias) {
  // Tiles that write out all taps are the faster ones.
  clip_rows(context, layer, unrolls(layer.window) ? 0.85 : 0.95);
  const std::string name = display_name(context.graph, node);
  const WeightId weights = context.add_weight(name, pack_depthwise(layer.weights, layer.y.segments));
  DepthwiseStep step{layer.x, layer.y, layer.residual, layer.window, weights, bias, layer.epilogue};
  choose_tile(step, context.target);
  add_tuned(context, node, layer, "depthwise", depthwise_tiles(step, context.target));
}

/// For every lane of the result and input of its group, the place of that input's lane in its pixel of x.
std::vector<int32_t> input_places(const Layer& layer) {
  const int64_t group_inputs = layer.weights.group_inputs, group_outputs = layer.y.channels() / layer.groups;
  const std::vector<int64_t> input_lanes = channel_lanes(layer.x), output_lanes = channel_lanes(layer.y);
  std::vector<int32_t> places(layer.y.blocks() * group_inputs * lanes_per_block, 0);
  for (int64_t channel = 0; channel < layer.y.channels(); ++channel) {
    const int64_t lane = output_lanes[channel], group = channel / group_outputs;
    for (int64_t i = 0; i < group_inputs; ++i) {
      const int64_t input = input_lanes[group * group_inputs + i];
      places[(lane / lanes_per_block * group_inputs + i) * lanes_per_block + lane % lanes_per_block] =
          static_cast<int32_t>(input / lanes_per_block * layer.x.block_stride + input % lanes_per_block);
    }
  }
  return places;
}

void emit_grouped(Context& context, const Node& node, Layer layer, WeightId bias) {
  clip_rows(context, layer, 0.95);
  const std::string name = display_name(context.graph, node);
  GroupedConvolutionStep step{layer.x, layer.y, layer.residual, layer.window, layer.weights.group_inputs,
                              0,       {},      bias,           {},           layer.epilogue};
  const int64_t group_outputs = layer.y.channels() / layer.groups;
  const bool dense = layer.x.segments.size() == 1 && layer.y.segments.size() == 1;
  if (dense && group_outputs == step.group_inputs && (group_outputs == 2 || group_outputs == 4 || group_outputs == 8)) {
    step.spread = group_outputs;
  } else {
    if (layer.x.blocks() * layer.x.block_stride > std::numeric_limits<int32_t>::max()) {
      fail(describe(node),
           fmt::format("the input of {} is too large for a table of places with 32 bits",
                       layer.what.substr(0, layer.what.find(' '))),
           "choose a smaller input with --shape");
    }
    step.sources = context.add_indices(name + "_sources", input_places(layer));
  }
  choose_tile(step, context.target, context.options.numerics);
  step.weights = context.add_weight(name, pack_grouped(layer.weights, layer.y.segments));
  add_tuned(context, node, layer, "grouped", grouped_tiles(step, context.target));
}

void emit_one_pixel(Context& context, const Node& node, const Layer& layer, WeightId bias) {
  const std::string name = display_name(context.graph, node);
  FullyConnectedStep step{layer.x, layer.y, layer.residual, {}, bias, layer.epilogue};
  step.panel_blocks = fully_connected_panel(context.target);
  step.weights = context.add_weight(name, pack_fully_connected(layer.weights, layer.y.segments, step.panel_blocks));
  context.add_step(node, describe_layer(layer), step, layer_macs(layer));
}

/// The direct kernel of a planar input.
void emit_planar_convolution(Context& context, const Node& node, const Layer& layer, WeightId bias) {
  const std::string name = display_name(context.graph, node);
  PlanarConvolutionStep step{layer.x, layer.y, layer.window, {}, bias, layer.epilogue};
  step.tile = dense_tile(context.target);
  step.weights = context.add_weight(name, pack_planar_convolution(layer.weights, layer.y.segments, step.tile));
  step.ring = context.add_buffer(name + "_rows", BufferKind::scratch, ElementType::float32, planar_ring_floats(step));
  context.add_step(node, describe_layer(layer), step, layer_macs(layer));
}

/// Measured with g++ 12 on Zen 3: 1x1 layers gain 5 to 10 % with gelu and nothing with swish, whose operations a
/// processor overlaps by itself.
bool activates_four(const Context& context, const Epilogue& epilogue) {
  return !context.options.strict() && context.target.lanes == lanes_per_block && !epilogue.residual &&
         epilogue.activation.kind == UnaryKind::gelu && epilogue.final_activation.kind == UnaryKind::identity;
}

/// The direct kernel of a blocked input.
void emit_convolution(Context& context, const Node& node, const Layer& layer, const ConvolutionChoice& choice,
                      WeightId bias) {
  ConvolutionStep step{layer.x, layer.y, layer.residual, layer.window, layer.groups, {}, bias, layer.epilogue};
  step.tile = dense_tile(context.target, layer.window.kernel_h * layer.window.kernel_w > 1);
  step.tile.activates_four = activates_four(context, layer.epilogue);
  step.rows_per_group = choice.rows;
  step.reduction_block = choice.reduction_block;
  std::vector<int64_t> group_segments = layer.x.segments;
  if (layer.groups > 1) group_segments = {layer.x.channels() / layer.groups};
  step.weights =
      context.add_weight(display_name(context.graph, node),
                         pack_convolution(layer.weights, group_segments, layer.y.segments, layer.groups, step.tile));
  context.add_step(node, describe_layer(layer), step, layer_macs(layer));
}

void emit_mixing(Context& context, const Node& node, Layer layer, WeightId bias) {
  const bool planar = !layer.x.blocked();
  if (context.options.strict() && layer.window.kernel_h * layer.window.kernel_w > 1 && layer.x.segments.size() > 1) {
    // Strict numerics reduce logical channels in groups of eight, which must not straddle a gap.
    const Border border{layer.x.border_top, layer.x.border_left, layer.x.border_bottom, layer.x.border_right};
    layer.x = without_gaps(context, node, layer.x, border);
  }
  const Chosen choice(context, layer);
  if (choice->subsample && !planar) {
    layer.x = subsampled(context, node, layer.x, layer.window, layer.y);
    layer.window = {};
  }
  if (choice->clips) layer.window.clips_rows = layer.window.clips_columns = true;
  switch (choice->method) {
    case ConvolutionChoice::Method::winograd:
      return emit_winograd(context, node, layer, *choice, bias);
    case ConvolutionChoice::Method::strassen:
      return emit_strassen(context, node, layer, *choice, bias);
    case ConvolutionChoice::Method::direct:
      return planar ? emit_planar_convolution(context, node, layer, bias)
                    : emit_convolution(context, node, layer, *choice, bias);
  }
}

}  // namespace

std::string describe_layer(const Layer& layer) {
  std::string text = fmt::format("{}  {} -> {}", layer.what, layer.x.shape.text(), layer.y.shape.text());
  auto append = [&](const Unary& unary) {
    if (unary.kind != UnaryKind::identity) text += fmt::format(" + {}", unary_name(unary.kind));
  };
  append(layer.epilogue.activation);
  if (layer.epilogue.residual) text += " + residual";
  append(layer.epilogue.final_activation);
  return text;
}

int64_t layer_macs(const Layer& layer) {
  return layer.y.batch * layer.y.channels() * layer.weights.group_inputs * tap_products(layer.window, layer.x, layer.y);
}

void emit_layer(Context& context, const Node& node, Layer layer) {
  const WeightId bias =
      context.add_floats(display_name(context.graph, node) + "_bias", pack_lanes(layer.bias, layer.y.segments));
  switch (family_of(context, layer)) {
    case Family::depthwise:
      return emit_depthwise(context, node, layer, bias);
    case Family::grouped:
      return emit_grouped(context, node, layer, bias);
    case Family::fully_connected:
      return emit_one_pixel(context, node, layer, bias);
    case Family::mixing:
      return emit_mixing(context, node, std::move(layer), bias);
  }
}

std::optional<ConvolutionLayer> with_choice(const Context& context, const Layer& layer) {
  if (family_of(context, layer) != Family::mixing) return std::nullopt;
  return kind_of(context, layer);
}

Layer without_views(const Context& context, const Node& node, bool planar_input, const Epilogue& epilogue) {
  const TensorId x = node.inputs[0], y = node.outputs[0];
  const Extents in = image_extents(context.tensor(x).shape), out = image_extents(context.tensor(y).shape);
  Layer layer;
  layer.x.layout = planar_input ? Layout::planar : Layout::blocked_floats;
  if (!planar_input) layer.x.segments = context.state(x).segments;
  layer.x.height = in.h;
  layer.x.width = in.w;
  layer.y.segments = context.state(y).segments;
  layer.y.height = out.h;
  layer.y.width = out.w;
  if (epilogue.residual) layer.residual.emplace();
  layer.finite_weights = all_finite(*context.tensor(node.inputs[1]).constant);
  return layer;
}

const TensorData* constant_operand(const Context& context, const Node& node, size_t index) {
  if (node.inputs.size() <= index || !node.inputs[index]) return nullptr;
  const Tensor& tensor = context.tensor(node.inputs[index]);
  require(tensor.constant.has_value(), "weights that are computed at run time reached lowering");
  return &*tensor.constant;
}

std::span<const float> constant_bias(const Context& context, const Node& node) {
  const TensorData* bias = constant_operand(context, node, 2);
  return bias ? bias->values<float>() : std::span<const float>();
}

bool all_finite(const TensorData& weights) {
  return std::ranges::all_of(weights.values<float>(), [](float weight) { return std::isfinite(weight); });
}

std::vector<TensorId> convolution_lanes(const Context& context, const Node& node, int64_t groups,
                                        const Epilogue& epilogue) {
  const TensorId x = node.inputs[0], y = node.outputs[0];
  std::vector<TensorId> operands;
  if (groups > 1 && groups == context.tensor(x).shape[1] && groups == context.tensor(y).shape[1]) operands.push_back(x);
  if (epilogue.residual) operands.push_back(node.inputs.back());
  return operands;
}

}  // namespace intaglio::lowering
