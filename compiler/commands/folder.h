// Writing a generated folder: all or nothing, never over somebody else's files.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "backend/generate.h"

namespace intaglio {

/// The bytes of a file; empty when it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// Writes `files` (manifest last) into `folder`. Refuses (Error, nothing written) when the folder holds another model,
/// files of ours that were edited, or strangers under our names. Unchanged files are not touched; files that only the
/// old manifest lists are removed. Returns the paths that were written or removed.
std::vector<std::filesystem::path> write_folder(const std::filesystem::path& folder, const std::string& model,
                                                const std::vector<GeneratedFile>& files);

}  // namespace intaglio
