// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "commands/progress.h"
#include "support/error.h"

namespace intaglio {

namespace fs = std::filesystem;

namespace {

/// Whether the path still names what the descriptor has open: somebody may have removed or replaced the folder.
bool same_folder(int descriptor, const fs::path& path) {
  struct stat opened, named;
  return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

/// Waits for the lock; false when there are none on this file system.
bool lock(int descriptor, const fs::path& folder) {
  constexpr int silent_attempts = 40;
  for (int attempt = 0; flock(descriptor, LOCK_EX | (attempt < silent_attempts ? LOCK_NB : 0)) != 0; ++attempt) {
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    if (attempt == silent_attempts - 1) {
      print_notes({fmt::format("waiting for another compilation that writes into {}", folder.string())});
    } else if (attempt < silent_attempts) {
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
  }
  return true;
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder) : folder_(folder) {
  for (;;) {
    std::error_code error;
    {
      const SignalsHeld held;
      if (fs::create_directories(folder, error) && !made_) made_.emplace(folder, true);
    }
    descriptor_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0) {
      const int reason = error ? error.value() : errno;
      if (!error && reason == ENOENT) continue;  // removed since
      if (fs::exists(folder, error) && !fs::is_directory(folder, error)) fail(folder.string(), "is not a folder");
      fail(folder.string(), fmt::format("cannot be written: {}", std::strerror(reason)));
    }
    held_ = lock(descriptor_, folder);
    if (same_folder(descriptor_, folder)) return;
    close(descriptor_);
  }
}

FolderLock::~FolderLock() {
  std::error_code ignored;
  if (made_) fs::remove(folder_, ignored);  // fails when it is not empty
  close(descriptor_);
}

}  // namespace intaglio
