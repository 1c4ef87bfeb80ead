// The functions that operators written once for both numerics need, overloaded on their working type: float for strict,
// double for reference.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "interpreter/strict_math.h"
#include "support/math64.h"

namespace intaglio::interpreter {

inline float exponential(float x) { return strict_exp(x); }
inline double exponential(double x) { return math64::exp(x); }
inline float logarithm(float x) { return strict_log(x); }
inline double logarithm(double x) { return math64::log(x); }
inline float power(float x, float y) { return strict_pow(x, y); }
inline double power(double x, double y) { return math64::pow(x, y); }

}  // namespace intaglio::interpreter
