// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/eliminate_common_subexpressions.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "ir/attributes.h"

namespace intaglio {

namespace {

bool equal_constants(const Tensor& a, const Tensor& b) {
  return a.type == b.type && a.shape == b.shape && std::ranges::equal(a.constant->bytes(), b.constant->bytes());
}

bool merge_constants(Graph& graph) {
  std::set<TensorId> used;
  for (NodeId id : graph.order) {
    for (TensorId input : graph[id].inputs) {
      if (input && graph[input].constant && !graph.is_output(input)) used.insert(input);
    }
  }
  std::map<std::pair<size_t, size_t>, std::vector<TensorId>> kept;  // by number of bytes and hash
  std::map<TensorId, TensorId> replacement;
  for (TensorId id : used) {
    const auto bytes = graph[id].constant->bytes();
    const std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    auto& bucket = kept[{bytes.size(), std::hash<std::string_view>{}(view)}];
    const auto equal =
        std::ranges::find_if(bucket, [&](TensorId other) { return equal_constants(graph[id], graph[other]); });
    if (equal == bucket.end()) {
      bucket.push_back(id);
    } else {
      replacement[id] = *equal;
    }
  }
  for (NodeId id : graph.order) {
    for (TensorId& input : graph[id].inputs) {
      if (const auto found = replacement.find(input); found != replacement.end()) input = found->second;
    }
  }
  return !replacement.empty();
}

/// Walks an operator's attributes (ir/attributes.h); equal for equal operators.
class OperatorHash {
 public:
  void extents(std::string_view, const std::vector<int64_t>& values, int64_t) { integers({}, values); }
  void pads(const std::vector<int64_t>& begins, const std::vector<int64_t>& ends) {
    integers({}, begins);
    integers({}, ends);
  }
  void integers(std::string_view, const std::vector<int64_t>& values) {
    for (int64_t value : values) add(value);
  }
  void numbers(std::string_view, const std::vector<float>& values) {
    for (float value : values) add(value);
  }
  void integer(std::string_view, int64_t value, int64_t) { add(value); }
  void number(std::string_view, float value, float) { add(value); }
  void flag(std::string_view, bool value, bool) { add(value); }
  template <class Enum, class Names>
  void choice(std::string_view, Enum value, const Names&) {
    add(static_cast<int>(value));
  }
  void function(std::string_view, const Unary& unary) {
    add(static_cast<int>(unary.kind));
    add(unary.alpha);
    add(unary.beta);
  }
  template <class T>
  void add(const T& value) {
    result_ = (result_ ^ std::hash<T>{}(value)) * 0x9e3779b97f4a7c15;
  }
  size_t result() const { return result_; }

 private:
  size_t result_ = 0;
};

size_t hash_of(Operator op) {
  OperatorHash hash;
  hash.add(operator_name(op));
  std::visit([&](auto& alternative) { alternative.visit_attributes(hash); }, op);
  return hash.result();
}

bool computes_the_same(const Graph& graph, const Node& a, const Node& b) {
  if (a.op != b.op || a.inputs != b.inputs || a.outputs.size() != b.outputs.size()) return false;
  for (size_t slot = 0; slot < a.outputs.size(); ++slot) {
    if (bool(a.outputs[slot]) != bool(b.outputs[slot])) return false;
    if (!a.outputs[slot]) continue;
    const Tensor &left = graph[a.outputs[slot]], &right = graph[b.outputs[slot]];
    if (left.type != right.type || left.shape != right.shape) return false;
  }
  return true;
}

bool merge_nodes(Graph& graph) {
  bool fired = false;
  // By operands and hash of the operator: one value may be cut into thousands of slices.
  std::map<std::pair<std::vector<TensorId>, size_t>, std::vector<NodeId>> kept;
  std::vector<TensorId> replacement(graph.tensors.size());
  std::vector<bool> outputs(graph.tensors.size());
  for (TensorId output : graph.outputs) outputs[output.index()] = true;
  for (auto at = graph.order.begin(); at != graph.order.end();) {
    const NodeId id = *at++;
    Node& node = graph[id];
    for (TensorId& input : node.inputs) {
      if (input && replacement[input.index()]) input = replacement[input.index()];
    }
    auto& bucket = kept[{node.inputs, hash_of(node.op)}];
    const auto equal =
        std::ranges::find_if(bucket, [&](NodeId other) { return computes_the_same(graph, graph[other], node); });
    const bool is_output =
        std::ranges::any_of(node.outputs, [&](TensorId output) { return output && outputs[output.index()]; });
    if (equal == bucket.end() || is_output) {
      bucket.push_back(id);
      continue;
    }
    graph.remove(id);
    for (size_t slot = 0; slot < node.outputs.size(); ++slot) {
      if (node.outputs[slot]) replacement[node.outputs[slot].index()] = graph[*equal].outputs[slot];
    }
    fired = true;
  }
  return fired;
}

}  // namespace

bool eliminate_common_subexpressions(Graph& graph) {
  const bool constants = merge_constants(graph);
  return merge_nodes(graph) || constants;
}

}  // namespace intaglio
