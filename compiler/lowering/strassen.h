// Weights of 1x1 convolutions by Strassen's algorithm.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "lowering/pack.h"

namespace intaglio::lowering {

/// StrassenStep: [product][panel][block][lane][panel lanes]; computed in double, rounded once. Not `combined`:
/// [quarter][panel]..., what generated code makes them of; quarters are (input half, output half) in row-major order.
WeightData pack_strassen(const ConvolutionWeights& weights, int64_t panel_blocks, bool combined);

/// What makes the combined weights of those that are not.
Preparation strassen_preparation();

}  // namespace intaglio::lowering
