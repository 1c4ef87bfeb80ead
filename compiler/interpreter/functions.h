// Functions of one or two elements: in double for reference numerics, in float32 as generated code computes them for
// strict numerics, and exactly on integers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

#include "ir/operators.h"

namespace intaglio::interpreter {

/// f(x) in double; the caller rounds.
double apply(const Unary& function, double x);
double apply(const FoldedFunction& function, double x);
/// f(x) in float32 as runtime/intaglio/math.h defines it; the second form for many elements, y as long as x.
float apply_strict(const Unary& function, float x);
void apply_strict(const Unary& function, std::span<const float> x, float* y);
/// f(x) for integers (and booleans): identity, floor, ceil, round, neg, abs, sign, relu, clip, logical_not.
int64_t apply_integer(const Unary& function, int64_t x);

/// x < 0, also of types that have no negative numbers.
template <class T>
bool is_negative(T x) {
  if constexpr (std::is_signed_v<T>) return x < 0;
  return false;
}

/// The larger / smaller of two; NaN when either is.
template <class T>
T maximum(T a, T b) {
  return a != a || a > b ? a : b;
}
template <class T>
T minimum(T a, T b) {
  return a != a || a < b ? a : b;
}

/// Float to integer as x86 converts: toward zero, the smallest integer for NaN and whatever does not fit.
template <class T>
T truncate_to(double x) {
  constexpr auto lowest = static_cast<double>(std::numeric_limits<T>::lowest());
  constexpr double end = 2.0 * static_cast<double>(uint64_t{1} << (std::numeric_limits<T>::digits - 1));
  return x > lowest && x < end ? static_cast<T>(x) : std::numeric_limits<T>::lowest();
}

}  // namespace intaglio::interpreter
