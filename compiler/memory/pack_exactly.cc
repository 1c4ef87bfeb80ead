// Depth-first search for a packing under a height, after minimalloc (Moffitt, "MiniMalloc", ASPLOS 2023).
//
// Any packing can be pushed down until every item rests on the ground or on another item. Such packings are enumerated
// bottom up: items are placed by ascending offset, each directly on what lies below it. Two rules cut the tree: an item
// is not next when another one fits wholly beneath it, and at every position what is left must fit between the floor
// and the height.
//
// By example, with the items of pack.cc: A 4 bytes at position 0, B 2 at 0-1, C 3 at 0-3, D 2 at 1-3, E 5 at 2-3. Items
// are born at 0, 1 and 2, which makes three sections: position 0, position 1, positions 2 and 3. Is a height of 10
// possible? Large areas come first (C, E, D, A, B); floor and rest are those of the three sections:
//
//     placed            floor       bytes left
//     C 0-3             3  3  3     6  4  7
//       E 3-8           3  3  8     6  4  2
//         A 3-7         7  3  8     2  4  2
//           B 7-9       9  9  8     0  2  2     no: in section 1, 9 + 2 is more than 10
//           D 8-10      7 10 10     2  2  0     no: in section 1, 10 + 2 is
//         B 3-5         5  5  8     4  2  2
//           A 5-9       9  5  8     0  2  2
//             D 8-10    9 10 10     0  0  0     found, by eight placements
//
// The first rule at work: above C and E, D would rest at 8, but B fits beneath it, at 3-5, so D is not tried there. The
// second rule answers "is 9 possible?" without any placement: section 2 alone has 10 bytes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <limits>
#include <numeric>

#include "memory/pack.h"

namespace intaglio::memory {
namespace {

constexpr size_t most_items = 1000;  // bounds the depth of the recursion

class Search {
 public:
  Search(const Items& items, int64_t height, int64_t nodes) : items_(items), height_(height), nodes_(nodes) {
    // Sections between births: within one, a live item is live throughout or dies inside, which no other item notices.
    std::vector<int> births;
    for (const Chains::Item& item : items) births.push_back(item.first);
    std::sort(births.begin(), births.end());
    births.erase(std::unique(births.begin(), births.end()), births.end());
    floor_.assign(births.size(), 0);
    left_.assign(births.size(), 0);
    const auto section = [&](int position) {
      return static_cast<size_t>(std::upper_bound(births.begin(), births.end(), position) - births.begin()) - 1;
    };
    for (const Chains::Item& item : items) {
      spans_.push_back({section(item.first), section(item.last) + 1});
      for (size_t at = spans_.back().begin; at < spans_.back().end; ++at) left_[at] += item.bytes;
    }
    offsets_.assign(items.size(), -1);
  }

  ExactResult::Answer run() {
    if (fits(0) && place_next(0, -1, 0)) return ExactResult::Answer::found;
    return nodes_ < 0 ? ExactResult::Answer::unknown : ExactResult::Answer::impossible;
  }
  Packing packing() const { return {offsets_, reached_}; }

 private:
  struct Span {
    size_t begin, end;
  };
  /// An item and the offset at which it rests.
  struct PlacedItem {
    int item;
    int64_t offset;
  };

  bool fits(int64_t level) const {
    for (size_t at = 0; at < floor_.size(); ++at)
      if (left_[at] > 0 && std::max(floor_[at], level) + left_[at] > height_) return false;
    return true;
  }

  /// Items that may come next above `level`; those at the same offset in ascending order only, since they do not meet.
  std::vector<PlacedItem> candidates(int64_t level, int last) const {
    std::vector<PlacedItem> result;
    int64_t first_end = std::numeric_limits<int64_t>::max();  // lowest end that any item could have
    for (size_t index = 0; index < items_.size(); ++index) {
      if (offsets_[index] >= 0) continue;
      int64_t ground = 0;
      for (size_t at = spans_[index].begin; at < spans_[index].end; ++at) ground = std::max(ground, floor_[at]);
      ground = round_up(ground, items_[index].alignment);
      first_end = std::min(first_end, round_up(std::max(ground, level), items_[index].alignment) + items_[index].bytes);
      const int item = static_cast<int>(index);
      if (ground > level || (ground == level && item > last)) result.push_back({item, ground});
    }
    std::erase_if(result, [&](const PlacedItem& candidate) { return candidate.offset >= first_end; });
    std::stable_sort(result.begin(), result.end(),
                     [](const PlacedItem& a, const PlacedItem& b) { return a.offset < b.offset; });
    return result;
  }

  bool place_next(int64_t level, int last, size_t placed) {
    if (placed == items_.size()) return true;
    for (const PlacedItem& candidate : candidates(level, last)) {
      if (--nodes_ < 0) return false;
      const Span span = spans_[candidate.item];
      const int64_t bytes = items_[candidate.item].bytes, end = candidate.offset + bytes;
      if (end > height_) continue;
      const std::vector<int64_t> before(floor_.begin() + span.begin, floor_.begin() + span.end);
      for (size_t at = span.begin; at < span.end; ++at) {
        floor_[at] = end;
        left_[at] -= bytes;
      }
      offsets_[candidate.item] = candidate.offset;
      if (fits(candidate.offset) && place_next(candidate.offset, candidate.item, placed + 1)) {
        reached_ = std::max(reached_, end);
        return true;
      }
      offsets_[candidate.item] = -1;
      std::copy(before.begin(), before.end(), floor_.begin() + span.begin);
      for (size_t at = span.begin; at < span.end; ++at) left_[at] += bytes;
    }
    return false;
  }

  const Items& items_;
  const int64_t height_;
  int64_t nodes_;
  std::vector<Span> spans_;     // per item: sections it lives in
  std::vector<int64_t> floor_;  // per section: end of what is placed
  std::vector<int64_t> left_;   // per section: bytes not placed yet
  std::vector<int64_t> offsets_;
  int64_t reached_ = 0;
};

}  // namespace

ExactResult pack_exactly(const Items& items, int64_t height, int64_t nodes) {
  if (items.size() > most_items) return {};
  // Large areas first: among candidates at one offset the search takes the first.
  std::vector<int> by_area(items.size());
  std::iota(by_area.begin(), by_area.end(), 0);
  const auto area = [&](int item) { return items[item].bytes * (items[item].last - items[item].first + 1); };
  std::stable_sort(by_area.begin(), by_area.end(), [&](int a, int b) { return area(a) > area(b); });
  Items sorted;
  for (int item : by_area) sorted.push_back(items[item]);

  Search search(sorted, height, nodes);
  ExactResult result{search.run(), search.packing()};
  if (result.answer != ExactResult::Answer::found) return {result.answer, {}};
  std::vector<int64_t> offsets(items.size());
  for (size_t at = 0; at < sorted.size(); ++at) offsets[by_area[at]] = result.packing.offsets[at];
  result.packing.offsets = std::move(offsets);
  return result;
}

}  // namespace intaglio::memory
