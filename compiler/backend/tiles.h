// Splitting rows of pixels into register tiles.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <vector>

namespace intaglio {

/// Pixels [first, end) in tiles of `step`.
struct TileLoop {
  int64_t first, end, step;
};

/// `pixels` in tiles of at most `most`, balanced:
/// 14 by at most 6 is 5 + 5 + 4, never 6 + 6 + 2, so that no tile is latency bound.
std::vector<TileLoop> balanced_tiles(int64_t pixels, int64_t most);

/// Pixels per tile of a panel of `blocks` channel blocks, when panels of `panel_blocks` take `tile_pixels`: the
/// accumulators of every tile fit the same registers, each of which holds `blocks_per_register` blocks.
int64_t tile_pixels_for(int64_t blocks, int64_t panel_blocks, int64_t tile_pixels, int64_t blocks_per_register);

}  // namespace intaglio
