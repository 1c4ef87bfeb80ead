// Resize: one table of source indices and weights per axis; nearest copies, linear and cubic interpolate axis by axis
// from the last to the first (ONNX Resize-19).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <cmath>

#include "interpreter/axis_tables.h"
#include "interpreter/evaluation.h"
#include "interpreter/fused.h"
#include "support/error.h"

namespace intaglio::interpreter {

namespace {

/// One axis being resized.
struct ResizedAxis {
  int64_t in, out;
  double scale;
  double roi_begin = 0, roi_end = 1;  ///< tf_crop_and_resize
};

/// Source coordinate of an output position, in elements of x.
double source_coordinate(CoordinateTransform transform, const ResizedAxis& axis, int64_t position) {
  const auto o = static_cast<double>(position);
  const auto in = static_cast<double>(axis.in);
  const auto out = static_cast<double>(axis.out);
  switch (transform) {
    case CoordinateTransform::half_pixel:
      return (o + 0.5) / axis.scale - 0.5;
    case CoordinateTransform::half_pixel_symmetric: {
      const double adjustment = out / (axis.scale * in);
      return in / 2 * (1 - adjustment) + (o + 0.5) / axis.scale - 0.5;
    }
    case CoordinateTransform::pytorch_half_pixel:
      return axis.out > 1 ? (o + 0.5) / axis.scale - 0.5 : 0;
    case CoordinateTransform::align_corners:
      return axis.out > 1 ? o * (in - 1) / (out - 1) : 0;
    case CoordinateTransform::asymmetric:
      return o / axis.scale;
    case CoordinateTransform::tf_crop_and_resize:
      if (axis.out == 1) return 0.5 * (axis.roi_begin + axis.roi_end) * (in - 1);
      return axis.roi_begin * (in - 1) + o * (axis.roi_end - axis.roi_begin) * (in - 1) / (out - 1);
  }
  internal_error("unknown coordinate transform");
}

int64_t nearest_index(NearestMode mode, double x) {
  switch (mode) {
    case NearestMode::round_prefer_floor:
      return static_cast<int64_t>(std::ceil(x - 0.5));
    case NearestMode::round_prefer_ceil:
      return static_cast<int64_t>(std::floor(x + 0.5));
    case NearestMode::floor:
      return static_cast<int64_t>(std::floor(x));
    case NearestMode::ceil:
      return static_cast<int64_t>(std::ceil(x));
  }
  internal_error("unknown nearest mode");
}

/// Weight of a source element at distance d (in elements of x): a triangle or Keys' cubic with coefficient a.
double interpolation_weight(const Resize& op, double d) {
  d = std::fabs(d);
  if (op.mode == ResizeMode::linear) return std::max(0.0, 1 - d);
  const double a = op.cubic_coefficient;
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

/// `taps` source indices and weights for each output position of one axis.
struct Interpolation {
  int64_t taps;
  std::vector<int64_t> indices;
  std::vector<double> weights;
};

Interpolation interpolation(const Resize& op, const ResizedAxis& axis) {
  // Antialiasing stretches the filter over more source elements when the axis shrinks.
  const double stretch = op.antialias && axis.scale < 1 ? axis.scale : 1;
  const auto half = static_cast<int64_t>(std::ceil((op.mode == ResizeMode::linear ? 1 : 2) / stretch));
  Interpolation result{2 * half, {}, {}};
  for (int64_t position = 0; position < axis.out; ++position) {
    const double x = source_coordinate(op.coordinates, axis, position);
    const int64_t first = static_cast<int64_t>(std::floor(x)) - half + 1;
    double sum = 0;
    for (int64_t index = first; index < first + result.taps; ++index) {
      const bool outside = index < 0 || index >= axis.in;
      const double weight =
          op.exclude_outside && outside ? 0 : interpolation_weight(op, (x - static_cast<double>(index)) * stretch);
      result.indices.push_back(std::clamp<int64_t>(index, 0, axis.in - 1));
      result.weights.push_back(weight);
      sum += weight;
    }
    if (op.exclude_outside || stretch != 1) {
      for (auto weight = result.weights.end() - result.taps; weight != result.weights.end(); ++weight) *weight /= sum;
    }
  }
  return result;
}

/// Interpolates x [outer][in][inner] along the middle. Weights and intermediate values round to Real.
template <class Real>
std::vector<Real> interpolate(const std::vector<Real>& x, const Interpolation& table, int64_t outer, int64_t in,
                              int64_t out, int64_t inner) {
  std::vector<Real> y(static_cast<size_t>(outer * out * inner));
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t position = 0; position < out; ++position) {
      Real* row = y.data() + (o * out + position) * inner;
      for (int64_t tap = 0; tap < table.taps; ++tap) {
        const auto entry = static_cast<size_t>(position * table.taps + tap);
        const Real* source = x.data() + (o * in + table.indices[entry]) * inner;
        const auto weight = static_cast<Real>(table.weights[entry]);
        for (int64_t i = 0; i < inner; ++i)
          row[i] = tap == 0 ? weight * source[i] : multiply_add(weight, source[i], row[i]);
      }
    }
  }
  return y;
}

template <class Real, class T>
TensorData interpolate_axes(const TensorData& x, const Shape& y_shape, const Resize& op,
                            const std::vector<ResizedAxis>& axes) {
  const auto source = x.values<T>();
  std::vector<Real> values(source.begin(), source.end());
  Shape shape = x.shape();
  for (size_t axis = shape.rank(); axis-- > 0;) {
    const bool unchanged = axes[axis].scale == 1 && axes[axis].in == axes[axis].out;
    if (unchanged && op.coordinates != CoordinateTransform::tf_crop_and_resize) continue;
    int64_t outer = 1;
    int64_t inner = 1;
    for (size_t i = 0; i < shape.rank(); ++i) (i < axis ? outer : inner) *= i == axis ? 1 : shape[i];
    values = interpolate(values, interpolation(op, axes[axis]), outer, axes[axis].in, axes[axis].out, inner);
    shape[axis] = axes[axis].out;
  }
  Result<T> result(y_shape);
  for (int64_t i = 0; i < result.elements(); ++i) result[i] = static_cast<T>(values[static_cast<size_t>(i)]);
  return result.take();
}

template <class T>
TensorData extrapolation_value(float value) {
  return TensorData::scalar<T>(static_cast<T>(value));
}

/// Per axis the positions themselves, with -1 where tf_crop_and_resize samples outside x.
std::vector<AxisTable> inside_tables(const Resize& op, const std::vector<ResizedAxis>& axes) {
  std::vector<AxisTable> tables;
  for (const ResizedAxis& axis : axes) {
    AxisTable table;
    for (int64_t position = 0; position < axis.out; ++position) {
      const double x = source_coordinate(op.coordinates, axis, position);
      table.push_back(x < 0 || x > static_cast<double>(axis.in - 1) ? -1 : position);
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

TensorData copy_nearest(const TensorData& x, const Shape& y_shape, const Resize& op,
                        const std::vector<ResizedAxis>& axes) {
  std::vector<AxisTable> tables;
  for (const ResizedAxis& axis : axes) {
    AxisTable table;
    for (int64_t position = 0; position < axis.out; ++position) {
      const int64_t index = nearest_index(op.nearest, source_coordinate(op.coordinates, axis, position));
      table.push_back(std::clamp<int64_t>(index, 0, axis.in - 1));
    }
    tables.push_back(std::move(table));
  }
  return copy_by_tables(x, y_shape, tables);
}

}  // namespace

Values run(const Evaluation& evaluation, const Resize& op) {
  const TensorData& x = evaluation.input(0);
  const Shape& shape = evaluation.output_shape();
  const size_t rank = shape.rank();
  if (shape.elements() == 0) {
    return with_type(x.type(), [&](auto zero) -> Values { return {Result<decltype(zero)>(shape).take()}; });
  }
  std::vector<ResizedAxis> axes;
  for (size_t axis = 0; axis < rank; ++axis) {
    axes.push_back({x.shape()[axis], shape[axis], op.scales[axis]});
    if (op.roi.size() == 2 * rank) {
      axes.back().roi_begin = op.roi[axis];
      axes.back().roi_end = op.roi[rank + axis];
    }
  }
  return with_type(x.type(), [&](auto zero) -> Values {
    using T = decltype(zero);
    TensorData y;
    if (op.mode == ResizeMode::nearest) {
      y = copy_nearest(x, shape, op, axes);
    } else if (evaluation.strict() && x.type() == ElementType::float32) {
      y = interpolate_axes<float, T>(x, shape, op, axes);
    } else {
      y = interpolate_axes<double, T>(x, shape, op, axes);
    }
    if (op.coordinates != CoordinateTransform::tf_crop_and_resize) return {y};
    const TensorData extrapolation = extrapolation_value<T>(op.extrapolation);
    return {copy_by_tables(y, shape, inside_tables(op, axes), &extrapolation)};
  });
}

}  // namespace intaglio::interpreter
