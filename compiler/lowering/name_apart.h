// Buffers and weights of one name, as a module's several results are, are told apart by the steps that make or read them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/program.h"

namespace intaglio::lowering {

/// Gives every buffer and every weight a name of its own: those of inputs and outputs stay as they are.
void name_apart(Program& program);

}  // namespace intaglio::lowering
