// The register tile of dense convolutions and the tables that tell it what to read: shared by direct convolutions and
// by the products of Winograd's.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "backend/emitter.h"
#include "backend/template.h"

namespace intaglio {

/// Name of the function that computes `pixels` pixels x `blocks` blocks of output channels; `taps`: of a window larger
/// than 1x1. `prefetch_step`: bytes of the next weights that it prefetches while it reduces one channel block.
std::string convolution_tile(Emitter& emitter, int64_t pixels, int64_t blocks, bool taps, int64_t prefetch_step,
                             const Epilogue& epilogue);

/// Bytes of the next weights that each of `tiles` register tiles prefetches per channel block, so that together they
/// cover all.
int64_t prefetch_bytes(int64_t panel_lanes, int64_t block, int64_t tiles);

/// Offsets of the pixels of `rows` rows from the first one.
std::vector<int64_t> pixel_offsets(int64_t rows, int64_t width, int64_t row_step, int64_t pixel_step);

/// Values of the tables `ChannelRun runs<i>[]` and `ReductionBlock reductions[]`.
struct ReductionTables {
  std::vector<Values> run_lists, reductions;
};
ReductionTables render_reductions(const std::vector<ReductionBlock>& reductions, int64_t x_block_stride);

}  // namespace intaglio
