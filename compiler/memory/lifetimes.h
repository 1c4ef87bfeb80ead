// When buffers live in an order of the steps, and how many bytes that order needs at least.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "memory/plan.h"

namespace intaglio::memory {

inline int64_t round_up(int64_t value, int64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

/// From first to last access, per buffer.
std::vector<Lifetime> find_lifetimes(const MemoryProblem& problem, const std::vector<int>& order);

/// A permitted in-place pair that is legal in one order: `from` dies in the step that brings `to` to life.
struct InPlacePair {
  int from = 0, to = 0;
};
std::vector<InPlacePair> legal_in_place(const MemoryProblem& problem, const std::vector<int>& order,
                                        const std::vector<Lifetime>& lifetimes);

/// Largest live set of an order. A pair that is legal in place counts once, with its larger member; where several
/// inputs could give their place to one output, the best one does.
struct Demand {
  int64_t bytes = 0;  ///< alignment included; a multiple of the arena's alignment
  int position = -1;  ///< that attains `bytes`
};
Demand find_demand(const MemoryProblem& problem, const std::vector<int>& order, const std::vector<Lifetime>& lifetimes,
                   bool in_place);

}  // namespace intaglio::memory
