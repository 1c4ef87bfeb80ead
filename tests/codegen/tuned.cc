// What a tuning may choose beside the kernels of dense convolutions: every candidate is taken and computes the same.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "planning.h"
#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

/// Layers in bands, some of them depthwise and grouped, and large enough to be cut.
Graph network() {
  const Window one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}, three{{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
      strided{{3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}};
  GraphBuilder b(1);
  TensorId x = b.conv(b.input("x", Shape{1, 8, 40, 30}), 32, one, 1);
  x = b.conv(x, 32, three, 32);
  x = b.conv(x, 32, strided, 32);
  x = b.conv(x, 32, three, 8);
  b.output(b.conv(x, 16, one, 1));
  return b.take();
}

/// Candidate `number` of every choice, or the last.
std::map<std::string, std::string> candidates(const Program& program, size_t number) {
  std::map<std::string, std::string> result;
  for (const KernelChoice& choice : program.choices) {
    if (choice.of != KernelChoice::Of::kernel || !choice.layer.starts_with("conv"))
      result[choice.layer] = choice.candidates[std::min(number, choice.candidates.size() - 1)].kernel;
  }
  return result;
}

TEST(Tuned, EveryCandidateIsTakenAndComputesTheSame) {
  Target target = *find_target("avx2");
  target.l2_bytes = 48 << 10;
  target.least_task_cycles = 1000;
  const Graph graph = network();
  for (const int64_t tasks : {1, 2}) {
    const Program untuned = lower_and_plan(graph, target, {.numerics = Numerics::strict}, tasks).program;
    std::set<std::string> kinds;
    size_t most = 0;
    for (const KernelChoice& choice : untuned.choices) {
      kinds.insert(choice.layer.substr(0, choice.layer.find(' ')));
      EXPECT_EQ(choice.chosen, choice.candidates.front().kernel);
      if (!choice.layer.starts_with("conv")) most = std::max(most, choice.candidates.size());
    }
    for (const char* kind : {"depthwise", "grouped", "bands"}) EXPECT_TRUE(kinds.contains(kind)) << kind;
    EXPECT_EQ(kinds.contains("tasks"), tasks > 1);
    for (size_t number = 0; number < most; ++number) {
      const std::map<std::string, std::string> tuning = candidates(untuned, number);
      const LoweringOptions options{.numerics = Numerics::strict, .tuning = tuning};
      for (const KernelChoice& choice : lower_and_plan(graph, target, options, tasks).program.choices) {
        const auto wanted = tuning.find(choice.layer);
        if (wanted != tuning.end()) EXPECT_EQ(choice.chosen, wanted->second) << choice.layer;
      }
      if (GeneratedBatch::can_run(target))
        expect_as_interpreted(target, {{"tuned", graph}}, {.tuning = tuning, .tasks = tasks});
    }
  }
}

}  // namespace
}  // namespace intaglio::testing
