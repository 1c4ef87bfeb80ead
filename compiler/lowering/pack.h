// Weights in the order in which kernels read them. All functions take the plain ONNX order. Weights of convolutions are
// packed when the result is asked for its data.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "ir/steps.h"
#include "ir/weight_data.h"

namespace intaglio::lowering {

/// Weights of a convolution as [outputs][inputs per group][kernel_h][kernel_w].
struct ConvolutionWeights {
  WeightData values;
  int64_t outputs = 1, group_inputs = 1, kernel_h = 1, kernel_w = 1;
};

/// The same in memory.
struct WeightsView {
  std::span<const float> values;
  int64_t outputs = 1, group_inputs = 1, kernel_h = 1, kernel_w = 1;
  float at(int64_t output, int64_t input, int64_t ky, int64_t kx) const {
    return values[((output * group_inputs + input) * kernel_h + ky) * kernel_w + kx];
  }
};

/// What `pack` makes of the weights when it is asked for: `count` floats.
WeightData packed_later(const ConvolutionWeights& weights, int64_t count,
                        std::function<std::vector<float>(const WeightsView&)> pack);

/// Lanes of the segments, gap lanes included.
int64_t lane_count(const std::vector<int64_t>& segments);

/// ConvolutionStep: [group][panel][block][ky][kx][lane][panel lanes]; gap lanes of the output get zeros.
WeightData pack_convolution(const ConvolutionWeights& weights, const std::vector<int64_t>& group_input_segments,
                            const std::vector<int64_t>& output_segments, int64_t groups, const DenseTile& tile);
/// The same at once, for weights that are an intermediate result.
std::vector<float> pack_panels(const WeightsView& w, const std::vector<int64_t>& group_input_segments,
                               const std::vector<int64_t>& output_segments, int64_t groups, const DenseTile& tile);
/// PlanarConvolutionStep: [panel][ky][kx][channel][panel lanes].
WeightData pack_planar_convolution(const ConvolutionWeights& weights, const std::vector<int64_t>& output_segments,
                                   const DenseTile& tile);
/// DepthwiseStep: [block][ky][kx][lane].
WeightData pack_depthwise(const ConvolutionWeights& weights, const std::vector<int64_t>& segments);
/// GroupedConvolutionStep: [block][chunk of 8 inputs][ky][kx][input][lane].
WeightData pack_grouped(const ConvolutionWeights& weights, const std::vector<int64_t>& output_segments);
/// FullyConnectedStep: [panel][input][lane].
WeightData pack_fully_connected(const ConvolutionWeights& weights, const std::vector<int64_t>& output_segments,
                                int64_t panel_blocks);
/// One float per lane of the segments, `gap` in gap lanes. An empty `values` gives zeros.
std::vector<float> pack_lanes(std::span<const float> values, const std::vector<int64_t>& segments, float gap = 0);

}  // namespace intaglio::lowering
