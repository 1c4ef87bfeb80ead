// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/normal.h"

#include <algorithm>
#include <cmath>

#include "support/math64.h"

namespace intaglio::lowering {

namespace {

double sigmoid_of(double x) { return 1 / (1 + math64::exp(-std::clamp(x, -700.0, 700.0))); }

/// Activations; functions that no convolution is followed by count as the identity.
double activation_value(const Unary& f, double x) {
  const double alpha = f.alpha, beta = f.beta;
  switch (f.kind) {
    case UnaryKind::relu:
      return std::max(x, 0.0);
    case UnaryKind::leaky_relu:
      return x < 0 ? alpha * x : x;
    case UnaryKind::elu:
      return x < 0 ? alpha * math64::expm1(x) : x;
    case UnaryKind::selu:
      return beta * (x < 0 ? alpha * math64::expm1(x) : x);
    case UnaryKind::thresholded_relu:
      return x > alpha ? x : 0;
    case UnaryKind::hard_sigmoid:
      return std::clamp(alpha * x + beta, 0.0, 1.0);
    case UnaryKind::hard_swish:
      return x * std::clamp(x / 6 + 0.5, 0.0, 1.0);
    case UnaryKind::sigmoid:
      return sigmoid_of(x);
    case UnaryKind::tanh:
      return math64::tanh(x);
    case UnaryKind::softplus:
      return std::max(x, 0.0) + math64::log1p(math64::exp(-std::fabs(x)));
    case UnaryKind::gelu:
    case UnaryKind::gelu_tanh:
      return x / 2 * (1 + math64::erf(x * 0.70710678118654752));
    case UnaryKind::mish:
      return x * math64::tanh(std::max(x, 0.0) + math64::log1p(math64::exp(-std::fabs(x))));
    case UnaryKind::swish:
      return x * sigmoid_of(alpha * x);
    case UnaryKind::clip:
      return std::min(std::max(x, alpha), beta);
    case UnaryKind::abs:
      return std::fabs(x);
    default:
      return x;
  }
}

/// Points of a normal distribution from -4 to 4 deviations with their shares.
struct Normal {
  static constexpr int points = 33;
  static constexpr double step = 0.25;
  double share[points];
  Normal() {
    double sum = 0;
    for (int i = 0; i < points; ++i) sum += share[i] = math64::exp(-0.5 * at(i) * at(i));
    for (double& s : share) s /= sum;
  }
  static double at(int i) { return (i - points / 2) * step; }
};

}  // namespace

Transformed transform(const Unary& f, double mean, double variance, double third) {
  if (f.kind == UnaryKind::identity) return {mean, variance, third, 1};
  static const Normal normal;
  const double deviation = std::sqrt(std::max(variance, least_variance));
  const double skew = std::clamp(third / (deviation * deviation * deviation), -1.0, 1.0);
  double all = 0, sum = 0, squares = 0, cubes = 0, gain = 0, last = 0, last_share = 0;
  for (int i = 0; i < Normal::points; ++i) {
    const double x = Normal::at(i), y = activation_value(f, mean + x * deviation);
    const double share = normal.share[i] * std::max(1 + skew / 6 * x * (x * x - 3), 0.0);
    all += share;
    sum += share * y;
    squares += share * y * y;
    cubes += share * y * y * y;
    if (i > 0) {
      const double slope = (y - last) / (Normal::step * deviation);
      gain += (share + last_share) / 2 * slope * slope;
    }
    last = y;
    last_share = share;
  }
  const double m = sum / all, second = squares / all;
  return {m, std::max(second - m * m, least_variance), cubes / all - m * (3 * second - 2 * m * m), gain / all};
}

Transformed largest_of(int64_t count) {
  constexpr double first = -6, step = 0.02;
  double mean = 0, squares = 0, below = 0;
  for (int i = 0; i < 600; ++i) {
    const double middle = first + (i + 0.5) * step, edge = first + (i + 1) * step;
    const double all = math64::pow(0.5 * (1 + math64::erf(edge * 0.70710678118654752)), static_cast<double>(count));
    mean += (all - below) * middle;
    squares += (all - below) * middle * middle;
    below = all;
  }
  return {mean, squares - mean * mean};
}

}  // namespace intaglio::lowering
