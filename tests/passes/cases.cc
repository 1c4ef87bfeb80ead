// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/cases.h"

#include <algorithm>
#include <fstream>

namespace intaglio {

PassFile read_cases(const std::filesystem::path& path) {
  PassFile file;
  std::string* part = &file.preamble;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("=== ")) {
      file.cases.push_back({line.substr(4), {}, {}});
      part = &file.cases.back().before;
    } else if (line == "--->" && !file.cases.empty()) {
      part = &file.cases.back().after;
    } else if (!line.empty()) {
      *part += line + "\n";
    }
  }
  return file;
}

void write_cases(const std::filesystem::path& path, const PassFile& file) {
  std::ofstream stream(path);
  stream << file.preamble;
  for (const PassCase& test : file.cases)
    stream << "\n=== " << test.title << "\n" << test.before << "--->\n" << test.after;
}

std::vector<std::filesystem::path> case_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(INTAGLIO_TESTS_DIR "/passes")) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace intaglio
