// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/winograd.h"

#include <fmt/format.h>

#include "support/error.h"

namespace intaglio {

namespace {

/// Coefficients, constant first, of the product of (x - p) over all points but number `skip`.
std::vector<double> product_of_roots(const std::vector<double>& points, size_t skip) {
  std::vector<double> polynomial = {1};
  for (size_t i = 0; i < points.size(); ++i) {
    if (i == skip) continue;
    std::vector<double> next(polynomial.size() + 1, 0.0);
    for (size_t k = 0; k < polynomial.size(); ++k) {
      next[k + 1] += polynomial[k];
      next[k] -= points[i] * polynomial[k];
    }
    polynomial = std::move(next);
  }
  return polynomial;
}

double power(double base, int64_t exponent) {
  double result = 1;
  for (int64_t i = 0; i < exponent; ++i) result *= base;
  return result;
}

}  // namespace

WinogradTransform winograd_transform(int64_t outputs, int64_t taps, bool powers_in_kernel) {
  WinogradTransform t{outputs, taps, {}, {}, {}, {}};
  const int64_t n = t.points();
  if (n == 1) {
    t.input = t.kernel = t.output = {{1}};
    return t;
  }
  // Few bits, so that float32 holds the transforms' factors. Chosen by measured errors: the average error of one layer
  // of 64 channels with 3x3 taps is 0.7, 0.9, 2.0, 2.8 and 5.6 times 1e-7 of its largest result on 4 to 8 points.
  switch (n) {
    case 4:
      t.finite_points = {0, 1, -1};
      break;
    case 5:
      t.finite_points = {0.375, -0.375, 1.25, -1.25};
      break;
    case 6:
      t.finite_points = {0, 0.75, -0.75, 1.25, -1.25};
      break;
    case 7:
      t.finite_points = {0.375, -0.375, 0.875, -0.875, 1.75, -1.75};
      break;
    case 8:
      t.finite_points = {0, 1, -1, 2, -2, 0.5, -0.5};
      break;
    default:
      internal_error("Winograd transforms exist on 4 to 8 points");
  }
  const std::vector<double>& points = t.finite_points;
  // The factors 1 / prod(p_i - p_l) of Lagrange's polynomials:
  // B^T without them is free of fractions that float32 cannot hold.
  std::vector<double> scales;
  for (int64_t i = 0; i + 1 < n; ++i) {
    t.input.push_back(product_of_roots(points, i));
    t.input.back().resize(n, 0.0);
    double scale = 1;
    for (int64_t l = 0; l + 1 < n; ++l) {
      if (l != i) scale *= points[i] - points[l];
    }
    // -1 for -p where there is no 0, so that the rows of p and -p differ in the signs of odd columns alone.
    if (n % 2 == 1 && points[i] < 0) {
      scale = -scale;
      for (double& value : t.input.back()) value = -value;
    }
    scales.push_back(scale);
    std::vector<double> row;
    for (int64_t tap = 0; tap < taps; ++tap) row.push_back(power(points[i], tap) / (powers_in_kernel ? 1 : scale));
    t.kernel.push_back(row);
  }
  t.input.push_back(product_of_roots(points, points.size()));
  t.kernel.emplace_back(taps, 0.0);
  t.kernel.back().back() = 1;
  for (int64_t output = 0; output < outputs; ++output) {
    std::vector<double> row;
    for (size_t i = 0; i < points.size(); ++i)
      row.push_back(power(points[i], output) / (powers_in_kernel ? scales[i] : 1));
    row.push_back(output + 1 == outputs ? 1 : 0);
    t.output.push_back(row);
  }
  return t;
}

double WinogradTransform::noise_gain() const {
  const auto squares = [](const std::vector<double>& row) {
    double sum = 0;
    for (double value : row) sum += value * value;
    return sum;
  };
  double gain = 0;
  for (const std::vector<double>& row : output) {
    for (size_t point = 0; point < row.size(); ++point)
      gain += row[point] * row[point] * squares(input[point]) * squares(kernel[point]);
  }
  return gain / static_cast<double>(outputs * taps);
}

std::string winograd_name(const WinogradTransform& h, const WinogradTransform& w) {
  if (h.points() == 1) return fmt::format("Winograd F({}, {})", w.outputs, w.taps);
  if (w.points() == 1) return fmt::format("Winograd F({}x1, {}x1)", h.outputs, h.taps);
  return fmt::format("Winograd F({}x{}, {}x{})", h.outputs, w.outputs, h.taps, w.taps);
}

}  // namespace intaglio
