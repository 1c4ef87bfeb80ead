// Folds batch normalisation with fixed statistics into the weights before or after it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// y = BatchNorm(f(x, w, b))   ->   y = f(x, w', b')      f: Conv (also grouped, depthwise), ConvTranspose, Gemm
//                                  w' = w * s,  b' = (b - mean) * s + beta,  s = gamma / sqrt(var + epsilon)
// y = f(BatchNorm(x), w, b)   ->   y = f(x, w'', b'')    Conv only without padding: padding would have to be
// -shift/scale;
//                                  ConvTranspose only when all shifts are zero: edge outputs receive fewer taps
//
// Refuses when the intermediate result has another reader or is a graph output, when statistics, weights or bias are
// not constant, in training mode, and when a folded value would not be finite. Why here: needs constants folded; must
// run before activations are fused into the convolution.
bool fold_batch_norm(Graph& graph);

}  // namespace intaglio
