// How far the rounding errors of a network's layers move its results: an estimate of max |error| / max |result|, the
// measure of docs/numerics.md, without running the network.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "ir/graph.h"
#include "lowering/choices.h"

namespace intaglio::lowering {

/// Per node, the square of that measure for one unit of the noise that its kernel makes; 0 for nodes that sum no
/// products. Independent errors add their squares: the network's is the root of the sum of sensitivity * noise.
std::vector<double> rounding_sensitivities(const Graph& graph);

/// Noise of a kernel: the variance of a result's rounding error in units of u^2 / 6 times the sum of its squared
/// products, u = 2^-24 (the mean square of one rounding's relative error is u^2 / 6).
/// A sum of k terms one after another has k / 2: its partial sums have 1 / k, 2 / k, ... of the sum's variance.
/// Winograd's algorithm multiplies the noise of its sums by what WinogradTransform::noise_gain says, along both axes.
/// `partial_sums`: see Program.
double rounding_noise(const ConvolutionLayer& layer, const ConvolutionChoice& choice, const Target& target,
                      bool partial_sums);
/// Of a node whose sums have the length that its operator gives them: all but convolutions with a choice.
double rounding_noise(const Graph& graph, const Node& node);

/// The estimate from the sum of sensitivity * noise.
double rounding_estimate(double sum);

}  // namespace intaglio::lowering
