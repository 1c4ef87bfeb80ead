// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "support/error.h"
#include "support/unfinished.h"

namespace intaglio {

namespace fs = std::filesystem;

namespace {

/// 0, or the system's number for what went wrong.
int put(const fs::path& path, const Writer& write) {
  errno = 0;
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  write([&](std::string_view piece) { stream.write(piece.data(), static_cast<std::streamsize>(piece.size())); });
  stream.close();
  return !stream.fail() ? 0 : errno != 0 ? errno : EIO;
}

/// What a link leads to.
fs::path destination(const fs::path& path) {
  std::error_code error;
  return fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
}

[[noreturn]] void fail_to_write(const fs::path& path, int reason) {
  fail(path.string(), fmt::format("cannot be written: {}", std::strerror(reason)),
       reason == ENOENT                       ? "make the folder first, or name another place"
       : reason == ENOSPC || reason == EDQUOT ? "make room, or name another place"
                                              : "name another place");
}

}  // namespace

void write_file(const fs::path& path, std::string_view contents) {
  std::error_code error;
  const fs::path target = destination(path);
  const Writer write = [&](const Sink& sink) { sink(contents); };
  if (fs::exists(target, error) && !fs::is_regular_file(target, error)) {
    if (const int reason = put(target, write)) fail_to_write(path, reason);
    return;
  }
  const fs::path temporary = fmt::format("{}.intaglio-{}", target.string(), getpid());
  const Unfinished unfinished(temporary);
  int reason = put(temporary, write);
  if (reason == 0) {
    fs::rename(temporary, target, error);
    reason = error.value();
  }
  if (reason == 0) return;
  fs::remove(temporary, error);
  fail_to_write(path, reason);
}

void expect_writable(const fs::path& path) {
  std::error_code error;
  const fs::path target = destination(path);
  if (fs::is_directory(target, error)) fail_to_write(path, EISDIR);
  if (fs::exists(target, error) && !fs::is_regular_file(target, error)) return;  // a terminal, a pipe
  const fs::path folder = target.has_parent_path() ? target.parent_path() : ".";
  if (access(folder.c_str(), W_OK | X_OK) != 0) fail_to_write(path, errno);
  if (!fs::is_directory(folder, error)) fail_to_write(path, ENOTDIR);
}

void write_generated(const fs::path& folder, const GeneratedFile& file) {
  const fs::path path = folder / file.path;
  fs::create_directories(path.parent_path());
  if (const int reason = put(path, file.write)) fail_to_write(path, reason);
}

}  // namespace intaglio
