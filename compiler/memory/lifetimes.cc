// Lifetimes, in-place pairs and live sets of one order of the steps.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/lifetimes.h"

#include <algorithm>

namespace intaglio::memory {

std::vector<Lifetime> find_lifetimes(const MemoryProblem& problem, const std::vector<int>& order) {
  std::vector<Lifetime> result(problem.buffers.size());
  for (size_t position = 0; position < order.size(); ++position) {
    const StepAccess& access = problem.steps[order[position]];
    for (const std::vector<int>* list : {&access.reads, &access.writes, &access.scratch}) {
      for (int buffer : *list) {
        Lifetime& lifetime = result[buffer];
        if (lifetime.first < 0) lifetime.first = static_cast<int>(position);
        lifetime.last = static_cast<int>(position);
      }
    }
  }
  return result;
}

std::vector<InPlacePair> legal_in_place(const MemoryProblem& problem, const std::vector<int>& order,
                                        const std::vector<Lifetime>& lifetimes) {
  std::vector<InPlacePair> result;
  for (size_t index = 0; index < order.size(); ++index) {
    const int position = static_cast<int>(index);
    for (const auto& [from, to] : problem.steps[order[index]].in_place)
      if (lifetimes[from].first < position && lifetimes[from].last == position && lifetimes[to].first == position &&
          problem.buffers[from].bytes > 0 && problem.buffers[to].bytes > 0)
        result.push_back({from, to});
  }
  return result;
}

Demand find_demand(const MemoryProblem& problem, const std::vector<int>& order, const std::vector<Lifetime>& lifetimes,
                   bool in_place) {
  const size_t count = order.size();
  std::vector<std::vector<int>> born(count), givers(problem.buffers.size());
  for (size_t buffer = 0; buffer < problem.buffers.size(); ++buffer)
    if (lifetimes[buffer].first >= 0 && problem.buffers[buffer].bytes > 0)
      born[lifetimes[buffer].first].push_back(static_cast<int>(buffer));
  if (in_place)
    for (const InPlacePair& pair : legal_in_place(problem, order, lifetimes)) givers[pair.to].push_back(pair.from);

  Demand result;
  std::vector<int> live;
  for (size_t position = 0; position < count; ++position) {
    live.insert(live.end(), born[position].begin(), born[position].end());
    // Every live buffer starts on a multiple of the smallest alignment and fills its last unit, save the topmost one.
    int64_t unit = problem.alignment;
    for (int buffer : live) unit = std::min(unit, problem.buffers[buffer].alignment);
    int64_t bytes = 0, slack = 0;
    for (int buffer : live) {
      const int64_t rounded = round_up(problem.buffers[buffer].bytes, unit);
      bytes += rounded;
      slack = std::max(slack, rounded - problem.buffers[buffer].bytes);
    }
    for (int buffer : born[position]) {
      int64_t saved = 0;
      for (int giver : givers[buffer])
        saved = std::max(saved, round_up(std::min(problem.buffers[giver].bytes, problem.buffers[buffer].bytes), unit));
      bytes -= saved;
    }
    bytes = round_up(bytes - slack, problem.alignment);
    if (bytes > result.bytes || result.position < 0) {
      result.bytes = bytes;
      result.position = static_cast<int>(position);
    }
    std::erase_if(live, [&](int buffer) { return lifetimes[buffer].last == static_cast<int>(position); });
  }
  return result;
}

}  // namespace intaglio::memory
