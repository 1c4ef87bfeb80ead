// Which kernel takes a convolution, and with which parameters: one cost model over Target's data, and the candidates
// among which --tune measures.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <map>
#include <string>
#include <vector>

#include "ir/steps.h"
#include "lowering/lower.h"
#include "target/target.h"

namespace intaglio::lowering {

/// A convolution that mixes channels, as far as its choice depends on it.
struct ConvolutionLayer {
  Window2d window;
  int64_t groups = 1, inputs = 1, outputs = 1;  ///< channels of all groups
  int64_t height = 1, width = 1;                ///< of one image of the result
  int64_t in_height = 1, in_width = 1;          ///< of one of a blocked input
  bool planar = false;                          ///< the input is
  bool residual = false;                        ///< something is added to the result
  bool gaps = false;                            ///< some lanes of input or output are no channels
  bool cached_weights = false;                  ///< the network's weights stay in the last cache between runs
  bool finite_weights = true;                   ///< sums of them, as Winograd and Strassen make, are numbers
  /// "conv 3x3 s2x2 128 -> 256 at 14x14"; layers with the same one share a choice.
  std::string signature() const;
};

struct ConvolutionChoice {
  enum class Method : uint8_t { direct, winograd, strassen };
  Method method = Method::direct;
  int64_t tiles = 1;                        ///< Winograd, Strassen: what goes through scratch together
  int64_t outputs_h = 1, outputs_w = 1;     ///< Winograd: outputs per tile along both axes
  bool plain = false;                       ///< Winograd: weights are transformed while the kernel runs
  int64_t reduction_block = 256, rows = 1;  ///< direct, blocked input: see ConvolutionStep
  bool clips = false;                       ///< direct, blocked input: passes over taps in the padding
  bool subsample = false;                   ///< direct, Strassen: the pixels that a strided 1x1 reads are copied first
  /// "winograd 4x4 tiles 98 plain", "strassen pairs 25", "direct rows 2 reduction 256 clipped": what a tuning file
  /// holds.
  std::string text() const;
};

struct RatedChoice {
  ConvolutionChoice choice;
  double cycles = 0;  ///< predicted, per image
};

/// Rows of a direct convolution's result whose pixels are tiled together: the fewest that fill the tiles well.
int64_t choose_rows(int64_t height, int64_t width, const Target& target);

/// Every kernel that can take the layer, the one predicted to be fastest first, the direct ones behind the others.
/// `options` may rule kernels out.
std::vector<RatedChoice> candidates(const ConvolutionLayer& layer, const Target& target,
                                    const LoweringOptions& options);

/// What of them is worth measuring: the first, variants of it, and others by predicted cycles.
std::vector<RatedChoice> worth_measuring(std::vector<RatedChoice> candidates, const ConvolutionLayer& layer);

}  // namespace intaglio::lowering
