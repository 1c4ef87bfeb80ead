// Functions of two and more elements with broadcasting, selection by condition, and conversion of types.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontend/importers.h"
#include "frontend/tensor_proto.h"

namespace intaglio::frontend {

namespace {

constexpr std::pair<std::string_view, BinaryKind> binary_kinds[] = {
    {"Add", BinaryKind::add},
    {"Sub", BinaryKind::sub},
    {"Mul", BinaryKind::mul},
    {"Div", BinaryKind::div},
    {"Min", BinaryKind::min},
    {"Max", BinaryKind::max},
    {"Sum", BinaryKind::add},
    {"Mean", BinaryKind::add},
    {"Equal", BinaryKind::equal},
    {"Greater", BinaryKind::greater},
    {"Less", BinaryKind::less},
    {"GreaterOrEqual", BinaryKind::greater_or_equal},
    {"LessOrEqual", BinaryKind::less_or_equal},
    {"And", BinaryKind::logical_and},
    {"Or", BinaryKind::logical_or},
};

BinaryKind kind_of(const NodeImporter& node) {
  return std::ranges::find(binary_kinds, node.type(), &std::pair<std::string_view, BinaryKind>::first)->second;
}

Shape broadcast(const NodeImporter& node, TensorId a, TensorId b) {
  Shape shape;
  if (!broadcast_shapes(node.shape(a), node.shape(b), shape)) {
    node.fail(fmt::format("operands of {} have shapes {} and {}, which do not broadcast", node.type(),
                          node.shape(a).text(), node.shape(b).text()));
  }
  return shape;
}

/// Arithmetic takes numbers, And and Or booleans, comparisons for order numbers, Equal both.
void expect_operands(const NodeImporter& node, BinaryKind kind, TensorId a, TensorId b) {
  node.expect_same_type(a, b);
  const bool boolean = node.element_type(a) == ElementType::boolean;
  const bool logical = kind == BinaryKind::logical_and || kind == BinaryKind::logical_or;
  if (boolean == logical || kind == BinaryKind::equal) return;
  node.fail_of_type(a);
}

void import_binary(NodeImporter& node) {
  const BinaryKind kind = kind_of(node);
  const TensorId a = node.input(0), b = node.input(1);
  expect_operands(node, kind, a, b);
  const ElementType type = is_comparison(kind) ? ElementType::boolean : node.element_type(a);
  node.result(Binary{kind}, {a, b}, type, broadcast(node, a, b));
}

/// Pow mixes types since version 12; the result has the type of the base.
void import_pow(NodeImporter& node) {
  const TensorId base = node.input(0), exponent = node.input(1);
  const ElementType type = node.element_type(base);
  for (TensorId operand : {base, exponent}) node.expect_number(operand);
  const Shape shape = broadcast(node, base, exponent);
  if (is_real(type) || node.element_type(exponent) == type) {
    return node.result(Binary{BinaryKind::pow}, {base, node.cast("exponent", exponent, type)}, type, shape);
  }
  // An integer base with another exponent: computed in the exponent's type.
  const ElementType wide = node.element_type(exponent);
  const TensorId converted = node.cast("base", base, wide);
  const TensorId power = node.emit("power", Binary{BinaryKind::pow}, {converted, exponent}, wide, shape);
  node.result(Cast{}, {power}, type, shape);
}

/// Min, Max, Sum and Mean of any number of tensors: a chain from the first to the last.
void import_variadic(NodeImporter& node) {
  const BinaryKind kind = kind_of(node);
  const std::vector<TensorId> operands = node.all_inputs();
  const bool mean = node.type() == "Mean";
  if (mean) node.expect_float(operands[0]);
  TensorId result = operands[0];
  for (size_t i = 1; i < operands.size(); ++i) {
    expect_operands(node, kind, result, operands[i]);
    const Shape shape = broadcast(node, result, operands[i]);
    const ElementType type = node.element_type(result);
    if (i + 1 == operands.size() && !mean) return node.result(Binary{kind}, {result, operands[i]}, type, shape);
    result = node.emit(fmt::format("{}_{}", binary_name(kind), i), Binary{kind}, {result, operands[i]}, type, shape);
  }
  if (!mean || operands.size() == 1) return node.alias(result);
  const ElementType type = node.element_type(result);
  const TensorId count = node.add_scalar("count", type, static_cast<double>(operands.size()));
  node.result(Binary{BinaryKind::div}, {result, count}, type, node.shape(result));
}

/// The slope broadcasts to x only.
void import_prelu(NodeImporter& node) {
  const TensorId x = node.input(0), slope = node.input(1);
  node.expect_float(x);
  node.expect_same_type(x, slope);
  if (broadcast(node, x, slope) != node.shape(x)) {
    node.fail(fmt::format("slope of PRelu has shape {}, which does not broadcast to {}", node.shape(slope).text(),
                          node.shape(x).text()));
  }
  node.result(Binary{BinaryKind::prelu}, {x, slope}, node.element_type(x), node.shape(x));
}

void import_where(NodeImporter& node) {
  const TensorId condition = node.input(0), a = node.input(1), b = node.input(2);
  if (node.element_type(condition) != ElementType::boolean) node.fail("the condition of Where must be bool");
  node.expect_same_type(a, b);
  Shape shape;
  if (!broadcast_shapes(broadcast(node, a, b), node.shape(condition), shape)) {
    node.fail("the condition of Where does not broadcast with the operands");
  }
  node.result(Where{}, {condition, a, b}, node.element_type(a), shape);
}

void cast_result(NodeImporter& node, ElementType type) {
  const TensorId x = node.input(0);
  if (node.element_type(x) == type) return node.alias(x);
  node.result(Cast{}, {x}, type, node.shape(x));
}

/// `saturate` and `round_mode` concern 8-bit floats, which are refused.
void ignore_rounding(NodeImporter& node) {
  if (node.version() >= 19) node.attributes.ignore({"saturate"});
  if (node.version() >= 24) node.attributes.ignore({"round_mode"});
}

void import_cast(NodeImporter& node) {
  ignore_rounding(node);
  const int64_t to = node.attributes.integer("to");
  cast_result(node, supported_type(static_cast<int32_t>(std::clamp<int64_t>(to, 0, 1000))));
}

void import_cast_like(NodeImporter& node) {
  ignore_rounding(node);
  cast_result(node, node.element_type(node.input(1)));
}

}  // namespace

Importers arithmetic_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"Add", {7, 13, 14}, import_binary, 2, 2},
      {"Sub", {7, 13, 14}, import_binary, 2, 2},
      {"Mul", {7, 13, 14}, import_binary, 2, 2},
      {"Div", {7, 13, 14}, import_binary, 2, 2},
      {"Pow", {7, 12, 13, 15}, import_pow, 2, 2},
      {"Min", {6, 8, 12, 13}, import_variadic, 1, any_number},
      {"Max", {6, 8, 12, 13}, import_variadic, 1, any_number},
      {"Sum", {6, 8, 13}, import_variadic, 1, any_number},
      {"Mean", {6, 8, 13}, import_variadic, 1, any_number},
      {"PRelu", {7, 9, 16}, import_prelu, 2, 2},
      {"Equal", {7, 11, 13, 19}, import_binary, 2, 2},
      {"Greater", {7, 9, 13}, import_binary, 2, 2},
      {"Less", {7, 9, 13}, import_binary, 2, 2},
      {"GreaterOrEqual", {12, 16}, import_binary, 2, 2},
      {"LessOrEqual", {12, 16}, import_binary, 2, 2},
      {"And", {7}, import_binary, 2, 2},
      {"Or", {7}, import_binary, 2, 2},
      {"Where", {9, 16}, import_where, 3, 3},
      {"Cast",
       {6, 9, 13, 19, 21, 23, 24, 25, 28},
       import_cast,
       1,
       1,
       1,
       "to float32, float64 (constants), int64, int32, bool"},
      {"CastLike", {15, 19, 21, 23, 24, 25}, import_cast_like, 2, 2},
  };
  return rows;
}

}  // namespace intaglio::frontend
