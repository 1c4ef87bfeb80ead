// How many weights there are, and what the values of one look like: extremes, moments and a histogram.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <vector>

#include "ir/graph.h"

namespace intaglio {

struct WeightStatistics {
  int64_t count = 0, zeros = 0, not_finite = 0;
  // Of the finite values; 0 when there are none.
  double minimum = 0, maximum = 0, mean = 0, deviation = 0;
  /// Equally wide bins from `low` to `high`: the extremes, but at most four deviations from the mean, so that a few far
  /// values do not hide how the others lie. Those beyond are counted in `below` and `above` alone.
  double low = 0, high = 0;
  int64_t below = 0, above = 0;
  std::vector<int64_t> bins;
};

/// Of float tensors; `bins` bins, or one when all values are the same.
WeightStatistics weight_statistics(const TensorData& data, size_t bins);

/// Elements of all constants that nodes read, those of integers too.
int64_t count_parameters(const Graph& graph);

}  // namespace intaglio
