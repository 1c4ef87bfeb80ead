// The generated folder: repeatable, all or nothing, never over somebody else's files; budgets and reports of `compile`.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "process.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

const std::string other = model("s5_norm_chw.ts.onnx");

/// Refused with status 1 and `part` in the message, `folder` as it was before.
void expect_refused(const std::vector<std::string>& arguments, const fs::path& folder, const std::string& part) {
  const auto before = contents(folder);
  const Outcome outcome = intaglio(arguments);
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("\nhelp: "), std::string::npos) << outcome.err;
  EXPECT_EQ(contents(folder), before);
}

class Folder : public testing::Test {
 protected:
  /// The model, compiled to scratch / name.
  void compile(const std::string& name, const std::vector<std::string>& more = {}, const std::string& setting = {}) {
    std::vector<std::string> arguments = {"compile", small, "-o", scratch / name, "--name", "net"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = intaglio(arguments, setting);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
  }

  const TemporaryFolder scratch;
};

TEST_F(Folder, HoldsWhatTheDesignPromises) {
  compile("a", {"--selftest"});
  const auto files = contents(scratch / "a");
  for (const char* file : {"net.h", "net.cpp", "net_weights.cpp", "net_selftest.cpp", "net.manifest.json",
                           "CMakeLists.txt", ".gitattributes", ".clang-format", "intaglio/simd.h"}) {
    EXPECT_EQ(files.count(file), 1u) << file;
  }
}

TEST_F(Folder, SameBytesTwiceAndNothingTouched) {
  compile("a");
  const auto before = contents(scratch / "a");
  const auto written = write_times(scratch / "a");
  compile("a");
  EXPECT_EQ(contents(scratch / "a"), before);
  EXPECT_EQ(write_times(scratch / "a"), written);
}

TEST_F(Folder, RelativePathsWork) {
  fs::copy_file(small, scratch / "net.onnx");
  const Outcome outcome =
      intaglio({"compile", "net.onnx", "-o", "generated"}, "cd '" + scratch.path().string() + "' &&");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(scratch / "generated/net.h"));
}

TEST_F(Folder, NoPathOfThisMachineInAnyByte) {
  compile("a");
  for (const auto& [file, text] : contents(scratch / "a")) {
    EXPECT_EQ(text.find(scratch.path().string()), std::string::npos) << file;
    EXPECT_EQ(text.find(INTAGLIO_TESTS_DIR), std::string::npos) << file;
  }
}

TEST_F(Folder, FilesOfAnEarlierGenerationDisappear) {
  compile("a", {"--selftest"});
  EXPECT_TRUE(fs::exists(scratch / "a/net_selftest.cpp"));
  compile("a");
  EXPECT_FALSE(fs::exists(scratch / "a/net_selftest.cpp"));
}

TEST_F(Folder, EditedFileIsRefused) {
  compile("a");
  write_file(scratch / "a/net.cpp", read_file(scratch / "a/net.cpp") + "// my change\n");
  expect_refused({"compile", small, "-o", scratch / "a", "--name", "net"}, scratch / "a",
                 "net.cpp: was edited by hand");
}

TEST_F(Folder, LostFileComesBack) {
  compile("a");
  const auto before = contents(scratch / "a");
  fs::remove(scratch / "a/net.cpp");
  compile("a");
  EXPECT_EQ(contents(scratch / "a"), before);
}

TEST_F(Folder, AnotherModelIsRefused) {
  compile("a");
  expect_refused({"compile", other, "-o", scratch / "a", "--name", "other"}, scratch / "a",
                 "holds the generated model 'net'");
}

TEST_F(Folder, StrangerIsRefused) {
  write_file(scratch / "a/net.h", "/* mine */\n");
  write_file(scratch / "a/notes.txt", "mine too, and in nobody's way\n");
  expect_refused({"compile", small, "-o", scratch / "a", "--name", "net"}, scratch / "a",
                 "net.h: exists and was not made by Intaglio");
}

TEST_F(Folder, NeighboursStay) {
  write_file(scratch / "a/notes.txt", "mine\n");
  compile("a");
  EXPECT_EQ(read_file(scratch / "a/notes.txt"), "mine\n");
}

TEST_F(Folder, DamagedManifestIsRefused) {
  compile("a");
  write_file(scratch / "a/net.manifest.json", "{");
  expect_refused({"compile", small, "-o", scratch / "a", "--name", "net"}, scratch / "a", "is not a manifest");
}

TEST_F(Folder, ForceReplacesWhatWasEditedAndNothingOfOthers) {
  compile("a");
  const auto before = contents(scratch / "a");
  write_file(scratch / "a/net.cpp", "// mine\n");
  compile("a", {"--force"});
  EXPECT_EQ(contents(scratch / "a"), before);
  write_file(scratch / "a/net.manifest.json", "{");
  write_file(scratch / "a/net.h", "/* mine */\n");
  compile("a", {"--force"});
  EXPECT_EQ(contents(scratch / "a"), before);
  fs::remove(scratch / "a/net.manifest.json");
  write_file(scratch / "a/net.h", "/* mine */\n");
  expect_refused({"compile", small, "-o", scratch / "a", "--name", "net", "--force"}, scratch / "a",
                 "net.h: exists and was not made by Intaglio");
}

TEST_F(Folder, ConflictMarkersInTheManifestHaveAWayOut) {
  compile("a");
  const auto ours = contents(scratch / "a");
  compile("a", {"--selftest", "--target", "scalar"});
  const auto theirs = contents(scratch / "a");
  std::string merged = "<<<<<<< HEAD\n" + ours.at("net.manifest.json") + "||||||| base\n{}\n=======\n" +
                       theirs.at("net.manifest.json") + ">>>>>>> theirs\n";
  write_file(scratch / "a/net.manifest.json", merged);
  write_file(scratch / "a/net.cpp", "<<<<<<< HEAD\n=======\n>>>>>>> theirs\n");
  expect_refused({"compile", small, "-o", scratch / "a", "--name", "net"}, scratch / "a",
                 "net.manifest.json: holds the conflict markers of a merge");
  expect_refused({"compile", small, "-o", scratch / "a", "--name", "other"}, scratch / "a",
                 "holds the generated model 'net'");
  compile("a", {"--force"});
  EXPECT_EQ(contents(scratch / "a"), ours);  // the self-test that only one side had went
}

TEST_F(Folder, ConvertedLineEndsAreNoEdit) {
  compile("a");
  const auto before = contents(scratch / "a");
  for (const char* file : {"net.cpp", "net.h", "net.manifest.json"}) {
    std::string text;
    for (char c : before.at(file)) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
    write_file(scratch / "a" / file, text);
  }
  const Outcome outcome = intaglio({"compile", small, "-o", scratch / "a", "--name", "net"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("line ends of 2 files were converted"), std::string::npos) << outcome.err;
  EXPECT_EQ(contents(scratch / "a"), before);
}

TEST_F(Folder, ManifestsOfOthersAreNotOurs) {
  write_file(scratch / "a/webpack.manifest.json", R"({"main.js": "main.0123.js", "tool": "webpack"})");
  write_file(scratch / "a/download.unfinished.json", R"({"files": ["a"]})");
  compile("a");
  EXPECT_EQ(read_file(scratch / "a/download.unfinished.json"), R"({"files": ["a"]})");
  std::string text = read_file(scratch / "a/net.manifest.json");
  text.replace(text.find("\"intaglio\""), 10, "\"engraver\"");
  write_file(scratch / "a/net.manifest.json", text);
  expect_refused({"compile", small, "-o", scratch / "a", "--name", "net"}, scratch / "a",
                 "is a manifest of 'engraver', not of Intaglio");
}

TEST_F(Folder, OutputThatIsAFileFails) {
  write_file(scratch / "a", "a file\n");
  const Outcome outcome = intaglio({"compile", small, "-o", scratch / "a"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("is not a folder"), std::string::npos) << outcome.err;
  EXPECT_EQ(read_file(scratch / "a"), "a file\n");
}

TEST_F(Folder, ListFilesWritesNothingAndIsComplete) {
  const Outcome list = intaglio({"compile", small, "-o", scratch / "a", "--name", "net", "--list-files"});
  EXPECT_EQ(list.status, 0) << list.err;
  EXPECT_FALSE(fs::exists(scratch / "a"));
  compile("a");
  std::vector<std::string> listed;
  for (size_t begin = 0, end; (end = list.out.find('\n', begin)) != std::string::npos; begin = end + 1)
    listed.push_back(list.out.substr(begin, end - begin));
  EXPECT_EQ(listed.size(), contents(scratch / "a").size());
  for (const std::string& file : listed) EXPECT_TRUE(fs::exists(file)) << file;
}

TEST_F(Folder, DepfileNamesWhatWasRead) {
  compile("a folder", {"--depfile", scratch / "net.d"});
  const std::string text = read_file(scratch / "net.d");
  EXPECT_NE(text.find("a\\ folder/net.manifest.json: "), std::string::npos) << text;
  EXPECT_NE(text.find("s4_residual.ts.b4.onnx\n"), std::string::npos) << text;
  write_file(scratch / "a.tuning.json", R"({"format": 1, "target": "portable", "layers": {}})");
  compile("a folder", {"--depfile", scratch / "net.d", "--tuning", scratch / "a.tuning.json"});
  EXPECT_NE(read_file(scratch / "net.d").find("a.tuning.json\n"), std::string::npos);
}

TEST_F(Folder, JsonReportAndManifestAgree) {
  const Outcome outcome = intaglio({"compile", small, "-o", scratch / "a", "--name", "net", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json report = nlohmann::json::parse(outcome.out, nullptr, false);
  const nlohmann::json manifest = nlohmann::json::parse(read_file(scratch / "a/net.manifest.json"), nullptr, false);
  ASSERT_TRUE(report.is_object()) << outcome.out;
  ASSERT_TRUE(manifest.is_object());
  EXPECT_EQ(report["model"], "net");
  EXPECT_EQ(report["arena_bytes"], manifest["memory"]["arena_bytes"]);
  EXPECT_EQ(report["weights_bytes"], manifest["weights"]["bytes"]);
  EXPECT_EQ(report["files"].size(), manifest["files"].size() + 1);  // the manifest holds no hash of itself
}

TEST_F(Folder, BudgetsFailTheCompilation) {
  const nlohmann::json report = nlohmann::json::parse(intaglio({"compile", small, "-o", scratch / "a", "--json"}).out);
  const int64_t arena = report["arena_bytes"], weights = report["weights_bytes"];
  const auto with = [&](const char* option, int64_t bytes) {
    return intaglio({"compile", small, "-o", scratch / "b", option, std::to_string(bytes)});
  };
  for (const auto& [option, bytes] : {std::pair{"--max-arena", arena}, {"--max-flash", weights}}) {
    ASSERT_GT(bytes, 0);
    const Outcome over = with(option, bytes - 1);
    EXPECT_EQ(over.status, 1);
    EXPECT_NE(over.err.find(std::to_string(bytes)), std::string::npos) << over.err;
    EXPECT_FALSE(fs::exists(scratch / "b"));
  }
  EXPECT_EQ(with("--max-arena", arena).status, 0);
  EXPECT_EQ(intaglio({"compile", small, "-o", scratch / "b", "--max-arena", "64M", "--max-flash", "1g"}).status, 0);
}

}  // namespace
}  // namespace intaglio_cli
