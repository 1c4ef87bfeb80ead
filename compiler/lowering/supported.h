// What happens to a node that nobody can compute: it is refused before anything is lowered, together with everything
// else that is wrong with the model, and nothing is written.
//
// - An operator that the frontend does not know, or in a form that its importer does not: a Problem while reading
//   (frontend/problems.h). Where there are any, read_onnx also asks `unsupported` of the nodes it did understand.
// - What no kernel takes - an element type, an operand that must be known when compiling: `check` in the operator's row
//   (rules.h), which `unsupported` asks of a node and compile_graph (compile.cc) of all nodes that passes have left.
// - What depends on the layout that was chosen, one at a time where it is known: a tensor or an arena beyond 64 GiB
//   (context.cc, planning.cc), an image beyond 32-bit places (layer.cc).
//
// All problems of a run are one Error (support/error.h), which main.cc prints: exit status 1.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <vector>

#include "ir/graph.h"
#include "support/error.h"

namespace intaglio {

/// Says whether a tensor is, or will be after folding, a constant.
using IsConstant = std::function<bool(TensorId)>;

/// Everything that lowering and backend cannot do with a node; empty when they can. Places name node and module path.
std::vector<Problem> unsupported(const Graph& graph, const Node& node, const IsConstant& is_constant);
/// The same of all nodes of a graph on which passes have run.
std::vector<Problem> unsupported_in(const Graph& graph);

}  // namespace intaglio
