// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "target/target.h"

namespace intaglio {

const std::vector<Target>& targets() {
  static const std::vector<Target> table = {
      {.name = "portable",
       .description = "one folder for every machine: 8-lane vectors mapped to what the C++ compiler targets",
       .simd_header = "simd.h",
       .runtime_headers = {"macros.h", "simd.h", "simd_avx2.h", "simd_portable.h", "simd_scalar.h", "lane.h", "math.h",
                           "border.h", "convolution.h"}},
      {.name = "avx2",
       .description = "x86-64 with AVX2 and FMA",
       .simd_header = "simd_avx2.h",
       .runtime_headers = {"macros.h", "simd_avx2.h", "math.h", "border.h", "convolution.h"},
       .compile_flags = {"-mavx2", "-mfma"}},
      {.name = "avx512",
       .description = "x86-64 with AVX-512 (F, VL, DQ)",
       .simd_header = "simd_avx512.h",
       .runtime_headers = {"macros.h", "simd_avx2.h", "simd_avx512.h", "math.h", "border.h", "convolution.h"},
       .compile_flags = {"-mavx2", "-mfma", "-mavx512f", "-mavx512vl", "-mavx512dq"},
       .lanes = 16,
       .vector_registers = 32,
       .reduction_block = 256,
       .l2_bytes = 1 << 20,
       .memory_bytes_per_cycle = 4.2,
       .l3_bytes = 64 << 20,
       .l3_bytes_per_cycle = 8},
      {.name = "scalar",
       .description = "plain C++ without vectors",
       .simd_header = "simd_scalar.h",
       .runtime_headers = {"macros.h", "lane.h", "simd_scalar.h", "math.h", "border.h", "convolution.h"},
       .lanes = 1,
       .vector_registers = 32},
  };
  return table;
}

const Target* find_target(std::string_view name) {
  for (const Target& target : targets()) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

}  // namespace intaglio
