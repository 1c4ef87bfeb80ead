// What a kernel moves through memory.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>

#include "ir/program.h"

namespace intaglio {

/// Bytes that a kernel reads (weights apart), writes, and reads of weights; each element of a view counted once.
struct Traffic {
  int64_t reads = 0, writes = 0, weights = 0;
};

Traffic traffic(const Program& program, const Kernel& kernel);

}  // namespace intaglio
