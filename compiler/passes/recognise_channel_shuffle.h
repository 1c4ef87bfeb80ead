// Channel shuffles (ShuffleNet) become gathers of channels.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// reshape(transpose(reshape(x [N,C,..] -> [N,g,C/g,..]), 1 <-> 2) -> x's shape)   ->   gather(x, order) {axis 1}
// slice(gather(x, order) {axis 1}) of channels                                    ->   gather(x, part of order)
//
// Refuses other permutations, spatial extents that change on the way, intermediate results with other readers, and
// slices of a gather that something else reads whole.
// Why here: before sink_transposes, which would move the transpose away;
// after fold_constants, so that shapes are known.
bool recognise_channel_shuffle(Graph& graph);

}  // namespace intaglio
