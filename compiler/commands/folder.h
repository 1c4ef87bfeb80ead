// Writing a generated folder: all or nothing, one compilation at a time, never over somebody else's files.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "backend/generate.h"

namespace intaglio {

struct FolderChange {
  std::vector<std::filesystem::path> paths;  ///< written or removed
  std::vector<std::string> notes;
};

/// Writes `files` (manifest last) into `folder`. Refuses (Error, nothing written) when the folder holds another model,
/// files of ours that were edited, or strangers under our names. Unchanged files are not touched; files that only the
/// old manifest lists are removed. `kept` go with them but belong to the user: they replace what is there, no manifest
/// lists them, and no later call removes them. Files whose line ends were converted are ours still. `force` replaces
/// edited files, too, and everything under the names of `files` when the manifest cannot be read.
///
/// Files are ours when they are what the manifest says, or what shall be written anyway. A call that is killed between
/// two renames leaves a folder of old and new files; NAME.unfinished.json, written before the first and removed after
/// the last, says what either may be, so that the next call, whatever it writes, goes over them.
FolderChange write_folder(const std::filesystem::path& folder, const std::string& model,
                          const std::vector<GeneratedFile>& files, const std::vector<GeneratedFile>& kept = {},
                          bool force = false);

}  // namespace intaglio
