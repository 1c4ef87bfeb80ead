// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/pack.h"

#include <algorithm>

#include "ir/panels.h"

namespace intaglio::lowering {

namespace {

/// Channel of every lane, -1 in gap lanes.
std::vector<int64_t> lane_channels(const std::vector<int64_t>& segments) {
  std::vector<int64_t> channels;
  int64_t channel = 0;
  for (int64_t count : segments) {
    const int64_t lanes = block_count(count) * lanes_per_block;
    for (int64_t lane = 0; lane < lanes; ++lane) channels.push_back(lane < count ? channel + lane : -1);
    channel += count;
  }
  return channels;
}

/// Calls f(first lane, lanes) for every panel of `lanes` output lanes.
template <class F>
void for_each_panel(int64_t lanes, const DenseTile& tile, F f) {
  int64_t first = 0;
  for (const PanelRange& range : panel_split(lanes / lanes_per_block, tile)) {
    for (int64_t i = 0; i < range.count; ++i) {
      f(first, range.blocks * lanes_per_block);
      first += range.blocks * lanes_per_block;
    }
  }
}

}  // namespace

int64_t lane_count(const std::vector<int64_t>& segments) { return block_count(segments) * lanes_per_block; }

WeightData packed_later(const ConvolutionWeights& weights, int64_t count,
                        std::function<std::vector<float>(const WeightsView&)> pack) {
  if (count == 0) return TensorData::scalar(0.0f).reshaped(Shape{1});  // no taps: the kernel still takes a pointer
  return WeightData(ElementType::float32, Shape{count}, [weights, count, pack = std::move(pack)] {
    const auto& [values, outputs, group_inputs, kernel_h, kernel_w] = weights;
    const TensorData data = values.get();
    return TensorData::of(Shape{count}, pack({data.values<float>(), outputs, group_inputs, kernel_h, kernel_w}));
  });
}

std::vector<float> pack_panels(const WeightsView& w, const std::vector<int64_t>& group_input_segments,
                               const std::vector<int64_t>& output_segments, int64_t groups, const DenseTile& tile) {
  const std::vector<int64_t> outputs = lane_channels(output_segments), inputs = lane_channels(group_input_segments);
  const int64_t group_lanes = static_cast<int64_t>(outputs.size()) / groups;
  std::vector<float> packed;
  packed.reserve(outputs.size() * w.group_inputs * w.kernel_h * w.kernel_w);
  for (int64_t group = 0; group < groups; ++group) {
    for_each_panel(group_lanes, tile, [&](int64_t first, int64_t lanes) {
      for (size_t unit = 0; unit < inputs.size(); unit += lanes_per_block) {
        for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
          for (int64_t kx = 0; kx < w.kernel_w; ++kx) {
            for (int64_t lane = 0; lane < lanes_per_block; ++lane) {
              const int64_t input = inputs[unit + lane];
              if (input < 0) continue;
              for (int64_t o = 0; o < lanes; ++o) {
                const int64_t output = outputs[group * group_lanes + first + o];
                packed.push_back(output < 0 ? 0.0f : w.at(output, input, ky, kx));
              }
            }
          }
        }
      }
    });
  }
  return packed;
}

WeightData pack_convolution(const ConvolutionWeights& weights, const std::vector<int64_t>& group_input_segments,
                            const std::vector<int64_t>& output_segments, int64_t groups, const DenseTile& tile) {
  const int64_t count = lane_count(output_segments) * weights.group_inputs * weights.kernel_h * weights.kernel_w;
  return packed_later(weights, count, [=](const WeightsView& w) {
    return pack_panels(w, group_input_segments, output_segments, groups, tile);
  });
}

WeightData pack_planar_convolution(const ConvolutionWeights& weights, const std::vector<int64_t>& output_segments,
                                   const DenseTile& tile) {
  const int64_t count = lane_count(output_segments) * weights.group_inputs * weights.kernel_h * weights.kernel_w;
  return packed_later(weights, count, [=](const WeightsView& w) {
    const std::vector<int64_t> outputs = lane_channels(output_segments);
    std::vector<float> packed;
    packed.reserve(count);
    for_each_panel(static_cast<int64_t>(outputs.size()), tile, [&](int64_t first, int64_t lanes) {
      for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
        for (int64_t kx = 0; kx < w.kernel_w; ++kx) {
          for (int64_t input = 0; input < w.group_inputs; ++input) {
            for (int64_t o = first; o < first + lanes; ++o)
              packed.push_back(outputs[o] < 0 ? 0.0f : w.at(outputs[o], input, ky, kx));
          }
        }
      }
    });
    return packed;
  });
}

WeightData pack_depthwise(const ConvolutionWeights& weights, const std::vector<int64_t>& segments) {
  const int64_t count = lane_count(segments) * weights.kernel_h * weights.kernel_w;
  return packed_later(weights, count, [=](const WeightsView& w) {
    const std::vector<int64_t> channels = lane_channels(segments);
    std::vector<float> packed;
    packed.reserve(count);
    for (size_t first = 0; first < channels.size(); first += lanes_per_block) {
      for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
        for (int64_t kx = 0; kx < w.kernel_w; ++kx) {
          for (int64_t lane = 0; lane < lanes_per_block; ++lane) {
            const int64_t channel = channels[first + lane];
            packed.push_back(channel < 0 ? 0.0f : w.at(channel, 0, ky, kx));
          }
        }
      }
    }
    return packed;
  });
}

WeightData pack_grouped(const ConvolutionWeights& weights, const std::vector<int64_t>& output_segments) {
  const int64_t count = lane_count(output_segments) * weights.group_inputs * weights.kernel_h * weights.kernel_w;
  return packed_later(weights, count, [=](const WeightsView& w) {
    const std::vector<int64_t> outputs = lane_channels(output_segments);
    std::vector<float> packed;
    packed.reserve(count);
    for (size_t first = 0; first < outputs.size(); first += lanes_per_block) {
      for (int64_t chunk = 0; chunk < w.group_inputs; chunk += lanes_per_block) {
        for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
          for (int64_t kx = 0; kx < w.kernel_w; ++kx) {
            for (int64_t input = chunk; input < std::min(chunk + lanes_per_block, w.group_inputs); ++input) {
              for (int64_t lane = 0; lane < lanes_per_block; ++lane) {
                const int64_t output = outputs[first + lane];
                packed.push_back(output < 0 ? 0.0f : w.at(output, input, ky, kx));
              }
            }
          }
        }
      }
    }
    return packed;
  });
}

WeightData pack_fully_connected(const ConvolutionWeights& weights, const std::vector<int64_t>& output_segments,
                                int64_t panel_blocks) {
  const int64_t count = lane_count(output_segments) * weights.group_inputs;
  return packed_later(weights, count, [=](const WeightsView& w) {
    const std::vector<int64_t> outputs = lane_channels(output_segments);
    const int64_t panel = panel_blocks * lanes_per_block, lanes = static_cast<int64_t>(outputs.size());
    std::vector<float> packed;
    packed.reserve(count);
    for (int64_t first = 0; first < lanes; first += panel) {
      for (int64_t input = 0; input < w.group_inputs; ++input) {
        for (int64_t o = first; o < std::min(first + panel, lanes); ++o)
          packed.push_back(outputs[o] < 0 ? 0.0f : w.at(outputs[o], input, 0, 0));
      }
    }
    return packed;
  });
}

std::vector<float> pack_lanes(std::span<const float> values, const std::vector<int64_t>& segments, float gap) {
  std::vector<float> packed;
  for (int64_t channel : lane_channels(segments)) {
    packed.push_back(channel < 0 ? gap : values.empty() ? 0.0f : values[channel]);
  }
  return packed;
}

}  // namespace intaglio::lowering
