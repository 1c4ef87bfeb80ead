// C++ literals of constants of any element type. They read back bit for bit: denormals, negative zero, infinities, and
// NaN with sign, payload and signalling bit.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "ir/tensor.h"

namespace intaglio {

/// "0.5f", "-__builtin_inff()", "__builtin_nanf(\"0x1\")"; finite values as the shortest text that reads back the same.
std::string float_literal(float value);

/// "-3"; "INT64_MIN" for the integer that no decimal literal expresses.
std::string integer_literal(int64_t value);

/// The ends of an integer type, or of booleans: "INT32_MIN", "UINT8_MAX", "1".
std::string lowest_literal(ElementType type);
std::string largest_literal(ElementType type);

/// The literal of one element, counted in row-major order.
std::string element_literal(const TensorData& data, size_t index);
std::vector<std::string> element_literals(const TensorData& data);

}  // namespace intaglio
