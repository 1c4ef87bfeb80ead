// Reduce, ArgReduce and CumulativeSum.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cmath>
#include <limits>
#include <type_traits>

#include "interpreter/evaluation.h"
#include "interpreter/functions.h"
#include "interpreter/fused.h"
#include "interpreter/positions.h"
#include "interpreter/sums.h"
#include "support/error.h"

namespace intaglio::interpreter {

namespace {

/// What a maximum (minimum) over no elements yields.
template <class T>
T lowest_value() {
  return std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
}
template <class T>
T highest_value() {
  return std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
}

/// Reduces element(0), ..., element(count - 1), which are of type T; Real carries the sums.
template <class Real, class T, class Element>
T reduce_reals(ReduceKind kind, int64_t count, const Element& element) {
  const auto real = [&](int64_t i) { return static_cast<Real>(element(i)); };
  const auto sum = [&] { return ordered_sum<Real>(count, [&](Real partial, int64_t i) { return partial + real(i); }); };
  const auto squares = [&] {
    return ordered_sum<Real>(count, [&](Real partial, int64_t i) { return multiply_add(real(i), real(i), partial); });
  };
  switch (kind) {
    case ReduceKind::sum:
      return static_cast<T>(sum());
    case ReduceKind::mean:
      return static_cast<T>(sum() / static_cast<Real>(count));
    case ReduceKind::l1:
      return static_cast<T>(
          ordered_sum<Real>(count, [&](Real partial, int64_t i) { return partial + std::fabs(real(i)); }));
    case ReduceKind::l2:
      return static_cast<T>(std::sqrt(squares()));
    case ReduceKind::sum_square:
      return static_cast<T>(squares());
    case ReduceKind::prod: {
      Real product = 1;
      for (int64_t i = 0; i < count; ++i) product *= real(i);
      return static_cast<T>(product);
    }
    case ReduceKind::max: {
      T result = lowest_value<T>();
      for (int64_t i = 0; i < count; ++i) result = maximum(result, element(i));
      return result;
    }
    case ReduceKind::min: {
      T result = highest_value<T>();
      for (int64_t i = 0; i < count; ++i) result = minimum(result, element(i));
      return result;
    }
  }
  internal_error("unknown reduction");
}

/// Integers wrap around; a mean truncates toward zero and is 0 over no elements.
template <class T, class Element>
T reduce_integers(ReduceKind kind, int64_t count, const Element& element) {
  uint64_t sum = 0;
  uint64_t size = 0;
  uint64_t squares = 0;
  uint64_t product = 1;
  T largest = std::numeric_limits<T>::lowest();
  T smallest = std::numeric_limits<T>::max();
  for (int64_t i = 0; i < count; ++i) {
    const T value = element(i);
    const auto bits = static_cast<uint64_t>(value);
    sum += bits;
    size += is_negative(value) ? -bits : bits;
    squares += bits * bits;
    product *= bits;
    largest = maximum(largest, value);
    smallest = minimum(smallest, value);
  }
  switch (kind) {
    case ReduceKind::sum:
      return static_cast<T>(sum);
    case ReduceKind::mean:
      return count == 0 ? T{0} : static_cast<T>(static_cast<int64_t>(sum) / count);
    case ReduceKind::l1:
      return static_cast<T>(size);
    case ReduceKind::l2:
      return static_cast<T>(truncate_to<int64_t>(std::sqrt(static_cast<double>(squares))));
    case ReduceKind::sum_square:
      return static_cast<T>(squares);
    case ReduceKind::prod:
      return static_cast<T>(product);
    case ReduceKind::max:
      return largest;
    case ReduceKind::min:
      return smallest;
  }
  internal_error("unknown reduction");
}

Results run(const Evaluation& evaluation, const Reduce& op) {
  const TensorData& x = evaluation.input(0);
  const std::vector<int64_t> strides = row_major_strides(x.shape());
  std::vector<int64_t> kept_extents, kept_strides, reduced_extents, reduced_strides;
  for (size_t axis = 0, next = 0; axis < x.shape().rank(); ++axis) {
    const bool reduced = next < op.axes.size() && op.axes[next] == static_cast<int64_t>(axis);
    next += reduced ? 1 : 0;
    (reduced ? reduced_extents : kept_extents).push_back(x.shape()[axis]);
    (reduced ? reduced_strides : kept_strides).push_back(strides[axis]);
  }
  const std::vector<int64_t> offsets = offsets_of(Shape(reduced_extents), reduced_strides);
  const int64_t count = static_cast<int64_t>(offsets.size());
  return visit_type(x.type(), [&]<class T>() -> Results {
    const T* source = x.values<T>().data();
    Result<T> result(evaluation.output_shape());
    for_each_position<1>(
        Shape(kept_extents), {kept_strides}, [&](int64_t position, const std::array<int64_t, 1>& start) {
          const auto element = [&](int64_t i) { return source[start[0] + offsets[static_cast<size_t>(i)]]; };
          if constexpr (!std::is_floating_point_v<T>) {
            result[position] = reduce_integers<T>(op.kind, count, element);
          } else if (std::is_same_v<T, float> && evaluation.strict()) {
            result[position] = reduce_reals<float, T>(op.kind, count, element);
          } else {
            result[position] = reduce_reals<double, T>(op.kind, count, element);
          }
        });
    return {result.take()};
  });
}

/// The lines of a tensor along an axis: `extent` elements, `inner` apart.
struct Lines {
  Lines(const Shape& shape, int64_t axis) : extent(shape[static_cast<size_t>(axis)]) {
    for (size_t i = static_cast<size_t>(axis) + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
  int64_t first(int64_t line) const { return line / inner * extent * inner + line % inner; }

  int64_t extent, inner = 1;
};

Results run(const Evaluation& evaluation, const ArgReduce& op) {
  const TensorData& x = evaluation.input(0);
  const Lines lines(x.shape(), op.axis);
  return visit_type(x.type(), [&]<class T>() -> Results {
    const T* source = x.values<T>().data();
    Result<int64_t> result(evaluation.output_shape());
    for (int64_t line = 0; line < result.elements(); ++line) {
      if (lines.extent == 0) evaluation.fail("the axis of ArgMax or ArgMin has no elements");
      const T* first = source + lines.first(line);
      int64_t best = 0;
      for (int64_t i = 1; i < lines.extent; ++i) {
        const T value = first[i * lines.inner];
        const T champion = first[best * lines.inner];
        const bool better = op.max ? value > champion : value < champion;
        if (better || (op.select_last_index && value == champion)) best = i;
      }
      result[line] = best;
    }
    return {result.take()};
  });
}

/// In the operand's type, element by element, as ONNX Runtime and PyTorch add.
Results run(const Evaluation& evaluation, const CumulativeSum& op) {
  const TensorData& x = evaluation.input(0);
  const Lines lines(x.shape(), op.axis);
  return visit_type(x.type(), [&]<class T>() -> Results {
    const T* source = x.values<T>().data();
    Result<T> result(x.shape());
    const int64_t count = lines.extent > 0 ? result.elements() / lines.extent : 0;
    for (int64_t line = 0; line < count; ++line) {
      T sum = 0;
      for (int64_t i = 0; i < lines.extent; ++i) {
        const int64_t at = lines.first(line) + (op.reverse ? lines.extent - 1 - i : i) * lines.inner;
        const T before = sum;
        if constexpr (std::is_floating_point_v<T>) {
          sum += source[at];
        } else {  // wraps around
          sum = static_cast<T>(static_cast<uint64_t>(sum) + static_cast<uint64_t>(source[at]));
        }
        result[at] = op.exclusive ? before : sum;
      }
    }
    return {result.take()};
  });
}

}  // namespace

OperatorFunctions reduction_functions() {
  static constexpr OperatorFunction rows[] = {row_of<Reduce, run>, row_of<ArgReduce, run>, row_of<CumulativeSum, run>};
  return rows;
}

}  // namespace intaglio::interpreter
