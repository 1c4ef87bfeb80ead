// What the rows of lowering's table say about the element types and operands that their kernels take: checks of one
// node, each of which adds what is wrong to its problems. supported.h asks them, before anything is lowered.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "lowering/supported.h"

namespace intaglio::lowering {

/// A node whose problems are being collected.
class NodeCheck {
 public:
  NodeCheck(const Graph& graph, const Node& node, const IsConstant& is_constant)
      : graph_(graph), node_(node), is_constant_(is_constant) {}

  const Graph& graph() const { return graph_; }
  const Node& node() const { return node_; }
  const Shape& shape(size_t slot) const { return graph_[node_.inputs[slot]].shape; }
  ElementType type(size_t slot) const { return graph_[node_.inputs[slot]].type; }
  bool is_constant(TensorId id) const { return is_constant_(id); }

  void add(std::string message, std::string help);
  /// inputs[0] is float32.
  void floats();
  /// All operands and results have types that kernels which compute take.
  void computed();
  /// An operand, if there is one, is known when compiling. `what`: "weight".
  void constant(size_t slot, const char* what);
  /// float64, which is never data of generated code: refused where it is a constant or a result, silently where it is
  /// only read. True when the node has to do with it.
  bool float64();

  std::vector<Problem> problems() && { return std::move(problems_); }

 private:
  void refuse(ElementType type);

  const Graph& graph_;
  const Node& node_;
  const IsConstant& is_constant_;
  std::vector<Problem> problems_;
};

// Checks that say it all.

void any_type(NodeCheck& check);  ///< elements are only moved
void computed_types(NodeCheck& check);
void floats_only(NodeCheck& check);
void constants_only(NodeCheck& check);    ///< no kernel computes it: folding must have removed the node
void constant_weights(NodeCheck& check);  ///< floats, with weights and bias that are known when compiling

}  // namespace intaglio::lowering
