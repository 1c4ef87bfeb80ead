// Live bytes step by step.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/live_model.h"

#include <algorithm>

#include "memory/lifetimes.h"

namespace intaglio::memory {

LiveModel make_live_model(const MemoryProblem& problem, bool in_place) {
  LiveModel model;
  for (const BufferRequest& buffer : problem.buffers) model.bytes.push_back(round_up(buffer.bytes, buffer.alignment));
  model.uses.resize(problem.buffers.size());
  for (const StepAccess& access : problem.steps) {
    LiveModel::Step step;
    step.touched = access.reads;
    step.touched.insert(step.touched.end(), access.writes.begin(), access.writes.end());
    std::sort(step.touched.begin(), step.touched.end());
    step.touched.erase(std::unique(step.touched.begin(), step.touched.end()), step.touched.end());
    for (int buffer : step.touched) ++model.uses[buffer];
    for (int buffer : access.scratch) step.scratch += model.bytes[buffer];
    if (in_place)
      for (const auto& [from, to] : access.in_place)
        step.in_place.push_back({from, to, std::min(model.bytes[from], model.bytes[to])});
    std::sort(step.in_place.begin(), step.in_place.end(),
              [](const LiveModel::Pair& a, const LiveModel::Pair& b) { return a.to < b.to; });

    int64_t needed = step.scratch, saved = 0;
    for (int buffer : step.touched) needed += model.bytes[buffer];
    for (size_t i = 0; i < step.in_place.size();) {
      int64_t best = 0;
      const int to = step.in_place[i].to;
      for (; i < step.in_place.size() && step.in_place[i].to == to; ++i) best = std::max(best, step.in_place[i].saved);
      saved += best;
    }
    model.floor = std::max(model.floor, needed - saved);
    model.steps.push_back(std::move(step));
  }
  return model;
}

StepDemand step_demand(const LiveModel& model, const std::vector<int>& remaining, int64_t live, int index) {
  const LiveModel::Step& step = model.steps[index];
  int64_t born = 0, freed = 0, saved = 0;
  for (int buffer : step.touched) {
    if (remaining[buffer] == model.uses[buffer]) born += model.bytes[buffer];
    if (remaining[buffer] == 1) freed += model.bytes[buffer];
  }
  // Pairs are grouped by output: of several inputs that die, one gives its place.
  int64_t best = 0;
  for (size_t i = 0; i < step.in_place.size(); ++i) {
    const LiveModel::Pair& pair = step.in_place[i];
    if (i == 0 || pair.to != step.in_place[i - 1].to) {
      saved += best;
      best = 0;
    }
    if (remaining[pair.from] == 1 && model.uses[pair.from] > 1 && remaining[pair.to] == model.uses[pair.to])
      best = std::max(best, pair.saved);
  }
  saved += best;
  return {live + born + step.scratch - saved, live + born - freed};
}

std::vector<StepDemand> order_demand(const LiveModel& model, const std::vector<int>& order) {
  std::vector<StepDemand> result;
  result.reserve(order.size());
  std::vector<int> remaining = model.uses;
  int64_t live = 0;
  for (int step : order) {
    result.push_back(step_demand(model, remaining, live, step));
    live = result.back().after;
    for (int buffer : model.steps[step].touched) --remaining[buffer];
  }
  return result;
}

int64_t peak_of(const std::vector<StepDemand>& demands) {
  int64_t peak = 0;
  for (const StepDemand& demand : demands) peak = std::max(peak, demand.during);
  return peak;
}

}  // namespace intaglio::memory
