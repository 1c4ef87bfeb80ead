// verify() accepts what the text form's other tests use; here is what it must reject, one case per demand.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/verify.h"

#include <gtest/gtest.h>

#include "ir/text.h"
#include "support/error.h"

namespace intaglio {
namespace {

struct Invalid {
  std::string nodes, message;
};
class InvalidGraph : public testing::TestWithParam<Invalid> {};

TEST_P(InvalidGraph, IsRejected) {
  const Graph graph = parse_graph(R"(
graph g
input x: float32 1x4x8x8
input n: int64 1x4
constant w: float32 4x4x3x3 = hash:1
constant b: float32 4 = [1, 2, 3, 4]
)" + GetParam().nodes + "\noutput y\n");
  try {
    verify(graph);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::internal);
    EXPECT_NE(error.problems()[0].message.find(GetParam().message), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, InvalidGraph,
    testing::Values(
        Invalid{"y = relu(x) : float32 1x4x8x7", "the result's shape is wrong"},
        Invalid{"y = relu(x) : int64 1x4x8x8", "the result's type is wrong"},
        Invalid{"y = relu(x, x) : float32 1x4x8x8", "wrong number of operands"},
        Invalid{"y = add(x, n) : float32 1x4x8x8", "operands have different types"},
        Invalid{"y = add(x, _) : float32 1x4x8x8", "an operand is missing"},
        Invalid{"y = equal(x, x) : float32 1x4x8x8", "the result's type is wrong"},
        Invalid{"y = conv(x, w) {kernel 3x3} : float32 1x4x8x8", "the result's shape is wrong"},
        Invalid{"y = conv(x, w) {kernel 3x2} : float32 1x4x6x7", "the weights are no such kernel"},
        Invalid{"y = conv(x, w) {kernel 3x3, group 2} : float32 1x4x6x6", "channels, weights and group do not fit"},
        Invalid{"y = conv(x, w, b, x) {kernel 3x3, residual} : float32 1x4x6x6", "the residual has another shape"},
        Invalid{"y = conv(x, w, x) {kernel 3x3, pads 1x1 1x1, residual} : float32 1x4x8x8",
                "the residual is not the last"},
        Invalid{"y = conv(x, w) {kernel 3x3, final_activation relu} : float32 1x4x6x6", "without a residual"},
        Invalid{"y = max_pool(x) {kernel 2x2, strides 2x2} : float32 1x4x6x4", "does not fit the window"},
        Invalid{"y = reduce_mean(x) {axes 4} : float32 1x4x8x8", "an axis is out of range"},
        Invalid{"y = slice(x) {starts 0 0 4 0, steps 1 1 1 1} : float32 1x4x5x8", "the slice leaves the input"},
        Invalid{"y = transpose(x) {permutation 0 2 2 1} : float32 1x8x8x4", "the permutation is none"},
        Invalid{"y = reshape(x) : float32 1x4x63", "the number of elements changes"},
        Invalid{"y = concat(x, x) {axis 1} : float32 1x4x8x8", "the result's shape is wrong"},
        Invalid{"y, z = relu(x) : float32 1x4x8x8, float32 1", "wrong number of results"}));

TEST(Verify, RejectsReadersBeforeTheirOperand) {
  Graph graph = parse_graph("graph g\ninput x: float32 2\na = relu(x) : float32 2\ny = neg(a) : float32 2\noutput y\n");
  verify(graph);
  const NodeId second = graph.order[1];
  graph.order.erase(second);
  graph.order.insert(second, graph.order[0]);
  EXPECT_THROW(verify(graph), Error);
}

TEST(Verify, RejectsTwoWritersAndMissingOnes) {
  Graph graph = parse_graph("graph g\ninput x: float32 2\na = relu(x) : float32 2\ny = neg(a) : float32 2\noutput y\n");
  Graph twice = graph;
  twice[twice.order[1]].outputs[0] = twice[twice.order[0]].outputs[0];
  EXPECT_THROW(verify(twice), Error);
  graph.remove(graph.order[1]);
  EXPECT_THROW(verify(graph), Error);
}

TEST(Verify, RejectsConstantsThatHoldSomethingElse) {
  Graph graph = parse_graph("graph g\nconstant c: float32 2 = [1, 2]\noutput c\n");
  graph[graph.outputs[0]].shape = Shape{3};
  EXPECT_THROW(verify(graph), Error);
}

}  // namespace
}  // namespace intaglio
