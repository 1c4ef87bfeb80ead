// Edges between steps, from what the caller says and from what steps access.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/dependencies.h"

#include <algorithm>
#include <bit>

#include "support/error.h"

namespace intaglio {
namespace {

void sort_unique(std::vector<int>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

void append(std::vector<int>& to, const std::vector<int>& from) { to.insert(to.end(), from.begin(), from.end()); }

bool is_alignment(int64_t value) { return value > 0 && std::has_single_bit(static_cast<uint64_t>(value)); }

}  // namespace

std::vector<std::vector<int>> conservative_dependencies(const MemoryProblem& problem) {
  // The last writer already follows the earlier writers and their readers, so only accesses since it need an edge.
  std::vector<int> last_writer(problem.buffers.size(), -1);
  std::vector<std::vector<int>> readers(problem.buffers.size());
  std::vector<std::vector<int>> result(problem.steps.size());
  for (size_t step = 0; step < problem.steps.size(); ++step) {
    const StepAccess& access = problem.steps[step];
    for (int buffer : access.reads)
      if (last_writer[buffer] >= 0) result[step].push_back(last_writer[buffer]);
    for (int buffer : access.writes) {
      if (last_writer[buffer] >= 0) result[step].push_back(last_writer[buffer]);
      append(result[step], readers[buffer]);
    }
    for (int buffer : access.reads) readers[buffer].push_back(static_cast<int>(step));
    for (int buffer : access.writes) {
      last_writer[buffer] = static_cast<int>(step);
      readers[buffer].clear();
    }
    sort_unique(result[step]);
    std::erase(result[step], static_cast<int>(step));
  }
  return result;
}

namespace memory {

Dependencies all_dependencies(const MemoryProblem& problem) {
  const size_t count = problem.steps.size();
  Dependencies result{std::vector<std::vector<int>>(count), std::vector<std::vector<int>>(count)};
  std::vector<std::vector<int>> writers(problem.buffers.size());
  for (size_t step = 0; step < count; ++step) {
    std::vector<int>& before = result.before[step];
    if (!problem.dependencies.empty()) append(before, problem.dependencies[step]);
    for (int buffer : problem.steps[step].reads) append(before, writers[buffer]);
    sort_unique(before);
    for (int buffer : problem.steps[step].writes) writers[buffer].push_back(static_cast<int>(step));
    for (int other : before) result.after[other].push_back(static_cast<int>(step));
  }
  return result;
}

void check_problem(const MemoryProblem& problem) {
  const int buffer_count = static_cast<int>(problem.buffers.size());
  require(is_alignment(problem.alignment), "memory planner: the arena's alignment is not a power of two");
  for (const BufferRequest& buffer : problem.buffers) {
    if (buffer.bytes < 0) internal_error("memory planner: buffer '" + buffer.name + "' has a negative size");
    if (!is_alignment(buffer.alignment) || buffer.alignment > problem.alignment)
      internal_error("memory planner: alignment of buffer '" + buffer.name +
                     "' is not a power of two up to that of the arena");
  }
  require(problem.dependencies.empty() || problem.dependencies.size() == problem.steps.size(),
          "memory planner: dependencies are given for some steps only");

  enum class Use { none, written, scratch };
  std::vector<Use> use(problem.buffers.size(), Use::none);
  const auto name = [&](int buffer) { return "'" + problem.buffers[buffer].name + "'"; };
  for (size_t step = 0; step < problem.steps.size(); ++step) {
    const StepAccess& access = problem.steps[step];
    for (const std::vector<int>* list : {&access.reads, &access.writes, &access.scratch})
      for (int buffer : *list) require(buffer >= 0 && buffer < buffer_count, "memory planner: no such buffer");
    for (int buffer : access.reads)
      if (use[buffer] != Use::written)
        internal_error("memory planner: buffer " + name(buffer) + " is read before it is written");
    for (int buffer : access.writes) {
      if (use[buffer] == Use::scratch)
        internal_error("memory planner: scratch buffer " + name(buffer) + " is written by a step");
      use[buffer] = Use::written;
    }
    for (int buffer : access.scratch) {
      if (use[buffer] != Use::none)
        internal_error("memory planner: scratch buffer " + name(buffer) + " has more than one use");
      use[buffer] = Use::scratch;
    }
    for (const auto& [from, to] : access.in_place)
      require(std::count(access.reads.begin(), access.reads.end(), from) > 0 &&
                  std::count(access.writes.begin(), access.writes.end(), to) > 0 && from != to,
              "memory planner: an in-place pair is not a read and another written buffer of its step");
    if (problem.dependencies.empty()) continue;
    for (int other : problem.dependencies[step])
      require(other >= 0 && other < static_cast<int>(step), "memory planner: the given order breaks a dependency");
  }
}

}  // namespace memory
}  // namespace intaglio
