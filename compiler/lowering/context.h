// What the stages of lowering share: decisions per tensor, and the Program that grows.
//
// Stages, in order: clusters (elementwise nodes that become one step), layouts (planar or blocked per tensor), segments
// (where channels start on a new block), storages (which tensors lie in one buffer, and its borders),
// then one step after another.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/program.h"
#include "lowering/choices.h"
#include "lowering/lower.h"
#include "target/target.h"

namespace intaglio::lowering {

/// A tensor as [N, C, H, W]: rank 3 has H = 1, rank 2 has H = W = 1.
struct Extents {
  int64_t n = 1, c = 1, h = 1, w = 1;
  bool operator==(const Extents&) const = default;
};
Extents image_extents(const Shape& shape);
/// Product of the extents of axes [first, last).
int64_t elements(const Shape& shape, size_t first, size_t last);

/// Elementwise nodes that are computed together; `nodes` in order, the last one writes the result.
struct Cluster {
  std::vector<NodeId> nodes;
  TensorId result;
};

/// Zero pixels around a blocked tensor, which the padding of the convolutions that read it needs. Who owns them:
/// - The storage that the tensor lies in has them, as wide as the convolution that needs most: what each needs is
///   `border` in the operator's row (rules.h), and widen_borders (storage.cc) takes the widest.
/// - The step that writes the tensor writes them, around the blocks that it writes: its result is a View whose
///   `border_*` say how wide they are there (context.cc), and its kernel calls clear_border (emitter.cc).
/// - Where several steps write pixels of the same blocks, as the phases of a transposed convolution or the operands of
///   a concatenation of rows do, a ClearBorderStep before them writes all; bands of rows have only the edges that they
///   touch (rows_of in rows.cc).
/// The convolution itself only reads: no kernel over blocked data asks whether it is at an edge. Along a dilated axis
/// nobody reads a border: windows are clipped (ir/tap_ranges.h).
struct Border {
  int64_t top = 0, left = 0, bottom = 0, right = 0;
  void widen(const Border& other);
};

/// Place of a blocked tensor: a storage and the first of its blocks there.
struct StoragePlace {
  int storage = -1;
  int64_t block = 0;
};

/// A set of blocked tensors in one buffer.
struct Storage {
  Border border;
  Extents extents;     ///< c is unused
  int64_t blocks = 0;  ///< known once the places of all tensors are
  BufferId buffer;     ///< made when the first view is asked for
  std::string name;
};

struct TensorState {
  bool blocked = false;        ///< its producer writes the blocked layout
  bool needs_blocked = false;  ///< some reader wants the blocked layout
  bool laid_out_once = false;  ///< planar, and several concatenations share its blocked form
  std::vector<int64_t> segments;
  StoragePlace place;  ///< of the blocked form
  View blocked_view, planar_view;
  bool has_blocked = false, has_planar = false;
};

class Context {
 public:
  Context(const Graph& graph, const Target& target, const LoweringOptions& options);

  const Graph& graph;
  const Target& target;
  const LoweringOptions& options;
  const Uses uses;
  const bool cached_weights;  ///< all of the network's stay in the last cache between runs
  Program program;
  std::vector<TensorState> states;  ///< by tensor
  std::vector<int> cluster_of;      ///< by node; -1 when not elementwise
  std::vector<Cluster> clusters;
  std::vector<Storage> storages;
  std::map<std::string, std::vector<RatedChoice>> kernels;  ///< by a layer's signature, the chosen kernel first

  TensorState& state(TensorId id) { return states[id.index()]; }
  const TensorState& state(TensorId id) const { return states[id.index()]; }
  const Tensor& tensor(TensorId id) const { return graph[id]; }
  bool is_constant(TensorId id) const { return graph[id].constant.has_value(); }

  /// The cluster of an elementwise node.
  const Cluster& cluster(const Node& node) const { return clusters[cluster_index(node)]; }
  /// A later node of its cluster computes an elementwise node.
  bool is_inner(const Node& node) const {
    return cluster_index(node) >= 0 && &graph[cluster(node).nodes.back()] != &node;
  }

  /// float32 of rank 2 to 4 without empty extents.
  bool blockable(TensorId id) const;
  /// Blockable, not constant, and written blocked by its producer.
  bool reads_blocked(TensorId id) const { return !is_constant(id) && state(id).blocked; }
  /// Concatenations find its blocked form somewhere, perhaps inside their own storage.
  bool has_blocked_form(TensorId id) const {
    return !is_constant(id) && (state(id).blocked || state(id).laid_out_once);
  }

  // ---- views: made on first use, with the relayout that this takes
  View blocked(TensorId id);  ///< view with the blocked contents of a tensor that was written
  View planar(TensorId id);
  View blocked_result(TensorId id);  ///< view to write the blocked form to
  View planar_result(TensorId id);
  /// A buffer of its own with a blocked tensor's shape (for copies that must not share a storage).
  View fresh_blocked(const std::string& name, const Shape& shape, std::vector<int64_t> segments, const Border& border);
  /// Buffers and weights get names of their own when all steps are there (name_apart).
  BufferId add_buffer(const std::string& name, BufferKind kind, ElementType type, int64_t elements);
  View planar_buffer_view(BufferId buffer, ElementType type, const Shape& shape) const;

  WeightId add_weight(const std::string& name, WeightData data);
  WeightId add_floats(const std::string& name, std::vector<float> values);
  WeightId add_indices(const std::string& name, std::vector<int32_t> values);

  void add_step(const Node& node, std::string comment, Kernel kernel, int64_t macs = 0);

 private:
  int cluster_index(const Node& node) const { return cluster_of[&node - graph.nodes.data()]; }
};

/// Blocks in front of `channel`, which begins a block, or the number of blocks behind the last channel.
int64_t block_of(const std::vector<int64_t>& segments, int64_t channel);
/// The part of a blocked view that holds as many channels as `shape` has from `first` on, where a block begins, as if
/// they were a tensor of their own.
View channel_part(const View& whole, int64_t first, const Shape& shape);
/// Two views of as many elements are one.
inline bool same_place(const View& a, const View& b) { return a.buffer == b.buffer && a.offset == b.offset; }
/// Channels 0, 1, ... as BlockedCopyStep maps them.
std::vector<int64_t> all_channels(int64_t count);

/// Border a window needs around its input so that every tap of every output pixel reads a pixel of the view, where it
/// is not clipped.
Border window_border(const Window2d& window, const Extents& in, const Extents& out);
/// The ONNX window of a 1-D or 2-D operator in two dimensions, clipped along dilated axes: their border would be wider
/// than that of the same taps side by side.
Window2d window_2d(const Window& window);

/// "3x3 s2x2 d2x2 p1x1 g4" for the description of a step: of strides, dilations, padding and groups those that are not
/// the default; padding that differs at the ends as "p0x0..1x1".
std::string describe_window(const Window& window, int64_t groups);
/// Name for buffers and functions: the module path, else the first output's name.
std::string display_name(const Graph& graph, const Node& node);
/// "[1,8,4,4] -> [1,8,2,2]", for the description of a step.
std::string shapes(const View& x, const View& y);

// ---- stages
void form_clusters(Context& context);
void choose_layouts(Context& context);
void choose_segments(Context& context);
void share_storages(Context& context);
void choose_kernels(Context& context);

}  // namespace intaglio::lowering
