// Which taps of a sliding window meet the input, along one axis; and the parts of a result whose windows are clipped
// alike.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <vector>

#include "ir/steps.h"

namespace intaglio {

/// Output o of `out` reads through tap k of `kernel` what lies at o * stride - pad + k * dilation; input are places
/// [0, in), padding all others. The pad may be negative, the dilation too (phases of transposed convolutions).
struct WindowAxis {
  int64_t kernel = 1, stride = 1, dilation = 1, pad = 0, in = 1, out = 1;
};

/// Outputs [first, first + count), of whose taps exactly [tap, tap + taps) meet the input.
struct TapRange {
  int64_t first = 0, count = 0, tap = 0, taps = 0;
  bool operator==(const TapRange&) const = default;
};

/// All outputs, in as few ranges as there are.
std::vector<TapRange> tap_ranges(const WindowAxis& axis);

/// The taps from the first to the last one that meet the input for some output; no count where none does.
struct Taps {
  int64_t first = 0, count = 0;
};
Taps meeting_taps(const WindowAxis& axis);

/// The rows or columns of a result of `out` by their taps, as a kernel visits them: all by all taps, unless the window
/// is clipped there.
std::vector<TapRange> row_ranges(const Window2d& window, int64_t in, int64_t out);
std::vector<TapRange> column_ranges(const Window2d& window, int64_t in, int64_t out);

/// A rectangle of a result whose pixels are computed by the same taps; where none meets the input, of no rows of taps.
struct TapRegion {
  TapRange rows, columns;
  int64_t taps() const { return rows.taps * columns.taps; }
  int64_t pixels() const { return rows.count * columns.count; }
};

/// All of a convolution's result, row by row of regions. Of x and y only height and width are asked for.
std::vector<TapRegion> tap_regions(const Window2d& window, const View& x, const View& y);
/// Whether some region has fewer taps than the window.
bool is_clipped(const Window2d& window, const View& x, const View& y);
/// Products of a tap and a pixel over all of the result.
int64_t tap_products(const Window2d& window, const View& x, const View& y);

/// Elements of x to what a clipped window reads first: from where its output's row and column, times the strides, lie.
int64_t first_tap_place(const TapRegion& region, const Window2d& window, const View& x);

}  // namespace intaglio
