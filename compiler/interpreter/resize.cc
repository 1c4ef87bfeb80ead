// Resize: one table of source indices and weights per axis; nearest copies, linear and cubic interpolate axis by axis
// from the last to the first (ONNX Resize-19).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <cmath>

#include "interpreter/axis_tables.h"
#include "interpreter/evaluation.h"
#include "interpreter/fused.h"
#include "ir/resized_axis.h"

namespace intaglio::interpreter {

namespace {

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
  const double stretch = op.antialias ? std::min(axis.ratio(), 1.0) : 1;
  const auto half = static_cast<int64_t>(std::ceil((op.mode == ResizeMode::linear ? 1 : 2) / stretch));
  Interpolation result{2 * half, {}, {}};
  for (int64_t position = 0; position < axis.out; ++position) {
    const double x = source_position(op, axis, position);
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
    if (axes[axis].unchanged() && op.coordinates != CoordinateTransform::tf_crop_and_resize) continue;
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
      const double x = source_position(op, axis, position);
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
      table.push_back(nearest_element(op, axis, position));
    }
    tables.push_back(std::move(table));
  }
  return copy_by_tables(x, y_shape, tables);
}

Results run(const Evaluation& evaluation, const Resize& op) {
  const TensorData& x = evaluation.input(0);
  const Shape& shape = evaluation.output_shape();
  const size_t rank = shape.rank();
  if (shape.elements() == 0) {
    return visit_type(x.type(), [&]<class T>() -> Results { return {Result<T>(shape).take()}; });
  }
  std::vector<ResizedAxis> axes;
  for (size_t axis = 0; axis < rank; ++axis) axes.push_back(resized_axis(op, axis, x.shape()[axis], shape[axis]));
  return visit_type(x.type(), [&]<class T>() -> Results {
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

}  // namespace

OperatorFunctions resize_functions() {
  static constexpr OperatorFunction rows[] = {row_of<Resize, run>};
  return rows;
}

}  // namespace intaglio::interpreter
