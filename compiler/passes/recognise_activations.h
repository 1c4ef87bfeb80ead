// Finds activation functions that an exporter wrote as several operators.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// max(x, 0)                                             ->   relu(x)
// min(x, c), max(x, c), clips of clips                  ->   clip(x)
// prelu(x, one constant slope)                          ->   leaky_relu(x)
// clip(x + 3, 0, 6) / 6                                 ->   hard_sigmoid(x)
// x * hard_sigmoid(x), x * clip(x + 3, 0, 6) / 6        ->   hard_swish(x)
// x * sigmoid(x), x * sigmoid(a x)                      ->   swish(x)
// x * (1 + erf(x / sqrt 2)) / 2                         ->   gelu(x)
// x * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2   ->   gelu_tanh(x)
// x * tanh(softplus(x))                                 ->   mish(x)
//
// Products are matched in any order and grouping, with divisions by constants as factors. Refuses other constants
// (beyond 1e-6 relative) and factors that broadcast. Inner results with other readers stay.
// Why here: after folding, which makes the constants; before fuse_epilogues, which takes single functions only.
bool recognise_activations(Graph& graph);

}  // namespace intaglio
