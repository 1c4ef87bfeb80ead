// Plans of small problems whose optimum is known, and what the planner promises about all plans.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/plan.h"

#include <gtest/gtest.h>

#include <functional>

#include "memory/problems.h"
#include "support/error.h"

namespace intaglio {
namespace {

using testing::no_problems;
using testing::ProblemBuilder;

MemoryPlan plan_and_validate(const MemoryProblem& problem, const PlanOptions& options = {}) {
  MemoryPlan plan = plan_memory(problem, options);
  EXPECT_EQ(validate_plan(problem, plan), no_problems);
  return plan;
}

TEST(PlanMemory, NothingNeedsNothing) {
  EXPECT_EQ(plan_and_validate({}).peak_bytes, 0);
  ProblemBuilder builder;
  builder.buffer(100);
  builder.step({}, {});
  EXPECT_EQ(plan_and_validate(builder.problem).peak_bytes, 0) << "a buffer that no step touches needs no place";
}

TEST(PlanMemory, ChainNeedsItsLargestNeighbours) {
  ProblemBuilder builder;
  int x = builder.make({}, 128);
  for (int64_t bytes : {256, 64, 512, 128}) x = builder.make({x}, bytes);
  const MemoryPlan plan = plan_and_validate(builder.problem);
  EXPECT_EQ(plan.peak_bytes, 640);
  EXPECT_EQ(plan.gap_bytes, 0);
  EXPECT_EQ(plan.lifetimes[1], (Lifetime{1, 2}));
}

TEST(PlanMemory, ElementwiseChainStaysInOnePlace) {
  ProblemBuilder builder;
  int x = builder.make({}, 1024);
  for (int i = 0; i < 5; ++i) x = builder.make_in_place({x}, 1024);
  EXPECT_EQ(plan_and_validate(builder.problem).peak_bytes, 1024);
  EXPECT_EQ(plan_and_validate(builder.problem).merged.size(), 5u);
  EXPECT_EQ(plan_and_validate(builder.problem, {.in_place = false}).peak_bytes, 2048);
}

TEST(PlanMemory, DiamondKeepsTheShortcut) {
  ProblemBuilder builder;
  const int x = builder.make({}, 256);
  const int left = builder.make({x}, 256);
  const int right = builder.make({x}, 256);
  builder.make({left, right}, 256);
  EXPECT_EQ(plan_and_validate(builder.problem).peak_bytes, 768);
}

TEST(PlanMemory, ResidualAddTakesOverAnOperand) {
  ProblemBuilder builder;
  const int x = builder.make({}, 256);
  const int y = builder.make({x}, 256);
  builder.make_in_place({x, y}, 256);
  const MemoryPlan plan = plan_and_validate(builder.problem);
  EXPECT_EQ(plan.peak_bytes, 512);
  EXPECT_EQ(plan.merged.size(), 1u) << "two operands die, one gives its place";
}

TEST(PlanMemory, InPlaceIsRefusedWhileTheInputIsStillNeeded) {
  ProblemBuilder builder;
  const int x = builder.make({}, 256);
  const int y = builder.make_in_place({x}, 256);
  builder.make({x, y}, 256);
  const MemoryPlan plan = plan_and_validate(builder.problem);
  EXPECT_TRUE(plan.merged.empty());
  EXPECT_EQ(plan.peak_bytes, 768);
}

TEST(PlanMemory, InPlaceIsRefusedWhenTheOutputIsAlreadyAlive) {
  ProblemBuilder builder;
  const int storage = builder.buffer(512);
  const int x = builder.make({}, 256);
  builder.step({x}, {storage});
  const int y = builder.make({storage}, 256);
  builder.step({y}, {storage}, {}, {{y, storage}});
  builder.make({storage}, 64);
  EXPECT_TRUE(plan_and_validate(builder.problem).merged.empty());
}

TEST(PlanMemory, ScratchLivesDuringItsStep) {
  ProblemBuilder builder;
  const int scratch_a = builder.buffer(512), scratch_b = builder.buffer(512), x = builder.buffer(64),
            y = builder.buffer(64);
  builder.step({}, {x}, {scratch_a});
  builder.step({x}, {y}, {scratch_b});
  EXPECT_EQ(plan_and_validate(builder.problem).peak_bytes, 640);
}

TEST(PlanMemory, ConcatenationStorageLivesFromFirstWriteToLastRead) {
  ProblemBuilder builder;
  const int x = builder.make({}, 256);
  const int storage = builder.buffer(512);
  builder.step({x}, {storage});
  const int y = builder.make({x}, 256);
  builder.step({y}, {storage});
  builder.make({storage}, 64);
  const MemoryPlan plan = plan_and_validate(builder.problem);
  // Making y before the storage is written first lets x die: y 256 + x 256, then x or y beside the storage.
  EXPECT_EQ(plan.peak_bytes, 1024);
  EXPECT_EQ(plan.lower_bound_bytes, 1024);
}

TEST(PlanMemory, ReordersBranchesToLowerThePeak) {
  // Two branches widen to 1024 and shrink to 64; run one after the other they need 1024 + 128 + 64, side by side twice
  // 1024.
  ProblemBuilder builder;
  const int x = builder.make({}, 128);
  const int left_wide = builder.make({x}, 1024);
  const int right_wide = builder.make({x}, 1024);
  const int left = builder.make({left_wide}, 64);
  const int right = builder.make({right_wide}, 64);
  builder.make({left, right}, 64);
  EXPECT_EQ(plan_and_validate(builder.problem).peak_bytes, 1024 + 128 + 64);
  EXPECT_EQ(plan_and_validate(builder.problem, {.reorder = false}).peak_bytes, 2048 + 128);
}

TEST(PlanMemory, KeepsTheGivenOrderWhenNothingIsWon) {
  ProblemBuilder builder;
  const int x = builder.make({}, 128);
  const int a = builder.make({x}, 128), b = builder.make({x}, 128);
  builder.make({a, b}, 128);
  EXPECT_EQ(plan_and_validate(builder.problem).order, (std::vector<int>{0, 1, 2, 3}));
}

TEST(PlanMemory, DependenciesBindTheOrder) {
  ProblemBuilder builder;
  const int x = builder.make({}, 128);
  const int left_wide = builder.make({x}, 1024);
  const int right_wide = builder.make({x}, 1024);
  const int left = builder.make({left_wide}, 64);
  const int right = builder.make({right_wide}, 64);
  builder.make({left, right}, 64);
  builder.problem.dependencies.assign(6, {});
  for (int step = 1; step < 6; ++step) builder.problem.dependencies[step] = {step - 1};
  EXPECT_EQ(plan_and_validate(builder.problem).order, (std::vector<int>{0, 1, 2, 3, 4, 5}));
}

TEST(PlanMemory, HonoursAlignmentAndRoundsTheArena) {
  ProblemBuilder builder;
  const int a = builder.buffer(10, 1), b = builder.buffer(65, 64), c = builder.buffer(3, 4);
  builder.step({}, {a, b, c});
  builder.step({a, b, c}, {});
  const MemoryPlan plan = plan_and_validate(builder.problem);
  EXPECT_EQ(plan.offsets[b] % 64, 0);
  EXPECT_EQ(plan.offsets[c] % 4, 0);
  EXPECT_EQ(plan.peak_bytes, 128);
}

TEST(PlanMemory, ReportsTheStepThatNeedsMost) {
  ProblemBuilder builder;
  const int x = builder.make({}, 1024);
  builder.make({x}, 1024);
  const MemoryPlan plan = plan_and_validate(builder.problem);
  EXPECT_EQ(plan.lower_bound_bytes, 2048);
  EXPECT_EQ(plan.gap_bytes, 0);
  EXPECT_EQ(plan.bound_position, 1);
}

TEST(PlanMemory, UnequalPairsMergeOnlyWhenItPays) {
  // b takes over a's place only at the price of keeping 4096 bytes while the large scratch is needed.
  ProblemBuilder builder;
  const int a = builder.make({}, 4096);
  const int b = builder.make_in_place({a}, 64);
  const int scratch = builder.buffer(4096), y = builder.buffer(64);
  builder.step({b}, {y}, {scratch});
  const MemoryPlan plan = plan_and_validate(builder.problem);
  EXPECT_EQ(plan.peak_bytes, 4096 + 128);
  EXPECT_TRUE(plan.merged.empty());
}

TEST(PlanMemory, MalformedProblemsAreInternalErrors) {
  const auto refused = [](const std::function<void(MemoryProblem&)>& spoil) {
    ProblemBuilder builder;
    const int x = builder.make({}, 64);
    const int scratch = builder.buffer(64), y = builder.buffer(64);
    builder.step({x}, {y}, {scratch});
    builder.problem.dependencies = {{}, {0}};
    EXPECT_NO_THROW(plan_memory(builder.problem));
    spoil(builder.problem);
    EXPECT_THROW(plan_memory(builder.problem), Error);
  };
  refused([](MemoryProblem& problem) { problem.alignment = 48; });
  refused([](MemoryProblem& problem) { problem.buffers[0].alignment = 128; });
  refused([](MemoryProblem& problem) { problem.buffers[0].alignment = 3; });
  refused([](MemoryProblem& problem) { problem.buffers[0].bytes = -1; });
  refused([](MemoryProblem& problem) { problem.dependencies.pop_back(); });
  refused([](MemoryProblem& problem) { problem.dependencies[0] = {1}; });
  refused([](MemoryProblem& problem) { problem.dependencies[1] = {7}; });
  refused([](MemoryProblem& problem) { problem.steps[0].writes.clear(); });
  refused([](MemoryProblem& problem) { problem.steps[0].writes = {9}; });
  refused([](MemoryProblem& problem) { problem.steps[0].scratch = problem.steps[1].scratch; });
  refused([](MemoryProblem& problem) { problem.steps[0].writes.push_back(problem.steps[1].scratch[0]); });
  refused([](MemoryProblem& problem) { problem.steps[1].writes.push_back(problem.steps[1].scratch[0]); });
  refused([](MemoryProblem& problem) { problem.steps[1].in_place = {{2, 0}}; });
}

TEST(ConservativeDependencies, OrderEveryHazardAndNothingElse) {
  ProblemBuilder builder;
  const int a = builder.buffer(64), b = builder.buffer(64);
  builder.step({}, {a});      // 0
  builder.step({}, {b});      // 1: independent
  builder.step({a}, {});      // 2: read after write
  builder.step({a}, {});      // 3: reads may swap
  builder.step({}, {a});      // 4: write after reads and write
  builder.step({a}, {a, b});  // 5: both
  EXPECT_EQ(conservative_dependencies(builder.problem),
            (std::vector<std::vector<int>>{{}, {}, {0}, {0}, {0, 2, 3}, {1, 4}}));
}

}  // namespace
}  // namespace intaglio
