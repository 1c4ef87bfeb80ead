// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/tap_ranges.h"

#include <algorithm>
#include <cstdlib>

namespace intaglio {

namespace {

/// Of a quotient whose divisor is positive, rounded up.
int64_t quotient_up(int64_t a, int64_t b) { return a > 0 ? (a + b - 1) / b : -(-a / b); }

/// The taps that meet the input for one output.
Taps taps_of(const WindowAxis& axis, int64_t output) {
  const int64_t start = output * axis.stride - axis.pad;
  if (axis.dilation == 0) return {0, start >= 0 && start < axis.in ? axis.kernel : 0};
  const int64_t step = std::abs(axis.dilation);
  // The first tap at or behind the input's first element, and the first behind its last one; backwards, the mirror
  // image.
  const int64_t before = axis.dilation > 0 ? -start : start - (axis.in - 1);
  const int64_t first = std::max<int64_t>(0, quotient_up(before, step));
  const int64_t end = std::min(axis.kernel, quotient_up(before + axis.in, step));
  return first < end ? Taps{first, end - first} : Taps{};
}

}  // namespace

std::vector<TapRange> tap_ranges(const WindowAxis& axis) {
  std::vector<TapRange> ranges;
  for (int64_t output = 0; output < axis.out; ++output) {
    const Taps taps = taps_of(axis, output);
    if (ranges.empty() || ranges.back().tap != taps.first || ranges.back().taps != taps.count)
      ranges.push_back({output, 0, taps.first, taps.count});
    ++ranges.back().count;
  }
  return ranges;
}

std::vector<TapRange> row_ranges(const Window2d& window, int64_t in, int64_t out) {
  if (!window.clips_rows) return {{0, out, 0, window.kernel_h}};
  return tap_ranges({window.kernel_h, window.stride_h, window.dilation_h, window.pad_top, in, out});
}

std::vector<TapRange> column_ranges(const Window2d& window, int64_t in, int64_t out) {
  if (!window.clips_columns) return {{0, out, 0, window.kernel_w}};
  return tap_ranges({window.kernel_w, window.stride_w, window.dilation_w, window.pad_left, in, out});
}

std::vector<TapRegion> tap_regions(const Window2d& window, const View& x, const View& y) {
  if (window.kernel_h * window.kernel_w == 0)
    return {{{0, y.height, 0, window.kernel_h}, {0, y.width, 0, window.kernel_w}}};
  std::vector<TapRegion> regions;
  const std::vector<TapRange> columns = column_ranges(window, x.width, y.width);
  for (const TapRange& row : row_ranges(window, x.height, y.height)) {
    for (const TapRange& column : columns) {
      regions.push_back({row, column});
      if (regions.back().taps() > 0) continue;
      regions.back().rows.taps = 0;
      regions.back().columns.tap = 0;
      regions.back().columns.taps = window.kernel_w;
    }
  }
  return regions;
}

bool is_clipped(const Window2d& window, const View& x, const View& y) {
  const int64_t taps = window.kernel_h * window.kernel_w;
  return std::ranges::any_of(tap_regions(window, x, y), [&](const TapRegion& region) { return region.taps() < taps; });
}

int64_t tap_products(const Window2d& window, const View& x, const View& y) {
  int64_t products = 0;
  for (const TapRegion& region : tap_regions(window, x, y)) products += region.taps() * region.pixels();
  return products;
}

int64_t first_tap_place(const TapRegion& region, const Window2d& window, const View& x) {
  if (region.taps() == 0) return 0;
  return (region.rows.tap * window.dilation_h - window.pad_top) * x.row_stride +
         (region.columns.tap * window.dilation_w - window.pad_left) * x.pixel_stride;
}

Taps meeting_taps(const WindowAxis& axis) {
  int64_t first = axis.kernel, end = 0;
  for (const TapRange& range : tap_ranges(axis)) {
    if (range.taps == 0) continue;
    first = std::min(first, range.tap);
    end = std::max(end, range.tap + range.taps);
  }
  return end > 0 ? Taps{first, end - first} : Taps{};
}

}  // namespace intaglio
