// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/process.h"

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>

#include "support/files.h"
#include "support/shell.h"

namespace intaglio::testing {

Outcome run(const std::vector<std::string>& command, const std::string& setting) {
  const TemporaryFolder scratch;
  std::string line = setting;
  for (const std::string& word : command) line += (line.empty() ? "" : " ") + shell_quoted(word);
  line += " </dev/null >" + shell_quoted((scratch / "out").string()) + " 2>" + shell_quoted((scratch / "err").string());
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(scratch / "out"),
          read_file(scratch / "err")};
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace intaglio::testing
