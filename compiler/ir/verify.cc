// The structure of the graph; what each operator demands is in verify_operators.cc.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/verify.h"

#include <algorithm>
#include <unordered_set>

#include "ir/verify_operators.h"
#include "support/error.h"

namespace intaglio {

namespace {

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph), defined_(graph.tensors.size()) {}

  void run() {
    for (TensorId input : graph_.inputs) {
      check(input && input.index() < graph_.tensors.size(), "a graph input does not exist");
      check(!graph_[input].constant, "graph input '" + graph_[input].name + "' is a constant");
      define(input, "graph input");
    }
    for (NodeId id : graph_.order) {
      check(id && id.index() < graph_.nodes.size(), "the order names a node that does not exist");
      run(graph_[id]);
    }
    for (TensorId output : graph_.outputs) use(output, "graph output");
  }

 private:
  void run(const Node& node) {
    const std::string where = describe(node);
    for (TensorId input : node.inputs) {
      if (input) use(input, where);
    }
    for (TensorId output : node.outputs) {
      if (!output) continue;
      check(output.index() < graph_.tensors.size(), where + " writes a tensor that does not exist");
      check(!graph_[output].constant, where + " writes the constant '" + graph_[output].name + "'");
      define(output, where);
    }
    verify_operator(graph_, node);
  }

  void use(TensorId id, const std::string& reader) {
    check(id && id.index() < graph_.tensors.size(), reader + " reads a tensor that does not exist");
    if (graph_[id].constant && !defined_[id.index()]) define(id, reader);
    check(defined_[id.index()], reader + " reads '" + graph_[id].name + "' before it is defined");
  }

  void define(TensorId id, const std::string& writer) {
    const Tensor& tensor = graph_[id];
    check(!defined_[id.index()], "'" + tensor.name + "' is defined again by " + writer);
    defined_[id.index()] = true;
    check(!tensor.name.empty() && names_.insert(tensor.name).second, "the name '" + tensor.name + "' is not unique");
    check(std::ranges::all_of(tensor.shape, [](int64_t extent) { return extent >= 0; }),
          "'" + tensor.name + "' has a negative extent");
    if (!tensor.constant) return;
    check(tensor.constant->type() == tensor.type && tensor.constant->shape() == tensor.shape,
          "constant '" + tensor.name + "' does not hold what it declares");
  }

  static void check(bool condition, const std::string& message) {
    if (!condition) internal_error("invalid graph: " + message);
  }

  const Graph& graph_;
  std::vector<bool> defined_;
  std::unordered_set<std::string> names_;
};

}  // namespace

void verify(const Graph& graph) { Verifier(graph).run(); }

}  // namespace intaglio
