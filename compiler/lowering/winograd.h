// Weights of Winograd convolutions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "lowering/pack.h"

namespace intaglio::lowering {

/// Weights of a convolution with stride 1 that computes what one with strides does from the phases of its input:
/// [outputs][phase_h][phase_w][input][tap_h][tap_w], zeros where a phase has fewer taps. See WinogradStep.
std::vector<float> phase_weights(const WeightsView& w, const WinogradStep& step);

/// WinogradStep: [point][panel][block][lane][panel lanes]; computed in double, rounded once.
/// Not `transformed`: [tap_h][tap_w][panel]..., what generated code makes them of.
WeightData pack_winograd(const ConvolutionWeights& weights, const WinogradStep& step,
                         const std::vector<int64_t>& output_segments, bool transformed);

/// The same of a step with `plain` weights: as a ConvolutionStep's.
WeightData pack_plain_winograd(const ConvolutionWeights& weights, const WinogradStep& step,
                               const std::vector<int64_t>& output_segments);

/// What makes the transformed weights of those that are not.
Preparation winograd_preparation(const WinogradStep& step);

}  // namespace intaglio::lowering
