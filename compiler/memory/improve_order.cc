// Local search around the peak of an order: one step is deferred behind it or advanced before it, together with the
// steps between that must go along. Of all moves from the present peak the first that lowers it, or the number of
// positions that reach it, is kept.
//
// A move changes nothing outside of the positions between the step and the peak: the same steps have run before them
// and after them. So only these positions are evaluated.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>

#include "memory/schedule.h"

namespace intaglio::memory {
namespace {

constexpr int64_t work_budget = 20'000'000;  // steps of the orders that are compared
constexpr int reach = 200;                   // how far from the peak a move may start, in positions

/// Of some positions; together: of both.
struct Quality {
  int64_t peak = 0;
  int64_t positions = 0;  // that reach it
  auto operator<=>(const Quality&) const = default;
};

Quality together(const Quality& a, const Quality& b) {
  if (a.peak == b.peak) return {a.peak, a.positions + b.positions};
  return a.peak > b.peak ? a : b;
}

Quality quality_of(const StepDemand& demand) { return {demand.during, 1}; }

class Improver {
 public:
  Improver(const LiveModel& model, const Dependencies& dependencies, std::vector<int> order)
      : model_(model), dependencies_(dependencies), order_(std::move(order)), marked_(order_.size()) {
    demands_ = order_demand(model_, order_);
    sum_up();
  }

  std::vector<int> run() {
    while (best().peak > model_.floor && work_ < work_budget && improve()) {
    }
    return std::move(order_);
  }

 private:
  int count() const { return static_cast<int>(order_.size()); }
  Quality best() const { return front_.back(); }

  /// front_ and behind_ of the present order.
  void sum_up() {
    front_.assign(order_.size() + 1, {});
    behind_.assign(order_.size() + 1, {});
    for (size_t i = 0; i < order_.size(); ++i) front_[i + 1] = together(front_[i], quality_of(demands_[i]));
    for (size_t i = order_.size(); i-- > 0;) behind_[i] = together(behind_[i + 1], quality_of(demands_[i]));
  }

  /// Whether a move from the first peak was found, and made.
  bool improve() {
    const auto at_best = [&](const StepDemand& demand) { return demand.during == best().peak; };
    const int peak = static_cast<int>(std::find_if(demands_.begin(), demands_.end(), at_best) - demands_.begin());
    std::vector<int> at_peak = model_.uses;  // what remains before the peak, and before the step that is deferred
    for (int position = 0; position < peak; ++position) run_step(order_[position], at_peak, -1);
    std::vector<int> at_from = at_peak;
    for (int distance = 1; distance <= std::min(reach, count()) && work_ < work_budget; ++distance) {
      if (const int from = peak - distance; from >= 0) {  // defer
        run_step(order_[from], at_from, +1);
        if (attempt(from, peak, from, at_from)) return true;
      }
      if (const int from = peak + distance; from < count()) {  // advance
        if (attempt(peak, from, from, at_peak)) return true;
      }
    }
    return false;
  }

  /// The step runs (-1), or has not run yet (+1).
  void run_step(int step, std::vector<int>& remaining, int change) const {
    for (int buffer : model_.steps[step].touched) remaining[buffer] += change;
  }

  /// Moves the step at `seed`, one end of [first, last], to the other end, where the peak is, with all that must go
  /// along, if that is better. `remaining`: uses before `first`.
  bool attempt(int first, int last, int seed, std::vector<int>& remaining) {
    const bool defer = seed == first;
    const int peak = defer ? last : first, direction = defer ? 1 : -1;
    const std::vector<std::vector<int>>& edges = defer ? dependencies_.before : dependencies_.after;
    marked_[order_[seed]] = true;
    for (int position = seed + direction; position != peak + direction; position += direction)
      marked_[order_[position]] =
          std::ranges::any_of(edges[order_[position]], [&](int neighbour) { return marked_[neighbour]; });
    work_ += last - first;
    bool better = false;
    if (!marked_[order_[peak]]) {
      work_ += count();
      better = arrange(first, last, defer, remaining);
    }
    for (int position = first; position <= last; ++position) marked_[order_[position]] = false;
    return better;
  }

  /// Moves the marked steps of [first, last] to its end or start if that is better.
  bool arrange(int first, int last, bool to_end, std::vector<int>& remaining) {
    std::vector<int> steps(order_.begin() + first, order_.begin() + last + 1);
    std::stable_partition(steps.begin(), steps.end(), [&](int step) { return marked_[step] != to_end; });
    std::vector<StepDemand> demands;
    Quality quality = together(front_[first], behind_[last + 1]);
    int64_t live = first == 0 ? 0 : demands_[first - 1].after;
    for (int step : steps) {
      demands.push_back(step_demand(model_, remaining, live, step));
      live = demands.back().after;
      quality = together(quality, quality_of(demands.back()));
      run_step(step, remaining, -1);
    }
    for (int step : steps) run_step(step, remaining, +1);
    if (quality >= best()) return false;
    std::ranges::copy(steps, order_.begin() + first);
    std::ranges::copy(demands, demands_.begin() + first);
    sum_up();
    return true;
  }

  const LiveModel& model_;
  const Dependencies& dependencies_;
  std::vector<int> order_;
  std::vector<StepDemand> demands_;      // by position
  std::vector<Quality> front_, behind_;  // of the positions in front of one, and of those from one on
  std::vector<bool> marked_;             // by step: it is moved; all false between attempts
  int64_t work_ = 0;
};

}  // namespace

std::vector<int> improve_order(const LiveModel& model, const Dependencies& dependencies, std::vector<int> order) {
  return Improver(model, dependencies, std::move(order)).run();
}

}  // namespace intaglio::memory
