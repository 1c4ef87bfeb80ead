// Which kernel takes a convolution, and with which parameters: one cost model over Target's data, and the candidates
// among which --tune measures.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <map>
#include <string>
#include <vector>

#include "ir/program.h"
#include "lowering/lower.h"
#include "target/target.h"

namespace intaglio::lowering {

/// A convolution that mixes channels, as far as its choice depends on it.
struct ConvolutionLayer {
  Window2d window;
  int64_t groups = 1, inputs = 1, outputs = 1;  ///< channels of all groups
  int64_t height = 1, width = 1;                ///< of one image of the result
  bool planar = false;                          ///< the input is
  /// "conv 3x3 s2x2 128 -> 256 at 14x14"; layers with the same one share a choice.
  std::string signature() const;
};

struct ConvolutionChoice {
  bool winograd = false;
  // Winograd: outputs per tile along both axes, tiles that go through scratch together.
  int64_t outputs_h = 1, outputs_w = 1, tiles = 1;
  // Direct, blocked input: see ConvolutionStep; `subsample` copies the pixels that a strided 1x1 reads.
  int64_t reduction_block = 256, rows = 1;
  bool subsample = false;
  /// "winograd 4x4 tiles 98", "direct rows 2 reduction 256": what a tuning file holds.
  std::string text() const;
};

struct Candidate {
  ConvolutionChoice choice;
  double cycles = 0;  ///< predicted, per image
};

/// Everything worth measuring, the untuned choice first, then by predicted cycles. `options` may rule kernels out.
std::vector<Candidate> candidates(const ConvolutionLayer& layer, const Target& target, const LoweringOptions& options);

}  // namespace intaglio::lowering
