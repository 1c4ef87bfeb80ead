// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/winograd.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/panels.h"
#include "ir/winograd.h"
#include "lowering/register_tiles.h"

namespace intaglio::lowering {

namespace {

/// Weights of a convolution with stride 1 that computes what one with strides does from the phases of its input:
/// [outputs][phase_h][phase_w][input][tap_h][tap_w], zeros where a phase has fewer taps. See WinogradStep.
std::vector<float> phase_weights(const WeightsView& w, const WinogradStep& step) {
  const Window2d& window = step.window;
  std::vector<float> result;
  result.reserve(w.outputs * w.group_inputs * step.phases_h() * step.phases_w() * step.taps_h() * step.taps_w());
  for (int64_t output = 0; output < w.outputs; ++output) {
    for (int64_t a = 0; a < step.phases_h(); ++a) {
      for (int64_t b = 0; b < step.phases_w(); ++b) {
        for (int64_t input = 0; input < w.group_inputs; ++input) {
          for (int64_t ky = a; ky < step.taps_h() * window.stride_h; ky += window.stride_h) {
            for (int64_t kx = b; kx < step.taps_w() * window.stride_w; kx += window.stride_w)
              result.push_back(ky < w.kernel_h && kx < w.kernel_w ? w.at(output, input, ky, kx) : 0.0f);
          }
        }
      }
    }
  }
  return result;
}

/// The weights of the phases, kept in `phases`, or those given where there is one phase.
WeightsView as_stride_one(const WeightsView& weights, const WinogradStep& step, std::vector<float>& phases) {
  if (step.window.stride_h == 1 && step.window.stride_w == 1) return weights;
  phases = phase_weights(weights, step);
  return {phases, weights.outputs, weights.group_inputs * step.phases_h() * step.phases_w(), step.taps_h(),
          step.taps_w()};
}

/// In place of a transform: every tap is a point.
WinogradTransform all_taps(int64_t taps) {
  WinogradTransform t{1, taps, {}, {}, {}, {}};
  for (int64_t tap = 0; tap < taps; ++tap) {
    t.kernel.emplace_back(taps, 0.0);
    t.kernel.back()[tap] = 1;
  }
  return t;
}

std::vector<float> transform(const WeightsView& weights, const WinogradStep& step,
                             const std::vector<int64_t>& output_segments, bool transformed) {
  std::vector<float> phases;
  const WeightsView w = as_stride_one(weights, step, phases);
  const WinogradTransform h = transformed ? winograd_transform(step.outputs_h, w.kernel_h) : all_taps(w.kernel_h),
                          v = transformed ? winograd_transform(step.outputs_w, w.kernel_w) : all_taps(w.kernel_w);
  std::vector<float> packed, point_weights(w.outputs * w.group_inputs);
  const auto points_h = static_cast<int64_t>(h.kernel.size()), points_w = static_cast<int64_t>(v.kernel.size());
  for (int64_t point_h = 0; point_h < points_h; ++point_h) {
    for (int64_t point_w = 0; point_w < points_w; ++point_w) {
      const float* taps = w.values.data();
      for (float& value : point_weights) {
        double sum = 0;
        for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
          double row = 0;
          for (int64_t kx = 0; kx < w.kernel_w; ++kx) row += v.kernel[point_w][kx] * static_cast<double>(*taps++);
          sum += h.kernel[point_h][ky] * row;
        }
        value = static_cast<float>(sum);
      }
      const WeightsView point{point_weights, w.outputs, w.group_inputs, 1, 1};
      const std::vector<float> one = pack_panels(point, step.segments, output_segments, 1, step.tile);
      if (packed.empty()) packed.reserve(one.size() * points_h * points_w);
      packed.insert(packed.end(), one.begin(), one.end());
    }
  }
  return packed;
}

/// Floats that one tap, or one point, of every weight takes packed.
int64_t channel_pairs(const ConvolutionWeights& weights, const WinogradStep& step,
                      const std::vector<int64_t>& output_segments) {
  return lane_count(output_segments) * weights.group_inputs * step.phases_h() * step.phases_w();
}

/// WinogradStep: [point][panel][block][lane][panel lanes]; computed in double, rounded once.
/// Not `transformed`: [tap_h][tap_w][panel]..., what generated code makes them of.
WeightData pack_winograd(const ConvolutionWeights& weights, const WinogradStep& step,
                         const std::vector<int64_t>& output_segments, bool transformed) {
  const int64_t points = transformed ? winograd_points(step) : step.taps_h() * step.taps_w();
  return packed_later(weights, channel_pairs(weights, step, output_segments) * points,
                      [=](const WeightsView& w) { return transform(w, step, output_segments, transformed); });
}

/// The same of a step with `plain` weights: as a ConvolutionStep's.
WeightData pack_plain_winograd(const ConvolutionWeights& weights, const WinogradStep& step,
                               const std::vector<int64_t>& output_segments) {
  const int64_t taps = step.taps_h() * step.taps_w();
  return packed_later(weights, channel_pairs(weights, step, output_segments) * taps, [=](const WeightsView& w) {
    std::vector<float> phases;
    return pack_panels(as_stride_one(w, step, phases), step.segments, output_segments, 1, step.tile);
  });
}

/// What makes the transformed weights of those that are not.
Preparation winograd_preparation(const WinogradStep& step) {
  const WinogradTransform h = winograd_transform(step.outputs_h, step.taps_h()),
                          w = winograd_transform(step.outputs_w, step.taps_w());
  return {winograd_name(h, w), h.kernel, w.kernel};
}

/// Channels whose transformed weights for one panel take no more than a part of L2, beside v.
int64_t plain_reduction_block(const WinogradStep& step, const Target& target) {
  constexpr int64_t fewest = 32, most = 64;
  const int64_t bytes_per_channel = winograd_points(step) * winograd_output_blocks(step) * lanes_per_block * 4;
  return std::clamp(target.l2_bytes * 3 / 8 / bytes_per_channel / lanes_per_block * lanes_per_block, fewest, most);
}

}  // namespace

void emit_winograd(Context& context, const Node& node, const Layer& layer, const ConvolutionChoice& choice,
                   WeightId bias) {
  const std::string name = display_name(context.graph, node);
  WinogradStep step{layer.x,          layer.y, layer.residual, layer.window,  choice.outputs_h,
                    choice.outputs_w, {},      bias,           layer.epilogue};
  step.tiles = choice.tiles;
  step.tile = winograd_tile(context.target, step.tiles);
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
                   fmt::format("{}  winograd F({}x{}){}", describe_layer(layer), choice.outputs_h, choice.outputs_w,
                               step.plain ? " of plain weights" : ""),
                   step, layer_macs(layer));
}

}  // namespace intaglio::lowering
