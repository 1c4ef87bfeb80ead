// One compilation at a time writes into a folder.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <optional>

#include "support/unfinished.h"

namespace intaglio {

/// Holds a folder against other compilations. The lock is the system's (flock on the folder itself), so it leaves no
/// file behind and ends with the process, however that ends.
class FolderLock {
 public:
  /// Makes the folder when there is none, and waits while another compilation holds it. Throws Error when the path is
  /// no folder or the folder cannot be made.
  explicit FolderLock(const std::filesystem::path& folder);
  /// A folder that was made and has stayed empty disappears.
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// False where the file system cannot lock folders (NFS): others may then be writing, too.
  bool held() const { return held_; }

 private:
  std::filesystem::path folder_;
  int descriptor_ = -1;
  bool held_ = false;
  std::optional<Unfinished> made_;
};

}  // namespace intaglio
