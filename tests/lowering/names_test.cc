// What steps are called and said to do, and that the names of buffers and weights do not depend on other layers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>

#include "ir/text.h"
#include "lowering/lower.h"
#include "support/graphs.h"
#include "target/target.h"

namespace intaglio::testing {
namespace {

std::vector<std::string> descriptions(const Graph& graph) {
  std::vector<std::string> list;
  for (const Step& step : lower(graph, *find_target("avx2"), {}).steps) list.push_back(description(step));
  return list;
}

void expect_one(const Graph& graph, const std::string& beginning) {
  const std::vector<std::string> list = descriptions(graph);
  EXPECT_EQ(std::ranges::count_if(list, [&](const std::string& each) { return each.starts_with(beginning); }), 1)
      << ::testing::PrintToString(list);
}

TEST(Descriptions, HoldWhatShapesAWindow) {
  GraphBuilder b(1);
  const TensorId x = b.input("x", {1, 16, 12, 12});
  b.output(b.conv(x, 16, {{3, 3}, {1, 1}, {2, 2}, {2, 2}, {2, 2}}, 4));
  expect_one(b.take(), "Conv 3x3 d2x2 p2x2 g4  1x16x12x12 -> 1x16x12x12");
  GraphBuilder c(1);
  const TensorId y = c.input("x", {1, 16, 12});
  c.output(c.conv(y, 16, {{4}, {2}, {1}, {1}, {2}}, 1));
  expect_one(c.take(), "Conv 4 s2 p1..2  1x16x12 -> 1x16x6");
  EXPECT_EQ(descriptions(parse_graph("input x: float32 1x8x9x9\n"
                                     "y = max_pool(x) {kernel 3x3, strides 2x2, pads 1x1 1x1} : float32 1x8x5x5\n"
                                     "output y\n")),
            (std::vector<std::string>{"to blocked order: 1x8x9x9", "max_pool 3x3 s2x2 p1x1  1x8x9x9 -> 1x8x5x5",
                                      "output  1x8x5x5"}));
  GraphBuilder d(1);
  d.output(d.conv_transpose(d.input("x", {1, 8, 5, 5}), 8, {{2, 2}, {2, 2}, {1, 1}, {0, 0}, {0, 0}}, 1));
  const std::vector<std::string> phases = descriptions(d.take());
  for (const char* phase : {"phase 0,0", "phase 0,1", "phase 1,0", "phase 1,1"}) {
    EXPECT_EQ(std::ranges::count(phases, std::string("ConvTranspose 2x2 s2x2  1x8x5x5 -> 1x8x10x10  ") + phase), 1)
        << phase;
  }
}

/// Two means of one module, with or without layers of another module in front of it.
Program modules(bool with_another) {
  const std::string second =
      "c = reduce_mean(b) {axes 1} : float32 4x1\n"
      "d = reduce_mean(c) {axes 0} : float32 1x1\n"
      "y = softmax(d) {axis 1} : float32 1x1\noutput y\n";
  Graph graph = parse_graph((with_another ? "input x: float32 4x9\n"
                                            "a = softmax(x) {axis 1} : float32 4x9\n"
                                            "b = add(a, x) : float32 4x9\n"
                                          : "input b: float32 4x9\n") +
                            second);
  for (NodeId id : graph.order) {
    const std::string& output = graph[graph[id].outputs[0]].name;
    graph[id].module = output == "a" || output == "b" ? "first" : "second";
  }
  return lower(graph, *find_target("portable"), {});
}

TEST(NamesOfBuffers, DoNotDependOnOtherLayers) {
  std::vector<std::string> few, all;
  for (const Buffer& buffer : modules(false).buffers) few.push_back(buffer.name);
  for (const Buffer& buffer : modules(true).buffers) all.push_back(buffer.name);
  size_t inner = 0;
  for (const std::string& name : few) {
    if (!name.starts_with("second")) continue;
    ++inner;
    EXPECT_NE(std::ranges::find(all, name), all.end()) << name;
    EXPECT_FALSE(name.ends_with("_2")) << name;
  }
  EXPECT_EQ(inner, 2u);
  EXPECT_NE(std::ranges::find(all, "first_softmax"), all.end());
}

}  // namespace
}  // namespace intaglio::testing
