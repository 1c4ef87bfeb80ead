// Strassen's algorithm in Winograd's form: the product of two matrices of 2x2 quarters by 7 products of quarters
// instead of 8, and 15 additions (Strassen, "Gaussian Elimination is not Optimal", 1969; Winograd, "On multiplication
// of 2x2 matrices", 1971). With quarters a[row][column] of the left and b[row][column] of the right matrix
//     s1 = a21 + a22, s2 = s1 - a11, s3 = a11 - a21, s4 = a12 - s2
//     t1 = b12 - b11, t2 = b22 - t1, t3 = b22 - b12, t4 = t2 - b21
//     m1 = a11 b11, m2 = a12 b21, m3 = s4 b22, m4 = a22 t4, m5 = s1 t1, m6 = s2 t2, m7 = s3 t3
//     u2 = m1 + m6, u3 = u2 + m7, u4 = u2 + m5
//     c11 = m1 + m2, c12 = u4 + m3, c21 = u3 - m4, c22 = u3 + m5
// The left matrix holds pixels x input channels, which generated code combines; the right one the weights, which
// lowering combines.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

namespace intaglio {

constexpr int strassen_products = 7;

/// Factors of b11, b12, b21, b22 in the right operand of each product.
inline const std::vector<std::vector<double>>& strassen_weights() {
  static const std::vector<std::vector<double>> rows = {{1, 0, 0, 0},  {0, 0, 1, 0},  {0, 0, 0, 1}, {1, -1, -1, 1},
                                                        {-1, 1, 0, 0}, {1, -1, 0, 1}, {0, -1, 0, 1}};
  return rows;
}

}  // namespace intaglio
