// The elementary functions against the host's double precision library, over all magnitudes, and their special values.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cfloat>
#include <cmath>
#include <functional>
#include <numbers>

#include "implementations.h"
#include "ir/operators.h"

namespace intaglio_test {
namespace {

/// The error of `got` in units of the last place of the exact result. Overflow to infinity may come at the largest
/// float already.
double error_in_ulp(double exact, float got) {
  if (std::isnan(exact) && std::isnan(got)) return 0;
  if (std::isinf(got))
    return std::signbit(got) == std::signbit(exact) && std::fabs(exact) > 3.4028234e38 ? 0 : INFINITY;
  if (std::fabs(exact) > FLT_MAX)
    return std::signbit(got) == std::signbit(exact) && std::fabs(got) > 3.402822e38f ? 0 : INFINITY;
  const int exponent = std::max(std::ilogb(exact), -126);
  return std::fabs(exact - static_cast<double>(got)) / std::ldexp(1.0, exponent - 23);
}

double sigmoid(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }

struct Case {
  const char* name;
  double (*exact)(double);
  double bound;            ///< units in the last place
  double flush = 1.2e-38;  ///< results below may be 0
};

const Case cases[] = {
    {"exp", [](double x) { return std::exp(x); }, 1.1},
    {"expm1", [](double x) { return std::expm1(x); }, 1.6},
    {"log", [](double x) { return std::log(x); }, 1},
    {"log1p", [](double x) { return std::log1p(x); }, 1.6},
    {"sigmoid", sigmoid, 2.5},
    {"tanh", [](double x) { return std::tanh(x); }, 2.7},
    {"sinh", [](double x) { return std::sinh(x); }, 2.5},
    {"softplus", [](double x) { return std::fmax(x, 0) + (x == x ? std::log1p(std::exp(-std::fabs(x))) : x); }, 2},
    {"erf", [](double x) { return std::erf(x); }, 1.5},
    // x times a factor that is 0 below 2^-126
    {"gelu", [](double x) { return x * (std::erfc(-x * std::numbers::sqrt2 / 2) / 2); }, 4, 2e-37},
    {"gelu_tanh",
     [](double x) { return x * sigmoid(2 * std::sqrt(2 * std::numbers::inv_pi) * (x + 0.044715 * x * x * x)); }, 4,
     2e-37},
    {"swish", [](double x) { return x * sigmoid(x); }, 3.5, 2e-36},
    {"mish",
     [](double x) {
       const double e = std::exp(std::fmin(x, 40.0)), n = e * (e + 2);
       return x != x ? x : x * (n / (n + 2));
     },
     4, 2e-36},
    {"elu", [](double x) { return x < 0 ? 1.5 * std::expm1(x) : x; }, 2.5},
    {"selu", [](double x) { return double{1.05070102f} * (x <= 0 ? double{1.67326319f} * std::expm1(x) : x); }, 3.5},
    {"celu", [](double x) { return std::fmax(0, x) + (x != x ? x : std::fmin(0, 1.5 * std::expm1(x / 1.5))); }, 3},
};

TEST(Math, ErrorsAreBelowTheirBounds) {
  for (const Case& test : cases) {
    const Function& function = fastest().function(test.name);
    double worst = 0;
    float where = 0, result = 0;
    const uint64_t stride = 4093;  // of all bit patterns, signs and NaN included
    for (uint64_t first = 0; first < uint64_t{1} << 32; first += 8 * stride) {
      std::array<float, 8> x, y;
      for (size_t i = 0; i < 8; ++i) x[i] = std::bit_cast<float>(static_cast<uint32_t>(first + i * stride));
      function.apply(x.data(), x.data(), x.data(), y.data());
      for (size_t i = 0; i < 8; ++i) {
        const double exact = test.exact(static_cast<double>(x[i]));
        if (std::fabs(exact) < test.flush && y[i] == 0) continue;
        if (const double error = error_in_ulp(exact, y[i]); !(error <= worst))
          worst = error, where = x[i], result = y[i];
      }
    }
    EXPECT_LE(worst, test.bound) << test.name << "(" << where << ") = " << result << ", exactly " << test.exact(where);
    RecordProperty(test.name, std::to_string(worst));
  }
}

TEST(Math, PowErrorsAreBelowTheirBounds) {
  const Function& function = fastest().function("pow");
  Random random(5);
  double worst = 0;
  float worst_x = 0, worst_y = 0;
  for (int i = 0; i < 100000; ++i) {
    std::array<float, 8> x, y, z;
    for (size_t k = 0; k < 8; ++k) {
      x[k] = std::fabs(random.any());
      if (i % 4 == 0) x[k] = 1 + random.moderate() * 0x1p-23f;  // near 1 the exponent may be large
      // An exponent for a result within the range of floats.
      y[k] = static_cast<float>(random.bits() % 2000 - 1000.0) * 0.087f / std::log(x[k]);
      if (i % 4 == 1) y[k] = static_cast<float>(static_cast<int>(random.bits() % 21) - 10);
    }
    function.apply(x.data(), y.data(), y.data(), z.data());
    for (size_t k = 0; k < 8; ++k) {
      const double exact = std::pow(double{x[k]}, double{y[k]});
      if (std::fabs(exact) < 1.2e-38 && z[k] == 0) continue;
      if (const double error = error_in_ulp(exact, z[k]); !(error <= worst))
        worst = error, worst_x = x[k], worst_y = y[k];
    }
  }
  EXPECT_LE(worst, 3) << "pow(" << worst_x << ", " << worst_y << ")";
}

TEST(Math, PowHasTheSpecialCasesOfC) {
  const Function& function = fastest().function("pow");
  for (const float x : special_values()) {
    for (const float y : special_values()) {
      std::array<float, 8> a, b, z;
      a.fill(x), b.fill(y);
      function.apply(a.data(), b.data(), b.data(), z.data());
      const double exact = std::pow(double{x}, double{y});
      if (std::fabs(exact) < 1.1754942e-38) {
        EXPECT_EQ(z[0], 0) << x << " " << y;
        EXPECT_EQ(std::signbit(z[0]), std::signbit(exact)) << x << " " << y;
      } else {
        EXPECT_LE(error_in_ulp(exact, z[0]), 3) << "pow(" << x << ", " << y << ") = " << z[0] << ", exactly " << exact;
      }
    }
  }
}

float apply(std::string_view name, float x) {
  std::array<float, 8> a, y;
  a.fill(x);
  fastest().function(std::string(name)).apply(a.data(), a.data(), a.data(), y.data());
  return y[3];
}

/// Values at single points.
struct Special {
  std::string_view name;
  float x, y;
};

const Special specials[] = {
    {"exp", 0, 1},
    {"exp", -INFINITY, 0},
    {"exp", INFINITY, INFINITY},
    {"exp", 88.72284f, INFINITY},
    {"exp", -87.4f, 0},
    {"exp", -1000, 0},
    {"expm1", -0.0f, -0.0f},
    {"expm1", -INFINITY, -1},
    {"expm1", INFINITY, INFINITY},
    {"log", 1, 0},
    {"log", 0, -INFINITY},
    {"log", -0.0f, -INFINITY},
    {"log", INFINITY, INFINITY},
    {"log", -1, NAN},
    {"log", -INFINITY, NAN},
    {"log1p", -1, -INFINITY},
    {"log1p", INFINITY, INFINITY},
    {"log1p", -2, NAN},
    {"sigmoid", INFINITY, 1},
    {"sigmoid", -INFINITY, 0},
    {"sigmoid", 0, 0.5f},
    {"tanh", INFINITY, 1},
    {"tanh", -INFINITY, -1},
    {"tanh", -0.0f, -0.0f},
    {"sinh", INFINITY, INFINITY},
    {"sinh", -INFINITY, -INFINITY},
    {"sinh", 89.416f, INFINITY},
    {"sinh", -89.416f, -INFINITY},
    {"sinh", 0, 0},
    {"sinh", -0.0f, -0.0f},
    {"sinh", 1e-45f, 1e-45f},
    {"sinh", -1e-40f, -1e-40f},
    {"softplus", INFINITY, INFINITY},
    {"softplus", -INFINITY, 0},
    {"erf", INFINITY, 1},
    {"erf", -INFINITY, -1},
    {"erf", -0.0f, -0.0f},
    {"gelu", INFINITY, INFINITY},
    {"gelu", -INFINITY, NAN},
    {"gelu_tanh", INFINITY, INFINITY},
    {"gelu_tanh", -INFINITY, NAN},
    {"mish", INFINITY, INFINITY},
    {"mish", -INFINITY, NAN},
    {"swish", INFINITY, INFINITY},
    {"swish", -INFINITY, NAN},
    {"hard_swish", INFINITY, INFINITY},
    {"hard_swish", 3, 3},
    {"hard_swish", -4, -0.0f},
    {"elu", -INFINITY, -1.5f},
    {"elu", -0.0f, -0.0f},
    {"elu", INFINITY, INFINITY},
    {"celu", -INFINITY, -1.5f},
    {"celu", INFINITY, INFINITY},
    {"selu", INFINITY, INFINITY},
    {"selu", -INFINITY, -1.7580993f},
    {"relu", -INFINITY, 0},
    {"clip", INFINITY, 6},
    {"clip", -INFINITY, -1.5f},
    {"sign", -0.0f, 0},
    {"round", 2.5f, 2},
    {"round", -0.5f, -0.0f},
};

const std::string_view keep_nan[] = {"exp",        "expm1",    "log",      "log1p",        "sigmoid",    "tanh",
                                     "sinh",       "softplus", "softsign", "hard_sigmoid", "hard_swish", "swish",
                                     "mish",       "erf",      "gelu",     "gelu_tanh",    "relu",       "clip",
                                     "leaky_relu", "elu",      "selu",     "celu",         "reciprocal", "sign",
                                     "round",      "floor",    "ceil",     "sqrt"};

TEST(Math, SpecialValues) {
  for (const Special& each : specials) {
    const float result = apply(each.name, each.x);
    EXPECT_TRUE(same(result, each.y)) << each.name << "(" << each.x << ") = " << result << ", expected " << each.y;
  }
  for (const std::string_view name : keep_nan) {
    EXPECT_TRUE(std::isnan(apply(name, NAN))) << name;
    EXPECT_TRUE(std::isnan(apply(name, -NAN))) << name;
  }
  EXPECT_EQ(apply("thresholded_relu", NAN), 0);
}

/// No function of the IR is left out: either the contract test knows its lanes bit for bit, on special values too, or
/// it has a bound, its values at the infinities, and what it makes of NaN above.
TEST(Math, EveryFunctionOfOneElementHasABoundAndSpecialValues) {
  for (int kind = 0; kind <= static_cast<int>(intaglio::last_unary); ++kind) {
    const std::string name(intaglio::unary_name(static_cast<intaglio::UnaryKind>(kind)));
    EXPECT_NO_THROW(fastest().function(name)) << "it has no row in vocabulary.cc";
    if (has_reference(name)) continue;
    const auto named = [&](const auto& each) { return each.name == name; };
    EXPECT_TRUE(std::ranges::any_of(cases, named))
        << name << " has no reference in contract_test.cc, and no bound here";
    for (const float end : {INFINITY, -INFINITY}) {
      EXPECT_TRUE(std::ranges::any_of(specials, [&](const Special& each) { return named(each) && each.x == end; }))
          << name << " has no special value at " << end;
    }
    EXPECT_TRUE(std::ranges::count(keep_nan, name) > 0) << name << " of NaN is not tested";
  }
}

}  // namespace
}  // namespace intaglio_test
