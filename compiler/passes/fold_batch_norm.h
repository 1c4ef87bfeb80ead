// Folds batch normalisation with fixed statistics into the weights before or after it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// y = BatchNorm(f(x, w, b))   ->   y = f(x, w', b')     f: Conv (also grouped, depthwise), ConvTranspose, Gemm
// y = f(BatchNorm(x), w, b)   ->   y = f(x, w'', b'')   f: Gemm; Conv; ConvTranspose when all shifts are 0
//
// w' = w * s,  b' = (b - mean) * s + beta,  s = gamma / sqrt(var + epsilon)
//
// The second form with a shift takes a Conv only without padding, which would have to be -shift / scale, and no
// ConvTranspose: edge outputs receive fewer taps.
// Refuses when the intermediate result has another reader or is a graph output, when statistics, weights or bias are
// not constant, in training mode, and when a folded value would not be finite.
// Why here: needs constants folded; must run before activations are fused into the convolution.
bool fold_batch_norm(Graph& graph);

}  // namespace intaglio
