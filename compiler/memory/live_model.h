// What scheduling needs to know about a problem:
// bytes that come to life and die when a step runs after a set of others.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <vector>

#include "memory/plan.h"

namespace intaglio::memory {

/// A problem with rounded sizes and one list of buffers per step.
struct LiveModel {
  struct Pair {
    int from = 0, to = 0;
    int64_t saved = 0;
  };
  struct Step {
    std::vector<int> touched;  ///< distinct buffers read or written
    std::vector<Pair> in_place;
    int64_t scratch = 0;  ///< bytes
  };
  std::vector<Step> steps;
  std::vector<int64_t> bytes;  ///< per buffer
  std::vector<int> uses;       ///< per buffer: steps that touch it
  int64_t floor = 0;           ///< no order has a lower peak: the largest single step
};

LiveModel make_live_model(const MemoryProblem& problem, bool in_place);

/// Live bytes around one step.
struct StepDemand {
  int64_t during = 0, after = 0;
};

/// Demand of `step` when `live` bytes are live and every buffer has `remaining` uses left. A buffer with all uses left
/// is not born yet, one with none left is dead.
StepDemand step_demand(const LiveModel& model, const std::vector<int>& remaining, int64_t live, int step);

/// Demands along a whole order.
std::vector<StepDemand> order_demand(const LiveModel& model, const std::vector<int>& order);

/// The largest `during`.
int64_t peak_of(const std::vector<StepDemand>& demands);

}  // namespace intaglio::memory
