// Lifetimes, in-place pairs and live sets of one order of the steps.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/lifetimes.h"

#include <algorithm>
#include <map>
#include <set>

namespace intaglio::memory {
namespace {

/// The bytes that live at a position. Every live buffer starts on a multiple of the smallest alignment among them and
/// fills its last unit, save the topmost one; so they are counted in every unit that could be the smallest.
class LiveBytes {
 public:
  explicit LiveBytes(const MemoryProblem& problem) {
    units_[problem.alignment];
    for (const BufferRequest& buffer : problem.buffers) units_[buffer.alignment];
  }

  void add(const BufferRequest& buffer) {
    ++units_[buffer.alignment].buffers;
    for (auto& [unit, live] : units_) {
      const int64_t rounded = round_up(buffer.bytes, unit);
      live.bytes += rounded;
      live.slack.insert(rounded - buffer.bytes);
    }
  }

  void remove(const BufferRequest& buffer) {
    --units_[buffer.alignment].buffers;
    for (auto& [unit, live] : units_) {
      const int64_t rounded = round_up(buffer.bytes, unit);
      live.bytes -= rounded;
      live.slack.erase(live.slack.find(rounded - buffer.bytes));
    }
  }

  int64_t unit() const { return smallest().first; }
  int64_t bytes() const {
    const Live& live = smallest().second;
    return live.bytes - (live.slack.empty() ? 0 : *live.slack.rbegin());
  }

 private:
  struct Live {
    int64_t buffers = 0;           // with this alignment
    int64_t bytes = 0;             // of all
    std::multiset<int64_t> slack;  // of all: what rounding adds
  };

  const std::pair<const int64_t, Live>& smallest() const {
    const auto found = std::ranges::find_if(units_, [](const auto& unit) { return unit.second.buffers > 0; });
    return found == units_.end() ? *units_.rbegin() : *found;
  }

  std::map<int64_t, Live> units_;
};

}  // namespace

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
  std::vector<std::vector<int>> born(count), dying(count), givers(problem.buffers.size());
  for (size_t buffer = 0; buffer < problem.buffers.size(); ++buffer) {
    if (lifetimes[buffer].first < 0 || problem.buffers[buffer].bytes == 0) continue;
    born[lifetimes[buffer].first].push_back(static_cast<int>(buffer));
    dying[lifetimes[buffer].last].push_back(static_cast<int>(buffer));
  }
  if (in_place)
    for (const InPlacePair& pair : legal_in_place(problem, order, lifetimes)) givers[pair.to].push_back(pair.from);

  Demand result;
  LiveBytes live(problem);
  for (size_t position = 0; position < count; ++position) {
    for (int buffer : born[position]) live.add(problem.buffers[buffer]);
    int64_t bytes = live.bytes();
    for (int buffer : born[position]) {
      int64_t saved = 0;
      for (int giver : givers[buffer])
        saved = std::max(saved,
                         round_up(std::min(problem.buffers[giver].bytes, problem.buffers[buffer].bytes), live.unit()));
      bytes -= saved;
    }
    bytes = round_up(bytes, problem.alignment);
    if (bytes > result.bytes || result.position < 0) {
      result.bytes = bytes;
      result.position = static_cast<int>(position);
    }
    for (int buffer : dying[position]) live.remove(problem.buffers[buffer]);
  }
  return result;
}

}  // namespace intaglio::memory
