// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/register_tiles.h"

#include <algorithm>
#include <set>

#include "ir/tap_ranges.h"

namespace intaglio::lowering {

namespace {

/// Independent sums that hide the latency of a multiply-add: 4 cycles, 2 started per cycle. More gain nothing.
constexpr int64_t sums_in_flight = 8;

/// Pixels of a dense tile: with fewer, loading weights takes longer than the multiply-adds; the addresses of more do
/// not stay in general registers beside those of the weights and the next ones.
constexpr int64_t dense_pixels = 6;
/// Of tiles of three blocks.
constexpr int64_t wide_pixels = 4;

/// Registers that one block of sums takes where vectors are narrower than a block, and blocks that one wider register
/// holds.
int64_t registers_per_block(const Target& target) { return std::max<int64_t>(1, lanes_per_block / target.lanes); }
int64_t blocks_per_register(const Target& target) { return std::max<int64_t>(1, target.lanes / lanes_per_block); }

/// Sums of a block each in half of the registers; the other half is for what is multiplied.
int64_t block_sums(const Target& target) {
  return std::clamp<int64_t>(target.vector_registers / 2 / registers_per_block(target), 1, sums_in_flight);
}

/// The same for kernels that are written for vectors of a block whatever the target has: without vectors their sums lie
/// in memory, which is what was measured.
int64_t vector_sums(const Target& target) { return target.lanes == 1 ? sums_in_flight : block_sums(target); }

}  // namespace

DenseTile dense_tile(const Target& target, bool taps) {
  DenseTile tile;
  tile.settles = !taps;  // measured with clang 14: tiles of mere products gain, others lose registers to it
  tile.prefetched_line = target.cache_line;
  tile.prefetched_ahead = target.prefetch_ahead;
  if (registers_per_block(target) > 1) {  // the blocks of one pixel fill the registers; those of a rest lie in memory
    tile.pixels = tile.most_pixels = 1;
    tile.panel_blocks = block_sums(target);
    tile.widest_panel = tile.panel_blocks + 1;
    return tile;
  }
  // pixels * vectors sums, a vector of weights for each of the latter, and the input of one pixel
  const int64_t free = target.vector_registers - 1, vectors = std::max<int64_t>(1, free / (dense_pixels + 1));
  tile.register_blocks = blocks_per_register(target);
  tile.panel_blocks = vectors * tile.register_blocks;
  tile.pixels = std::clamp<int64_t>(free / vectors - 1, 1, sums_in_flight);
  tile.most_pixels = tile.pixels + 2;  // of panels of fewer blocks, whose sums would wait for each other
  // Beside panels of two blocks a rest of one makes a panel of three, of fewer pixels; beside wider ones, two panels of
  // about the same size.
  const bool three = tile.panel_blocks == 2 && tile.register_blocks == 1 && wide_pixels * 3 + 3 <= free;
  tile.widest_panel = three ? 3 : tile.panel_blocks;
  return tile;
}

DenseTile winograd_tile(const Target& target, int64_t tiles) {
  DenseTile tile = dense_tile(target);
  const bool few = tiles == 4 || tiles == 8;  // tiles of 4 pixels x 2 blocks would wait for their own sums
  if (few && tile.panel_blocks < tile.widest_panel) {
    tile.pixels = wide_pixels;
    tile.panel_blocks = tile.widest_panel;
    tile.most_pixels = tile.pixels + 2;
  }
  return tile;
}

bool unrolls(const Window2d& window) {
  constexpr int64_t most_taps = 25;
  return window.kernel_h * window.kernel_w <= most_taps;
}

int64_t fully_connected_panel(const Target& target) { return vector_sums(target); }

void choose_tile(DepthwiseStep& step, const Target& target) {
  const Window2d& window = step.window;
  step.tile_pixels = block_sums(target);
  // One tap in a loop is 5 to 15 % slower than a row of them, whose length is bounded by the size of the code.
  constexpr int64_t longest_row = 15;
  step.unrolled = unrolls(window)                  ? Unrolled::window
                  : window.kernel_w <= longest_row ? Unrolled::row
                                                   : Unrolled::nothing;
  // Phases of transposed convolutions may walk their taps backwards, which tiles of pairs do not, nor are they clipped.
  if (blocks_per_register(target) < 2 || is_clipped(window, step.x, step.y) || step.unrolled != Unrolled::window ||
      window.dilation_h <= 0 || window.dilation_w <= 0)
    return;
  const bool together = window.stride_w == 1 && step.x.pixel_stride == lanes_per_block;
  step.pairs = together ? PixelPairs::neighbours : PixelPairs::halves;
}

void choose_tile(GroupedConvolutionStep& step, const Target& target, Numerics numerics) {
  // A row of the kernel, a spread input and a sum per pixel fill the registers; measured with 16, and more are not
  // used.
  constexpr int64_t most_registers = 16, widest_row = 5;
  const int64_t row = step.window.kernel_w, sums = block_sums(target),
                shared = std::min(target.vector_registers, most_registers) / registers_per_block(target) - 1 - row;
  // Strict numerics sum all inputs of a column of the kernel before the next column.
  step.shared_row = step.spread > 0 && numerics == Numerics::fast && target.lanes > 1 && row > 1 && row <= widest_row &&
                    shared >= sums;
  step.pairs = step.spread > 0 && blocks_per_register(target) == 2 && !is_clipped(step.window, step.x, step.y);
  step.tile_pixels = step.shared_row && !step.pairs ? shared : sums;
  if (!step.pairs) return;
  // The columns that the windows meet are joined once for all inputs and stay in registers, too.
  const Window2d& window = step.window;
  auto columns = [&](int64_t pixels) {
    std::set<int64_t> met;
    for (int64_t p = 0; p < pixels; ++p) {
      for (int64_t kx = 0; kx < (step.shared_row ? row : 1); ++kx)
        met.insert(p * window.stride_w + kx * window.dilation_w);
    }
    return static_cast<int64_t>(met.size());
  };
  const int64_t weights = step.shared_row ? row : 1;
  while (step.tile_pixels > 1 && step.tile_pixels + columns(step.tile_pixels) + weights + 1 > target.vector_registers)
    --step.tile_pixels;
}

namespace {

/// Fewer pixels, down to half: shorter rests at narrow results, and what sums leave free is for what they multiply.
std::vector<int64_t> fewer_pixels(int64_t pixels) {
  std::vector<int64_t> list;
  for (int64_t fewer : {pixels - 1, pixels - 2, pixels * 3 / 4, pixels / 2}) {
    if (fewer > 0 && std::ranges::find(list, fewer) == list.end()) list.push_back(fewer);
  }
  return list;
}

/// Of so many taps and inputs per result, all sums of a tile at the rate that their loads allow, one a cycle: fewer
/// than four sums wait for each other.
double tile_cycles(const View& y, double taps, int64_t pixels, double per_cycle) {
  constexpr double latency = 4;
  const int64_t tiles = (y.width + pixels - 1) / pixels;
  const double sums = static_cast<double>(y.width) / static_cast<double>(tiles);
  return taps * static_cast<double>(y.blocks() * y.height * y.width) / per_cycle * std::max(1.0, latency / sums);
}

}  // namespace

std::vector<DepthwiseStep> depthwise_tiles(const DepthwiseStep& step, const Target& target) {
  std::vector<DepthwiseStep> list = {step};
  auto add = [&](int64_t pixels) {
    list.push_back(step);
    list.back().tile_pixels = pixels;
  };
  // A sum each, a weight and an input.
  const int64_t most = std::max<int64_t>(1, target.vector_registers / registers_per_block(target) - 2);
  if (target.lanes > 1 && most > step.tile_pixels) add(std::min(most, step.tile_pixels * 3 / 2));
  for (int64_t pixels : fewer_pixels(step.tile_pixels)) add(pixels);
  return list;
}

std::vector<GroupedConvolutionStep> grouped_tiles(const GroupedConvolutionStep& step, const Target& target) {
  std::vector<GroupedConvolutionStep> list = {step};
  auto add = [&](int64_t pixels, bool shared_row) {
    list.push_back(step);
    list.back().tile_pixels = pixels;
    list.back().shared_row = shared_row;
  };
  for (int64_t pixels : fewer_pixels(step.tile_pixels)) add(pixels, step.shared_row);
  if (step.shared_row && !step.pairs) add(block_sums(target), false);
  return list;
}

double tile_cycles(const DepthwiseStep& step, const Target& target) {
  const auto taps = static_cast<double>(step.window.kernel_h * step.window.kernel_w);
  return tile_cycles(step.y, taps, step.tile_pixels, static_cast<double>(target.lanes) / lanes_per_block);
}
double tile_cycles(const GroupedConvolutionStep& step, const Target& target) {
  const auto taps = static_cast<double>(step.window.kernel_h * step.window.kernel_w * step.group_inputs);
  return tile_cycles(step.y, taps, step.tile_pixels, static_cast<double>(target.lanes) / lanes_per_block);
}

void choose_tile(MatMulStep& step, const Target& target) {
  const int64_t sums = vector_sums(target);
  step.tile_rows = step.m == 1 ? 1 : std::max<int64_t>(1, sums / 2);
  step.tile_blocks = step.m == 1 ? std::max<int64_t>(1, sums / 2) : 2;
}

}  // namespace intaglio::lowering
