// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

#include "support/error.h"

namespace intaglio {

namespace fs = std::filesystem;

namespace {

bool put(const fs::path& path, const Writer& write) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  write([&](std::string_view piece) { stream.write(piece.data(), static_cast<std::streamsize>(piece.size())); });
  stream.close();
  return !stream.fail();
}

}  // namespace

void write_file(const fs::path& path, std::string_view contents) {
  std::error_code error;
  const fs::path target = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
  const Writer write = [&](const Sink& sink) { sink(contents); };
  bool written = false;
  if (fs::exists(target, error) && !fs::is_regular_file(target, error)) {
    written = put(target, write);
  } else {
    const fs::path temporary = fmt::format("{}.intaglio-{}", target.string(), getpid());
    written = put(temporary, write);
    if (written) fs::rename(temporary, target, error);
    written = written && !error;
    if (!written) fs::remove(temporary, error);
  }
  if (!written) fail(path.string(), "cannot be written", "is the folder there, writable, and the disk not full?");
}

void write_generated(const fs::path& folder, const GeneratedFile& file) {
  const fs::path path = folder / file.path;
  fs::create_directories(path.parent_path());
  if (!put(path, file.write)) fail(path.string(), "cannot be written", "is the disk full?");
}

}  // namespace intaglio
