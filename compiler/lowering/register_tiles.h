// The register budget: what every kernel's register tile holds, derived from the target's registers. This is the one
// place that a target with more of them, or with other ones, is read for; the steps carry what is chosen here.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "ir/numerics.h"
#include "ir/program.h"
#include "target/target.h"

namespace intaglio::lowering {

/// Of dense convolutions, first layers and Strassen's products: as many sums as the registers hold beside the weights
/// of a panel and one input. `taps`: of a window larger than 1x1.
DenseTile dense_tile(const Target& target, bool taps = false);

/// Of the products of a Winograd convolution whose passes take `tiles` tiles.
DenseTile winograd_tile(const Target& target, int64_t tiles);

/// Output blocks per panel of fully connected layers, one sum each.
int64_t fully_connected_panel(const Target& target);

/// Whether a kernel writes out all taps of a window: text of larger ones would be long and gain nothing.
bool unrolls(const Window2d& window);

// Of other kernels, from the rest of the step.
void choose_tile(DepthwiseStep& step, const Target& target);
void choose_tile(GroupedConvolutionStep& step, const Target& target, Numerics numerics);
void choose_tile(MatMulStep& step, const Target& target);

/// The step, whose tile was chosen, and the same with other tiles that are worth measuring.
std::vector<DepthwiseStep> depthwise_tiles(const DepthwiseStep& step, const Target& target);
std::vector<GroupedConvolutionStep> grouped_tiles(const GroupedConvolutionStep& step, const Target& target);
/// Predicted cycles of the step's products per image.
double tile_cycles(const DepthwiseStep& step, const Target& target);
double tile_cycles(const GroupedConvolutionStep& step, const Target& target);

}  // namespace intaglio::lowering
