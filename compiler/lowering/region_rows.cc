// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/region_rows.h"

#include <algorithm>
#include <variant>

#include "ir/panels.h"
#include "ir/tap_ranges.h"

namespace intaglio {

namespace {

/// Tiles walk all pixels of some rows as if these were one row.
int64_t rows_of(const ConvolutionStep& step, const TapRegion& region) {
  return rows_together(region.rows.count, region.columns.count, step.tile.pixels);
}

/// A tile is a rectangle.
int64_t rows_of_rectangle(const TapRegion& region, int64_t tile_pixels) {
  const int64_t tiles = (region.columns.count + tile_pixels - 1) / tile_pixels,
                columns = (region.columns.count + tiles - 1) / tiles;
  return std::max<int64_t>(1, tile_pixels / columns);
}

int64_t rows_of(const GroupedConvolutionStep& step, const TapRegion& region) {
  return rows_of_rectangle(region, step.tile_pixels);
}

/// Tiles of all taps are written for one row.
int64_t rows_of(const DepthwiseStep& step, const TapRegion& region) {
  const bool all_taps = region.taps() == step.window.kernel_h * step.window.kernel_w;
  return all_taps ? 1 : rows_of_rectangle(region, step.tile_pixels);
}

template <class Convolution>
void choose_rows_of(Convolution& step) {
  if (!is_clipped(step.window, step.x, step.y)) return;
  for (const TapRegion& region : tap_regions(step.window, step.x, step.y))
    step.region_rows.push_back(rows_of(step, region));
}

struct Choose {
  void operator()(ConvolutionStep& step) const { choose_rows_of(step); }
  void operator()(GroupedConvolutionStep& step) const { choose_rows_of(step); }
  void operator()(DepthwiseStep& step) const { choose_rows_of(step); }
  void operator()(auto&) const {}
};

}  // namespace

void choose_region_rows(Program& program) {
  for (Step& step : program.steps) {
    std::visit(Choose{}, step.kernel);
    for (Kernel& part : step.parts) std::visit(Choose{}, part);
  }
}

}  // namespace intaglio
