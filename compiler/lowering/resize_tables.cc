// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/resize_tables.h"

#include <algorithm>
#include <cmath>

#include "support/error.h"

namespace intaglio::lowering {

namespace {

double source_position(const Resize& resize, int64_t out_position, int64_t in, int64_t out, double scale) {
  const double o = static_cast<double>(out_position);
  switch (resize.coordinates) {
    case CoordinateTransform::half_pixel:
      return (o + 0.5) / scale - 0.5;
    case CoordinateTransform::half_pixel_symmetric: {
      const double adjustment = static_cast<double>(out) / (scale * static_cast<double>(in));
      const double center = static_cast<double>(in) / 2;
      return center * (1 - adjustment) + (o + 0.5) / scale - 0.5;
    }
    case CoordinateTransform::pytorch_half_pixel:
      return out > 1 ? (o + 0.5) / scale - 0.5 : 0.0;
    case CoordinateTransform::align_corners:
      return out > 1 ? o * static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0.0;
    case CoordinateTransform::asymmetric:
      return o / scale;
    case CoordinateTransform::tf_crop_and_resize:
      break;
  }
  internal_error("tf_crop_and_resize has no table");
}

int64_t nearest_index(NearestMode mode, double position) {
  const double low = std::floor(position), fraction = position - low;
  switch (mode) {
    case NearestMode::round_prefer_floor:
      return static_cast<int64_t>(fraction <= 0.5 ? low : low + 1);
    case NearestMode::round_prefer_ceil:
      return static_cast<int64_t>(fraction < 0.5 ? low : low + 1);
    case NearestMode::floor:
      return static_cast<int64_t>(low);
    case NearestMode::ceil:
      return static_cast<int64_t>(std::ceil(position));
  }
  internal_error("unknown nearest mode");
}

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

AxisTable resize_table(const Resize& resize, int64_t in, int64_t out, float scale) {
  AxisTable table;
  if (resize.mode == ResizeMode::nearest) {
    for (int64_t o = 0; o < out; ++o) {
      const int64_t index = nearest_index(resize.nearest, source_position(resize, o, in, out, scale));
      table.indices.push_back(static_cast<int32_t>(std::clamp<int64_t>(index, 0, in - 1)));
    }
    return table;
  }
  // Antialiasing widens the kernel when the axis shrinks.
  const double stretch = resize.antialias && scale < 1 ? scale : 1.0;
  const int64_t half = static_cast<int64_t>(std::ceil((resize.mode == ResizeMode::linear ? 1.0 : 2.0) / stretch));
  table.taps = 2 * half;
  for (int64_t o = 0; o < out; ++o) {
    const double position = source_position(resize, o, in, out, scale);
    const auto base = static_cast<int64_t>(std::floor(position));
    std::vector<double> weights;
    double sum = 0;
    for (int64_t tap = 0; tap < table.taps; ++tap) {
      const int64_t index = base - half + 1 + tap;
      double weight = kernel(resize, (position - static_cast<double>(index)) * stretch);
      if (resize.exclude_outside && (index < 0 || index >= in)) weight = 0;
      weights.push_back(weight);
      sum += weight;
      table.indices.push_back(static_cast<int32_t>(std::clamp<int64_t>(index, 0, in - 1)));
    }
    const bool normalise = resize.exclude_outside || stretch != 1.0;
    for (double weight : weights) table.weights.push_back(static_cast<float>(normalise ? weight / sum : weight));
  }
  return table;
}

}  // namespace intaglio::lowering
