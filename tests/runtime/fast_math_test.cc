// The elementary functions of fast numerics, on every implementation that runs here, against the host's double
// precision library over all magnitudes; their special values.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cfloat>
#include <cmath>
#include <numbers>

#include "implementations.h"

namespace intaglio_test {
namespace {

using Eight = std::array<float, 8>;

double sigmoid_of(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }

struct FastCase {
  const char* name;
  double (*exact)(double);
  double ulps;             ///< bound of the error in units of the result's last place, ...
  double absolute = 0;     ///< ... or this much where it is more, ...
  bool times_x = false;    ///< ... times |x|
  double flush = 1.7e-38;  ///< results below may be 0
};

const FastCase fast_cases[] = {
    {"exp", [](double x) { return std::exp(x); }, 4},
    {"exp_beside_one", [](double x) { return std::exp(-std::fabs(x)); }, 4, 1e-7},
    {"exp_of_four", [](double x) { return std::exp(x); }, 4},
    {"log", [](double x) { return std::log(x); }, 4},
    {"sigmoid", sigmoid_of, 4},
    {"swish", [](double x) { return x * sigmoid_of(x); }, 4, 1e-7, true},
    {"tanh", [](double x) { return std::tanh(x); }, 4},
    {"erf", [](double x) { return std::erf(x); }, 4},
    {"gelu", [](double x) { return x * (std::erfc(-x * std::numbers::sqrt2 / 2) / 2); }, 4, 1e-7, true},
    {"gelu_tanh",
     [](double x) { return x * sigmoid_of(2 * std::sqrt(2 * std::numbers::inv_pi) * (x + 0.044715 * x * x * x)); }, 4,
     1e-7, true},
    {"softplus", [](double x) { return std::fmax(x, 0) + (x == x ? std::log1p(std::exp(-std::fabs(x))) : x); }, 4},
    {"mish",
     [](double x) {
       const double e = std::exp(std::fmin(x, 40.0)), n = e * (e + 2);
       return x != x ? x : x * (n / (n + 2));
     },
     4, 1e-7, true},
};

/// The error in parts of what is allowed.
double relative_to_bound(const FastCase& test, float x, double exact, float got) {
  if (std::isnan(exact)) return std::isnan(got) ? 0 : INFINITY;
  if (std::isinf(got)) return std::signbit(got) == std::signbit(exact) && std::fabs(exact) > 3.40282e38 ? 0 : INFINITY;
  if (std::fabs(exact) > FLT_MAX)
    return std::signbit(got) == std::signbit(exact) && std::fabs(got) > 3.40282e38f ? 0 : INFINITY;
  if (std::fabs(exact) < test.flush && got == 0) return 0;
  const double unit = std::ldexp(1.0, std::max(std::ilogb(exact), -126) - 23);
  const double allowed = std::max(test.ulps * unit, test.absolute * (test.times_x ? std::fabs(double{x}) : 1.0));
  return std::fabs(exact - double{got}) / allowed;
}

TEST(FastMath, ErrorsAreBelowTheirBounds) {
  for (const FastCase& test : fast_cases) {
    std::vector<const Function*> functions;
    std::vector<const char*> names;
    for (const Implementation& each : implementations()) {
      if (!each.runs_here) continue;
      functions.push_back(&each.fast_function(test.name));
      names.push_back(each.name);
    }
    std::vector<double> worst(functions.size(), 0);
    std::vector<float> where(functions.size(), 0), results(functions.size(), 0);
    Eight x;
    size_t lane = 0;
    const auto push = [&](float value) {
      x[lane] = value;
      if (++lane < 8) return;
      lane = 0;
      std::array<double, 8> exact;
      for (size_t i = 0; i < 8; ++i) exact[i] = test.exact(double{x[i]});
      for (size_t f = 0; f < functions.size(); ++f) {
        Eight y;
        functions[f]->apply(x.data(), x.data(), x.data(), y.data());
        for (size_t i = 0; i < 8; ++i) {
          const double error = relative_to_bound(test, x[i], exact[i], y[i]);
          if (!(error <= worst[f])) worst[f] = error, where[f] = x[i], results[f] = y[i];
        }
      }
    };
    // Every 8209th bit pattern, signs and NaN included; then magnitudes at which functions bend, more densely.
    for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 8209)
      push(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    for (float value = -100; value < 100; value += 0.00173f) push(value);
    for (const float special : special_values()) {
      for (int32_t step = -4; step < 4; ++step)
        push(std::bit_cast<float>(std::bit_cast<uint32_t>(special) + static_cast<uint32_t>(step)));
    }
    for (size_t f = 0; f < functions.size(); ++f) {
      EXPECT_LE(worst[f], 1) << names[f] << ": " << test.name << "(" << where[f] << ") = " << results[f] << ", exactly "
                             << test.exact(double{where[f]});
      RecordProperty(std::string(test.name) + "_" + names[f], std::to_string(worst[f]));
    }
  }
}

struct FastSpecial {
  const char* name;
  float x, y;
};

const FastSpecial fast_specials[] = {
    {"exp", 0, 1},
    {"exp", -INFINITY, 0},
    {"exp", INFINITY, INFINITY},
    {"exp_beside_one", 0, 1},
    {"exp_beside_one", INFINITY, 0},
    {"log", 1, 0},
    {"log", 0, -INFINITY},
    {"log", -0.0f, -INFINITY},
    {"log", INFINITY, INFINITY},
    {"log", -INFINITY, NAN},
    {"sigmoid", 0, 0.5f},
    {"sigmoid", INFINITY, 1},
    {"sigmoid", -INFINITY, 0},
    {"swish", INFINITY, INFINITY},
    {"swish", -INFINITY, NAN},
    {"swish", -0.0f, -0.0f},
    {"swish", -3e38f, -0.0f},
    {"swish", 3e38f, 3e38f},
    {"tanh", INFINITY, 1},
    {"tanh", -INFINITY, -1},
    {"tanh", -0.0f, -0.0f},
    {"erf", INFINITY, 1},
    {"erf", -INFINITY, -1},
    {"erf", -0.0f, -0.0f},
    {"gelu", INFINITY, INFINITY},
    {"gelu", -INFINITY, NAN},
    {"gelu", -0.0f, -0.0f},
    {"gelu", -3e38f, -0.0f},
    {"gelu", 3e38f, 3e38f},
    {"gelu_tanh", INFINITY, INFINITY},
    {"gelu_tanh", -INFINITY, NAN},
    {"gelu_tanh", -3e38f, -0.0f},
    {"gelu_tanh", 3e38f, 3e38f},
    {"softplus", INFINITY, INFINITY},
    {"softplus", -INFINITY, 0},
    {"mish", INFINITY, INFINITY},
    {"mish", -INFINITY, NAN},
    {"mish", 3e38f, 3e38f},
};

TEST(FastMath, SpecialValues) {
  const auto apply = [](const Function& function, float x) {
    Eight a, y;
    a.fill(x);
    function.apply(a.data(), a.data(), a.data(), y.data());
    return y[5];
  };
  for (const Implementation& each : implementations()) {
    if (!each.runs_here) continue;
    for (const FastSpecial& special : fast_specials) {
      const float result = apply(each.fast_function(special.name), special.x);
      EXPECT_TRUE(same(result, special.y))
          << each.name << ": " << special.name << "(" << special.x << ") = " << result << ", expected " << special.y;
    }
    for (const FastCase& test : fast_cases) {
      // Quiet, signalling and with all kinds of payloads.
      for (const uint32_t bits : {0x7fc00000u, 0xffc00000u, 0x7f800001u, 0x7fc12345u, 0xffffffffu, 0x7fffff81u})
        EXPECT_TRUE(std::isnan(apply(each.fast_function(test.name), std::bit_cast<float>(bits))))
            << each.name << ": " << test.name << " of NaN " << bits;
    }
  }
}

}  // namespace
}  // namespace intaglio_test
