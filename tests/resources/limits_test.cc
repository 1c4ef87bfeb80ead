// Networks that are too large are refused when they are compiled, with what takes the memory.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <fstream>

#include "cli/process.h"
#include "frontend/model_builder.h"

namespace intaglio::testing {
namespace {

intaglio_cli::Outcome compile(const ModelBuilder& model) {
  const TemporaryFolder folder;
  std::ofstream(folder / "net.onnx", std::ios::binary) << model.bytes();
  const intaglio_cli::Outcome outcome =
      intaglio_cli::intaglio({"compile", folder / "net.onnx", "-o", folder / "generated"});
  EXPECT_EQ(std::filesystem::exists(folder / "generated"), outcome.status == 0);
  return outcome;
}

/// Softmax after softmax of an image of 4 GiB, all of which are summed up at the end.
ModelBuilder sum_of(int images) {
  ModelBuilder model(17);
  model.input("x", {1 << 15, 1 << 15}).output("y");
  Names all;
  for (int i = 0; i < images; ++i) {
    all.push_back("image" + std::to_string(i));
    model.node("Softmax", {i == 0 ? "x" : all[all.size() - 2]}, {all.back()}, {integer("axis", 0)});
  }
  model.node("Sum", all, {"y"});
  return model;
}

TEST(Limits, Arena) {
  EXPECT_EQ(compile(sum_of(4)).status, 0);
  const intaglio_cli::Outcome outcome = compile(sum_of(54));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err.rfind("error: the arena needs ", 0), 0u) << outcome.err;
  EXPECT_NE(outcome.err.find(" bytes, more than the 68719476736 that one may have; at its fullest it holds 'image"),
            std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("\nhelp: choose a smaller input with --shape\n"), std::string::npos) << outcome.err;
}

/// A border that one reader needs above and another beside a tensor.
TEST(Limits, Borders) {
  constexpr int64_t wide = int64_t{1} << 28;
  ModelBuilder model(17);
  model.input("x", {1, 1, 1, 1}).output("y").constant("w", floats({1, 1, 1, 1}, {1}));
  model.node("Conv", {"x", "w"}, {"c"});
  model.node("Conv", {"c", "w"}, {"a"}, {integers("pads", {wide, 0, wide, 0}), integers("strides", {wide, 1})});
  model.node("Conv", {"c", "w"}, {"b"}, {integers("pads", {0, wide, 0, wide}), integers("strides", {1, wide})});
  model.node("Add", {"a", "b"}, {"y"});
  const intaglio_cli::Outcome outcome = compile(model);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err.rfind("error: tensor 'c': takes ", 0), 0u) << outcome.err;
  EXPECT_NE(outcome.err.find("more than the 68719476736 that an arena may have"), std::string::npos) << outcome.err;
}

/// Groups of three channels are found by a table of places, whose entries have 32 bits.
TEST(Limits, PlacesOfGroupedChannels) {
  const auto grouped = [](int64_t extent) {
    ModelBuilder model(17);
    model.input("x", {1, 6, extent, extent}).output("y");
    model.constant("w", floats({6, 3, 1, 1}, std::vector<float>(18, 1)));
    model.node("Conv", {"x", "w"}, {"y"}, {integer("group", 2), integers("strides", {1 << 10, 1 << 10})});
    return compile(model);
  };
  EXPECT_EQ(grouped((1 << 14) - 1).status, 0);
  const intaglio_cli::Outcome outcome = grouped(1 << 14);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err,
            "error: node 'y': the input of Conv is too large for a table of places with 32 bits\n"
            "help: choose a smaller input with --shape\n");
}

}  // namespace
}  // namespace intaglio::testing
