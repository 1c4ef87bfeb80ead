// Whole generated folders, byte for byte as committed beside this file: what a change of the compiler does to generated
// code shows in its diff; and what a change of a model does to it, in diffs/. tests/bless.sh rewrites them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "cli/process.h"
#include "goldens/networks.h"

namespace intaglio::testing {

void PrintTo(const GoldenNetwork& network, std::ostream* stream) { *stream << network.name; }
void PrintTo(const GoldenChange& change, std::ostream* stream) { *stream << change.name; }

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

// ---- what a change of the model changes

/// Files of the network as a team commits them; for the target whose kernels are the shortest.
Files compile_net(const std::string& onnx) { return compile({"net", onnx, "scalar", {"--weights", "incbin"}}); }

int64_t lines(const std::string& text) { return std::ranges::count(text, '\n'); }

/// `diff` of two folders' committed files, without context.
std::string difference(Files before, Files after) {
  const TemporaryFolder scratch;
  std::string text;
  for (const auto& file : after) before.try_emplace(file.first);
  for (const auto& [path, contents] : before) {
    if (!is_committed(path) || contents == after[path]) continue;
    write_file(scratch / "before", contents);
    write_file(scratch / "after", after[path]);
    const Outcome outcome =
        run({"diff", "-U0", "--label", path, "--label", path, scratch / "before", scratch / "after"});
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    text += outcome.out;
  }
  return text;
}

class GoldenDiffs : public testing::TestWithParam<intaglio::testing::GoldenChange> {};

TEST_P(GoldenDiffs, AreOfWhatWasChanged) {
  const Files before = compile_net(GetParam().before), after = compile_net(GetParam().after);
  const fs::path file = tests / "goldens" / "diffs" / (GetParam().name + ".diff");
  const std::string text = difference(before, after);
  if (std::getenv("INTAGLIO_BLESS") != nullptr) write_file(file, text);
  EXPECT_EQ(first_difference(read_file(file), text), "") << file.filename() << " (tests/bless.sh rewrites it)";
}

INSTANTIATE_TEST_SUITE_P(All, GoldenDiffs, testing::ValuesIn(intaglio::testing::golden_changes()),
                         [](const auto& info) { return info.param.name; });

TEST(SmallDiffs, AnInsertedBlockChangesLittleBesideItself) {
  for (const auto& change : intaglio::testing::golden_changes()) {
    if (change.name != "insert_block") continue;
    const Files before = compile_net(change.before), after = compile_net(change.after);
    int64_t own = 0, changed = 0;
    for (const auto& [path, text] : after) own += is_committed(path) ? lines(text) - lines(before.at(path)) : 0;
    std::istringstream diff(difference(before, after));
    for (std::string line; std::getline(diff, line);) {
      const bool header = line.starts_with("--- ") || line.starts_with("+++ ");
      changed += !header && (line.starts_with('+') || line.starts_with('-')) ? 1 : 0;
    }
    EXPECT_GT(own, 0);
    EXPECT_LE(changed, 2 * own);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Goldens, testing::ValuesIn(intaglio::testing::golden_networks()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace intaglio_cli
