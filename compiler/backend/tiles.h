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

}  // namespace intaglio
