// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/element_literal.h"

#include <limits>

#include "backend/emitter.h"

namespace intaglio {

std::string integer_literal(int64_t value) {
  // A minus sign is an operator: the literal behind it must fit by itself.
  if (value == std::numeric_limits<int64_t>::min()) return "-9223372036854775807 - 1";
  return std::to_string(value);
}

std::string element_literal(const TensorData& data) {
  if (data.type() == ElementType::float32) return float_literal(data.values<float>()[0]);
  return integer_literal(data.as_int64()[0]);
}

}  // namespace intaglio
