// What every operator function of the interpreter receives and returns, and the tables in which evaluate() finds them,
// one per family. Internal to this folder; interpreter.h is the interface.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "interpreter/interpreter.h"

namespace intaglio::interpreter {

/// One node being evaluated on concrete inputs.
struct Evaluation {
  const Graph& graph;
  const Node& node;
  std::span<const TensorData* const> inputs;
  Numerics numerics;

  bool strict() const { return numerics == Numerics::strict; }
  /// The operand in a slot that must be filled.
  const TensorData& input(size_t slot) const;
  /// The operand in a slot, or null when it is absent.
  const TensorData* optional_input(size_t slot) const;
  /// The node's last input: the residual when an epilogue has one.
  const TensorData& last_input() const { return input(node.inputs.size() - 1); }
  bool has_output(size_t slot) const { return slot < node.outputs.size() && node.outputs[slot]; }
  const Shape& output_shape(size_t slot = 0) const { return graph[node.outputs[slot]].shape; }
  ElementType output_type(size_t slot = 0) const { return graph[node.outputs[slot]].type; }
  /// Throws an Error that names the node.
  [[noreturn]] void fail(std::string message, std::string help = {}) const;
};

/// One entry per output slot.
using Results = std::vector<TensorData>;

/// A result while it is being written: dense, row-major, zero-filled.
template <class T>
class Result {
 public:
  explicit Result(Shape shape) : shape_(std::move(shape)), bytes_(sizeof(T) * static_cast<size_t>(shape_.elements())) {}
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  T* data() { return reinterpret_cast<T*>(bytes_.data()); }
  T& operator[](int64_t index) { return data()[index]; }
  /// Ends the writing.
  TensorData take() { return TensorData(element_type_of<T>, std::move(shape_), std::move(bytes_)); }

 private:
  Shape shape_;
  std::vector<std::byte> bytes_;
};

/// What computes the nodes of one operator.
struct OperatorFunction {
  size_t op;  ///< operator_index<Op>
  Results (*run)(const Evaluation&);
};

/// The row of an operator with its function, which gets the node and the node's operator.
template <class Op, Results (*run)(const Evaluation&, const Op&)>
inline constexpr OperatorFunction row_of = {
    operator_index<Op>, [](const Evaluation& evaluation) { return run(evaluation, std::get<Op>(evaluation.node.op)); }};

using OperatorFunctions = std::span<const OperatorFunction>;

// The table at the end of each family's file.
OperatorFunctions unary_functions();
OperatorFunctions binary_functions();
OperatorFunctions convolution_functions();
OperatorFunctions product_functions();
OperatorFunctions normalization_functions();
OperatorFunctions pooling_functions();
OperatorFunctions reduction_functions();
OperatorFunctions movement_functions();
OperatorFunctions resize_functions();

/// All of them, one for each operator.
std::vector<OperatorFunction> all_functions();

}  // namespace intaglio::interpreter
