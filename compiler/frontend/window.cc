// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/window.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frontend/tensor_proto.h"

namespace intaglio::frontend {

namespace {

constexpr int64_t largest = int64_t{1} << 30;

/// A list attribute with one entry per spatial dimension (twice as many for pads).
std::vector<int64_t> read_list(NodeImporter& node, std::string_view name, size_t count, int64_t fallback,
                               int64_t least) {
  const auto values = node.attributes.integers(name).value_or(std::vector<int64_t>(count, fallback));
  if (values.size() != count) {
    node.fail(fmt::format("attribute '{}' has {} entries where {} are needed", name, values.size(), count));
  }
  for (int64_t value : values) {
    if (value < least || value > largest) {
      node.fail(fmt::format("attribute '{}' holds {}, which is not between {} and 2^30", name, value, least));
    }
  }
  return values;
}

std::vector<int64_t> read_kernel(NodeImporter& node, size_t rank, const std::vector<int64_t>& weights_kernel) {
  if (weights_kernel.empty() && !node.attributes.has("kernel_shape")) node.fail("attribute 'kernel_shape' is missing");
  if (!node.attributes.has("kernel_shape")) return weights_kernel;
  const auto kernel = read_list(node, "kernel_shape", rank, 1, 1);
  if (!weights_kernel.empty() && kernel != weights_kernel) {
    node.fail(fmt::format("kernel_shape {} differs from the weights' {}", fmt::join(kernel, "x"),
                          fmt::join(weights_kernel, "x")));
  }
  return kernel;
}

/// SAME: as many windows as strides fit into the input; the odd element of padding goes to the end or to the beginning.
void pad_same(Window& window, size_t i, int64_t extent, bool odd_at_end) {
  const int64_t stride = window.strides[i];
  const int64_t positions = (extent + stride - 1) / stride;
  const int64_t total = std::max<int64_t>(0, (positions - 1) * stride + window_extent(window, i) - extent);
  window.pads_begin[i] = odd_at_end ? total / 2 : total - total / 2;
  window.pads_end[i] = total - window.pads_begin[i];
}

}  // namespace

std::vector<int64_t> spatial_extents(const NodeImporter& node, TensorId x, std::string_view what) {
  const Shape shape = node.shape(x);
  if (shape.rank() < 3) {
    node.fail(fmt::format("{} needs an input [N,C,W] or [N,C,H,W], not one of shape {}", node.type(), shape.text()));
  }
  if (shape.rank() > 4) {
    node.fail(fmt::format("{} with {} spatial dimensions is not supported", node.type(), shape.rank() - 2),
              fmt::format("Intaglio supports 1-D and 2-D {}", what));
  }
  return {shape.begin() + 2, shape.end()};
}

WindowAttributes read_window(NodeImporter& node, size_t spatial_rank, const std::vector<int64_t>& weights_kernel,
                             bool has_dilations) {
  WindowAttributes result;
  Window& window = result.window;
  window.kernel = read_kernel(node, spatial_rank, weights_kernel);
  for (int64_t extent : window.kernel) {
    if (extent < 1) node.fail("the kernel is empty");
  }
  window.strides = read_list(node, "strides", spatial_rank, 1, 1);
  window.dilations.assign(spatial_rank, 1);
  if (has_dilations) window.dilations = read_list(node, "dilations", spatial_rank, 1, 1);
  const auto pads = read_list(node, "pads", 2 * spatial_rank, 0, 0);
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(spatial_rank);
  window.pads_begin.assign(pads.begin(), middle);
  window.pads_end.assign(middle, pads.end());
  result.auto_pad = static_cast<AutoPad>(
      node.attributes.choice("auto_pad", "NOTSET", {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"}));
  if (result.auto_pad != AutoPad::not_set) {
    window.pads_begin.assign(spatial_rank, 0);
    window.pads_end.assign(spatial_rank, 0);
  }
  return result;
}

int64_t window_extent(const Window& window, size_t i) { return (window.kernel[i] - 1) * window.dilations[i] + 1; }

std::vector<int64_t> place_window(const NodeImporter& node, WindowAttributes& attributes,
                                  const std::vector<int64_t>& extents, bool ceil_mode) {
  Window& window = attributes.window;
  std::vector<int64_t> positions, padded = node.shape(node.input(0)).extents();
  for (size_t i = 0; i < extents.size(); ++i) {
    if (attributes.auto_pad == AutoPad::same_upper || attributes.auto_pad == AutoPad::same_lower) {
      pad_same(window, i, extents[i], attributes.auto_pad == AutoPad::same_upper);
    }
    const int64_t stride = window.strides[i];
    const int64_t room = extents[i] + window.pads_begin[i] + window.pads_end[i] - window_extent(window, i);
    // With ceil_mode a single window may be larger than the padded input, by less than a stride.
    const bool overhanging = ceil_mode && room < 0 && room > -stride;
    if (room < 0 && !overhanging) {
      node.fail(fmt::format("the kernel of {} covers {} elements, but the padded input has only {}", node.type(),
                            window_extent(window, i), room + window_extent(window, i)));
    }
    const int64_t count = overhanging ? 0 : room / stride + 1;
    padded[i + 2] += window.pads_begin[i] + window.pads_end[i];
    const bool overhang = ceil_mode && room % stride != 0 && count * stride < extents[i] + window.pads_begin[i];
    positions.push_back(count + (overhang ? 1 : 0));
  }
  if (!checked_elements(padded)) {
    node.fail(
        fmt::format("the padded input of {} has shape {}, more than 2^31 elements", node.type(), Shape(padded).text()));
  }
  return positions;
}

}  // namespace intaglio::frontend
