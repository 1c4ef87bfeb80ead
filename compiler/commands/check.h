// What is wrong with a generated folder: compared with its own manifest, and with what its model gives now.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backend/manifest.h"
#include "compile.h"

namespace intaglio {

/// One thing that is wrong.
struct Finding {
  /// The order is that of the report.
  enum class Kind : uint8_t {
    version,        ///< made by another version
    stale_model,    ///< the model has changed
    stale_options,  ///< options have changed
    needs_file,     ///< a tensor of --bind that is not there: whether the folder is stale cannot be told
    merge,          ///< conflict markers of a merge
    unfinished,     ///< a compilation was killed
    missing,        ///< a file is not there
    edited,         ///< a file is not as it was generated
    line_ends,      ///< a file is but for its line ends
    lfs_pointer,    ///< Git LFS has left a pointer in place of a file
    truncated,      ///< a weights file ends early
    other_weights,  ///< a weights file of another model
    damaged         ///< a weights file with some wrong tensors
  };
  Kind kind;
  std::string file;     ///< seen from the folder; empty when it is the folder as a whole
  std::string message;  ///< "was edited since it was generated"
  std::string remedy;
};
/// "stale_model", as --json has it.
std::string_view finding_name(Finding::Kind kind);

/// What is wrong with the files of a folder, going by the manifest alone.
std::vector<Finding> check_files(const std::filesystem::path& folder, const Manifest& manifest,
                                 const std::string& manifest_file);

/// What is wrong with a weights file that has not its hash; `inspect_weights` reads it with the manifest's tensors.
Finding check_weights_file(const std::filesystem::path& path, const std::string& file, const Manifest& manifest);

/// What makes the folder another one than `now`, which was made with the options that it shall have.
struct Staleness {
  std::vector<Finding> findings;
  std::vector<std::string> files;  ///< that would change
};
Staleness check_against(const Manifest& manifest, const Compiled& now, const std::string& model);

/// The manifest among the generated files.
Manifest manifest_of(const Compiled& compiled);

}  // namespace intaglio
