// Counts what the process asks the heap for: work that depends on nothing but the program, unlike time.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>

namespace intaglio::testing {

struct Allocations {
  size_t count = 0, bytes = 0;
};

/// By operator new, since the process began.
Allocations allocations();

}  // namespace intaglio::testing
