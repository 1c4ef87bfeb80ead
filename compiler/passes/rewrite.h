// What the passes share: questions about constants, and the few ways in which they change a graph.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "ir/graph.h"

namespace intaglio {

/// Changes the graph around one node if it can; true when it did. It may change the node itself, producers of its
/// operands and readers of its results, and add nodes; what lies further away changes through replace_by. The uses are
/// those from before the rule.
using Rule = std::function<bool(Graph&, Uses&, NodeId)>;

/// Applies `rule` to every node until it fires nowhere, removing what becomes dead. True when it fired. Of the nodes
/// where it could fire, the first in the order goes next. After a change only nodes near it are tried again, so that
/// the time grows with the network and not with its square.
bool rewrite(Graph& graph, const Rule& rule);

/// The node's operator if it is an Op; null for other operators and for no node.
template <class Op>
const Op* get_if(const Graph& graph, NodeId id) {
  return id ? std::get_if<Op>(&graph[id].op) : nullptr;
}

/// The operand in a slot, or a null id.
TensorId operand(const Node& node, size_t slot);

/// The tensor's constant data, or null.
const TensorData* constant_of(const Graph& graph, TensorId id);

/// The float32 or float64 value that all elements of a constant share.
std::optional<double> uniform_value(const Graph& graph, TensorId id);

/// The elements of a constant under NumPy broadcasting to `shape`.
std::vector<double> broadcast_elements(const TensorData& data, const Shape& shape);

/// A constant of float32, or of doubles rounded once; nullopt when a value is not finite.
std::optional<TensorData> finite_constant(Shape shape, std::vector<float> values);
std::optional<TensorData> rounded_constant(Shape shape, const std::vector<double>& values);

/// A binary operation of a value with a constant that has one value for all elements.
struct WithUniform {
  TensorId x;
  double value;
};
/// Matches `kind` applied to x and a uniform float constant, where x has the result's shape. The constant stands on
/// either side of add, mul, min and max, else on the right.
std::optional<WithUniform> with_uniform(const Graph& graph, NodeId id, BinaryKind kind);

/// Every reader of the node's only result reads the equal `value` instead, and the node goes. A graph output keeps its
/// name: the producer of `value` then writes it directly. False, and no change, when that is impossible because `value`
/// is a graph input, a constant or another graph output.
bool replace_by(Graph& graph, Uses& uses, NodeId id, TensorId value);

/// Gives an operand slot new constant data: in place when the slot is the constant's only use, else as a new constant
/// named after the old one or after `name`. Slots in between become absent operands.
void set_constant(Graph& graph, const Uses& uses, NodeId id, size_t slot, TensorData data, const std::string& name);

/// The result of `last` becomes the result of `first`, whose own result nothing else reads; `last` goes.
void absorb(Graph& graph, NodeId first, NodeId last);

}  // namespace intaglio
