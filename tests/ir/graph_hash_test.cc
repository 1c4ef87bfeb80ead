// Hashes of architecture and weights: each changes with what it is of, and with nothing else.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/graph_hash.h"

#include <gtest/gtest.h>

#include <regex>

#include "ir/text.h"

namespace intaglio {
namespace {

constexpr const char* network = R"(graph net
input x: float32 1x2x4x4
constant w: float32 2x2x1x1 = [1, 2, 3, 4]
constant v: float32 2x2x1x1 = [5, 6, 7, 8]
constant half: float32 scalar = [0.5]
constant order: int64 2 = [1, 0]
a = conv(x, w) {kernel 1x1} : float32 1x2x4x4  # node 'first' (block.first)
b = conv(x, v) {kernel 1x1} : float32 1x2x4x4
c = add(a, b) : float32 1x2x4x4
d = mul(c, half) : float32 1x2x4x4
e = gather(d, order) {axis 1} : float32 1x2x4x4
y = relu(e) : float32 1x2x4x4
output y
)";

/// Of the network with everything that matches `what` (ECMAScript, whole words) replaced.
GraphHashes hashes(const std::string& what = "^$", const std::string& instead = "") {
  const std::string text = std::regex_replace(network, std::regex(what), instead);
  EXPECT_TRUE(what == "^$" || text != network) << what;
  return hash_graph(parse_graph(text));
}

TEST(GraphHash, OfArchitectureStaysWithOtherWeights) {
  const GraphHashes before = hashes(), after = hashes("7, 8", "7, 9");
  EXPECT_EQ(before.architecture, after.architecture);
  EXPECT_NE(before.weights, after.weights);
  EXPECT_NE(hashes("1, 2, 3, 4", "5, 6, 7, 8").weights, before.weights);
}

TEST(GraphHash, OfWeightsStaysWithAnotherArchitecture) {
  const GraphHashes before = hashes();
  const std::pair<const char*, const char*> changes[] = {
      {"relu", "sigmoid"},                                               // an operator
      {"kernel 1x1", "kernel 1x1, strides 2x2"},                         // an attribute
      {"y = relu.e.", "f = sigmoid(e) : float32 1x2x4x4\ny = relu(f)"},  // a layer more
      {"conv.x, v.", "conv(a, v)"},                                      // what goes where
      {"\\[0.5\\]", "[0.25]"},                                           // a formula's number
      {"\\[1, 0\\]", "[0, 1]"},                                          // indices
      {"4x4", "6x4"},                                                    // shapes
      {"\\bx\\b", "image"},                                              // the interface
      {"\\by\\b", "scores"}};
  for (const auto& [what, instead] : changes) {
    const GraphHashes after = hashes(what, instead);
    EXPECT_NE(before.architecture, after.architecture) << what;
    EXPECT_EQ(before.weights, after.weights) << what;
  }
}

TEST(GraphHash, OfArchitectureKnowsSharedWeightsFromEqualOnes) {
  const GraphHashes equal = hashes("5, 6, 7, 8", "1, 2, 3, 4"), shared = hashes("conv.x, v.", "conv(x, w)");
  EXPECT_NE(equal.architecture, shared.architecture);
}

TEST(GraphHash, DependsOnNoOtherNameAndNoOrder) {
  const GraphHashes before = hashes();
  const std::pair<const char*, const char*> changes[] = {
      {"graph net", "graph other"},
      {"\\b([wvabcd])\\b", "other.$1"},
      {"node 'first' .block.first.", "node 'second'"},
      {"(a = [^#]*)#.*\n(b = .*\n)", "$2$1\n"},                                       // nodes the other way round
      {"(constant w.*\n)(constant v.*\n)", "$2$1"},                                   // constants, too
      {"y = relu", "unused = conv(x, w) {kernel 1x1} : float32 1x2x4x4\ny = relu"}};  // a node that nobody needs
  for (const auto& [what, instead] : changes) {
    const GraphHashes after = hashes(what, instead);
    EXPECT_EQ(before.architecture, after.architecture) << what;
    EXPECT_EQ(before.weights, after.weights) << what;
  }
}

TEST(GraphHash, IsOfDeepGraphs) {
  std::string text = "graph deep\ninput x: float32 1\n";
  for (int i = 0; i < 10000; ++i)
    text += "n" + std::to_string(i) + " = relu(" + (i == 0 ? "x" : "n" + std::to_string(i - 1)) + ") : float32 1\n";
  EXPECT_FALSE(hash_graph(parse_graph(text + "output n9999\n")).architecture.empty());
}

}  // namespace
}  // namespace intaglio
