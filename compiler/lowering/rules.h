// What lowering does with the nodes of every operator, as rows of one table: what it refuses, the layouts they want,
// which tensors lie on the same lanes or inside each other, the zeros they read around an operand, and the steps they
// become. Each family has a file lower_FAMILY.cc, which ends in its rows: it holds all that is known of its operators.
// The stages (supported.cc, layout.cc, segments.cc, storage.cc, kernels.cc, lower.cc) know no operator, they ask the
// table.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "lowering/choices.h"
#include "lowering/context.h"

namespace intaglio::lowering {

class NodeCheck;  // node_check.h

/// The layouts that a node wants.
struct Wishes {
  bool result = false;             ///< outputs[0] is written blocked; all other outputs are planar
  std::vector<TensorId> operands;  ///< to be read blocked
  std::vector<TensorId> taken_in;  ///< planar operands that get a place inside the blocked result
};

/// Channels [channel, channel + count) of `whole` are the tensor `part`, which then need not be copied: it begins on a
/// block of the whole, and lies there if the rest of the network allows it.
struct ChannelPart {
  TensorId whole, part;
  int64_t channel = 0, count = 0;
};

/// The row of an operator. Rules get nodes of this operator; what is absent does not concern it: an operator that is
/// only ever planar has nothing but `check` and `planar`. Rules of the stages may ask for what the stages before
/// decided.
struct OperatorRules {
  size_t op;  ///< operator_index<Op>
  /// Nodes are computed in clusters (clusters.cc); rules get the last node of one.
  bool elementwise = false;
  /// What the kernels take: adds what is wrong with a node to its problems, before anything is lowered.
  void (*check)(NodeCheck&) = nullptr;

  /// Layouts: asked in the order of the graph, when the layouts of all operands are known.
  Wishes (*wishes)(const Context&, const Node&) = nullptr;

  // Asked when the result is blocked.

  /// Segments: operands whose channels lie on the lanes of the result's channels, because the kernel works lane by
  /// lane. Only operands with as many channels as the result are tied to it.
  std::vector<TensorId> (*same_lanes)(const Context&, const Node&) = nullptr;
  /// Segments and storages: operands as parts of the result, or the result as the only part of an operand.
  std::vector<ChannelPart> (*parts)(const Context&, const Node&) = nullptr;
  /// Storages: zeros that the kernel reads around inputs[0].
  Border (*border)(const Context&, const Node&) = nullptr;
  /// Kernels: the convolutions with constant weights that the node becomes, nothing for one that has no choice.
  std::vector<std::optional<ConvolutionLayer>> (*layers)(const Context&, const Node&) = nullptr;

  // Appends the node's steps; outputs without elements need none.

  void (*blocked)(Context&, const Node&) = nullptr;  ///< writes outputs[0] blocked
  void (*planar)(Context&, const Node&) = nullptr;   ///< writes all outputs planar
};

using Rules = std::span<const OperatorRules>;

Rules elementwise_rules();             // Unary, Binary, Where, Cast, FoldedFunction
Rules convolution_rules();             // Conv
Rules transposed_convolution_rules();  // ConvTranspose
Rules product_rules();                 // Gemm, MatMul
Rules normalization_rules();           // BatchNorm, GroupNorm, LayerNorm, Softmax
Rules pool_rules();                    // Pool
Rules reduction_rules();               // Reduce, ArgReduce, CumulativeSum
Rules concat_rules();                  // Concat
Rules slice_rules();                   // Slice, Gather
Rules pad_rules();                     // Pad
Rules shape_rules();                   // Reshape, Transpose, Expand, Tile
Rules resize_rules();                  // Resize

/// All of them, one for each operator.
std::vector<OperatorRules> all_rules();
const OperatorRules& rules_of(const Node& node);

/// `same_lanes` of kernels that work lane by lane on inputs[0].
std::vector<TensorId> lanes_of_input(const Context& context, const Node& node);

}  // namespace intaglio::lowering
