// Conv and ConvTranspose.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "frontend/importers.h"
#include "frontend/window.h"

namespace intaglio::frontend {

namespace {

/// Operands x [N,C,...], w with the same rank, and a bias or a null id, all of one floating type.
struct Operands {
  TensorId x, w, bias;
  std::vector<int64_t> extents;  ///< spatial extents of x
  std::vector<int64_t> kernel;   ///< spatial extents of w
  int64_t group;
};

Operands read_operands(NodeImporter& node) {
  Operands operands{node.input(0), node.input(1), node.optional_input(2), {}, {}, 1};
  node.expect_float(operands.x);
  node.expect_same_type(operands.x, operands.w);
  operands.extents = spatial_extents(node, operands.x, "convolution");
  node.expect_rank(operands.w, node.rank(operands.x), "the weights");
  const Shape weights = node.shape(operands.w);
  operands.kernel.assign(weights.begin() + 2, weights.end());
  operands.group = node.attributes.integer("group", 1);
  if (operands.group < 1) node.fail(fmt::format("group {} is not positive", operands.group));
  return operands;
}

void check_channels(const NodeImporter& node, const Operands& operands, int64_t channels) {
  if (channels == 0) node.fail("the weights of " + node.type() + " have no output channels");
  if (!operands.bias) return;
  node.expect_same_type(operands.x, operands.bias);
  node.expect_shape(operands.bias, Shape{channels}, "the bias");
}

std::vector<TensorId> inputs_of(const Operands& operands) {
  std::vector<TensorId> inputs = {operands.x, operands.w};
  if (operands.bias) inputs.push_back(operands.bias);
  return inputs;
}

void import_conv(NodeImporter& node) {
  const Operands operands = read_operands(node);
  const Shape x = node.shape(operands.x), w = node.shape(operands.w);
  const bool divides = x[1] % operands.group == 0 && w[0] % operands.group == 0;
  if (!divides || w[1] != x[1] / operands.group) {
    node.fail(fmt::format("Conv with {} groups has weights of shape {}, which do not fit an input of shape {}",
                          operands.group, w.text(), x.text()));
  }
  check_channels(node, operands, w[0]);
  WindowAttributes attributes = read_window(node, operands.extents.size(), operands.kernel, true);
  std::vector<int64_t> result = {x[0], w[0]};
  for (int64_t extent : place_window(node, attributes, operands.extents, false)) result.push_back(extent);
  node.result(Conv{attributes.window, operands.group, {}}, inputs_of(operands), node.element_type(operands.x),
              Shape(std::move(result)));
}

/// Sets the pads so that the result has `wanted` elements along dimension i; see ConvTranspose's output_shape.
void fit_output(Window& window, size_t i, int64_t uncropped, int64_t output_padding, int64_t wanted, bool odd_at_end) {
  const int64_t total = std::max<int64_t>(0, uncropped + output_padding - wanted);
  window.pads_begin[i] = odd_at_end ? total / 2 : total - total / 2;
  window.pads_end[i] = uncropped - window.pads_begin[i] - wanted;
}

/// A spatial list, or nothing. Some exporters write output_shape with batch and channels in front.
std::vector<int64_t> read_spatial(NodeImporter& node, std::string_view name, size_t rank) {
  std::vector<int64_t> values = node.attributes.integers(name).value_or(std::vector<int64_t>());
  if (name == "output_shape" && values.size() == rank + 2) values.erase(values.begin(), values.begin() + 2);
  if (!values.empty() && values.size() != rank) {
    node.fail(fmt::format("attribute '{}' has {} entries where {} are needed", name, values.size(), rank));
  }
  for (int64_t value : values) {
    if (value < 0 || value > int64_t{1} << 30) node.fail(fmt::format("attribute '{}' holds {}", name, value));
  }
  return values;
}

void import_conv_transpose(NodeImporter& node) {
  const Operands operands = read_operands(node);
  const Shape x = node.shape(operands.x), w = node.shape(operands.w);
  if (w[0] != x[1] || x[1] % operands.group != 0) {
    node.fail(fmt::format("ConvTranspose with {} groups has weights of shape {}, which do not fit an input of shape {}",
                          operands.group, w.text(), x.text()));
  }
  const size_t rank = operands.extents.size();
  const int64_t channels = w[1] * operands.group;
  check_channels(node, operands, channels);
  auto [window, auto_pad] = read_window(node, rank, operands.kernel, true);
  std::vector<int64_t> output_padding = read_spatial(node, "output_padding", rank);
  if (output_padding.empty()) output_padding.assign(rank, 0);
  const std::vector<int64_t> output_shape = read_spatial(node, "output_shape", rank);
  const bool same = auto_pad == AutoPad::same_upper || auto_pad == AutoPad::same_lower;

  std::vector<int64_t> result = {x[0], channels};
  for (size_t i = 0; i < rank; ++i) {
    const int64_t uncropped = (operands.extents[i] - 1) * window.strides[i] + window_extent(window, i);
    if (same && output_shape.empty() && uncropped + output_padding[i] < operands.extents[i] * window.strides[i]) {
      // ONNX's formula puts the missing elements around the result, ONNX Runtime returns fewer than the formula says.
      node.fail(
          fmt::format("ConvTranspose with auto_pad and a stride of {} larger than its kernel, which covers {}, is not "
                      "supported: the definition and ONNX Runtime differ",
                      window.strides[i], window_extent(window, i)),
          "give pads and output_padding instead of auto_pad");
    }
    if (!output_shape.empty() || same) {
      const int64_t wanted = output_shape.empty() ? operands.extents[i] * window.strides[i] : output_shape[i];
      fit_output(window, i, uncropped, output_padding[i], wanted, auto_pad == AutoPad::same_upper);
    } else {
      window.pads_end[i] -= output_padding[i];
    }
    result.push_back(uncropped - window.pads_begin[i] - window.pads_end[i]);
    if (result.back() < 1)
      node.fail("the result of ConvTranspose would be empty: pads are larger than the full result");
  }
  node.result(ConvTranspose{window, operands.group, {}}, inputs_of(operands), node.element_type(operands.x),
              Shape(std::move(result)));
}

}  // namespace

Importers convolution_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"Conv", {1, 11, 22}, import_conv, 2, 3, 1, "1-D and 2-D"},
      {"ConvTranspose", {1, 11, 22}, import_conv_transpose, 2, 3, 1, "1-D and 2-D"},
  };
  return rows;
}

}  // namespace intaglio::frontend
