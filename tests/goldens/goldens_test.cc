// Whole generated folders, byte for byte as committed beside this file: what a change does to generated code shows in
// its diff. tests/bless.sh rewrites them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "cli/process.h"
#include "goldens/networks.h"

namespace intaglio::testing {

void PrintTo(const GoldenNetwork& network, std::ostream* stream) { *stream << network.name; }

}  // namespace intaglio::testing

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;
using intaglio::testing::GoldenNetwork;
using Files = std::map<std::string, std::string>;

const fs::path tests = INTAGLIO_TESTS_DIR;

Files compile(const GoldenNetwork& network) {
  const TemporaryFolder scratch;
  const fs::path file = scratch / (network.name + ".onnx");
  write_file(file, network.onnx);
  std::vector<std::string> arguments = {"compile", file, "-o", scratch / "generated", "--target", network.target};
  arguments.insert(arguments.end(), network.options.begin(), network.options.end());
  const Outcome outcome = intaglio(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return contents(scratch / "generated");
}

bool is_runtime_header(const std::string& path) { return path.starts_with("intaglio/"); }

/// Not committed twice: the runtime's headers stand in runtime/, and the hash of binary weights stands in the manifest.
bool is_committed(const std::string& path) { return !is_runtime_header(path) && !path.ends_with(".bin"); }

/// "" when equal, else the first line that differs, as committed and as generated.
std::string first_difference(const std::string& committed, const std::string& generated) {
  std::istringstream left(committed), right(generated);
  for (int line = 1;; ++line) {
    std::string a, b;
    const bool more_left = static_cast<bool>(std::getline(left, a)),
               more_right = static_cast<bool>(std::getline(right, b));
    if (!more_left && !more_right) return committed == generated ? "" : "the last line's end differs";
    if (more_left != more_right || a != b) {
      return "line " + std::to_string(line) + "\n- " + (more_left ? a : "(end)") + "\n+ " + (more_right ? b : "(end)");
    }
  }
}

class Goldens : public testing::TestWithParam<GoldenNetwork> {};

TEST_P(Goldens, AreWhatTheCompilerGenerates) {
  const fs::path folder = tests / "goldens" / GetParam().name;
  Files generated = compile(GetParam());
  ASSERT_FALSE(generated.empty());
  for (const auto& [path, text] : generated) {
    if (is_runtime_header(path)) {
      EXPECT_EQ(text, read_file(tests.parent_path() / "runtime" / path)) << path;
    }
  }
  std::erase_if(generated, [](const auto& file) { return !is_committed(file.first); });
  if (std::getenv("INTAGLIO_BLESS") != nullptr) {
    fs::remove_all(folder);
    for (const auto& [path, text] : generated) write_file(folder / path, text);
  }
  const Files committed = contents(folder);
  for (const auto& [path, text] : generated) {
    const auto found = committed.find(path);
    if (found == committed.end()) {
      ADD_FAILURE() << path << " is generated now and not committed (tests/bless.sh)";
    } else {
      EXPECT_EQ(first_difference(found->second, text), "") << path << " (tests/bless.sh rewrites what is committed)";
    }
  }
  for (const auto& [path, text] : committed) {
    EXPECT_TRUE(generated.contains(path)) << path << " is committed and no longer generated (tests/bless.sh)";
  }
}

INSTANTIATE_TEST_SUITE_P(All, Goldens, testing::ValuesIn(intaglio::testing::golden_networks()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace intaglio_cli
