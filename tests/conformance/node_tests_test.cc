// The interpreter and generated code compute what ONNX's own tests expect; what is refused is known by name.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conformance/node_tests.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "interpreter/interpreter.h"
#include "passes/pipeline.h"
#include "support/comparison.h"
#include "support/error.h"

namespace intaglio::testing {
namespace {

/// ONNX's own tolerances.
constexpr double relative = 1e-3, absolute = 1e-7;

/// "" when the outputs are those of the test, else the first difference.
std::string difference(const std::vector<TensorData>& got, const LoadedTest& test) {
  if (got.size() != test.outputs.size())
    return fmt::format("{} outputs instead of {}", got.size(), test.outputs.size());
  for (size_t o = 0; o < got.size(); ++o) {
    if (got[o].type() != test.outputs[o].type())
      return fmt::format("output {} has type {}", o, element_type_name(got[o].type()));
    if (got[o].shape() != test.outputs[o].shape())
      return fmt::format("output {} has shape {}", o, got[o].shape().text());
    const std::vector<double> a = got[o].as_double(), b = test.outputs[o].as_double();
    const bool exact = got[o].type() != ElementType::float32;
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
      const double allowed = exact ? 0 : absolute + relative * std::fabs(b[i]);
      if (std::isfinite(b[i]) && std::fabs(a[i] - b[i]) <= allowed) continue;
      return fmt::format("output {}, element {}: {:.9g} instead of {:.9g}", o, i, a[i], b[i]);
    }
  }
  return "";
}

/// Tests that contradict the definition they are made for, and that PyTorch and ONNX Runtime fail likewise:
/// align_corners divides by "the length of the resized tensor" less one, which is an integer; these divide by scale *
/// length less one.
const std::set<std::string_view> disputed = {"node/test_resize_downsample_scales_cubic_align_corners",
                                             "node/test_resize_downsample_scales_linear_align_corners"};

const LoadedTests& tests() {
  static const LoadedTests loaded = [] {
    LoadedTests all = load_node_tests();
    std::erase_if(all.understood, [](const LoadedTest& test) { return disputed.contains(test.test.name); });
    return all;
  }();
  return loaded;
}

Graph optimised(const LoadedTest& test) {
  Graph graph = test.graph;
  run_passes(graph);
  return graph;
}

void skip_without_test_data() {
  if (tests().understood.size() + tests().refused.size() < 400)
    GTEST_SKIP() << "ONNX's test data (libonnx-testdata) is not installed";
}

TEST(NodeTests, AreRefusedExactlyWhereListed) {
  skip_without_test_data();
  const std::map<std::string, std::string> listed = listed_as_refused();
  for (const auto& [name, problem] : tests().refused) EXPECT_TRUE(listed.contains(name)) << name << ": " << problem;
  for (const auto& [name, reason] : listed) {
    EXPECT_TRUE(tests().refused.contains(name)) << name << " is understood now: take it out of refused.txt";
    EXPECT_FALSE(reason.empty()) << name;
  }
}

TEST(NodeTests, AreRightInTheInterpreter) {
  for (const LoadedTest& test : tests().understood) {
    EXPECT_EQ(difference(interpret(test.graph, test.inputs), test), "") << test.test.name;
    EXPECT_EQ(difference(interpret(optimised(test), test.inputs), test), "") << test.test.name << ", after the passes";
  }
}

TEST(NodeTests, AreRightInGeneratedCode) {
  const Target &portable = *find_target("portable"), &avx2 = *find_target("avx2");
  BatchOptions options;
  options.numerics = Numerics::fast;
  options.models_per_unit = 40;
  if (GeneratedBatch::can_run(avx2)) {
    for (std::string_view flag : avx2.compile_flags) options.cxx_flags += fmt::format(" {}", flag);
  }
  GeneratedBatch batch(portable, options);
  std::vector<std::pair<size_t, const LoadedTest*>> generated;
  for (const LoadedTest& test : tests().understood) {
    try {
      generated.emplace_back(batch.add(optimised(test)), &test);
    } catch (const Error& error) {
      ADD_FAILURE() << test.test.name << ": " << error.what();
    }
  }
  batch.build();
  for (const auto& [model, test] : generated) {
    EXPECT_EQ(difference(batch.run(model, test->inputs), *test), "") << test->test.name;
  }
}

class StrictNodeTests : public ::testing::TestWithParam<const char*> {};

TEST_P(StrictNodeTests, AreTheInterpretersBitForBit) {
  const Target& target = *find_target(GetParam());
  if (!GeneratedBatch::can_run(target)) GTEST_SKIP() << "this machine cannot run it";
  BatchOptions options;
  options.models_per_unit = 40;
  GeneratedBatch batch(target, options);
  std::vector<Graph> graphs;
  for (const LoadedTest& test : tests().understood) {
    graphs.push_back(optimised(test));
    batch.add(graphs.back());
  }
  batch.build();
  for (size_t i = 0; i < graphs.size(); ++i) {
    const LoadedTest& test = tests().understood[i];
    const std::vector<TensorData> got = batch.run(i, test.inputs);
    const std::vector<TensorData> wanted = interpret(graphs[i], test.inputs, Numerics::strict);
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t o = 0; o < got.size(); ++o) {
      EXPECT_EQ(bit_difference(got[o], wanted[o]), "") << test.test.name << ", output " << o;
    }
    EXPECT_EQ(difference(got, test), "") << test.test.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, StrictNodeTests, ::testing::Values("avx2", "scalar"), by_target);

}  // namespace
}  // namespace intaglio::testing
