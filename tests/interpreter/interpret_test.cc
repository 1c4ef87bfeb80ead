// The run over a graph, and what no other runtime defines: division by zero, NaN in pools, empty tensors, errors.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "interpreter/evaluation.h"
#include "interpreter/interpreter.h"
#include "ir/text.h"
#include "support/error.h"

namespace intaglio {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

template <class T>
std::vector<T> run(const std::string& text, const std::vector<TensorData>& inputs) {
  const std::vector<TensorData> outputs = interpret(parse_graph("graph g\n" + text + "output y\n"), inputs);
  return {outputs[0].values<T>().begin(), outputs[0].values<T>().end()};
}

template <class T>
TensorData row(std::vector<T> values) {
  return TensorData::of<T>({static_cast<int64_t>(values.size())}, values);
}

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.problems()[0].text();
  }
  return "no error";
}

TEST(Interpret, RunsNodesInOrderAndShowsEveryValue) {
  const Graph graph = parse_graph(
      "graph g\ninput x: float32 2\nconstant one: float32 scalar = [1]\n"
      "a = add(x, one) : float32 2\nb = mul(a, a) : float32 2\nc = neg(b) : float32 2\noutput b\noutput c\noutput x\n");
  std::vector<std::string> seen;
  const std::vector<TensorData> inputs = {row<float>({1, 2})};
  const std::vector<TensorData> outputs =
      interpret(graph, inputs, Numerics::fast, [&](TensorId id, const TensorData& data) {
        seen.push_back(graph[id].name + "=" + std::to_string(static_cast<int>(data.values<float>()[1])));
      });
  EXPECT_EQ(seen, (std::vector<std::string>{"a=3", "b=9", "c=-9"}));
  ASSERT_EQ(outputs.size(), 3u);
  EXPECT_EQ(outputs[0].as_double(), (std::vector<double>{4, 9}));
  EXPECT_EQ(outputs[1].as_double(), (std::vector<double>{-4, -9}));
  EXPECT_EQ(outputs[2].as_double(), (std::vector<double>{1, 2}));
}

TEST(Interpret, RefusesAnInputOfAnotherShape) {
  const Graph graph = parse_graph("graph g\ninput x: float32 2\ny = neg(x) : float32 2\noutput y\n");
  const std::vector<TensorData> inputs = {row<float>({1, 2, 3})};
  EXPECT_EQ(message([&] { interpret(graph, inputs); }), "error: input 'x': got float32 3, expected float32 2\n");
}

TEST(Interpret, NamesTheNodeOfAGatherOutOfRange) {
  const Graph graph = parse_graph(
      "graph g\ninput x: float32 3\ninput i: int64 1\ny = gather(x, i) {axis 0} : float32 1  # node '/pick' "
      "(model.pick)\noutput y\n");
  const std::vector<TensorData> inputs = {row<float>({1, 2, 3}), row<int64_t>({3})};
  EXPECT_EQ(message([&] { interpret(graph, inputs); }),
            "error: " + describe(graph[graph.order[0]]) +
                ": Gather index 3 is outside an axis of 3 elements\nhelp: indices must lie in [-3, 3)\n");
}

TEST(Interpret, EveryOperatorHasOneFunction) {
  std::vector<int> rows(std::variant_size_v<Operator>, 0);
  for (const interpreter::OperatorFunction& row : interpreter::all_functions()) ++rows.at(row.op);
  for (size_t op = 0; op < rows.size(); ++op) EXPECT_EQ(rows[op], 1) << "operator " << op << " of ir/operators.h";
}

TEST(Interpret, IntegersNeverTrap) {
  constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
  const std::string operands = "input a: int64 3\ninput b: int64 3\n";
  EXPECT_EQ(
      run<int64_t>(operands + "y = div(a, b) : int64 3\n", {row<int64_t>({5, lowest, -7}), row<int64_t>({0, -1, 2})}),
      (std::vector<int64_t>{0, lowest, -3}));
  EXPECT_EQ(
      run<int64_t>(operands + "y = pow(a, b) : int64 3\n", {row<int64_t>({2, -1, 0}), row<int64_t>({-1, -3, -2})}),
      (std::vector<int64_t>{0, -1, 0}));
  constexpr int32_t lowest32 = std::numeric_limits<int32_t>::min();
  EXPECT_EQ(run<int32_t>("input a: int32 1\ninput b: int32 1\ny = div(a, b) : int32 1\n",
                         {row<int32_t>({lowest32}), row<int32_t>({-1})}),
            (std::vector<int32_t>{lowest32}));
}

TEST(Interpret, CastsWhatDoesNotFitToTheSmallestInteger) {
  const TensorData x = row<float>({not_a_number, infinity, -infinity, 3e9f, -2.9f});
  constexpr int32_t lowest32 = std::numeric_limits<int32_t>::min();
  constexpr int64_t lowest64 = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(run<int32_t>("input x: float32 5\ny = cast(x) : int32 5\n", {x}),
            (std::vector<int32_t>{lowest32, lowest32, lowest32, lowest32, -2}));
  EXPECT_EQ(run<int64_t>("input x: float32 5\ny = cast(x) : int64 5\n", {x}),
            (std::vector<int64_t>{lowest64, lowest64, lowest64, 3000000000, -2}));
  EXPECT_EQ(run<bool>("input x: float32 5\ny = cast(x) : bool 5\n", {x}), (std::vector<bool>{1, 1, 1, 1, 1}));
}

TEST(Interpret, NotANumberPassesThroughPoolsReductionsAndRelu) {
  const TensorData x = TensorData::of<float>({1, 1, 5}, std::vector<float>{1, 2, not_a_number, 3, 4});
  const std::vector<float> pooled =
      run<float>("input x: float32 1x1x5\ny = max_pool(x) {kernel 2} : float32 1x1x4\n", {x});
  EXPECT_EQ(pooled[0], 2);
  EXPECT_TRUE(std::isnan(pooled[1]));
  EXPECT_TRUE(std::isnan(pooled[2]));
  EXPECT_EQ(pooled[3], 4);
  EXPECT_TRUE(std::isnan(run<float>("input x: float32 1x1x5\ny = reduce_max(x) {axes 2} : float32 1x1x1\n", {x})[0]));
  EXPECT_TRUE(std::isnan(run<float>("input x: float32 1x1x5\ny = reduce_min(x) {axes 2} : float32 1x1x1\n", {x})[0]));
  EXPECT_TRUE(std::isnan(run<float>("input x: float32 1x1x5\ny = relu(x) : float32 1x1x5\n", {x})[2]));
}

TEST(Interpret, ReducesNoElements) {
  const TensorData x = TensorData::of<float>({2, 0}, std::vector<float>{});
  const auto reduced = [&](const std::string& kind) {
    return run<float>("input x: float32 2x0\ny = reduce_" + kind + "(x) {axes 1} : float32 2x1\n", {x})[0];
  };
  EXPECT_EQ(reduced("sum"), 0);
  EXPECT_EQ(reduced("prod"), 1);
  EXPECT_EQ(reduced("max"), -infinity);
  EXPECT_EQ(reduced("min"), infinity);
  EXPECT_TRUE(std::isnan(reduced("mean")));
}

TEST(Interpret, EmptyTensorsPassThrough) {
  const TensorData x = TensorData::of<float>({0, 3}, std::vector<float>{});
  EXPECT_TRUE(run<float>("input x: float32 0x3\ny = exp(x) : float32 0x3\n", {x}).empty());
  EXPECT_TRUE(run<float>("input x: float32 0x3\ny = transpose(x) {permutation 1 0} : float32 3x0\n", {x}).empty());
  EXPECT_TRUE(run<float>("input x: float32 0x3\ny = softmax(x) {axis 1} : float32 0x3\n", {x}).empty());
}

TEST(Interpret, EpilogueInReferenceNumericsRoundsOnce) {
  // 1 + 2^-25 vanishes when it is rounded before the residual is added.
  const TensorData a = TensorData::of<float>({1, 2}, std::vector<float>{1, 0x1p-25f});
  const TensorData b = TensorData::of<float>({2, 1}, std::vector<float>{1, 1});
  const TensorData residual = TensorData::of<float>({1, 1}, std::vector<float>{-1});
  EXPECT_EQ(run<float>("input a: float32 1x2\ninput b: float32 2x1\ninput r: float32 1x1\n"
                       "y = gemm(a, b, _, r) {residual, final_activation relu} : float32 1x1\n",
                       {a, b, residual})[0],
            0x1p-25f);
}

}  // namespace
}  // namespace intaglio
