// Typed access to the attributes of one ONNX node. Wrong types and missing attributes are errors, and so are attributes
// that the importer never asked for: an unknown attribute may change what the node means.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <onnx/onnx_pb.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace intaglio::frontend {

class NodeAttributes {
 public:
  explicit NodeAttributes(onnx::NodeProto& node) : node_(node) {}

  bool has(std::string_view name) { return find(name) != nullptr; }
  int64_t integer(std::string_view name, int64_t fallback);
  int64_t integer(std::string_view name);  ///< must be present
  bool flag(std::string_view name, bool fallback) { return integer(name, fallback) != 0; }
  float number(std::string_view name, float fallback);
  std::string text(std::string_view name, std::string_view fallback);
  std::optional<std::vector<int64_t>> integers(std::string_view name);
  std::optional<std::vector<float>> numbers(std::string_view name);
  /// Null when absent; the caller may take the data out.
  onnx::TensorProto* tensor(std::string_view name);
  /// The place of a text attribute among `choices`; an error that lists them when it is none.
  size_t choice(std::string_view name, std::string_view fallback, std::initializer_list<std::string_view> choices);
  /// Attributes that do not change what an inference compiler does.
  void ignore(std::initializer_list<std::string_view> names);
  /// Error when an attribute was never asked for.
  void check_all_read() const;

 private:
  onnx::AttributeProto* find(std::string_view name);
  /// find, checked for its type.
  onnx::AttributeProto* find(std::string_view name, onnx::AttributeProto::AttributeType type);

  onnx::NodeProto& node_;
  std::unordered_set<std::string> read_;
};

}  // namespace intaglio::frontend
