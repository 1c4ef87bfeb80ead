// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/elementwise_expressions.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// The function of the vector vocabulary for a binary operator on floats.
std::string vector_function(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::min:
      return "f32x8_min_nan";
    case BinaryKind::max:
      return "f32x8_max_nan";
    case BinaryKind::equal:
      return "f32x8_eq";
    case BinaryKind::greater:
      return "f32x8_gt";
    case BinaryKind::less:
      return "f32x8_lt";
    case BinaryKind::greater_or_equal:
      return "f32x8_ge";
    case BinaryKind::less_or_equal:
      return "f32x8_le";
    case BinaryKind::logical_and:
      return "mask8_and";
    case BinaryKind::logical_or:
      return "mask8_or";
    default:
      return "f32x8_" + std::string(binary_name(kind));
  }
}

/// A product is rounded before anything else happens to it: compilers would contract it with an addition.
std::string rounded_product(BinaryKind kind, const std::string& expression) {
  return kind == BinaryKind::mul ? fmt::format("f32x8_rounded({})", expression) : expression;
}

const char* comparison_operator(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::equal:
      return "==";
    case BinaryKind::greater:
      return ">";
    case BinaryKind::less:
      return "<";
    case BinaryKind::greater_or_equal:
      return ">=";
    default:
      return "<=";
  }
}

std::string helper(Emitter& emitter, const std::string& wanted, const char* text, TemplateValues values) {
  return emitter.function(
      wanted, [&](const std::string& name) { return render_template(text, TemplateValues(values).set("name", name)); });
}

std::string first_lane(Emitter& emitter, const std::string& vector) {
  return fmt::format("{}({})", helper(emitter, "first_lane", "kernels/first_lane.cpp.tmpl", TemplateValues()), vector);
}

std::string splat(const ElementwiseValue& value) {
  if (value.type == ElementType::float32) return fmt::format("f32x8_splat({})", value.name);
  return fmt::format("f32x8_splat(static_cast<float>({}))", value.name);
}

/// A value converted to another type; floats become integers as the interpreter converts them.
std::string converted(const ElementwiseValue& value, ElementType type, Emitter& emitter) {
  if (value.type == type) return value.name;
  const bool from_float = value.type == ElementType::float32;
  if (type == ElementType::boolean) {
    return fmt::format("static_cast<uint8_t>({} != {})", value.name, from_float ? "0.0f" : "0");
  }
  if (!from_float) return fmt::format("static_cast<{}>({})", c_type(type), value.name);
  return visit_type(type, [&]<class T>() {
    require(element_type_info(type).kind == ElementKind::signed_integer, "floats become signed integers or booleans");
    const std::string function =
        helper(emitter, "float_to_" + std::string(element_type_name(type)), "kernels/float_to_integer.cpp.tmpl",
               TemplateValues()
                   .set("type", c_type(type))
                   .set("limit", fmt::format("{:.1f}f", std::ldexp(1.0, std::numeric_limits<T>::digits)))
                   .set("smallest", fmt::format("-{} - 1", std::numeric_limits<T>::max())));
    return fmt::format("{}({})", function, value.name);
  });
}

/// A clip bound as an integer of the type, saturated.
std::string integer_bound(float bound, ElementType type) {
  return visit_type(type, [&]<class T>() {
    constexpr T lowest = std::numeric_limits<T>::lowest(), highest = std::numeric_limits<T>::max();
    T value = 0;
    if (bound <= static_cast<float>(lowest)) {
      value = lowest;
    } else if (bound >= static_cast<float>(highest)) {
      value = highest;
    } else if (!std::isnan(bound)) {
      value = static_cast<T>(bound);
    }
    return std::is_signed_v<T> && value == lowest ? fmt::format("(-{} - 1)", highest) : fmt::format("{}", value);
  });
}

std::string integer_unary(const Unary& op, const ElementwiseValue& x) {
  const std::string type = c_type(x.type);
  const std::string negated =
      fmt::format("static_cast<{}>(0u - static_cast<{}>({}))", type, unsigned_c_type(x.type), x.name);
  switch (op.kind) {
    case UnaryKind::identity:
    case UnaryKind::floor:
    case UnaryKind::ceil:
    case UnaryKind::round:
      return x.name;
    case UnaryKind::logical_not:
      return fmt::format("static_cast<uint8_t>({} == 0)", x.name);
    case UnaryKind::neg:
      return negated;
    case UnaryKind::abs:
      return fmt::format("{} < 0 ? {} : {}", x.name, negated, x.name);
    case UnaryKind::sign:
      return fmt::format("static_cast<{1}>(({0} > 0) - ({0} < 0))", x.name, type);
    case UnaryKind::relu:
      return fmt::format("{0} > 0 ? {0} : 0", x.name);
    case UnaryKind::clip: {
      const std::string low = integer_bound(op.alpha, x.type), high = integer_bound(op.beta, x.type);
      return fmt::format("{0} > {2} ? {2} : {0} < {1} ? {1} : {0}", x.name, low, high);
    }
    default:
      internal_error("no integer form of " + std::string(unary_name(op.kind)));
  }
}

std::string integer_binary(BinaryKind kind, ElementType type, const std::string& a, const std::string& b,
                           Emitter& emitter) {
  const std::string name = c_type(type), wrapping = unsigned_c_type(type);
  auto wrap = [&](const char* sign) {
    return fmt::format("static_cast<{0}>(static_cast<{1}>({2}) {3} static_cast<{1}>({4}))", name, wrapping, a, sign, b);
  };
  switch (kind) {
    case BinaryKind::add:
      return wrap("+");
    case BinaryKind::sub:
      return wrap("-");
    case BinaryKind::mul:
      return wrap("*");
    case BinaryKind::min:
      return fmt::format("{0} < {1} ? {0} : {1}", a, b);
    case BinaryKind::max:
      return fmt::format("{0} > {1} ? {0} : {1}", a, b);
    case BinaryKind::div: {
      const std::string function = helper(emitter, "divide_" + std::string(element_type_name(type)),
                                          "kernels/integer_division.cpp.tmpl", TemplateValues().set("type", name));
      return fmt::format("{}({}, {})", function, a, b);
    }
    case BinaryKind::pow: {
      const std::string function =
          helper(emitter, "power_" + std::string(element_type_name(type)), "kernels/integer_power.cpp.tmpl",
                 TemplateValues().set("type", name).set("bits", element_size(type) * 8 - 1));
      return fmt::format("{}({}, {})", function, a, b);
    }
    case BinaryKind::logical_and:
      return fmt::format("static_cast<uint8_t>({} & {})", a, b);
    case BinaryKind::logical_or:
      return fmt::format("static_cast<uint8_t>({} | {})", a, b);
    default:
      internal_error("no integer form of " + std::string(binary_name(kind)));
  }
}

}  // namespace

std::string instruction_name(const ElementwiseInstruction& instruction) {
  if (const auto* unary = std::get_if<Unary>(&instruction.op)) return std::string(unary_name(unary->kind));
  if (const auto* binary = std::get_if<Binary>(&instruction.op)) return std::string(binary_name(binary->kind));
  return std::holds_alternative<Where>(instruction.op) ? "where" : "cast";
}

bool runs_on_vectors(const ElementwiseStep& kernel) {
  std::vector<ElementType> types;
  for (const ElementwiseOperand& operand : kernel.operands) {
    types.push_back(operand.view.type);
    if (operand.view.type != ElementType::float32) return false;
    if (!kernel.y.blocked() && !operand.strides.empty() && operand.strides.back() != 0 && operand.strides.back() != 1)
      return false;
  }
  for (const ElementwiseInstruction& instruction : kernel.instructions) {
    if (instruction.type != ElementType::float32 && instruction.type != ElementType::boolean) return false;
    const auto* binary = std::get_if<Binary>(&instruction.op);
    if (binary && is_comparison(binary->kind)) {
      for (int argument : instruction.arguments) {
        if (types[static_cast<size_t>(argument)] != ElementType::float32) return false;  // masks are not compared
      }
    }
    types.push_back(instruction.type);
  }
  return kernel.y.type == ElementType::float32 && types.back() == ElementType::float32;
}

std::string vector_type(ElementType type) { return type == ElementType::boolean ? "mask8" : "f32x8"; }

std::string vector_expression(const ElementwiseInstruction& instruction, const std::vector<ElementwiseValue>& arguments,
                              const Emitter& emitter) {
  if (const auto* unary = std::get_if<Unary>(&instruction.op)) {
    if (unary->kind == UnaryKind::logical_not) return fmt::format("mask8_not({})", arguments[0].name);
    return unary_expression(emitter, *unary, arguments[0].name);
  }
  if (const auto* binary = std::get_if<Binary>(&instruction.op)) {
    return rounded_product(
        binary->kind, fmt::format("{}({}, {})", vector_function(binary->kind), arguments[0].name, arguments[1].name));
  }
  if (std::holds_alternative<Where>(instruction.op)) {
    if (instruction.type == ElementType::boolean) {
      return fmt::format("mask8_or(mask8_and({0}, {1}), mask8_and(mask8_not({0}), {2}))", arguments[0].name,
                         arguments[1].name, arguments[2].name);
    }
    return fmt::format("f32x8_select({}, {}, {})", arguments[0].name, arguments[1].name, arguments[2].name);
  }
  if (arguments[0].type == instruction.type) return arguments[0].name;
  if (instruction.type == ElementType::boolean)
    return fmt::format("mask8_not(f32x8_eq({}, f32x8_zero()))", arguments[0].name);
  return fmt::format("f32x8_select({}, f32x8_splat(1.0f), f32x8_zero())", arguments[0].name);
}

std::string element_expression(const ElementwiseInstruction& instruction,
                               const std::vector<ElementwiseValue>& arguments, Emitter& emitter) {
  const bool is_float = instruction.type == ElementType::float32;
  if (const auto* unary = std::get_if<Unary>(&instruction.op)) {
    if (!is_float) return integer_unary(*unary, arguments[0]);
    return first_lane(emitter, unary_expression(emitter, *unary, splat(arguments[0])));
  }
  if (const auto* binary = std::get_if<Binary>(&instruction.op)) {
    const std::string &a = arguments[0].name, &b = arguments[1].name;
    if (is_comparison(binary->kind)) {
      return fmt::format("static_cast<uint8_t>({} {} {})", a, comparison_operator(binary->kind), b);
    }
    if (!is_float && arguments[1].type == ElementType::float32) {  // an integer to the power of a float
      const std::string power =
          first_lane(emitter, fmt::format("f32x8_pow({}, {})", splat(arguments[0]), splat(arguments[1])));
      return converted({power, ElementType::float32}, instruction.type, emitter);
    }
    if (!is_float) {
      return integer_binary(binary->kind, instruction.type, a, converted(arguments[1], instruction.type, emitter),
                            emitter);
    }
    const std::string value =
        fmt::format("{}({}, {})", vector_function(binary->kind), splat(arguments[0]), splat(arguments[1]));
    return first_lane(emitter, rounded_product(binary->kind, value));
  }
  if (std::holds_alternative<Where>(instruction.op)) {
    return fmt::format("{} != 0 ? {} : {}", arguments[0].name, arguments[1].name, arguments[2].name);
  }
  return converted(arguments[0], instruction.type, emitter);
}

}  // namespace intaglio
