// math64 against the host's libm over wide grids, and its special values.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/math64.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace intaglio {
namespace {

constexpr double infinity64 = std::numeric_limits<double>::infinity();
const double nan64 = std::numeric_limits<double>::quiet_NaN();

/// Units in the last place between two doubles; 0 for two NaNs.
double distance(double a, double b) {
  if (a != a || b != b) return (a != a) == (b != b) ? 0 : infinity64;
  if (a == b) return std::signbit(a) == std::signbit(b) ? 0 : infinity64;
  if (std::isinf(a) || std::isinf(b)) return infinity64;
  const auto order = [](double x) {
    const auto bits = std::bit_cast<int64_t>(x);
    return bits < 0 ? std::numeric_limits<int64_t>::min() - bits : bits;
  };
  return std::fabs(static_cast<double>(order(a) - order(b)));
}

/// Numbers that sweep signs, exponents and mantissas.
struct Sweep {
  uint64_t state = 1;
  uint64_t next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 11;
  }
  double uniform(double low, double high) { return low + (high - low) * static_cast<double>(next()) * 0x1p-53; }
  double any_magnitude(int low, int high) {
    const double mantissa = uniform(1, 2);
    const int exponent = low + static_cast<int>(next() % static_cast<uint64_t>(high - low + 1));
    return std::ldexp(next() % 2 ? mantissa : -mantissa, exponent);
  }
};

template <class Ours, class Theirs, class Next>
void expect_close(Ours ours, Theirs theirs, double ulps, Next next) {
  for (int i = 0; i < 200000; ++i) {
    const double x = next();
    ASSERT_LE(distance(ours(x), theirs(x)), ulps) << "x = " << x << " ours " << ours(x) << " libm " << theirs(x);
  }
}

constexpr double specials[] = {0.0,
                               -0.0,
                               1.0,
                               -1.0,
                               0.5,
                               -0.5,
                               2.0,
                               -2.0,
                               5e-324,
                               -5e-324,
                               2.2250738585072014e-308,
                               1e300,
                               -1e300,
                               std::numeric_limits<double>::max(),
                               infinity64,
                               -infinity64};

#define EXPECT_AGREES(function, ulps)                                                                        \
  for (double x : specials) EXPECT_LE(distance(math64::function(x), std::function(x)), ulps) << "x = " << x; \
  EXPECT_TRUE(std::isnan(math64::function(nan64)))

TEST(Math64, Exp) {
  Sweep sweep;
  expect_close(
      math64::exp, [](double x) { return std::exp(x); }, 1, [&] { return sweep.uniform(-750, 715); });
  expect_close(
      math64::exp, [](double x) { return std::exp(x); }, 1, [&] { return sweep.any_magnitude(-60, 9); });
  EXPECT_AGREES(exp, 1);
}

TEST(Math64, Expm1) {
  Sweep sweep;
  expect_close(
      math64::expm1, [](double x) { return std::expm1(x); }, 6, [&] { return sweep.uniform(-40, 40); });
  expect_close(
      math64::expm1, [](double x) { return std::expm1(x); }, 6, [&] { return sweep.any_magnitude(-1000, 2); });
  EXPECT_AGREES(expm1, 2);
}

TEST(Math64, Log) {
  Sweep sweep;
  expect_close(
      math64::log, [](double x) { return std::log(x); }, 1,
      [&] { return std::fabs(sweep.any_magnitude(-1074, 1023)); });
  expect_close(
      math64::log, [](double x) { return std::log(x); }, 1, [&] { return sweep.uniform(0.5, 2); });
  EXPECT_AGREES(log, 1);
}

TEST(Math64, Log1p) {
  Sweep sweep;
  expect_close(
      math64::log1p, [](double x) { return std::log1p(x); }, 4,
      [&] { return std::fabs(sweep.any_magnitude(-1000, 1000)); });
  expect_close(
      math64::log1p, [](double x) { return std::log1p(x); }, 4, [&] { return sweep.uniform(-1, 1); });
  expect_close(
      math64::log1p, [](double x) { return std::log1p(x); }, 4, [&] { return sweep.any_magnitude(-60, -1); });
  EXPECT_AGREES(log1p, 2);
}

TEST(Math64, Tanh) {
  Sweep sweep;
  expect_close(
      math64::tanh, [](double x) { return std::tanh(x); }, 8, [&] { return sweep.uniform(-25, 25); });
  expect_close(
      math64::tanh, [](double x) { return std::tanh(x); }, 8, [&] { return sweep.any_magnitude(-1000, 4); });
  EXPECT_AGREES(tanh, 4);
}

TEST(Math64, Erf) {
  Sweep sweep;
  expect_close(
      math64::erf, [](double x) { return std::erf(x); }, 6, [&] { return sweep.uniform(-7, 7); });
  expect_close(
      math64::erf, [](double x) { return std::erf(x); }, 6, [&] { return sweep.any_magnitude(-900, 2); });
  EXPECT_AGREES(erf, 3);
}

TEST(Math64, CircularFunctions) {
  Sweep sweep;
  const auto everywhere = [&](auto ours, auto theirs, double ulps) {
    expect_close(ours, theirs, ulps, [&] { return sweep.uniform(-100, 100); });
    expect_close(ours, theirs, ulps, [&] { return sweep.any_magnitude(-1022, 1023); });
  };
  everywhere(
      math64::sin, [](double x) { return std::sin(x); }, 4);
  everywhere(
      math64::cos, [](double x) { return std::cos(x); }, 4);
  everywhere(
      math64::tan, [](double x) { return std::tan(x); }, 6);
  everywhere(
      math64::atan, [](double x) { return std::atan(x); }, 6);
  // The double that is closest to a multiple of pi/2.
  EXPECT_LE(distance(math64::cos(6381956970095103.0 * 0x1p797), -4.6871659242546277e-19), 2);
  EXPECT_AGREES(sin, 2);
  EXPECT_AGREES(cos, 2);
  EXPECT_AGREES(tan, 4);
  EXPECT_AGREES(atan, 2);
}

TEST(Math64, ArcsAndHyperbolicFunctions) {
  Sweep sweep;
  const auto within = [&](double low, double high) { return [&sweep, low, high] { return sweep.uniform(low, high); }; };
  expect_close(
      math64::asin, [](double x) { return std::asin(x); }, 8, within(-1, 1));
  expect_close(
      math64::acos, [](double x) { return std::acos(x); }, 8, within(-1, 1));
  expect_close(
      math64::cosh, [](double x) { return std::cosh(x); }, 4, within(-711, 711));
  expect_close(
      math64::asinh, [](double x) { return std::asinh(x); }, 4, [&] { return sweep.any_magnitude(-1000, 1023); });
  expect_close(
      math64::acosh, [](double x) { return std::acosh(x); }, 6,
      [&] { return 1 + std::fabs(sweep.any_magnitude(-50, 1000)); });
  expect_close(
      math64::atanh, [](double x) { return std::atanh(x); }, 6, within(-1, 1));
  EXPECT_AGREES(asin, 4);
  EXPECT_AGREES(acos, 4);
  EXPECT_AGREES(cosh, 4);
  EXPECT_AGREES(asinh, 4);
  EXPECT_AGREES(acosh, 4);
  EXPECT_AGREES(atanh, 4);
}

TEST(Math64, Pow) {
  Sweep sweep;
  for (int i = 0; i < 200000; ++i) {
    const double x = std::fabs(sweep.any_magnitude(i % 3 == 0 ? -1070 : -8, i % 3 == 0 ? 1020 : 8));
    const double y = sweep.any_magnitude(-10, 7);
    ASSERT_LE(distance(math64::pow(x, y), std::pow(x, y)), 2) << x << " ^ " << y;
    const double n = std::round(sweep.uniform(-80, 80));
    ASSERT_LE(distance(math64::pow(-x, n), std::pow(-x, n)), 2) << -x << " ^ " << n;
  }
  for (double x : specials) {
    for (double y : specials) EXPECT_LE(distance(math64::pow(x, y), std::pow(x, y)), 1) << x << " ^ " << y;
    for (double y : {3.0, -3.0, 4.0, 1e17, -1e17, 0.25, nan64}) {
      EXPECT_LE(distance(math64::pow(x, y), std::pow(x, y)), 1) << x << " ^ " << y;
    }
    EXPECT_LE(distance(math64::pow(nan64, x), std::pow(nan64, x)), 0) << x;
  }
  EXPECT_EQ(math64::pow(3, 5), 243);
  EXPECT_EQ(math64::pow(10, 2), 100);
  EXPECT_EQ(math64::pow(-7, 3), -343);
  EXPECT_EQ(math64::pow(2, -3), 0.125);
}

}  // namespace
}  // namespace intaglio
