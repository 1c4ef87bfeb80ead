// Between Program and memory planner, which know nothing of each other.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "backend/generate.h"
#include "ir/graph.h"
#include "ir/program.h"
#include "lowering/lower.h"
#include "memory/plan.h"

namespace intaglio {

/// A Program in execution order with a place for every buffer.
struct Planned {
  Program program;
  MemoryPlan plan;
  ArenaLayout arena;
};

/// Lowers a graph on which passes have run and plans its memory; internal_error when the validator refuses the plan.
/// With `tasks` > 1, steps are cut into parts that may run at the same time.
Planned lower_and_plan(const Graph& graph, const Target& target, const LoweringOptions& options, int64_t tasks = 1);

/// Buffers and accesses of a Program. Steps that write disjoint parts of one storage may swap;
/// everything else keeps its order.
MemoryProblem memory_problem(const Program& program);
/// Puts the steps in the plan's order, and says its lifetimes in steps: all of a group whose tasks run at the same time
/// are one step of a MemoryProblem.
void apply_order(Program& program, MemoryPlan& plan);
/// Offsets of the plan for the buffers of the Program.
ArenaLayout arena_layout(const Program& program, const MemoryPlan& plan);

}  // namespace intaglio
