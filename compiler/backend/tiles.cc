// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/tiles.h"

namespace intaglio {

std::vector<TileLoop> balanced_tiles(int64_t pixels, int64_t most) {
  const int64_t tiles = (pixels + most - 1) / most, large = (pixels + tiles - 1) / tiles;
  const int64_t large_tiles = pixels - (large - 1) * tiles;
  std::vector<TileLoop> loops = {{0, large_tiles * large, large}};
  if (large_tiles < tiles) loops.push_back({large_tiles * large, pixels, large - 1});
  return loops;
}

}  // namespace intaglio
