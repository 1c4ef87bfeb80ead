// Which nodes the wanted values need, in an order in which every value is computed before it is read.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <unordered_set>
#include <vector>

#include "frontend/problems.h"
#include "frontend/source_node.h"

namespace intaglio::frontend {

/// The needed nodes, topologically sorted; file order is kept where it is one. `available` are the names of inputs and
/// initializers. Reports values written twice, values that nothing produces, and cycles (naming their nodes).
std::vector<SourceNode> needed_nodes(std::vector<SourceNode> nodes, const std::unordered_set<std::string>& available,
                                     const std::vector<std::string>& wanted, Problems& problems);

}  // namespace intaglio::frontend
