// Removes what no graph output depends on.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// node whose results nobody reads   ->   (nothing)
// y, indices = max_pool(x)          ->   y = max_pool(x)   if nobody reads indices; likewise other secondary results
//
// Why here: after every pass that leaves operands unread; it runs inside the rewriting passes too, so that
// single-reader conditions see only live readers.
bool eliminate_dead_code(Graph& graph);

}  // namespace intaglio
