// Whole generated folders, byte for byte as committed beside this file: what a change does to generated code shows in
// its diff. tests/bless.sh rewrites them. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "compile.h"
#include "frontend/model_builder.h"
#include "goldens/networks.h"

namespace intaglio::testing {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

const fs::path tests = INTAGLIO_TESTS_DIR;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

Files files_below(const fs::path& folder) {
  Files files;
  if (!fs::exists(folder)) return files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().lexically_relative(folder).string()] = read_file(entry.path());
  }
  return files;
}

Files compile_files(const GoldenNetwork& network) {
  const TemporaryFolder folder;
  CompileOptions options;
  options.model = folder.path / (network.name + ".onnx");
  std::ofstream(options.model, std::ios::binary) << network.onnx;
  options.target = find_target(network.target);
  options.strict = network.strict;
  options.self_test = network.self_test;
  for (WeightStorage storage : {WeightStorage::inline_arrays, WeightStorage::incbin, WeightStorage::external}) {
    if (weight_storage_name(storage) == network.weights) options.weights = storage;
  }
  Files files;
  for (const GeneratedFile& file : compile(options).files) files[file.path] = file.contents;
  return files;
}

bool is_runtime_header(const std::string& path) { return path.starts_with("intaglio/"); }

/// Not committed twice: the runtime's headers stand in runtime/, and the hash of binary weights stands in the manifest.
bool is_committed(const std::string& path) { return !is_runtime_header(path) && !path.ends_with(".bin"); }

void bless(const fs::path& folder, const Files& files) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& [path, text] : files) std::ofstream(folder / path, std::ios::binary) << text;
}

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

class Goldens : public ::testing::TestWithParam<GoldenNetwork> {};

TEST_P(Goldens, AreWhatTheCompilerGenerates) {
  const fs::path folder = tests / "goldens" / GetParam().name;
  Files generated = compile_files(GetParam());
  for (const auto& [path, text] : generated) {
    if (is_runtime_header(path)) {
      EXPECT_EQ(text, read_file(tests.parent_path() / "runtime" / path)) << path;
    }
  }
  std::erase_if(generated, [](const auto& file) { return !is_committed(file.first); });
  if (std::getenv("INTAGLIO_BLESS") != nullptr) bless(folder, generated);
  const Files committed = files_below(folder);
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

INSTANTIATE_TEST_SUITE_P(All, Goldens, ::testing::ValuesIn(golden_networks()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace intaglio::testing
