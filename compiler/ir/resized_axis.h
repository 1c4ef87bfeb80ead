// Where the elements of a resized axis come from: the coordinates of ONNX Resize, rounded as those round who say what
// the numbers must be (docs/numerics.md). Part of the operator's meaning, so it stands here once for the interpreter
// and for lowering; its test compares it with the elements that PyTorch and ONNX Runtime pick.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <optional>

#include "ir/operators.h"

namespace intaglio {

/// The fraction that a positive float32 scale was rounded from, or itself over 1: 0.6 in float32 stands for 3/5.
struct ScaleFraction {
  double positions = 1, elements = 1;
};
ScaleFraction scale_fraction(float scale);

/// One axis of a Resize: `elements` elements of x lie under `positions` elements of y. Without a scale these are the
/// extents, else the scale as a fraction.
struct ResizedAxis {
  int64_t in = 1, out = 1;
  double elements = 1, positions = 1;
  std::optional<float> scale;         ///< as the model gives it
  double roi_begin = 0, roi_end = 1;  ///< tf_crop_and_resize

  /// y's elements per element of x.
  double ratio() const { return positions / elements; }
  /// True when y is x along this axis (unless it is cropped).
  bool unchanged() const { return in == out && elements == positions; }
};

/// Axis `axis` of a Resize from `in` to `out` elements, neither of them 0.
ResizedAxis resized_axis(const Resize& op, size_t axis, int64_t in, int64_t out);

/// Coordinate of an element of y in elements of x, as linear and cubic interpolation read it.
double source_position(const Resize& op, const ResizedAxis& axis, int64_t element);

/// The element of x that nearest mode copies to an element of y.
int64_t nearest_element(const Resize& op, const ResizedAxis& axis, int64_t element);

}  // namespace intaglio
