// Graph -> Program: chooses layouts, storages and kernels for a target, packs weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <map>
#include <set>
#include <string>

#include "ir/graph.h"
#include "ir/numerics.h"
#include "ir/program.h"
#include "lowering/switches.h"
#include "target/target.h"

namespace intaglio {

struct LoweringOptions {
  Numerics numerics = Numerics::fast;  ///< strict: only kernels whose order of sums is the defined one
  std::set<Switch> disabled = {};      ///< --disable
  /// --prepare: weights of Winograd and Strassen convolutions are transformed by generated code at start-up
  /// instead of stored.
  bool prepare = false;
  /// --tuning: by layer, what to choose (KernelChoice); layers that are not among them, or whose candidates have no
  /// such one, get the untuned choice.
  std::map<std::string, std::string> tuning = {};

  bool strict() const { return numerics == Numerics::strict; }
  bool enabled(Switch which) const { return !disabled.contains(which); }
};

/// Lowers a verified graph on which all passes have run and in which nothing is unsupported (lowering/supported.h).
Program lower(const Graph& graph, const Target& target, const LoweringOptions& options = {});

}  // namespace intaglio
