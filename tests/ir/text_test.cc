// The text form of a Graph: round trips, and messages for malformed text.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/text.h"

#include <gtest/gtest.h>

#include "ir/fill.h"
#include "ir/verify.h"
#include "support/error.h"

namespace intaglio {
namespace {

constexpr std::string_view net = R"(graph net
input x: float32 1x3x8x8
input '29': int64 2
constant w: float32 4x3x3x3 = hash:1234567890abcdef
constant b: float32 4 = [0.5, 1, -2, 1e-07]
constant value: float32 scalar = [-inf]
constant empty: float32 0x3 = []
c = conv(x, w, b) {kernel 3x3, strides 2x2, pads 1x1 1x1, activation clip 0 6} : float32 1x4x4x4  # node '/conv1/Conv' (conv1)
d = conv(x, w, _, c) {kernel 3x3, strides 2x2, pads 1x1 1x1, activation leaky_relu 0.01, residual, final_activation relu} : float32 1x4x4x4
'it\'s' = pad(c, value) {mode constant, begins 0 0 1 1, ends 0 0 -1 0} : float32 1x4x4x5
m, i = max_pool('it\'s') {kernel 2x2, pads 0x0 1x1} : float32 1x4x4x5, int64 1x4x4x5
r = reduce_mean(m) {axes 2 3, keep_dims false} : float32 1x4
s = hard_sigmoid(r) {alpha 0.16666667, beta 0.5} : float32 1x4
g = gather(s, '29') {axis 1} : float32 1x2
z = resize(d) {mode linear, coordinates half_pixel, scales 1 1 2 2} : float32 1x4x8x8  # node 'up'
e = expand(empty) : float32 0x3
'output' = equal(g, g) : bool 1x2
output 'output'
output z
output e
)";

TEST(Text, RoundTrips) {
  const Graph graph = parse_graph(net);
  verify(graph);
  EXPECT_EQ(print(graph), net);
  EXPECT_EQ(graph[graph.order[0]].name, "/conv1/Conv");
  EXPECT_EQ(graph[graph.order[0]].module, "conv1");
}

TEST(Text, HashesOtherData) {
  Graph graph = parse_graph("graph g\nconstant c: float32 70 = hash:1\noutput c\n");
  const TensorId c = graph.outputs[0];
  graph[c].constant = TensorData::of<float>(Shape{70}, std::vector<float>(70, 1.0f));
  const std::string text = print(graph);
  EXPECT_EQ(text.find("hash:0000000000000001"), std::string::npos);
  EXPECT_EQ(print(parse_graph(text)), text);
}

TEST(Text, FillCarriesItsSeed) {
  for (ElementType type :
       {ElementType::float32, ElementType::float64, ElementType::int64, ElementType::int32, ElementType::boolean}) {
    EXPECT_EQ(seed_of(seeded_fill(type, Shape{5, 20}, 0xfedcba9876543210u)), 0xfedcba9876543210u);
  }
  EXPECT_EQ(seed_of(TensorData::of<float>(Shape{64}, std::vector<float>(64, 1.0f))), std::nullopt);
}

struct Malformed {
  std::string text, message;
};
class MalformedText : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedText, NamesTheLine) {
  try {
    parse_graph("graph g\ninput x: float32 1x4\n" + GetParam().text);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problems()[0].where, "IR text line 3");
    EXPECT_EQ(error.problems()[0].message, GetParam().message);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedText,
    testing::Values(Malformed{"y = wobble(x) : float32 1x4", "unknown operator 'wobble' before '(x) : float32 1x4'"},
                    Malformed{"y = relu(z) : float32 1x4", "'z' is not defined before ') : float32 1x4'"},
                    Malformed{"x = relu(x) : float32 1x4", "'x' is defined twice before ' float32 1x4'"},
                    Malformed{"y = relu(x) {slope 1} : float32 1x4",
                              "unknown attribute 'slope' before ' : float32 1x4'"},
                    Malformed{"y = leaky_relu(x) : float32 1x4", "attribute 'alpha' is missing before ': float32 1x4'"},
                    Malformed{"y = relu(x) : float16 1x4", "unknown element type before ' 1x4'"},
                    Malformed{"y = relu(x) : float32 1xq", "'q' is no number at the end"},
                    Malformed{"constant c: float32 2 = [1]", "wrong number of elements at the end"},
                    Malformed{"y = relu(x)", "expected ':' at the end"},
                    Malformed{"output x y", "unexpected text before 'y'"}));

}  // namespace
}  // namespace intaglio
