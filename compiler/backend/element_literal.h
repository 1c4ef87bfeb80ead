// C++ literals of constants of any element type.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>

#include "ir/tensor.h"

namespace intaglio {

/// The first element of `data`: "0.5f", "-3".
std::string element_literal(const TensorData& data);

/// An integer that a decimal literal may not express: the smallest of its type.
std::string integer_literal(int64_t value);

}  // namespace intaglio
