// Between Program and memory planner, which know nothing of each other.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "backend/generate.h"
#include "ir/program.h"
#include "memory/plan.h"

namespace intaglio {

/// Buffers and accesses of a Program. Steps that write disjoint parts of one storage may swap; everything else keeps its order.
MemoryProblem memory_problem(const Program& program);
/// Puts the steps in the plan's order.
void apply_order(Program& program, const MemoryPlan& plan);
/// Offsets of the plan for the buffers of the Program.
Placement placement(const Program& program, const MemoryPlan& plan);

}  // namespace intaglio
