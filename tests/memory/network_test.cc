// Networks at full size, hard packing instances, and the time both may take.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <chrono>

#include "memory/plan.h"
#include "memory/problems.h"

namespace intaglio {
namespace {

using testing::branching_network;
using testing::dense_network;
using testing::guillotine_problem;
using testing::no_problems;
using testing::random_problem;
using testing::residual_network;

struct Timed {
  MemoryPlan plan;
  double seconds = 0;
};

Timed timed_plan(const MemoryProblem& problem) {
  const auto start = std::chrono::steady_clock::now();
  Timed result{plan_memory(problem)};
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_EQ(validate_plan(problem, result.plan), no_problems);
  return result;
}

TEST(NetworkMemory, ResidualNetworkMeetsItsBound) {
  const MemoryProblem problem = residual_network(4, 12, 64 * 4096);
  const MemoryPlan plan = timed_plan(problem).plan;
  EXPECT_EQ(plan.gap_bytes, 0);
  // The first stage's projection: shortcut, wide branch, x or the branch's middle; the sum takes over one of them.
  EXPECT_LE(plan.peak_bytes, 64 * 4096 * 9 / 4);
}

TEST(NetworkMemory, DenseNetworkMeetsItsBound) {
  const MemoryPlan plan = timed_plan(dense_network({6, 12, 24, 16, 40, 60}, 64 * 1024)).plan;
  EXPECT_EQ(plan.gap_bytes, 0);
}

TEST(NetworkMemory, BranchingNetworksComeNearTheirBounds) {
  int closed = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const MemoryPlan plan = timed_plan(branching_network(30, seed)).plan;
    closed += plan.gap_bytes == 0;
    EXPECT_LE(plan.gap_bytes, plan.lower_bound_bytes / 12) << "seed " << seed;
  }
  EXPECT_GE(closed, 8);
}

TEST(NetworkMemory, HardPackingsComeNearTheirOptimum) {
  int solved = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const MemoryPlan plan = timed_plan(guillotine_problem(seed, 60, 64 * 256, 80)).plan;
    EXPECT_EQ(plan.lower_bound_bytes, 64 * 256);
    EXPECT_LE(plan.gap_bytes, plan.lower_bound_bytes / 10) << "seed " << seed;
    solved += plan.gap_bytes == 0;
  }
  EXPECT_GE(solved, 7);
}

TEST(NetworkMemory, LargeProblemsStayWithinTheirBudgets) {
  // Release builds take far less than a second; the limits leave room for debug builds, sanitizers and busy machines.
  EXPECT_LT(timed_plan(residual_network(6, 125, 64 * 4096)).seconds, 20);
  EXPECT_LT(timed_plan(branching_network(350, 99)).seconds, 20);
  EXPECT_LT(timed_plan(random_problem(3, 400)).seconds, 60);
}

}  // namespace
}  // namespace intaglio
