// Cutting steps into parts that run at the same time.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/program.h"
#include "target/target.h"

namespace intaglio {

/// Gives every step that is worth it up to `tasks` parts (Step::parts): ranges of rows or of channel blocks of its
/// result, so that no sum is ever cut and the numbers are those of one task. Where there are enough rows every layer is
/// cut into the same strips of them: what one hands on to the next stays in the cache of one core. Fast convolutions
/// keep their weights whole and in place.
void partition(Program& program, const Target& target, int64_t tasks);

}  // namespace intaglio
