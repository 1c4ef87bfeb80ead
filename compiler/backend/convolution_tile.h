// The register tile of dense convolutions and the tables that tell it what to read: shared by direct convolutions and
// by the products of Winograd's.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "backend/emitter.h"
#include "backend/template.h"
#include "ir/panels.h"

namespace intaglio {

/// One vector register of a register tile: `blocks` blocks of output channels of one pixel from `first` on.
struct TileVector {
  int64_t first, blocks;
  const char* type() const { return blocks == 1 ? "f32x8" : "f32x16"; }
};

/// Pixels x blocks of output channels whose sums stay in registers, as the step's tile says.
struct ProductTile {
  int64_t pixels, blocks;
  const DenseTile& of;
};

/// What a register tile says about its accumulators a<pixel><vector>, which take the products of the splat input v and
/// the weights w<vector>.
struct TileAccumulators {
  TileAccumulators(const Emitter& emitter, const ProductTile& tile);

  /// "INTAGLIO_ACCUMULATE(a00, v, w0); INTAGLIO_ACCUMULATE(a01, v, w1);"
  std::string accumulate(int64_t pixel) const;
  /// The 8 lanes of a block: "a01", "f32x16_high(a00)".
  std::string block(int64_t pixel, int64_t block) const;
  /// The type of v: that of the widest vector.
  const char* input_type() const { return vectors.front().type(); }

  std::vector<TileVector> vectors;           ///< of one pixel
  std::vector<TemplateValues> declarations;  ///< type, accumulators
  std::vector<TemplateValues> starts;        ///< accumulator, type, lane: where each sum starts in a panel's bias
  std::vector<std::string> names;

 private:
  const Emitter& emitter_;
};

/// What a register tile reads of every channel block: one tap, all taps of a window, or those that are not clipped.
enum class TileTaps : uint8_t { one, all, clipped };

/// Name of the function that computes a register tile. `prefetch_step`: bytes of the next weights that it prefetches
/// while it reduces one channel block.
std::string convolution_tile(Emitter& emitter, const ProductTile& tile, TileTaps taps, int64_t prefetch_step,
                             const Epilogue& epilogue);

/// Bytes of the next weights that each of `tiles` register tiles prefetches per channel block,
/// so that together they cover all.
int64_t prefetch_bytes(int64_t panel_lanes, int64_t tiles);

/// Offsets of the pixels of `rows` rows from the first one, which lies at `first`.
std::vector<int64_t> pixel_offsets(int64_t rows, int64_t width, int64_t row_step, int64_t pixel_step,
                                   int64_t first = 0);

/// Values of the tables `ChannelRun <runs><i>[]` and `ReductionBlock reductions[]`.
struct ReductionTables {
  std::vector<TemplateValues> run_lists, reductions;
};
ReductionTables render_reductions(const std::vector<ReductionBlock>& reductions, int64_t x_block_stride,
                                  const std::string& runs = "runs");

}  // namespace intaglio
