// Weights in the order in which kernels read them. All functions take the plain ONNX order and return packed floats.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "ir/program.h"

namespace intaglio::lowering {

/// Weights of a convolution as [outputs][inputs per group][kernel_h][kernel_w].
struct ConvolutionWeights {
  std::span<const float> values;
  int64_t outputs = 1, group_inputs = 1, kernel_h = 1, kernel_w = 1;
  float at(int64_t output, int64_t input, int64_t ky, int64_t kx) const {
    return values[((output * group_inputs + input) * kernel_h + ky) * kernel_w + kx];
  }
};

/// ConvolutionStep: [group][panel][block][ky][kx][lane][panel lanes]; gap lanes of the output get zeros.
std::vector<float> pack_convolution(const ConvolutionWeights& w, const std::vector<int64_t>& group_input_segments,
                                    const std::vector<int64_t>& output_segments, int64_t groups, int64_t panel_blocks,
                                    int64_t block);
/// PlanarConvolutionStep: [panel][ky][kx][channel][panel lanes].
std::vector<float> pack_planar_convolution(const ConvolutionWeights& w, const std::vector<int64_t>& output_segments,
                                           int64_t panel_blocks, int64_t block);
/// DepthwiseStep: [block][ky][kx][lane].
std::vector<float> pack_depthwise(const ConvolutionWeights& w, const std::vector<int64_t>& segments, int64_t block);
/// GroupedConvolutionStep: [block][chunk of 8 inputs][ky][kx][input][lane].
std::vector<float> pack_grouped(const ConvolutionWeights& w, const std::vector<int64_t>& output_segments,
                                int64_t block);
/// FullyConnectedStep: [panel of 8 blocks][input][lane].
std::vector<float> pack_fully_connected(const ConvolutionWeights& w, const std::vector<int64_t>& output_segments,
                                        int64_t block);
/// One float per lane of the segments, `gap` in gap lanes. An empty `values` gives zeros.
std::vector<float> pack_lanes(std::span<const float> values, const std::vector<int64_t>& segments, int64_t block,
                              float gap = 0);

}  // namespace intaglio::lowering
