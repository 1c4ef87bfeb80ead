// Program: kernel calls over views of storages, in execution order.
// Plain data between lowering, memory planning and backend.
//
// A buffer is bytes with an element type. A view says where a tensor lies in a buffer and in which layout:
//   planar   ONNX order, dense, row-major.
//   blocked  channels in blocks of `block` lanes: [N][channel block][H][W][lane];
//            a 1-D tensor has H = 1, one of rank 2 has H = W = 1.
// The channels of a blocked tensor lie in segments: each segment starts on a block of its own, so that operands of a
// concatenation need not fill their last block. Lanes behind a segment's last channel are gap lanes with undefined
// contents: every kernel that mixes channels visits exactly the real ones, every other kernel works lane by lane.
// A view may stand inside a larger storage: its strides are those of the storage, and `border_*` pixels around it
// belong to it and hold zeros, written by whoever writes the rows they belong to.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/operators.h"
#include "ir/tensor.h"
#include "ir/weight_data.h"
#include "support/id.h"

namespace intaglio {

using BufferId = Id<struct BufferTag>;
using WeightId = Id<struct WeightTag>;

/// The largest arena that is planned, and so the largest buffer: beyond every machine that runs such networks.
inline constexpr int64_t largest_arena_bytes = int64_t{64} << 30;

enum class BufferKind : uint8_t {
  input,    ///< the caller's, read only
  output,   ///< the caller's, written by exactly one step's views, never read
  arena,    ///< placed by the memory planner
  scratch,  ///< placed by the memory planner, lives during one step
};

struct Buffer {
  std::string name;  ///< identifier made from the tensor's name or module path; unique
  BufferKind kind = BufferKind::arena;
  ElementType type = ElementType::float32;
  int64_t elements = 0;
  size_t io_index = 0;  ///< position among the graph's inputs / outputs
  int64_t bytes() const { return elements * static_cast<int64_t>(element_size(type)); }
};

/// How generated code makes a weight at start-up from `data`:
/// [tap_h][tap_w][packed] becomes [point_h][point_w][packed], each of its values the sum over the taps of
/// rows[point_h][tap_h] * columns[point_w][tap_w] * that of the taps.
struct Preparation {
  std::string what;  ///< "Winograd F(4x4, 3x3)"
  std::vector<std::vector<double>> rows, columns;
  int64_t taps() const { return static_cast<int64_t>(rows.front().size() * columns.front().size()); }
  int64_t points() const { return static_cast<int64_t>(rows.size() * columns.size()); }
};

/// Constant data that generated code reads: packed weights, biases, tables, planar constants. Its shape is the packed
/// extent. Large ones are packed when the data is asked for, from the Graph's constants, which they share.
struct Weight {
  std::string name;  ///< identifier, unique
  WeightData data;
  WeightId whole = {};  ///< set: no data of its own, but `whole`'s from element `offset` on
  int64_t offset = 0;
  std::optional<Preparation> preparation = {};  ///< set: code reads the result, from memory that it prepared
};

struct View {
  BufferId buffer;  ///< null when the view reads `weight`
  WeightId weight;
  int64_t offset = 0;  ///< elements from the buffer's start to the first element (lane 0 of pixel (0, 0) of block 0)
  ElementType type = ElementType::float32;
  Shape shape;  ///< the tensor's ONNX shape
  bool blocked = false;
  // Blocked only:
  std::vector<int64_t> segments;  ///< channels per segment; their sum is the number of channels
  int64_t batch = 1, height = 1, width = 1;
  int64_t image_stride = 0, block_stride = 0, row_stride = 0, pixel_stride = 0;  ///< in elements
  int64_t border_top = 0, border_left = 0, border_bottom = 0, border_right = 0;  ///< zero pixels the writer provides

  int64_t channels() const;
  int64_t blocks(int64_t block) const;  ///< over all segments, gap lanes included
  bool operator==(const View&) const = default;
};

/// Lane of every channel, counted over the view's blocks (block index * block + lane).
std::vector<int64_t> channel_lanes(const View& view, int64_t block);

/// Stretch of blocks that a reduction over channels visits:
/// `full` whole blocks, then `tail` lanes of one more block (0: none).
struct ChannelRun {
  int64_t full = 0, tail = 0;
  bool operator==(const ChannelRun&) const = default;
};

/// The runs that visit exactly the real channels [first, first + count) of a view, both on block boundaries of a
/// segment or at its end; neighbouring segments without gap lanes merge.
std::vector<ChannelRun> channel_runs(const std::vector<int64_t>& segments, int64_t block);

// ---- steps ----------------------------------------------------------------------------------------------------------

/// A window in two dimensions (1-D has height 1).
struct Window2d {
  int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1, pad_top = 0,
          pad_left = 0;
  bool operator==(const Window2d&) const = default;
};

/// Reduction block of a convolution: `runs` visited for one pass over a panel's tiles.
struct ReductionBlock {
  std::vector<ChannelRun> runs;
  int64_t input_block = 0;  ///< first channel block it reads
  int64_t steps = 0;        ///< channels * taps
  bool operator==(const ReductionBlock&) const = default;
};

/// Direct convolution between blocked views; the padding lies in x's border. Each group's input and output channels
/// fill whole blocks or there is one group.
/// Weights: [group][panel][reduction block][block][ky][kx][lane][panel blocks * block].
struct ConvolutionStep {
  View x, y;
  std::optional<View> residual;
  Window2d window;
  int64_t groups = 1;
  WeightId weights, bias;  ///< bias: one float per lane of y
  Epilogue epilogue;
  int64_t tile_pixels = 6, panel_blocks = 2;  ///< register tile of ordinary panels; the last may differ by one block
  int64_t rows_per_group = 1;                 ///< output rows whose pixels are tiled together
  int64_t reduction_block = 256;              ///< upper bound of channels * taps per reduction block
};

/// Convolution of one group by Winograd's minimal filtering F(outputs_h x outputs_w, taps), see ir/winograd.h; the
/// padding lies in x's border. `tiles` tiles at a time go through scratch: input transform to v [point][tile][channel],
/// a product of matrices per point to m [point][tile][lane of y], output transform and epilogue.
/// Weights: [point][panel][block][lane][panel blocks * block], transformed.
///
/// `plain`: the weights are packed as a ConvolutionStep's of stride 1, and every panel's are transformed a reduction
/// block at a time to u [point][lane][panel blocks * block] when their turn comes. Taps stream from memory instead of
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
  View x, y;
  std::optional<View> residual;
  Window2d window;  ///< dilation 1
  int64_t outputs_h = 1, outputs_w = 1;
  WeightId weights, bias;
  Epilogue epilogue;
  std::vector<int64_t> segments;  ///< of the input channels of the products
  int64_t point_weights = 0;      ///< floats of one point's weights, of which a part may read a range of panels
  int64_t tile_pixels = 6, panel_blocks = 2;  ///< register tile of the products
  int64_t reduction_block = 64;               ///< upper bound of channels per reduction block; 128 was measured slower
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
/// pixels of an image, of its input channels and of its output channels; channels are multiples of twice the block,
/// without gap lanes. Pixel p < pairs and pixel p + pairs, if there is one, are a pair, pairs = ceil(pixels / 2).
/// `tiles` pairs at a time go through scratch: left operands to v [product][pair][half of the input channels], products
/// to m [product][pair][half of the output channels], results and epilogue.
/// Weights: [product][panel][block][lane][panel blocks * block].
struct StrassenStep {
  View x, y;
  std::optional<View> residual;
  WeightId weights, bias;
  Epilogue epilogue;
  int64_t first = 0, pairs = 0;               ///< of all pairs; a part has some
  int64_t tile_pixels = 6, panel_blocks = 2;  ///< register tile of the products
  int64_t reduction_block = 256;              ///< upper bound of channels per reduction block
  int64_t tiles = 1;
  BufferId scratch;
};

/// First layer: x planar [N,C,(H,)W] with C <= block, y blocked; a ring of padded input rows in scratch.
/// Weights: [panel][ky][kx][channel][panel blocks * block].
struct PlanarConvolutionStep {
  View x, y;
  Window2d window;
  WeightId weights, bias;
  Epilogue epilogue;
  int64_t tile_pixels = 6, panel_blocks = 2;
  BufferId ring;
};

/// One input channel per output channel, lane by lane. Weights: [block][ky][kx][lane].
struct DepthwiseStep {
  View x, y;
  std::optional<View> residual;
  Window2d window;
  WeightId weights, bias;
  Epilogue epilogue;
};

/// Grouped convolution whose groups do not fill whole blocks, or fill one. `sources`: per output block and step i
/// (input channel i of the lane's group) the input lane every output lane reads, as offsets in elements from x's first
/// block at one pixel. When every group is 2, 4 or 8 channels in and out within one block, `spread` is that number.
/// Weights: [block][chunk of 8 steps][ky][kx][step][lane].
struct GroupedConvolutionStep {
  View x, y;
  std::optional<View> residual;
  Window2d window;
  int64_t group_inputs = 1;  ///< input channels per group
  int64_t spread = 0;
  WeightId weights, bias;
  WeightId sources;  ///< int32 [block][i][lane]; null when spread is used
  Epilogue epilogue;
};

/// y = W x + b per image; x blocked with one pixel, or planar [N,K]; y likewise.
/// Weights: [panel of 8 blocks][input][lane], the last panel narrower; inputs in channel order.
struct FullyConnectedStep {
  View x, y;
  std::optional<View> residual;
  WeightId weights, bias;
  Epilogue epilogue;
};

/// Max, average, lp pooling of blocked views, clipped at the edges of x.
struct PoolStep {
  PoolKind kind = PoolKind::max;
  View x, y;
  Window2d window;
  int64_t pad_bottom = 0, pad_right = 0;
  bool count_include_pad = false;
  int64_t p = 2;
};

/// Pooling of planar [N,C,(H,)W] with int64 indices as second output.
struct PlanarPoolStep {
  View x, y;
  std::optional<View> indices;
  Window2d window;
  int64_t storage_order = 0;
};

/// Reduction of all pixels of a blocked view, y has one pixel. Pixel i, row by row, belongs to partial result i mod 16.
struct SpatialReduceStep {
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
  View y;
  std::vector<ElementwiseOperand> operands;
  std::vector<ElementwiseInstruction> instructions;
  std::vector<int64_t> extents;
};

/// Between planar and blocked layout, either direction.
struct RelayoutStep {
  View x, y;
};

/// Blocked to blocked: y[n, c, i, j] = x[n, channel_map[c], i * step_h + start_h, j * step_w + start_w],
/// `fill` where that lies outside x.
struct BlockedCopyStep {
  View x, y;
  std::vector<int64_t> channel_map;  ///< per channel of y a channel of x
  int64_t start_h = 0, start_w = 0, step_h = 1, step_w = 1;
  float fill = 0;
};

/// Planar copy by an affine map over `extents`: y[y_offset + sum i*y_strides] = x[x_offset + sum i*x_strides],
/// any element type. A tensor that is assembled from parts (Concat, Pad) is several copies;
/// `fill`, when set, is stored instead of x.
struct CopyStep {
  View x, y;
  std::vector<int64_t> extents, x_strides, y_strides;
  int64_t x_offset = 0, y_offset = 0;
  std::optional<TensorData> fill;  ///< one element of y's type
};

/// Planar copy through an index table per axis: y[i0, i1, ...] = x[t0[i0], t1[i1], ...], t being element offsets;
/// -1 stands for `fill`. (Reflect, edge and wrap padding, nearest resize, gather by constants.)
struct TableCopyStep {
  View x, y;
  std::vector<WeightId> tables;  ///< int32 offsets per axis of y
  float fill = 0;
};

/// Planar reduction: x seen as [outer..., reduced...] by strides;
/// elements are visited in row-major order of the reduced axes.
struct ReduceStep {
  ReduceKind kind = ReduceKind::mean;
  View x, y;
  std::vector<int64_t> outer_extents, outer_strides, reduced_extents, reduced_strides;
};

struct ArgReduceStep {
  bool max = true, select_last_index = false;
  View x, y;
  int64_t outer = 1, extent = 1, inner = 1;  ///< x as [outer][extent][inner], y as [outer][inner]
};

/// Planar softmax of x as [outer][extent][inner] along extent.
struct SoftmaxStep {
  bool log = false;
  View x, y;
  int64_t outer = 1, extent = 1, inner = 1;
};

/// Normalisation of planar data. x as [outer][channels][inner]; each (outer, group of channels / groups channels) is
/// normalised. scale and bias: one float per channel (per_element: per element of the normalised stretch), absent
/// views: 1 and 0. LayerNorm: outer stretches, channels = 1, groups = 1, per_element.
struct NormalizeStep {
  View x, y;
  std::optional<View> scale, bias, mean, inverse_deviation;  ///< the last two are outputs, one float per group
  int64_t outer = 1, channels = 1, inner = 1, groups = 1;
  bool per_element = false;
  float epsilon = 1e-5f;
};

/// Group normalisation of blocked views (fast numerics): per image and group over all pixels.
struct BlockedNormalizeStep {
  View x, y;
  WeightId scale, bias;  ///< one float per lane
  int64_t groups = 1;
  float epsilon = 1e-5f;
  BufferId scratch;  ///< two floats per lane
};

/// BatchNormalization whose statistics are known only at run time, on planar x [N][C][inner]: those of the batch itself
/// (training mode), or what the network computed as running_mean and running_variance.
struct BatchStatisticsStep {
  bool training = true;
  View x, y, scale, bias, running_mean, running_variance;
  std::optional<View> mean_output, variance_output;
  int64_t outer = 1, channels = 1, inner = 1;
  float epsilon = 1e-5f, momentum = 0.9f;
};

/// Planar y[b] = alpha op(a[b]) op(b[b]) + beta c, for operands that are not packed as weights.
/// Batch offsets by strides.
struct MatMulStep {
  View a, b, y;
  std::optional<View> c;
  int64_t m = 1, n = 1, k = 1;
  int64_t a_row = 0, a_column = 0, b_row = 0, b_column = 0, c_row = 0, c_column = 0;  ///< strides in elements
  std::vector<int64_t> batch_extents, a_strides, b_strides;
  float alpha = 1, beta = 1;
  Epilogue epilogue;  ///< activation only
};

/// Linear / cubic interpolation along one axis of planar x [outer][in][inner] -> [outer][out][inner] by tables of
/// `taps` int32 indices (elements of `in`) and float weights per output position.
struct InterpolateStep {
  View x, y;
  int64_t outer = 1, in = 1, out = 1, inner = 1, taps = 2;
  WeightId indices, coefficients;
};

/// Nearest or bilinear resize of blocked views.
/// Row tables: int32 source row (nearest) or two rows and two weights (linear).
struct BlockedResizeStep {
  View x, y;
  bool linear = false;
  WeightId rows, columns;                ///< int32: [out] or [out][2]
  WeightId row_weights, column_weights;  ///< float [out][2], linear only
};

/// Planar gather along an axis with indices computed at run time: x as [outer][extent][inner].
struct GatherStep {
  View x, indices, y;
  int64_t outer = 1, extent = 1, inner = 1;
};

/// Zeroes the border of a blocked view whose pixels several steps write (the phases of a transposed convolution).
struct ClearBorderStep {
  View y;
};

using Kernel = std::variant<ConvolutionStep, WinogradStep, StrassenStep, PlanarConvolutionStep, DepthwiseStep,
                            GroupedConvolutionStep, FullyConnectedStep, PoolStep, PlanarPoolStep, SpatialReduceStep,
                            ElementwiseStep, RelayoutStep, BlockedCopyStep, CopyStep, TableCopyStep, ReduceStep,
                            ArgReduceStep, SoftmaxStep, NormalizeStep, BlockedNormalizeStep, BatchStatisticsStep,
                            MatMulStep, InterpolateStep, BlockedResizeStep, GatherStep, ClearBorderStep>;

/// "convolution", "depthwise", "relayout", ...
std::string_view kernel_name(const Kernel& kernel);

struct Step {
  std::string name;     ///< module path or node name of the operator that gave the step
  std::string comment;  ///< "Conv 3x3 s1 p1  64x56x56 -> 64x56x56 + relu"
  Kernel kernel;
  int64_t macs = 0;
  std::vector<Kernel> parts;  ///< when not empty: kernels that do the same together and may run at the same time
  std::optional<size_t> choice = {};  ///< index in Program::choices of the choice that this step is part of
  std::optional<size_t> group = {};   ///< index in Program::groups of the group that this step is part of
};

/// Layers that run together over bands of rows of the last one's result: neighbouring steps, band by band. What they
/// hand on lies in line buffers, which hold the rows of a band.
struct FusionGroup {
  std::string name;             ///< of the first layer
  int64_t bands = 0, rows = 0;  ///< rows of the result per band, the last has the rest
};

/// A kernel and its parameters for layers of one kind, chosen among candidates.
struct KernelChoice {
  struct Candidate {
    std::string kernel;  ///< "winograd 4x4 tiles 98"
    double cycles = 0;   ///< predicted, per image
  };
  std::string layer;                  ///< "conv 3x3 64 -> 64 at 56x56"
  std::vector<Candidate> candidates;  ///< the untuned one first
  std::string chosen;
};

/// What fast numerics cost in accuracy: max |error| / max |result| of the outputs, estimated without running the
/// network (lowering/rounding.h), and what was done to keep it within a budget.
struct Accuracy {
  double estimate = 0;
  double fastest = 0;  ///< the estimate of what would be chosen without a budget
  double budget = 0;
  struct Exchange {
    std::string layer, kernel, instead_of;
  };
  std::vector<Exchange> exchanges;  ///< kinds of layers that take a more exact kernel than the fastest one
};

struct Program {
  std::string name;
  int64_t block = 8;
  int64_t tasks = 1;  ///< most parts of a step
  std::vector<Buffer> buffers;
  std::vector<Weight> weights;
  std::vector<Step> steps;
  std::vector<KernelChoice> choices;
  std::optional<Accuracy> accuracy;  ///< of fast numerics
  /// The products of each reduction block are summed from zero, and the sums added: of a sum of many terms that rounds
  /// to fewer wrong bits. Otherwise each block goes on from the last one's sum.
  bool partial_sums = false;
  std::vector<FusionGroup> groups;
  /// Interface, in graph order: ONNX name, type, shape, buffer.
  struct Port {
    std::string name;
    ElementType type = ElementType::float32;
    Shape shape;
    BufferId buffer;
  };
  std::vector<Port> inputs, outputs;

  Buffer& operator[](BufferId id) { return buffers[id.index()]; }
  const Buffer& operator[](BufferId id) const { return buffers[id.index()]; }
  const Weight& operator[](WeightId id) const { return weights[id.index()]; }
};

/// Views a step reads and writes (weights included among the reads, those that take no memory left out), and its scratch
/// buffers. `block`: the Program's.
struct Accesses {
  std::vector<const View*> reads, writes;
  std::vector<BufferId> scratch;
  /// Operands whose buffer the result may take over: every element is read, by the same position, just before it is
  /// written, and the step reads nothing else from that buffer.
  std::vector<const View*> in_place;
};
Accesses accesses(const Step& step, int64_t block);

/// One line per buffer and step: the Program's text form.
std::string print(const Program& program);

/// Internal error unless every view lies inside its buffer, borders included; segments match channels; steps read only
/// what was written before; outputs have exactly one writer and are never read.
void verify(const Program& program);

}  // namespace intaglio
