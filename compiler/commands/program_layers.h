// The layers of a Program: steps that compute one result together, and who reads whose result.
//
// A layer that runs in bands is many steps, and so may be a layer that runs whole. What is said to a user of a layer
// (its multiply-adds, its bytes, its time) is the sum over them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ir/program.h"

namespace intaglio {

struct Layer {
  std::string name;           ///< Step::name
  std::string what;           ///< Step::comment of the step that computes
  size_t main_step = 0;       ///< that step: the one with most multiply-adds, the last of the equal ones
  std::vector<size_t> steps;  ///< ascending
  std::optional<size_t> group;
  int64_t macs = 0;
};

/// In the order of their first steps. In a fusion group, the steps of one name; else neighbours of one name that write
/// to the same buffer.
std::vector<Layer> layers_of(const Program& program);

/// A layer, or one of the network's inputs or outputs, by index.
struct LayerEnd {
  enum class Kind : uint8_t { input, layer, output };
  Kind kind = Kind::layer;
  size_t index = 0;
  auto operator<=>(const LayerEnd&) const = default;
};

/// `to` reads what `from` writes to a buffer; an output of the network reads what it is made of.
struct LayerEdge {
  LayerEnd from, to;
  BufferId buffer;
  auto operator<=>(const LayerEdge&) const = default;
};

/// Sorted, each once.
std::vector<LayerEdge> edges_between(const Program& program, const std::vector<Layer>& layers);

}  // namespace intaglio
