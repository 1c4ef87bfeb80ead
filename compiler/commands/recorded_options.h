// From a manifest back to the options of the compilation that wrote it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <vector>

#include "backend/manifest.h"
#include "compile.h"

namespace intaglio {

struct RecordedOptions {
  CompileOptions options;            ///< all but the model
  std::vector<BoundTensor> missing;  ///< tensors whose file is not where it was, or holds something else
};

/// What `app` was given of --name, --weights, --parallel, --selftest and the options of ModelArguments, as `given` has
/// it, and for the rest what the manifest in `folder` records. Error with Exit::usage for what this version lacks.
RecordedOptions recorded_options(const Manifest& manifest, const std::filesystem::path& folder, const CLI::App& app,
                                 const CompileOptions& given);

}  // namespace intaglio
