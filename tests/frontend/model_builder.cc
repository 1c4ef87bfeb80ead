// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/model_builder.h"

#include <fstream>
#include <sstream>

#include "ir/text.h"
#include "ir/verify.h"
#include "support/error.h"

namespace intaglio::testing {

namespace {

onnx::AttributeProto attribute(const std::string& name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto result;
  result.set_name(name);
  result.set_type(type);
  return result;
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string problems_of(const std::filesystem::path& path, const ImportOptions& options) {
  try {
    verify(read_onnx(path, options).graph);
    return "accepted";
  } catch (const Error& error) {
    std::string text;
    for (const Problem& problem : error.problems()) {
      if (!problem.where.starts_with(path.string())) return "the problem does not name the file: " + problem.text();
      std::string place = problem.where.substr(path.string().size());
      if (place.starts_with(": ")) place.erase(0, 2);
      text += (text.empty() ? "" : "\n") + place + (place.empty() ? "" : ": ") + problem.message;
    }
    return text;
  }
}

}  // namespace

onnx::AttributeProto integer(const std::string& name, int64_t value) {
  auto result = attribute(name, onnx::AttributeProto::INT);
  result.set_i(value);
  return result;
}

onnx::AttributeProto number(const std::string& name, float value) {
  auto result = attribute(name, onnx::AttributeProto::FLOAT);
  result.set_f(value);
  return result;
}

onnx::AttributeProto text(const std::string& name, const std::string& value) {
  auto result = attribute(name, onnx::AttributeProto::STRING);
  result.set_s(value);
  return result;
}

onnx::AttributeProto integers(const std::string& name, std::vector<int64_t> values) {
  auto result = attribute(name, onnx::AttributeProto::INTS);
  for (int64_t value : values) result.add_ints(value);
  return result;
}

onnx::AttributeProto numbers(const std::string& name, std::vector<float> values) {
  auto result = attribute(name, onnx::AttributeProto::FLOATS);
  for (float value : values) result.add_floats(value);
  return result;
}

onnx::AttributeProto tensor(const std::string& name, onnx::TensorProto value) {
  auto result = attribute(name, onnx::AttributeProto::TENSOR);
  *result.mutable_t() = std::move(value);
  return result;
}

onnx::AttributeProto reference(const std::string& name, const std::string& source,
                               onnx::AttributeProto::AttributeType type) {
  auto result = attribute(name, type);
  result.set_ref_attr_name(source);
  return result;
}

onnx::TensorProto floats(std::vector<int64_t> dims, std::vector<float> values) {
  onnx::TensorProto result;
  result.set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t dim : dims) result.add_dims(dim);
  for (float value : values) result.add_float_data(value);
  return result;
}

onnx::TensorProto int64s(std::vector<int64_t> dims, std::vector<int64_t> values) {
  onnx::TensorProto result;
  result.set_data_type(onnx::TensorProto::INT64);
  for (int64_t dim : dims) result.add_dims(dim);
  for (int64_t value : values) result.add_int64_data(value);
  return result;
}

onnx::NodeProto make_node(const std::string& type, const Names& inputs, const Names& outputs, Attributes attributes) {
  onnx::NodeProto node;
  node.set_op_type(type);
  for (const std::string& name : inputs) node.add_input(name);
  for (const std::string& name : outputs) node.add_output(name);
  for (auto& attribute : attributes) *node.add_attribute() = std::move(attribute);
  return node;
}

ModelBuilder::ModelBuilder(int64_t opset, int64_t ir_version) {
  proto.set_ir_version(ir_version);
  proto.mutable_graph()->set_name("test");
  auto* import = proto.add_opset_import();
  import->set_domain("");
  import->set_version(opset);
}

ModelBuilder& ModelBuilder::input(const std::string& name, std::vector<Dimension> dims, int type) {
  auto* input = proto.mutable_graph()->add_input();
  input->set_name(name);
  auto* tensor = input->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (const Dimension& dim : dims) {
    auto* added = tensor->mutable_shape()->add_dim();
    if (const auto* extent = std::get_if<int64_t>(&dim)) added->set_dim_value(*extent);
    if (const auto* symbol = std::get_if<std::string>(&dim)) added->set_dim_param(*symbol);
  }
  return *this;
}

ModelBuilder& ModelBuilder::output(const std::string& name) {
  proto.mutable_graph()->add_output()->set_name(name);
  return *this;
}

ModelBuilder& ModelBuilder::constant(const std::string& name, onnx::TensorProto value) {
  value.set_name(name);
  *proto.mutable_graph()->add_initializer() = std::move(value);
  return *this;
}

ModelBuilder& ModelBuilder::node(const std::string& type, const Names& inputs, const Names& outputs,
                                 Attributes attributes) {
  *proto.mutable_graph()->add_node() = make_node(type, inputs, outputs, std::move(attributes));
  return *this;
}

ModelBuilder& ModelBuilder::function(const std::string& domain, const std::string& name, const Names& inputs,
                                     const Names& outputs, std::vector<onnx::NodeProto> nodes,
                                     const Names& attributes) {
  auto* function = proto.add_functions();
  function->set_domain(domain);
  function->set_name(name);
  for (const std::string& input : inputs) function->add_input(input);
  for (const std::string& output : outputs) function->add_output(output);
  for (const std::string& attribute : attributes) function->add_attribute(attribute);
  for (auto& node : nodes) *function->add_node() = std::move(node);
  *function->add_opset_import() = proto.opset_import(0);
  return *this;
}

Imported ModelBuilder::import(const ImportOptions& options) const {
  const TemporaryFolder folder;
  write_file(folder / "model.onnx", bytes());
  Imported imported = read_onnx(folder / "model.onnx", options);
  verify(imported.graph);
  return imported;
}

std::string ModelBuilder::lines(const ImportOptions& options) const {
  std::istringstream text(print(import(options).graph));
  std::string result;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("graph ") || line.starts_with("input ") || line.starts_with("constant ")) continue;
    result += line.substr(0, line.find("  # ")) + "\n";
  }
  return result;
}

std::string ModelBuilder::problems(const ImportOptions& options) const {
  const TemporaryFolder folder;
  write_file(folder / "model.onnx", bytes());
  return problems_of(folder / "model.onnx", options);
}

std::string problems_of_file(const std::string& bytes) {
  const TemporaryFolder folder;
  write_file(folder / "model.onnx", bytes);
  return problems_of(folder / "model.onnx", {});
}

}  // namespace intaglio::testing
