// Computes at compile time what does not depend on the graph's inputs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// y = f(constant, ...)   ->   constant y
//
// The interpreter computes y, so folding and interpretation cannot disagree. Refuses when the results have more than
// 1 Mi elements beyond their operands (an Expand of a scalar is better computed than stored).
// Why here: first, because exporters' shape arithmetic and weight transformations disappear here and every later pass
// asks for constants.
bool fold_constants(Graph& graph);

}  // namespace intaglio
