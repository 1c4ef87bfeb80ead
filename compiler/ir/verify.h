// Checks that a Graph keeps its promises; runs after every pass in tests and debug builds.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

/// internal_error unless: live names are unique; every value is defined once and before its readers; constants hold
/// what their tensor declares; and every node has the operands,
/// element types and output shapes that its attributes imply.
void verify(const Graph& graph);

}  // namespace intaglio
