// Reference definitions of the unary functions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "interpreter/functions.h"

#include <cmath>
#include <limits>

#include "support/error.h"
#include "support/math64.h"

namespace intaglio::interpreter {

namespace {

double sigmoid(double x) {
  if (x >= 0) return 1 / (1 + math64::exp(-x));
  const double e = math64::exp(x);
  return e / (1 + e);
}

double softplus(double x) { return x > 0 ? x + math64::log1p(math64::exp(-x)) : math64::log1p(math64::exp(x)); }

/// A bound of clip as an integer: everything beyond int64 stands for no bound.
int64_t integer_bound(float bound) {
  if (bound >= 0x1p63f) return std::numeric_limits<int64_t>::max();
  if (!(bound > -0x1p63f)) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(bound);
}

}  // namespace

double apply(const Unary& function, double x) {
  const double alpha = function.alpha;
  const double beta = function.beta;
  switch (function.kind) {
    case UnaryKind::identity:
      return x;
    case UnaryKind::neg:
      return -x;
    case UnaryKind::abs:
      return std::fabs(x);
    case UnaryKind::sqrt:
      return std::sqrt(x);
    case UnaryKind::reciprocal:
      return 1 / x;
    case UnaryKind::exp:
      return math64::exp(x);
    case UnaryKind::log:
      return math64::log(x);
    case UnaryKind::floor:
      return std::floor(x);
    case UnaryKind::ceil:
      return std::ceil(x);
    case UnaryKind::round:
      return std::nearbyint(x);
    case UnaryKind::sign:
      return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
    case UnaryKind::erf:
      return math64::erf(x);
    case UnaryKind::logical_not:
      return x == 0;
    case UnaryKind::relu:
      return x < 0 ? 0 : x;
    case UnaryKind::leaky_relu:
      return x < 0 ? alpha * x : x;
    case UnaryKind::elu:
      return x < 0 ? alpha * math64::expm1(x) : x;
    case UnaryKind::selu:
      return beta * (x <= 0 ? alpha * math64::expm1(x) : x);
    case UnaryKind::celu:
      return maximum(x, 0.0) + minimum(0.0, alpha * math64::expm1(x / alpha));
    case UnaryKind::thresholded_relu:
      return x > alpha ? x : 0;
    case UnaryKind::hard_sigmoid:
      return maximum(minimum(alpha * x + beta, 1.0), 0.0);
    case UnaryKind::hard_swish:
      return x * maximum(minimum(x / 6 + 0.5, 1.0), 0.0);
    case UnaryKind::sigmoid:
      return sigmoid(x);
    case UnaryKind::tanh:
      return math64::tanh(x);
    case UnaryKind::sinh:
      return (math64::expm1(x) - math64::expm1(-x)) / 2;
    case UnaryKind::softplus:
      return softplus(x);
    case UnaryKind::softsign:
      return x / (1 + std::fabs(x));
    case UnaryKind::gelu:
      return x * 0.5 * (1 + math64::erf(x * 0x1.6a09e667f3bcdp-1));
    case UnaryKind::gelu_tanh:  // the constant is sqrt(2 / pi)
      return x * 0.5 * (1 + math64::tanh(0x1.9884533d43651p-1 * (x + 0.044715 * x * x * x)));
    case UnaryKind::mish:
      return x * math64::tanh(softplus(x));
    case UnaryKind::swish:
      return x * sigmoid(alpha * x);
    case UnaryKind::clip:
      return minimum(maximum(x, alpha), beta);
  }
  internal_error("unknown unary function");
}

double apply(const FoldedFunction& function, double x) {
  switch (function.kind) {
    case FoldedKind::sin:
      return math64::sin(x);
    case FoldedKind::cos:
      return math64::cos(x);
    case FoldedKind::tan:
      return math64::tan(x);
    case FoldedKind::asin:
      return math64::asin(x);
    case FoldedKind::acos:
      return math64::acos(x);
    case FoldedKind::atan:
      return math64::atan(x);
    case FoldedKind::cosh:
      return math64::cosh(x);
    case FoldedKind::asinh:
      return math64::asinh(x);
    case FoldedKind::acosh:
      return math64::acosh(x);
    case FoldedKind::atanh:
      return math64::atanh(x);
  }
  internal_error("unknown function of constants");
}

int64_t apply_integer(const Unary& function, int64_t x) {
  switch (function.kind) {
    case UnaryKind::identity:
    case UnaryKind::floor:
    case UnaryKind::ceil:
    case UnaryKind::round:
      return x;
    case UnaryKind::neg:
      return static_cast<int64_t>(-static_cast<uint64_t>(x));
    case UnaryKind::abs:
      return x < 0 ? static_cast<int64_t>(-static_cast<uint64_t>(x)) : x;
    case UnaryKind::sign:
      return (x > 0) - (x < 0);
    case UnaryKind::relu:
      return x < 0 ? 0 : x;
    case UnaryKind::clip:
      return minimum(maximum(x, integer_bound(function.alpha)), integer_bound(function.beta));
    case UnaryKind::logical_not:
      return x == 0;
    default:
      internal_error(std::string(unary_name(function.kind)) + " is not a function of integers");
  }
}

}  // namespace intaglio::interpreter
