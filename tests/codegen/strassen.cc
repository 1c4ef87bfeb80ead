// 1x1 convolutions by Strassen's algorithm against the interpreter: odd numbers of pixels, borders, residuals, batches,
// strides, one and two dimensions; parts, and where it must not be used.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "lowering/lower.h"
#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

struct Case {
  std::vector<int64_t> in;  ///< N, C, (H,) W
  int64_t outputs;
  std::string kernel;  ///< forced by a tuning
  bool residual = false;
  bool border = false;  ///< a 3x3 reader gives the result a border
  int64_t stride = 1;
};

std::string name_of(const Case& c) {
  return fmt::format("in {} out {} {}{}{} stride {}", fmt::join(c.in, "x"), c.outputs, c.kernel,
                     c.residual ? " residual" : "", c.border ? " border" : "", c.stride);
}

Window window(int64_t rank, int64_t kernel, int64_t stride, int64_t pad) {
  const std::vector<int64_t> ones(rank, 1);
  return {std::vector<int64_t>(rank, kernel), std::vector<int64_t>(rank, stride), ones, std::vector<int64_t>(rank, pad),
          std::vector<int64_t>(rank, pad)};
}

Graph graph_of(const Case& c, uint64_t seed) {
  GraphBuilder b(seed);
  const auto rank = static_cast<int64_t>(c.in.size()) - 2;
  const TensorId x = b.conv(b.input("x", Shape(c.in)), c.in[1], window(rank, 1, 1, 0), c.in[1]);
  Epilogue epilogue;
  (c.residual ? epilogue.final_activation : epilogue.activation) = {UnaryKind::relu};
  epilogue.residual = c.residual;
  TensorId y;
  if (c.residual) {
    const TensorId other = b.conv(x, c.outputs, window(rank, 3, c.stride, 1), 1);
    y = b.conv(x, c.outputs, window(rank, 1, c.stride, 0), 1, epilogue, other);
  } else {
    y = b.conv(x, c.outputs, window(rank, 1, c.stride, 0), 1, epilogue);
  }
  b.output(c.border ? b.conv(y, c.outputs, window(rank, 3, 1, 1), c.outputs) : y);
  return b.take();
}

LoweringOptions forced(const Case& c) {
  const bool one_dimension = c.in.size() == 3;
  const int64_t height = one_dimension ? 1 : (c.in[2] - 1) / c.stride + 1, width = (c.in.back() - 1) / c.stride + 1;
  const std::string stride = c.stride == 1   ? ""
                             : one_dimension ? fmt::format(" s1x{}", c.stride)
                                             : fmt::format(" s{0}x{0}", c.stride);
  LoweringOptions options;
  options.tuning[fmt::format("conv 1x1{} {} -> {} at {}x{}{}", stride, c.in[1], c.outputs, height, width,
                             c.residual ? " + residual" : "")] = c.kernel;
  return options;
}

std::vector<Case> cases() {
  return {
      {.in = {1, 64, 12, 12}, .outputs = 64, .kernel = "strassen pairs 72"},
      {.in = {1, 64, 11, 13}, .outputs = 96, .kernel = "strassen pairs 72", .residual = true},
      {.in = {1, 64, 11, 13}, .outputs = 96, .kernel = "strassen pairs 72", .border = true},
      {.in = {3, 80, 9, 9}, .outputs = 64, .kernel = "strassen pairs 41", .residual = true, .border = true},
      {.in = {1, 128, 28, 28}, .outputs = 128, .kernel = "strassen pairs 198"},
      {.in = {1, 256, 14, 14}, .outputs = 256, .kernel = "strassen pairs 98", .residual = true},
      {.in = {1, 640, 7, 7}, .outputs = 64, .kernel = "strassen pairs 25", .border = true},
      {.in = {2, 64, 75}, .outputs = 64, .kernel = "strassen pairs 38", .residual = true},
      {.in = {1, 128, 21, 21}, .outputs = 128, .kernel = "strassen pairs 61 subsample", .stride = 2},
  };
}

bool uses_strassen(const Graph& graph, const Target& target, const LoweringOptions& options) {
  const Program program = lower(graph, target, options);
  return std::ranges::any_of(program.steps, [](const Step& step) { return kernel_name(step.kernel) == "strassen"; });
}

class Strassen : public ::testing::TestWithParam<std::tuple<const char*, int64_t>> {};

TEST_P(Strassen, MatchesTheInterpreter) {
  const auto& [target_name, tasks] = GetParam();
  Target target = *find_target(target_name);
  target.l2_bytes = find_target("avx2")->l2_bytes;  // the passes that the cases name
  target.fma_per_cycle = 1;                         // so that small layers, too, may use it
  const std::vector<Case> list = cases();
  BatchOptions options{.numerics = Numerics::fast, .tasks = tasks};
  for (const Case& c : list) options.tuning.merge(forced(c).tuning);
  std::vector<ComparedGraph> graphs;
  for (const Case& c : list) {
    graphs.push_back({name_of(c), graph_of(c, graphs.size() + 1)});
    EXPECT_TRUE(uses_strassen(graphs.back().graph, target, forced(c))) << name_of(c);
  }
  expect_as_interpreted(target, graphs, options, {1, 2});
}

INSTANTIATE_TEST_SUITE_P(Targets, Strassen,
                         ::testing::Combine(::testing::Values("portable", "avx2", "avx512"), ::testing::Values(1, 3)),
                         [](const auto& info) {
                           return fmt::format("{}_tasks_{}", std::get<0>(info.param), std::get<1>(info.param));
                         });

TEST(StrassenChoice, OnlyWhereItIsPossible) {
  const Target& portable = *find_target("portable");
  const Case c{.in = {1, 512, 14, 14}, .outputs = 512, .kernel = ""};
  EXPECT_TRUE(uses_strassen(graph_of(c, 1), portable, {}));
  EXPECT_FALSE(uses_strassen(graph_of(c, 1), portable, {.numerics = Numerics::strict}));
  EXPECT_FALSE(uses_strassen(graph_of(c, 1), portable, {.disabled = {Switch::strassen}}));
  EXPECT_FALSE(uses_strassen(graph_of(c, 1), *find_target("scalar"), {}));
  EXPECT_FALSE(uses_strassen(graph_of({.in = {1, 504, 14, 14}, .outputs = 512, .kernel = ""}, 1), portable, {}));
  EXPECT_FALSE(uses_strassen(graph_of({.in = {1, 512, 14, 14}, .outputs = 500, .kernel = ""}, 1), portable, {}));
  EXPECT_FALSE(uses_strassen(graph_of({.in = {1, 64, 14, 14}, .outputs = 64, .kernel = ""}, 1), portable, {}))
      << "additions cost more than they save";
}

}  // namespace
}  // namespace intaglio::testing
