// What generated code can be asked to do: one struct per kernel, with its name, its operands (ir/step_operands.h says
// which members they are) and everything about it that was chosen for a target.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/operators.h"
#include "ir/tensor.h"
#include "ir/view.h"

namespace intaglio {

/// A window in two dimensions (1-D has height 1).
struct Window2d {
  int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1, pad_top = 0,
          pad_left = 0;
  /// Convolutions of blocked views pass over the rows (columns) of taps that lie outside of x; else these read its
  /// border. See ir/tap_ranges.h.
  bool clips_rows = false, clips_columns = false;
  bool operator==(const Window2d&) const = default;
};

/// The register tile of dense products: the sums of some pixels and of a panel's output blocks stay in registers.
/// panel_split (ir/panels.h) derives from it what the panels of a layer are.
struct DenseTile {
  int64_t pixels = 6, panel_blocks = 2;  ///< of ordinary panels
  int64_t most_pixels = 8;               ///< of narrower panels
  int64_t widest_panel = 3;              ///< blocks of a panel that took in a rest
  int64_t register_blocks = 1;           ///< blocks of a pixel that one register holds
  /// Tiles of two and more blocks that store mere sums of products keep them in place from step to step
  /// (INTAGLIO_SETTLE).
  bool settles = false;
  /// The activation takes four sums side by side (f32x8x4 of intaglio/fast_math.h), whose latencies hide each other;
  /// of an epilogue that is nothing else.
  bool activates_four = false;
  /// Bytes of a line of weights that is prefetched, and how far ahead lines are brought from memory to the second-level
  /// cache: from there they come near while the tile works on the weights before them.
  int64_t prefetched_line = 64, prefetched_ahead = 16384;
};

/// Direct convolution between blocked views; the padding lies in x's border, or is clipped. Each group's input and
/// output channels fill whole blocks or there is one group.
/// Weights: [group][panel][reduction block][block][ky][kx][lane][panel lanes].
struct ConvolutionStep {
  static constexpr std::string_view name = "convolution";
  View x, y;
  std::optional<View> residual;
  Window2d window;
  int64_t groups = 1;
  WeightId weights, bias;  ///< bias: one float per lane of y
  Epilogue epilogue;
  DenseTile tile;
  int64_t rows_per_group = 1;        ///< output rows whose pixels are tiled together, where nothing is clipped
  std::vector<int64_t> region_rows;  ///< where the window is clipped: the same of each of its tap_regions
  int64_t reduction_block = 256;     ///< upper bound of channels * taps per reduction block
};

/// Convolution of one group by Winograd's minimal filtering F(outputs_h x outputs_w, taps), see ir/winograd.h; the
/// padding lies in x's border. `tiles` tiles at a time go through scratch: input transform to v [point][tile][channel],
/// a product of matrices per point to m [point][tile][lane of y], output transform and epilogue.
/// Weights: [point][panel][block][lane][panel lanes], transformed.
///
/// `plain`: the weights are packed as a ConvolutionStep's of stride 1, and every panel's are transformed a reduction
/// block at a time to u [point][lane][panel lanes] when their turn comes. Taps stream from memory instead of
/// points, of which there are 2 to 7 times as many; m holds one panel.
///
/// With strides the kernel falls into phases, each a convolution with stride 1 of every stride-th row and column with
/// ceil(kernel / stride) taps at most (polyphase decomposition): y is the sum over phases (a, b) of
///     x[stride_h * i + a, stride_w * j + b] * w[stride_h * u + a, stride_w * v + b],   a < stride_h, b < stride_w.
/// All phases share tiles, points and output transform: they are further input channels, phase by phase.
///
/// x planar [N,C,(H,)W]: first layers. The phases' rows that a row of tiles needs are copied to a blocked strip behind
/// m, padding included.
struct WinogradStep {
  static constexpr std::string_view name = "winograd";
  View x, y;
  std::optional<View> residual;
  Window2d window;  ///< dilation 1
  int64_t outputs_h = 1, outputs_w = 1;
  WeightId weights, bias;
  Epilogue epilogue;
  std::vector<int64_t> segments;  ///< of the input channels of the products
  int64_t point_weights = 0;      ///< floats of one point's weights, of which a part may read a range of panels
  DenseTile tile;                 ///< of the products
  int64_t reduction_block = 64;   ///< upper bound of channels per reduction block; 128 was measured slower
  bool plain = false;
  int64_t first_tile = 0, tile_count = 0;  ///< of all tiles, row by row; a part may have some. Count 0: all
  int64_t tiles = 1;
  BufferId scratch;
  int64_t phases_h() const { return std::min(window.stride_h, window.kernel_h); }
  int64_t phases_w() const { return std::min(window.stride_w, window.kernel_w); }
  int64_t taps_h() const { return (window.kernel_h + window.stride_h - 1) / window.stride_h; }
  int64_t taps_w() const { return (window.kernel_w + window.stride_w - 1) / window.stride_w; }
};

/// 1x1 convolution of one group and stride 1 by one step of Strassen's algorithm (ir/strassen.h), over halves of the
/// pixels of an image, of its input channels and of its output channels; channels are multiples of two blocks,
/// without gap lanes. Pixel p < pairs and pixel p + pairs, if there is one, are a pair, pairs = ceil(pixels / 2).
/// `tiles` pairs at a time go through scratch: left operands to v [product][pair][half of the input channels], products
/// to m [product][pair][half of the output channels], results and epilogue.
/// Weights: [product][panel][block][lane][panel lanes].
struct StrassenStep {
  static constexpr std::string_view name = "strassen";
  View x, y;
  std::optional<View> residual;
  WeightId weights, bias;
  Epilogue epilogue;
  int64_t first = 0, pairs = 0;   ///< of all pairs; a part has some
  DenseTile tile;                 ///< of the products
  int64_t reduction_block = 256;  ///< upper bound of channels per reduction block
  /// Blocks of channels per pass of the additions over the pairs: what they read and write of a pixel stays in L1.
  int64_t addition_blocks = 8;
  int64_t tiles = 1;
  BufferId scratch;
};

/// First layer: x planar [N,C,(H,)W] with C <= lanes_per_block, y blocked; a ring of padded input rows in scratch.
/// Weights: [panel][ky][kx][channel][panel lanes].
struct PlanarConvolutionStep {
  static constexpr std::string_view name = "planar_convolution";
  View x, y;
  Window2d window;
  WeightId weights, bias;
  Epilogue epilogue;
  DenseTile tile;
  BufferId ring;
};

/// How much of a window is written out, tap by tap; loops run over the rest.
enum class Unrolled { window, row, nothing };

/// Which two pixels of a register tile share a register that holds two blocks.
enum class PixelPairs : uint8_t {
  none,        ///< a pixel per register
  neighbours,  ///< 2i and 2i + 1, which one load takes: where they are neighbours in x too
  halves,      ///< i and that of the other half of the tile, joined from two loads
};

/// One input channel per output channel, lane by lane. Weights: [block][ky][kx][lane].
struct DepthwiseStep {
  static constexpr std::string_view name = "depthwise";
  View x, y;
  std::optional<View> residual;
  Window2d window;
  WeightId weights, bias;
  Epilogue epilogue;
  int64_t tile_pixels = 8;  ///< most pixels of a register tile, a sum each
  Unrolled unrolled = Unrolled::window;
  PixelPairs pairs = PixelPairs::none;  ///< of written windows: tiles of pairs take two rows
  /// Where the window is clipped: most rows of a register tile, of each of its tap_regions (ir/tap_ranges.h).
  std::vector<int64_t> region_rows;
};

/// Grouped convolution whose groups do not fill whole blocks, or fill one. `sources`: per output block and step i
/// (input channel i of the lane's group) the input lane every output lane reads, as offsets in elements from x's first
/// block at one pixel. When every group is 2, 4 or 8 channels in and out within one block, `spread` is that number.
/// Weights: [block][chunk of 8 steps][ky][kx][step][lane].
struct GroupedConvolutionStep {
  static constexpr std::string_view name = "grouped_convolution";
  View x, y;
  std::optional<View> residual;
  Window2d window;
  int64_t group_inputs = 1;  ///< input channels per group
  int64_t spread = 0;
  WeightId weights, bias;
  WeightId sources;  ///< int32 [block][i][lane]; null when spread is used
  Epilogue epilogue;
  int64_t tile_pixels = 8;  ///< most pixels of a register tile, a sum each
  /// With `spread`: input by input, a row of the kernel stays in registers, and its columns share what they spread.
  bool shared_row = false;
  /// A register holds two blocks: a pixel of two rows, or of both halves of y's only row. With `spread`.
  bool pairs = false;
  /// Where the window is clipped: most rows of a register tile, of each of its tap_regions (ir/tap_ranges.h).
  std::vector<int64_t> region_rows;
};

/// y = W x + b per image; x blocked with one pixel, or planar [N,K]; y likewise.
/// Weights: [panel][input][lane], panels of `panel_blocks` blocks, the last narrower; inputs in channel order.
struct FullyConnectedStep {
  static constexpr std::string_view name = "fully_connected";
  View x, y;
  std::optional<View> residual;
  WeightId weights, bias;
  Epilogue epilogue;
  int64_t panel_blocks = 8;  ///< whose sums stay in registers
};

/// Max, average, lp pooling of blocked views, clipped at the edges of x.
struct PoolStep {
  static constexpr std::string_view name = "pool";
  PoolKind kind = PoolKind::max;
  View x, y;
  Window2d window;
  int64_t pad_bottom = 0, pad_right = 0;
  bool count_include_pad = false;
  int64_t p = 2;
  bool unrolled = true;  ///< windows inside of x are written out, tap by tap
};

/// Pooling of planar [N,C,(H,)W] with int64 indices as second output.
struct PlanarPoolStep {
  static constexpr std::string_view name = "planar_pool";
  View x, y;
  std::optional<View> indices;
  Window2d window;
  int64_t storage_order = 0;
};

/// Reduction of all pixels of a blocked view, y has one pixel. Pixel i, row by row, belongs to partial result i mod 16.
struct SpatialReduceStep {
  static constexpr std::string_view name = "spatial_reduce";
  ReduceKind kind = ReduceKind::mean;
  View x, y;
  /// Set: x holds rows from `row` on of `rows`; partial results go from part to part through it, [block][16][lane], and
  /// the part with the last row writes y.
  std::optional<View> partials = {};
  int64_t row = 0, rows = 0;
  bool first() const { return !partials || row == 0; }
  bool last() const { return !partials || row + x.height == rows; }
};

/// How an operand of an elementwise step is read.
enum class Access : uint8_t {
  full,     ///< element by element
  channel,  ///< blocked: one pixel (or a weight vector with one float per lane of y), same for every pixel
  pixel,    ///< blocked: one channel, lane 0 spread over the lanes
  scalar,   ///< one element
  strided,  ///< planar: by `strides`
};
struct ElementwiseOperand {
  View view;
  Access access = Access::full;
  bool per_image = false;        ///< channel: differs from image to image (blocked operand with batch = y's batch)
  std::vector<int64_t> strides;  ///< planar: per axis of the step's `extents`, 0 where broadcast
};
/// One instruction of a chain; arguments: operand i is i, result of instruction j is operands.size() + j.
struct ElementwiseInstruction {
  std::variant<Unary, Binary, Where, Cast> op;
  std::vector<int> arguments;
  ElementType type = ElementType::float32;  ///< of the result
};
/// A chain of elementwise operators; the last instruction's result is stored to y.
/// Blocked: over y's blocks and pixels. Planar: over `extents` (adjacent axes merged), y dense.
struct ElementwiseStep {
  static constexpr std::string_view name = "elementwise";
  View y;
  std::vector<ElementwiseOperand> operands;
  std::vector<ElementwiseInstruction> instructions;
  std::vector<int64_t> extents;
};

/// Between planar and blocked layout, either direction.
struct RelayoutStep {
  static constexpr std::string_view name = "relayout";
  View x, y;
};

/// Blocked to blocked: y[n, c, i, j] = x[n, channel_map[c], i * step_h + start_h, j * step_w + start_w],
/// `fill` where that lies outside x.
struct BlockedCopyStep {
  static constexpr std::string_view name = "blocked_copy";
  View x, y;
  std::vector<int64_t> channel_map;  ///< per channel of y a channel of x
  int64_t start_h = 0, start_w = 0, step_h = 1, step_w = 1;
  float fill = 0;
};

/// Planar copy by an affine map over `extents`: y[y_offset + sum i*y_strides] = x[x_offset + sum i*x_strides],
/// any element type. A tensor that is assembled from parts (Concat, Pad) is several copies;
/// `fill`, when set, is stored instead of x.
struct CopyStep {
  static constexpr std::string_view name = "copy";
  View x, y;
  std::vector<int64_t> extents, x_strides, y_strides;
  int64_t x_offset = 0, y_offset = 0;
  std::optional<TensorData> fill;  ///< one element of y's type
};

/// Planar copy through an index table per axis: y[i0, i1, ...] = x[t0[i0], t1[i1], ...], t being element offsets;
/// -1 stands for `fill`. (Reflect, edge and wrap padding, nearest resize, gather by constants.)
struct TableCopyStep {
  static constexpr std::string_view name = "table_copy";
  View x, y;
  std::vector<WeightId> tables;  ///< int32 offsets per axis of y
  float fill = 0;
  std::vector<int64_t> first = {};  ///< per axis of y the table's entry to begin with; empty: 0
};

/// Planar reduction: x seen as [outer..., reduced...] by strides;
/// elements are visited in row-major order of the reduced axes.
struct ReduceStep {
  static constexpr std::string_view name = "reduce";
  ReduceKind kind = ReduceKind::mean;
  View x, y;
  std::vector<int64_t> outer_extents, outer_strides, reduced_extents, reduced_strides;
};

struct ArgReduceStep {
  static constexpr std::string_view name = "arg_reduce";
  bool max = true, select_last_index = false;
  View x, y;
  int64_t outer = 1, extent = 1, inner = 1;  ///< x as [outer][extent][inner], y as [outer][inner]
  int64_t stride = 0;                        ///< along the extent, where x has more columns than `inner`; outer is 1
  int64_t step() const { return stride == 0 ? inner : stride; }
};

/// How a softmax goes over its data.
enum class SoftmaxForm : uint8_t {
  ordered,     ///< sums in the order of docs/numerics.md; exponentials are computed twice, the second time divided
  stored,      ///< exponentials are stored while they are summed, then multiplied by the inverse sum
  transposed,  ///< so, with rows of 8 to 23 elements (inner 1) turned to columns, eight at a time
};

/// Planar softmax of x as [outer][extent][inner] along extent.
struct SoftmaxStep {
  static constexpr std::string_view name = "softmax";
  bool log = false;
  View x, y;
  int64_t outer = 1, extent = 1, inner = 1;
  int64_t stride = 0;  ///< along the extent, where x and y have more columns than `inner`; outer is 1
  SoftmaxForm form = SoftmaxForm::ordered;
  int64_t rows_together = 8;  ///< at most 8 rows (inner 1) that every pass goes over before the next one begins
  int64_t step() const { return stride == 0 ? inner : stride; }
};

/// Normalisation of planar data. x as [outer][channels][inner]; each (outer, group of channels / groups channels) is
/// normalised. scale and bias: one float per channel (per_element: per element of the normalised stretch), absent
/// views: 1 and 0. LayerNorm: outer stretches, channels = 1, groups = 1, per_element.
struct NormalizeStep {
  static constexpr std::string_view name = "normalize";
  View x, y;
  std::optional<View> scale, bias, mean, inverse_deviation;  ///< the last two are outputs, one float per group
  int64_t outer = 1, channels = 1, inner = 1, groups = 1;
  bool per_element = false;
  float epsilon = 1e-5f;
};

/// Group normalisation of blocked views (fast numerics): per image and group over all pixels.
struct BlockedNormalizeStep {
  static constexpr std::string_view name = "blocked_normalize";
  View x, y;
  WeightId scale, bias;  ///< one float per lane
  int64_t groups = 1;
  float epsilon = 1e-5f;
  BufferId scratch;  ///< two floats per lane
};

/// BatchNormalization whose statistics are known only at run time, on planar x [N][C][inner]: those of the batch itself
/// (training mode), or what the network computed as running_mean and running_variance.
struct BatchStatisticsStep {
  static constexpr std::string_view name = "batch_statistics";
  bool training = true;
  View x, y, scale, bias, running_mean, running_variance;
  std::optional<View> mean_output, variance_output;
  int64_t outer = 1, channels = 1, inner = 1;
  float epsilon = 1e-5f, momentum = 0.9f;
  int64_t image_stride = 0;  ///< where x and y have more channels than `channels`
  int64_t image() const { return image_stride == 0 ? channels * inner : image_stride; }
};

/// Planar y[b] = alpha op(a[b]) op(b[b]) + beta c, for operands that are not packed as weights.
/// Batch offsets by strides.
struct MatMulStep {
  static constexpr std::string_view name = "matmul";
  View a, b, y;
  std::optional<View> c;
  int64_t m = 1, n = 1, k = 1;
  int64_t a_row = 0, a_column = 0, b_row = 0, b_column = 0, c_row = 0, c_column = 0;  ///< strides in elements
  std::vector<int64_t> batch_extents, a_strides, b_strides;
  float alpha = 1, beta = 1;
  Epilogue epilogue;                       ///< activation only
  int64_t tile_rows = 4, tile_blocks = 2;  ///< register tile: rows x blocks of columns
  int64_t y_row = 0;  ///< stride in elements, where y has more columns than n and there is no batch
  int64_t y_stride() const { return y_row == 0 ? n : y_row; }
};

/// Linear / cubic interpolation along one axis of planar x [outer][in][inner] -> [outer][out][inner] by tables of
/// `taps` int32 indices (elements of `in`) and float weights per output position.
struct InterpolateStep {
  static constexpr std::string_view name = "interpolate";
  View x, y;
  int64_t outer = 1, in = 1, out = 1, inner = 1, taps = 2;
  WeightId indices, coefficients;
};

/// Nearest or bilinear resize of blocked views.
/// Row tables: int32 source row (nearest) or two rows and two weights (linear).
struct BlockedResizeStep {
  static constexpr std::string_view name = "blocked_resize";
  View x, y;
  bool linear = false;
  WeightId rows, columns;                ///< int32: [out] or [out][2]
  WeightId row_weights, column_weights;  ///< float [out][2], linear only
};

/// Planar gather along an axis with indices computed at run time: x as [outer][extent][inner]. An index stands for
/// `inner` elements, `outer` times; or one index for each element of y.
struct GatherStep {
  static constexpr std::string_view name = "gather";
  View x, indices, y;
  int64_t outer = 1, extent = 1, inner = 1;
  bool for_each_element = false;
};

/// Zeroes the border of a blocked view whose pixels several steps write (the phases of a transposed convolution).
struct ClearBorderStep {
  static constexpr std::string_view name = "clear_border";
  View y;
};

using Kernel = std::variant<ConvolutionStep, WinogradStep, StrassenStep, PlanarConvolutionStep, DepthwiseStep,
                            GroupedConvolutionStep, FullyConnectedStep, PoolStep, PlanarPoolStep, SpatialReduceStep,
                            ElementwiseStep, RelayoutStep, BlockedCopyStep, CopyStep, TableCopyStep, ReduceStep,
                            ArgReduceStep, SoftmaxStep, NormalizeStep, BlockedNormalizeStep, BatchStatisticsStep,
                            MatMulStep, InterpolateStep, BlockedResizeStep, GatherStep, ClearBorderStep>;

/// "convolution", "depthwise", "relayout", ...
std::string_view kernel_name(const Kernel& kernel);

}  // namespace intaglio
