// Values known while compiling (Constant, Shape, Range, ...) and operators that do nothing at inference.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "frontend/importers.h"
#include "frontend/tensor_proto.h"

namespace intaglio::frontend {

namespace {

/// Exactly one of the value attributes is set.
void import_constant(NodeImporter& node) {
  NodeAttributes& attributes = node.attributes;
  if (onnx::TensorProto* tensor = attributes.tensor("value"))
    return node.constant_result(take_tensor(*tensor, node.model_file()));
  if (attributes.has("sparse_value")) node.fail("sparse constants are not supported");
  if (node.version() >= 12) {
    if (attributes.has("value_float"))
      return node.constant_result(TensorData::scalar(attributes.number("value_float", 0)));
    if (attributes.has("value_int")) return node.constant_result(TensorData::scalar(attributes.integer("value_int")));
    if (const auto numbers = attributes.numbers("value_floats")) {
      return node.constant_result(TensorData::of(Shape{std::ssize(*numbers)}, *numbers));
    }
    if (const auto integers = attributes.integers("value_ints")) {
      return node.constant_result(TensorData::of(Shape{std::ssize(*integers)}, *integers));
    }
    if (attributes.has("value_string") || attributes.has("value_strings")) node.fail("string data is not supported");
  }
  node.fail("Constant has no value");
}

/// Many copies of one element; as a node when they are too many for a folded constant.
void filled_result(NodeImporter& node, const TensorData& element, const Shape& shape) {
  const TensorId value = node.add_constant("element", element.reshaped({}));
  if (shape.rank() == 0) return node.alias(value);
  node.result(Expand{}, {value}, element.type(), shape);
}

void import_constant_of_shape(NodeImporter& node) {
  const Shape shape(node.integers_input(0, "the shape"));
  check_extents(shape.extents());
  TensorData element = TensorData::scalar(0.0f);
  if (onnx::TensorProto* tensor = node.attributes.tensor("value")) element = take_tensor(*tensor, node.model_file());
  if (element.elements() != 1) node.fail("the value of ConstantOfShape must have one element");
  filled_result(node, element, shape);
}

/// Version 15 can take a part of the shape.
void import_shape(NodeImporter& node) {
  const Shape shape = node.shape(node.input(0));
  const int64_t rank = std::ssize(shape.extents());
  int64_t start = 0, end = rank;
  if (node.version() >= 15) {
    auto clamped = [&](int64_t axis) {
      return std::clamp<int64_t>(axis < 0 ? std::max(axis, -rank) + rank : axis, 0, rank);
    };
    start = clamped(node.attributes.integer("start", 0));
    end = std::max(start, clamped(node.attributes.integer("end", rank)));
  }
  const std::vector<int64_t> extents(shape.begin() + start, shape.begin() + end);
  node.constant_result(TensorData::of(Shape{end - start}, extents));
}

void import_size(NodeImporter& node) { node.constant_result(TensorData::scalar(node.shape(node.input(0)).elements())); }

/// start + i delta, computed in T; integers modulo 2^64, because i delta alone may exceed what their sum does not.
template <class T>
TensorData range(T start, T delta, int64_t count) {
  using Wide = std::conditional_t<std::is_integral_v<T>, uint64_t, T>;
  std::vector<T> values;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<T>(static_cast<Wide>(start) + static_cast<Wide>(i) * static_cast<Wide>(delta)));
  }
  return TensorData::of(Shape{count}, values);
}

void import_range(NodeImporter& node) {
  constexpr double most = 1 << 24;
  constexpr std::string_view names[] = {"start", "limit", "delta"};
  double values[3];
  for (size_t slot = 0; slot < 3; ++slot) {
    const TensorData data = node.constant_input(slot, names[slot]);
    node.expect_same_type(node.input(0), node.input(slot));
    if (data.elements() != 1) node.fail(fmt::format("{} of Range must be a scalar", names[slot]));
    values[slot] = data.as_double()[0];
  }
  if (node.version() >= 27) node.attributes.ignore({"stash_type"});  // of float16, which has no Range here
  const auto [start, limit, delta] = values;
  if (delta == 0) node.fail("delta of Range is 0");
  const double steps = std::ceil((limit - start) / delta);
  if (!(steps <= most)) node.fail(fmt::format("Range has {} elements, more than 2^24", steps));
  const int64_t count = steps > 0 ? static_cast<int64_t>(steps) : 0;
  visit_type(node.element_type(node.input(0)), [&]<class T>() {
    if constexpr (std::is_same_v<T, bool>) {
      node.fail("Range of bool data is not supported");
    } else {
      const T first = node.constant_input(0, "start").values<T>()[0],
              step = node.constant_input(2, "delta").values<T>()[0];
      node.constant_result(range<T>(first, step, count));
    }
  });
}

/// Also passes sequences on.
void import_identity(NodeImporter& node) { node.alias_input(0); }

/// At inference nothing is dropped, and the mask, if somebody reads it, is all true.
void import_dropout(NodeImporter& node) {
  if (node.version() >= 12) {
    node.attributes.ignore({"seed"});
    if (node.has_input(2) && node.constant_input(2, "training_mode").as_int64() != std::vector<int64_t>{0}) {
      node.fail("Dropout in training mode is not supported", "export the model in eval mode");
    }
  } else {
    node.attributes.ignore({"ratio"});
    node.expect_inputs(1);
  }
  node.alias(node.input(0));
  if (!node.output_is_used(1)) return;
  if (node.version() < 10) node.fail("the mask of Dropout is not supported before opset 10");
  const TensorId kept = node.add_constant("kept", TensorData::scalar(true));
  node.result(Expand{}, {kept}, ElementType::boolean, node.shape(node.input(0)), 1);
}

}  // namespace

Importers constant_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"Constant", {1, 9, 11, 12, 13, 19, 21, 23, 24, 25}, import_constant, 0, 0, 1, "no strings, no sparse values"},
      {"ConstantOfShape", {9, 20, 21, 23, 24, 25}, import_constant_of_shape, 1, 1, 1, "constant shape"},
      {"Shape", {1, 13, 15, 19, 21, 23, 24, 25}, import_shape, 1, 1},
      {"Size", {1, 13, 19, 21, 23, 24, 25}, import_size, 1, 1},
      {"Range", {11, 27}, import_range, 3, 3, 1, "constant limits"},
      {"Identity", {1, 13, 14, 16, 19, 21, 23, 24, 25}, import_identity, 1, 1},
      {"Dropout", {7, 10, 12, 13, 22}, import_dropout, 1, 3, 2, "inference only"},
  };
  return rows;
}

}  // namespace intaglio::frontend
