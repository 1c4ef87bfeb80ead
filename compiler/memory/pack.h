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

/// Places items one by one where they fit, in an order of priority.
class Packer {
 public:
  enum class Fit { first, best };  ///< the lowest gap, or the tightest

  explicit Packer(const Items& items);
  Packing place(const std::vector<int>& priority, Fit fit);

  /// The lowest of several priorities and fits; stops early at `bound`.
  Packing pack_quickly(int64_t bound);

  /// Perturbs priorities, the items at the top first, until `bound` is reached or about `work` overlaps were looked at.
  Packing improve(const Packing& start, int64_t bound, int64_t work);

 private:
  const Items& items_;
  std::vector<std::vector<int>> overlaps_;  // per item: those that live at the same time
  std::vector<std::pair<int64_t, int64_t>> occupied_;
  int64_t work_ = 0;
};

/// What a depth-first search for a packing of at most `height` found within `nodes` placements.
struct ExactResult {
  enum class Answer { found, impossible, unknown } answer = Answer::unknown;
  Packing packing;  ///< when found
};
ExactResult pack_exactly(const Items& items, int64_t height, int64_t nodes);

}  // namespace intaglio::memory
