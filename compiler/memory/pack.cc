// Greedy placement by priority, and iterated local search over priorities.
//
// By example. Five items; at positions 2 and 3 ten bytes live, so no packing is lower than 10 (packing_bound):
//
//     item        A   B     C        D        E
//     bytes       4   2     3        2        5
//     positions   0   0-1   0-3      1-3      2-3        live bytes: 9, 7, 10, 10
//
// `place` takes the items in an order of priority and puts each into the lowest gap between those it meets in time:
//
//     by bytes    E A C B D   E 0-5, A 0-4 (it never meets E), C 5-8, B 8-10 (4-5 is too small), D 10-12     height 12
//     by birth    A B C D E   A 0-4, B 4-6, C 6-9, D 0-2, E 9-14 (2-6 is too small)                          height 14
//     by length   C D B E A   C 0-3, D 3-5, B 5-7, E 5-10 (it never meets B), A 7-11                         height 11
//
// None of the six priorities of pack_quickly, with either fit, is lower than 11. `improve` goes on from there: A is at
// the top, and B is one that it competes with. A goes before B:
//
//     C D A B E   C 0-3, D 3-5, A 3-7 (it never meets D), B 7-9, E 5-10                                      height 10
//
// which is the bound, so the search ends. pack_exactly.cc asks the same items whether 10 is possible.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/pack.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "memory/random.h"
#include "memory/taken.h"

namespace intaglio::memory {
namespace {

std::vector<int> identity(size_t count) {
  std::vector<int> result(count);
  std::iota(result.begin(), result.end(), 0);
  return result;
}

/// Item indices by descending key.
template <class Key>
std::vector<int> descending(size_t count, Key key) {
  std::vector<int> result = identity(count);
  std::stable_sort(result.begin(), result.end(), [&](int a, int b) { return key(a) > key(b); });
  return result;
}

enum class Fit { first, best };  // the lowest gap, or the tightest

/// Puts `item` into a gap between `occupied`, sorted ranges that may overlap.
void settle(const Items& items, int item, const std::vector<Range>& occupied, Fit fit, Packing& packing) {
  const int64_t bytes = items[item].bytes;
  int64_t start = 0, chosen = -1, least_waste = std::numeric_limits<int64_t>::max();
  for (const auto& [begin, end] : occupied) {
    const int64_t waste = begin - start - bytes;
    if (waste >= 0 && waste < least_waste) {
      least_waste = waste;
      chosen = start;
      if (fit == Fit::first) break;
    }
    start = std::max(start, round_up(end, items[item].alignment));
  }
  packing.offsets[item] = chosen < 0 ? start : chosen;
  packing.height = std::max(packing.height, packing.offsets[item] + bytes);
}

Packing place(const Items& items, const std::vector<int>& priority, Fit fit) {
  Packing packing{std::vector<int64_t>(items.size(), -1), 0};
  int positions = 1;
  int64_t unit = std::numeric_limits<int64_t>::max();  // nothing can begin between its multiples
  for (const Chains::Item& item : items) {
    positions = std::max(positions, item.last + 1);
    unit = std::min(unit, item.alignment);
  }
  Taken taken(positions);
  std::vector<Range> occupied;
  for (int item : priority) {
    taken.find(items[item].first, items[item].last, occupied);
    settle(items, item, occupied, fit, packing);
    const int64_t offset = packing.offsets[item];
    taken.take(items[item].first, items[item].last, {offset, round_up(offset + items[item].bytes, unit)});
  }
  return packing;
}

/// The same with lists of the items that live at the same time: faster where they are few.
class Placer {
 public:
  explicit Placer(const Items& items) : items_(items), overlaps_(items.size()) {
    std::vector<int> by_birth = identity(items.size()), live;
    std::stable_sort(by_birth.begin(), by_birth.end(), [&](int a, int b) { return items[a].first < items[b].first; });
    for (int item : by_birth) {
      std::erase_if(live, [&](int other) { return items[other].last < items[item].first; });
      for (int other : live) {
        overlaps_[item].push_back(other);
        overlaps_[other].push_back(item);
      }
      live.push_back(item);
    }
  }

  Packing place(const std::vector<int>& priority) {
    Packing packing{std::vector<int64_t>(items_.size(), -1), 0};
    for (int item : priority) {
      occupied_.clear();
      for (int other : overlaps_[item])
        if (packing.offsets[other] >= 0)
          occupied_.emplace_back(packing.offsets[other], packing.offsets[other] + items_[other].bytes);
      work_ += static_cast<int64_t>(overlaps_[item].size()) + 1;
      std::sort(occupied_.begin(), occupied_.end());
      settle(items_, item, occupied_, Fit::first, packing);
    }
    return packing;
  }

  const std::vector<int>& overlaps(int item) const { return overlaps_[item]; }
  int64_t work() const { return work_; }  ///< overlaps looked at

 private:
  const Items& items_;
  std::vector<std::vector<int>> overlaps_;  // per item: those that live at the same time
  std::vector<Range> occupied_;
  int64_t work_ = 0;
};

/// How many pairs of items live at the same time.
int64_t count_overlaps(const Items& items) {
  std::vector<int> births, deaths;
  for (const Chains::Item& item : items) {
    births.push_back(item.first);
    deaths.push_back(item.last);
  }
  std::ranges::sort(births);
  std::ranges::sort(deaths);
  int64_t pairs = 0;
  for (size_t item = 0, dead = 0; item < births.size(); ++item) {
    while (deaths[dead] < births[item]) ++dead;
    pairs += static_cast<int64_t>(item - dead);
  }
  return pairs;
}

/// Per item: the bytes that it competes with.
std::vector<int64_t> find_pressure(const Items& items) {
  int positions = 0;
  for (const Chains::Item& item : items) positions = std::max(positions, item.last + 1);
  std::vector<int64_t> born(positions + 1), died(positions + 1);  // bytes, before a position
  for (const Chains::Item& item : items) {
    born[item.first + 1] += item.bytes;
    died[item.last + 1] += item.bytes;
  }
  std::partial_sum(born.begin(), born.end(), born.begin());
  std::partial_sum(died.begin(), died.end(), died.begin());
  std::vector<int64_t> result;
  for (const Chains::Item& item : items) result.push_back(born[item.last + 1] - died[item.first] - item.bytes);
  return result;
}

}  // namespace

int64_t packing_bound(const Items& items) {
  std::vector<std::pair<int, int64_t>> changes;  // bytes that come at a position, or go behind it
  for (const Chains::Item& item : items) {
    changes.emplace_back(item.first, item.bytes);
    changes.emplace_back(item.last + 1, -item.bytes);
  }
  std::sort(changes.begin(), changes.end());  // at one position what goes stands before what comes
  int64_t live = 0, bound = 0;
  for (const auto& [position, bytes] : changes) bound = std::max(bound, live += bytes);
  return bound;
}

Packing pack_quickly(const Items& items, int64_t bound) {
  const size_t count = items.size();
  const auto bytes = [&](int item) { return items[item].bytes; };
  const auto length = [&](int item) { return static_cast<int64_t>(items[item].last - items[item].first + 1); };
  const std::vector<int64_t> pressure = find_pressure(items);

  const std::vector<int> priorities[] = {
      descending(count, bytes),
      descending(count, [&](int item) { return bytes(item) * length(item); }),
      descending(count, length),
      descending(count, [&](int item) { return pressure[item] + bytes(item); }),
      descending(count, [&](int item) { return -items[item].first; }),
      descending(count, [&](int item) { return items[item].last; }),
  };
  Packing best;
  best.height = std::numeric_limits<int64_t>::max();
  for (const std::vector<int>& priority : priorities) {
    for (Fit fit : {Fit::first, Fit::best}) {
      Packing packing = place(items, priority, fit);
      if (packing.height < best.height) best = std::move(packing);
      if (best.height <= bound) return best;
    }
  }
  return best;
}

Packing improve(const Items& items, const Packing& start, int64_t bound, int64_t work) {
  Packing best = start;
  if (items.size() < 2 || count_overlaps(items) > work) return best;
  // Placed again from the bottom up, a packing never grows.
  const auto bottom_up = [&](const Packing& packing) {
    return descending(items.size(), [&](int item) { return -packing.offsets[item]; });
  };
  Random random(2);
  const auto swap_two = [&](std::vector<int>& values) {
    const size_t first = random.below(values.size()), second = random.below(values.size());
    std::swap(values[first], values[second]);
  };
  Packing current = best;
  std::vector<int> priority = bottom_up(current);
  Placer placer(items);
  int failures = 0;
  while (best.height > bound && placer.work() < work) {
    std::vector<int> candidate = priority;
    std::vector<size_t> top;  // positions in the priority of items that reach the height
    for (size_t at = 0; at < candidate.size(); ++at)
      if (current.offsets[candidate[at]] + items[candidate[at]].bytes == current.height) top.push_back(at);
    // An item at the top, sometimes any item, goes before one that it competes with, or before an arbitrary one.
    const size_t from = random.below(4) == 0 ? random.below(candidate.size()) : top[random.below(top.size())];
    const std::vector<int>& rivals = placer.overlaps(candidate[from]);
    size_t to = random.below(from + 1);
    if (!rivals.empty() && random.below(4) != 0) {
      const int rival = rivals[random.below(rivals.size())];
      to =
          std::min(from, static_cast<size_t>(std::find(candidate.begin(), candidate.end(), rival) - candidate.begin()));
    }
    std::rotate(candidate.begin() + to, candidate.begin() + from, candidate.begin() + from + 1);
    if (random.below(3) == 0) swap_two(candidate);

    Packing packing = placer.place(candidate);
    if (packing.height <= current.height) {
      failures = packing.height < current.height ? 0 : failures + 1;
      current = std::move(packing);
      priority = std::move(candidate);
      if (current.height < best.height) best = current;
    } else if (++failures > 300) {  // from the best again, shaken
      failures = 0;
      current = best;
      priority = bottom_up(best);
      for (int i = 0; i < 4; ++i) swap_two(priority);
      current = placer.place(priority);
    }
  }
  return best;
}

}  // namespace intaglio::memory
