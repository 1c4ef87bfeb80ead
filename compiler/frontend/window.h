// Sliding windows of convolutions and pools: attributes, automatic padding and output extents.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "frontend/node_importer.h"

namespace intaglio::frontend {

enum class AutoPad : uint8_t { not_set, same_upper, same_lower, valid };

/// strides, dilations (if this version has them), pads and auto_pad; `kernel` is kernel_shape, or the weights' extents.
struct WindowAttributes {
  Window window;
  AutoPad auto_pad = AutoPad::not_set;
};

/// Spatial extents of x [N,C,(H,)W]; error unless there are one or two. `what` is "convolution" or "pooling".
std::vector<int64_t> spatial_extents(const NodeImporter& node, TensorId x, std::string_view what);

/// `weights_kernel`: the weights' spatial extents, which kernel_shape must repeat if it is given; empty for pools,
/// where kernel_shape must be given.
WindowAttributes read_window(NodeImporter& node, size_t spatial_rank, const std::vector<int64_t>& weights_kernel,
                             bool has_dilations);

/// (kernel - 1) dilation + 1 along spatial dimension i.
int64_t window_extent(const Window& window, size_t i);

/// Number of positions of the window along each spatial dimension, after auto_pad has become pads. With `ceil_mode` a
/// last window may hang over the end, provided that it starts inside the input or the padding before it (ONNX 1.16,
/// PyTorch); it may be the only one, larger than the padded input by less than a stride.
std::vector<int64_t> place_window(const NodeImporter& node, WindowAttributes& attributes,
                                  const std::vector<int64_t>& extents, bool ceil_mode);

}  // namespace intaglio::frontend
