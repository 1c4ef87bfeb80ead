// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "planning.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "lowering/partition.h"
#include "lowering/region_rows.h"
#include "lowering/row_tiling.h"
#include "support/error.h"

namespace intaglio {

namespace {

constexpr int64_t arena_alignment = 64;

bool in_arena(const Program& program, BufferId id) {
  return id && (program[id].kind == BufferKind::arena || program[id].kind == BufferKind::scratch);
}

/// Blocks of a buffer that a view covers; parts of one storage differ in them alone.
std::pair<int64_t, int64_t> extent(const View& view) {
  if (!view.blocked()) return {view.offset, view.offset + view.shape.elements()};
  const int64_t first = view.offset - view.border_top * view.row_stride - view.border_left * view.pixel_stride;
  const int64_t last = view.offset + (view.batch - 1) * view.image_stride + view.blocks() * view.block_stride;
  return {first, std::max(first + 1, last)};
}

/// What the steps so far read and wrote, by buffer.
class EarlierAccesses {
 public:
  explicit EarlierAccesses(size_t buffers) : buffers_(buffers) {}

  /// Steps, ascending, whose accesses of the same bytes conflict with those of the next step, which joins them.
  std::vector<int> conflicts(const Accesses& used, int step) {
    std::vector<int> result;
    for (const View* read : used.reads) collect(*read, false, result);
    for (const View* write : used.writes) collect(*write, true, result);
    std::ranges::sort(result);
    const auto repeated = std::ranges::unique(result);
    result.erase(repeated.begin(), repeated.end());
    for (const View* read : used.reads) add(*read, false, step);
    for (const View* write : used.writes) add(*write, true, step);
    return result;
  }

 private:
  struct Access {
    bool interleaved;  ///< its parts are those of several images
    int64_t first, end;
    int step;

    bool overlaps(const Access& other) const {
      return (interleaved && other.interleaved) || (first < other.end && other.first < end);
    }
    /// Whether all that overlaps the other one overlaps this one too.
    bool covers(const Access& other) const {
      return first <= other.first && other.end <= end && (interleaved || !other.interleaved);
    }
  };
  struct Buffer {
    std::vector<Access> reads, writes;
  };

  Access access(const View& view, int step) const {
    const auto [first, end] = extent(view);
    return {view.blocked() && view.batch > 1, first, end, step};
  }
  void collect(const View& view, bool write, std::vector<int>& steps) const {
    if (!view.buffer) return;
    const Buffer& buffer = buffers_[view.buffer.index()];
    auto collect_from = [&, here = access(view, 0)](const std::vector<Access>& accesses) {
      for (const Access& other : accesses) {
        if (here.overlaps(other)) steps.push_back(other.step);
      }
    };
    collect_from(buffer.writes);
    if (write) collect_from(buffer.reads);
  }
  void add(const View& view, bool write, int step) {
    if (!view.buffer) return;
    Buffer& buffer = buffers_[view.buffer.index()];
    const Access added = access(view, step);
    // What follows a write that covers an earlier access follows that one as well. Without this, N steps that write to
    // one buffer would have N * N / 2 dependencies.
    if (write) {
      const auto covered = [&](const Access& earlier) { return added.covers(earlier); };
      std::erase_if(buffer.reads, covered);
      std::erase_if(buffer.writes, covered);
    }
    (write ? buffer.writes : buffer.reads).push_back(added);
  }

  std::vector<Buffer> buffers_;
};

void add_unique(std::vector<int>& list, int value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

/// Steps [first, end) that the planner places as one.
struct Unit {
  size_t first, end;
};

/// Each step, or all of a group whose tasks run at the same time.
std::vector<Unit> units(const Program& program) {
  std::vector<Unit> result;
  for (size_t first = 0, end; first < program.steps.size(); first = end) {
    const std::optional<size_t> group = program.steps[first].group;
    end = first + 1;
    if (group && program.groups[*group].tasks > 1) {
      while (end < program.steps.size() && program.steps[end].group == group) ++end;
    }
    result.push_back({first, end});
  }
  return result;
}

/// Of all steps of a unit. Tasks read and write in no order, so that nothing is computed in place.
Accesses accesses_of(const Program& program, const Unit& unit) {
  if (unit.end == unit.first + 1) return accesses(program.steps[unit.first]);
  Accesses all;
  auto append = [](auto& list, const auto& more) { list.insert(list.end(), more.begin(), more.end()); };
  for (size_t s = unit.first; s < unit.end; ++s) {
    const Accesses used = accesses(program.steps[s]);
    append(all.reads, used.reads);
    append(all.writes, used.writes);
    append(all.scratch, used.scratch);
  }
  return all;
}

/// By buffer, the first and the last unit that reads or writes it.
std::vector<std::pair<size_t, size_t>> users_of(const Program& program, const std::vector<Accesses>& all) {
  std::vector<std::pair<size_t, size_t>> users(program.buffers.size(), {all.size(), 0});
  for (size_t u = 0; u < all.size(); ++u) {
    for (const auto* list : {&all[u].reads, &all[u].writes}) {
      for (const View* view : *list) {
        if (!view->buffer) continue;
        auto& [first, last] = users[view->buffer.index()];
        first = std::min(first, u), last = u;
      }
    }
  }
  return users;
}

/// Error that names the largest of what lives when the arena is fullest.
void expect_possible_arena(const MemoryProblem& problem, const MemoryPlan& plan) {
  if (plan.peak_bytes <= largest_arena_bytes) return;
  std::vector<const BufferRequest*> live;
  for (size_t i = 0; i < problem.buffers.size(); ++i) {
    const Lifetime& life = plan.lifetimes[i];
    if (life.first >= 0 && life.first <= plan.bound_position && plan.bound_position <= life.last)
      live.push_back(&problem.buffers[i]);
  }
  std::ranges::stable_sort(live, std::greater(), &BufferRequest::bytes);
  constexpr size_t most_named = 4;
  std::string largest;
  for (size_t i = 0; i < std::min(most_named, live.size()); ++i) {
    largest += fmt::format("{}'{}' ({} bytes)", i == 0 ? "" : ", ", live[i]->name, live[i]->bytes);
  }
  if (live.size() > most_named) largest += fmt::format(" and {} more", live.size() - most_named);
  fail({},
       fmt::format("the arena needs {} bytes, more than the {} that one may have; at its fullest it holds {}",
                   plan.peak_bytes, largest_arena_bytes, largest),
       "choose a smaller input with --shape");
}

}  // namespace

Planned lower_and_plan(const Graph& graph, const Target& target, const LoweringOptions& options, int64_t tasks) {
  Planned planned;
  planned.program = lower(graph, target, options);
  if (options.enabled(Switch::row_tiling)) {
    tile_rows(planned.program, target, options, tasks);
    verify(planned.program);
  }
  auto plan = [&](const PlanOptions& plan_options) {
    const MemoryProblem problem = memory_problem(planned.program);
    planned.plan = plan_memory(problem, plan_options);
    if (const std::vector<std::string> wrong = validate_plan(problem, planned.plan); !wrong.empty()) {
      internal_error("the memory plan is wrong: " + wrong.front());
    }
    expect_possible_arena(problem, planned.plan);
    apply_order(planned.program, planned.plan);
  };
  plan({});
  if (tasks > 1) {  // parts have scratch of their own; the order stays
    partition(planned.program, target, options, tasks);
    verify(planned.program);
    plan({.reorder = false});
  }
  choose_region_rows(planned.program);
  planned.arena = arena_layout(planned.program, planned.plan);
  return planned;
}

MemoryProblem memory_problem(const Program& program) {
  MemoryProblem problem;
  problem.alignment = arena_alignment;
  std::vector<int> index(program.buffers.size(), -1);
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    if (!in_arena(program, BufferId(i))) continue;
    index[i] = static_cast<int>(problem.buffers.size());
    problem.buffers.push_back({program.buffers[i].name, program.buffers[i].bytes(), arena_alignment});
  }
  const std::vector<Unit> steps = units(program);
  std::vector<Accesses> all;
  for (const Unit& unit : steps) all.push_back(accesses_of(program, unit));
  const std::vector<std::pair<size_t, size_t>> users = users_of(program, all);
  EarlierAccesses earlier(program.buffers.size());
  for (size_t s = 0; s < all.size(); ++s) {
    const Accesses& used = all[s];
    StepAccess access;
    // What the steps of a unit hand on to each other lives as long as the unit.
    auto inside = [&](BufferId buffer) {
      return steps[s].end > steps[s].first + 1 && users[buffer.index()] == std::pair(s, s);
    };
    auto add = [&](const View* view, std::vector<int>& list) {
      if (in_arena(program, view->buffer))
        add_unique(inside(view->buffer) ? access.scratch : list, index[view->buffer.index()]);
    };
    for (const View* view : used.reads) add(view, access.reads);
    for (const View* view : used.writes) add(view, access.writes);
    for (BufferId scratch : used.scratch) add_unique(access.scratch, index[scratch.index()]);
    for (const View* x : used.in_place) {
      const View& y = *used.writes.front();
      const bool same_size = x->buffer && y.buffer && program[x->buffer].bytes() == program[y.buffer].bytes();
      if (in_arena(program, x->buffer) && in_arena(program, y.buffer) && x->buffer != y.buffer && same_size) {
        const std::pair<int, int> pair{index[x->buffer.index()], index[y.buffer.index()]};
        if (std::ranges::find(access.in_place, pair) == access.in_place.end()) access.in_place.push_back(pair);
      }
    }
    problem.dependencies.push_back(earlier.conflicts(used, static_cast<int>(s)));
    problem.steps.push_back(std::move(access));
  }
  return problem;
}

void apply_order(Program& program, MemoryPlan& plan) {
  const std::vector<Unit> places = units(program);
  std::vector<Step> steps;
  std::vector<Unit> moved;
  for (int index : plan.order) {
    const Unit& from = places[index];
    moved.push_back({steps.size(), steps.size() + from.end - from.first});
    for (size_t s = from.first; s < from.end; ++s) steps.push_back(std::move(program.steps[s]));
  }
  program.steps = std::move(steps);
  for (Lifetime& life : plan.lifetimes) {
    if (life.first < 0) continue;
    life.last = static_cast<int>(moved[life.last].end) - 1;
    life.first = static_cast<int>(moved[life.first].first);
  }
}

ArenaLayout arena_layout(const Program& program, const MemoryPlan& plan) {
  ArenaLayout result;
  result.alignment = arena_alignment;
  result.bytes = std::max(plan.peak_bytes, arena_alignment);
  result.offsets.assign(program.buffers.size(), 0);
  size_t next = 0;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    if (in_arena(program, BufferId(i))) result.offsets[i] = plan.offsets[next++];
  }
  return result;
}

}  // namespace intaglio
