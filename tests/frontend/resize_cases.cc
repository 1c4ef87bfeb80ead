// Resize and Upsample: what they become, and what of them is refused.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/node_cases.h"

namespace intaglio::testing {

NodeCases resize_cases() {
  NodeCases cases;
  cases.imported = {
      {"Upsample7",
       8,
       {1, 1, 2, 2},
       on_x("Upsample", {numbers("scales", {1, 1, 2, 2})}),
       "y = resize(x) {mode nearest, coordinates asymmetric, nearest floor, scales 1 1 2 2} : float32 1x1x4x4\n"},
      {"Upsample9",
       9,
       {1, 1, 2, 2},
       on("Upsample", {"x", "s"}),
       "y = resize(x) {mode nearest, coordinates asymmetric, nearest floor, scales 1 1 2 2} : float32 1x1x4x4\n",
       {{"s", floats({4}, {1, 1, 2, 2})}}},
      {"ResizeSizes",
       13,
       {1, 1, 2, 2},
       on("Resize", {"x", "", "", "s"}, {text("mode", "linear")}),
       "y = resize(x) {mode linear, coordinates half_pixel} : float32 1x1x5x4\n",
       {{"s", int64s({4}, {1, 1, 5, 4})}}},
      {"ResizeKeepsTheScaleItIsGiven",
       13,
       {1, 1, 7, 4},
       on("Resize", {"x", "", "s"}, {text("mode", "linear")}),
       "y = resize(x) {mode linear, coordinates half_pixel, scales 1 1 0.6 2.5} : float32 1x1x4x10\n",
       {{"s", floats({4}, {1, 1, 0.6f, 2.5f})}}},
      // By scale, PyTorch copies along an axis that keeps its extent, and in two dimensions nearest repeats every element
      // where the extent doubles.
      {"ResizeLinearByScaleToTheSameExtent",
       13,
       {1, 1, 4, 4},
       on("Resize", {"x", "", "s"}, {text("mode", "linear")}),
       "y = resize(x) {mode linear, coordinates half_pixel, scales 1 1 1 2} : float32 1x1x4x8\n",
       {{"s", floats({4}, {1, 1, 1.1f, 2})}}},
      {"ResizeNearestByScaleToExtentsOfPyTorch",
       13,
       {1, 1, 4, 3},
       on("Resize", {"x", "", "s"},
          {text("mode", "nearest"), text("coordinate_transformation_mode", "asymmetric"),
           text("nearest_mode", "floor")}),
       "y = resize(x) {mode nearest, coordinates asymmetric, nearest floor, scales 1 1 1 2} : float32 1x1x4x6\n",
       {{"s", floats({4}, {1, 1, 1.1f, 2.3f})}}},
      {"ResizeNearestByScaleInOneDimension",
       13,
       {1, 1, 4},
       on("Resize", {"x", "", "s"},
          {text("mode", "nearest"), text("coordinate_transformation_mode", "asymmetric"),
           text("nearest_mode", "floor")}),
       "y = resize(x) {mode nearest, coordinates asymmetric, nearest floor, scales 1 1 1.1} : float32 1x1x4\n",
       {{"s", floats({3}, {1, 1, 1.1f})}}},
      {"Resize10ThatGrowsAndShrinks",
       10,
       {1, 1, 3, 6},
       on("Resize", {"x", "s"}),
       "'y/shrunk' = resize(x) {mode nearest, coordinates asymmetric, nearest ceil, scales 1 1 1 0.5} : float32 "
       "1x1x3x3\n"
       "y = resize('y/shrunk') {mode nearest, coordinates asymmetric, nearest floor, scales 1 1 2 1} : float32 "
       "1x1x6x3\n",
       {{"s", floats({4}, {1, 1, 2, 0.5f})}}},
      {"ResizeAxesNotLarger",
       18,
       {1, 1, 2, 4},
       on("Resize", {"x", "", "", "s"}, {integers("axes", {2, 3}), text("keep_aspect_ratio_policy", "not_larger")}),
       "y = resize(x) {mode nearest, coordinates half_pixel, nearest round_prefer_floor, scales 1 1 1.5 1.5} : float32 "
       "1x1x3x6\n",
       {{"s", int64s({2}, {7, 6})}}},
      {"ResizeToSameSize",
       13,
       {1, 1, 2, 2},
       on("Resize", {"x", "", "", "s"}),
       "y = identity(x) : float32 1x1x2x2\n",
       {{"s", int64s({4}, {1, 1, 2, 2})}}},
  };
  cases.refused = {
      {"ResizeWithoutSizes", on("Resize", {"x"}), "Resize needs scales or sizes, and not both"},
      {"ResizeMode", on("Resize", {"x", "", "v"}, {text("mode", "area")}), "mode = 'area' is not supported"},
  };
  return cases;
}

}  // namespace intaglio::testing
