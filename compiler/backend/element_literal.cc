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

std::vector<std::string> element_literals(const TensorData& data) {
  std::vector<std::string> literals;
  if (data.type() == ElementType::float32) {
    for (float value : data.values<float>()) literals.push_back(float_literal(value));
  } else {
    require(data.type() != ElementType::float64, "float64 reached code generation");
    for (int64_t value : data.as_int64()) literals.push_back(integer_literal(value));
  }
  return literals;
}

std::string initialisers(const TensorData& data) {
  std::string text;
  size_t line = 0;
  for (const std::string& literal : element_literals(data)) {
    if (line + literal.size() > 118) {
      text += "\n";
      line = 0;
    }
    text += literal + ",";
    line += literal.size() + 1;
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace intaglio
