// Building small graphs with seeded random weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace intaglio::testing {

class GraphBuilder {
 public:
  explicit GraphBuilder(uint64_t seed) : seed_(seed) { graph_.name = "test"; }

  TensorId input(const std::string& name, Shape shape, ElementType type = ElementType::float32);
  /// Floats in [-1, 1).
  TensorId constant(const std::string& name, Shape shape);
  /// Any node with one output.
  TensorId node(const std::string& name, Operator op, std::vector<TensorId> inputs, Shape shape,
                ElementType type = ElementType::float32);
  /// Convolutions with random weights and bias; the output shape follows from the window.
  TensorId conv(TensorId x, int64_t outputs, const Window& window, int64_t group, const Epilogue& epilogue = {},
                TensorId residual = {});
  TensorId conv_transpose(TensorId x, int64_t outputs, const Window& window, int64_t group,
                          const Epilogue& epilogue = {}, TensorId residual = {});
  void output(TensorId id) { graph_.outputs.push_back(id); }
  Graph take() { return std::move(graph_); }
  Graph& graph() { return graph_; }

 private:
  Graph graph_;
  uint64_t seed_;
  int count_ = 0;
};

/// Seeded inputs for a graph, floats in [-1, 1), integers 0 or 1.
std::vector<TensorData> random_inputs(const Graph& graph, uint64_t seed);

}  // namespace intaglio::testing
