// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "support/error.h"

namespace intaglio {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (fs::temp_directory_path() / "intaglio-XXXXXX").string();
  const SignalsHeld held;
  if (mkdtemp(pattern.data()) == nullptr)
    fail(pattern, fmt::format("a temporary folder cannot be made: {}", std::strerror(errno)),
         "TMPDIR names another place");
  path_ = pattern;
  if (std::getenv("INTAGLIO_KEEP") == nullptr) unfinished_.emplace(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (unfinished_) fs::remove_all(path_, ignored);
}

}  // namespace intaglio
