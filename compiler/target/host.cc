// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "target/host.h"

#include <algorithm>

namespace intaglio {

namespace {

/// Whether the processor has what a flag of the compiler lets it use.
bool has(std::string_view flag) {
#if defined(__x86_64__) || defined(__i386__)
  if (flag == "-mavx2") return __builtin_cpu_supports("avx2");
  if (flag == "-mfma") return __builtin_cpu_supports("fma");
  if (flag == "-mavx512f") return __builtin_cpu_supports("avx512f");
  if (flag == "-mavx512vl") return __builtin_cpu_supports("avx512vl");
  if (flag == "-mavx512dq") return __builtin_cpu_supports("avx512dq");
#endif
  static_cast<void>(flag);
  return false;
}

}  // namespace

bool host_runs(const Target& target) { return std::ranges::all_of(target.compile_flags, has); }

}  // namespace intaglio
