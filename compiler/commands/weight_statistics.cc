// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/weight_statistics.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

namespace intaglio {

namespace {

template <class T>
WeightStatistics statistics_of(std::span<const T> values, size_t bins) {
  WeightStatistics result;
  result.count = static_cast<int64_t>(values.size());
  int64_t finite = 0;
  double sum = 0;
  for (const T element : values) {
    const auto value = static_cast<double>(element);
    if (value == 0) ++result.zeros;
    if (!std::isfinite(value)) {
      ++result.not_finite;
      continue;
    }
    result.minimum = finite == 0 ? value : std::min(result.minimum, value);
    result.maximum = finite == 0 ? value : std::max(result.maximum, value);
    sum += value;
    ++finite;
  }
  if (finite == 0) return result;
  result.mean = sum / static_cast<double>(finite);
  double squares = 0;
  for (const T element : values) {
    const double distance = static_cast<double>(element) - result.mean;
    if (std::isfinite(distance)) squares += distance * distance;
  }
  result.deviation = std::sqrt(squares / static_cast<double>(finite));
  result.low = std::max(result.minimum, result.mean - 4 * result.deviation);
  result.high = std::min(result.maximum, result.mean + 4 * result.deviation);
  const double width = (result.high - result.low) / static_cast<double>(bins);
  if (!(width > 0)) {  // all the same
    result.low = result.minimum, result.high = result.maximum;
    result.bins = {finite};
    return result;
  }
  result.bins.assign(bins, 0);
  for (const T element : values) {
    const auto value = static_cast<double>(element);
    if (!std::isfinite(value)) continue;
    if (value < result.low)
      ++result.below;
    else if (value > result.high)
      ++result.above;
    else
      ++result.bins[std::min(bins - 1, static_cast<size_t>((value - result.low) / width))];
  }
  return result;
}

}  // namespace

WeightStatistics weight_statistics(const TensorData& data, size_t bins) {
  if (data.type() == ElementType::float32) return statistics_of(data.values<float>(), bins);
  const std::vector<double> values = data.as_double();
  return statistics_of(std::span<const double>(values), bins);
}

int64_t count_parameters(const Graph& graph) {
  std::set<TensorId> constants;
  int64_t parameters = 0;
  for (NodeId id : graph.order) {
    for (TensorId input : graph[id].inputs) {
      if (input && graph[input].constant && constants.insert(input).second) parameters += graph[input].shape.elements();
    }
  }
  return parameters;
}

}  // namespace intaglio
