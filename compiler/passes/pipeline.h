// The order of the passes: exporters' graph in, the graph that lowering reads out.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "ir/graph.h"

namespace intaglio {

struct Pass {
  std::string_view name;  ///< what --disable and --emit-ir call it
  bool (*run)(Graph&);    ///< changes the graph, keeps what it computes; true when it fired
};

/// All passes in their order; a pass may stand more than once.
std::span<const Pass> passes();

/// Called after each pass that ran, with whether it fired.
using AfterPass = std::function<void(const Pass&, const Graph&, bool fired)>;

/// Runs the pipeline without the passes named in `disabled`; the graph is verified after each pass in debug builds.
void run_passes(Graph& graph, const std::set<std::string>& disabled = {}, const AfterPass& after = {});

}  // namespace intaglio
