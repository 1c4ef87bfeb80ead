// Graph -> Program: chooses layouts, storages and kernels for a target, packs weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <map>
#include <set>
#include <string>

#include "ir/graph.h"
#include "ir/program.h"
#include "target/target.h"

namespace intaglio {

struct LoweringOptions {
  bool strict = false;             ///< --numerics strict: only kernels whose order of sums is the defined one
  std::set<std::string> disabled;  ///< --disable: "storage_sharing", "elementwise_chains", "planar_convolution", ...
  /// --prepare: weights of Winograd and Strassen convolutions are transformed by generated code at start-up
  /// instead of stored.
  bool prepare = false;
  /// --tuning: by layer, what to choose (KernelChoice); layers that are not among them, or whose candidates have no
  /// such one, get the untuned choice.
  std::map<std::string, std::string> tuning = {};
};

/// The switches of `disabled` that lowering understands, for --help and the message about unknown names.
const std::set<std::string>& lowering_switches();

/// Lowers a verified graph on which all passes have run. Throws Error for what no kernel supports.
Program lower(const Graph& graph, const Target& target, const LoweringOptions& options = {});

}  // namespace intaglio
