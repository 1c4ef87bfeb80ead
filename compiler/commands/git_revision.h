// A folder as it is in a revision of the git repository that it lies in.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>

namespace intaglio {

/// Writes the folder's files of that revision below `destination`, which exists. Error with Exit::usage when git has no
/// such revision or it does not hold the folder.
void extract_revision(const std::filesystem::path& folder, const std::string& revision,
                      const std::filesystem::path& destination);

}  // namespace intaglio
