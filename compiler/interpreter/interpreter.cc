// Dispatch of one node to its operator's function, and the run over a whole graph.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "interpreter/interpreter.h"

#include "interpreter/evaluation.h"
#include "support/error.h"

namespace intaglio {

namespace interpreter {

const TensorData& Evaluation::input(size_t slot) const {
  const TensorData* data = optional_input(slot);
  if (!data) internal_error(describe(node) + " lacks input " + std::to_string(slot));
  return *data;
}

const TensorData* Evaluation::optional_input(size_t slot) const {
  return slot < inputs.size() ? inputs[slot] : nullptr;
}

void Evaluation::fail(std::string message, std::string help) const {
  intaglio::fail(describe(node), std::move(message), std::move(help));
}

std::vector<OperatorFunction> all_functions() {
  std::vector<OperatorFunction> all;
  for (OperatorFunctions family :
       {unary_functions(), binary_functions(), convolution_functions(), product_functions(), normalization_functions(),
        pooling_functions(), reduction_functions(), movement_functions(), resize_functions()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

namespace {

Results run(const Evaluation& evaluation) {
  static const std::vector<OperatorFunction> table = [] {
    std::vector<OperatorFunction> by_operator(std::variant_size_v<Operator>);
    for (const OperatorFunction& row : all_functions()) by_operator[row.op] = row;
    return by_operator;
  }();
  const OperatorFunction& row = table[evaluation.node.op.index()];
  require(row.run != nullptr, "an operator has no function in the interpreter");
  return row.run(evaluation);
}

}  // namespace

}  // namespace interpreter

std::vector<TensorData> evaluate(const Graph& graph, const Node& node, std::span<const TensorData* const> inputs,
                                 Numerics numerics) {
  const interpreter::Evaluation evaluation{graph, node, inputs, numerics};
  std::vector<TensorData> results = interpreter::run(evaluation);
  results.resize(node.outputs.size());
  for (size_t slot = 0; slot < results.size(); ++slot) {
    if (!node.outputs[slot]) continue;
    if (results[slot].type() != evaluation.output_type(slot) ||
        results[slot].shape() != evaluation.output_shape(slot)) {
      internal_error(describe(node) + " yields " + std::string(element_type_name(results[slot].type())) + " " +
                     results[slot].shape().text() + " where the graph declares " +
                     std::string(element_type_name(evaluation.output_type(slot))) + " " +
                     evaluation.output_shape(slot).text());
    }
  }
  return results;
}

std::vector<TensorData> interpret(const Graph& graph, std::span<const TensorData> inputs, Numerics numerics,
                                  const Observer& observer) {
  require(inputs.size() == graph.inputs.size(), "interpret() needs one value per graph input");
  std::vector<std::optional<TensorData>> values(graph.tensors.size());
  std::vector<size_t> readers(graph.tensors.size(), 0);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& declared = graph[graph.inputs[i]];
    if (inputs[i].type() != declared.type || inputs[i].shape() != declared.shape) {
      fail("input '" + declared.name + "'",
           "got " + std::string(element_type_name(inputs[i].type())) + " " + inputs[i].shape().text() + ", expected " +
               std::string(element_type_name(declared.type)) + " " + declared.shape.text());
    }
    values[graph.inputs[i].index()] = inputs[i];
  }
  for (NodeId id : graph.order) {
    for (TensorId input : graph[id].inputs) readers[input ? input.index() : 0] += input ? 1 : 0;
  }
  for (TensorId output : graph.outputs) ++readers[output.index()];

  const auto value = [&](TensorId id) -> const TensorData* {
    if (!id) return nullptr;
    if (values[id.index()]) return &*values[id.index()];
    if (!graph[id].constant) internal_error("tensor '" + graph[id].name + "' is read before it is written");
    return &*graph[id].constant;
  };
  for (NodeId id : graph.order) {
    const Node& node = graph[id];
    std::vector<const TensorData*> operands;
    for (TensorId input : node.inputs) operands.push_back(value(input));
    std::vector<TensorData> results = evaluate(graph, node, operands, numerics);
    for (TensorId input : node.inputs) {
      if (input && --readers[input.index()] == 0) values[input.index()].reset();
    }
    for (size_t slot = 0; slot < node.outputs.size(); ++slot) {
      const TensorId output = node.outputs[slot];
      if (!output) continue;
      if (observer) observer(output, results[slot]);
      if (readers[output.index()] > 0) values[output.index()] = std::move(results[slot]);
    }
  }
  std::vector<TensorData> outputs;
  for (TensorId output : graph.outputs) outputs.push_back(*value(output));
  return outputs;
}

}  // namespace intaglio
