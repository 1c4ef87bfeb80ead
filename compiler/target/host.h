// Whether this machine can run what is generated for a target.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "target/target.h"

namespace intaglio {

/// True when this processor has the instructions that the target's compile_flags name.
bool host_runs(const Target& target);

}  // namespace intaglio
