// Random problems: every plan is valid, deterministic and no worse than the given order; spoilt plans are noticed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "memory/plan.h"
#include "memory/problems.h"

namespace intaglio {
namespace {

using testing::no_problems;
using testing::random_problem;

TEST(FuzzMemory, PlansOfRandomProblemsAreValid) {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    const MemoryProblem problem = random_problem(seed, 1 + static_cast<int>(seed % 13));
    ASSERT_EQ(validate_plan(problem, plan_memory(problem)), no_problems) << "seed " << seed;
  }
}

TEST(FuzzMemory, ReorderingAndInPlaceNeverHurt) {
  for (uint64_t seed = 0; seed < 25; ++seed) {
    const MemoryProblem problem = random_problem(5000 + seed, 30);
    const MemoryPlan plan = plan_memory(problem), fixed = plan_memory(problem, {.reorder = false}),
                     apart = plan_memory(problem, {.reorder = false, .in_place = false});
    ASSERT_EQ(validate_plan(problem, plan), no_problems) << "seed " << seed;
    ASSERT_EQ(validate_plan(problem, fixed), no_problems) << "seed " << seed;
    ASSERT_EQ(validate_plan(problem, apart), no_problems) << "seed " << seed;
    EXPECT_LE(plan.peak_bytes, fixed.peak_bytes) << "seed " << seed;
    EXPECT_LE(fixed.peak_bytes, apart.peak_bytes) << "seed " << seed;
    EXPECT_TRUE(apart.merged.empty());
    EXPECT_TRUE(std::is_sorted(fixed.order.begin(), fixed.order.end()));
  }
}

TEST(FuzzMemory, SameProblemSamePlan) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const MemoryProblem problem = random_problem(7000 + seed, 30);
    const MemoryPlan first = plan_memory(problem), second = plan_memory(problem);
    EXPECT_EQ(first.order, second.order);
    EXPECT_EQ(first.offsets, second.offsets);
    EXPECT_EQ(first.merged, second.merged);
    EXPECT_EQ(first.peak_bytes, second.peak_bytes);
  }
}

TEST(FuzzMemory, SpoiltPlansAreRejected) {
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const MemoryProblem problem = random_problem(9000 + seed, 8);
    const MemoryPlan plan = plan_memory(problem);
    // A buffer moved onto another that is live at the same time.
    for (size_t a = 0; a < problem.buffers.size(); ++a) {
      for (size_t b = 0; b < problem.buffers.size(); ++b) {
        const bool together = a != b && plan.lifetimes[a].first >= 0 && plan.lifetimes[b].first >= 0 &&
                              plan.lifetimes[a].first <= plan.lifetimes[b].last &&
                              plan.lifetimes[b].first <= plan.lifetimes[a].last;
        if (!together || problem.buffers[a].bytes == 0 || problem.buffers[b].bytes == 0) continue;
        if (plan.offsets[a] == plan.offsets[b]) continue;
        MemoryPlan spoilt = plan;
        spoilt.offsets[a] = spoilt.offsets[b];
        ASSERT_FALSE(validate_plan(problem, spoilt).empty()) << "seed " << seed << ", buffer " << a << " onto " << b;
      }
    }
    // A step moved before another that writes what it reads.
    for (size_t at = 0; at + 1 < plan.order.size(); ++at) {
      const StepAccess &writer = problem.steps[plan.order[at]], &reader = problem.steps[plan.order[at + 1]];
      const bool bound = std::any_of(reader.reads.begin(), reader.reads.end(), [&](int buffer) {
        return std::find(writer.writes.begin(), writer.writes.end(), buffer) != writer.writes.end();
      });
      if (!bound || plan.order[at] > plan.order[at + 1]) continue;
      MemoryPlan spoilt = plan;
      std::swap(spoilt.order[at], spoilt.order[at + 1]);
      ASSERT_FALSE(validate_plan(problem, spoilt).empty()) << "seed " << seed << ", position " << at;
    }
    // A merge nobody permits.
    for (size_t a = 0; a + 1 < problem.buffers.size(); ++a) {
      const std::pair<int, int> pair(static_cast<int>(a), static_cast<int>(a + 1));
      const bool permitted = std::any_of(problem.steps.begin(), problem.steps.end(), [&](const StepAccess& step) {
        return std::find(step.in_place.begin(), step.in_place.end(), pair) != step.in_place.end();
      });
      if (permitted) continue;
      MemoryPlan spoilt = plan;
      spoilt.merged.push_back(pair);
      ASSERT_FALSE(validate_plan(problem, spoilt).empty()) << "seed " << seed << ", merge " << a;
    }
  }
}

/// The lowest bound of all orders of a small problem, by trying every permutation.
int64_t lowest_bound(const MemoryProblem& problem) {
  std::vector<int> order(problem.steps.size());
  std::iota(order.begin(), order.end(), 0);
  int64_t lowest = std::numeric_limits<int64_t>::max();
  do {
    bool valid = true;
    std::vector<int> position(order.size());
    for (size_t at = 0; at < order.size(); ++at) position[order[at]] = static_cast<int>(at);
    for (size_t step = 0; step < order.size() && valid; ++step) {
      if (!problem.dependencies.empty())
        for (int other : problem.dependencies[step]) valid &= position[other] < position[step];
      for (int buffer : problem.steps[step].reads)
        for (size_t writer = 0; writer < step; ++writer)
          for (int written : problem.steps[writer].writes)
            valid &= written != buffer || position[writer] < position[step];
    }
    if (!valid) continue;
    MemoryProblem permuted = problem;
    permuted.dependencies.clear();
    for (size_t at = 0; at < order.size(); ++at) permuted.steps[at] = problem.steps[order[at]];
    lowest = std::min(lowest, plan_memory(permuted, {.reorder = false, .in_place = false}).lower_bound_bytes);
  } while (std::next_permutation(order.begin(), order.end()));
  return lowest;
}

TEST(FuzzMemory, OrdersOfSmallProblemsAreOptimal) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    MemoryProblem problem = random_problem(11000 + seed, 6);
    for (BufferRequest& buffer : problem.buffers) buffer.alignment = 64;  // rounding aside
    const MemoryPlan plan = plan_memory(problem, {.in_place = false});
    const MemoryPlan given = plan_memory(problem, {.reorder = false, .in_place = false});
    // The given order stays when its packing is as small; otherwise the best order has been found.
    EXPECT_TRUE(plan.lower_bound_bytes == lowest_bound(problem) || plan.peak_bytes == given.peak_bytes)
        << "seed " << seed;
    EXPECT_LE(lowest_bound(problem), plan.lower_bound_bytes);
  }
}

}  // namespace
}  // namespace intaglio
