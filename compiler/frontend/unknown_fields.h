// Fields newer than the linked protobuf classes, which the parser keeps as unknown fields.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <string>
#include <string_view>
#include <vector>

namespace intaglio::frontend {

/// Field numbers of onnx.proto 1.13 to 1.23.
inline constexpr int node_overload_field = 8, node_metadata_field = 9;
inline constexpr int function_attribute_proto_field = 11, function_overload_field = 13;

/// Whether a field that the linked classes lack is one of onnx.proto 1.23: read where it matters, as the functions below
/// do, or of no meaning for what a model computes (metadata, on which devices it runs).
inline bool is_known_field(std::string_view message, int number) {
  if (message == "NodeProto") return number >= node_overload_field && number <= 10;  // 10: device_configurations
  if (message == "FunctionProto") return number >= function_attribute_proto_field && number <= 14;
  if (message == "ModelProto") return number == 26;                              // configuration, of devices
  if (message == "GraphProto" || message == "TensorProto") return number == 16;  // metadata_props
  return message == "ValueInfoProto" && number == 4;                             // metadata_props
}

/// All occurrences of a length-delimited field.
inline std::vector<std::string> unknown_texts(const google::protobuf::Message& message, int number) {
  std::vector<std::string> texts;
  const auto& fields = message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < fields.field_count(); ++i) {
    const auto& field = fields.field(i);
    const bool matches =
        field.number() == number && field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED;
    if (matches) texts.push_back(field.length_delimited());
  }
  return texts;
}

/// The last occurrence of a text field, empty when there is none.
inline std::string unknown_text(const google::protobuf::Message& message, int number) {
  const auto texts = unknown_texts(message, number);
  return texts.empty() ? std::string() : texts.back();
}

}  // namespace intaglio::frontend
