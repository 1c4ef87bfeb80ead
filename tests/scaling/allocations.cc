// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "scaling/allocations.h"

#include <cstdlib>
#include <new>

namespace intaglio::testing {
namespace {
Allocations counted;
}

Allocations allocations() { return counted; }

}  // namespace intaglio::testing

// The other forms of new, but for aligned ones, and of delete call these.
// Not inlined: compilers would see free() of what new gave.
[[gnu::noinline]] void* operator new(size_t bytes) {
  ++intaglio::testing::counted.count;
  intaglio::testing::counted.bytes += bytes;
  if (void* const result = std::malloc(bytes == 0 ? 1 : bytes)) return result;
  throw std::bad_alloc();
}

[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
