// What an operator's importer works with: the inputs, attributes and version of one ONNX node, and the means to add
// normalised nodes to the Graph. Errors thrown here have no place; the driver knows the node.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/node_attributes.h"
#include "frontend/source_node.h"
#include "frontend/values.h"

namespace intaglio::frontend {

class NodeImporter {
 public:
  /// `version`: the operator's since-version in force.
  NodeImporter(SourceNode& node, int version, NamedValues& values);

  const std::string& type() const { return node_.proto->op_type(); }
  int version() const { return version_; }
  NodeAttributes attributes;

  // ---- inputs
  /// Number of input slots, without trailing empty ones.
  size_t input_count() const { return inputs_.size(); }
  bool has_input(size_t slot) const { return slot < inputs_.size() && inputs_[slot].kind != Value::Kind::unknown; }
  TensorId input(size_t slot) const;           ///< error when it is absent or a sequence
  TensorId optional_input(size_t slot) const;  ///< null id when it is absent
  std::vector<TensorId> all_inputs() const;
  const std::vector<TensorId>& sequence_input(size_t slot) const;
  /// Error when the file gives more inputs than this version of the operator has.
  void expect_inputs(size_t at_most) const;

  /// By value, like everything below: adding nodes moves the graph's tensors.
  Shape shape(TensorId id) const { return values_.graph[id].shape; }
  ElementType element_type(TensorId id) const { return values_.graph[id].type; }
  size_t rank(TensorId id) const { return values_.graph[id].shape.rank(); }
  /// The constant value of a tensor, if it has one.
  std::optional<TensorData> constant(TensorId id) const { return values_.graph[id].constant; }
  /// The value of an input that must be constant; `what` names it in the message.
  TensorData constant_input(size_t slot, std::string_view what) const;
  /// Likewise for a scalar or one-dimensional integer input.
  std::vector<int64_t> integers_input(size_t slot, std::string_view what) const;

  /// Error unless the tensor is float32 (or float64 that folds away).
  void expect_float(TensorId id) const;
  void expect_number(TensorId id) const;  ///< a real or an integer
  void expect_same_type(TensorId a, TensorId b) const;
  void expect_rank(TensorId id, size_t rank, std::string_view what) const;
  void expect_shape(TensorId id, const Shape& shape, std::string_view what) const;

  /// A possibly negative axis of a tensor with `rank` axes; error when it is out of range.
  static int64_t normal_axis(int64_t axis, size_t rank);
  /// Several of them, ascending; error when one repeats.
  static std::vector<int64_t> normal_axes(std::vector<int64_t> axes, size_t rank);

  // ---- outputs
  /// What the file declares of output 0; nothing when that is a symbol, or missing.
  std::optional<int64_t> declared_extent(size_t axis) const;
  /// Should a declared output have another shape, `why` is the reason.
  void doubt_extents(std::string why) { values_.doubtful_extent = std::move(why); }
  size_t output_count() const { return static_cast<size_t>(node_.proto->output_size()); }
  /// The output has a name and somebody reads it.
  bool output_is_used(size_t slot) const;

  /// Type and shape of a result.
  struct Result {
    ElementType type;
    Shape shape;
  };
  /// Adds a node whose result is internal to this ONNX node; `suffix` names it. Constant operands are folded.
  TensorId emit(std::string_view suffix, Operator op, std::vector<TensorId> inputs, ElementType type, Shape shape);
  /// Adds the node that computes output `slot`.
  void result(Operator op, std::vector<TensorId> inputs, ElementType type, Shape shape, size_t slot = 0);
  /// Adds a node with several outputs, the ONNX outputs in order; those nobody uses stay out, except the first.
  void results(Operator op, std::vector<TensorId> inputs, std::vector<Result> results);
  /// Output `slot` is another name of an existing tensor.
  void alias(TensorId tensor, size_t slot = 0) { define(slot, Value::of(tensor)); }
  /// Output 0 is an input under another name, tensor or sequence.
  void alias_input(size_t slot) { define(0, inputs_[slot]); }
  void sequence(std::vector<TensorId> tensors) { define(0, Value::of(std::move(tensors))); }
  /// Output 0 is a constant.
  void constant_result(TensorData data);
  /// A constant internal to this node.
  TensorId add_constant(std::string_view suffix, TensorData data);
  /// A scalar constant of a type with numbers, internal to this node.
  TensorId add_scalar(std::string_view suffix, ElementType type, double value);
  /// Row-major reinterpretation; the tensor itself when the shape is the same.
  TensorId reshaped(std::string_view suffix, TensorId tensor, Shape shape);
  void reshaped_result(TensorId tensor, Shape shape);
  /// Conversion to another type; the tensor itself when it has the type.
  TensorId cast(std::string_view suffix, TensorId tensor, ElementType type);

  /// The model's file; external data of this node's tensors lies beside it.
  const std::filesystem::path& model_file() const { return values_.model_file; }

  [[noreturn]] void fail(std::string message, std::string help = {}) const;
  /// "Not of float32 data is not supported", with the type of a tensor.
  [[noreturn]] void fail_of_type(TensorId id) const;

 private:
  void define(size_t slot, Value value);
  std::string output_name(size_t slot) const;
  std::string internal_name(std::string_view suffix) const { return output_name(0) + "/" + std::string(suffix); }
  /// Declares tensors, then folds the node or adds it. A result without a name is left out.
  std::vector<TensorId> add(Operator op, std::vector<TensorId> inputs, const std::vector<std::string>& names,
                            std::vector<Result> results);
  bool fold(const Node& node);

  SourceNode& node_;
  int version_;
  NamedValues& values_;
  std::vector<Value> inputs_;
};

}  // namespace intaglio::frontend
