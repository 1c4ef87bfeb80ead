// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/graphs.h"

#include <fmt/format.h>

#include "backend/generate.h"

namespace intaglio::testing {

namespace {

TensorData random_data(uint64_t seed, size_t stream, ElementType type, const Shape& shape) {
  return visit_type(type, [&]<class T>() {
    std::vector<T> values;
    for (int64_t i = 0; i < shape.elements(); ++i)
      values.push_back(static_cast<T>(generated_element(seed, stream, i, type)));
    return TensorData::of(shape, std::move(values));
  });
}

}  // namespace

TensorId GraphBuilder::input(const std::string& name, Shape shape, ElementType type) {
  const TensorId id = graph_.add_tensor(name, type, std::move(shape));
  graph_.inputs.push_back(id);
  return id;
}

TensorId GraphBuilder::constant(const std::string& name, Shape shape) {
  return graph_.add_constant(
      name, random_data(seed_ * 1000 + static_cast<uint64_t>(++count_), 7, ElementType::float32, shape));
}

TensorId GraphBuilder::node(const std::string& name, Operator op, std::vector<TensorId> inputs, Shape shape,
                            ElementType type) {
  const TensorId y = graph_.add_tensor(name, type, std::move(shape));
  graph_.add_node({"/" + name, name, std::move(op), std::move(inputs), {y}});
  return y;
}

TensorId GraphBuilder::conv(TensorId x, int64_t outputs, const Window& window, int64_t group, const Epilogue& epilogue,
                            TensorId residual) {
  const Shape in = graph_[x].shape;
  std::vector<int64_t> out = {in[0], outputs}, weights = {outputs, in[1] / group};
  for (size_t d = 0; d < window.rank(); ++d) {
    const int64_t reach = (window.kernel[d] - 1) * window.dilations[d] + 1;
    out.push_back((in[d + 2] + window.pads_begin[d] + window.pads_end[d] - reach) / window.strides[d] + 1);
    weights.push_back(window.kernel[d]);
  }
  const std::string name = fmt::format("conv{}", count_);
  std::vector<TensorId> inputs = {x, constant(name + "_w", Shape(weights)), constant(name + "_b", Shape{outputs})};
  if (epilogue.residual) inputs.push_back(residual);
  return node(name, Conv{window, group, epilogue}, inputs, Shape(out));
}

TensorId GraphBuilder::conv_transpose(TensorId x, int64_t outputs, const Window& window, int64_t group,
                                      const Epilogue& epilogue, TensorId residual) {
  const Shape in = graph_[x].shape;
  std::vector<int64_t> out = {in[0], outputs}, weights = {in[1], outputs / group};
  for (size_t d = 0; d < window.rank(); ++d) {
    const int64_t reach = (window.kernel[d] - 1) * window.dilations[d] + 1;
    out.push_back((in[d + 2] - 1) * window.strides[d] + reach - window.pads_begin[d] - window.pads_end[d]);
    weights.push_back(window.kernel[d]);
  }
  const std::string name = fmt::format("transposed{}", count_);
  std::vector<TensorId> inputs = {x, constant(name + "_w", Shape(weights)), constant(name + "_b", Shape{outputs})};
  if (epilogue.residual) inputs.push_back(residual);
  return node(name, ConvTranspose{window, group, epilogue}, inputs, Shape(out));
}

std::vector<TensorData> random_inputs(const Graph& graph, uint64_t seed) {
  std::vector<TensorData> inputs;
  for (size_t i = 0; i < graph.inputs.size(); ++i)
    inputs.push_back(random_data(seed, i, graph[graph.inputs[i]].type, graph[graph.inputs[i]].shape));
  return inputs;
}

}  // namespace intaglio::testing
