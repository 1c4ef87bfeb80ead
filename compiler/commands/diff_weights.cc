// Tensors of matched layers, compared by hash and, where that differs, by value.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "commands/diff.h"
#include "commands/weights_reader.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// One side's tensors, and their values when somebody asks.
class Tensors {
 public:
  explicit Tensors(const DiffSide& side) : side_(side) {
    for (PlacedWeight& tensor : placed_weights(side.manifest)) {
      names_.push_back(tensor.name);
      tensors_[tensor.name] = std::move(tensor);
    }
  }
  const std::vector<std::string>& names() const { return names_; }
  const PlacedWeight* find(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
  }
  std::vector<double> values(const PlacedWeight& tensor) {
    if (!reader_) reader_.emplace(side_.folder, side_.manifest);
    return reader_->values(tensor);
  }

 private:
  const DiffSide& side_;
  std::vector<std::string> names_;
  std::map<std::string, PlacedWeight> tensors_;
  std::optional<WeightsReader> reader_;
};

void compare_values(const std::vector<double>& before, const std::vector<double>& after, WeightChange& change) {
  double largest = 0, magnitude = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    const double difference = std::fabs(after[i] - before[i]);
    if (!(difference <= largest)) largest = difference;  // NaN, too
    magnitude = std::max(magnitude, std::fabs(before[i]));
  }
  change.largest = largest;
  change.relative = magnitude > 0 ? largest / magnitude : largest > 0 ? INFINITY : 0;
}

}  // namespace

WeightChanges compare_weights(const DiffSide& before, const DiffSide& after, const std::vector<LayerChange>& layers,
                              bool values) {
  Tensors old_tensors(before), new_tensors(after);
  WeightChanges result;
  std::set<std::string> old_seen, new_seen;
  const auto pair = [&](const std::string& layer, const std::string& old_name, const std::string& new_name) {
    const PlacedWeight *was = old_tensors.find(old_name), *is = new_tensors.find(new_name);
    const bool known = (was && !old_seen.insert(old_name).second) || (is && !new_seen.insert(new_name).second);
    if (known || (!was && !is)) return;
    ++result.tensors;
    if (was && is && was->hash == is->hash) return;
    WeightChange change{layer, was ? old_name : "", is ? new_name : "", is ? is->elements : was->elements, {}, {}, {}};
    change.comparable = was && is && was->type == is->type && was->elements == is->elements;
    if (change.comparable && values) compare_values(old_tensors.values(*was), new_tensors.values(*is), change);
    result.changed.push_back(std::move(change));
  };
  static const std::vector<std::string> none;
  for (const LayerChange& change : layers) {
    const std::vector<std::string>& was = change.before ? change.before->weights : none;
    const std::vector<std::string>& is = change.after ? change.after->weights : none;
    for (size_t i = 0; i < std::max(was.size(), is.size()); ++i)
      pair(change.after ? change.after->name : change.before->name, i < was.size() ? was[i] : "",
           i < is.size() ? is[i] : "");
  }
  for (const std::string& name : old_tensors.names()) pair("", name, name);
  for (const std::string& name : new_tensors.names()) pair("", "", name);
  std::ranges::stable_sort(result.changed, std::greater<>(),
                           [](const WeightChange& change) { return change.relative.value_or(INFINITY); });
  return result;
}

}  // namespace intaglio
