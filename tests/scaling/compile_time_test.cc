// Compiling takes time in proportion to the network. Limits are so wide that a loaded machine or a sanitizer keeps
// them, and so narrow that work in proportion to the square of the nodes does not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <functional>

#include "compile.h"
#include "frontend/model_builder.h"
#include "passes/pipeline.h"

namespace intaglio::testing {
namespace {

constexpr double limit = 20;  // seconds of processor time

struct Measured {
  Compiled compiled;
  double seconds;
  size_t text_bytes() const {
    size_t bytes = 0;
    for (const GeneratedFile& file : compiled.files) {
      if (file.path == "net.cpp") bytes += contents_of(file).size();
    }
    return bytes;
  }
};

Measured compile_model(const ModelBuilder& model) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "net.onnx";
  std::ofstream(path, std::ios::binary) << model.bytes();
  CompileOptions options;
  options.model = path;
  options.target = find_target("portable");
  const std::clock_t start = std::clock();
  Compiled compiled = compile(options);
  return {std::move(compiled), static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC};
}

std::string value(int i) { return i == 0 ? "x" : "v" + std::to_string(i); }

/// A chain of nodes that passes remove, and one that stays.
ModelBuilder removable_chain(int nodes, const std::function<void(ModelBuilder&, int)>& add) {
  ModelBuilder model;
  model.input("x", {1, 8, 4, 4}).output("y");
  model.constant("one", floats({}, {1}));
  for (int i = 0; i < nodes; ++i) add(model, i);
  model.node("Tanh", {value(nodes)}, {"y"});
  return model;
}

struct Chain {
  std::string name;
  std::function<void(ModelBuilder&, int)> add;
};

class RemovableChain : public ::testing::TestWithParam<Chain> {};

TEST_P(RemovableChain, OfFiftyThousandNodes) {
  const Measured measured = compile_model(removable_chain(50'000, GetParam().add));
  EXPECT_LE(measured.compiled.graph.order.size(), 2u);
  EXPECT_LT(measured.seconds, limit);
}

INSTANTIATE_TEST_SUITE_P(
    CompileTime, RemovableChain,
    ::testing::Values(Chain{"Relu", [](ModelBuilder& m, int i) { m.node("Relu", {value(i)}, {value(i + 1)}); }},
                      Chain{"TimesOne",
                            [](ModelBuilder& m, int i) {
                              m.node("Mul", {value(i), "one"}, {value(i + 1)});
                            }},
                      Chain{"Transpose",
                            [](ModelBuilder& m, int i) {
                              m.node("Transpose", {value(i)}, {value(i + 1)}, {integers("perm", {0, 2, 3, 1})});
                            }}),
    [](const auto& info) { return info.param.name; });

TEST(CompileTime, OneValueReadByAThousandNodes) {
  ModelBuilder model;
  model.input("x", {1, 8, 8, 8}).output("y").constant("w", floats({8, 8, 1, 1}, std::vector<float>(64, 0.1f)));
  model.node("Conv", {"x", "w"}, {"c"});
  Names parts;
  for (int i = 0; i < 1000; ++i) {
    const std::string factor = "f" + std::to_string(i);
    model.constant(factor, floats({}, {static_cast<float>(i + 2)}));
    model.node("Mul", {"c", factor}, {"p" + std::to_string(i)});
    parts.push_back("p" + std::to_string(i));
  }
  model.node("Concat", parts, {"y"}, {integer("axis", 1)});
  EXPECT_LT(compile_model(model).seconds, limit);
}

TEST(CompileTime, ChainOfConvolutions) {
  ModelBuilder model;
  model.input("x", {1, 8, 16, 16}).output("y");
  const int layers = 400;
  for (int i = 0; i < layers; ++i) {
    const std::string weights = "w" + std::to_string(i);
    model.constant(weights, floats({8, 8, 3, 3}, std::vector<float>(576, 0.01f * static_cast<float>(i % 7))));
    model.node("Conv", {i == 0 ? "x" : "r" + std::to_string(i), weights}, {value(i + 1)},
               {integers("pads", {1, 1, 1, 1})});
    model.node("Relu", {value(i + 1)}, {i + 1 == layers ? "y" : "r" + std::to_string(i + 1)});
  }
  EXPECT_LT(compile_model(model).seconds, limit);
}

/// Features of all layers are concatenated before every layer, from the input on.
ModelBuilder dense_block(int layers) {
  ModelBuilder model;
  model.input("x", {1, 8, 8, 8}).output("y");
  Names features{"x"};
  for (int i = 0; i < layers; ++i) {
    const int channels = 8 + 4 * i, outputs = 4;
    const std::string number = std::to_string(i);
    const std::vector<float> weights(static_cast<size_t>(outputs * channels), 0.1f);
    model.constant("w" + number, floats({outputs, channels, 1, 1}, weights));
    if (i > 0) model.node("Concat", features, {"k" + number}, {integer("axis", 1)});
    model.node("Conv", {i == 0 ? "x" : "k" + number, "w" + number}, {"c" + number});
    model.node("Tanh", {"c" + number}, {"t" + number});
    features.push_back("t" + number);
  }
  model.node("Concat", features, {"y"}, {integer("axis", 1)});
  return model;
}

TEST(CompileTime, DenseBlockOnTheInput) {
  const Measured half = compile_model(dense_block(60)), whole = compile_model(dense_block(120));
  EXPECT_LT(whole.seconds, limit);
  EXPECT_LT(static_cast<double>(whole.text_bytes()), 2.4 * static_cast<double>(half.text_bytes()));
  EXPECT_LT(whole.text_bytes(), 1'000'000u);
}

}  // namespace
}  // namespace intaglio::testing
