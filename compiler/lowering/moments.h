// What the values of a network are like, without running it: mean and variance of every channel of every tensor, by
// mean-field theory, and by how much the variance of an error grows on its way through each operator.
//
// Inputs have mean 0 and variance 1; values are independent and, where a function is applied, normally distributed (a
// convolution sums many products) but for the skew that a shortcut brings: sums of activations, which are skewed, lose
// less to a ReLU than normal values, a tenth more variance per block, which the next batch norm takes for given. That
// follows the weights as they are: what a batch norm that is folded into them centres and scales is centred and scaled
// here too. Spatial neighbours are taken for independent in a maximum and for partly dependent in a mean. A maximum of
// activations is the activation of a maximum, also behind gates and concatenations: of half-normal values as they come
// it would be a third of the variance.
// (Poole et al., "Exponential expressivity in deep neural networks through transient chaos", 2016.)
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "ir/graph.h"

namespace intaglio::lowering {

/// Per channel (axis 1; one entry where there is no such axis).
struct Moments {
  std::vector<double> mean, variance, third;  ///< third: the third central moment
};

/// How the variance of an error in one input of a node reaches its result: per channel of the result, `gain` times a
/// sum over channels of the input.
struct ErrorPath {
  enum class Map : uint8_t {
    spread,   ///< channel by channel; stretches or averages where the numbers of channels differ
    weights,  ///< by the squares of a convolution's or product's constant weights
    append,   ///< the input's channels are those of the result from `first` on
    pick,     ///< channel c of the result is channel first + c * step of the input
  };
  TensorId input;
  Map map = Map::spread;
  std::vector<double> gain;
  int64_t first = 0, step = 1;
};

struct NodeErrors {
  std::vector<ErrorPath> paths;
  /// Of convolutions and products: per channel of the result, the sum of the squared products before the activation,
  /// times what the activation leaves of an error's variance. Rounding adds a multiple of that.
  std::vector<double> squares;
};

struct NetworkMoments {
  std::vector<Moments> tensors;   ///< by tensor
  std::vector<NodeErrors> nodes;  ///< by node
};
NetworkMoments network_moments(const Graph& graph);

}  // namespace intaglio::lowering
