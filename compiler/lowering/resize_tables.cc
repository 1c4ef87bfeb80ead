// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/resize_tables.h"

#include <algorithm>
#include <cmath>

namespace intaglio::lowering {

namespace {

/// Weights of the neighbours at distance (offset) d of a source position.
double cubic(double a, double d) {
  d = std::fabs(d);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

double kernel(const Resize& resize, double d) {
  return resize.mode == ResizeMode::linear ? std::max(0.0, 1 - std::fabs(d)) : cubic(resize.cubic_coefficient, d);
}

}  // namespace

AxisTable resize_table(const Resize& resize, const ResizedAxis& axis) {
  AxisTable table;
  if (resize.mode == ResizeMode::nearest) {
    for (int64_t o = 0; o < axis.out; ++o)
      table.indices.push_back(static_cast<int32_t>(nearest_element(resize, axis, o)));
    return table;
  }
  // Antialiasing widens the kernel when the axis shrinks.
  const double stretch = resize.antialias ? std::min(axis.ratio(), 1.0) : 1.0;
  const int64_t half = static_cast<int64_t>(std::ceil((resize.mode == ResizeMode::linear ? 1.0 : 2.0) / stretch));
  table.taps = 2 * half;
  for (int64_t o = 0; o < axis.out; ++o) {
    const double position = source_position(resize, axis, o);
    const auto base = static_cast<int64_t>(std::floor(position));
    std::vector<double> weights;
    double sum = 0;
    for (int64_t tap = 0; tap < table.taps; ++tap) {
      const int64_t index = base - half + 1 + tap;
      double weight = kernel(resize, (position - static_cast<double>(index)) * stretch);
      if (resize.exclude_outside && (index < 0 || index >= axis.in)) weight = 0;
      weights.push_back(weight);
      sum += weight;
      table.indices.push_back(static_cast<int32_t>(std::clamp<int64_t>(index, 0, axis.in - 1)));
    }
    const bool normalise = resize.exclude_outside || stretch != 1.0;
    for (double weight : weights) table.weights.push_back(static_cast<float>(normalise ? weight / sum : weight));
  }
  return table;
}

}  // namespace intaglio::lowering
