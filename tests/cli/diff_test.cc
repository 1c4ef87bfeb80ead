// intaglio diff: interface, layers, kernels, weights and sizes of two folders; gates; git.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "frontend/model_builder.h"
#include "generated.h"
#include "json_schema.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace intaglio::testing;

struct ChainLayer {
  std::string name;
  int64_t channels = 8;
  float scale = 1;
  int64_t kernel = 3, stride = 1;
};
using ChainLayers = std::vector<ChainLayer>;

struct ChainOptions {
  Words compile = {};
  std::string input = "x";
  int64_t size = 16;
  std::string target = "scalar";
};

/// A chain of 3x3 convolutions with Relu, compiled into folders that are compared.
class Diff : public testing::Test {
 protected:
  static ChainLayers three() { return {{.name = "one"}, {.name = "two"}, {.name = "three", .channels = 4}}; }

  fs::path write(const std::string& name, const ChainLayers& layers, const ChainOptions& options = {}) const {
    ModelBuilder builder(17);
    builder.input(options.input, {1, 3, options.size, options.size}).output("y");
    std::string value = options.input;
    int64_t channels = 3;
    for (size_t i = 0; i < layers.size(); ++i) {
      const ChainLayer& layer = layers[i];
      std::vector<float> weights(static_cast<size_t>(layer.channels * channels * layer.kernel * layer.kernel));
      for (size_t at = 0; at < weights.size(); ++at)
        weights[at] = layer.scale * (static_cast<float>((at * 7 + layer.name.size()) % 11) - 5) / 64;
      const int64_t pad = layer.kernel / 2;
      const std::string result = layer.name + "_conv", last = i + 1 == layers.size() ? "y" : layer.name + "_relu";
      builder.constant(layer.name + ".weight", floats({layer.channels, channels, layer.kernel, layer.kernel}, weights));
      builder.node("Conv", {value, layer.name + ".weight"}, {result},
                   {integers("pads", {pad, pad, pad, pad}), integers("strides", {layer.stride, layer.stride})});
      builder.proto.mutable_graph()->mutable_node(builder.proto.graph().node_size() - 1)->set_name(layer.name);
      builder.node("Relu", {result}, {last});
      value = last;
      channels = layer.channels;
    }
    const fs::path file = scratch / "net.onnx", folder = scratch / name;
    write_file(file, builder.bytes());
    const Outcome outcome =
        intaglio(Words{"compile", file, "-o", folder, "--name", "net", "--target", options.target} + options.compile);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return folder;
  }

  json report(const Words& words, int status = 1) const {
    const Outcome outcome = intaglio(Words{"diff", "--json"} + words);
    EXPECT_EQ(outcome.status, status) << outcome.err;
    EXPECT_EQ(schema_problem(outcome.out, "diff"), "");
    return json::parse(outcome.out, nullptr, false);
  }

  static Words layers_of(const json& report) {
    Words list;
    for (const json& layer : report["layers"]) {
      const std::string before = layer.contains("before") ? layer["before"]["name"].get<std::string>() : "",
                        after = layer.contains("after") ? layer["after"]["name"].get<std::string>() : "";
      list.push_back(layer["change"].get<std::string>() + " " +
                     (before.empty() || before == after ? after
                      : after.empty()                   ? before
                                                        : before + ">" + after));
    }
    return list;
  }

  const TemporaryFolder scratch;
};

TEST_F(Diff, OfEqualFoldersIsNone) {
  const fs::path a = write("a", three()), b = write("b", three());
  EXPECT_EQ(report({a, b}, 0)["different"], false);
  const Outcome outcome = intaglio({"diff", a, b});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, a.string() + " -> " + b.string() + ": no difference\n");
}

TEST_F(Diff, OfAnotherTrainingIsWeightsOnly) {
  for (const char* storage : {"incbin", "inline", "external"}) {
    ChainLayers trained = three();
    trained[1].scale = 1.5;
    const fs::path a = write("a", three(), {.compile = {"--weights", storage, "--disable", "winograd"}}),
                   b = write("b", trained, {.compile = {"--weights", storage, "--disable", "winograd"}});
    const json whole = report({a, b});
    EXPECT_EQ(whole["weights_only"], true) << storage << whole.dump(1);
    ASSERT_EQ(whole["weights"]["changed"].size(), 1u) << storage;
    const json& change = whole["weights"]["changed"][0];
    EXPECT_EQ(change["layer"], "two");
    // The largest value before is 5 / 64, and half of it is added.
    EXPECT_FLOAT_EQ(change["largest_change"].get<float>(), 2.5f / 64) << storage;
    EXPECT_FLOAT_EQ(change["relative_change"].get<float>(), 0.5f) << storage;
    const std::string text = intaglio({"diff", a, b}).out;
    EXPECT_NE(text.find(": weights only\n"), std::string::npos) << text;
    EXPECT_NE(text.find("changed by 0.0391 at most, 50 % of its largest value"), std::string::npos) << text;
    EXPECT_TRUE(report({a, b, "--no-values"})["weights"]["changed"][0]["largest_change"].is_null());
    fs::remove_all(a);
    fs::remove_all(b);
  }
}

TEST_F(Diff, MatchesLayersByStructure) {
  const fs::path a = write("a", three());
  // Other names for the same layers.
  EXPECT_EQ(
      layers_of(report({a, write("renamed", {{.name = "uno"}, {.name = "dos"}, {.name = "tres", .channels = 4}})})),
      (Words{"renamed one>uno", "renamed two>dos", "renamed three>tres"}));
  // A layer in front, after which exporters count on.
  const ChainLayers more = {
      {.name = "one"}, {.name = "two", .kernel = 1}, {.name = "three"}, {.name = "four", .channels = 4}};
  const json inserted = report({a, write("inserted", more)});
  EXPECT_EQ(layers_of(inserted), (Words{"added two", "renamed two>three", "renamed three>four"})) << inserted.dump(1);
  EXPECT_EQ(layers_of(report({scratch / "inserted", a})),
            (Words{"removed two", "renamed three>two", "renamed four>three"}));
  ChainLayers strided = three();
  strided[1].stride = 2;
  EXPECT_EQ(layers_of(report({a, write("strided", strided)})), (Words{"changed two", "resized three", "resized y"}));
  EXPECT_EQ(layers_of(report({a, write("larger", three(), {.size = 20})})),
            (Words{"resized one", "resized two", "resized three", "resized y"}));
}

TEST_F(Diff, ListsTheInterfaceBreakingChangesFirst) {
  const fs::path a = write("a", three()), b = write("b", three(), {.input = "image", .size = 20}),
                 c = write("c", three(), {.compile = {"--weights", "external", "--selftest"}});
  const json interface = report({a, b})["interface"];
  ASSERT_EQ(interface.size(), 4u) << interface.dump(1);
  EXPECT_EQ(interface[0]["what"], "input 0 is called image (member image), was x (member x)");
  EXPECT_EQ(interface[1]["what"], "input image has shape 1x3x20x20 (1200 elements), was 1x3x16x16 (768 elements)");
  EXPECT_EQ(interface[2]["breaking"], true);
  EXPECT_EQ(interface[3]["breaking"], false);
  EXPECT_EQ(interface[3]["what"].get<std::string>().substr(0, 12), "the arena is");
  const json contract = report({a, c})["interface"];
  EXPECT_EQ(contract[0]["what"], "weights are external: memory->weights must point to them");
  EXPECT_EQ(contract[0]["breaking"], true);
  EXPECT_EQ(contract[1]["what"], "NAME_selftest is new");
  EXPECT_EQ(report({c, a})["interface"][1]["breaking"], true);
}

TEST_F(Diff, NamesKernelsOptionsAndSizes) {
  const ChainLayers wide = {{.name = "one", .channels = 32}, {.name = "two", .channels = 32}};
  const fs::path a = write("a", wide, {.size = 32, .target = "avx2"}),
                 b = write("b", wide, {.compile = {"--disable", "winograd"}, .size = 32, .target = "avx2"});
  const json whole = report({a, b});
  EXPECT_EQ(layers_of(whole), Words{"kernel two"}) << whole.dump(1);
  EXPECT_EQ(whole["options"], json{"disable winograd yes is new"});
  EXPECT_LT(whole["sizes"]["flash"]["after"], whole["sizes"]["flash"]["before"]);
  ASSERT_FALSE(whole["weights"]["changed"].empty());
  EXPECT_EQ(whole["weights"]["changed"][0]["comparable"], false);
  const std::string text = intaglio({"diff", a, b}).out;
  EXPECT_NE(text.find("\nKernels\n  two: convolution instead of winograd"), std::string::npos) << text;
  const json parallel = report({a, write("c", wide, {.compile = {"--parallel", "4"}, .size = 32, .target = "avx2"})});
  EXPECT_EQ(parallel["interface"][0]["what"], "NAME_run_parallel is new") << parallel.dump(1);
}

TEST_F(Diff, GatesDecideTheStatus) {
  ChainLayers trained = three(), wide = three();
  trained[0].scale = 2;
  wide[1].channels = 16;
  const fs::path a = write("a", three()), b = write("b", trained), c = write("c", wide);
  const auto status = [&](const fs::path& before, const fs::path& after, const std::string& gates) {
    return intaglio({"diff", before, after, "--fail-on", gates}).status;
  };
  EXPECT_EQ(status(a, b, "interface,layers,kernels,options,arena,flash,code+10%,macs"), 0);
  EXPECT_EQ(status(a, b, "interface,weights"), 1);
  EXPECT_EQ(status(a, b, "any"), 1);
  EXPECT_EQ(status(a, a, "any"), 0);
  EXPECT_EQ(status(a, c, "interface"), 0);
  EXPECT_EQ(status(a, c, "layers"), 1);
  EXPECT_EQ(status(a, c, "macs"), 1);
  EXPECT_EQ(status(a, c, "macs+500%"), 0);
  EXPECT_EQ(status(a, c, "macs+1%"), 1);
  EXPECT_EQ(status(a, c, "flash+1"), 1);
  EXPECT_EQ(status(a, c, "flash+1M"), 0);
  EXPECT_EQ(status(c, a, "flash,macs,arena"), 0) << "less is no growth";
  const json hits = report({a, c, "--fail-on", "weights,macs+1%,flash+1M"})["hits"];
  ASSERT_EQ(hits.size(), 2u);
  EXPECT_EQ(hits[1]["gate"], "macs+1%");
  for (const char* wrong : {"arean", "arena+", "arena+x%", "arena+-1%", "interface+1", "arena+3Q"})
    EXPECT_EQ(status(a, a, wrong), 2) << wrong;
}

TEST_F(Diff, WritesMarkdown) {
  ChainLayers wide = three();
  wide[1].channels = 16;
  const Outcome outcome = intaglio({"diff", write("a", three()), write("b", wide, {.size = 20}), "--markdown"});
  EXPECT_EQ(outcome.status, 1);
  const std::string& text = outcome.out;
  EXPECT_EQ(text.find("### `net`: the interface breaks (2 changes)\n"), 0u) << text;
  EXPECT_NE(text.find("\n| | before | after | |\n|---|---:|---:|---:|\n| arena bytes | "), std::string::npos) << text;
  EXPECT_NE(text.find("\n**Interface**\n\n- **breaking:** `input x has shape"), std::string::npos) << text;
}

TEST_F(Diff, ComparesWithAGitRevision) {
  if (!installed("git")) GTEST_SKIP() << "git is not installed";
  const fs::path folder = write("my net", three());
  const auto git = [&](const Words& words) {
    const Outcome outcome = run(Words{"git", "-C", scratch.path(), "-c", "user.name=a", "-c", "user.email=a@b"} + words,
                                "HOME='" + scratch.path().string() + "' GIT_CONFIG_NOSYSTEM=1");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
  };
  const auto commit = [&] {
    git({"add", "my net"});
    git({"commit", "-q", "-m", "network"});
  };
  git({"init", "-q"});
  commit();
  EXPECT_EQ(report({"--git", "HEAD", "--", folder}, 0)["different"], false);
  ChainLayers trained = three();
  trained[0].scale = 2;
  write("my net", trained);
  const json whole = report({"--git", "HEAD", folder});
  EXPECT_EQ(whole["weights_only"], true);
  EXPECT_EQ(whole["before"], "HEAD");
  commit();
  EXPECT_EQ(report({"--git", "HEAD", folder}, 0)["different"], false);
  EXPECT_EQ(report({"--git", "HEAD~1..HEAD", folder})["weights_only"], true);
  for (const char* wrong : {"absent", "--output=x", ""}) {
    const Outcome outcome = intaglio({"diff", "--git=" + std::string(wrong), folder});
    EXPECT_EQ(outcome.status, 2) << wrong << outcome.out << outcome.err;
  }
}

TEST_F(Diff, OfWhatCannotBeReadHasItsOwnStatus) {
  ChainLayers trained = three();
  trained[0].scale = 2;
  const fs::path a = write("a", three(), {.compile = {"--weights", "incbin"}}),
                 b = write("b", trained, {.compile = {"--weights", "incbin"}});
  const auto refused = [&](const Words& words, const std::string& message) {
    for (const Words& gate : {Words{}, Words{"--fail-on", "interface"}}) {
      const Outcome outcome = intaglio(Words{"diff"} + words + gate);
      EXPECT_EQ(outcome.status, 2) << outcome.out;
      EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
    }
  };
  refused({a}, "two folders are compared");
  refused({a, scratch / "absent"}, "is no folder");
  refused({a, scratch.path()}, "holds no generated model");
  const std::string weights = read_file(b / "net_weights.bin");
  write_file(b / "net_weights.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n");
  refused({a, b}, "is the pointer that Git LFS leaves");
  write_file(b / "net_weights.bin", weights.substr(0, 64));
  refused({a, b}, "does not hold the tensor");
  EXPECT_EQ(report({a, b, "--no-values"})["weights_only"], true);
  write_file(b / "net.manifest.json", "{\"name\": \"intaglio\"");
  refused({a, b}, "is not a manifest of Intaglio");
}

}  // namespace
}  // namespace intaglio_cli
