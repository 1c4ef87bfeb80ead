// intaglio check: what is wrong with a generated folder is said apart, with a remedy, and --fix makes it right.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>

#include "frontend/model_builder.h"
#include "generated.h"
#include "json_schema.h"
#include "support/hash.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A folder with a network whose model, weights and options a test changes.
class Check : public testing::Test {
 protected:
  struct Network {
    float scale = 1;
    int64_t padding = 0;
  };

  Check() {
    write_model({});
    compile();
  }

  void write_model(const Network& network) const {
    using namespace intaglio::testing;
    std::vector<float> first(16 * 3 * 3), second(8 * 16 * 3 * 3);
    for (size_t i = 0; i < first.size(); ++i) first[i] = network.scale * static_cast<float>(i % 7) - 3;
    for (size_t i = 0; i < second.size(); ++i) second[i] = network.scale * static_cast<float>(i % 5) - 2;
    const int64_t p = network.padding;
    ModelBuilder builder(17);
    builder.input("x", {1, 1, 8, 8})
        .output("y")
        .constant("first", floats({16, 1, 3, 3}, first))
        .constant("second", floats({8, 16, 3, 3}, second))
        .node("Conv", {"x", "first"}, {"a"}, {integers("pads", {p, p, p, p})})
        .node("Relu", {"a"}, {"b"})
        .node("Conv", {"b", "second"}, {"y"});
    write_file(file, builder.bytes());
  }

  void compile(const Words& more = {}) const {
    fs::remove_all(folder);
    Words command = Words{"compile", file, "-o", folder, "--name", "net"} + more;
    for (const auto& [option, value] : {std::pair("--weights", "incbin"), std::pair("--target", "scalar")}) {
      if (std::ranges::find(more, option) == more.end()) command = command + Words{option, value};
    }
    const Outcome outcome = intaglio(command);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
  }

  json report(const Words& more, int status) const {
    const auto before = contents(folder);
    const Outcome outcome = intaglio(Words{"check", folder} + more + Words{"--json"});
    EXPECT_EQ(outcome.status, status) << outcome.out << outcome.err;
    EXPECT_EQ(schema_problem(outcome.out, "check"), "");
    const bool fixes = std::ranges::find(more, "--fix") != more.end();
    EXPECT_TRUE(fixes || contents(folder) == before) << "something was written";
    return json::parse(outcome.out, nullptr, false);
  }

  /// "kind file" of what is found, and each has a remedy.
  Words found(const Words& more = {}) const {
    Words kinds;
    const json whole = report(more, 1);
    for (const json& finding : whole["findings"]) {
      kinds.push_back(finding["kind"].get<std::string>() + " " + finding.value("file", "-"));
      EXPECT_NE(finding["remedy"], "");
    }
    return kinds;
  }

  void expect_fixed(const Words& more = {}) const {
    const json fixed = report(Words{file} + more + Words{"--fix"}, 0);
    EXPECT_FALSE(fixed["fixed"].empty());
    EXPECT_FALSE(fixed["written"].empty());
    EXPECT_EQ(fixed["findings"], json::array());
    EXPECT_EQ(report(Words{file} + more, 0)["up_to_date"], true);
  }

  std::string text(const Words& more = {}) const { return intaglio(Words{"check", folder} + more).out; }

  const TemporaryFolder scratch;
  const fs::path file = scratch / "net.onnx", folder = scratch / "net", weights = folder / "net_weights.bin";
};

TEST_F(Check, SaysThatNothingIsWrong) {
  EXPECT_EQ(report({file}, 0)["up_to_date"], true);
  EXPECT_EQ(text({file}), folder.string() + ": up to date with " + file.string() + "\n");
  const json without = report({}, 0);
  EXPECT_TRUE(without["up_to_date"].is_null());
  EXPECT_EQ(without["as_generated"], true);
  EXPECT_EQ(text().find(folder.string() + ": as it was generated"), 0u);
  const auto before = write_times(folder);
  EXPECT_EQ(report({file, "--fix"}, 0)["written"], json::array());
  EXPECT_EQ(write_times(folder), before);
}

TEST_F(Check, SaysWhatOfTheModelChanged) {
  write_model({.scale = 2});
  EXPECT_EQ(found({file}), Words{"stale_model -"});
  EXPECT_NE(text({file}).find("the weights differ, the architecture is the same"), std::string::npos) << text({file});
  EXPECT_EQ(report({file}, 1)["would_change"], (json{"net_weights.cpp", "net_weights.bin"}));
  EXPECT_EQ(report({}, 0)["as_generated"], true);
  expect_fixed();
  write_model({.scale = 2, .padding = 1});
  EXPECT_NE(text({file}).find("the architecture differs, the weights are the same"), std::string::npos) << text({file});
  expect_fixed();
  write_model({});
  EXPECT_NE(text({file}).find("architecture and weights differ"), std::string::npos) << text({file});
  expect_fixed();
  write_file(file, read_file(file) + std::string("\x32\x00", 2));  // an empty documentation
  EXPECT_NE(text({file}).find("the file differs, architecture and weights are the same; the code stays as it is"),
            std::string::npos)
      << text({file});
  expect_fixed();
}

TEST_F(Check, SaysWhichOptionsChanged) {
  EXPECT_EQ(found({file, "--target", "portable", "--selftest"}), Words{"stale_options -"});
  EXPECT_NE(text({file, "--target", "portable"}).find("the options differ: target portable, was scalar"),
            std::string::npos)
      << text({file, "--target", "portable"});
  EXPECT_EQ(found({file, "--name", "other"}), Words{"stale_options -"});
  write_model({.scale = 2});
  EXPECT_EQ(found({file, "--numerics", "strict"}), (Words{"stale_model -", "stale_options -"}));
  expect_fixed({"--numerics", "strict"});
  EXPECT_EQ(report({file}, 0)["up_to_date"], true) << "the manifest has the new option";
}

TEST_F(Check, ReadsEveryOptionFromTheManifest) {
  for (const Words& options :
       {Words{"--selftest", "--prepare", "--parallel", "3", "--target", "portable"}, Words{"--numerics", "strict"},
        Words{"--outputs", "b,a", "--disable", "fuse_epilogues", "--disable", "winograd", "--weights", "external"},
        Words{"--weights", "inline"}}) {
    compile(options);
    EXPECT_EQ(report({file}, 0)["up_to_date"], true) << options[0];
  }
}

TEST_F(Check, KnowsFilesThatWereEditedAndThoseThatAreMissing) {
  write_file(folder / "net.cpp", read_file(folder / "net.cpp") + "// mine\n");
  fs::remove(folder / "intaglio/macros.h");
  EXPECT_EQ(found(), (Words{"missing intaglio/macros.h", "edited net.cpp"}));
  EXPECT_EQ(found({file}), (Words{"missing intaglio/macros.h", "edited net.cpp"}));
  EXPECT_EQ(report({file}, 1)["would_change"], json::array());
  EXPECT_EQ(found({"--fix"}).size(), 2u) << "not without the model";
  expect_fixed();
  write_file(folder / "net.h", "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n");
  EXPECT_EQ(found(), Words{"merge net.h"});
  expect_fixed();
  const fs::path manifest = folder / "net.manifest.json";
  std::string changed = read_file(manifest);
  write_file(manifest, changed.replace(changed.find("\"fast\""), 6, "\"FAST\""));
  EXPECT_EQ(found({file}), Words{"stale_options -"});
  write_file(manifest, read_file(manifest) + "\n");
  EXPECT_EQ(found(), Words{"edited net.manifest.json"});
  expect_fixed();
}

TEST_F(Check, SaysWhatAWeightsFileIsInstead) {
  const std::string right = read_file(weights);
  const auto put = [&](const std::string& bytes) { write_file(weights, bytes); };
  put("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 5376\n");
  EXPECT_EQ(found(), Words{"lfs_pointer net_weights.bin"});
  EXPECT_NE(text().find("help: `git lfs pull` fetches it"), std::string::npos);
  put(right.substr(0, right.size() / 2));
  EXPECT_EQ(found(), Words{"truncated net_weights.bin"});
  put("");
  EXPECT_EQ(found(), Words{"truncated net_weights.bin"});
  put(right + "more");
  EXPECT_EQ(found(), Words{"other_weights net_weights.bin"});
  std::string damaged = right;
  damaged[3] ^= 1;
  put(damaged);
  EXPECT_EQ(found(), Words{"damaged net_weights.bin"});
  EXPECT_NE(text().find("1 of "), std::string::npos) << text();
  expect_fixed();
  EXPECT_EQ(read_file(weights), right);

  // Those of another training, whole and cut off.
  write_model({.scale = 2});
  const fs::path trained = scratch / "trained";
  ASSERT_EQ(
      intaglio({"compile", file, "-o", trained, "--name", "net", "--weights", "incbin", "--target", "scalar"}).status,
      0);
  const std::string other = read_file(trained / "net_weights.bin");
  put(other);
  EXPECT_EQ(found(), Words{"other_weights net_weights.bin"});
  put(other.substr(0, other.size() - 64));
  EXPECT_EQ(found(), Words{"other_weights net_weights.bin"});
  fs::remove(weights);
  EXPECT_EQ(found(), Words{"missing net_weights.bin"});

  // In the external form, behind a header.
  compile({"--weights", "external"});
  const std::string external = read_file(weights);
  put(external.substr(0, external.size() - 64));
  EXPECT_EQ(found(), Words{"truncated net_weights.bin"});
  damaged = external;
  damaged[64] ^= 1;
  put(damaged);
  EXPECT_EQ(found(), Words{"damaged net_weights.bin"});
}

TEST_F(Check, KnowsConvertedLineEnds) {
  for (const auto& [path, bytes] : contents(folder)) {
    if (path.ends_with(".bin")) continue;
    std::string converted;
    for (char c : bytes) converted += c == '\n' ? "\r\n" : std::string(1, c);
    write_file(folder / path, converted);
  }
  const json whole = report({}, 1);
  for (const json& finding : whole["findings"]) EXPECT_EQ(finding["kind"], "line_ends");
  EXPECT_EQ(whole["findings"].size(), contents(folder).size() - 1);
  EXPECT_EQ(report({"--fix"}, 0)["fixed"].size(), whole["findings"].size()) << "without the model";
  EXPECT_EQ(report({file}, 0)["up_to_date"], true);
}

TEST_F(Check, SaysConvertedLineEndsOfARealCheckout) {
  if (!installed("git")) GTEST_SKIP() << "git is not installed";
  fs::remove(folder / ".gitattributes");  // what keeps git from it
  const std::string home = "HOME='" + scratch.path().string() + "' GIT_CONFIG_NOSYSTEM=1";
  const auto git = [&](const Words& words) {
    const Outcome outcome = run(Words{"git", "-C", scratch.path(), "-c", "user.name=a", "-c", "user.email=a@b", "-c",
                                      "core.autocrlf=true", "-c", "core.safecrlf=false"} +
                                    words,
                                home);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
  };
  git({"init", "-q"});
  git({"add", "net"});
  git({"commit", "-q", "-m", "network"});
  git({"clone", "-q", ".", "clone"});
  const Outcome outcome = intaglio({"check", scratch / "clone/net"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.out.find("line_ends: " + (scratch / "clone/net/net.cpp").string()), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("missing: " + (scratch / "clone/net/.gitattributes").string()), std::string::npos);
  EXPECT_EQ(outcome.out.find("edited"), std::string::npos) << outcome.out;
}

TEST_F(Check, KnowsOtherVersions) {
  const fs::path path = folder / "net.manifest.json";
  const std::string before = read_file(path);
  nlohmann::ordered_json manifest = nlohmann::ordered_json::parse(before);
  manifest["tool"]["version"] = "0.0.9";
  write_file(path, manifest.dump(1, ' ') + "\n");
  EXPECT_EQ(found(), Words{"version -"});
  EXPECT_EQ(found({file}), Words{"version -"});
  EXPECT_NE(text().find("was made by version 0.0.9 of Intaglio"), std::string::npos);
  expect_fixed();
  // Another build of the same version: files are as that build made them.
  manifest = nlohmann::ordered_json::parse(before);
  write_file(folder / "net.h", read_file(folder / "net.h") + "/* older */\n");
  for (auto& [name, hash] : manifest["files"].items()) {
    if (name == "net.h") hash = intaglio::content_hash(read_file(folder / "net.h"));
  }
  write_file(path, manifest.dump(1, ' ') + "\n");
  EXPECT_EQ(report({}, 0)["as_generated"], true);
  EXPECT_EQ(found({file}), Words{"version -"});
  expect_fixed();
  write_file(path, R"({"format": 2, "tool": {"name": "intaglio"}})");
  EXPECT_EQ(found({file}), Words{"version net.manifest.json"});
}

TEST_F(Check, KnowsWhatAMergeAndAKilledCompilationLeave) {
  write_file(folder / "net.unfinished.json", "{}");
  EXPECT_EQ(found(), Words{"unfinished net.unfinished.json"});
  fs::remove(folder / "net.unfinished.json");
  write_file(folder / "net.manifest.json",
             "<<<<<<< ours\n\"name\": \"intaglio\"\n=======\n\"name\": \"intaglio\"\n>>>>>>> theirs\n");
  EXPECT_EQ(found({file}), Words{"merge net.manifest.json"});
}

TEST_F(Check, FindsBoundTensorsInTheManifestOrSaysWhichFileItNeeds) {
  using namespace intaglio::testing;
  ModelBuilder builder(17);
  builder.input("x", {1, 2000}).input("shape", {2}, onnx::TensorProto::INT64).input("w", {2000}).output("y");
  builder.node("Reshape", {"x", "shape"}, {"a"}).node("Add", {"a", "w"}, {"y"});
  write_file(file, builder.bytes());
  const auto npy = [&](const std::string& name, const std::string& type, const std::string& shape,
                       const std::string& bytes) {
    std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + ",), }";
    header += std::string(117 - header.size(), ' ') + "\n";
    write_file(scratch / name, std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + bytes);
  };
  const int64_t shape[] = {1, 2000};
  npy("shape.npy", "<i8", "2", {reinterpret_cast<const char*>(shape), 16});
  npy("w.npy", "<f4", "2000", std::string(8000, '\0'));
  compile({"--bind", "shape=" + (scratch / "shape.npy").string(), "--bind", "w=" + (scratch / "w.npy").string()});
  const json manifest = json::parse(read_file(folder / "net.manifest.json"));
  EXPECT_EQ(manifest["bound"][0]["data"], "0100000000000000d007000000000000");
  EXPECT_EQ(manifest["bound"][1]["file"], "../w.npy");
  EXPECT_FALSE(manifest["bound"][1].contains("data"));
  fs::remove(scratch / "shape.npy");  // 16 bytes stand in the manifest
  EXPECT_EQ(report({file}, 0)["up_to_date"], true);
  fs::rename(scratch / "w.npy", scratch / "moved.npy");
  EXPECT_EQ(found({file}), Words{"needs_file ../w.npy"});
  EXPECT_NE(text({file}).find("help: put the file there, or name it: --bind w=FILE.npy"), std::string::npos)
      << text({file});
  EXPECT_EQ(report({}, 0)["as_generated"], true);
  npy("w.npy", "<f4", "2000", std::string(7999, '\0') + "\x01");
  EXPECT_EQ(found({file}), Words{"needs_file ../w.npy"}) << "another tensor";
  EXPECT_EQ(found({file, "--bind", "w=" + (scratch / "w.npy").string()}), (Words{"stale_model -", "stale_options -"}));
}

TEST_F(Check, HasTheChoicesOfATuning) {
  const auto choices = [&](const Words& more) {
    const Outcome outcome = intaglio(Words{"inspect", file, "--json"} + more);
    return json::parse(outcome.out, nullptr, false);
  };
  const json untuned = choices({});
  ASSERT_TRUE(untuned.is_object());
  // What lowering calls the layer is found in a tuning file that names it.
  const std::string layer = "conv 3x3 16 -> 8 at 4x4";
  write_file(scratch / "net.tuning.json",
             json{{"format", 1},
                  {"target", "scalar"},
                  {"layers", {{layer, {{"choice", "direct"}}}, {"conv 9x9", {{"choice", "x"}}}}}}
                 .dump());
  compile({"--tuning", scratch / "net.tuning.json"});
  const json manifest = json::parse(read_file(folder / "net.manifest.json"));
  EXPECT_TRUE(manifest["tuning"].contains(layer)) << manifest.dump(1);
  fs::remove(scratch / "net.tuning.json");
  EXPECT_EQ(report({file}, 0)["up_to_date"], true);
}

TEST_F(Check, CallsWhatItCannotReadUnreadable) {
  const auto refused = [&](const Words& words, const std::string& message) {
    const Outcome outcome = intaglio(Words{"check"} + words);
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
  };
  refused({scratch / "absent"}, "is no folder");
  refused({scratch.path()}, "holds no generated model");
  refused({folder, scratch / "absent.onnx"}, "absent.onnx");
  write_file(scratch / "damaged.onnx", "no model");
  refused({folder, scratch / "damaged.onnx"}, "damaged.onnx");
  refused({folder, file, "--target", "z80"}, "there is no target 'z80'");
  fs::copy_file(folder / "net.manifest.json", folder / "other.manifest.json");
  refused({folder}, "holds two manifests: net.manifest.json and other.manifest.json");
  fs::remove(folder / "other.manifest.json");
  write_file(folder / "net.manifest.json", R"({"format": 1, "tool": {"name": "intaglio", "version": "1"}})");
  refused({folder}, "model is missing");
}

}  // namespace
}  // namespace intaglio_cli
