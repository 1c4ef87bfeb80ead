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

int64_t tile_pixels_for(int64_t blocks, int64_t panel_blocks, int64_t tile_pixels) {
  if (blocks == panel_blocks) return tile_pixels;
  if (blocks < panel_blocks) return tile_pixels == 1 ? 1 : tile_pixels + 2;
  return std::max<int64_t>(1, tile_pixels * panel_blocks / blocks);
}

}  // namespace intaglio
