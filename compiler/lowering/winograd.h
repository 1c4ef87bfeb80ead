// Winograd convolution: whether it pays for a layer, and its weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <optional>
#include <vector>

#include "lowering/pack.h"
#include "target/target.h"

namespace intaglio::lowering {

/// Outputs per tile along both axes, and tiles that go through scratch together.
struct WinogradChoice {
  int64_t outputs_h = 1, outputs_w = 1, tiles = 1;
};

/// The cheapest filtering for a convolution of one group, or nothing where the direct kernel is cheaper or the window
/// has dilations. `inputs` and `outputs`: channels; `height` and `width`: of one image of the result; `planar`: the
/// input is.
std::optional<WinogradChoice> choose_winograd(const Window2d& window, int64_t inputs, int64_t outputs, int64_t height,
                                              int64_t width, bool planar, const Target& target);

/// Weights of a convolution with stride 1 that computes what one with strides does from the phases of its input:
/// [outputs][phase_h][phase_w][input][tap_h][tap_w], zeros where a phase has fewer taps. See WinogradStep.
std::vector<float> phase_weights(const ConvolutionWeights& w, const WinogradStep& step);

/// WinogradStep: [point][panel][block][lane][panel lanes]; computed in double, rounded once.
/// Not `transformed`: [tap_h][tap_w][panel]..., what generated code makes them of.
std::vector<float> pack_winograd(const ConvolutionWeights& w, const WinogradStep& step,
                                 const std::vector<int64_t>& output_segments, int64_t block, bool transformed);

}  // namespace intaglio::lowering
