// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/flatten_to_conv.h"

#include "passes/rewrite.h"

namespace intaglio {

namespace {

bool rewrite_gemm(Graph& graph, const Uses& uses, NodeId id) {
  const Gemm* gemm = get_if<Gemm>(graph, id);
  if (!gemm || gemm->trans_a || !gemm->trans_b || gemm->alpha != 1 || gemm->beta != 1 || gemm->epilogue != Epilogue{})
    return false;
  const NodeId flatten = uses.producer(graph[id].inputs[0]);
  if (!get_if<Reshape>(graph, flatten)) return false;
  const TensorId x = graph[flatten].inputs[0];
  const Tensor y = graph[graph[id].outputs[0]];
  const Shape shape = graph[x].shape, flat = graph[graph[id].inputs[0]].shape;
  const bool is_map = shape.rank() == 3 || shape.rank() == 4;
  if (!is_map || shape.elements() == 0 || flat[0] != shape[0] || flat[1] == shape[1]) return false;

  const TensorData* weights = constant_of(graph, graph[id].inputs[1]);
  const TensorId bias = operand(graph[id], 2);
  const TensorData* bias_data = constant_of(graph, bias);
  if (!weights || (bias && !bias_data)) return false;
  std::vector<double> bias_values;
  if (bias) {
    if (bias_data->shape().rank() == 2 && bias_data->shape()[0] != 1) return false;
    bias_values = broadcast_elements(*bias_data, Shape{1, y.shape[1]});
  }
  const auto new_bias = rounded_constant(Shape{static_cast<int64_t>(bias_values.size())}, bias_values);
  if (!new_bias) return false;

  std::vector<int64_t> kernel(shape.begin() + 2, shape.end()), result = {shape[0], y.shape[1]},
                                                               weight_shape = {y.shape[1], shape[1]};
  weight_shape.insert(weight_shape.end(), kernel.begin(), kernel.end());
  result.resize(shape.rank(), 1);
  const std::vector<int64_t> ones(kernel.size(), 1), zeros(kernel.size(), 0);
  set_constant(graph, uses, id, 1, weights->reshaped(Shape(weight_shape)), {});
  if (bias) set_constant(graph, uses, id, 2, *new_bias, {});
  const TensorId map = graph.add_tensor(y.name + ".map", y.type, Shape(result));
  Node conv = graph[id];
  conv.op = Conv{Window{kernel, ones, ones, zeros, zeros}};
  conv.inputs[0] = x;
  conv.outputs = {map};
  graph.add_node(std::move(conv), id);
  graph[id].op = Reshape{};
  graph[id].inputs = {map};
  return true;
}

}  // namespace

bool flatten_to_conv(Graph& graph) { return rewrite(graph, rewrite_gemm); }

}  // namespace intaglio
