// Graph: normalised operators on statically shaped tensors. Plain data that frontend, passes, interpreter and lowering
// share. It knows no ISA, no memory layout, no C++ text and no ONNX class.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/node_order.h"
#include "ir/operators.h"
#include "ir/tensor.h"
#include "support/id.h"

namespace intaglio {

using TensorId = Id<struct TensorTag>;

/// A value: a graph input, a constant, or the output of exactly one node.
struct Tensor {
  std::string name;  ///< ONNX value name; unique in the graph
  ElementType type = ElementType::float32;
  Shape shape;
  std::optional<TensorData> constant;
};

struct Node {
  std::string name;    ///< ONNX node name (or one made from its output); for messages and comments
  std::string module;  ///< PyTorch module path ("layer1.0.conv2"), empty when the exporter recorded none
  Operator op;
  std::vector<TensorId> inputs;   ///< an optional input that is absent is a null id
  std::vector<TensorId> outputs;  ///< likewise
};

/// Nodes and tensors live in stores addressed by ids that stay valid;
/// `order` lists the live nodes topologically sorted.
struct Graph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Node> nodes;
  NodeOrder order;
  std::vector<TensorId> inputs, outputs;

  Tensor& operator[](TensorId id) { return tensors[id.index()]; }
  const Tensor& operator[](TensorId id) const { return tensors[id.index()]; }
  Node& operator[](NodeId id) { return nodes[id.index()]; }
  const Node& operator[](NodeId id) const { return nodes[id.index()]; }

  /// Adds a tensor; a name that is taken (or empty) gets a suffix.
  TensorId add_tensor(std::string name, ElementType type, Shape shape);
  TensorId add_constant(std::string name, TensorData data);
  /// Renames the tensor called `name`, if there is one and it is no input, so that the next tensor can have the name.
  void free_name(const std::string& name, const std::string& instead);
  /// Adds a node at the end of the order, or in front of `before`.
  NodeId add_node(Node node, NodeId before = {});
  /// Takes a node out of the order; its outputs keep existing without a producer until they are replaced.
  void remove(NodeId id);

  bool is_output(TensorId tensor) const;
  bool is_input(TensorId tensor) const;

 private:
  std::string unique_name(const std::string& wanted);
  std::unordered_map<std::string, int> names_;  // taken, with the last suffix tried
};

/// Producers and readers of every tensor at one moment. Nodes that change afterwards are to be updated one by one.
struct Uses {
  explicit Uses(const Graph& graph);
  NodeId producer(TensorId tensor) const { return producers[tensor.index()]; }
  /// Live nodes that read the tensor, one entry per operand slot; in order until the first update.
  const std::vector<NodeId>& readers(TensorId tensor) const { return all_readers[tensor.index()]; }
  /// True when exactly one operand slot of one node reads the tensor and it is no graph output.
  bool single(TensorId tensor) const { return readers(tensor).size() == 1 && !outputs[tensor.index()]; }

  /// Takes note of what a node reads and writes now; nothing when it is not in the order any more. Returns the tensors
  /// that have other readers or another producer than before.
  std::vector<TensorId> update(const Graph& graph, NodeId id);

  std::vector<NodeId> producers;
  std::vector<std::vector<NodeId>> all_readers;
  std::vector<bool> outputs;
  std::vector<NodeId> replaced;  ///< nodes that passes changed far from where they looked, for whoever updates

 private:
  struct Operands {
    std::vector<TensorId> inputs, outputs;
  };
  std::vector<Operands> seen_;  // by node
};

/// "node '/layer1/0/conv2/Conv' (layer1.0.conv2)" for messages.
std::string describe(const Node& node);

}  // namespace intaglio
