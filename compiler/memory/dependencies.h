// Which steps must come before which, and whether a problem is well formed at all.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "memory/plan.h"

namespace intaglio::memory {

/// Direct edges between steps, without duplicates, ascending.
struct Dependencies {
  std::vector<std::vector<int>> before;  ///< per step: those it must follow
  std::vector<std::vector<int>> after;   ///< per step: those that must follow it
};

/// The problem's dependencies and, for every read, the preceding writes of its buffer.
Dependencies all_dependencies(const MemoryProblem& problem);

/// internal_error with the first thing that is wrong with the problem, if any.
void check_problem(const MemoryProblem& problem);

}  // namespace intaglio::memory
