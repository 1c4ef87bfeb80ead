// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/weight_sums.h"

namespace intaglio::lowering {

namespace {

/// The same along one axis.
std::vector<double> inside(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad) {
  std::vector<double> parts;
  for (int64_t k = 0; k < kernel; ++k) {
    int64_t count = 0;
    for (int64_t o = 0; o < out; ++o) {
      const int64_t at = o * stride - pad + k * dilation;
      count += at >= 0 && at < in;
    }
    parts.push_back(out > 0 ? static_cast<double>(count) / static_cast<double>(out) : 0);
  }
  return parts;
}

WeightSums empty_sums(int64_t outputs, int64_t group_inputs, int64_t group_outputs) {
  const auto count = static_cast<size_t>(outputs * group_inputs);
  return {outputs, group_inputs, group_outputs, std::vector<float>(count), std::vector<float>(count)};
}

WeightSums sums_of(const Conv& conv, std::span<const float> values, const Shape& w, const std::vector<double>& parts) {
  WeightSums result = empty_sums(w[0], w[1], w[0] / conv.group);
  const float* value = values.data();
  for (size_t i = 0; i < result.sums.size(); ++i) {
    double sum = 0, squares = 0;
    for (double part : parts) {
      const double v = *value++;
      sum += part * v;
      squares += part * v * v;
    }
    result.sums[i] = static_cast<float>(sum);
    result.squares[i] = static_cast<float>(squares);
  }
  return result;
}

WeightSums sums_of(const ConvTranspose& conv, std::span<const float> values, const Shape& w) {
  WeightSums result = empty_sums(w[1] * conv.group, w[0] / conv.group, w[1]);
  double share = 1;  // every result sees one tap of each `stride` along an axis
  for (int64_t stride : conv.window.strides) share /= static_cast<double>(stride);
  const auto taps = static_cast<size_t>(values.size() / static_cast<size_t>(w[0] * w[1]));
  for (int64_t i = 0; i < w[0]; ++i) {
    for (int64_t o = 0; o < w[1]; ++o) {
      double sum = 0, squares = 0;
      for (size_t t = 0; t < taps; ++t) {
        const double v = values[static_cast<size_t>(i * w[1] + o) * taps + t];
        sum += share * v;
        squares += share * v * v;
      }
      const int64_t group = i / result.group_inputs;
      const int64_t at = (group * w[1] + o) * result.group_inputs + i % result.group_inputs;
      result.sums[at] = static_cast<float>(sum);
      result.squares[at] = static_cast<float>(squares);
    }
  }
  return result;
}

WeightSums sums_of(const Gemm& gemm, std::span<const float> values, const Shape& w) {
  const int64_t outputs = gemm.trans_b ? w[0] : w[1];
  WeightSums result = empty_sums(outputs, gemm.trans_b ? w[1] : w[0], outputs);
  for (int64_t o = 0; o < result.outputs; ++o) {
    for (int64_t i = 0; i < result.group_inputs; ++i) {
      const float v =
          gemm.alpha * (gemm.trans_b ? values[o * result.group_inputs + i] : values[i * result.outputs + o]);
      result.sums[o * result.group_inputs + i] = v;
      result.squares[o * result.group_inputs + i] = v * v;
    }
  }
  return result;
}

}  // namespace

std::vector<double> inside(const Window& window, const Shape& in, const Shape& out) {
  std::vector<double> parts = {1};
  for (size_t axis = 0; axis < window.rank(); ++axis) {
    const std::vector<double> one = inside(in[axis + 2], out[axis + 2], window.kernel[axis], window.strides[axis],
                                           window.dilations[axis], window.pads_begin[axis]);
    std::vector<double> all;
    for (double p : parts) {
      for (double q : one) all.push_back(p * q);
    }
    parts = std::move(all);
  }
  return parts;
}

bool has_constant_weights(const Graph& graph, const Node& node) {
  return node.inputs.size() > 1 && node.inputs[1] && graph[node.inputs[1]].constant &&
         graph[node.inputs[1]].type == ElementType::float32;
}

WeightSums weight_sums(const Graph& graph, const Node& node) {
  const Shape& w = graph[node.inputs[1]].shape;
  const std::span<const float> values = graph[node.inputs[1]].constant->values<float>();
  if (const Conv* conv = std::get_if<Conv>(&node.op))
    return sums_of(*conv, values, w, inside(conv->window, graph[node.inputs[0]].shape, graph[node.outputs[0]].shape));
  if (const ConvTranspose* conv = std::get_if<ConvTranspose>(&node.op)) return sums_of(*conv, values, w);
  return sums_of(std::get<Gemm>(node.op), values, w);
}

}  // namespace intaglio::lowering
