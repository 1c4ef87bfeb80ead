// Builds small ONNX models for the tests of the frontend and writes them into a folder of their own.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <onnx/onnx_pb.h>

#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

#include "frontend/import.h"
#include "support/files.h"

namespace intaglio::testing {

/// An extent or the name of a symbolic dimension.
using Dimension = std::variant<int64_t, std::string>;
using Names = std::vector<std::string>;
using Attributes = std::vector<onnx::AttributeProto>;

onnx::AttributeProto integer(const std::string& name, int64_t value);
onnx::AttributeProto number(const std::string& name, float value);
onnx::AttributeProto text(const std::string& name, const std::string& value);
onnx::AttributeProto integers(const std::string& name, std::vector<int64_t> values);
onnx::AttributeProto numbers(const std::string& name, std::vector<float> values);
onnx::AttributeProto tensor(const std::string& name, onnx::TensorProto value);
/// In a function's body: the attribute of the call.
onnx::AttributeProto reference(const std::string& name, const std::string& source,
                               onnx::AttributeProto::AttributeType type);

onnx::TensorProto floats(std::vector<int64_t> dims, std::vector<float> values);
onnx::TensorProto int64s(std::vector<int64_t> dims, std::vector<int64_t> values);

onnx::NodeProto make_node(const std::string& type, const Names& inputs, const Names& outputs,
                          Attributes attributes = {});

class ModelBuilder {
 public:
  explicit ModelBuilder(int64_t opset = 17, int64_t ir_version = 8);

  ModelBuilder& input(const std::string& name, std::vector<Dimension> dims, int type = onnx::TensorProto::FLOAT);
  ModelBuilder& output(const std::string& name);
  ModelBuilder& constant(const std::string& name, onnx::TensorProto value);
  ModelBuilder& node(const std::string& type, const Names& inputs, const Names& outputs, Attributes attributes = {});
  ModelBuilder& function(const std::string& domain, const std::string& name, const Names& inputs, const Names& outputs,
                         std::vector<onnx::NodeProto> nodes, const Names& attributes = {});

  std::string bytes() const { return proto.SerializeAsString(); }
  /// Writes model.onnx and imports it.
  Imported import(const ImportOptions& options = {}) const;
  /// The nodes and outputs of the imported graph as IR text, without comments.
  std::string lines(const ImportOptions& options = {}) const;
  /// The problems found, without the file's name, one per line; "accepted" when there are none.
  std::string problems(const ImportOptions& options = {}) const;

  onnx::ModelProto proto;
};

/// Writes `bytes` to a file of that name and returns the problems of importing it.
std::string problems_of_file(const std::string& bytes);

}  // namespace intaglio::testing
