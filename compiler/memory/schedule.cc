// Beam search for an order with a low peak.
//
// A state is the set of steps executed so far; live bytes depend on the set only, so two ways to the same set are
// merged and the lower peak survives. Level i of the search holds sets of i steps. A step that frees at least what it
// allocates, within the peak reached anyway, is taken at once: no completion is better without it (a step moved to the
// front only shortens lifetimes). That makes residual networks nearly linear,
// so the beam is spent on branches that matter.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/schedule.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "memory/random.h"

namespace intaglio::memory {
namespace {

constexpr int64_t copy_budget = 40'000'000;      // integers copied between states
constexpr int64_t extension_budget = 1'000'000;  // steps tried; afterwards the beam narrows to a greedy choice
constexpr int64_t greedy_budget = 256;  // further ones, per step of the problem; afterwards the search is given up
constexpr int64_t widest_beam = 2000;

struct State {
  std::vector<int> remaining;  // per buffer: uses left
  std::vector<int> waiting;    // per step: dependencies not yet executed
  std::vector<int> ready;      // ascending
  int64_t live = 0, peak = 0;
  uint64_t hash = 0;
  int trace = -1;
};

/// A state and the step that runs next.
struct Extension {
  int parent = 0, step = 0;
  int64_t peak = 0, live = 0;
  uint64_t hash = 0;
};

struct Trace {
  int previous, step;
};

void execute(const LiveModel& model, const Dependencies& dependencies, const Extension& chosen, State& state) {
  for (int buffer : model.steps[chosen.step].touched) --state.remaining[buffer];
  state.ready.erase(std::lower_bound(state.ready.begin(), state.ready.end(), chosen.step));
  for (int next : dependencies.after[chosen.step])
    if (--state.waiting[next] == 0)
      state.ready.insert(std::lower_bound(state.ready.begin(), state.ready.end(), next), next);
  state.live = chosen.live;
  state.peak = chosen.peak;
  state.hash = chosen.hash;
}

/// The steps worth executing next: one that costs nothing, or all that are ready.
void expand(const LiveModel& model, const std::vector<uint64_t>& keys, int64_t limit, const State& state, int parent,
            std::vector<Extension>& extensions) {
  const size_t first = extensions.size();
  for (int step : state.ready) {
    const StepDemand demand = step_demand(model, state.remaining, state.live, step);
    const Extension extension{parent, step, std::max(state.peak, demand.during), demand.after, state.hash ^ keys[step]};
    if (extension.peak == state.peak && extension.live <= state.live) {
      extensions.resize(first);
      extensions.push_back(extension);
      return;
    }
    if (extension.peak < limit) extensions.push_back(extension);
  }
}

/// The best `width` extensions, one per set of executed steps.
/// Ties keep the order of discovery, which favours the given order.
void select(std::vector<Extension>& extensions, size_t width) {
  const auto better = [](const Extension& a, const Extension& b) {
    return std::tie(a.peak, a.live) < std::tie(b.peak, b.live);
  };
  if (width == 1 && !extensions.empty()) {
    extensions = {*std::ranges::min_element(extensions, better)};
    return;
  }
  std::ranges::stable_sort(extensions, better);
  std::unordered_set<uint64_t> seen;
  std::erase_if(extensions, [&](const Extension& extension) {
    return seen.size() >= width || !seen.insert(extension.hash).second;
  });
}

}  // namespace

std::vector<int> search_order(const LiveModel& model, const Dependencies& dependencies, int64_t limit) {
  const size_t count = model.steps.size();
  Random random(1);
  std::vector<uint64_t> keys(count);
  for (uint64_t& key : keys) key = random.next();

  State start;
  start.remaining = model.uses;
  start.peak = model.floor;  // below it there is nothing to win, so all lower peaks are equal
  for (size_t step = 0; step < count; ++step) {
    start.waiting.push_back(static_cast<int>(dependencies.before[step].size()));
    if (start.waiting.back() == 0) start.ready.push_back(static_cast<int>(step));
  }

  const int64_t state_size = static_cast<int64_t>(count + model.bytes.size() + 1);
  size_t width = static_cast<size_t>(
      std::clamp<int64_t>(copy_budget / (static_cast<int64_t>(count + 1) * state_size), 1, widest_beam));
  int64_t tried = 0;
  std::vector<State> beam{start}, next;
  std::vector<Trace> traces;
  std::vector<Extension> extensions;
  for (size_t level = 0; level < count; ++level) {
    extensions.clear();
    for (size_t parent = 0; parent < beam.size(); ++parent) {
      expand(model, keys, limit, beam[parent], static_cast<int>(parent), extensions);
      tried += static_cast<int64_t>(beam[parent].ready.size());
    }
    if (tried > extension_budget) width = 1;
    if (tried > extension_budget + greedy_budget * static_cast<int64_t>(count)) return {};
    select(extensions, width);
    if (extensions.empty()) return {};
    next.resize(extensions.size());
    std::vector<int> children(beam.size(), 0);
    for (const Extension& extension : extensions) ++children[extension.parent];
    for (size_t i = 0; i < extensions.size(); ++i) {
      State& parent = beam[extensions[i].parent];
      traces.push_back({parent.trace, extensions[i].step});
      if (--children[extensions[i].parent] == 0)
        std::swap(next[i], parent);  // not copied, so that a chain of steps keeps one state all along
      else
        next[i] = parent;
      execute(model, dependencies, extensions[i], next[i]);
      next[i].trace = static_cast<int>(traces.size()) - 1;
    }
    beam.swap(next);
  }

  std::vector<int> order;
  for (int at = beam.empty() ? -1 : beam.front().trace; at >= 0; at = traces[at].previous)
    order.push_back(traces[at].step);
  std::reverse(order.begin(), order.end());
  return order;
}

}  // namespace intaglio::memory
