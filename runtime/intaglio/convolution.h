// Plain descriptions of a direct convolution's loops, shared by the register tiles of all layers.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_CONVOLUTION_H
#define INTAGLIO_CONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

namespace intaglio {

/// A stretch of channel blocks: `full` blocks of 8 channels, then `tail` channels of one more block (0: none).
struct ChannelRun {
  int32_t full, tail;
};

/// What one pass over the tiles of a panel reduces: `run_count` runs starting `x_offset` floats into the input.
struct ReductionBlock {
  const ChannelRun* runs;
  ptrdiff_t run_count, x_offset, weight_steps;  // steps: channels * taps
};

/// The window and the strides of a layer, in floats.
struct ConvolutionWindow {
  ptrdiff_t kernel_height, kernel_width, tap_row_stride, tap_column_stride, x_block_stride, y_block_stride,
      residual_block_stride;
};

/// The same of a part of the result whose windows meet the input with some of their taps: kernel_height x kernel_width
/// of them. Of the weights of every channel block as many taps are passed over before them, behind each of their rows,
/// and behind the last.
struct ClippedWindow {
  ptrdiff_t kernel_height, kernel_width, tap_row_stride, tap_column_stride, x_block_stride, y_block_stride,
      residual_block_stride, taps_before, taps_between, taps_behind;
};

}  // namespace intaglio
#endif
