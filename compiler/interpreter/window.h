// The spatial axes of a sliding window, always two: a 1-D operator has a trivial first axis.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <array>

#include "ir/operators.h"
#include "support/error.h"

namespace intaglio::interpreter {

struct WindowAxis {
  int64_t kernel = 1, stride = 1, dilation = 1, pad_begin = 0, pad_end = 0;
  int64_t in = 1, out = 1;  ///< extents of x and y
};

/// Rows and columns of a window over x [N,C,(H,)W] with results y [N,C,(H,)W].
inline std::array<WindowAxis, 2> window_axes(const Window& window, const Shape& x, const Shape& y) {
  std::array<WindowAxis, 2> axes;
  const size_t rank = window.rank();
  require(rank >= 1 && rank <= 2, "a window has one or two spatial axes");
  for (size_t i = 0; i < rank; ++i) {
    axes[2 - rank + i] = {
        window.kernel[i], window.strides[i], window.dilations[i], window.pads_begin[i], window.pads_end[i],
        x[2 + i],         y[2 + i]};
  }
  return axes;
}

}  // namespace intaglio::interpreter
