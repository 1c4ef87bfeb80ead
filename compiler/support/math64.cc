// Each function reduces its argument to a small interval and sums a Taylor series there. Series instead of fitted
// polynomials: the coefficients are evident, and speed does not matter.
// pow carries its logarithm as a sum of two doubles.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/math64.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace intaglio::math64 {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
// log(2) in two parts; the first has 21 trailing zero bits, so that its product with an exponent is exact.
constexpr double ln2_high = 0x1.62e42feep-1;
constexpr double ln2_low = 0x1.a39ef35793c76p-33;
constexpr double one_over_ln2 = 0x1.71547652b82fep+0;

/// The unevaluated sum high + low with |low| at most half a unit in the last place of high.
struct Pair {
  double high;
  double low;
};

/// a + b exactly, for |a| >= |b|.
Pair exact_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

Pair exact_product(double a, double b) {
  const double product = a * b;
  return {product, std::fma(a, b, -product)};
}

Pair multiply(Pair a, Pair b) {
  const Pair product = exact_product(a.high, b.high);
  return exact_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

/// x 2^exponent for any exponent, rounding once when the result is subnormal.
double scale(double x, int exponent) {
  const auto power_of_two = [](int e) { return std::bit_cast<double>(static_cast<uint64_t>(e + 1023) << 52); };
  if (exponent > 1023) return x * power_of_two(1023) * power_of_two(exponent - 1023 > 1023 ? 1023 : exponent - 1023);
  if (exponent < -1022) return x * power_of_two(exponent + 64 < -1022 ? -1022 : exponent + 64) * 0x1p-64;
  return x * power_of_two(exponent);
}

/// sum of x^(n - 2) / n! for n >= 2: (exp(x) - 1 - x) / x^2 for |x| <= 0.36.
double exp_tail(double x) {
  constexpr int terms = 14;
  constexpr std::array<double, terms> inverse_factorials = [] {
    std::array<double, terms> values{};
    double factorial = 1;
    for (int i = 0; i < terms; ++i) {
      factorial *= i + 2;
      values[static_cast<size_t>(i)] = 1 / factorial;
    }
    return values;
  }();
  double sum = 0;
  for (size_t i = terms; i-- > 0;) sum = sum * x + inverse_factorials[i];
  return sum;
}

/// exp(x + correction) for a correction that is tiny beside x.
double exp_of_sum(double x, double correction) {
  if (x != x) return x;
  if (x > 710) return infinity;
  if (x < -746) return 0;
  const double multiple = std::nearbyint(x * one_over_ln2);
  const double high = x - multiple * ln2_high;  // exact
  const Pair reduced = exact_sum(high, correction - multiple * ln2_low);
  const double r = reduced.high;
  const double value = 1 + (r + (reduced.low + r * r * exp_tail(r)));
  return scale(value, static_cast<int>(multiple));
}

/// A positive finite number as mantissa 2^exponent with the mantissa between sqrt(1/2) and sqrt(2).
struct Split {
  double mantissa;
  int exponent;
};
Split split(double x) {
  int exponent = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    exponent = -54;
  }
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  exponent += static_cast<int>(bits >> 52) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > 0x1.6a09e667f3bcdp+0) {
    mantissa *= 0.5;
    ++exponent;
  }
  return {mantissa, exponent};
}

/// sum of x^n / (2n + first) for n >= 0, |x| <= 0.0295: the series of the inverse hyperbolic tangent.
double inverse_odd_series(double x, int first) {
  double sum = 0;
  for (int n = 12; n >= 0; --n) sum = sum * x + 1.0 / (2 * n + first);
  return sum;
}

/// log of a positive finite number with about 66 correct bits.
Pair log_pair(double x) {
  const auto [mantissa, exponent] = split(x);
  const double numerator = mantissa - 1;  // exact
  const Pair denominator = exact_sum(mantissa > 1 ? mantissa : 1, mantissa > 1 ? 1 : mantissa);
  // s = numerator / denominator, log(mantissa) = 2 (s + s^3 / 3 + s^5 / 5 + ...)
  const double quotient = numerator / denominator.high;
  const double remainder = std::fma(-quotient, denominator.high, numerator) - quotient * denominator.low;
  const Pair s = exact_sum(quotient, remainder / denominator.high);
  const Pair square = multiply(s, s);
  constexpr Pair third = {0x1.5555555555555p-2, 0x1.5555555555555p-56};
  const Pair bracket = exact_sum(third.high, third.low + square.high * inverse_odd_series(square.high, 5));
  const Pair cubic = multiply(multiply(s, square), bracket);
  const Pair logarithm = exact_sum(s.high, cubic.high);
  const Pair scaled = {2 * logarithm.high, 2 * (logarithm.low + (s.low + cubic.low))};
  if (exponent == 0) return exact_sum(scaled.high, scaled.low);
  const Pair whole = exact_sum(exponent * ln2_high, scaled.high);  // the product is exact
  return exact_sum(whole.high, whole.low + (exponent * ln2_low + scaled.low));
}

/// x^n for n >= 1 in pair arithmetic; exact whenever the result fits.
Pair integer_power(double x, int n) {
  Pair result = {1, 0};
  Pair square = {x, 0};
  for (;; square = multiply(square, square)) {
    if (n & 1) result = multiply(result, square);
    n >>= 1;
    if (n == 0) return result;
  }
}

bool is_integer(double x) { return std::floor(x) == x; }
bool is_odd_integer(double x) { return is_integer(x) && std::fabs(x) < 0x1p53 && is_integer(x * 0.5) == false; }

}  // namespace

double exp(double x) { return exp_of_sum(x, 0); }

double expm1(double x) {
  if (x == 0) return x;  // keeps the sign
  if (std::fabs(x) <= 0.36) return x + x * x * exp_tail(x);
  return exp(x) - 1;
}

double log(double x) {
  if (x != x || x == infinity) return x;
  if (x < 0) return not_a_number;
  if (x == 0) return -infinity;
  const Pair result = log_pair(x);
  return result.high + result.low;
}

double log1p(double x) {
  if (x == 0 || x != x || x == infinity) return x;
  if (x < -1) return not_a_number;
  if (x == -1) return -infinity;
  const double sum = 1 + x;
  const double lost = std::fabs(x) < 1 ? x - (sum - 1) : 1 - (sum - x);
  return log(sum) + lost / sum;
}

double tanh(double x) {
  const double size = std::fabs(x);
  if (size > 22) return std::copysign(1.0, x);
  if (size < 0x1p-28) return x;
  if (x != x) return x;
  const double t = expm1(2 * size);
  return std::copysign(size < 1 ? t / (t + 2) : 1 - 2 / (t + 2), x);
}

double erf(double x) {
  const double size = std::fabs(x);
  if (x != x || x == 0) return x;
  if (size > 6) return std::copysign(1.0, x);
  constexpr double two_over_root_pi = 0x1.20dd750429b6dp+0;
  constexpr double two_over_root_pi_low = 0x1.1ae3a914fed8p-56;
  const Pair square = exact_product(size, size);
  const double gauss = exp_of_sum(-square.high, -square.low);
  if (size < 2) {
    // erf(x) = 2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)): no cancellation.
    double sum = 0;
    double term = 1;
    int n = 0;
    for (; term > 0x1p-60; ++n) term *= 2 * square.high / (2 * n + 3);
    for (; n > 0; --n) sum = (1 + sum) * (2 * square.high / (2 * n + 1));  // Horner from the smallest term
    const double series = size + size * sum;
    return std::copysign(series * gauss * two_over_root_pi + series * gauss * two_over_root_pi_low, x);
  }
  // erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...))))
  double fraction = size;
  for (int n = 40; n > 0; --n) fraction = size + n * 0.5 / fraction;
  return std::copysign(1 - gauss * (two_over_root_pi * 0.5) / fraction, x);
}

double pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return not_a_number;
  const bool negative = std::signbit(x) && is_odd_integer(y);
  const double sign = negative ? -1.0 : 1.0;
  const double size = std::fabs(x);
  if (size == 0 || size == infinity) return sign * ((size == 0) == (y < 0) ? infinity : 0.0);
  if (std::fabs(y) == infinity) return size == 1 ? 1 : ((size > 1) == (y > 0) ? infinity : 0.0);
  if (x < 0 && !is_integer(y)) return not_a_number;
  if (size == 1) return sign;
  if (is_integer(y) && std::fabs(y) <= 64) {
    const Pair power = integer_power(size, static_cast<int>(std::fabs(y)));
    if (power.high > 0x1p-900 && power.high < 0x1p1000) {  // no low part was lost on the way
      if (y > 0) return sign * power.high;
      const double inverse = 1 / power.high;
      return sign * (inverse - inverse * (inverse * power.low));
    }
  }
  const Pair logarithm = log_pair(size);
  const double estimate = y * logarithm.high;
  if (estimate > 710) return sign * infinity;
  if (estimate < -746) return sign * 0.0;
  const Pair exponent = multiply(logarithm, {y, 0});
  return sign * exp_of_sum(exponent.high, exponent.low);
}

}  // namespace intaglio::math64
