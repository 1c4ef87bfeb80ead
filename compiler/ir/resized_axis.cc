// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/resized_axis.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "support/error.h"

namespace intaglio {

namespace {

/// Coordinate of `element`; scaled(o) is o elements of y in elements of x, shift what half_pixel_symmetric adds.
template <class Scaled>
double coordinate(CoordinateTransform transform, const ResizedAxis& axis, int64_t element, double shift,
                  Scaled&& scaled) {
  const auto o = static_cast<double>(element), last_in = static_cast<double>(axis.in - 1),
             last_out = static_cast<double>(axis.out - 1);
  switch (transform) {
    case CoordinateTransform::half_pixel:
      return scaled(o + 0.5) - 0.5;
    case CoordinateTransform::half_pixel_symmetric:
      return shift + scaled(o + 0.5) - 0.5;
    case CoordinateTransform::pytorch_half_pixel:
      return axis.out > 1 ? scaled(o + 0.5) - 0.5 : 0;
    case CoordinateTransform::align_corners:
      return axis.out > 1 ? o * last_in / last_out : 0;
    case CoordinateTransform::asymmetric:
      return scaled(o);
    case CoordinateTransform::tf_crop_and_resize:
      if (axis.out == 1) return 0.5 * (axis.roi_begin + axis.roi_end) * last_in;
      return axis.roi_begin * last_in + o * (axis.roi_end - axis.roi_begin) * last_in / last_out;
  }
  internal_error("unknown coordinate transform");
}

/// Half of what the extent of y lacks or exceeds when x is scaled exactly.
double symmetric_shift(const ResizedAxis& axis, double scaled_extent) {
  return static_cast<double>(axis.in) / 2 * (1 - static_cast<double>(axis.out) / scaled_extent);
}

int64_t rounded(NearestMode mode, double x) {
  constexpr double tie = 1e-6;  // ONNX Runtime's: positions that are halves but for rounding
  const double below = std::floor(x), fraction = x - below;
  switch (mode) {
    case NearestMode::round_prefer_floor:
      return static_cast<int64_t>(fraction <= 0.5 + tie ? below : below + 1);
    case NearestMode::round_prefer_ceil:
      return static_cast<int64_t>(fraction < 0.5 - tie ? below : below + 1);
    case NearestMode::floor:
      return static_cast<int64_t>(below);
    case NearestMode::ceil:
      return static_cast<int64_t>(std::ceil(x));
  }
  internal_error("unknown nearest mode");
}

int64_t unclamped_nearest(const Resize& op, const ResizedAxis& axis, int64_t element) {
  // PyTorch's nearest, as its exporters write it. PyTorch multiplies by a float32.
  if (op.coordinates == CoordinateTransform::asymmetric && op.nearest == NearestMode::floor) {
    const float step = static_cast<float>(axis.elements / axis.positions);
    return static_cast<int64_t>(std::floor(static_cast<float>(element) * step));
  }
  if (!axis.scale) return rounded(op.nearest, source_position(op, axis, element));
  // The scale as it stands. Like ONNX Runtime, the quotient is rounded to float32, which takes back what the scale was
  // rounded by in most cases: 3 / 0.3 is 10.
  const double scale = *axis.scale;
  const double x =
      coordinate(op.coordinates, axis, element, symmetric_shift(axis, scale * static_cast<double>(axis.in)),
                 [&](double o) { return static_cast<double>(static_cast<float>(o / scale)); });
  return rounded(op.nearest, static_cast<float>(x));
}

}  // namespace

/// The first convergent of its continued fraction that rounds to the scale. Fractions with a denominator below about
/// 2000 are found again, so that 3 elements scaled by 1.7 (which is 1.70000005 in float32) lie as PyTorch lays them.
ScaleFraction scale_fraction(float scale) {
  double rest = scale;
  double last_positions = 0, last_elements = 1;
  ScaleFraction fraction{1, 0};
  while (true) {
    const double digit = std::floor(rest);
    const double positions = digit * fraction.positions + last_positions,
                 elements = digit * fraction.elements + last_elements;
    last_positions = std::exchange(fraction.positions, positions);
    last_elements = std::exchange(fraction.elements, elements);
    if (static_cast<float>(positions / elements) == scale) return fraction;
    if (!(rest > digit)) return {scale, 1};
    rest = 1 / (rest - digit);
  }
}

ResizedAxis resized_axis(const Resize& op, size_t axis, int64_t in, int64_t out) {
  ResizedAxis result{in, out, static_cast<double>(in), static_cast<double>(out), std::nullopt};
  if (!op.scales.empty()) {
    const ScaleFraction fraction = scale_fraction(op.scales[axis]);
    result.positions = fraction.positions, result.elements = fraction.elements;
    result.scale = op.scales[axis];
  }
  if (!op.roi.empty()) {
    result.roi_begin = op.roi[axis];
    result.roi_end = op.roi[op.roi.size() / 2 + axis];
  }
  return result;
}

double source_position(const Resize& op, const ResizedAxis& axis, int64_t element) {
  const double shift = symmetric_shift(axis, static_cast<double>(axis.in) * axis.positions / axis.elements);
  return coordinate(op.coordinates, axis, element, shift, [&](double o) { return o * axis.elements / axis.positions; });
}

int64_t nearest_element(const Resize& op, const ResizedAxis& axis, int64_t element) {
  return std::clamp<int64_t>(unclamped_nearest(op, axis, element), 0, axis.in - 1);
}

}  // namespace intaglio
