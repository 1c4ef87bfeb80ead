// Which kernel takes every convolution: for each layer the fastest one, as long as the network's results stay within
// the bound of fast numerics; beyond it, more exact ones where that costs the least.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <cmath>

#include "lowering/rounding.h"
#include "lowering/rules.h"
#include "lowering/weight_sums.h"

namespace intaglio::lowering {

namespace {

/// What the estimate of max |error| / max |result| may be, so that whole networks stay within the 1e-4 of
/// docs/numerics.md: the largest error of a run has been up to 2.9 times an estimate of that size.
constexpr double error_budget = 4e-5;

/// All layers of one signature, which share a kernel.
struct Kind {
  ConvolutionLayer layer;
  std::vector<RatedChoice> candidates;  ///< the fastest first
  size_t chosen = 0;
  double count = 0, sensitivity = 0;  ///< of all layers
};

class Choice {
 public:
  explicit Choice(Context& context) : context_(context) {
    const Graph& graph = context.graph;
    const std::vector<double> sensitivities =
        context.options.strict() ? std::vector<double>(graph.nodes.size(), 0.0) : rounding_sensitivities(graph);
    for (NodeId id : graph.order) {
      const Node& node = graph[id];
      const double sensitivity = sensitivities[id.index()];
      const OperatorRules& rules = rules_of(node);
      std::vector<std::optional<ConvolutionLayer>> layers(1);  // other nodes have no choice
      if (rules.layers && has_constant_weights(graph, node) && graph[node.outputs[0]].shape.elements() > 0)
        layers = rules.layers(context, node);
      const double share = sensitivity / static_cast<double>(std::max<size_t>(1, layers.size()));
      size_t without = 0;
      for (const std::optional<ConvolutionLayer>& layer : layers) {
        if (layer)
          add(*layer, share);
        else
          ++without;
      }
      if (without > 0) fixed_ += share * static_cast<double>(without) * rounding_noise(graph, node);
    }
  }

  void run() {
    if (!context_.options.strict()) keep_within_budget();
    for (Kind& kind : kinds_) {
      std::rotate(kind.candidates.begin(), kind.candidates.begin() + static_cast<std::ptrdiff_t>(kind.chosen),
                  kind.candidates.begin() + static_cast<std::ptrdiff_t>(kind.chosen) + 1);
      context_.kernels[kind.layer.signature()] = std::move(kind.candidates);
    }
  }

 private:
  void add(const ConvolutionLayer& layer, double sensitivity) {
    const std::string signature = layer.signature();
    const auto [entry, first] = known_.emplace(signature, kinds_.size());
    if (first) kinds_.push_back({layer, candidates(layer, context_.target, context_.options)});
    Kind& kind = kinds_[entry->second];
    kind.count += 1;
    kind.sensitivity += sensitivity;
  }

  double noise(const Kind& kind, size_t candidate) const {
    return rounding_noise(kind.layer, kind.candidates[candidate].choice, context_.target,
                          context_.program.partial_sums);
  }

  double estimate() const {
    double sum = fixed_;
    for (const Kind& kind : kinds_) sum += kind.sensitivity * noise(kind, kind.chosen);
    return rounding_estimate(sum);
  }

  /// The exchange of a kernel that takes away most noise for the time that it costs; false when none is more exact.
  bool exchange() {
    Kind* best_kind = nullptr;
    size_t best = 0;
    double best_ratio = 0;
    for (Kind& kind : kinds_) {
      const double now = noise(kind, kind.chosen), cycles = kind.candidates[kind.chosen].cycles;
      for (size_t i = 0; i < kind.candidates.size(); ++i) {
        const double gained = kind.sensitivity * (now - noise(kind, i));
        if (!(noise(kind, i) < 0.99 * now) || gained <= 0) continue;
        const double cost = kind.count * std::max(kind.candidates[i].cycles - cycles, 1e-3 * cycles);
        if (gained / cost > best_ratio) {
          best_ratio = gained / cost;
          best_kind = &kind;
          best = i;
        }
      }
    }
    if (best_kind) best_kind->chosen = best;
    return best_kind != nullptr;
  }

  void keep_within_budget() {
    Accuracy accuracy;
    accuracy.budget = error_budget;
    accuracy.fastest = estimate();
    if (!std::isfinite(accuracy.fastest)) return;  // so are the weights
    if (accuracy.fastest > error_budget) {
      // Costs every kernel a few additions.
      context_.program.partial_sums = true;
      while (estimate() > error_budget && exchange()) {
      }
    }
    for (Kind& kind : kinds_) {
      if (kind.chosen == 0) continue;
      accuracy.exchanges.push_back(
          {kind.layer.signature(), kind.candidates[kind.chosen].choice.text(), kind.candidates.front().choice.text()});
    }
    accuracy.estimate = estimate();
    if (context_.program.partial_sums) {  // nor may a tuning choose what is less exact
      for (Kind& kind : kinds_) {
        const double most = noise(kind, kind.chosen) * 1.001;
        std::vector<RatedChoice> kept;
        size_t chosen = 0;
        for (size_t i = 0; i < kind.candidates.size(); ++i) {
          if (i == kind.chosen) chosen = kept.size();
          if (noise(kind, i) <= most) kept.push_back(kind.candidates[i]);
        }
        kind.candidates = std::move(kept);
        kind.chosen = chosen;
      }
    }
    context_.program.accuracy = std::move(accuracy);
  }

  Context& context_;
  std::vector<Kind> kinds_;  // in order of first use
  std::map<std::string, size_t> known_;
  double fixed_ = 0;
};

}  // namespace

void choose_kernels(Context& context) { Choice(context).run(); }

}  // namespace intaglio::lowering
