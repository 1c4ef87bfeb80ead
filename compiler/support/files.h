// Whole files, and folders for what is needed for a while.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "support/unfinished.h"

namespace intaglio {

/// The bytes of a file; empty when it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// A folder below the system's temporary folder that is removed with all it holds, unless $INTAGLIO_KEEP is set: then
/// what was generated and built in it can be looked at. Throws Error when it cannot be made.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& inside) const { return path_ / inside; }

 private:
  std::filesystem::path path_;
  std::optional<Unfinished> unfinished_;
};

}  // namespace intaglio
