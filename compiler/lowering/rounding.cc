// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/rounding.h"

#include <algorithm>
#include <cmath>

#include "ir/winograd.h"
#include "lowering/moments.h"
#include "lowering/weight_sums.h"
#include "support/math64.h"

namespace intaglio::lowering {

namespace {

using Map = ErrorPath::Map;

/// How many deviations the largest of `count` normal values lies out.
double extreme(double count) { return std::sqrt(2 * math64::log(std::max(count, 2.0))); }

/// Adds what `weight` (per channel of the result) is worth at the channels of the path's input.
void add_backwards(const Graph& graph, const Node& node, const ErrorPath& path, const std::vector<double>& weight,
                   std::vector<double>& input) {
  std::vector<double> there(path.gain.size());
  for (size_t c = 0; c < there.size(); ++c)
    there[c] = path.gain[c] * weight[path.map == Map::append ? c + static_cast<size_t>(path.first) : c];
  switch (path.map) {
    case Map::append:
      for (size_t c = 0; c < there.size(); ++c) input[c] += there[c];
      return;
    case Map::pick:
      for (size_t c = 0; c < there.size(); ++c)
        input[static_cast<size_t>(path.first + static_cast<int64_t>(c) * path.step)] += there[c];
      return;
    case Map::spread: {
      if (there.size() % input.size() == 0) {
        const size_t each = there.size() / input.size();
        for (size_t c = 0; c < there.size(); ++c) input[c / each] += there[c];
      } else {
        double sum = 0;
        for (double value : there) sum += value;
        for (double& value : input) value += sum / static_cast<double>(input.size());
      }
      return;
    }
    case Map::weights: {
      const WeightSums w = weight_sums(graph, node);
      const int64_t inputs = w.outputs / w.group_outputs * w.group_inputs;
      std::vector<double> all(inputs, 0.0);
      for (int64_t o = 0; o < w.outputs; ++o) {
        const int64_t first = o / w.group_outputs * w.group_inputs;
        const float* squares = &w.squares[o * w.group_inputs];
        for (int64_t i = 0; i < w.group_inputs; ++i) all[first + i] += there[o] * static_cast<double>(squares[i]);
      }
      const auto each = static_cast<int64_t>(std::max<size_t>(1, all.size() / input.size()));
      for (int64_t i = 0; i < inputs; ++i) input[std::min<size_t>(input.size() - 1, i / each)] += all[i];
      return;
    }
  }
}

double in_parts(double terms, double part, bool partial_sums) {
  if (!partial_sums || terms <= part) return terms / 2;
  return part / 2 + terms / part / 2;  // the sum of the parts is one more
}

}  // namespace

std::vector<double> rounding_sensitivities(const Graph& graph) {
  const NetworkMoments network = network_moments(graph);
  std::vector<std::vector<double>> weights(graph.tensors.size());
  for (size_t t = 0; t < weights.size(); ++t) weights[t].assign(network.tensors[t].mean.size(), 0.0);
  for (TensorId output : graph.outputs) {
    const Moments& m = network.tensors[output.index()];
    if (m.mean.empty() || graph[output].type != ElementType::float32) continue;
    const auto channels = static_cast<double>(m.mean.size()),
               elements = static_cast<double>(graph[output].shape.elements());
    double range = 0;
    for (size_t c = 0; c < m.mean.size(); ++c) {
      const double most = std::fabs(m.mean[c]) + extreme(elements / channels) * std::sqrt(m.variance[c]);
      range = std::max(range, most);
    }
    const double scale = extreme(elements) / std::max(range, 1e-30);
    for (double& weight : weights[output.index()]) weight += scale * scale / channels;
  }
  std::vector<double> sensitivities(graph.nodes.size(), 0.0);
  for (auto id = graph.order.rbegin(); id != graph.order.rend(); ++id) {
    const Node& node = graph[*id];
    if (node.outputs.empty() || !node.outputs[0]) continue;
    const std::vector<double>& weight = weights[node.outputs[0].index()];
    if (std::ranges::all_of(weight, [](double value) { return value == 0; })) continue;
    const NodeErrors& errors = network.nodes[(*id).index()];
    for (size_t c = 0; c < errors.squares.size() && c < weight.size(); ++c)
      sensitivities[(*id).index()] += weight[c] * errors.squares[c];
    for (const ErrorPath& path : errors.paths) {
      if (!weights[path.input.index()].empty()) add_backwards(graph, node, path, weight, weights[path.input.index()]);
    }
  }
  return sensitivities;
}

double rounding_noise(const ConvolutionLayer& layer, const ConvolutionChoice& choice, const Target& target,
                      bool partial_sums) {
  // Of the additions in the transforms and of the weights' rounding.
  constexpr double transforms = 3;
  const auto inputs = static_cast<double>(layer.inputs / layer.groups);
  switch (choice.method) {
    case ConvolutionChoice::Method::winograd: {
      const WinogradStep step{.window = layer.window};
      const double phases = static_cast<double>(step.phases_h() * step.phases_w());
      const double gain = winograd_transform(choice.outputs_h, step.taps_h()).noise_gain() *
                          winograd_transform(choice.outputs_w, step.taps_w()).noise_gain();
      return gain * (in_parts(inputs * phases, static_cast<double>(step.reduction_block), partial_sums) + transforms);
    }
    case ConvolutionChoice::Method::strassen: {
      // On average over the result's quarters: sums of up to four products, whose operands are sums of up to four
      // quarters.
      constexpr double gain = 7;
      return gain * (in_parts(inputs / 2, static_cast<double>(target.reduction_block), partial_sums) + transforms);
    }
    case ConvolutionChoice::Method::direct:
      break;
  }
  const double steps = inputs * static_cast<double>(layer.window.kernel_h * layer.window.kernel_w);
  return in_parts(steps, static_cast<double>(choice.reduction_block), partial_sums && !layer.planar);
}

double rounding_noise(const Graph& graph, const Node& node) {
  if (node.inputs.size() < 2 || !node.inputs[1]) return 0;
  const Shape& w = graph[node.inputs[1]].shape;
  double terms = 1;
  if (std::holds_alternative<Conv>(node.op)) {
    for (size_t axis = 1; axis < w.rank(); ++axis) terms *= static_cast<double>(w[axis]);
  } else if (const ConvTranspose* conv = std::get_if<ConvTranspose>(&node.op)) {
    terms = static_cast<double>(w[0]) / static_cast<double>(conv->group);
    for (size_t axis = 2; axis < w.rank(); ++axis) terms *= static_cast<double>(w[axis]);
    for (int64_t stride : conv->window.strides) terms /= static_cast<double>(stride);
  } else {
    const Shape& a = graph[node.inputs[0]].shape;
    if (a.rank() > 0) terms = static_cast<double>(a[a.rank() - 1]);
  }
  return terms / 2;
}

double rounding_estimate(double sum) {
  constexpr double u = 0x1p-24;
  return u * std::sqrt(sum / 6);
}

}  // namespace intaglio::lowering
