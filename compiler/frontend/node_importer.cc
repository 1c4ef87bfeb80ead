// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/node_importer.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/tensor_proto.h"
#include "interpreter/interpreter.h"
#include "support/error.h"

namespace intaglio::frontend {

namespace {

/// Shape arithmetic is folded while importing, because importers need its values. Big data is left to the pass.
constexpr int64_t most_folded_elements = 64 * 1024;

constexpr std::string_view bind_help =
    "its value must be known at compile time: bind the graph input it comes from with --bind INPUT=FILE.npy";

/// Operators whose work can be far more than the elements they read and write.
bool is_heavy(const Operator& op) {
  return std::holds_alternative<Conv>(op) || std::holds_alternative<ConvTranspose>(op) ||
         std::holds_alternative<Gemm>(op) || std::holds_alternative<MatMul>(op) || std::holds_alternative<Pool>(op) ||
         std::holds_alternative<Resize>(op);
}

}  // namespace

NodeImporter::NodeImporter(SourceNode& node, int version, NamedValues& values)
    : attributes(*node.proto), node_(node), version_(version), values_(values) {
  for (const std::string& name : node.proto->input()) inputs_.push_back(name.empty() ? Value{} : values.find(name));
  while (!inputs_.empty() && inputs_.back().kind == Value::Kind::unknown) inputs_.pop_back();
}

// ---- inputs

TensorId NodeImporter::input(size_t slot) const {
  if (!has_input(slot)) fail(fmt::format("{} lacks input {}", type(), slot));
  if (inputs_[slot].kind != Value::Kind::tensor) fail(fmt::format("input {} of {} is a sequence", slot, type()));
  return inputs_[slot].tensor;
}

TensorId NodeImporter::optional_input(size_t slot) const { return has_input(slot) ? input(slot) : TensorId(); }

std::vector<TensorId> NodeImporter::all_inputs() const {
  std::vector<TensorId> ids;
  for (size_t slot = 0; slot < inputs_.size(); ++slot) ids.push_back(input(slot));
  return ids;
}

const std::vector<TensorId>& NodeImporter::sequence_input(size_t slot) const {
  if (!has_input(slot) || inputs_[slot].kind != Value::Kind::sequence) {
    fail(fmt::format("input {} of {} is not a sequence", slot, type()));
  }
  return inputs_[slot].sequence;
}

void NodeImporter::expect_inputs(size_t at_most) const {
  if (inputs_.size() > at_most) {
    fail(fmt::format("{} has {} inputs, but version {} of the operator has {}", type(), inputs_.size(), version_,
                     at_most));
  }
}

TensorData NodeImporter::constant_input(size_t slot, std::string_view what) const {
  const TensorId id = input(slot);
  if (const auto data = constant(id)) return *data;
  fail(fmt::format("{} {} of {} is not constant", what, in_quotes(values_.graph[id].name), type()),
       std::string(bind_help));
}

std::vector<int64_t> NodeImporter::integers_input(size_t slot, std::string_view what) const {
  const TensorData data = constant_input(slot, what);
  if (!is_integer(data.type())) {
    fail(fmt::format("{} of {} must be integers, not {}", what, type(), element_type_name(data.type())));
  }
  if (data.shape().rank() > 1) fail(fmt::format("{} of {} must have one dimension", what, type()));
  return data.as_int64();
}

void NodeImporter::expect_float(TensorId id) const {
  if (!is_real(element_type(id))) fail_of_type(id);
}

void NodeImporter::expect_number(TensorId id) const {
  if (!is_real(element_type(id)) && !is_integer(element_type(id))) fail_of_type(id);
}

void NodeImporter::fail_of_type(TensorId id) const {
  fail(fmt::format("{} of {} data is not supported", type(), element_type_name(element_type(id))));
}

void NodeImporter::expect_same_type(TensorId a, TensorId b) const {
  if (element_type(a) == element_type(b)) return;
  fail(fmt::format("operands of {} have different types, {} and {}", type(), element_type_name(element_type(a)),
                   element_type_name(element_type(b))));
}

void NodeImporter::expect_rank(TensorId id, size_t expected, std::string_view what) const {
  if (rank(id) == expected) return;
  fail(fmt::format("{} of {} must have {} dimensions, but has shape {}", what, type(), expected, shape(id).text()));
}

void NodeImporter::expect_shape(TensorId id, const Shape& expected, std::string_view what) const {
  if (shape(id) == expected) return;
  fail(fmt::format("{} of {} must have shape {}, not {}", what, type(), expected.text(), shape(id).text()));
}

int64_t NodeImporter::normal_axis(int64_t axis, size_t rank) {
  const int64_t axes = static_cast<int64_t>(rank);
  if (axis < -axes || axis >= axes) {
    intaglio::fail({}, fmt::format("axis {} is out of range for a tensor of {} dimensions", axis, rank));
  }
  return axis < 0 ? axis + axes : axis;
}

std::vector<int64_t> NodeImporter::normal_axes(std::vector<int64_t> axes, size_t rank) {
  for (int64_t& axis : axes) axis = normal_axis(axis, rank);
  std::ranges::sort(axes);
  if (std::ranges::adjacent_find(axes) != axes.end()) intaglio::fail({}, "an axis is given twice");
  return axes;
}

// ---- outputs

std::optional<int64_t> NodeImporter::declared_extent(size_t axis) const {
  const onnx::ValueInfoProto* declared = values_.declared(output_name(0));
  if (!declared || !declared->type().has_tensor_type()) return std::nullopt;
  const auto& dims = declared->type().tensor_type().shape().dim();
  if (axis >= static_cast<size_t>(dims.size()) || !dims[static_cast<int>(axis)].has_dim_value()) return std::nullopt;
  return dims[static_cast<int>(axis)].dim_value();
}

bool NodeImporter::output_is_used(size_t slot) const {
  if (slot >= output_count()) return false;
  const std::string& name = node_.proto->output(static_cast<int>(slot));
  return !name.empty() && values_.is_used(name);
}

TensorId NodeImporter::emit(std::string_view suffix, Operator op, std::vector<TensorId> inputs, ElementType type,
                            Shape shape) {
  return add(std::move(op), std::move(inputs), {internal_name(suffix)}, {{type, std::move(shape)}})[0];
}

void NodeImporter::result(Operator op, std::vector<TensorId> inputs, ElementType type, Shape shape, size_t slot) {
  define(slot, Value::of(add(std::move(op), std::move(inputs), {output_name(slot)}, {{type, std::move(shape)}})[0]));
}

void NodeImporter::results(Operator op, std::vector<TensorId> inputs, std::vector<Result> results) {
  std::vector<std::string> names = {output_name(0)};
  for (size_t slot = 1; slot < results.size(); ++slot) names.push_back(output_is_used(slot) ? output_name(slot) : "");
  while (names.back().empty()) names.pop_back();
  results.resize(names.size());
  const std::vector<TensorId> tensors = add(std::move(op), std::move(inputs), names, std::move(results));
  for (size_t slot = 0; slot < tensors.size(); ++slot) {
    if (tensors[slot]) define(slot, Value::of(tensors[slot]));
  }
}

void NodeImporter::constant_result(TensorData data) {
  define(0, Value::of(values_.graph.add_constant(output_name(0), std::move(data))));
}

TensorId NodeImporter::add_constant(std::string_view suffix, TensorData data) {
  return values_.graph.add_constant(internal_name(suffix), std::move(data));
}

TensorId NodeImporter::add_scalar(std::string_view suffix, ElementType type, double value) {
  return visit_type(type, [&]<class T>() { return add_constant(suffix, TensorData::scalar(static_cast<T>(value))); });
}

TensorId NodeImporter::reshaped(std::string_view suffix, TensorId tensor, Shape shape) {
  if (shape == this->shape(tensor)) return tensor;
  return emit(suffix, Reshape{}, {tensor}, element_type(tensor), std::move(shape));
}

void NodeImporter::reshaped_result(TensorId tensor, Shape shape) {
  if (shape == this->shape(tensor)) return alias(tensor);
  result(Reshape{}, {tensor}, element_type(tensor), std::move(shape));
}

TensorId NodeImporter::cast(std::string_view suffix, TensorId tensor, ElementType type) {
  if (element_type(tensor) == type) return tensor;
  return emit(suffix, Cast{}, {tensor}, type, shape(tensor));
}

void NodeImporter::fail(std::string message, std::string help) const {
  intaglio::fail({}, std::move(message), std::move(help));
}

void NodeImporter::define(size_t slot, Value value) {
  if (slot >= output_count()) return;
  const std::string& name = node_.proto->output(static_cast<int>(slot));
  if (!name.empty()) values_.define(name, std::move(value));
}

std::string NodeImporter::output_name(size_t slot) const {
  if (slot < output_count() && !node_.proto->output(static_cast<int>(slot)).empty()) {
    return node_.proto->output(static_cast<int>(slot));
  }
  return fmt::format("{}/output_{}", node_.name, slot);
}

std::vector<TensorId> NodeImporter::add(Operator op, std::vector<TensorId> inputs,
                                        const std::vector<std::string>& names, std::vector<Result> results) {
  Graph& graph = values_.graph;
  for (const Result& result : results) {
    if (!checked_elements(result.shape.extents())) {
      fail(fmt::format("the result of {} would have shape {}, more than 2^31 elements", type(), result.shape.text()));
    }
  }
  Node node{node_.name, node_.module, std::move(op), std::move(inputs), {}};
  for (size_t i = 0; i < names.size(); ++i) {
    const bool wanted = !names[i].empty();
    node.outputs.push_back(wanted ? graph.add_tensor(names[i], results[i].type, std::move(results[i].shape))
                                  : TensorId());
  }
  std::vector<TensorId> outputs = node.outputs;
  if (fold(node)) return outputs;

  const bool derived =
      std::ranges::all_of(node.inputs, [&](TensorId id) { return !id || values_.is_constant_derived(id); });
  for (const std::vector<TensorId>& ids : {node.inputs, node.outputs}) {
    for (TensorId id : ids) {
      if (!id || derived || element_type(id) != ElementType::float64) continue;
      fail(fmt::format("{} of float64 data is not supported", type()), "export the model in float32");
    }
  }
  for (TensorId id : node.outputs) {
    if (id && derived) values_.mark_constant_derived(id);
  }
  graph.add_node(std::move(node));
  return outputs;
}

bool NodeImporter::fold(const Node& node) {
  Graph& graph = values_.graph;
  std::vector<const TensorData*> operands;
  int64_t read = 0, written = 0;
  for (TensorId id : node.inputs) {
    if (id && !graph[id].constant) return false;
    operands.push_back(id ? &*graph[id].constant : nullptr);
    read += id ? graph[id].shape.elements() : 0;
  }
  for (TensorId id : node.outputs) written += id ? graph[id].shape.elements() : 0;
  if (std::holds_alternative<Reshape>(node.op)) {  // shares the bytes, whatever their number
    graph[node.outputs[0]].constant = operands[0]->reshaped(graph[node.outputs[0]].shape);
    return true;
  }
  const int64_t limit = is_heavy(node.op) ? most_folded_elements / 64 : most_folded_elements;
  if (written > limit || read > 16 * limit) return false;
  std::vector<TensorData> results = evaluate(graph, node, operands);
  for (size_t slot = 0; slot < node.outputs.size(); ++slot) {
    if (node.outputs[slot]) graph[node.outputs[slot]].constant = std::move(results[slot]);
  }
  return true;
}

}  // namespace intaglio::frontend
