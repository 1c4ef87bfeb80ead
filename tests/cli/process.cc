// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "process.h"

#include <cstdlib>

namespace intaglio_cli {

namespace fs = std::filesystem;

std::string program() {
  const char* const other = std::getenv("INTAGLIO_PROGRAM");
  return other != nullptr ? other : INTAGLIO_PROGRAM;
}

Outcome intaglio(std::vector<std::string> arguments, const std::string& setting) {
  arguments.insert(arguments.begin(), program());
  return run(arguments, setting);
}

fs::path model(const std::string& name) { return fs::path(INTAGLIO_TESTS_DIR) / "models" / name; }

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> result;
  if (!fs::exists(folder)) return result;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) result[entry.path().lexically_relative(folder).string()] = read_file(entry.path());
  }
  return result;
}

std::map<std::string, fs::file_time_type> write_times(const fs::path& folder) {
  std::map<std::string, fs::file_time_type> result;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) result[entry.path().lexically_relative(folder).string()] = entry.last_write_time();
  }
  return result;
}

}  // namespace intaglio_cli
