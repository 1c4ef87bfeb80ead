// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace intaglio_cli {

namespace fs = std::filesystem;

namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

}  // namespace

Outcome run(const std::vector<std::string>& command, const std::string& setting) {
  const Scratch scratch;
  std::string line = setting;
  for (const std::string& word : command) line += (line.empty() ? "" : " ") + quoted(word);
  line += " </dev/null >" + quoted(scratch / "out") + " 2>" + quoted(scratch / "err");
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(scratch / "out"),
          read_file(scratch / "err")};
}

Outcome intaglio(std::vector<std::string> arguments, const std::string& setting) {
  const char* const other = std::getenv("INTAGLIO_PROGRAM");
  arguments.insert(arguments.begin(), other != nullptr ? other : INTAGLIO_PROGRAM);
  return run(arguments, setting);
}

fs::path model(const std::string& name) { return fs::path(INTAGLIO_TESTS_DIR) / "models" / name; }

Scratch::Scratch() {
  std::string pattern = (fs::temp_directory_path() / "intaglio-cli-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder " + pattern);
  path_ = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

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
