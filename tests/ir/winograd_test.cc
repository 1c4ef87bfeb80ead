// Winograd's matrices give exactly the correlation they stand for.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/winograd.h"

#include <gtest/gtest.h>

namespace intaglio::testing {
namespace {

TEST(WinogradTransform, IsTheCorrelation) {
  for (int64_t points : {4, 5, 6, 7, 8}) {
    for (int64_t taps = 2; taps < points; ++taps) {
      for (bool powers_in_kernel : {false, true}) {
        const WinogradTransform t = winograd_transform(points - taps + 1, taps, powers_in_kernel);
        for (int64_t output = 0; output < t.outputs; ++output) {
          for (int64_t tap = 0; tap < taps; ++tap) {
            for (int64_t input = 0; input < points; ++input) {
              double sum = 0;
              for (int64_t point = 0; point < points; ++point)
                sum += t.output[output][point] * t.kernel[point][tap] * t.input[point][input];
              EXPECT_NEAR(sum, input == output + tap ? 1 : 0, 1e-14) << points << " points, " << taps << " taps";
            }
          }
        }
      }
    }
  }
}

TEST(WinogradTransform, MagnifiesNoiseWithThePoints) {
  const double expected[] = {1.67, 2.62, 6.48, 10.30, 20.63};  // computed apart, in Python
  for (int64_t points : {4, 5, 6, 7, 8})
    EXPECT_NEAR(winograd_transform(points - 2, 3).noise_gain(), expected[points - 4], 0.01) << points;
  EXPECT_EQ(winograd_transform(1, 1).noise_gain(), 1);
}

TEST(WinogradTransform, OfOneTapIsTheIdentity) {
  const WinogradTransform t = winograd_transform(1, 1);
  EXPECT_EQ(t.points(), 1);
  EXPECT_EQ(t.input, (std::vector<std::vector<double>>{{1}}));
}

TEST(WinogradTransform, RowsOfOppositePointsDifferInOddColumns) {  // which rendering relies on
  for (int64_t outputs : {2, 3, 4, 5, 6}) {
    const WinogradTransform t = winograd_transform(outputs, 3);
    for (int64_t point = t.first_pair(); point + 1 < t.points(); point += 2) {
      EXPECT_EQ(t.finite_points[point], -t.finite_points[point + 1]);
      for (int64_t input = 0; input < t.points(); ++input)
        EXPECT_EQ(t.input[point][input], (input % 2 == 0 ? 1 : -1) * t.input[point + 1][input]);
      for (int64_t tap = 0; tap < t.taps; ++tap)
        EXPECT_EQ(t.kernel[point][tap], (tap % 2 == 0 ? 1 : -1) * t.kernel[point + 1][tap]);
    }
  }
}

}  // namespace
}  // namespace intaglio::testing
