// Checks a memory plan from first principles. Shares nothing with the planner but the data in plan.h: simple loops over
// all pairs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>

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
  static bool contains(const std::vector<int>& list, size_t value) {
    return std::find(list.begin(), list.end(), static_cast<int>(value)) != list.end();
  }
  bool touches(const StepAccess& step, size_t buffer) const {
    return contains(step.reads, buffer) || contains(step.writes, buffer) || contains(step.scratch, buffer);
  }

  bool is_buffer(int index) const { return index >= 0 && static_cast<size_t>(index) < problem_.buffers.size(); }

  /// Everything later code indexes with is in range. Fills position_.
  bool shapes_match() {
    const size_t buffers = problem_.buffers.size(), steps = problem_.steps.size();
    if (plan_.offsets.size() != buffers || plan_.lifetimes.size() != buffers || plan_.regions.size() != buffers)
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
    for (size_t reader = 0; reader < problem_.steps.size(); ++reader)
      for (int buffer : problem_.steps[reader].reads)
        for (size_t writer = 0; writer < reader; ++writer)
          if (contains(problem_.steps[writer].writes, buffer) && position_[writer] >= position_[reader])
            say(step_name(reader) + " reads " + buffer_name(buffer) + " before " + step_name(writer) + " writes it");
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
    for (size_t buffer = 0; buffer < problem_.buffers.size(); ++buffer) {
      int first = -1, last = -1;
      for (size_t step = 0; step < problem_.steps.size(); ++step) {
        if (!touches(problem_.steps[step], buffer)) continue;
        first = first < 0 ? position_[step] : std::min(first, position_[step]);
        last = std::max(last, position_[step]);
      }
      first_.push_back(first);
      last_.push_back(last);
      if (plan_.lifetimes[buffer].first != first || plan_.lifetimes[buffer].last != last)
        say("the reported lifetime of " + buffer_name(buffer) + " is wrong");
    }
  }

  void check_merges() {
    for (size_t index = 0; index < plan_.merged.size(); ++index) {
      const auto& [from, to] = plan_.merged[index];
      const std::string what = buffer_name(to) + " cannot take over the place of " + buffer_name(from) + ": ";
      if (plan_.offsets[from] != plan_.offsets[to]) say(what + "they have different offsets");
      for (size_t other = 0; other < index; ++other)
        if (plan_.merged[other].first == from || plan_.merged[other].second == to)
          say(what + "one of them is part of another merge in that role");
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
      if (plan_.regions[buffer] != 0) say(buffer_name(buffer) + " lies in a region that does not exist");
      if (first_[buffer] >= 0) end = std::max(end, offset + problem_.buffers[buffer].bytes);
    }
    if (plan_.peak_bytes < end) say("buffers lie behind the end of the arena");
    if (plan_.peak_bytes % problem_.alignment != 0) say("the arena's size is not a multiple of its alignment");
    if (plan_.peak_bytes >= end + problem_.alignment) say("the arena is larger than its buffers need");
  }

  void check_overlaps() {
    for (size_t a = 0; a < problem_.buffers.size(); ++a) {
      for (size_t b = a + 1; b < problem_.buffers.size(); ++b) {
        if (first_[a] < 0 || first_[b] < 0 || last_[a] < first_[b] || last_[b] < first_[a]) continue;
        const int64_t a_bytes = problem_.buffers[a].bytes, b_bytes = problem_.buffers[b].bytes;
        if (a_bytes == 0 || b_bytes == 0) continue;
        if (plan_.offsets[a] + a_bytes <= plan_.offsets[b] || plan_.offsets[b] + b_bytes <= plan_.offsets[a]) continue;
        const auto is_pair = [&](const std::pair<int, int>& pair) {
          return (pair.first == static_cast<int>(a) && pair.second == static_cast<int>(b)) ||
                 (pair.first == static_cast<int>(b) && pair.second == static_cast<int>(a));
        };
        if (std::none_of(plan_.merged.begin(), plan_.merged.end(), is_pair))
          say(buffer_name(a) + " and " + buffer_name(b) + " overlap while both are live");
      }
    }
  }

  void check_report() {
    if (plan_.lower_bound_bytes < 0 || plan_.lower_bound_bytes > plan_.peak_bytes)
      say("the lower bound exceeds the peak");
    if (plan_.lower_bound_logical_bytes < 0 || plan_.lower_bound_logical_bytes > plan_.peak_bytes)
      say("the logical lower bound exceeds the peak");
    if (plan_.gap_bytes != plan_.peak_bytes - plan_.lower_bound_bytes ||
        plan_.gap_logical_bytes != plan_.peak_bytes - plan_.lower_bound_logical_bytes)
      say("a gap is not the peak minus its bound");
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
