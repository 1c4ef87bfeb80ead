// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/node_order.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <unordered_map>

namespace intaglio::frontend {

namespace {

class Sorter {
 public:
  Sorter(const std::vector<SourceNode>& nodes, const std::unordered_set<std::string>& available, Problems& problems)
      : nodes_(nodes), available_(available), problems_(problems), needed_(nodes.size(), false) {}

  void find_producers() {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      for (const std::string& output : nodes_[i].proto->output()) {
        if (output.empty()) continue;
        const bool is_new = producers_.emplace(output, i).second;
        if (is_new && !available_.contains(output)) continue;
        problems_.add(nodes_[i].place(), "writes " + in_quotes(output) + ", which already has a value",
                      "every value of a model has one producer");
      }
    }
  }

  void mark_needed(const std::vector<std::string>& wanted) {
    std::vector<size_t> pending;
    auto need = [&](const std::string& value) {
      const auto producer = producers_.find(value);
      if (producer == producers_.end() || needed_[producer->second]) return;
      needed_[producer->second] = true;
      pending.push_back(producer->second);
    };
    std::ranges::for_each(wanted, need);
    while (!pending.empty()) {
      const size_t node = pending.back();
      pending.pop_back();
      std::ranges::for_each(nodes_[node].proto->input(), need);
    }
  }

  /// Kahn's algorithm; of the nodes that are ready, the first in file order goes next.
  std::vector<size_t> sort() {
    std::vector<size_t> missing(nodes_.size(), 0);
    std::vector<std::vector<size_t>> readers(nodes_.size());
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (!needed_[i]) continue;
      for (size_t producer : predecessors(i, true)) {
        readers[producer].push_back(i);
        ++missing[i];
      }
      if (missing[i] == 0) ready.push(i);
    }
    std::vector<size_t> order;
    while (!ready.empty()) {
      const size_t node = ready.top();
      ready.pop();
      order.push_back(node);
      for (size_t reader : readers[node]) {
        if (--missing[reader] == 0) ready.push(reader);
      }
    }
    if (order.size() < static_cast<size_t>(std::ranges::count(needed_, true))) report_cycle(missing);
    return order;
  }

 private:
  /// Producers of the node's inputs, one entry per operand.
  std::vector<size_t> predecessors(size_t node, bool report_undefined) {
    std::vector<size_t> result;
    for (const std::string& input : nodes_[node].proto->input()) {
      if (input.empty() || available_.contains(input)) continue;
      const auto producer = producers_.find(input);
      if (producer != producers_.end()) {
        result.push_back(producer->second);
      } else if (report_undefined) {
        problems_.add(nodes_[node].place(), "reads " + in_quotes(input) + ", which nothing produces",
                      "it is no input, no initializer and no node's output: the file is damaged or was cut");
      }
    }
    return result;
  }

  /// Walks back from a node that never became ready until a node repeats.
  void report_cycle(const std::vector<size_t>& missing) {
    size_t node = 0;
    while (missing[node] == 0) ++node;
    std::vector<size_t> path;
    std::vector<bool> visited(nodes_.size(), false);
    while (!visited[node]) {
      visited[node] = true;
      path.push_back(node);
      for (size_t producer : predecessors(node, false)) {
        if (missing[producer] > 0) node = producer;
      }
    }
    path.erase(path.begin(), std::ranges::find(path, node));
    constexpr size_t most_named = 5;
    std::string text = "nodes depend on each other in a cycle: ";
    for (size_t i = 0; i < std::min(path.size(), most_named); ++i) {
      text += (i > 0 ? ", " : "") + ("'" + nodes_[path[i]].name + "'");
    }
    if (path.size() > most_named) text += " and others";
    problems_.add({}, text, "the file is damaged");
  }

  const std::vector<SourceNode>& nodes_;
  const std::unordered_set<std::string>& available_;
  Problems& problems_;
  std::unordered_map<std::string, size_t> producers_;
  std::vector<bool> needed_;
};

}  // namespace

std::vector<SourceNode> needed_nodes(std::vector<SourceNode> nodes, const std::unordered_set<std::string>& available,
                                     const std::vector<std::string>& wanted, Problems& problems) {
  Sorter sorter(nodes, available, problems);
  sorter.find_producers();
  sorter.mark_needed(wanted);
  std::vector<SourceNode> result;
  for (size_t i : sorter.sort()) result.push_back(std::move(nodes[i]));
  return result;
}

}  // namespace intaglio::frontend
