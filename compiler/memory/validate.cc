// Checks a memory plan from first principles. Shares nothing with the planner but the data in plan.h: simple loops over
// steps, and one over the bytes of the arena.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "memory/plan.h"

namespace intaglio {
namespace {

class Validator {
 public:
  Validator(const MemoryProblem& problem, const MemoryPlan& plan) : problem_(problem), plan_(plan) {}

  std::vector<std::string> run() {
    if (!shapes_match()) return problems_;
    check_order();
    check_accesses();
    check_lifetimes();
    check_merges();
    check_places();
    check_overlaps();
    check_report();
    return problems_;
  }

 private:
  void say(std::string text) { problems_.push_back(std::move(text)); }
  std::string buffer_name(size_t buffer) const {
    return "buffer " + std::to_string(buffer) + " '" + problem_.buffers[buffer].name + "'";
  }
  static std::string step_name(size_t step) { return "step " + std::to_string(step); }
  bool is_buffer(int index) const { return index >= 0 && static_cast<size_t>(index) < problem_.buffers.size(); }

  /// Everything later code indexes with is in range. Fills position_.
  bool shapes_match() {
    const size_t buffers = problem_.buffers.size(), steps = problem_.steps.size();
    if (plan_.offsets.size() != buffers || plan_.lifetimes.size() != buffers)
      say("the plan is for another number of buffers");
    if (!problem_.dependencies.empty() && problem_.dependencies.size() != steps)
      say("dependencies are given for some steps only");
    for (const StepAccess& step : problem_.steps)
      for (const std::vector<int>* list : {&step.reads, &step.writes, &step.scratch})
        for (int buffer : *list)
          if (!is_buffer(buffer)) say("a step accesses a buffer that does not exist");
    for (const auto& [from, to] : plan_.merged)
      if (!is_buffer(from) || !is_buffer(to)) say("a merge names a buffer that does not exist");

    position_.assign(steps, -1);
    for (size_t at = 0; at < plan_.order.size(); ++at) {
      const int step = plan_.order[at];
      if (step < 0 || static_cast<size_t>(step) >= steps || position_[step] >= 0) {
        say("the order names a step twice or one that does not exist");
        break;
      }
      position_[step] = static_cast<int>(at);
    }
    if (plan_.order.size() != steps) say("the order does not contain every step");
    return problems_.empty();
  }

  void check_order() {
    for (size_t step = 0; step < problem_.dependencies.size(); ++step)
      for (int other : problem_.dependencies[step])
        if (other < 0 || static_cast<size_t>(other) >= position_.size() || position_[other] >= position_[step])
          say(step_name(step) + " does not come after step " + std::to_string(other));
    std::vector<int> writers(problem_.buffers.size(), -1);  // of those so far the one that runs last
    for (size_t step = 0; step < problem_.steps.size(); ++step) {
      for (int buffer : problem_.steps[step].reads) {
        const int writer = writers[buffer];
        if (writer >= 0 && position_[writer] >= position_[step])
          say(step_name(step) + " reads " + buffer_name(buffer) + " before " + step_name(writer) + " writes it");
      }
      for (int buffer : problem_.steps[step].writes)
        if (writers[buffer] < 0 || position_[writers[buffer]] < position_[step])
          writers[buffer] = static_cast<int>(step);
    }
  }

  void check_accesses() {
    std::vector<bool> written(problem_.buffers.size()), scratch(problem_.buffers.size());
    for (int step : plan_.order) {
      const StepAccess& access = problem_.steps[step];
      for (int buffer : access.reads)
        if (!written[buffer]) say(step_name(step) + " reads " + buffer_name(buffer) + " before any write");
      for (int buffer : access.writes) written[buffer] = true;
      for (int buffer : access.scratch) {
        if (scratch[buffer]) say(buffer_name(buffer) + " is scratch of two steps");
        scratch[buffer] = true;
      }
    }
    for (size_t buffer = 0; buffer < written.size(); ++buffer)
      if (written[buffer] && scratch[buffer]) say(buffer_name(buffer) + " is scratch and also written by a step");
  }

  void check_lifetimes() {
    first_.assign(problem_.buffers.size(), -1);
    last_.assign(problem_.buffers.size(), -1);
    for (size_t step = 0; step < problem_.steps.size(); ++step) {
      const StepAccess& access = problem_.steps[step];
      for (const std::vector<int>* list : {&access.reads, &access.writes, &access.scratch}) {
        for (int buffer : *list) {
          first_[buffer] = first_[buffer] < 0 ? position_[step] : std::min(first_[buffer], position_[step]);
          last_[buffer] = std::max(last_[buffer], position_[step]);
        }
      }
    }
    for (size_t buffer = 0; buffer < problem_.buffers.size(); ++buffer)
      if (plan_.lifetimes[buffer].first != first_[buffer] || plan_.lifetimes[buffer].last != last_[buffer])
        say("the reported lifetime of " + buffer_name(buffer) + " is wrong");
  }

  void check_merges() {
    std::vector<bool> gives(problem_.buffers.size()), takes(problem_.buffers.size());
    for (size_t index = 0; index < plan_.merged.size(); ++index) {
      const auto& [from, to] = plan_.merged[index];
      const std::string what = buffer_name(to) + " cannot take over the place of " + buffer_name(from) + ": ";
      if (plan_.offsets[from] != plan_.offsets[to]) say(what + "they have different offsets");
      if (gives[from] || takes[to]) say(what + "one of them is part of another merge in that role");
      gives[from] = takes[to] = true;
      const int at = first_[to];
      if (at < 0 || last_[from] != at || first_[from] >= at) {
        say(what + "the one does not die where the other is born");
        continue;
      }
      const auto& permitted = problem_.steps[plan_.order[at]].in_place;
      if (std::find(permitted.begin(), permitted.end(), plan_.merged[index]) == permitted.end())
        say(what + step_name(plan_.order[at]) + " does not permit it");
    }
  }

  void check_places() {
    int64_t end = 0;
    for (size_t buffer = 0; buffer < problem_.buffers.size(); ++buffer) {
      const int64_t offset = plan_.offsets[buffer];
      if (offset < 0) say(buffer_name(buffer) + " lies before the arena");
      if (problem_.buffers[buffer].alignment <= 0 || offset % problem_.buffers[buffer].alignment != 0)
        say(buffer_name(buffer) + " is misaligned");
      if (problem_.buffers[buffer].alignment > problem_.alignment)
        say(buffer_name(buffer) + " needs more alignment than the arena has");
      if (first_[buffer] >= 0) end = std::max(end, offset + problem_.buffers[buffer].bytes);
    }
    if (plan_.peak_bytes < end) say("buffers lie behind the end of the arena");
    if (plan_.peak_bytes % problem_.alignment != 0) say("the arena's size is not a multiple of its alignment");
    if (plan_.peak_bytes >= end + problem_.alignment) say("the arena is larger than its buffers need");
  }

  /// Goes through the arena's bytes: buffers that share one live one after the other.
  void check_overlaps() {
    const std::set<std::pair<int, int>> merged(plan_.merged.begin(), plan_.merged.end());
    std::vector<std::tuple<int64_t, bool, int>> edges;  // offset, whether a buffer begins there or ends, buffer
    for (size_t buffer = 0; buffer < problem_.buffers.size(); ++buffer) {
      if (first_[buffer] < 0 || problem_.buffers[buffer].bytes == 0) continue;
      edges.emplace_back(plan_.offsets[buffer], true, static_cast<int>(buffer));
      edges.emplace_back(plan_.offsets[buffer] + problem_.buffers[buffer].bytes, false, static_cast<int>(buffer));
    }
    std::sort(edges.begin(), edges.end());  // at one offset, buffers end before others begin
    std::set<std::pair<int, int>> here;     // buffers that hold the bytes from this offset on, by first access
    for (const auto& [offset, begins, buffer] : edges) {
      if (!begins) {
        here.erase({first_[buffer], buffer});
        continue;
      }
      // As long as all is well, what begins to live later also ends later.
      auto other = here.upper_bound({last_[buffer], std::numeric_limits<int>::max()});
      while (other != here.begin() && last_[(--other)->second] >= first_[buffer]) {
        const auto [a, b] = std::minmax(buffer, other->second);
        if (!merged.contains({a, b}) && !merged.contains({b, a}))
          say(buffer_name(a) + " and " + buffer_name(b) + " overlap while both are live");
      }
      here.emplace(first_[buffer], buffer);
    }
  }

  void check_report() {
    if (plan_.lower_bound_bytes < 0 || plan_.lower_bound_bytes > plan_.peak_bytes)
      say("the lower bound exceeds the peak");
    if (plan_.gap_bytes != plan_.peak_bytes - plan_.lower_bound_bytes) say("the gap is not the peak minus its bound");
  }

  const MemoryProblem& problem_;
  const MemoryPlan& plan_;
  std::vector<std::string> problems_;
  std::vector<int> position_;      // per step: where it stands in the order
  std::vector<int> first_, last_;  // per buffer: positions of first and last access
};

}  // namespace

std::vector<std::string> validate_plan(const MemoryProblem& problem, const MemoryPlan& plan) {
  return Validator(problem, plan).run();
}

}  // namespace intaglio
