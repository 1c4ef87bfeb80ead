// What each operator demands of its operands and results; part of verify().
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

/// internal_error unless operand counts, types and shapes of `node` agree with its attributes.
void verify_operator(const Graph& graph, const Node& node);

}  // namespace intaglio
