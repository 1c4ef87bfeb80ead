// Binary and Where: elementwise with multidirectional broadcasting. Sums, differences, products and quotients of
// float32 round once either way, so both numerics share them; only pow differs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <type_traits>

#include "interpreter/evaluation.h"
#include "interpreter/functions.h"
#include "interpreter/positions.h"
#include "interpreter/strict_math.h"
#include "support/error.h"
#include "support/math64.h"

namespace intaglio::interpreter {

namespace {

/// y[i] = function(a[i], b[i]) under broadcasting.
template <class Y, class A, class B, class Function>
Results combine(const Evaluation& evaluation, Function function) {
  const TensorData& a = evaluation.input(0);
  const TensorData& b = evaluation.input(1);
  const A* left = a.values<A>().data();
  const B* right = b.values<B>().data();
  Result<Y> result(evaluation.output_shape());
  for_each_position<2>(
      result.shape(), {broadcast_strides(a.shape(), result.shape()), broadcast_strides(b.shape(), result.shape())},
      [&](int64_t i, const auto& offsets) { result[i] = function(left[offsets[0]], right[offsets[1]]); });
  return {result.take()};
}

/// Integers wrap around; dividing by zero gives zero; int_min / -1 wraps.
template <class T>
T arithmetic(BinaryKind kind, T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    switch (kind) {
      case BinaryKind::add:
        return a + b;
      case BinaryKind::sub:
        return a - b;
      case BinaryKind::mul:
        return a * b;
      case BinaryKind::div:
        return a / b;
      case BinaryKind::prelu:
        return a < 0 ? a * b : a;
      default:
        break;
    }
  } else {
    const auto left = static_cast<uint64_t>(a);
    const auto right = static_cast<uint64_t>(b);
    switch (kind) {
      case BinaryKind::add:
        return static_cast<T>(left + right);
      case BinaryKind::sub:
        return static_cast<T>(left - right);
      case BinaryKind::mul:
        return static_cast<T>(left * right);
      case BinaryKind::div:
        return b == 0 ? T{0} : b == static_cast<T>(-1) ? static_cast<T>(-left) : static_cast<T>(a / b);
      case BinaryKind::prelu:
        return is_negative(a) ? static_cast<T>(left * right) : a;
      default:
        break;
    }
  }
  switch (kind) {
    case BinaryKind::min:
      return minimum(a, b);
    case BinaryKind::max:
      return maximum(a, b);
    default:
      internal_error("not an arithmetic operator");
  }
}

template <class T>
bool compare(BinaryKind kind, T a, T b) {
  switch (kind) {
    case BinaryKind::equal:
      return a == b;
    case BinaryKind::greater:
      return a > b;
    case BinaryKind::less:
      return a < b;
    case BinaryKind::greater_or_equal:
      return a >= b;
    case BinaryKind::less_or_equal:
      return a <= b;
    default:
      internal_error("not a comparison");
  }
}

/// base^exponent modulo 2^64; a negative exponent leaves only 1 and -1 (others truncate to zero).
int64_t integer_power(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  uint64_t result = 1;
  for (uint64_t square = static_cast<uint64_t>(base); exponent > 0; exponent /= 2, square *= square) {
    if (exponent % 2 == 1) result *= square;
  }
  return static_cast<int64_t>(result);
}

/// The base's type is the result's; the exponent may have another.
template <class Base, class Exponent>
Base mixed_power(Base base, Exponent exponent, bool strict) {
  if constexpr (std::is_floating_point_v<Base>) {
    if constexpr (std::is_same_v<Base, float>) {
      if (strict) return strict_pow(base, static_cast<float>(exponent));
    }
    return static_cast<Base>(math64::pow(static_cast<double>(base), static_cast<double>(exponent)));
  } else if constexpr (std::is_floating_point_v<Exponent>) {
    const double result = math64::pow(static_cast<double>(base), static_cast<double>(exponent));
    return truncate_to<Base>(result);
  } else {
    return static_cast<Base>(integer_power(base, exponent));
  }
}

Results run(const Evaluation& evaluation, const Binary& op) {
  const ElementType left = evaluation.input(0).type();
  if (op.kind == BinaryKind::logical_and) {
    return combine<bool, bool, bool>(evaluation, [](bool a, bool b) { return a && b; });
  }
  if (op.kind == BinaryKind::logical_or) {
    return combine<bool, bool, bool>(evaluation, [](bool a, bool b) { return a || b; });
  }
  return visit_type(left, [&]<class T>() -> Results {
    if (is_comparison(op.kind)) {
      return combine<bool, T, T>(evaluation, [&](T a, T b) { return compare(op.kind, a, b); });
    }
    if (op.kind == BinaryKind::pow) {
      return visit_type(evaluation.input(1).type(), [&]<class Exponent>() -> Results {
        return combine<T, T, Exponent>(evaluation,
                                       [&](T a, Exponent b) { return mixed_power(a, b, evaluation.strict()); });
      });
    }
    return combine<T, T, T>(evaluation, [&](T a, T b) { return arithmetic(op.kind, a, b); });
  });
}

Results run(const Evaluation& evaluation, const Where&) {
  const TensorData& condition = evaluation.input(0);
  const TensorData& a = evaluation.input(1);
  const TensorData& b = evaluation.input(2);
  return visit_type(evaluation.output_type(), [&]<class T>() -> Results {
    const bool* chosen = condition.values<bool>().data();
    const T* left = a.values<T>().data();
    const T* right = b.values<T>().data();
    Result<T> result(evaluation.output_shape());
    for_each_position<3>(
        result.shape(),
        {broadcast_strides(condition.shape(), result.shape()), broadcast_strides(a.shape(), result.shape()),
         broadcast_strides(b.shape(), result.shape())},
        [&](int64_t i, const auto& offsets) { result[i] = chosen[offsets[0]] ? left[offsets[1]] : right[offsets[2]]; });
    return {result.take()};
  });
}

}  // namespace

OperatorFunctions binary_functions() {
  static constexpr OperatorFunction rows[] = {row_of<Binary, run>, row_of<Where, run>};
  return rows;
}

}  // namespace intaglio::interpreter
