// Layers of two networks matched by structure.
//
// The longest way through the table of all pairs: a step to the right is an added layer, one down a removed one, a
// diagonal one a pair, which counts by how much the two are the same. With one layer inserted,
//
//     before   conv a   conv b            conv c          after   conv a   conv n   conv b   conv c
//
// a-a, b-b and c-c are pairs if a, b and c differ in structure, or else by their weights or names; n is added.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include "commands/diff.h"

namespace intaglio {

namespace {

/// "Conv 3x3  1x6x9x9 -> 1x12x9x9 + relu  winograd F(3x5)": two spaces between operator, shapes and what the kernel does.
std::vector<std::string> parts_of(const std::string& what) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= what.size();) {
    const size_t end = std::min(what.find("  ", begin), what.size());
    parts.push_back(what.substr(begin, end - begin));
    begin = end + 2;
  }
  return parts;
}

/// The words of a description that are no extents of data.
std::vector<std::string> structure_of(const std::string& what) {
  std::vector<std::string> words;
  const std::vector<std::string> parts = parts_of(what);
  for (size_t i = 0; i < parts.size(); ++i) {
    std::istringstream stream(parts[i]);
    for (std::string word; stream >> word;) {
      const bool extents = i > 0 && word.find_first_not_of("0123456789x") == std::string::npos;
      words.push_back(extents ? "extents" : word);
    }
  }
  return words;
}

/// Hashes of the tensors that a layer reads.
std::string hashes_of(const DiffLayer& layer, const std::map<std::string, std::string>& tensors) {
  std::string hashes;
  for (const std::string& name : layer.weights) {
    const auto found = tensors.find(name);
    hashes += (found == tensors.end() ? "" : found->second) + "\n";
  }
  return hashes;
}

struct Described {
  const DiffLayer* layer;
  std::vector<std::string> structure;
  std::string hashes;
};

std::vector<Described> describe(const std::vector<DiffLayer>& layers, const Manifest& manifest) {
  const std::map<std::string, std::string> tensors(manifest.weights.tensors.begin(), manifest.weights.tensors.end());
  std::vector<Described> result;
  for (const DiffLayer& layer : layers) result.push_back({&layer, structure_of(layer.what), hashes_of(layer, tensors)});
  return result;
}

/// How well two layers go together; 0 when they do not. Same structure is worth more than all that other pairs could be.
int worth(const Described& a, const Described& b) {
  const int named = a.layer->name == b.layer->name ? 1 : 0;
  const int trained = !a.layer->weights.empty() && a.hashes == b.hashes ? 2 : 0;
  if (a.layer->what == b.layer->what) return 16 + trained + named;
  if (a.structure == b.structure) return 12 + trained + named;
  if (a.structure.empty() || b.structure.empty() || a.structure.front() != b.structure.front()) return 2 * named;
  const auto common = std::ranges::count_if(
      a.structure, [&](const std::string& word) { return std::ranges::find(b.structure, word) != b.structure.end(); });
  return 1 + static_cast<int>(4 * common / static_cast<ptrdiff_t>(std::max(a.structure.size(), b.structure.size()))) +
         2 * named;
}

}  // namespace

std::vector<DiffLayer> layers_of(const Manifest& manifest) {
  std::vector<DiffLayer> layers;
  std::map<std::pair<std::string, std::string>, size_t> known;
  for (const Manifest::Step& step : manifest.steps) {
    const std::vector<std::string> parts = parts_of(step.what);
    const std::string what = parts.size() > 1 ? parts[0] + "  " + parts[1] : parts[0];
    std::string kernel = step.kernel;
    for (size_t i = 2; i < parts.size(); ++i) {  // others are parts of the layer: "rows 8 to 16"
      if (parts[i].starts_with(step.kernel)) kernel = parts[i];
    }
    const auto [at, first] = known.emplace(std::pair(step.name, what), layers.size());
    if (first) layers.push_back({step.name, what, {}, {}, 0});
    DiffLayer& layer = layers[at->second];
    layer.macs += step.macs;
    const auto add = [](std::vector<std::string>& list, const std::string& item) {
      if (std::ranges::find(list, item) == list.end()) list.push_back(item);
    };
    add(layer.kernels, kernel);
    for (const std::string& weight : step.weights) add(layer.weights, weight);
  }
  return layers;
}

std::string_view layer_change_name(LayerChange::Kind kind) {
  static constexpr std::array<std::string_view, 5> names = {"added", "removed", "changed", "resized", "same"};
  return names[static_cast<size_t>(kind)];
}

std::vector<LayerChange> align_layers(const DiffSide& before, const DiffSide& after) {
  const std::vector<DiffLayer> old_layers = layers_of(before.manifest), new_layers = layers_of(after.manifest);
  const std::vector<Described> a = describe(old_layers, before.manifest), b = describe(new_layers, after.manifest);
  // best[i][j]: of what follows layer i before and layer j after.
  std::vector<std::vector<int>> best(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      const int pair = worth(a[i], b[j]);
      best[i][j] = std::max({best[i + 1][j], best[i][j + 1], pair > 0 ? pair + best[i + 1][j + 1] : 0});
    }
  }
  std::vector<LayerChange> changes;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const int pair = i < a.size() && j < b.size() ? worth(a[i], b[j]) : 0;
    if (pair > 0 && best[i][j] == pair + best[i + 1][j + 1]) {
      const LayerChange::Kind kind = a[i].layer->what == b[j].layer->what ? LayerChange::Kind::same
                                     : a[i].structure == b[j].structure   ? LayerChange::Kind::resized
                                                                          : LayerChange::Kind::changed;
      changes.push_back({kind, *a[i++].layer, *b[j++].layer});
    } else if (i < a.size() && (j == b.size() || best[i][j] == best[i + 1][j])) {
      changes.push_back({LayerChange::Kind::removed, *a[i++].layer, {}});
    } else {
      changes.push_back({LayerChange::Kind::added, {}, *b[j++].layer});
    }
  }
  return changes;
}

}  // namespace intaglio
