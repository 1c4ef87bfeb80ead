// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/element_literal.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

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

std::string lowest_literal(ElementType type) {
  const ElementKind kind = element_type_info(type).kind;
  require(kind != ElementKind::real, "lowest_literal() is for integers");
  return kind == ElementKind::signed_integer ? fmt::format("INT{}_MIN", 8 * element_size(type)) : "0";
}

std::string largest_literal(ElementType type) {
  const ElementKind kind = element_type_info(type).kind;
  require(kind != ElementKind::real, "largest_literal() is for integers");
  if (kind == ElementKind::boolean) return "1";
  return fmt::format("{}INT{}_MAX", kind == ElementKind::signed_integer ? "" : "U", 8 * element_size(type));
}

std::string element_literal(const TensorData& data, size_t index) {
  return visit_type(data.type(), [&]<class T>() -> std::string {
    const T value = data.values<T>()[index];
    if constexpr (std::is_same_v<T, float>) {
      return float_literal(value);
    } else if constexpr (std::is_integral_v<T>) {
      static_assert(std::is_signed_v<T> || sizeof(T) < sizeof(int64_t), "larger literals need a suffix");
      return integer_literal(value);
    }
    internal_error("literals of this element type are not written");
  });
}

std::vector<std::string> element_literals(const TensorData& data) {
  std::vector<std::string> literals;
  for (size_t i = 0; i < static_cast<size_t>(data.elements()); ++i) literals.push_back(element_literal(data, i));
  return literals;
}

}  // namespace intaglio
