// How long a step takes on one core: roughly, to tell steps that are worth more than one thread from those that are
// not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/program.h"
#include "target/target.h"

namespace intaglio::lowering {

/// Predicted cycles: multiply-adds, elementary functions and what else is done per element, and bytes that move.
double step_cycles(const Program& program, const Step& step, const Target& target);

}  // namespace intaglio::lowering
