// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/taken.h"

#include <algorithm>
#include <bit>

namespace intaglio::memory {
namespace {

/// The stretches that hold the first or the last position.
template <class Function>
void for_each_end(size_t leaves, int first, int last, Function function) {
  for (size_t stretch = leaves + static_cast<size_t>(first); stretch > 0; stretch /= 2) function(stretch);
  for (size_t stretch = leaves + static_cast<size_t>(last); stretch > 0; stretch /= 2) function(stretch);
}

/// The fewest stretches that make up the positions. All that hold one of them are among those of the ends.
template <class Function>
void for_each_part(size_t leaves, int first, int last, Function function) {
  size_t begin = leaves + static_cast<size_t>(first), end = leaves + static_cast<size_t>(last) + 1;
  for (; begin < end; begin /= 2, end /= 2) {
    if (begin % 2 == 1) function(begin++);
    if (end % 2 == 1) function(--end);
  }
}

void add(Range range, std::vector<Range>& ranges) {
  const auto first = std::ranges::lower_bound(ranges, range.first, {}, &Range::second);
  auto end = first;
  for (; end != ranges.end() && end->first <= range.second; ++end) {
    range.first = std::min(range.first, end->first);
    range.second = std::max(range.second, end->second);
  }
  if (first == end) {
    ranges.insert(first, range);
  } else {
    *first = range;
    ranges.erase(first + 1, end);
  }
}

}  // namespace

Taken::Taken(int positions) : leaves_(std::bit_ceil(static_cast<size_t>(positions))), stretches_(2 * leaves_) {}

void Taken::take(int first, int last, Range range) {
  for_each_end(leaves_, first, last, [&](size_t stretch) { add(range, stretches_[stretch].within); });
  for_each_part(leaves_, first, last, [&](size_t stretch) {
    add(range, stretches_[stretch].within);
    add(range, stretches_[stretch].throughout);
  });
}

void Taken::find(int first, int last, std::vector<Range>& ranges) const {
  ranges.clear();
  const auto append = [&](const std::vector<Range>& more) { ranges.insert(ranges.end(), more.begin(), more.end()); };
  for_each_end(leaves_, first, last, [&](size_t stretch) { append(stretches_[stretch].throughout); });
  for_each_part(leaves_, first, last, [&](size_t stretch) { append(stretches_[stretch].within); });
  std::sort(ranges.begin(), ranges.end());
}

}  // namespace intaglio::memory
