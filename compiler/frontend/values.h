// The values of a model by their ONNX names while it is imported: tensors of the Graph, sequences of tensors (which
// exist only here), and values that could not be imported.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "frontend/problems.h"
#include "ir/graph.h"

namespace intaglio::frontend {

struct Value {
  enum class Kind : uint8_t { unknown, tensor, sequence } kind = Kind::unknown;
  TensorId tensor;
  std::vector<TensorId> sequence;

  static Value of(TensorId tensor) { return {Kind::tensor, tensor, {}}; }
  static Value of(std::vector<TensorId> tensors) { return {Kind::sequence, {}, std::move(tensors)}; }
};

class NamedValues {
 public:
  NamedValues(Graph& graph, std::filesystem::path model_file, Problems& problems)
      : graph(graph), model_file(std::move(model_file)), problems_(problems) {}

  void define(const std::string& name, Value value) { values_[name] = std::move(value); }
  /// An initializer, which becomes a constant when it is first read.
  void define_initializer(onnx::TensorProto& proto) { initializers_.emplace(proto.name(), &proto); }
  /// What the file says of a value's type and shape.
  void declare(const onnx::ValueInfoProto& value) { declared_.emplace(value.name(), &value); }
  /// Null when it says nothing.
  const onnx::ValueInfoProto* declared(const std::string& name) const {
    const auto found = declared_.find(name);
    return found == declared_.end() ? nullptr : found->second;
  }
  /// Names that needed nodes read and the model's outputs; see is_used.
  void mark_used(const std::string& name) { used_.insert(name); }
  bool is_used(const std::string& name) const { return used_.contains(name); }

  /// Unknown when the value failed to import; its problem has been reported.
  Value find(const std::string& name);

  /// Tensors computed from constants alone. Those may have any element type, because constant folding removes them.
  bool is_constant_derived(TensorId id) const { return graph[id].constant || constant_derived_.contains(id); }
  void mark_constant_derived(TensorId id) { constant_derived_.insert(id); }

  Graph& graph;
  const std::filesystem::path model_file;  ///< external data lies beside it
  std::string doubtful_extent;             ///< why a shape may differ from what the file declares

 private:
  Value load(const std::string& name, onnx::TensorProto& initializer);

  Problems& problems_;
  std::unordered_map<std::string, Value> values_;
  std::unordered_map<std::string, onnx::TensorProto*> initializers_;
  std::unordered_map<std::string, const onnx::ValueInfoProto*> declared_;
  std::unordered_set<std::string> used_;
  std::unordered_set<TensorId> constant_derived_;
};

}  // namespace intaglio::frontend
