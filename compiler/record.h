// What is written down of a compilation: the options as they were given or chosen, hashes of what was read, and notes
// to the user. Decides nothing that the generated code depends on but the name and the default storage of weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "compile.h"
#include "ir/graph_hash.h"

namespace intaglio {

struct ModelHashes {
  std::string files;  ///< content_hash of the model file; with external data, of the hashes of all its files
  GraphHashes graph;
};
/// Of a model as it was imported.
ModelHashes hash_model(const Imported& imported);

/// For generate() and the manifest. `program` was lowered from the model; `notes` grows.
GenerateOptions record(const ModelHashes& hashes, const Program& program, const CompileOptions& options,
                       std::vector<std::string>& notes);

}  // namespace intaglio
