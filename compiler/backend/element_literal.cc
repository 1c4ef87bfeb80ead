// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/element_literal.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>

#include "support/error.h"

namespace intaglio {

namespace {
constexpr uint32_t quiet_bit = 1u << 22, payload_bits = quiet_bit - 1;
}  // namespace

std::string float_literal(float value) {
  // The compilers' builtins, because they need no header and are constants of static initialisation.
  const std::string sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return sign + "__builtin_inff()";
  if (std::isnan(value)) {
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    return fmt::format("{}__builtin_nan{}f(\"0x{:x}\")", sign, bits & quiet_bit ? "" : "s", bits & payload_bits);
  }
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

std::string integer_literal(int64_t value) {
  // A minus sign is an operator: the literal behind it must fit by itself.
  return value == std::numeric_limits<int64_t>::min() ? "INT64_MIN" : std::to_string(value);
}

std::string element_literal(const TensorData& data, size_t index) {
  switch (data.type()) {
    case ElementType::float32:
      return float_literal(data.values<float>()[index]);
    case ElementType::int64:
      return integer_literal(data.values<int64_t>()[index]);
    case ElementType::int32:
      return integer_literal(data.values<int32_t>()[index]);
    case ElementType::boolean:
      return integer_literal(data.values<uint8_t>()[index]);
    case ElementType::float64:
      break;
  }
  internal_error("float64 reached code generation");
}

std::vector<std::string> element_literals(const TensorData& data) {
  std::vector<std::string> literals;
  for (size_t i = 0; i < static_cast<size_t>(data.elements()); ++i) literals.push_back(element_literal(data, i));
  return literals;
}

}  // namespace intaglio
