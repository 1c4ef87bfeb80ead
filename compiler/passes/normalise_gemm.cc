// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/normalise_gemm.h"

#include "passes/rewrite.h"

namespace intaglio {

namespace {

const TensorData* float_matrix(const Graph& graph, TensorId id) {
  const TensorData* data = constant_of(graph, id);
  return data && data->type() == ElementType::float32 && data->shape().rank() == 2 ? data : nullptr;
}

TensorData transposed(const TensorData& matrix) {
  const int64_t rows = matrix.shape()[0], columns = matrix.shape()[1];
  const auto values = matrix.values<float>();
  std::vector<float> result;
  result.reserve(values.size());
  for (int64_t column = 0; column < columns; ++column) {
    for (int64_t row = 0; row < rows; ++row) result.push_back(values[static_cast<size_t>(row * columns + column)]);
  }
  return TensorData::of(Shape{columns, rows}, std::move(result));
}

/// Multiplies a constant operand by a factor and resets the factor to one.
bool multiply_in(Graph& graph, const Uses& uses, NodeId id, size_t slot, float Gemm::*factor) {
  const double value = std::get<Gemm>(graph[id].op).*factor;
  const TensorData* data = constant_of(graph, operand(graph[id], slot));
  if (value == 1 || !data || data->type() != ElementType::float32) return false;
  std::vector<float> values;
  values.reserve(data->values<float>().size());
  for (float element : data->values<float>()) values.push_back(static_cast<float>(element * value));
  const auto scaled = finite_constant(data->shape(), std::move(values));
  if (!scaled) return false;
  set_constant(graph, uses, id, slot, *scaled, {});
  std::get<Gemm>(graph[id].op).*factor = 1;
  return true;
}

bool normalise(Graph& graph, const Uses& uses, NodeId id) {
  if (get_if<MatMul>(graph, id)) {
    if (graph[graph[id].inputs[0]].shape.rank() != 2 || !float_matrix(graph, graph[id].inputs[1])) return false;
    graph[id].op = Gemm{};
    return true;
  }
  const Gemm* gemm = get_if<Gemm>(graph, id);
  if (!gemm) return false;
  if (const TensorData* b = float_matrix(graph, graph[id].inputs[1]); b && !gemm->trans_b) {
    set_constant(graph, uses, id, 1, transposed(*b), {});
    std::get<Gemm>(graph[id].op).trans_b = true;
    return true;
  }
  if (const TensorData* a = float_matrix(graph, graph[id].inputs[0]); a && gemm->trans_a) {
    set_constant(graph, uses, id, 0, transposed(*a), {});
    std::get<Gemm>(graph[id].op).trans_a = false;
    return true;
  }
  return multiply_in(graph, uses, id, 1, &Gemm::alpha) || multiply_in(graph, uses, id, 2, &Gemm::beta);
}

}  // namespace

bool normalise_gemm(Graph& graph) { return rewrite(graph, normalise); }

}  // namespace intaglio
