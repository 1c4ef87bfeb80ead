// Local search around the peak of an order: one step is deferred behind it or advanced before it, together with the
// steps between that must go along. Of all moves from the present peak the first that lowers it, or the number of
// positions that reach it, is kept.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>

#include "memory/schedule.h"

namespace intaglio::memory {
namespace {

constexpr int64_t work_budget = 20'000'000;  // steps evaluated
constexpr int reach = 200;                   // how far from the peak a move may start, in positions

struct Quality {
  int64_t peak = 0;
  int64_t positions = 0;  // that reach it
  auto operator<=>(const Quality&) const = default;
};

Quality quality_of(const std::vector<StepDemand>& demands) {
  Quality result{peak_of(demands), 0};
  for (const StepDemand& demand : demands) result.positions += demand.during == result.peak;
  return result;
}

/// Steps of order[first..last] that reach or are reached from `seed` through `edges`, seed included, as marks by step.
/// Positions are visited from the seed's end, so that one sweep suffices.
std::vector<bool> closure(const std::vector<std::vector<int>>& edges, const std::vector<int>& order, int seed,
                          int other_end) {
  std::vector<bool> marked(order.size());
  marked[order[seed]] = true;
  const int direction = other_end > seed ? 1 : -1;
  for (int position = seed + direction; position != other_end + direction; position += direction)
    for (int neighbour : edges[order[position]])
      if (marked[neighbour]) marked[order[position]] = true;
  return marked;
}

/// `order` with the marked steps of [first, last] moved to the end (or the start) of that range.
std::vector<int> moved(const std::vector<int>& order, const std::vector<bool>& marked, int first, int last,
                       bool to_end) {
  std::vector<int> result = order;
  std::stable_partition(result.begin() + first, result.begin() + last + 1,
                        [&](int step) { return marked[step] != to_end; });
  return result;
}

}  // namespace

std::vector<int> improve_order(const LiveModel& model, const Dependencies& dependencies, std::vector<int> order) {
  const int count = static_cast<int>(order.size());
  std::vector<StepDemand> demands = order_demand(model, order);
  Quality best = quality_of(demands);
  int64_t work = 0;
  while (best.peak > model.floor && work < work_budget) {
    const int peak =
        static_cast<int>(std::find_if(demands.begin(), demands.end(),
                                      [&](const StepDemand& demand) { return demand.during == best.peak; }) -
                         demands.begin());
    bool found = false;
    const auto attempt = [&](const std::vector<bool>& marked, int first, int last, bool to_end) {
      std::vector<int> candidate = moved(order, marked, first, last, to_end);
      std::vector<StepDemand> candidate_demands = order_demand(model, candidate);
      work += count;
      const Quality quality = quality_of(candidate_demands);
      if (quality >= best) return false;
      best = quality;
      order = std::move(candidate);
      demands = std::move(candidate_demands);
      return true;
    };
    for (int distance = 1; distance <= std::min(reach, count) && !found && work < work_budget; ++distance) {
      if (const int from = peak - distance; from >= 0) {  // defer
        const std::vector<bool> marked = closure(dependencies.before, order, from, peak);
        work += distance;
        if (!marked[order[peak]]) found = attempt(marked, from, peak, true);
      }
      if (const int from = peak + distance; from < count && !found) {  // advance
        const std::vector<bool> marked = closure(dependencies.after, order, from, peak);
        work += distance;
        if (!marked[order[peak]]) found = attempt(marked, peak, from, false);
      }
    }
    if (!found) break;
  }
  return order;
}

}  // namespace intaglio::memory
