// Walks back from the outputs and numbers values in the order in which they are needed; the numbers stand for names.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/graph_hash.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "ir/text.h"
#include "support/hash.h"

namespace intaglio {

namespace {

bool is_weight(const TensorData& data) { return is_real(data.type()) && data.shape().rank() > 0; }

class GraphHasher {
 public:
  explicit GraphHasher(const Graph& graph) : graph_(graph), uses_(graph) {}

  GraphHashes hashes() {
    for (TensorId id : graph_.inputs) line("input '{}' {}: {}", graph_[id].name, number(id), type_text(graph_[id]));
    for (TensorId id : graph_.outputs) {
      needs(id);
      line("output '{}' {}", graph_[id].name, operand(id));
    }
    return {architecture_.hash(), weights_.hash()};
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    architecture_.add(fmt::format(format, std::forward<Arguments>(arguments)...) + "\n");
  }

  static std::string type_text(const Tensor& tensor) {
    return fmt::format("{} {}", element_type_name(tensor.type), tensor.shape.text());
  }

  size_t number(TensorId id) { return numbers_.emplace(id, numbers_.size()).first->second; }

  /// A value as its readers name it. Equal constants that are no weights are equal, however many of them there are.
  std::string operand(TensorId id) {
    if (!id) return "_";
    const Tensor& tensor = graph_[id];
    if (!tensor.constant) return fmt::format("{}", number(id));
    if (!is_weight(*tensor.constant)) return fmt::format("{} {}", type_text(tensor), content_hash(*tensor.constant));
    if (!numbers_.contains(id)) {
      line("weight {}: {}", number(id), type_text(tensor));
      weights_.add(content_hash(*tensor.constant));
    }
    return fmt::format("{}", number(id));
  }

  /// The nodes that `result` takes, each behind those that it takes itself; not recursive: graphs are deep.
  void needs(TensorId result) {
    std::vector<NodeId> open;
    const auto enter = [&](TensorId id) {
      const NodeId producer = id ? uses_.producer(id) : NodeId();
      if (!producer || graph_[id].constant || !entered_.insert(producer).second) return false;
      open.push_back(producer);
      return true;
    };
    enter(result);
    while (!open.empty()) {
      const Node& node = graph_[open.back()];
      bool waits = false;
      for (TensorId input : node.inputs) waits = waits || enter(input);
      if (waits) continue;
      open.pop_back();
      add(node);
    }
  }

  void add(const Node& node) {
    std::string operands, results;
    for (TensorId id : node.inputs) operands += operand(id) + ", ";
    for (TensorId id : node.outputs) results += id ? fmt::format("{}: {}, ", number(id), type_text(graph_[id])) : "_, ";
    line("{} = {}({})", results, operator_text(node.op), operands);
  }

  const Graph& graph_;
  const Uses uses_;
  std::map<TensorId, size_t> numbers_;
  std::set<NodeId> entered_;
  ContentHasher architecture_, weights_;
};

}  // namespace

std::string content_hash(const TensorData& data) {
  return content_hash(std::string_view(reinterpret_cast<const char*>(data.bytes().data()), data.bytes().size()));
}

GraphHashes hash_graph(const Graph& graph) { return GraphHasher(graph).hashes(); }

}  // namespace intaglio
