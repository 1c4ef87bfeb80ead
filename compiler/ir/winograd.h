// The matrices of Winograd's (Toom-Cook) minimal filtering:
// m outputs of a filter with r taps by n = m + r - 1 products,
//     y = A^T [(G g) . (B^T d)]        d: n inputs, g: r taps, y: m outputs
// (Winograd, "Arithmetic Complexity of Computations", 1980; Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016). Lowering transforms weights with G, the backend renders A^T and B^T as straight-line code.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace intaglio {

struct WinogradTransform {
  int64_t outputs = 1, taps = 1;
  int64_t points() const { return outputs + taps - 1; }
  /// Interpolation points but the last, which is infinity: 0 if there is an odd number of them, then pairs p, -p.
  std::vector<double> finite_points;
  int64_t first_pair() const { return static_cast<int64_t>(finite_points.size()) % 2; }
  /// B^T [point][input], integers and short binary fractions.
  /// Here and in G the row of -p is that of p with other signs in odd columns.
  std::vector<std::vector<double>> input;
  std::vector<std::vector<double>> kernel;  ///< G [point][tap]
  std::vector<std::vector<double>> output;  ///< A^T [output][point]
  /// By how much the variance of the results' rounding errors exceeds that of the points' sums: the mean over the
  /// outputs o of sum over p of A[o,p]^2 |B[p]|^2 |G[p]|^2 / taps, for independent inputs and taps of equal variance.
  /// 1.7, 2.6, 6.5, 10 and 21 for three taps on 4 to 8 points.
  double noise_gain() const;
};

/// F(outputs, taps) on 1 point (identity) or 4 to 8: other sums of outputs and taps are an internal error. The factors
/// of Lagrange's polynomials stand in G, which weights are transformed with in double. With `powers_in_kernel` they
/// stand in A^T, for transforms of weights at run time: G then takes a third fewer operations, and the factors' own
/// rounding costs up to a quarter more error.
WinogradTransform winograd_transform(int64_t outputs, int64_t taps, bool powers_in_kernel = false);

/// "Winograd F(4x4, 3x3)", "Winograd F(6, 3)" for a filter with one row.
std::string winograd_name(const WinogradTransform& h, const WinogradTransform& w);

}  // namespace intaglio
