// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/tiles.h"

#include <algorithm>

namespace intaglio {

std::vector<TileLoop> balanced_tiles(int64_t pixels, int64_t most) {
  const int64_t tiles = (pixels + most - 1) / most, large = (pixels + tiles - 1) / tiles;
  const int64_t large_tiles = pixels - (large - 1) * tiles;
  std::vector<TileLoop> loops = {{0, large_tiles * large, large}};
  if (large_tiles < tiles) loops.push_back({large_tiles * large, pixels, large - 1});
  return loops;
}

int64_t tile_pixels_for(int64_t blocks, int64_t panel_blocks, int64_t tile_pixels, int64_t blocks_per_register) {
  constexpr int64_t more_pointers = 2;
  auto vectors = [&](int64_t count) { return count / blocks_per_register + count % blocks_per_register; };
  if (blocks == panel_blocks || tile_pixels == 1) return tile_pixels;
  return std::clamp<int64_t>(tile_pixels * vectors(panel_blocks) / vectors(blocks), 1, tile_pixels + more_pointers);
}

}  // namespace intaglio
