// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/panels.h"

#include <algorithm>

#include "ir/strassen.h"

namespace intaglio {

namespace {

/// So many floats, up to the end of their cache line.
int64_t whole_lines(int64_t floats) { return (floats + 15) / 16 * 16; }

/// Registers of one pixel of a panel: as wide as the target's, and narrow ones for a rest.
int64_t registers(int64_t blocks, const DenseTile& tile) {
  return blocks / tile.register_blocks + blocks % tile.register_blocks;
}

}  // namespace

std::vector<PanelRange> panel_split(int64_t blocks, const DenseTile& tile) {
  std::vector<PanelRange> panels;
  const auto add = [&](int64_t count, int64_t panel_blocks) {
    const int64_t pixels =
        tile.pixels * registers(tile.panel_blocks, tile) / std::max<int64_t>(1, registers(panel_blocks, tile));
    panels.push_back(
        {count, panel_blocks,
         panel_blocks == tile.panel_blocks ? tile.pixels : std::clamp<int64_t>(pixels, 1, tile.most_pixels)});
  };
  const int64_t rest = blocks % tile.panel_blocks, whole = blocks / tile.panel_blocks, last = tile.panel_blocks + rest;
  if (whole == 0) {
    add(1, blocks);
  } else if (rest == 0) {
    add(whole, tile.panel_blocks);
  } else {
    if (whole > 1) add(whole - 1, tile.panel_blocks);
    if (last <= tile.widest_panel) {
      add(1, last);
    } else if (last % 2 == 0) {
      add(2, last / 2);
    } else {
      add(1, last / 2 + 1);
      add(1, last / 2);
    }
  }
  return panels;
}

double tile_fill(int64_t width, int64_t rows, int64_t most) {
  const int64_t pixels = rows * width, tiles = (pixels + most - 1) / most;
  return static_cast<double>(pixels) / static_cast<double>(tiles * most);
}

std::vector<int64_t> row_groups(int64_t height, int64_t width) {
  constexpr int64_t most_pixels = 256;
  std::vector<int64_t> groups;
  for (int64_t rows = 1; rows <= height && (rows == 1 || rows * width <= most_pixels); ++rows) {
    if (height % rows == 0) groups.push_back(rows);
  }
  return groups;
}

int64_t rows_together(int64_t height, int64_t width, int64_t most) {
  int64_t best = 1;
  for (int64_t rows : row_groups(height, width)) {
    if (tile_fill(width, rows, most) > tile_fill(width, best, most) + 0.02) best = rows;
  }
  return best;
}

std::vector<ReductionBlock> reduction_blocks(const std::vector<ChannelRun>& runs, int64_t taps, int64_t limit) {
  const int64_t most_blocks = std::max<int64_t>(1, limit / (lanes_per_block * std::max<int64_t>(1, taps)));
  std::vector<ReductionBlock> result;
  int64_t input_block = 0, room = 0;
  auto append = [&](ChannelRun piece) {
    if (room == 0) {
      result.push_back({{}, input_block, 0});
      room = most_blocks;
    }
    --room;
    ++input_block;
    ReductionBlock& reduction = result.back();
    reduction.steps += (piece.full * lanes_per_block + piece.tail) * taps;
    if (reduction.runs.empty() || reduction.runs.back().tail != 0) reduction.runs.push_back({});
    reduction.runs.back().full += piece.full;
    reduction.runs.back().tail = piece.tail;
  };
  for (const ChannelRun& run : runs) {
    for (int64_t i = 0; i < run.full; ++i) append({1, 0});
    if (run.tail > 0) append({0, run.tail});
  }
  if (result.empty()) result.push_back({{{}}, 0, 0});  // of no channels: what the bias gives still has to be stored
  return result;
}

int64_t winograd_tile_rows(const WinogradStep& kernel) {
  return (kernel.y.height + kernel.outputs_h - 1) / kernel.outputs_h;
}
int64_t winograd_tile_columns(const WinogradStep& kernel) {
  return (kernel.y.width + kernel.outputs_w - 1) / kernel.outputs_w;
}
int64_t winograd_end_tile(const WinogradStep& kernel) {
  return kernel.tile_count > 0 ? kernel.first_tile + kernel.tile_count
                               : winograd_tile_rows(kernel) * winograd_tile_columns(kernel);
}
int64_t winograd_points_h(const WinogradStep& kernel) { return kernel.outputs_h + kernel.taps_h() - 1; }
int64_t winograd_points_w(const WinogradStep& kernel) { return kernel.outputs_w + kernel.taps_w() - 1; }
int64_t winograd_points(const WinogradStep& kernel) { return winograd_points_h(kernel) * winograd_points_w(kernel); }
int64_t winograd_input_blocks(const WinogradStep& kernel) { return block_count(kernel.segments); }
int64_t winograd_point_stride(const WinogradStep& kernel, int64_t blocks) {
  return kernel.tiles * blocks * lanes_per_block + 16;
}
int64_t winograd_strip_columns(const WinogradStep& kernel) {
  return winograd_tile_columns(kernel) * kernel.outputs_w + kernel.taps_w() - 1;
}
int64_t winograd_output_blocks(const WinogradStep& kernel) {
  const int64_t blocks = kernel.y.blocks();
  if (!kernel.plain) return blocks;
  int64_t widest = 0;
  for (const PanelRange& panel : panel_split(blocks, kernel.tile)) widest = std::max(widest, panel.blocks);
  return widest;
}
int64_t winograd_m_offset(const WinogradStep& kernel) {
  return whole_lines(winograd_points(kernel) * winograd_point_stride(kernel, winograd_input_blocks(kernel)));
}
int64_t winograd_weights_stride(const WinogradStep& kernel) {
  const int64_t most_blocks = std::max<int64_t>(1, kernel.reduction_block / lanes_per_block),
                blocks = std::min(most_blocks, winograd_input_blocks(kernel));
  return blocks * lanes_per_block * winograd_output_blocks(kernel) * lanes_per_block + 16;
}
int64_t winograd_weights_offset(const WinogradStep& kernel) {
  const int64_t m_stride = winograd_point_stride(kernel, winograd_output_blocks(kernel));
  return winograd_m_offset(kernel) + whole_lines(winograd_points(kernel) * m_stride);
}
int64_t winograd_strip_offset(const WinogradStep& kernel) {
  const int64_t weights = kernel.plain ? winograd_points(kernel) * winograd_weights_stride(kernel) : 0;
  return winograd_weights_offset(kernel) + whole_lines(weights);
}
int64_t winograd_scratch_floats(const WinogradStep& kernel) {
  int64_t floats = winograd_strip_offset(kernel);
  if (!kernel.x.blocked()) {
    floats +=
        winograd_input_blocks(kernel) * winograd_points_h(kernel) * winograd_strip_columns(kernel) * lanes_per_block;
  }
  return floats;
}

int64_t strassen_product_stride(const StrassenStep& kernel, int64_t blocks) {
  return kernel.tiles * blocks * lanes_per_block + 16;
}
int64_t strassen_scratch_floats(const StrassenStep& kernel) {
  return strassen_products * (strassen_product_stride(kernel, kernel.x.blocks() / 2) +
                              strassen_product_stride(kernel, kernel.y.blocks() / 2));
}

int64_t planar_ring_width(const PlanarConvolutionStep& kernel) {
  const Window2d& window = kernel.window;
  const int64_t reach = (kernel.y.width - 1) * window.stride_w + (window.kernel_w - 1) * window.dilation_w + 1;
  return std::max(reach, window.pad_left + 1);
}

int64_t planar_ring_floats(const PlanarConvolutionStep& kernel) {
  return ((kernel.window.kernel_h - 1) * kernel.window.dilation_h + 1) * kernel.x.shape[1] * planar_ring_width(kernel);
}

}  // namespace intaglio
