// What a list of attributes is. Every operator has one in its struct, `visit_attributes(visitor)`: the printer and the
// parser of IR text both walk it.
//
// A visitor has these members; each gets the key under which the text form shows the attribute, and a default with
// which it is left out:
//   extents(key, vector, fallback)   "3x3"; left out when every entry is `fallback`
//   pads(begins, ends)               "pads 1x1 1x1"
//   integers(key, vector), numbers(key, vector)   "0 2 3"
//   integer(key, value, fallback), number(key, value, fallback), flag(key, value, fallback)
//   choice(key, enumerator, names)
//   function(key, Unary)             "clip 0 6"
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <limits>

namespace intaglio::attributes {

/// A fallback that no attribute has: always shown.
inline constexpr int64_t always = std::numeric_limits<int64_t>::min();
inline constexpr float always_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace intaglio::attributes
