// What --numerics says: read by lowering (which kernels), backend (which instructions) and interpreter (which values).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <string_view>

namespace intaglio {

enum class Numerics : uint8_t {
  fast,    ///< within a bound of the exact result: the interpreter computes float32 operators in double, rounded once
  strict,  ///< the same bits on every target and in the interpreter (docs/numerics.md)
};

constexpr std::string_view numerics_name(Numerics numerics) { return numerics == Numerics::strict ? "strict" : "fast"; }

}  // namespace intaglio
