// Every pass and every switch of lowering is an optimisation: without it, the numbers stay what PyTorch computed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "interpreter/interpreter.h"
#include "lowering/lower.h"
#include "models/model_files.h"
#include "passes/pipeline.h"
#include "support/comparison.h"

namespace intaglio::testing {
namespace {

class Switches : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const Target& avx2 = *find_target("avx2");
    if (GeneratedBatch::can_run(avx2)) {
      for (std::string_view flag : avx2.compile_flags) options_.cxx_flags += " " + std::string(flag);
    }
    options_.numerics = Numerics::fast;
  }

  void expect_close(const std::vector<TensorData>& got, const std::string& what) const {
    ASSERT_EQ(got.size(), data_.outputs.size()) << what;
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_LE(relative_error(got[i], data_.outputs[i]), tolerance(file_.network())) << file_.name << " " << what;
    }
  }

  const ModelFile file_{GetParam()};
  const ModelCase data_ = read_case(file_);
  const Target& portable_ = *find_target("portable");
  BatchOptions options_;
};

TEST_P(Switches, PassesKeepTheNumbers) {
  std::map<std::string, std::string> without;  // distinct graphs, and the pass whose absence gave them first
  std::vector<std::pair<std::string, Graph>> graphs;
  for (const Pass& pass : passes()) {
    const std::string name(pass.name);
    Graph graph = optimised(file_, data_, {name});
    if (without.try_emplace(anonymous_text(graph), name).second)
      graphs.emplace_back("without " + name, std::move(graph));
  }
  GeneratedBatch batch(portable_, options_);
  for (const auto& [what, graph] : graphs) batch.add(graph);
  batch.build();
  for (size_t i = 0; i < graphs.size(); ++i) {
    expect_close(interpret(graphs[i].second, data_.inputs), graphs[i].first + ", interpreter");
    expect_close(batch.run(i, data_.inputs), graphs[i].first + ", generated code");
  }
}

TEST_P(Switches, LoweringKeepsTheNumbers) {
  const Graph graph = optimised(file_, data_);
  GeneratedBatch batch(portable_, options_);
  for (const auto& [which, name] : lowering_switches) batch.add(graph, {which});
  batch.build();
  for (size_t i = 0; i < std::size(lowering_switches); ++i) {
    expect_close(batch.run(i, data_.inputs), "without " + std::string(lowering_switches[i].name));
  }
}

INSTANTIATE_TEST_SUITE_P(Representative, Switches,
                         ::testing::Values("convnext_tiny.ts", "ghostnet_100.ts.unfolded", "s8_multiscale.ts.unfolded",
                                           "shufflenet_v2.dy.unfolded", "unet_resize.ts"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace intaglio::testing
