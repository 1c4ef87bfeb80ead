// Circular functions and their inverses, and the hyperbolic functions that the others do not need. Series as in
// math64.cc; arguments of any size are reduced with as many digits of 2/pi as they need (Payne and Hanek).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "support/math64.h"

namespace intaglio::math64 {

namespace {

constexpr double half_pi = 0x1.921fb54442d18p+0;
constexpr double half_pi_low = 0x1.1a62633145c07p-54;
constexpr double quarter_pi = half_pi / 2;
constexpr double ln2 = 0x1.62e42fefa39efp-1;

// The first 1344 bits of 2/pi behind the point.
constexpr std::array<uint32_t, 42> two_over_pi = {
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a,
    0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41,
    0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf,
    0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08,
    0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d, 0xa9e39161, 0x5ee61b08,
};

/// 32 bits of 2/pi from a bit on; zeros in front of the first.
uint32_t bits_of_two_over_pi(int first) {
  const auto word = [](int index) { return index < 0 ? 0 : two_over_pi[static_cast<size_t>(index)]; };
  const int index = (first + 64) / 32 - 2, shift = (first + 64) % 32;
  const uint64_t pair = uint64_t{word(index)} << 32 | word(index + 1);
  return static_cast<uint32_t>(pair << shift >> 32);
}

/// x = quadrant pi/2 + rest with |rest| <= pi/4.
struct Angle {
  int quadrant;
  double rest;
};

/// Of a finite x above pi/4. With x = mantissa 2^exponent, the bits of 2/pi whose products with x are multiples of 4 are
/// left out; the next 192 give x 2/pi modulo 4 with an error of 2^-137, and no double is closer than 2^-62 to a multiple.
Angle reduced(double x) {
  const auto bits = std::bit_cast<uint64_t>(x);
  const uint64_t mantissa = (bits & 0x000fffffffffffff) | 0x0010000000000000;
  const int exponent = static_cast<int>(bits >> 52) - 1075;
  std::array<uint32_t, 6> product{};  // the least significant word first; what is above 192 bits is a multiple of 4
  for (size_t shift = 0; shift < 2; ++shift) {
    const uint64_t factor = static_cast<uint32_t>(mantissa >> 32 * shift);
    uint64_t carry = 0;
    for (size_t i = 0; i + shift < product.size(); ++i) {
      carry += factor * bits_of_two_over_pi(exponent - 2 + 32 * (5 - static_cast<int>(i))) + product[i + shift];
      product[i + shift] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  const auto word = [&](size_t i) { return uint64_t{product[i + 1]} << 32 | product[i]; };
  const uint64_t high = word(4) << 2 | word(2) >> 62, low = word(2) << 2 | word(0) >> 62;
  // The fraction as a signed number: from one half on it belongs to the next quadrant.
  const auto quadrant = static_cast<int>((word(4) >> 62) + (high >> 63));
  const double turns = static_cast<double>(static_cast<int64_t>(high)) * 0x1p-64 + static_cast<double>(low) * 0x1p-128;
  return {quadrant, turns * half_pi};
}

/// For |x| <= pi/4.
double sine_series(double x) {
  double tail = 0;
  for (int n = 20; n >= 2; n -= 2) tail = -x * x / (n * (n + 1)) * (1 + tail);
  return x + x * tail;
}

double cosine_series(double x) {
  double tail = 0;
  for (int n = 19; n >= 1; n -= 2) tail = -x * x / (n * (n + 1)) * (1 + tail);
  return 1 + tail;
}

double of_quadrant(const Angle& angle) {
  const double value = angle.quadrant % 2 == 0 ? sine_series(angle.rest) : cosine_series(angle.rest);
  return angle.quadrant % 4 < 2 ? value : -value;
}

/// For 0 <= x <= 1: angles are halved twice, then the series.
double arc_tangent(double x) {
  if (x < 0x1p-30) return x;
  for (int halvings = 0; halvings < 2; ++halvings) x /= 1 + std::sqrt(1 + x * x);
  double tail = 0;
  for (int n = 27; n >= 3; n -= 2) tail = -x * x * (1.0 / n + tail);
  return 4 * (x + x * tail);
}

}  // namespace

double sin(double x) {
  if (!std::isfinite(x)) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return x;  // with its sign
  if (std::fabs(x) <= quarter_pi) return sine_series(x);
  const double value = of_quadrant(reduced(std::fabs(x)));
  return x < 0 ? -value : value;
}

double cos(double x) {
  if (!std::isfinite(x)) return std::numeric_limits<double>::quiet_NaN();
  if (std::fabs(x) <= quarter_pi) return cosine_series(x);
  const Angle angle = reduced(std::fabs(x));
  return of_quadrant({angle.quadrant + 1, angle.rest});
}

double tan(double x) { return sin(x) / cos(x); }

double atan(double x) {
  const double size = std::fabs(x);
  const double angle = size > 1 ? half_pi - (arc_tangent(1 / size) - half_pi_low) : arc_tangent(size);
  return std::copysign(angle, x);
}

double asin(double x) { return atan(x / std::sqrt((1 - x) * (1 + x))); }

double acos(double x) { return 2 * atan(std::sqrt((1 - x) / (1 + x))); }

double cosh(double x) {
  const double root = exp(std::fabs(x) / 2);
  return root / 2 * root + 0.5 / root / root;
}

double asinh(double x) {
  const double size = std::fabs(x);
  const double value = size > 0x1p28 ? log(size) + ln2 : log1p(size + size * size / (1 + std::sqrt(1 + size * size)));
  return std::copysign(value, x);
}

double acosh(double x) {
  if (x < 1) return std::numeric_limits<double>::quiet_NaN();
  if (x > 0x1p28) return log(x) + ln2;
  return log1p(x - 1 + std::sqrt((x - 1) * (x + 1)));
}

double atanh(double x) {
  const double size = std::fabs(x);
  return std::copysign(log1p(2 * size / (1 - size)) / 2, x);
}

}  // namespace intaglio::math64
