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
struct RatedOrder {
  std::vector<int> order;
  std::vector<Lifetime> lifetimes;
  Demand demand;
};

/// A choice of pairs and the packing it led to.
struct PackedPairs {
  std::vector<InPlacePair> pairs;
  Chains chains;
  Packing packing;
  int64_t bytes = 0;  ///< the packing's height, rounded to the arena's alignment
};

class Planner {
 public:
  Planner(const MemoryProblem& problem, const PlanOptions& options) : problem_(problem), options_(options) {}

  MemoryPlan run() {
    const std::vector<RatedOrder> orders = find_orders();
    const RatedOrder* best_order = nullptr;
    PackedPairs best;
    for (const RatedOrder& rated : orders) {
      if (best_order && rated.demand.bytes >= best.bytes) continue;
      PackedPairs packed = place(rated);
      if (best_order && packed.bytes >= best.bytes) continue;
      best_order = &rated;
      best = std::move(packed);
    }
    return report(*best_order, best);
  }

 private:
  RatedOrder rate(std::vector<int> order) const {
    RatedOrder rated{std::move(order), {}, {}};
    rated.lifetimes = find_lifetimes(problem_, rated.order);
    rated.demand = find_demand(problem_, rated.order, rated.lifetimes, options_.in_place);
    return rated;
  }

  /// The given order first, then those that promise less.
  std::vector<RatedOrder> find_orders() const {
    std::vector<int> given(problem_.steps.size());
    std::iota(given.begin(), given.end(), 0);
    std::vector<RatedOrder> orders{rate(given)};
    if (!options_.reorder) return orders;

    const LiveModel model = make_live_model(problem_, options_.in_place);
    const int64_t limit = peak_of(order_demand(model, given));
    if (limit <= model.floor) return orders;
    const Dependencies dependencies = all_dependencies(problem_);
    std::vector<int> improved = improve_order(model, dependencies, given);
    const int64_t improved_peak = peak_of(order_demand(model, improved));
    std::vector<int> searched = search_order(model, dependencies, improved_peak);
    if (!searched.empty()) orders.push_back(rate(improve_order(model, dependencies, std::move(searched))));
    if (improved_peak < limit) orders.push_back(rate(std::move(improved)));
    return orders;
  }

  PackedPairs pack_quickly(const RatedOrder& rated, std::vector<InPlacePair> pairs) const {
    PackedPairs packed;
    packed.pairs = std::move(pairs);
    packed.chains = make_chains(problem_, rated.lifetimes, packed.pairs);
    const int64_t bound = packing_bound(packed.chains.items);
    packed.packing = memory::pack_quickly(packed.chains.items, bound);
    packed.bytes = round_up(packed.packing.height, problem_.alignment);
    return packed;
  }

  PackedPairs place(const RatedOrder& rated) const {
    std::vector<InPlacePair> pairs;
    if (options_.in_place) pairs = choose_pairs(problem_, legal_in_place(problem_, rated.order, rated.lifetimes));
    PackedPairs best = pack_quickly(rated, pairs);
    const auto done = [&] { return best.bytes <= rated.demand.bytes; };
    if (!done()) refine(best);
    if (!pairs.empty() && !done()) {
      for (const std::vector<InPlacePair>& choice : {equal_sized(problem_, pairs), std::vector<InPlacePair>()}) {
        PackedPairs packed = pack_quickly(rated, choice);
        if (packing_bound(packed.chains.items) < best.bytes) refine(packed);
        if (packed.bytes < best.bytes) best = std::move(packed);
      }
    }
    if (!done() && drop_pairs(rated, best)) refine(best);
    return best;
  }

  /// Lowers the packing of the chains as they are.
  void refine(PackedPairs& packed) const {
    const Items& items = packed.chains.items;
    const int64_t count = static_cast<int64_t>(items.size()), bound = packing_bound(items);
    const auto keep = [&](Packing packing) {
      if (packing.height >= packed.packing.height) return;
      packed.bytes = round_up(packing.height, problem_.alignment);
      packed.packing = std::move(packing);
    };
    int64_t lowest = round_up(bound, problem_.alignment);  // not known to be impossible
    if (packed.bytes <= lowest) return;
    // Small problems end here: heights are asked for by bisection until the lowest possible one is proved. Where the
    // search gives no answer, local search tries, and whatever it wins narrows the next question.
    const int64_t nodes = exact_search_work / (4 * count + 1);
    bool searched = false;
    for (int64_t height = lowest; packed.bytes > lowest;) {
      ExactResult exact = pack_exactly(items, height, nodes);
      if (exact.answer == ExactResult::Answer::found) {
        keep(std::move(exact.packing));
      } else if (exact.answer == ExactResult::Answer::impossible) {
        lowest = height + problem_.alignment;
      } else if (!searched) {
        keep(improve(items, packed.packing, lowest, std::min(local_search_work, 2000 * count * count)));
        searched = true;
      } else {
        return;
      }
      height = lowest + (packed.bytes - lowest) / 2 / problem_.alignment * problem_.alignment;
    }
  }

  /// Gives up pairs whose chains reach the top while that lowers the peak. Whether it did.
  bool drop_pairs(const RatedOrder& rated, PackedPairs& best) const {
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
      PackedPairs packed = pack_quickly(rated, std::move(fewer));
      work += 100 * static_cast<int64_t>(packed.chains.items.size());
      if (packed.bytes < best.bytes) {
        best = std::move(packed);
        lowered = true;
        index = 0;
      } else {
        ++index;
      }
    }
    return lowered;
  }

  MemoryPlan report(const RatedOrder& rated, const PackedPairs& packed) const {
    MemoryPlan plan;
    plan.order = rated.order;
    plan.lifetimes = rated.lifetimes;
    plan.offsets.assign(problem_.buffers.size(), 0);
    for (size_t buffer = 0; buffer < problem_.buffers.size(); ++buffer)
      if (const int item = packed.chains.item_of[buffer]; item >= 0)
        plan.offsets[buffer] = packed.packing.offsets[item];
    for (const InPlacePair& pair : packed.pairs) plan.merged.emplace_back(pair.from, pair.to);
    std::sort(plan.merged.begin(), plan.merged.end(), [&](const auto& a, const auto& b) {
      const int birth_a = rated.lifetimes[a.second].first, birth_b = rated.lifetimes[b.second].first;
      return birth_a != birth_b ? birth_a < birth_b : a < b;
    });
    plan.peak_bytes = packed.bytes;
    plan.lower_bound_bytes = rated.demand.bytes;
    plan.gap_bytes = plan.peak_bytes - plan.lower_bound_bytes;
    plan.bound_position = rated.demand.position;
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
