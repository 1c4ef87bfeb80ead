// Runs every text case: the expected graph, verify() after the pass, idempotence, and the same numbers before and
// after, from the pass alone and from the pipeline with any one pass disabled.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "interpreter/interpreter.h"
#include "ir/fill.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/cases.h"
#include "passes/pipeline.h"

namespace intaglio {
namespace {

constexpr double tolerance = 1e-5;  // of the largest expected magnitude, at least one

std::vector<TensorData> outputs_of(const Graph& graph) {
  std::vector<TensorData> inputs;
  for (TensorId input : graph.inputs) {
    inputs.push_back(seeded_fill(graph[input].type, graph[input].shape, 1000 + inputs.size()));
  }
  return interpret(graph, inputs);
}

void expect_same_outputs(const std::vector<TensorData>& actual, const std::vector<TensorData>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i].type(), expected[i].type());
    ASSERT_EQ(actual[i].shape(), expected[i].shape());
    const std::vector<double> left = actual[i].as_double(), right = expected[i].as_double();
    double scale = 1;
    for (double value : right) scale = std::isfinite(value) ? std::max(scale, std::abs(value)) : scale;
    for (size_t j = 0; j < left.size(); ++j) {
      const bool equal = left[j] == right[j] || (std::isnan(left[j]) && std::isnan(right[j]));
      ASSERT_TRUE(equal || std::abs(left[j] - right[j]) <= tolerance * scale)
          << "output " << i << " element " << j << ": " << left[j] << ", expected " << right[j];
    }
  }
}

/// Names of outputs are part of the generated interface: no pass may change them.
std::vector<std::string> output_names(const Graph& graph) {
  std::vector<std::string> names;
  for (TensorId output : graph.outputs) names.push_back(graph[output].name);
  return names;
}

class Passes : public testing::TestWithParam<std::filesystem::path> {};

/// Compares (or blesses) every case of `file`, given what changes the graph and tells whether it did.
void check_cases(const std::filesystem::path& path, const std::function<bool(Graph&)>& run) {
  const bool bless = std::getenv("INTAGLIO_BLESS") != nullptr;
  PassFile file = read_cases(path);
  ASSERT_FALSE(file.cases.empty());
  for (PassCase& test : file.cases) {
    SCOPED_TRACE(test.title);
    const Graph before = parse_graph(test.before);
    verify(before);
    Graph graph = before;
    const bool fired = run(graph);
    ASSERT_NO_THROW(verify(graph)) << print(graph);
    const std::string after = fired ? print(graph) : "unchanged\n";
    if (bless) test.after = after;
    EXPECT_EQ(after, test.after);
    EXPECT_EQ(fired, print(graph) != print(before)) << "the pass does not tell truly whether it fired";
    EXPECT_EQ(output_names(graph), output_names(before));
    expect_same_outputs(outputs_of(graph), outputs_of(before));
    EXPECT_FALSE(run(graph)) << "not idempotent:\n" << print(graph);
  }
  if (bless) write_cases(path, file);
}

bool run_pipeline(Graph& graph) {
  bool any = false;
  run_passes(graph, {}, [&](const Pass&, const Graph&, bool fired) { any |= fired; });
  return any;
}

TEST_P(Passes, RewriteAsTheTextSays) {
  const auto pass = std::ranges::find(passes(), GetParam().stem().string(), &Pass::name);
  ASSERT_NE(pass, passes().end()) << "no such pass";
  check_cases(GetParam(), pass->run);
}

TEST(Pipeline, RewritesBlocksAsTheTextSays) {
  check_cases(INTAGLIO_TESTS_DIR "/passes/networks/blocks.txt", run_pipeline);
}

TEST_P(Passes, PipelineKeepsNumbersWithAnyPassDisabled) {
  std::set<std::string> names = {"none"};
  for (const Pass& pass : passes()) names.emplace(pass.name);
  for (const PassCase& test : read_cases(GetParam()).cases) {
    const Graph before = parse_graph(test.before);
    const auto expected = outputs_of(before);
    for (const std::string& disabled : names) {
      SCOPED_TRACE(test.title + ", without " + disabled);
      Graph graph = before;
      run_passes(graph, {disabled}, [](const Pass& pass, const Graph& changed, bool) {
        ASSERT_NO_THROW(verify(changed)) << pass.name << "\n" << print(changed);
      });
      EXPECT_EQ(output_names(graph), output_names(before));
      expect_same_outputs(outputs_of(graph), expected);
    }
  }
}

std::string test_name(const testing::TestParamInfo<std::filesystem::path>& info) { return info.param.stem().string(); }

INSTANTIATE_TEST_SUITE_P(Text, Passes, testing::ValuesIn(case_files()), test_name);

TEST(Pipeline, EveryPassHasATextFile) {
  for (const Pass& pass : passes()) {
    const auto path = std::filesystem::path(INTAGLIO_TESTS_DIR "/passes") / (std::string(pass.name) + ".txt");
    EXPECT_TRUE(std::filesystem::exists(path)) << path;
  }
}

TEST(Pipeline, ReportsEveryPassThatRan) {
  Graph graph = parse_graph("graph g\ninput x: float32 1\ny = relu(x) : float32 1\noutput y\n");
  size_t calls = 0;
  run_passes(graph, {"fuse_pad"}, [&](const Pass& pass, const Graph&, bool fired) {
    EXPECT_NE(pass.name, "fuse_pad");
    EXPECT_FALSE(fired) << pass.name;
    ++calls;
  });
  EXPECT_EQ(calls, passes().size() - 1);
}

}  // namespace
}  // namespace intaglio
