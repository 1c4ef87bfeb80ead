// Resize and its predecessor Upsample.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "frontend/importers.h"
#include "frontend/tensor_proto.h"
#include "ir/resized_axis.h"

namespace intaglio::frontend {

namespace {

/// Floats of an input that must be constant; nothing when it is absent or, as exporters write it, empty.
std::vector<float> optional_floats(const NodeImporter& node, size_t slot, std::string_view what) {
  if (!node.has_input(slot)) return {};
  const TensorData data = node.constant_input(slot, what);
  if (data.shape().rank() != 1) node.fail(fmt::format("{} of {} must have one dimension", what, node.type()));
  std::vector<float> values;
  for (double value : data.as_double()) values.push_back(static_cast<float>(value));
  return values;
}

std::vector<int64_t> optional_sizes(const NodeImporter& node, size_t slot) {
  return node.has_input(slot) ? node.integers_input(slot, "sizes") : std::vector<int64_t>();
}

/// The extent that a scale makes of an axis. PyTorch multiplies by the scale as it was before it became a float32,
/// ONNX's shape inference and ONNX Runtime in float32: 45 times 1.4 are 62 and 63. The file may declare the latter, as
/// the TorchScript exporter does; else it is PyTorch's.
int64_t scaled_extent(NodeImporter& node, size_t axis, int64_t extent, float scale) {
  const float product = static_cast<float>(extent) * scale;
  if (!(scale > 0) || !(product < static_cast<float>(most_elements))) {
    node.fail(fmt::format("an axis of extent {} cannot be scaled by {}", extent, scale));
  }
  const ScaleFraction fraction = scale_fraction(scale);
  const double exact = static_cast<double>(extent) * (fraction.positions / fraction.elements);
  const auto pytorch = static_cast<int64_t>(std::floor(exact)), rounded = static_cast<int64_t>(std::floor(product));
  if (pytorch == rounded || node.declared_extent(axis) == rounded) return rounded;
  node.doubt_extents(
      fmt::format("{} times {} are {} in PyTorch, but {} by ONNX's shape inference: export Resize with "
                  "sizes instead of scales",
                  extent, scale, pytorch, rounded));
  return pytorch;
}

/// What scales, sizes and keep_aspect_ratio_policy say about the axes they name.
class Extents {
 public:
  Extents(NodeImporter& node, const Shape& shape, std::vector<int64_t> axes)
      : result(shape), node_(node), shape_(shape), axes_(std::move(axes)) {}

  std::vector<float> scales;  ///< none when the result's extents say it all
  Shape result;

  void set_scales(const std::vector<float>& values, const std::vector<float>& roi) {
    expect_count("scales", values.size());
    scales.assign(shape_.rank(), 1.0f);
    for (size_t i = 0; i < axes_.size(); ++i) {
      const size_t axis = static_cast<size_t>(axes_[i]);
      const float part = roi.empty() ? 1.0f : roi[shape_.rank() + axis] - roi[axis];
      scales[axis] = values[i];
      result[axis] = scaled_extent(node_, axis, shape_[axis], values[i] * part);
    }
  }

  /// Policies: 0 stretch, 1 not_larger, 2 not_smaller.
  void set_sizes(const std::vector<int64_t>& sizes, size_t policy) {
    expect_count("sizes", sizes.size());
    check_extents(sizes);
    std::vector<float> wanted;
    for (size_t i = 0; i < axes_.size(); ++i) {
      const size_t axis = static_cast<size_t>(axes_[i]);
      const int64_t extent = shape_[axis];
      if (extent == 0 && sizes[i] != 0) node_.fail("an axis without elements cannot be resized");
      wanted.push_back(extent == 0 ? 1.0f : static_cast<float>(sizes[i]) / static_cast<float>(extent));
      result[axis] = sizes[i];
    }
    if (policy == 0 || wanted.empty()) return;
    const float common = policy == 1 ? *std::ranges::min_element(wanted) : *std::ranges::max_element(wanted);
    scales.assign(shape_.rank(), 1.0f);
    for (int64_t named : axes_) {
      const size_t axis = static_cast<size_t>(named);
      scales[axis] = common;
      result[axis] = std::llround(static_cast<float>(shape_[axis]) * common);
    }
  }

 private:
  void expect_count(std::string_view what, size_t count) const {
    if (count == axes_.size()) return;
    node_.fail(fmt::format("{} of {} has {} entries where {} are needed", what, node_.type(), count, axes_.size()));
  }

  NodeImporter& node_;
  const Shape shape_;
  const std::vector<int64_t> axes_;
};

/// Where a scale leaves an extent as it is, like 1.1 of 4 elements, PyTorch copies along that axis (nearest with one
/// spatial axis and cubic do not), and where it doubles an extent, nearest with two spatial axes repeats every element.
void settle_scales(Resize& op, const Shape& x, const Shape& y) {
  const bool linear =
      op.mode == ResizeMode::linear && !op.antialias &&
      (op.coordinates == CoordinateTransform::half_pixel || op.coordinates == CoordinateTransform::pytorch_half_pixel);
  const bool nearest = op.mode == ResizeMode::nearest && op.coordinates == CoordinateTransform::asymmetric &&
                       op.nearest == NearestMode::floor && x.rank() > 3;
  for (size_t axis = 0; axis < op.scales.size(); ++axis) {
    if ((linear || nearest) && y[axis] == x[axis]) op.scales[axis] = 1;
    if (nearest && y[axis] == 2 * x[axis]) op.scales[axis] = 2;
  }
}

void resize_result(NodeImporter& node, TensorId x, Resize op, const Shape& result) {
  settle_scales(op, node.shape(x), result);
  const bool unchanged = std::ranges::all_of(op.scales, [](float scale) { return scale == 1; });
  if (unchanged && op.roi.empty() && result == node.shape(x)) return node.alias(x);
  check_extents(result.extents());
  if (node.shape(x).elements() == 0 && result.elements() > 0) node.fail("a tensor without elements cannot be resized");
  node.result(std::move(op), {x}, node.element_type(x), result);
}

/// Upsample 7 and 9, Resize 10: asymmetric coordinates. Nearest means floor along axes that grow, ceil along those that
/// shrink; where there are both, the shrinking ones come first.
void resize_by_scales(NodeImporter& node, const std::vector<float>& scales) {
  const TensorId x = node.input(0);
  node.expect_float(x);
  std::vector<int64_t> axes(node.rank(x));
  std::iota(axes.begin(), axes.end(), 0);
  Extents extents(node, node.shape(x), std::move(axes));
  extents.set_scales(scales, {});
  Resize op;
  op.mode = static_cast<ResizeMode>(node.attributes.choice("mode", "nearest", {"nearest", "linear"}));
  op.coordinates = CoordinateTransform::asymmetric;
  const auto shrinks = [](float scale) { return scale < 1; };
  op.nearest = std::ranges::any_of(scales, shrinks) ? NearestMode::ceil : NearestMode::floor;
  op.scales = extents.scales;
  const bool grows = std::ranges::any_of(scales, [](float scale) { return scale > 1; });
  if (op.mode != ResizeMode::nearest || op.nearest == NearestMode::floor || !grows)
    return resize_result(node, x, std::move(op), extents.result);

  Resize shrink = op;
  Shape shrunk = node.shape(x);
  for (size_t axis = 0; axis < scales.size(); ++axis) {
    (shrinks(scales[axis]) ? op : shrink).scales[axis] = 1;
    if (shrinks(scales[axis])) shrunk[axis] = extents.result[axis];
  }
  op.nearest = NearestMode::floor;
  const TensorId part = node.emit("shrunk", std::move(shrink), {x}, node.element_type(x), shrunk);
  resize_result(node, part, std::move(op), extents.result);
}

void import_upsample(NodeImporter& node) {
  if (node.version() >= 9) return resize_by_scales(node, optional_floats(node, 1, "scales"));
  node.expect_inputs(1);
  resize_by_scales(node, node.attributes.numbers("scales").value_or(std::vector<float>()));
}

std::vector<int64_t> read_axes(NodeImporter& node, size_t rank) {
  std::vector<int64_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (node.version() < 18) return axes;
  axes = node.attributes.integers("axes").value_or(axes);
  NodeImporter::normal_axes(axes, rank);  // in range, none twice
  for (int64_t& axis : axes) axis = NodeImporter::normal_axis(axis, rank);
  return axes;
}

/// Starts then ends for every axis; 0 and 1 for axes that are not named.
std::vector<float> read_roi(const NodeImporter& node, const std::vector<int64_t>& axes, size_t rank) {
  const std::vector<float> given = optional_floats(node, 1, "roi");
  if (given.size() != 2 * axes.size()) {
    node.fail(fmt::format("roi of Resize has {} entries where {} are needed", given.size(), 2 * axes.size()));
  }
  std::vector<float> roi(2 * rank, 0.0f);
  std::fill(roi.begin() + static_cast<std::ptrdiff_t>(rank), roi.end(), 1.0f);
  for (size_t i = 0; i < axes.size(); ++i) {
    roi[static_cast<size_t>(axes[i])] = given[i];
    roi[rank + static_cast<size_t>(axes[i])] = given[axes.size() + i];
  }
  return roi;
}

CoordinateTransform read_coordinates(NodeImporter& node) {
  constexpr std::string_view name = "coordinate_transformation_mode";
  if (node.attributes.text(name, "half_pixel") == "half_pixel_symmetric" && node.version() < 19) {
    node.fail("half_pixel_symmetric is not part of this opset", "it came with opset 19");
  }
  return static_cast<CoordinateTransform>(
      node.attributes.choice(name, "half_pixel",
                             {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
                              "tf_crop_and_resize"}));
}

void import_resize(NodeImporter& node) {
  if (node.version() < 11) {
    node.expect_inputs(2);
    return resize_by_scales(node, optional_floats(node, 1, "scales"));
  }
  const TensorId x = node.input(0);
  node.expect_float(x);
  Resize op;
  op.mode = static_cast<ResizeMode>(node.attributes.choice("mode", "nearest", {"nearest", "linear", "cubic"}));
  op.coordinates = read_coordinates(node);
  op.nearest = static_cast<NearestMode>(node.attributes.choice(
      "nearest_mode", "round_prefer_floor", {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}));
  op.cubic_coefficient = node.attributes.number("cubic_coeff_a", -0.75f);
  op.exclude_outside = node.attributes.flag("exclude_outside", false);
  op.extrapolation = node.attributes.number("extrapolation_value", 0);
  size_t policy = 0;
  if (node.version() >= 18) {
    op.antialias = node.attributes.flag("antialias", false) && op.mode != ResizeMode::nearest;
    policy = node.attributes.choice("keep_aspect_ratio_policy", "stretch", {"stretch", "not_larger", "not_smaller"});
  }
  const std::vector<int64_t> axes = read_axes(node, node.rank(x));
  if (op.coordinates == CoordinateTransform::tf_crop_and_resize) op.roi = read_roi(node, axes, node.rank(x));

  const std::vector<float> scales = optional_floats(node, 2, "scales");
  const std::vector<int64_t> sizes = optional_sizes(node, 3);
  if (scales.empty() == sizes.empty()) node.fail("Resize needs scales or sizes, and not both");
  Extents extents(node, node.shape(x), axes);
  if (sizes.empty()) extents.set_scales(scales, op.roi);
  if (!sizes.empty()) extents.set_sizes(sizes, policy);
  op.scales = extents.scales;
  resize_result(node, x, std::move(op), extents.result);
}

}  // namespace

Importers resize_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"Resize",
       {10, 11, 13, 18, 19},
       import_resize,
       1,
       4,
       1,
       "constant roi, scales and sizes; no tf_half_pixel_for_nn"},
      {"Upsample", {7, 9}, import_upsample, 1, 2, 1, "constant scales", 10},
  };
  return rows;
}

}  // namespace intaglio::frontend
