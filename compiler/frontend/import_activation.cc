// Functions of one element: activations, roots, roundings, Clip and Not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "frontend/importers.h"

namespace intaglio::frontend {

namespace {

/// ONNX operator -> function; where ONNX has parameters, their attributes' names and defaults.
struct FunctionRow {
  std::string_view name;
  UnaryKind kind;
  std::string_view alpha = {};
  float alpha_default = 0;
  std::string_view beta = {};
  float beta_default = 0;
};

constexpr FunctionRow functions[] = {
    {"Neg", UnaryKind::neg},
    {"Abs", UnaryKind::abs},
    {"Sqrt", UnaryKind::sqrt},
    {"Reciprocal", UnaryKind::reciprocal},
    {"Exp", UnaryKind::exp},
    {"Log", UnaryKind::log},
    {"Floor", UnaryKind::floor},
    {"Ceil", UnaryKind::ceil},
    {"Round", UnaryKind::round},
    {"Sign", UnaryKind::sign},
    {"Erf", UnaryKind::erf},
    {"LeakyRelu", UnaryKind::leaky_relu, "alpha", 0.01f},
    {"Elu", UnaryKind::elu, "alpha", 1.0f},
    {"Selu", UnaryKind::selu, "alpha", 1.67326319217681884765625f, "gamma", 1.05070102214813232421875f},
    {"Celu", UnaryKind::celu, "alpha", 1.0f},
    {"ThresholdedRelu", UnaryKind::thresholded_relu, "alpha", 1.0f},
    {"HardSigmoid", UnaryKind::hard_sigmoid, "alpha", 0.2f, "beta", 0.5f},
    {"HardSwish", UnaryKind::hard_swish},
    {"Sigmoid", UnaryKind::sigmoid},
    {"Tanh", UnaryKind::tanh},
    {"Sinh", UnaryKind::sinh},
    {"Softplus", UnaryKind::softplus},
    {"Softsign", UnaryKind::softsign},
    {"Mish", UnaryKind::mish},
    {"Swish", UnaryKind::swish, "alpha", 1.0f},
};

void unary_result(NodeImporter& node, const Unary& op) {
  const TensorId x = node.input(0);
  node.result(op, {x}, node.element_type(x), node.shape(x));
}

void import_function(NodeImporter& node) {
  const FunctionRow& row = *std::ranges::find(functions, node.type(), &FunctionRow::name);
  const bool also_integers = row.kind == UnaryKind::neg || row.kind == UnaryKind::abs || row.kind == UnaryKind::sign;
  also_integers ? node.expect_number(node.input(0)) : node.expect_float(node.input(0));
  Unary op{row.kind};
  if (!row.alpha.empty()) op.alpha = node.attributes.number(row.alpha, row.alpha_default);
  if (!row.beta.empty()) op.beta = node.attributes.number(row.beta, row.beta_default);
  unary_result(node, op);
}

constexpr std::string_view folded_functions[] = {"Sin",  "Cos",  "Tan",   "Asin",  "Acos",
                                                 "Atan", "Cosh", "Asinh", "Acosh", "Atanh"};

void import_folded(NodeImporter& node) {
  const TensorId x = node.input(0);
  node.expect_float(x);
  const auto kind = FoldedKind(std::ranges::find(folded_functions, node.type()) - std::begin(folded_functions));
  node.result(FoldedFunction{kind}, {x}, node.element_type(x), node.shape(x));
}

void import_gelu(NodeImporter& node) {
  node.expect_float(node.input(0));
  const size_t approximation = node.attributes.choice("approximate", "none", {"none", "tanh"});
  unary_result(node, {approximation == 0 ? UnaryKind::gelu : UnaryKind::gelu_tanh});
}

void import_not(NodeImporter& node) {
  if (node.element_type(node.input(0)) != ElementType::boolean) node.fail_of_type(node.input(0));
  unary_result(node, {UnaryKind::logical_not});
}

void import_relu(NodeImporter& node) {
  const TensorId x = node.input(0);
  const ElementType type = node.element_type(x);
  node.version() < 14 ? node.expect_float(x) : node.expect_number(x);
  if (is_real(type)) return unary_result(node, {UnaryKind::relu});
  node.result(Binary{BinaryKind::max}, {x, node.add_scalar("zero", type, 0)}, type, node.shape(x));
}

/// Bounds that are not float32 constants: min(max(x, low), high) as nodes.
void import_clip_by_comparison(NodeImporter& node, TensorId low, TensorId high) {
  TensorId x = node.input(0);
  const ElementType type = node.element_type(x);
  const Shape shape = node.shape(x);
  for (TensorId bound : {low, high}) {
    if (bound) node.expect_same_type(x, bound);
  }
  if (low && high) x = node.emit("clipped_below", Binary{BinaryKind::max}, {x, low}, type, shape);
  if (low && !high) return node.result(Binary{BinaryKind::max}, {x, low}, type, shape);
  if (high) return node.result(Binary{BinaryKind::min}, {x, high}, type, shape);
  node.alias(x);
}

/// Constant bounds that are NaN bound nothing, as in ONNX Runtime (generated code would propagate them or not,
/// depending on the target).
Unary without_nan_bounds(Unary clip) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (std::isnan(clip.alpha)) clip.alpha = -infinity;
  if (std::isnan(clip.beta)) clip.beta = infinity;
  return clip;
}

/// Clip 6: attributes min and max. Clip 11: optional scalar inputs.
void import_clip(NodeImporter& node) {
  const TensorId x = node.input(0);
  node.expect_number(x);
  // As ONNX says, an absent bound is the largest finite number, not infinity.
  Unary op{UnaryKind::clip, std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max()};
  if (node.version() < 11) {
    node.expect_inputs(1);
    node.expect_float(x);
    op.alpha = node.attributes.number("min", op.alpha);
    op.beta = node.attributes.number("max", op.beta);
    return unary_result(node, without_nan_bounds(op));
  }
  TensorId bounds[] = {node.optional_input(1), node.optional_input(2)};
  bool constant = node.element_type(x) == ElementType::float32;
  for (TensorId& bound : bounds) {
    if (!bound) continue;
    if (node.shape(bound).elements() != 1) node.fail("min and max of Clip must be scalars");
    bound = node.reshaped("bound", bound, Shape{});  // exporters write 1x1 too
    constant = constant && node.constant(bound) && node.element_type(bound) == ElementType::float32;
  }
  if (!constant) return import_clip_by_comparison(node, bounds[0], bounds[1]);
  if (bounds[0]) op.alpha = node.constant(bounds[0])->values<float>()[0];
  if (bounds[1]) op.beta = node.constant(bounds[1])->values<float>()[0];
  unary_result(node, without_nan_bounds(op));
}

/// x < -lambd ? x + bias : (x > lambd ? x - bias : 0),
/// as the function body in ONNX's definition writes it (NaN gives 0).
void import_shrink(NodeImporter& node) {
  const TensorId x = node.input(0);
  node.expect_float(x);
  const ElementType type = node.element_type(x);
  const Shape shape = node.shape(x);
  const float lambd = node.attributes.number("lambd", 0.5f), bias_value = node.attributes.number("bias", 0);
  const auto compare = [&](std::string_view name, BinaryKind kind, float bound) {
    const TensorId limit = node.add_scalar(std::string(name) + "/bound", type, bound);
    return node.emit(name, Binary{kind}, {x, limit}, ElementType::boolean, shape);
  };
  TensorId low = x, high = x;
  if (bias_value != 0) {
    const TensorId bias = node.add_scalar("bias", type, bias_value);
    low = node.emit("raised", Binary{BinaryKind::add}, {x, bias}, type, shape);
    high = node.emit("lowered", Binary{BinaryKind::sub}, {x, bias}, type, shape);
  }
  const TensorId is_high = compare("is_high", BinaryKind::greater, lambd);
  const TensorId zero = node.add_scalar("zero", type, 0);
  const TensorId not_low = node.emit("not_low", Where{}, {is_high, high, zero}, type, shape);
  const TensorId is_low = compare("is_low", BinaryKind::less, -lambd);
  node.result(Where{}, {is_low, low, not_low}, type, shape);
}

}  // namespace

Importers activation_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"Neg", {6, 13}, import_function, 1, 1},
      {"Abs", {6, 13}, import_function, 1, 1},
      {"Sqrt", {6, 13}, import_function, 1, 1},
      {"Reciprocal", {6, 13}, import_function, 1, 1},
      {"Exp", {6, 13}, import_function, 1, 1},
      {"Log", {6, 13}, import_function, 1, 1},
      {"Floor", {6, 13}, import_function, 1, 1},
      {"Ceil", {6, 13}, import_function, 1, 1},
      {"Round", {11, 22}, import_function, 1, 1},
      {"Sign", {9, 13}, import_function, 1, 1},
      {"Erf", {9, 13}, import_function, 1, 1},
      {"Relu", {6, 13, 14}, import_relu, 1, 1},
      {"LeakyRelu", {6, 16}, import_function, 1, 1},
      {"Elu", {6, 22}, import_function, 1, 1},
      {"Selu", {6, 22}, import_function, 1, 1},
      {"Celu", {12, 28}, import_function, 1, 1},
      {"ThresholdedRelu", {10, 22}, import_function, 1, 1},
      {"HardSigmoid", {6, 22}, import_function, 1, 1},
      {"HardSwish", {14, 22}, import_function, 1, 1},
      {"Sigmoid", {6, 13}, import_function, 1, 1},
      {"Tanh", {6, 13}, import_function, 1, 1},
      {"Sinh", {9, 22}, import_function, 1, 1},
      {"Softplus", {1, 22}, import_function, 1, 1},
      {"Softsign", {1, 22}, import_function, 1, 1},
      {"Mish", {18, 22}, import_function, 1, 1},
      {"Swish", {24}, import_function, 1, 1},
      {"Sin", {7, 22}, import_folded, 1, 1, 1, "constants"},
      {"Cos", {7, 22}, import_folded, 1, 1, 1, "constants"},
      {"Tan", {7, 22}, import_folded, 1, 1, 1, "constants"},
      {"Asin", {7, 22}, import_folded, 1, 1, 1, "constants"},
      {"Acos", {7, 22}, import_folded, 1, 1, 1, "constants"},
      {"Atan", {7, 22}, import_folded, 1, 1, 1, "constants"},
      {"Cosh", {9, 22}, import_folded, 1, 1, 1, "constants"},
      {"Asinh", {9, 22}, import_folded, 1, 1, 1, "constants"},
      {"Acosh", {9, 22}, import_folded, 1, 1, 1, "constants"},
      {"Atanh", {9, 22}, import_folded, 1, 1, 1, "constants"},
      {"Gelu", {20}, import_gelu, 1, 1},
      {"Shrink", {9}, import_shrink, 1, 1},
      {"Clip", {6, 11, 12, 13}, import_clip, 1, 3},
      {"Not", {1}, import_not, 1, 1},
  };
  return rows;
}

}  // namespace intaglio::frontend
