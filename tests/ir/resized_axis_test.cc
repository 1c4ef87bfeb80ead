// Resize in nearest mode picks the elements that PyTorch and ONNX Runtime pick:
// resized_axes.txt (make_resized_axes.py).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/resized_axis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "ir/attributes.h"

namespace intaglio {
namespace {

template <class Enum, size_t count>
Enum named(const std::array<std::string_view, count>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  EXPECT_NE(found, names.end()) << name;
  return static_cast<Enum>(found - names.begin());
}

TEST(ResizedAxis, PicksWhatPyTorchAndOnnxRuntimePick) {
  std::ifstream file(std::string(INTAGLIO_TESTS_DIR) + "/ir/resized_axes.txt");
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    std::istringstream words(line);
    std::string source, transform, rounding, scale, equals;
    int64_t in = 0, out = 0;
    words >> source >> transform >> rounding >> in >> out >> scale >> equals;
    Resize op;
    op.coordinates = named<CoordinateTransform>(coordinate_transforms, transform);
    op.nearest = named<NearestMode>(nearest_modes, rounding);
    if (scale != "sizes") op.scales = {std::stof(scale)};
    const ResizedAxis axis = resized_axis(op, 0, in, out);
    for (int64_t element = 0; element < out; ++element) {
      int64_t expected = -1;
      words >> expected;
      if (expected >= 0) {
        EXPECT_EQ(nearest_element(op, axis, element), expected)
            << line.substr(0, line.find('=')) << "element " << element;
      }
    }
    ++cases;
  }
  EXPECT_GT(cases, 300);
}

TEST(ResizedAxis, TakesAScaleForTheFractionItWasRoundedFrom) {
  Resize op;
  for (const auto& [scale, positions, elements] : {std::array<double, 3>{0.6, 3, 5},
                                                   {2, 2, 1},
                                                   {1.0 / 3, 1, 3},
                                                   {2.85, 57, 20},
                                                   {1e-3, 1, 1000},
                                                   {0.123, 123, 1000}}) {
    op.scales = {static_cast<float>(scale)};
    const ResizedAxis axis = resized_axis(op, 0, 1000, 600);
    EXPECT_EQ(axis.positions, positions) << scale;
    EXPECT_EQ(axis.elements, elements) << scale;
  }
  op.scales = {1.41421354f};  // no small fraction: any that rounds to it
  const ResizedAxis axis = resized_axis(op, 0, 10, 14);
  EXPECT_EQ(static_cast<float>(axis.ratio()), 1.41421354f);
}

TEST(ResizedAxis, InterpolatesAtExactPositionsBySize) {
  Resize op;
  op.mode = ResizeMode::linear;
  EXPECT_EQ(source_position(op, resized_axis(op, 0, 20, 6), 4), 14.5);  // 6 / 20 is no float32
  op.coordinates = CoordinateTransform::align_corners;
  EXPECT_EQ(source_position(op, resized_axis(op, 0, 10, 4), 2), 6);
}

}  // namespace
}  // namespace intaglio
