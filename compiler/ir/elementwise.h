// The operators that work element by element, one attribute struct each: functions of one, two and three elements, and
// conversion. The other operators are in operators.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <iterator>
#include <string_view>

#include "ir/attributes.h"

namespace intaglio {

/// Functions of one element. `alpha` and `beta` of Unary mean what the comment says;
/// ONNX defaults are filled in on import.
enum class UnaryKind : uint8_t {
  identity,
  neg,
  abs,
  sqrt,
  reciprocal,
  exp,
  log,
  floor,
  ceil,
  round,
  sign,
  erf,
  logical_not,
  relu,
  leaky_relu,        ///< x < 0 ? alpha x : x
  elu,               ///< x < 0 ? alpha (exp(x) - 1) : x
  selu,              ///< beta (x <= 0 ? alpha (exp(x) - 1) : x)          beta is ONNX's gamma
  celu,              ///< max(0, x) + min(0, alpha (exp(x / alpha) - 1))
  thresholded_relu,  ///< x > alpha ? x : 0
  hard_sigmoid,      ///< max(0, min(1, alpha x + beta))
  hard_swish,        ///< x max(0, min(1, x / 6 + 0.5))
  sigmoid,
  tanh,
  sinh,
  softplus,
  softsign,
  gelu,       ///< x / 2 (1 + erf(x / sqrt 2))
  gelu_tanh,  ///< x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
  mish,       ///< x tanh(softplus(x))
  swish,      ///< x sigmoid(alpha x)
  clip,       ///< min(max(x, alpha), beta)
};
/// What goes through all of them ends here.
inline constexpr UnaryKind last_unary = UnaryKind::clip;

enum class UnaryParameters : uint8_t { none, alpha, alpha_and_beta };
struct UnaryRow {
  UnaryKind kind;
  std::string_view name;  ///< in IR text; generated code calls f32x8_<name>
  UnaryParameters parameters = UnaryParameters::none;
};
/// In the order of the enumeration, so that a kind indexes its row.
inline constexpr UnaryRow unary_rows[] = {
    {UnaryKind::identity, "identity"},
    {UnaryKind::neg, "neg"},
    {UnaryKind::abs, "abs"},
    {UnaryKind::sqrt, "sqrt"},
    {UnaryKind::reciprocal, "reciprocal"},
    {UnaryKind::exp, "exp"},
    {UnaryKind::log, "log"},
    {UnaryKind::floor, "floor"},
    {UnaryKind::ceil, "ceil"},
    {UnaryKind::round, "round"},
    {UnaryKind::sign, "sign"},
    {UnaryKind::erf, "erf"},
    {UnaryKind::logical_not, "logical_not"},
    {UnaryKind::relu, "relu"},
    {UnaryKind::leaky_relu, "leaky_relu", UnaryParameters::alpha},
    {UnaryKind::elu, "elu", UnaryParameters::alpha},
    {UnaryKind::selu, "selu", UnaryParameters::alpha_and_beta},
    {UnaryKind::celu, "celu", UnaryParameters::alpha},
    {UnaryKind::thresholded_relu, "thresholded_relu", UnaryParameters::alpha},
    {UnaryKind::hard_sigmoid, "hard_sigmoid", UnaryParameters::alpha_and_beta},
    {UnaryKind::hard_swish, "hard_swish"},
    {UnaryKind::sigmoid, "sigmoid"},
    {UnaryKind::tanh, "tanh"},
    {UnaryKind::sinh, "sinh"},
    {UnaryKind::softplus, "softplus"},
    {UnaryKind::softsign, "softsign"},
    {UnaryKind::gelu, "gelu"},
    {UnaryKind::gelu_tanh, "gelu_tanh"},
    {UnaryKind::mish, "mish"},
    {UnaryKind::swish, "swish", UnaryParameters::alpha},
    {UnaryKind::clip, "clip", UnaryParameters::alpha_and_beta},
};
static_assert(std::size(unary_rows) == static_cast<size_t>(last_unary) + 1);
static_assert([] {
  for (size_t i = 0; i < std::size(unary_rows); ++i) {
    if (static_cast<size_t>(unary_rows[i].kind) != i) return false;
  }
  return true;
}());

std::string_view unary_name(UnaryKind kind);
bool parse_unary(std::string_view name, UnaryKind& kind);
/// True when the function uses alpha / beta (what the text form prints).
bool unary_uses_alpha(UnaryKind kind);
bool unary_uses_beta(UnaryKind kind);

/// y = f(x), same shape; float32 (neg, abs, sign and clip also integers; logical_not booleans).
struct Unary {
  UnaryKind kind = UnaryKind::identity;
  float alpha = 0;
  float beta = 0;
  void visit_attributes(auto& visitor) {
    if (unary_uses_alpha(kind)) visitor.number("alpha", alpha, attributes::always_number);
    if (unary_uses_beta(kind)) visitor.number("beta", beta, attributes::always_number);
  }
  bool operator==(const Unary&) const = default;
};

/// Functions of one element that no kernel computes: they are only understood of constants, where folding removes them.
enum class FoldedKind : uint8_t { sin, cos, tan, asin, acos, atan, cosh, asinh, acosh, atanh };
inline constexpr std::string_view folded_names[] = {"sin",  "cos",  "tan",   "asin",  "acos",
                                                    "atan", "cosh", "asinh", "acosh", "atanh"};
static_assert(std::size(folded_names) == static_cast<size_t>(FoldedKind::atanh) + 1);

/// y = f(x), same shape; float32 or float64.
struct FoldedFunction {
  FoldedKind kind = FoldedKind::sin;
  void visit_attributes(auto&) {}
  bool operator==(const FoldedFunction&) const = default;
};

/// Functions of two elements with ONNX multidirectional broadcasting. Comparisons yield booleans.
enum class BinaryKind : uint8_t {
  add,
  sub,
  mul,
  div,
  pow,
  min,
  max,
  prelu,  ///< prelu: x < 0 ? slope x : x, inputs (x, slope)
  equal,
  greater,
  less,
  greater_or_equal,
  less_or_equal,
  logical_and,
  logical_or,
};
std::string_view binary_name(BinaryKind kind);
bool parse_binary(std::string_view name, BinaryKind& kind);
bool is_comparison(BinaryKind kind);  ///< result type differs from the operands' type: equal ... less_or_equal

struct Binary {
  BinaryKind kind = BinaryKind::add;
  void visit_attributes(auto&) {}
  bool operator==(const Binary&) const = default;
};

/// y = condition ? a : b, inputs (condition, a, b), broadcast three ways.
struct Where {
  static constexpr std::string_view name = "where";
  void visit_attributes(auto&) {}
  bool operator==(const Where&) const = default;
};

/// Conversion to the type of the output tensor. Float to integer truncates toward zero; to boolean is x != 0.
struct Cast {
  static constexpr std::string_view name = "cast";
  void visit_attributes(auto&) {}
  bool operator==(const Cast&) const = default;
};

}  // namespace intaglio
