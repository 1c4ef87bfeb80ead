// Removes operators that change nothing and merges neighbours of one kind.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// y = f(x) with y equal to x                   ->   x                    f: one of those below
// transpose that moves only axes of extent 1   ->   reshape
// reduction over axes of extent 1              ->   reshape
// reshape(reshape(x))                          ->   reshape(x)           likewise transpose and slice
// clip(clip(x))                                ->   clip(x)              likewise relu, in any combination
// reduce(reshape(x)), 1-D global pooling       ->   reshape(reduce(x))   when the reshape only moves axes of extent 1
// concat(x, empty, y)                          ->   concat(x, y)
//
// f: identity, reshape to the same shape, transpose in order, whole slice, empty pad, expand to the same shape, tile by
// 1, concat of one, cast to the same type, + 0, - 0, * 1, / 1, 1x1 pool, resize by 1, reduction of nothing.
//
// A graph output keeps its name; a node stays where a graph output would become an input, a constant or another output.
// Why here: exporters leave no-op slices, casts and reshapes between the operators that later passes look for.
bool eliminate_identities(Graph& graph);

}  // namespace intaglio
