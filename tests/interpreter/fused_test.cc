// The emulated fma against the C library's, which is correctly rounded, and both bodies of the strict panel kernel.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "interpreter/fused.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

namespace intaglio::interpreter {
namespace {

struct RandomBits {
  uint64_t state = 7;
  uint32_t next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state >> 32);
  }
  float any() { return std::bit_cast<float>(next()); }
  /// Exponents near zero, so that operands interact.
  float near_one() { return std::bit_cast<float>((next() & 0x807fffff) | ((112 + next() % 30) << 23)); }
};

void expect_same(float a, float b, float c) {
  const float expected = std::fmaf(a, b, c);
  const float actual = fused_multiply_add(a, b, c);
  if (std::isnan(expected)) {
    ASSERT_TRUE(std::isnan(actual)) << a << " * " << b << " + " << c;
  } else {
    ASSERT_EQ(std::bit_cast<uint32_t>(actual), std::bit_cast<uint32_t>(expected)) << a << " * " << b << " + " << c;
  }
}

TEST(FusedMultiplyAdd, RoundsOnce) {
  RandomBits random;
  for (int i = 0; i < 300000; ++i) {
    expect_same(random.any(), random.any(), random.any());
    const float a = random.near_one(), b = random.near_one();
    expect_same(a, b, random.near_one());
    expect_same(a, b, -a * b);                               // cancellation leaves the rounding error of the product
    expect_same(a * 0x1p-70f, b * 0x1p-76f, a * 0x1p-130f);  // subnormal results
  }
  const float infinity = std::numeric_limits<float>::infinity();
  for (float a : {0.0f, -0.0f, 1.0f, infinity, -infinity}) {
    for (float b : {0.0f, -0.0f, -1.0f, infinity}) {
      for (float c : {0.0f, -0.0f, 1.0f, infinity, -infinity}) expect_same(a, b, c);
    }
  }
}

TEST(AccumulatePanel, AddsInOrder) {
  RandomBits random;
  constexpr int64_t depth = 37;
  for (int64_t rows = 1; rows <= 9; ++rows) {
    std::vector<float> weights(static_cast<size_t>(rows * depth)), panel(depth * panel_columns);
    std::vector<float> sums(static_cast<size_t>(rows * panel_columns));
    for (float& value : weights) value = random.near_one();
    for (float& value : panel) value = random.near_one();
    for (float& value : sums) value = random.near_one();
    std::vector<float> expected = sums;
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t column = 0; column < panel_columns; ++column) {
        float& sum = expected[static_cast<size_t>(row * panel_columns + column)];
        for (int64_t k = 0; k < depth; ++k) {
          sum = fused_multiply_add(weights[static_cast<size_t>(row * depth + k)],
                                   panel[static_cast<size_t>(k * panel_columns + column)], sum);
        }
      }
    }
    accumulate_panel(sums.data(), weights.data(), depth, rows, panel.data(), depth);
    EXPECT_EQ(sums, expected);

    // The reference kernel rounds products and sums apart, in the same order.
    std::vector<double> double_sums(static_cast<size_t>(rows * panel_columns), 0.5);
    std::vector<double> double_expected = double_sums;
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t column = 0; column < panel_columns; ++column) {
        double& sum = double_expected[static_cast<size_t>(row * panel_columns + column)];
        for (int64_t k = 0; k < depth; ++k) {
          const double weight = weights[static_cast<size_t>(row * depth + k)];
          sum += weight * panel[static_cast<size_t>(k * panel_columns + column)];
        }
      }
    }
    accumulate_panel(double_sums.data(), weights.data(), depth, rows, panel.data(), depth);
    EXPECT_EQ(double_sums, double_expected);
  }
}

}  // namespace
}  // namespace intaglio::interpreter
