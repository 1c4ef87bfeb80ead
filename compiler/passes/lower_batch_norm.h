// Batch normalisation that nothing could absorb becomes a multiplication and an addition.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// y = BatchNorm(x)   ->   y = x * s + t        s, t: constants of shape [C,1,..,1], [C] for (N, C) inputs
//
// Refuses when statistics are not constant and in training mode.
// Why here: right after fold_batch_norm has had its chance; elementwise chains are fused later, and fold_scale may
// still move the multiplication.
bool lower_batch_norm(Graph& graph);

}  // namespace intaglio
