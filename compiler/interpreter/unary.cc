// Unary, FoldedFunction and Cast: one element in, one element out.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <type_traits>

#include "interpreter/evaluation.h"
#include "interpreter/functions.h"

namespace intaglio::interpreter {

namespace {

Results run(const Evaluation& evaluation, const Unary& op) {
  const TensorData& x = evaluation.input(0);
  if (op.kind == UnaryKind::identity) return {x};
  if (evaluation.strict() && x.type() == ElementType::float32) {
    Result<float> result(x.shape());
    apply_strict(op, x.values<float>(), result.data());
    return {result.take()};
  }
  return visit_type(x.type(), [&]<class T>() -> Results {
    Result<T> result(x.shape());
    const T* source = x.values<T>().data();
    for (int64_t i = 0; i < result.elements(); ++i) {
      if constexpr (std::is_floating_point_v<T>) {
        result[i] = static_cast<T>(apply(op, source[i]));
      } else {
        result[i] = static_cast<T>(apply_integer(op, source[i]));
      }
    }
    return {result.take()};
  });
}

Results run(const Evaluation& evaluation, const FoldedFunction& op) {
  const TensorData& x = evaluation.input(0);
  return visit_type(x.type(), [&]<class T>() -> Results {
    Result<T> result(x.shape());
    const T* source = x.values<T>().data();
    for (int64_t i = 0; i < result.elements(); ++i) {
      result[i] = static_cast<T>(apply(op, static_cast<double>(source[i])));
    }
    return {result.take()};
  });
}

template <class To, class From>
To cast(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != 0;
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return truncate_to<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

Results run(const Evaluation& evaluation, const Cast&) {
  const TensorData& x = evaluation.input(0);
  if (x.type() == evaluation.output_type()) return {x};
  return visit_type(x.type(), [&]<class From>() {
    return visit_type(evaluation.output_type(), [&]<class To>() -> Results {
      Result<To> result(x.shape());
      const From* source = x.values<From>().data();
      for (int64_t i = 0; i < result.elements(); ++i) result[i] = cast<To>(source[i]);
      return {result.take()};
    });
  });
}

}  // namespace

OperatorFunctions unary_functions() {
  static constexpr OperatorFunction rows[] = {row_of<Unary, run>, row_of<FoldedFunction, run>, row_of<Cast, run>};
  return rows;
}

}  // namespace intaglio::interpreter
