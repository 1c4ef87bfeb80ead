// What a compilation target offers: the numbers that lowering's choices derive from. No decision is made here.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace intaglio {

struct Target {
  std::string_view name;                          ///< --target NAME
  std::string_view description;                   ///< for `intaglio targets`
  std::string_view simd_header;                   ///< the runtime header generated code includes
  std::vector<std::string_view> runtime_headers;  ///< all files under intaglio/ that the generated folder needs
  std::vector<std::string_view> compile_flags;    ///< recorded in the manifest and set by the generated CMakeLists.txt
  int64_t lanes = 8;                              ///< floats per vector register
  int64_t vector_registers = 16;                  ///< what register tiles derive from (lowering/register_tiles.h)
  /// Input channels * taps whose weights for one panel stay in the first-level cache beside the pixels.
  int64_t reduction_block = 256;
  int64_t l2_bytes = 512 << 10;
  int64_t cache_line = 64;
  /// How far behind what is read now weights are on their way from memory to the second-level cache: one core does not
  /// have enough outstanding loads for those of a block alone.
  int64_t prefetch_ahead = 16 << 10;
  double fma_per_cycle = 2;           ///< vector multiply-adds that start per cycle
  double memory_bytes_per_cycle = 4;  ///< of one core, streaming
  /// Weights of whole networks up to half of the last cache are still there in the next run.
  int64_t l3_bytes = 8 << 20;
  double l3_bytes_per_cycle = 16;  ///< of one core, streaming
  /// A task that takes less is not worth handing to another thread that waits for it: that and waiting for its end take
  /// about a thousand cycles, twice that where cores share no cache.
  double least_task_cycles = 3000;
  /// What a run that wakes sleeping threads loses to that.
  double wake_cycles = 20000;
};

/// The runtime header that fast numerics need besides, on every target.
constexpr std::string_view fast_math_header = "fast_math.h";

/// All targets, the default (portable) first.
const std::vector<Target>& targets();
/// nullptr when there is none of that name.
const Target* find_target(std::string_view name);

}  // namespace intaglio
