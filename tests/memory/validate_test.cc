// The validator rejects every way a plan can be wrong.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "memory/plan.h"
#include "memory/problems.h"

namespace intaglio {
namespace {

using testing::no_problems;
using testing::ProblemBuilder;

void expect_mentioned(const std::vector<std::string>& problems, const std::string& message) {
  EXPECT_TRUE(std::any_of(problems.begin(), problems.end(),
                          [&](const std::string& problem) { return problem.find(message) != std::string::npos; }))
      << "'" << message << "' is not among " << ::testing::PrintToString(problems);
}

/// x -> y -> z (in place) -> w, with scratch beside y.
struct ValidatePlan : ::testing::Test {
  ValidatePlan() {
    x = builder.make({}, 256);
    y = builder.buffer(128);
    scratch = builder.buffer(64);
    builder.step({x}, {y}, {scratch});
    z = builder.make_in_place({y}, 128);
    w = builder.make({z}, 256);
    builder.problem.dependencies = {{}, {0}, {1}, {2}};
    plan = plan_memory(builder.problem);
    EXPECT_EQ(validate_plan(builder.problem, plan), no_problems);
  }

  void rejects(const std::string& message, const std::function<void(MemoryPlan&)>& spoil) {
    MemoryPlan spoilt = plan;
    spoil(spoilt);
    expect_mentioned(validate_plan(builder.problem, spoilt), message);
  }

  ProblemBuilder builder;
  int x, y, scratch, z, w;
  MemoryPlan plan;
};

TEST_F(ValidatePlan, Shapes) {
  rejects("another number of buffers", [](MemoryPlan& p) { p.offsets.pop_back(); });
  rejects("another number of buffers", [](MemoryPlan& p) { p.lifetimes.push_back({}); });
  rejects("does not contain every step", [](MemoryPlan& p) { p.order.pop_back(); });
  rejects("names a step twice", [](MemoryPlan& p) { p.order[1] = p.order[0]; });
  rejects("names a step twice", [](MemoryPlan& p) { p.order[1] = 9; });
  rejects("a merge names a buffer", [](MemoryPlan& p) { p.merged.emplace_back(0, 77); });
}

TEST_F(ValidatePlan, Order) {
  rejects("does not come after", [](MemoryPlan& p) { std::swap(p.order[1], p.order[2]); });
  builder.problem.dependencies.clear();
  rejects("before any write", [](MemoryPlan& p) { std::swap(p.order[0], p.order[1]); });
  rejects("before step 2 writes it", [](MemoryPlan& p) { std::swap(p.order[2], p.order[3]); });
}

TEST_F(ValidatePlan, ReadBeforeWriteInTheProblemItself) {
  builder.problem.steps[1].reads.push_back(w);
  expect_mentioned(validate_plan(builder.problem, plan), "before any write");
}

TEST_F(ValidatePlan, SharedScratch) {
  builder.problem.steps[2].scratch.push_back(scratch);
  expect_mentioned(validate_plan(builder.problem, plan), "scratch of two steps");
}

TEST_F(ValidatePlan, Places) {
  rejects("overlap while both are live", [&](MemoryPlan& p) { p.offsets[y] = p.offsets[z] = p.offsets[x]; });
  rejects("overlap while both are live", [&](MemoryPlan& p) { p.offsets[scratch] = p.offsets[y]; });
  rejects("misaligned", [&](MemoryPlan& p) { p.offsets[x] += 32; });
  rejects("before the arena", [&](MemoryPlan& p) { p.offsets[x] = -64; });
  rejects("behind the end", [&](MemoryPlan& p) { p.offsets[w] = p.peak_bytes - 64; });
  rejects("behind the end", [](MemoryPlan& p) { p.peak_bytes -= 64; });
  rejects("not a multiple", [](MemoryPlan& p) { p.peak_bytes += 32; });
  rejects("larger than its buffers need", [](MemoryPlan& p) { p.peak_bytes += 64; });
}

TEST_F(ValidatePlan, Merges) {
  ASSERT_EQ(plan.merged.size(), 1u);
  rejects("overlap while both are live", [](MemoryPlan& p) { p.merged.clear(); });
  rejects("different offsets", [&](MemoryPlan& p) { p.offsets[z] += 64; });
  rejects("does not permit it", [&](MemoryPlan& p) { p.merged.emplace_back(x, y); });
  rejects("does not die where", [&](MemoryPlan& p) { p.merged.emplace_back(x, w); });
  rejects("another merge in that role", [](MemoryPlan& p) { p.merged.push_back(p.merged[0]); });
}

TEST_F(ValidatePlan, Report) {
  rejects("reported lifetime", [](MemoryPlan& p) { ++p.lifetimes[0].last; });
  rejects("the lower bound exceeds", [](MemoryPlan& p) { p.lower_bound_bytes = p.peak_bytes + 64; });
  rejects("the gap is not", [](MemoryPlan& p) { p.gap_bytes += 1; });
}

}  // namespace
}  // namespace intaglio
