// The register budget: what every kernel's tile holds on the targets there are, and that the tiles of targets with
// other registers fit into them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/register_tiles.h"

#include <gtest/gtest.h>

#include <array>

#include "ir/panels.h"

namespace intaglio::lowering {
namespace {

Target with_registers(int64_t registers, int64_t lanes = 8) {
  Target target;
  target.vector_registers = registers;
  target.lanes = lanes;
  return target;
}

DepthwiseStep depthwise(const Target& target, int64_t kernel, int64_t stride = 1) {
  DepthwiseStep step;
  step.window = {.kernel_h = kernel, .kernel_w = kernel, .stride_h = stride, .stride_w = stride};
  step.x.pixel_stride = lanes_per_block;
  choose_tile(step, target);
  return step;
}

GroupedConvolutionStep grouped(const Target& target, int64_t kernel, Numerics numerics = Numerics::fast,
                               int64_t spread = 4) {
  GroupedConvolutionStep step;
  step.window = {.kernel_h = kernel, .kernel_w = kernel};
  step.spread = spread;
  choose_tile(step, target, numerics);
  return step;
}

MatMulStep matmul(const Target& target, int64_t m) {
  MatMulStep step;
  step.m = m;
  choose_tile(step, target);
  return step;
}

/// Pixels x blocks, and the widest panel.
using Dense = std::array<int64_t, 3>;
Dense dense(const DenseTile& tile) { return {tile.pixels, tile.panel_blocks, tile.widest_panel}; }

TEST(RegisterTiles, OfDenseProducts) {
  for (const char* name : {"portable", "avx2"}) {  // 16 registers of 8 lanes
    const Target& target = *find_target(name);
    EXPECT_EQ(dense(dense_tile(target)), (Dense{6, 2, 3})) << name;
    EXPECT_EQ(dense(winograd_tile(target, 4)), (Dense{4, 3, 3})) << name;
    EXPECT_EQ(dense(winograd_tile(target, 8)), (Dense{4, 3, 3})) << name;
    EXPECT_EQ(dense(winograd_tile(target, 12)), (Dense{6, 2, 3})) << name;
  }
  const Target& avx512 = *find_target("avx512");  // 32 registers of 16 lanes
  EXPECT_EQ(dense(dense_tile(avx512)), (Dense{6, 8, 8}));
  EXPECT_EQ(dense(winograd_tile(avx512, 8)), (Dense{6, 8, 8}));
  EXPECT_EQ(dense(dense_tile(*find_target("scalar"))), (Dense{1, 2, 3}));
  EXPECT_EQ(dense(dense_tile(with_registers(8))), (Dense{6, 1, 1}));
  EXPECT_EQ(dense(dense_tile(with_registers(9))), (Dense{7, 1, 1}));
  EXPECT_EQ(dense(dense_tile(with_registers(32))), (Dense{6, 4, 4}));
}

TEST(RegisterTiles, OfPanelsThatARestMakes) {
  const auto panels = [](int64_t blocks, const DenseTile& tile) {
    std::vector<Dense> list;
    for (const PanelRange& panel : panel_split(blocks, tile)) list.push_back({panel.count, panel.blocks, panel.pixels});
    return list;
  };
  const DenseTile narrow = dense_tile(with_registers(16)), wide = dense_tile(*find_target("avx512"));
  EXPECT_EQ(panels(1, narrow), (std::vector<Dense>{{1, 1, 8}}));
  EXPECT_EQ(panels(4, narrow), (std::vector<Dense>{{2, 2, 6}}));
  EXPECT_EQ(panels(5, narrow), (std::vector<Dense>{{1, 2, 6}, {1, 3, 4}}));
  EXPECT_EQ(panels(8, winograd_tile(with_registers(16), 4)), (std::vector<Dense>{{1, 3, 4}, {1, 3, 4}, {1, 2, 6}}));
  EXPECT_EQ(panels(16, wide), (std::vector<Dense>{{2, 8, 6}}));
  EXPECT_EQ(panels(3, wide), (std::vector<Dense>{{1, 3, 8}}));  // a wide vector and a narrow one
  EXPECT_EQ(panels(17, wide), (std::vector<Dense>{{1, 8, 6}, {1, 5, 8}, {1, 4, 8}}));
}

TEST(RegisterTiles, OfDepthwiseConvolutions) {
  for (const char* name : {"portable", "avx2", "avx512"}) EXPECT_EQ(depthwise(*find_target(name), 3).tile_pixels, 8);
  EXPECT_EQ(depthwise(*find_target("scalar"), 3).tile_pixels, 2);
  EXPECT_EQ(depthwise(with_registers(8), 3).tile_pixels, 4);
  EXPECT_EQ(depthwise(with_registers(16), 5).unrolled, Unrolled::window);
  EXPECT_EQ(depthwise(with_registers(16), 7).unrolled, Unrolled::row);
  EXPECT_EQ(depthwise(with_registers(16), 31).unrolled, Unrolled::nothing);
  EXPECT_EQ(depthwise(with_registers(16), 3).pairs, PixelPairs::none);
  EXPECT_EQ(depthwise(*find_target("avx512"), 3).pairs, PixelPairs::neighbours);
  EXPECT_EQ(depthwise(*find_target("avx512"), 3, 2).pairs, PixelPairs::halves);
  EXPECT_EQ(depthwise(*find_target("avx512"), 7).pairs, PixelPairs::none);
}

TEST(RegisterTiles, OfGroupedConvolutions) {
  for (const char* name : {"portable", "avx2", "avx512"}) {
    const Target& target = *find_target(name);
    for (int64_t kernel : {2, 3, 5}) {
      const GroupedConvolutionStep step = grouped(target, kernel);
      EXPECT_TRUE(step.shared_row) << name;
      EXPECT_EQ(step.pairs, target.lanes == 16) << name;
      EXPECT_EQ(step.tile_pixels, step.pairs ? 8 : 15 - kernel) << name;
    }
    for (const GroupedConvolutionStep& step : {grouped(target, 3, Numerics::strict), grouped(target, 1),
                                               grouped(target, 7), grouped(target, 3, Numerics::fast, 0)}) {
      EXPECT_FALSE(step.shared_row) << name;
      EXPECT_EQ(step.tile_pixels, 8) << name;
    }
  }
  EXPECT_FALSE(grouped(*find_target("scalar"), 3).shared_row);
  EXPECT_EQ(grouped(*find_target("scalar"), 3).tile_pixels, 2);
}

TEST(RegisterTiles, OfMatrixProductsAndFullyConnectedLayers) {
  for (const Target& target : targets()) {
    EXPECT_EQ(matmul(target, 5).tile_rows, 4) << target.name;
    EXPECT_EQ(matmul(target, 5).tile_blocks, 2) << target.name;
    EXPECT_EQ(matmul(target, 1).tile_rows, 1) << target.name;
    EXPECT_EQ(matmul(target, 1).tile_blocks, 4) << target.name;
    EXPECT_EQ(fully_connected_panel(target), 8) << target.name;
  }
  EXPECT_EQ(matmul(with_registers(8), 5).tile_rows, 2);
  EXPECT_EQ(fully_connected_panel(with_registers(8)), 4);
}

/// Sums, what is multiplied with all of them, and one value that changes.
TEST(RegisterTiles, FitIntoAnyNumberOfRegisters) {
  for (int64_t registers = 6; registers <= 64; ++registers) {
    for (int64_t lanes : {8, 16}) {
      SCOPED_TRACE(registers * 100 + lanes);
      const Target target = with_registers(registers, lanes);
      for (const DenseTile& tile : {dense_tile(target), winograd_tile(target, 4)}) {
        for (int64_t blocks = 1; blocks <= 2 * tile.panel_blocks + 1; ++blocks) {
          for (const PanelRange& panel : panel_split(blocks, tile)) {
            const int64_t vectors = panel.blocks / tile.register_blocks + panel.blocks % tile.register_blocks;
            EXPECT_LE(panel.pixels * vectors + vectors + 1, registers) << blocks;
          }
        }
      }
      EXPECT_LE(depthwise(target, 3).tile_pixels + 2, registers);
      for (int64_t kernel = 2; kernel <= 5; ++kernel) {
        const GroupedConvolutionStep step = grouped(target, kernel);
        EXPECT_LE(step.tile_pixels + (step.shared_row ? kernel : 1) + 1, registers);
      }
      const MatMulStep product = matmul(target, 5);
      EXPECT_LE(product.tile_rows * product.tile_blocks + product.tile_blocks + 1, registers);
      EXPECT_LE(fully_connected_panel(target) + 2, registers);
    }
  }
}

}  // namespace
}  // namespace intaglio::lowering
