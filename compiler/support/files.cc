// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/files.h"

#include <unistd.h>

#include <cstdlib>
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
  if (mkdtemp(pattern.data()) == nullptr) fail(pattern, "a temporary folder cannot be made");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (std::getenv("INTAGLIO_KEEP") == nullptr) fs::remove_all(path_, ignored);
}

}  // namespace intaglio
