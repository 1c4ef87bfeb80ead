// Elementary functions in double whose results do not depend on the host: only + - * /, square roots, fused
// multiply-adds and operations on bits. The compiler computes constants and reference values with them. Errors: a few
// units in the last place.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

namespace intaglio::math64 {

double exp(double x);
double expm1(double x);  ///< exp(x) - 1 without cancellation
double log(double x);    ///< NaN below zero, -infinity at zero
double log1p(double x);  ///< log(1 + x) without cancellation
double tanh(double x);
double erf(double x);
double sin(double x);  ///< of any size: the argument is reduced exactly; NaN at infinity, as cos and tan
double cos(double x);
double tan(double x);
double asin(double x);  ///< NaN beyond 1, as acos and atanh
double acos(double x);
double atan(double x);
double cosh(double x);
double asinh(double x);
double acosh(double x);  ///< NaN below 1
double atanh(double x);
/// As C's pow, including every special case; exact whenever the result is representable and y a small integer.
double pow(double x, double y);

}  // namespace intaglio::math64
