// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/node_attributes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frontend/problems.h"
#include "support/error.h"

namespace intaglio::frontend {

namespace {
std::string_view type_text(onnx::AttributeProto::AttributeType type) {
  switch (type) {
    case onnx::AttributeProto::INT:
      return "an integer";
    case onnx::AttributeProto::FLOAT:
      return "a number";
    case onnx::AttributeProto::STRING:
      return "a string";
    case onnx::AttributeProto::INTS:
      return "a list of integers";
    case onnx::AttributeProto::FLOATS:
      return "a list of numbers";
    case onnx::AttributeProto::TENSOR:
      return "a tensor";
    default:
      return "of another type";
  }
}
}  // namespace

int64_t NodeAttributes::integer(std::string_view name, int64_t fallback) {
  const auto* attribute = find(name, onnx::AttributeProto::INT);
  return attribute ? attribute->i() : fallback;
}

int64_t NodeAttributes::integer(std::string_view name) {
  const auto* attribute = find(name, onnx::AttributeProto::INT);
  if (!attribute) fail({}, fmt::format("attribute '{}' is missing", name));
  return attribute->i();
}

float NodeAttributes::number(std::string_view name, float fallback) {
  const auto* attribute = find(name, onnx::AttributeProto::FLOAT);
  return attribute ? attribute->f() : fallback;
}

std::string NodeAttributes::text(std::string_view name, std::string_view fallback) {
  const auto* attribute = find(name, onnx::AttributeProto::STRING);
  return attribute ? attribute->s() : std::string(fallback);
}

std::optional<std::vector<int64_t>> NodeAttributes::integers(std::string_view name) {
  const auto* attribute = find(name, onnx::AttributeProto::INTS);
  if (!attribute) return std::nullopt;
  return std::vector<int64_t>(attribute->ints().begin(), attribute->ints().end());
}

std::optional<std::vector<float>> NodeAttributes::numbers(std::string_view name) {
  const auto* attribute = find(name, onnx::AttributeProto::FLOATS);
  if (!attribute) return std::nullopt;
  return std::vector<float>(attribute->floats().begin(), attribute->floats().end());
}

onnx::TensorProto* NodeAttributes::tensor(std::string_view name) {
  auto* attribute = find(name, onnx::AttributeProto::TENSOR);
  return attribute ? attribute->mutable_t() : nullptr;
}

size_t NodeAttributes::choice(std::string_view name, std::string_view fallback,
                              std::initializer_list<std::string_view> choices) {
  const std::string value = text(name, fallback);
  const auto found = std::ranges::find(choices, value);
  if (found == choices.end()) {
    fail({}, fmt::format("{} = {} is not supported", name, in_quotes(value)),
         fmt::format("understood are {}", fmt::join(choices, ", ")));
  }
  return static_cast<size_t>(found - choices.begin());
}

void NodeAttributes::ignore(std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) read_.insert(std::string(name));
}

void NodeAttributes::check_all_read() const {
  for (const auto& attribute : node_.attribute()) {
    if (read_.contains(attribute.name())) continue;
    fail({}, fmt::format("attribute {} of {} is unknown in this opset", in_quotes(attribute.name()), node_.op_type()),
         "'intaglio ops' lists the versions understood");
  }
}

onnx::AttributeProto* NodeAttributes::find(std::string_view name) {
  read_.insert(std::string(name));
  for (auto& attribute : *node_.mutable_attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

onnx::AttributeProto* NodeAttributes::find(std::string_view name, onnx::AttributeProto::AttributeType type) {
  auto* attribute = find(name);
  // Files of IR version 1 and 2 leave the type out; later ones must say it.
  if (attribute && attribute->type() != type) fail({}, fmt::format("attribute '{}' must be {}", name, type_text(type)));
  return attribute;
}

}  // namespace intaglio::frontend
