// Offsets for rectangles of time and bytes, as low as can be found. pack.cc has an example.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <vector>

#include "memory/in_place.h"

namespace intaglio::memory {

using Items = std::vector<Chains::Item>;

struct Packing {
  std::vector<int64_t> offsets;  ///< per item
  int64_t height = 0;            ///< largest end
};

/// No packing is lower: the largest sum of bytes at one position.
int64_t packing_bound(const Items& items);

/// Places items one by one where they fit, by several orders of priority and fits. The lowest, or the first that is as
/// low as `bound`.
Packing pack_quickly(const Items& items, int64_t bound);

/// Perturbs priorities, the items at the top first, until `bound` is reached or about `work` overlaps were looked at.
/// Where there are more than that, `start` as it is.
Packing improve(const Items& items, const Packing& start, int64_t bound, int64_t work);

/// What a depth-first search for a packing of at most `height` found within `nodes` placements.
struct ExactResult {
  enum class Answer { found, impossible, unknown } answer = Answer::unknown;
  Packing packing;  ///< when found
};
ExactResult pack_exactly(const Items& items, int64_t height, int64_t nodes);

}  // namespace intaglio::memory
