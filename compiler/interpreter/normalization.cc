// BatchNorm, GroupNorm, LayerNorm and Softmax, each written once:
// Real is float in strict numerics and double in reference.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cmath>
#include <limits>

#include "interpreter/evaluation.h"
#include "interpreter/functions.h"
#include "interpreter/fused.h"
#include "interpreter/positions.h"
#include "interpreter/real_functions.h"
#include "interpreter/sums.h"

namespace intaglio::interpreter {

namespace {

template <class Real>
struct Moments {
  Real mean, variance;  ///< biased
};

/// Mean and variance of element(0), ..., element(count - 1).
template <class Real, class Element>
Moments<Real> moments(int64_t count, const Element& element) {
  const auto divisor = static_cast<Real>(count);
  const Real mean = ordered_sum<Real>(count, [&](Real sum, int64_t i) { return sum + element(i); }) / divisor;
  const Real squares = ordered_sum<Real>(count, [&](Real sum, int64_t i) {
    const Real d = element(i) - mean;
    return multiply_add(d, d, sum);
  });
  return {mean, squares / divisor};
}

const float* floats(const Evaluation& evaluation, size_t slot) {
  const TensorData* data = evaluation.optional_input(slot);
  return data ? data->values<float>().data() : nullptr;
}

int64_t product(const Shape& shape, size_t first, size_t last) {
  int64_t result = 1;
  for (size_t axis = first; axis < last; ++axis) result *= shape[axis];
  return result;
}

template <class Real>
Results batch_norm(const Evaluation& evaluation, const BatchNorm& op) {
  const TensorData& x = evaluation.input(0);
  const Shape& shape = x.shape();
  const int64_t images = shape[0];
  const int64_t channels = shape.rank() > 1 ? shape[1] : 1;
  const int64_t inner = product(shape, 2, shape.rank());
  const float* source = x.values<float>().data();
  const float* scale = floats(evaluation, 1);
  const float* bias = floats(evaluation, 2);
  const float* running_mean = floats(evaluation, 3);
  const float* running_variance = floats(evaluation, 4);
  const auto momentum = static_cast<Real>(op.momentum);
  Result<float> result(shape);
  Result<float> new_mean(Shape{channels});
  Result<float> new_variance(Shape{channels});
  for (int64_t c = 0; c < channels; ++c) {
    Moments<Real> statistics{running_mean[c], running_variance[c]};
    if (op.training) {
      statistics = moments<Real>(images * inner, [&](int64_t i) {
        return static_cast<Real>(source[(i / inner * channels + c) * inner + i % inner]);
      });
      const auto blend = [&](Real running, Real batch) {
        return multiply_add(running, momentum, batch * (1 - momentum));
      };
      new_mean[c] = static_cast<float>(blend(running_mean[c], statistics.mean));
      new_variance[c] = static_cast<float>(blend(running_variance[c], statistics.variance));
    }
    const Real a = static_cast<Real>(scale[c]) / std::sqrt(statistics.variance + static_cast<Real>(op.epsilon));
    const Real b = multiply_add(-statistics.mean, a, static_cast<Real>(bias[c]));
    for (int64_t image = 0; image < images; ++image) {
      const int64_t first = (image * channels + c) * inner;
      for (int64_t i = first; i < first + inner; ++i) {
        result[i] = static_cast<float>(multiply_add(static_cast<Real>(source[i]), a, b));
      }
    }
  }
  if (!op.training) return {result.take()};
  return {result.take(), new_mean.take(), new_variance.take()};
}

template <class Real>
Results group_norm(const Evaluation& evaluation, const GroupNorm& op) {
  const TensorData& x = evaluation.input(0);
  const Shape& shape = x.shape();
  const int64_t channels = shape[1];
  const int64_t inner = product(shape, 2, shape.rank());
  const int64_t stretch = channels / op.groups * inner;
  const float* source = x.values<float>().data();
  const float* scale = floats(evaluation, 1);
  const float* bias = floats(evaluation, 2);
  Result<float> result(shape);
  for (int64_t first = 0; first < result.elements(); first += stretch) {
    const auto [mean, variance] =
        moments<Real>(stretch, [&](int64_t i) { return static_cast<Real>(source[first + i]); });
    const Real inverse = 1 / std::sqrt(variance + static_cast<Real>(op.epsilon));
    for (int64_t i = first; i < first + stretch; ++i) {
      const int64_t c = i / inner % channels;
      const Real d = static_cast<Real>(source[i]) - mean;
      const Real factor = scale ? inverse * static_cast<Real>(scale[c]) : inverse;
      result[i] = static_cast<float>(multiply_add(d, factor, static_cast<Real>(bias ? bias[c] : 0.0f)));
    }
  }
  return {result.take()};
}

/// Offsets into an optional operand of LayerNorm for every element of the normalised stretch; empty when it is absent.
std::vector<int64_t> stretch_offsets(const TensorData* operand, const Shape& normalized) {
  if (!operand) return {};
  std::vector<int64_t> extents = operand->shape().extents();
  while (extents.size() > normalized.rank() && extents.front() == 1) extents.erase(extents.begin());
  return offsets_of(normalized, broadcast_strides(Shape(extents), normalized));
}

template <class Real>
Results layer_norm(const Evaluation& evaluation, const LayerNorm& op) {
  const TensorData& x = evaluation.input(0);
  const Shape& shape = x.shape();
  const Shape normalized(std::vector<int64_t>(shape.begin() + op.axis, shape.end()));
  const int64_t stretch = normalized.elements();
  const int64_t count = product(shape, 0, static_cast<size_t>(op.axis));
  const float* source = x.values<float>().data();
  const float* scale = floats(evaluation, 1);
  const float* bias = floats(evaluation, 2);
  const std::vector<int64_t> scale_offsets = stretch_offsets(evaluation.optional_input(1), normalized);
  const std::vector<int64_t> bias_offsets = stretch_offsets(evaluation.optional_input(2), normalized);
  Shape statistics_shape = shape;
  for (size_t axis = static_cast<size_t>(op.axis); axis < shape.rank(); ++axis) statistics_shape[axis] = 1;
  Result<float> result(shape);
  Result<float> means(statistics_shape);
  Result<float> inverses(statistics_shape);
  for (int64_t row = 0; row < count; ++row) {
    const float* x_row = source + row * stretch;
    const auto [mean, variance] = moments<Real>(stretch, [&](int64_t i) { return static_cast<Real>(x_row[i]); });
    const Real inverse = 1 / std::sqrt(variance + static_cast<Real>(op.epsilon));
    means[row] = static_cast<float>(mean);
    inverses[row] = static_cast<float>(inverse);
    for (int64_t i = 0; i < stretch; ++i) {
      const auto place = static_cast<size_t>(i);
      const Real d = static_cast<Real>(x_row[i]) - mean;
      const Real factor = scale ? inverse * static_cast<Real>(scale[scale_offsets[place]]) : inverse;
      result[row * stretch + i] =
          static_cast<float>(multiply_add(d, factor, static_cast<Real>(bias ? bias[bias_offsets[place]] : 0.0f)));
    }
  }
  return {result.take(), means.take(), inverses.take()};
}

template <class Real, class T>
TensorData softmax(const TensorData& x, const Softmax& op) {
  const size_t axis = static_cast<size_t>(op.axis);
  const int64_t outer = product(x.shape(), 0, axis);
  const int64_t extent = x.shape()[axis];
  const int64_t inner = product(x.shape(), axis + 1, x.shape().rank());
  const T* source = x.values<T>().data();
  Result<T> result(x.shape());
  std::vector<Real> exponentials(static_cast<size_t>(extent));
  for (int64_t line = 0; line < outer * inner; ++line) {
    const int64_t first = line / inner * extent * inner + line % inner;
    const auto element = [&](int64_t i) { return static_cast<Real>(source[first + i * inner]); };
    Real largest = -std::numeric_limits<Real>::infinity();
    for (int64_t i = 0; i < extent; ++i) largest = maximum(largest, element(i));
    for (int64_t i = 0; i < extent; ++i) exponentials[static_cast<size_t>(i)] = exponential(element(i) - largest);
    const Real sum = ordered_sum<Real>(
        extent, [&](Real partial, int64_t i) { return partial + exponentials[static_cast<size_t>(i)]; });
    const Real log_sum = op.log ? logarithm(sum) : Real{0};
    for (int64_t i = 0; i < extent; ++i) {
      const Real y = op.log ? (element(i) - largest) - log_sum : exponentials[static_cast<size_t>(i)] / sum;
      result[first + i * inner] = static_cast<T>(y);
    }
  }
  return result.take();
}

Results run(const Evaluation& evaluation, const BatchNorm& op) {
  return evaluation.strict() ? batch_norm<float>(evaluation, op) : batch_norm<double>(evaluation, op);
}

Results run(const Evaluation& evaluation, const GroupNorm& op) {
  return evaluation.strict() ? group_norm<float>(evaluation, op) : group_norm<double>(evaluation, op);
}

Results run(const Evaluation& evaluation, const LayerNorm& op) {
  return evaluation.strict() ? layer_norm<float>(evaluation, op) : layer_norm<double>(evaluation, op);
}

Results run(const Evaluation& evaluation, const Softmax& op) {
  const TensorData& x = evaluation.input(0);
  if (x.type() == ElementType::float64) return {softmax<double, double>(x, op)};
  return {evaluation.strict() ? softmax<float, float>(x, op) : softmax<double, float>(x, op)};
}

}  // namespace

OperatorFunctions normalization_functions() {
  static constexpr OperatorFunction rows[] = {row_of<BatchNorm, run>, row_of<GroupNorm, run>, row_of<LayerNorm, run>,
                                              row_of<Softmax, run>};
  return rows;
}

}  // namespace intaglio::interpreter
