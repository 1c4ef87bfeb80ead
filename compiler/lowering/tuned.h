// A choice that --tune measures and --tuning makes again: it is recorded with its candidates in Program::choices.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/program.h"
#include "lowering/lower.h"

namespace intaglio::lowering {

struct TakenChoice {
  size_t candidate;  ///< which of the candidates
  size_t index;      ///< in Program::choices, for Step::choices
};

/// The candidate that the tuning names for the layer, else the first. Layers of one name share an entry.
TakenChoice take_choice(Program& program, const LoweringOptions& options, KernelChoice choice);

}  // namespace intaglio::lowering
