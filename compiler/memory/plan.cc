// The planner's driver: which orders and which in-place choices are packed, and how much work each deserves.
//
// The given order and a better one, if any, compete. For each, every way to choose in-place pairs is packed quickly and
// the best ones are refined: exact search, local search, and pairs dropped one by one. Everything stops as soon as the
// order's lower bound is met, which is what happens for nearly all networks. Ties go to the given order.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/plan.h"

#include <algorithm>
#include <numeric>

#include "memory/dependencies.h"
#include "memory/in_place.h"
#include "memory/lifetimes.h"
#include "memory/pack.h"
#include "memory/schedule.h"

namespace intaglio {
namespace memory {
namespace {

constexpr int64_t local_search_work = 15'000'000;  // overlaps looked at, per choice of pairs; less for few items
constexpr int64_t exact_search_work = 5'000'000;   // sections and items looked at, per question
constexpr int64_t drop_work = 2'000'000;           // overlaps looked at while dropping pairs, per order

/// One order with its lifetimes and bound.
struct Schedule {
  std::vector<int> order;
  std::vector<Lifetime> lifetimes;
  Demand demand;
};

/// A choice of pairs and the packing it led to.
struct Placement {
  std::vector<InPlacePair> pairs;
  Chains chains;
  Packing packing;
  int64_t bytes = 0;  ///< the packing's height, rounded to the arena's alignment
};

class Planner {
 public:
  Planner(const MemoryProblem& problem, const PlanOptions& options) : problem_(problem), options_(options) {}

  MemoryPlan run() {
    const std::vector<Schedule> schedules = find_schedules();
    const Schedule* best_schedule = nullptr;
    Placement best;
    for (const Schedule& schedule : schedules) {
      if (best_schedule && schedule.demand.bytes >= best.bytes) continue;
      Placement placement = place(schedule);
      if (best_schedule && placement.bytes >= best.bytes) continue;
      best_schedule = &schedule;
      best = std::move(placement);
    }
    return report(*best_schedule, best);
  }

 private:
  Schedule make_schedule(std::vector<int> order) const {
    Schedule schedule{std::move(order), {}, {}};
    schedule.lifetimes = find_lifetimes(problem_, schedule.order);
    schedule.demand = find_demand(problem_, schedule.order, schedule.lifetimes, options_.in_place);
    return schedule;
  }

  /// The given order first, then those that promise less.
  std::vector<Schedule> find_schedules() const {
    std::vector<int> given(problem_.steps.size());
    std::iota(given.begin(), given.end(), 0);
    std::vector<Schedule> schedules{make_schedule(given)};
    if (!options_.reorder) return schedules;

    const LiveModel model = make_live_model(problem_, options_.in_place);
    const int64_t limit = peak_of(order_demand(model, given));
    if (limit <= model.floor) return schedules;
    const Dependencies dependencies = all_dependencies(problem_);
    std::vector<int> improved = improve_order(model, dependencies, given);
    const int64_t improved_peak = peak_of(order_demand(model, improved));
    std::vector<int> searched = search_order(model, dependencies, improved_peak);
    if (!searched.empty()) schedules.push_back(make_schedule(improve_order(model, dependencies, std::move(searched))));
    if (improved_peak < limit) schedules.push_back(make_schedule(std::move(improved)));
    return schedules;
  }

  Placement pack_quickly(const Schedule& schedule, std::vector<InPlacePair> pairs) const {
    Placement placement;
    placement.pairs = std::move(pairs);
    placement.chains = make_chains(problem_, schedule.lifetimes, placement.pairs);
    const int64_t bound = packing_bound(placement.chains.items);
    placement.packing = Packer(placement.chains.items).pack_quickly(bound);
    placement.bytes = round_up(placement.packing.height, problem_.alignment);
    return placement;
  }

  Placement place(const Schedule& schedule) const {
    std::vector<InPlacePair> pairs;
    if (options_.in_place) pairs = choose_pairs(problem_, legal_in_place(problem_, schedule.order, schedule.lifetimes));
    Placement best = pack_quickly(schedule, pairs);
    const auto done = [&] { return best.bytes <= schedule.demand.bytes; };
    if (!done()) refine(best);
    if (!pairs.empty() && !done()) {
      for (const std::vector<InPlacePair>& choice : {equal_sized(problem_, pairs), std::vector<InPlacePair>()}) {
        Placement placement = pack_quickly(schedule, choice);
        if (packing_bound(placement.chains.items) < best.bytes) refine(placement);
        if (placement.bytes < best.bytes) best = std::move(placement);
      }
    }
    if (!done() && drop_pairs(schedule, best)) refine(best);
    return best;
  }

  /// Lowers the packing of the chains as they are.
  void refine(Placement& placement) const {
    const Items& items = placement.chains.items;
    const int64_t count = static_cast<int64_t>(items.size()), bound = packing_bound(items);
    const auto keep = [&](Packing packing) {
      if (packing.height >= placement.packing.height) return;
      placement.bytes = round_up(packing.height, problem_.alignment);
      placement.packing = std::move(packing);
    };
    int64_t lowest = round_up(bound, problem_.alignment);  // not known to be impossible
    if (placement.bytes <= lowest) return;
    // Small problems end here: heights are asked for by bisection until the lowest possible one is proved. Where the
    // search gives no answer, local search tries, and whatever it wins narrows the next question.
    const int64_t nodes = exact_search_work / (4 * count + 1);
    bool searched = false;
    for (int64_t height = lowest; placement.bytes > lowest;) {
      ExactResult exact = pack_exactly(items, height, nodes);
      if (exact.answer == ExactResult::Answer::found) {
        keep(std::move(exact.packing));
      } else if (exact.answer == ExactResult::Answer::impossible) {
        lowest = height + problem_.alignment;
      } else if (!searched) {
        keep(Packer(items).improve(placement.packing, lowest, std::min(local_search_work, 2000 * count * count)));
        searched = true;
      } else {
        return;
      }
      height = lowest + (placement.bytes - lowest) / 2 / problem_.alignment * problem_.alignment;
    }
  }

  /// Gives up pairs whose chains reach the top while that lowers the peak. Whether it did.
  bool drop_pairs(const Schedule& schedule, Placement& best) const {
    bool lowered = false;
    int64_t work = 0;
    for (size_t index = 0; index < best.pairs.size() && work < drop_work;) {
      const int item = best.chains.item_of[best.pairs[index].from];
      const int64_t end = best.packing.offsets[item] + best.chains.items[item].bytes;
      if (end < best.packing.height) {
        ++index;
        continue;
      }
      std::vector<InPlacePair> fewer = best.pairs;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(index));
      Placement placement = pack_quickly(schedule, std::move(fewer));
      work += 100 * static_cast<int64_t>(placement.chains.items.size());
      if (placement.bytes < best.bytes) {
        best = std::move(placement);
        lowered = true;
        index = 0;
      } else {
        ++index;
      }
    }
    return lowered;
  }

  MemoryPlan report(const Schedule& schedule, const Placement& placement) const {
    MemoryPlan plan;
    plan.order = schedule.order;
    plan.lifetimes = schedule.lifetimes;
    plan.offsets.assign(problem_.buffers.size(), 0);
    for (size_t buffer = 0; buffer < problem_.buffers.size(); ++buffer)
      if (const int item = placement.chains.item_of[buffer]; item >= 0)
        plan.offsets[buffer] = placement.packing.offsets[item];
    for (const InPlacePair& pair : placement.pairs) plan.merged.emplace_back(pair.from, pair.to);
    std::sort(plan.merged.begin(), plan.merged.end(), [&](const auto& a, const auto& b) {
      const int birth_a = schedule.lifetimes[a.second].first, birth_b = schedule.lifetimes[b.second].first;
      return birth_a != birth_b ? birth_a < birth_b : a < b;
    });
    plan.peak_bytes = placement.bytes;
    plan.lower_bound_bytes = schedule.demand.bytes;
    plan.gap_bytes = plan.peak_bytes - plan.lower_bound_bytes;
    plan.bound_position = schedule.demand.position;
    return plan;
  }

  const MemoryProblem& problem_;
  const PlanOptions options_;
};

}  // namespace
}  // namespace memory

MemoryPlan plan_memory(const MemoryProblem& problem, const PlanOptions& options) {
  memory::check_problem(problem);
  return memory::Planner(problem, options).run();
}

}  // namespace intaglio
