// What the passes and lowering must achieve on the committed models, beyond right numbers: normalisation disappears,
// and concatenations, slices and residual additions cost no copies.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "models/model_files.h"
#include "planning.h"

namespace intaglio::testing {
namespace {

class NormalisedNetworks : public ::testing::TestWithParam<std::string> {};

TEST_P(NormalisedNetworks, HaveNoBatchNormalizationLeft) {
  for (const ModelFile& file : model_files_of(GetParam())) {
    const Graph graph = optimised(file, read_case(file));
    for (NodeId id : graph.order) {
      EXPECT_FALSE(std::holds_alternative<BatchNorm>(graph[id].op)) << file.name << ": " << describe(graph[id]);
    }
  }
}

std::vector<std::string> networks_with_layers() {
  std::vector<std::string> names = networks();
  std::erase(names, "s5");  // BatchNormalization alone
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, NormalisedNetworks, ::testing::ValuesIn(networks_with_layers()),
                         [](const auto& info) { return info.param; });

// Apart from subsampling, which gathers the pixels that a strided 1x1 convolution reads because that is faster than
// striding over them once per panel of output channels: a choice, not a need.
class CopyFreeNetworks : public ::testing::TestWithParam<std::string> {};

bool at_the_interface(const Program& program, const View& view) {
  return view.buffer &&
         (program[view.buffer].kind == BufferKind::input || program[view.buffer].kind == BufferKind::output);
}

TEST_P(CopyFreeNetworks, MoveNoBytesInside) {
  for (const ModelFile& file : model_files_of(GetParam())) {
    const Graph graph = optimised(file, read_case(file));
    for (const Target& target : targets()) {
      LoweringOptions options;
      options.disabled = {Switch::subsampling};
      const Program program = lower(graph, target, options);
      for (const Step& step : program.steps) {
        const View *x = nullptr, *y = nullptr;
        if (const auto* relayout = std::get_if<RelayoutStep>(&step.kernel)) x = &relayout->x, y = &relayout->y;
        if (const auto* blocked = std::get_if<BlockedCopyStep>(&step.kernel)) x = &blocked->x, y = &blocked->y;
        if (const auto* copy = std::get_if<CopyStep>(&step.kernel)) x = &copy->x, y = &copy->y;
        if (const auto* table = std::get_if<TableCopyStep>(&step.kernel)) x = &table->x, y = &table->y;
        if (x == nullptr) continue;
        EXPECT_TRUE(at_the_interface(program, *x) || at_the_interface(program, *y))
            << file.name << ", " << target.name << ": " << step.comment;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, CopyFreeNetworks, ::testing::Values("ghostnet_100", "densenet121", "resnet50"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace intaglio::testing
