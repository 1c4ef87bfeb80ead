// Computes equal values once.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// y = f(x), z = f(x)          ->   y = f(x), z is y        same operator, attributes and operands
// constant a, constant b      ->   constant a, b is a      same type, shape and bytes
//
// Refuses when z or b is a graph output, which keeps its own name.
// Why here: after folding, which makes equal constants; before the fusions, which ask for single readers.
bool eliminate_common_subexpressions(Graph& graph);

}  // namespace intaglio
