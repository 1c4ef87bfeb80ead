// The inputs of a model: symbolic dimensions get their extents, bound inputs become constants.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "frontend/import.h"
#include "frontend/problems.h"
#include "frontend/values.h"

namespace intaglio::frontend {

/// Adds every input that no initializer replaces to the graph, in order, and defines its value. `notes` receives
/// remarks about assumed dimensions.
void declare_inputs(const onnx::GraphProto& model, const ImportOptions& options, NamedValues& values,
                    Problems& problems, std::vector<std::string>& notes);

}  // namespace intaglio::frontend
