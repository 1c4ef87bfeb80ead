// Running programs in tests: what they print and how they end.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace intaglio::testing {

struct Outcome {
  int status = -1;  ///< exit status; 128 + number for a signal
  std::string out, err;
};

/// Runs a program with arguments; `setting` ("cd /tmp && LC_ALL=C") is shell text put in front of it.
Outcome run(const std::vector<std::string>& command, const std::string& setting = {});

/// Writes a file, and the folders on its path.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace intaglio::testing
