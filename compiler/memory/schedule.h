// Orders of the steps that need few live bytes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "memory/dependencies.h"
#include "memory/live_model.h"

namespace intaglio::memory {

/// Beam search over the sets of executed steps. Empty when it found no order with a lower peak than `limit`.
/// Exact when the beam never overflows, which holds for small graphs and for long chains with little freedom.
std::vector<int> search_order(const LiveModel& model, const Dependencies& dependencies, int64_t limit);

/// Moves steps around the peak of a valid order for as long as that lowers the peak: what makes bytes live across it
/// goes behind it, what frees such bytes goes before it. Returns an order that is never worse.
std::vector<int> improve_order(const LiveModel& model, const Dependencies& dependencies, std::vector<int> order);

}  // namespace intaglio::memory
