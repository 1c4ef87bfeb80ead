// Pass tests as text. A file NAME.txt tests the pass NAME with cases of this form:
//
//   === what the case shows
//   graph text before
//   --->
//   graph text after, or "unchanged"
//
// Lines before the first case are comments. INTAGLIO_BLESS=1 rewrites the expected parts; the diff is reviewed like
// code.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace intaglio {

struct PassCase {
  std::string title, before, after;
};

struct PassFile {
  std::string preamble;
  std::vector<PassCase> cases;
};

PassFile read_cases(const std::filesystem::path& path);
void write_cases(const std::filesystem::path& path, const PassFile& file);

/// All NAME.txt of this folder, sorted; those of networks/ (cases of the whole pipeline) are not among them.
std::vector<std::filesystem::path> case_files();

}  // namespace intaglio
