// Explicit padding becomes padding of the window that reads it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// Conv(pad(x, 0))          ->   Conv(x) with larger pads
// AveragePool(pad(x, 0))   ->   AveragePool(x) with larger pads that count   if the pool's own pads count or are absent
// MaxPool(pad(x, -inf))    ->   MaxPool(x) with larger pads                  without indices
//
// Refuses other modes and values, padding of images or channels, cropping, a padded result with another reader, and for
// pools padding as large as the window (a window would see no element).
// Why here: after fold_batch_norm and fold_scale, which fold shifts only into convolutions without padding.
bool fuse_pad(Graph& graph);

}  // namespace intaglio
