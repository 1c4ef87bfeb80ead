// Where tensors lie: buffers, weights, views of them, and the channels of a blocked view.
//
// A buffer is bytes with an element type. A view says where a tensor lies in a buffer and in which layout.
// The channels of a blocked tensor lie in segments: each segment starts on a block of its own, so that operands of a
// concatenation need not fill their last block. Lanes behind a segment's last channel are gap lanes with undefined
// contents: every kernel that mixes channels visits exactly the real ones, every other kernel works lane by lane.
// A view may stand inside a larger storage: its strides are those of the storage, and `border_*` pixels around it
// belong to it and hold zeros, written by whoever writes the rows they belong to.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
  output,   ///< the caller's, written by the steps of one layer, never read
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

/// How the elements of a tensor follow each other. What comes here names its element packing too: blocks of 4, 16 or 32
/// integers for instructions that sum neighbouring products, blocks of floats in 16 bits.
enum class Layout : uint8_t {
  planar,          ///< ONNX order, dense, row-major
  blocked_floats,  ///< channels in blocks of `lanes_per_block` floats: [N][channel block][H][W][lane];
                   ///< a 1-D tensor has H = 1, one of rank 2 has H = W = 1
};

/// Channels of a block of Layout::blocked_floats.
inline constexpr int64_t lanes_per_block = 8;

/// Blocks that so many channels take, the last of which they need not fill.
constexpr int64_t block_count(int64_t channels) { return (channels + lanes_per_block - 1) / lanes_per_block; }
/// Over all segments.
int64_t block_count(const std::vector<int64_t>& segments);

struct View {
  BufferId buffer;  ///< null when the view reads `weight`
  WeightId weight;
  int64_t offset = 0;  ///< elements from the buffer's start to the first element (lane 0 of pixel (0, 0) of block 0)
  ElementType type = ElementType::float32;
  Shape shape;  ///< the tensor's ONNX shape
  Layout layout = Layout::planar;
  // Blocked only:
  std::vector<int64_t> segments;  ///< channels per segment; their sum is the number of channels
  int64_t batch = 1, height = 1, width = 1;
  int64_t image_stride = 0, block_stride = 0, row_stride = 0, pixel_stride = 0;  ///< in elements
  int64_t border_top = 0, border_left = 0, border_bottom = 0, border_right = 0;  ///< zero pixels the writer provides

  int64_t channels() const;
  int64_t blocks() const { return block_count(segments); }  ///< over all segments, gap lanes included
  bool blocked() const { return layout != Layout::planar; }
  bool operator==(const View&) const = default;
};

/// Lane of every channel, counted over the view's blocks (block index * lanes_per_block + lane).
std::vector<int64_t> channel_lanes(const View& view);

/// Stretch of blocks that a reduction over channels visits:
/// `full` whole blocks, then `tail` lanes of one more block (0: none).
struct ChannelRun {
  int64_t full = 0, tail = 0;
  bool operator==(const ChannelRun&) const = default;
};

/// The runs that visit exactly the real channels; neighbouring segments without gap lanes merge.
std::vector<ChannelRun> channel_runs(const std::vector<int64_t>& segments);

}  // namespace intaglio
