// Which bytes are taken when. A binary tree of stretches of positions, each with the bytes taken there; ranges that touch
// become one, so that a thousand items that live side by side at the same time are few ranges.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace intaglio::memory {

using Range = std::pair<int64_t, int64_t>;  ///< bytes, the end excluded

class Taken {
 public:
  explicit Taken(int positions);

  /// Takes bytes from position `first` to `last`, both included.
  void take(int first, int last, Range range);

  /// What is taken at any position from `first` to `last`: sorted ranges that may overlap.
  void find(int first, int last, std::vector<Range>& ranges) const;

 private:
  struct Stretch {
    std::vector<Range> throughout;  // what was taken for all of it
    std::vector<Range> within;      // and for parts of it; not what was taken for a larger stretch at once
  };

  size_t leaves_;
  std::vector<Stretch> stretches_;  // 1: all positions; 2 i and 2 i + 1: the halves of i
};

}  // namespace intaglio::memory
