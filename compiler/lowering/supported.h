// What no kernel can compute, found node by node before lowering, so that one run reports everything: operators that no
// kernel takes in this form, element types, and operands that must be known when compiling.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <vector>

#include "ir/graph.h"
#include "support/error.h"

namespace intaglio {

/// Says whether a tensor is, or will be after folding, a constant.
using IsConstant = std::function<bool(TensorId)>;

/// Everything that lowering and backend cannot do with a node; empty when they can. Places name node and module path.
std::vector<Problem> unsupported(const Graph& graph, const Node& node, const IsConstant& is_constant);
/// The same of all nodes of a graph on which passes have run.
std::vector<Problem> unsupported_in(const Graph& graph);

}  // namespace intaglio
