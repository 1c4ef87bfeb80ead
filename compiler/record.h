// What is written down of a compilation: the options as they were given or chosen, hashes of what was read, and notes
// to the user. Decides nothing that the generated code depends on but the name and the default storage of weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "compile.h"

namespace intaglio {

/// For generate() and the manifest. `program` was lowered from `graph`; `notes` grows.
GenerateOptions record(const Graph& graph, const Program& program, const CompileOptions& options,
                       std::vector<std::string>& notes);

}  // namespace intaglio
