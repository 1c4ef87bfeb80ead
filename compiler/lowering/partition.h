// Cutting steps into parts that run at the same time.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/program.h"
#include "lowering/lower.h"
#include "target/target.h"

namespace intaglio {

/// Gives every step that is worth it up to `tasks` parts of even size (Step::parts), along an axis that nothing is
/// summed over (lowering/cut_axes.h), so that the numbers are those of one task. Where no axis has even shares, there
/// are a few more parts than tasks. Where there are enough rows every layer is cut into the same strips of them: what
/// one hands on to the next stays in the cache of one core. Fast convolutions keep their weights whole and in place.
///
/// A step gets as many parts as take Target::least_task_cycles each: smaller ones would take longer to hand over and
/// to wait for than they save. A network whose parts save less than Target::wake_cycles together stays whole.
void partition(Program& program, const Target& target, const LoweringOptions& options, int64_t tasks);

}  // namespace intaglio
