// Model-local functions are expanded into the nodes of their bodies before anything is imported.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "frontend/problems.h"
#include "frontend/source_node.h"

namespace intaglio::frontend {

/// The nodes of the main graph in file order, calls of model-local functions replaced by the function's nodes (nested
/// calls too). Values inside a body get the name "CALL/VALUE", where CALL is the first output of the call. The nodes
/// refer into `model`. Calls that recurse, attributes that refer to nothing, functions that are defined twice and two
/// imports of the default domain are reported.
std::vector<SourceNode> expand_functions(onnx::ModelProto& model, Problems& problems);

}  // namespace intaglio::frontend
