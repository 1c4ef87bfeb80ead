// y = scale[c] x + shift[c] over axis 1, and how it disappears into the weights of a neighbouring operator.
// Computed in double and rounded once.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <optional>
#include <vector>

#include "ir/graph.h"

namespace intaglio {

struct ChannelAffine {
  std::vector<double> scale, shift;  ///< one entry per channel
};

/// What a BatchNorm with constant statistics computes outside training mode; nullopt for any other node.
std::optional<ChannelAffine> affine_of_batch_norm(const Graph& graph, NodeId id);

/// A node x + c, x - c, c - x, x * c, x / c with a float32 constant c that varies at most along axis 1,
/// as an affine map of x.
struct ScaledOperand {
  TensorId x;
  ChannelAffine affine;
};
std::optional<ScaledOperand> affine_of_binary(const Graph& graph, NodeId id);

/// affine(f(x, w, b))   ->   f(x, w', b')      f: Conv, ConvTranspose, Gemm or GroupNorm, without an epilogue
///
/// Constant float32 weights and bias. The caller has made sure that nothing else reads f's result. False: nothing
/// changed.
bool fold_after(Graph& graph, const Uses& uses, NodeId producer, const ChannelAffine& affine);

/// f(affine(x), w, b)   ->   f(x, w', b')      f: Conv, ConvTranspose or Gemm, whose operand 0 is affine(x)
///
/// Constant float32 weights and bias; the caller replaces operand 0. A shift needs a Conv without padding or a Gemm:
/// padding would have to be -shift / scale, and edge outputs of a ConvTranspose receive fewer taps. False: nothing
/// changed.
bool fold_before(Graph& graph, const Uses& uses, NodeId consumer, const ChannelAffine& affine);

}  // namespace intaglio
