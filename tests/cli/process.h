// Running programs in tests: what they print, how they end, and what they leave in folders.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace intaglio_cli {

struct Outcome {
  int status = -1;  ///< exit status; 128 + number for a signal
  std::string out, err;
};

/// Runs a program with arguments; `setting` ("cd /tmp && LC_ALL=C") is shell text put in front of it.
Outcome run(const std::vector<std::string>& command, const std::string& setting = {});

/// Runs the `intaglio` under test: the one of this build, or $INTAGLIO_PROGRAM.
Outcome intaglio(std::vector<std::string> arguments, const std::string& setting = {});

/// A file of tests/models.
std::filesystem::path model(const std::string& name);
/// A network that is quick to compile.
inline const std::string small = model("s4_residual.ts.b4.onnx");

/// A new folder, removed at the end.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

/// Contents of all files below a folder, by relative path; empty when there is no folder.
std::map<std::string, std::string> contents(const std::filesystem::path& folder);
/// When each of them was written.
std::map<std::string, std::filesystem::file_time_type> write_times(const std::filesystem::path& folder);

}  // namespace intaglio_cli
