// Finds normalisations that an exporter wrote as several operators.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// reshape(InstanceNorm(reshape(x [N,C,..] -> [N,G,..])) -> x's shape)   ->   GroupNorm(x)   G groups
// (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)                 ->   LayerNorm(x)   means over the last axes
// (x - mean(x)) * reciprocal(sqrt(mean((x - mean(x))^2) + epsilon))     ->   LayerNorm(x)   likewise
// LayerNorm(x) * c, LayerNorm(x) + c                                    ->   LayerNorm(x)   constant c over those axes
//
// Refuses scales and biases that are not constant, reshapes that do not split the channels, operators in another order,
// other axes, and to fold c when the norm has more results or its result another reader. A GroupNorm's own scale and
// bias (Mul, Add) are folded by fold_scale.
// Why here: after folding, which makes the constants; before fold_scale.
bool recognise_norms(Graph& graph);

}  // namespace intaglio
