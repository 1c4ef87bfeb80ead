// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/winograd.h"

#include <algorithm>

#include "ir/winograd.h"

namespace intaglio::lowering {

namespace {

/// Tile sizes F(m, taps) along an axis: those on 4, 6 and, in one dimension, 8 points. Two dimensions of 8 points would
/// cost an error of 1e-4 of the result's range.
std::vector<int64_t> tile_outputs(int64_t taps, bool one_dimension) {
  if (taps == 1) return {1};
  std::vector<int64_t> outputs;
  for (int64_t points : {4, 6, 8}) {
    if (points == 8 && !one_dimension) continue;
    if (points - taps + 1 >= 2) outputs.push_back(points - taps + 1);
  }
  return outputs;
}

// Cycles, per image. Measured on Zen 3 and Zen 4: register tiles reach 93 % of the FMA peak in direct convolutions and
// in the products, where each of them costs 15 cycles besides; a point of a transform costs about two cycles per 8
// channels, an element of a strip one; weights that stream from memory come at about 6 bytes per cycle, half of which
// hides behind arithmetic.
constexpr double fma_per_cycle = 2, tile_efficiency = 0.93, product_cycles = 15, transform_cycles = 2.2,
                 strip_cycles = 1.2;
constexpr double weight_bytes_per_cycle = 6, exposed = 0.5;
constexpr double tile_pixels = 6, tile_outputs_channels = 16;

double arithmetic(double macs, const Target& target) {
  return macs / (static_cast<double>(target.lanes) * fma_per_cycle * tile_efficiency);
}
double streaming(double weights) { return exposed * weights * 4 / weight_bytes_per_cycle; }

/// Tiles per pass: v and m should stay in L2, and every weight that streams by should serve enough tiles.
int64_t tiles_per_pass(int64_t count, int64_t bytes_per_tile, const Target& target) {
  constexpr int64_t fewest = 14;
  const int64_t most = std::clamp<int64_t>(target.l2_bytes * 3 / 4 / bytes_per_tile, fewest, std::max(fewest, count));
  if (most >= count) return count;
  for (int64_t tiles = most; tiles * 5 >= most * 3; --tiles) {
    if (count % tiles == 0) return tiles;
  }
  const int64_t passes = (count + most - 1) / most;
  return (count + passes - 1) / passes;
}

}  // namespace

std::optional<WinogradChoice> choose_winograd(const Window2d& window, int64_t inputs, int64_t outputs, int64_t height,
                                              int64_t width, bool planar, const Target& target) {
  if (window.dilation_h != 1 || window.dilation_w != 1 || target.lanes == 1) return std::nullopt;
  const WinogradStep polyphase{.window = window};
  const int64_t taps_h = polyphase.taps_h(), taps_w = polyphase.taps_w(),
                phases = polyphase.phases_h() * polyphase.phases_w();
  // Nine phases and more would sum their rounding errors, for little: they have few taps each.
  if (taps_h * taps_w == 1 || window.stride_h > 2 || window.stride_w > 2) return std::nullopt;
  const int64_t input_blocks = planar ? (inputs * phases + 7) / 8 : (inputs + 7) / 8 * phases,
                output_blocks = (outputs + 7) / 8;
  const auto channel_product = static_cast<double>(inputs) * static_cast<double>(outputs);
  const double kernel = static_cast<double>(window.kernel_h * window.kernel_w),
               pixels = static_cast<double>(height * width);
  const double direct = arithmetic(channel_product * kernel * pixels, target) + streaming(channel_product * kernel);
  const bool one_dimension = window.kernel_h == 1 || window.kernel_w == 1;
  std::optional<WinogradChoice> best;
  double best_cycles = 0.9 * direct;  // scratch and larger weights must pay
  for (int64_t outputs_h : tile_outputs(taps_h, one_dimension)) {
    for (int64_t outputs_w : tile_outputs(taps_w, one_dimension)) {
      const int64_t points = (outputs_h + taps_h - 1) * (outputs_w + taps_w - 1);
      const int64_t rows = (height + outputs_h - 1) / outputs_h, columns = (width + outputs_w - 1) / outputs_w;
      const auto all_points = static_cast<double>(points), all_tiles = static_cast<double>(rows * columns);
      const double macs = channel_product * static_cast<double>(phases) * all_points * all_tiles;
      const double products =
          arithmetic(macs, target) + product_cycles * all_points * all_tiles / tile_pixels *
                                         std::max(1.0, static_cast<double>(outputs) / tile_outputs_channels);
      const double transforms =
          all_tiles * all_points * transform_cycles * static_cast<double>(input_blocks + output_blocks);
      const double strip =
          planar ? strip_cycles * static_cast<double>(rows * outputs_h * columns * outputs_w * inputs * phases) : 0;
      const double cycles =
          products + transforms + strip + streaming(channel_product * static_cast<double>(phases) * all_points);
      if (cycles >= best_cycles) continue;
      best_cycles = 0.9 * cycles;  // a larger tile, which comes later, has more weights: it must pay too
      best = WinogradChoice{outputs_h, outputs_w,
                            tiles_per_pass(rows * columns, points * (input_blocks + output_blocks) * 8 * 4, target)};
    }
  }
  return best;
}

std::vector<float> phase_weights(const ConvolutionWeights& w, const WinogradStep& step) {
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

namespace {

/// In place of a transform: every tap is a point.
WinogradTransform all_taps(int64_t taps) {
  WinogradTransform t{1, taps, {}, {}, {}, {}};
  for (int64_t tap = 0; tap < taps; ++tap) {
    t.kernel.emplace_back(taps, 0.0);
    t.kernel.back()[tap] = 1;
  }
  return t;
}

}  // namespace

std::vector<float> pack_winograd(const ConvolutionWeights& weights, const WinogradStep& step,
                                 const std::vector<int64_t>& output_segments, int64_t block, bool transformed) {
  std::vector<float> phases;
  ConvolutionWeights w = weights;
  if (step.window.stride_h > 1 || step.window.stride_w > 1) {
    phases = phase_weights(weights, step);
    w = {phases, weights.outputs, weights.group_inputs * step.phases_h() * step.phases_w(), step.taps_h(),
         step.taps_w()};
  }
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
      const ConvolutionWeights point{point_weights, w.outputs, w.group_inputs, 1, 1};
      const std::vector<float> one =
          pack_convolution(point, step.segments, output_segments, 1, step.panel_blocks, block);
      if (packed.empty()) packed.reserve(one.size() * points_h * points_w);
      packed.insert(packed.end(), one.begin(), one.end());
    }
  }
  return packed;
}

}  // namespace intaglio::lowering
