// How a convolution's weights are cut: panels of output channel blocks and blocks of the reduction. Lowering packs
// weights in this order and the backend renders loops that read them in this order.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <vector>

#include "ir/steps.h"
#include "ir/view.h"

namespace intaglio {

/// `count` panels of `blocks` output channel blocks each, whose register tiles have up to `pixels` pixels.
struct PanelRange {
  int64_t count, blocks, pixels;
};

/// `blocks` channel blocks as panels. A rest joins the last panel where the tile's widest panel allows it; else the two
/// are cut into panels of about the same size. The sums of every panel's tiles take as many registers as those of an
/// ordinary one.
std::vector<PanelRange> panel_split(int64_t blocks, const DenseTile& tile);

/// Rows of a rectangle of pixels whose pixels are tiled together, `most` to a register tile: the fewest that fill the
/// tiles well.
int64_t rows_together(int64_t height, int64_t width, int64_t most);
/// Those that may be: they divide the height and their pixels stay near.
std::vector<int64_t> row_groups(int64_t height, int64_t width);
/// The part of the register tiles' pixels that are some, when `rows` rows are tiled together.
double tile_fill(int64_t width, int64_t rows, int64_t most);

/// Channels that one pass over a panel's tiles sums up.
struct ReductionBlock {
  std::vector<ChannelRun> runs;
  int64_t input_block = 0;  ///< first channel block it reads
  int64_t steps = 0;        ///< channels * taps
  bool operator==(const ReductionBlock&) const = default;
};

/// Cuts the channels that `runs` visit into reduction blocks of whole channel blocks with at most `limit`
/// channels * taps each (but at least one channel block).
std::vector<ReductionBlock> reduction_blocks(const std::vector<ChannelRun>& runs, int64_t taps, int64_t limit);

/// Tiles of a Winograd convolution along the rows and the columns of its result, and the floats of its scratch.
int64_t winograd_tile_rows(const WinogradStep& kernel);
int64_t winograd_tile_columns(const WinogradStep& kernel);
/// The tile behind the last one that the step computes.
int64_t winograd_end_tile(const WinogradStep& kernel);
int64_t winograd_points_h(const WinogradStep& kernel);
int64_t winograd_points_w(const WinogradStep& kernel);
int64_t winograd_points(const WinogradStep& kernel);
/// Blocks of input channels of the products: of all phases.
int64_t winograd_input_blocks(const WinogradStep& kernel);
/// Floats from point to point of v or m with so many blocks per tile: a cache line more than the tiles take, so that
/// points do not compete for the same sets of a cache when tiles * channels is a power of two.
int64_t winograd_point_stride(const WinogradStep& kernel, int64_t blocks);
/// Blocks of output channels of m: those of y, or of the widest panel when panels are finished one by one.
int64_t winograd_output_blocks(const WinogradStep& kernel);
/// Where m starts in scratch, behind v.
int64_t winograd_m_offset(const WinogradStep& kernel);
/// The transformed weights of a reduction block behind m: floats from point to point, and where they start in scratch.
int64_t winograd_weights_stride(const WinogradStep& kernel);
int64_t winograd_weights_offset(const WinogradStep& kernel);
/// The strip of a planar input behind all of them, [block][row][column][lane] with as many rows as points: its columns,
/// and where it starts in scratch.
int64_t winograd_strip_columns(const WinogradStep& kernel);
int64_t winograd_strip_offset(const WinogradStep& kernel);
int64_t winograd_scratch_floats(const WinogradStep& kernel);

/// Floats from product to product of v or m of a StrassenStep with so many blocks per pair, as of a Winograd
/// convolution's points; and of its scratch.
int64_t strassen_product_stride(const StrassenStep& kernel, int64_t blocks);
int64_t strassen_scratch_floats(const StrassenStep& kernel);

/// Floats per channel of a ring row: the padded row as far as the last tap of the last pixel reaches.
int64_t planar_ring_width(const PlanarConvolutionStep& kernel);
/// Floats of the whole ring of a first layer: as many padded rows as the window spans.
int64_t planar_ring_floats(const PlanarConvolutionStep& kernel);

}  // namespace intaglio
