// Folds additions and multiplications by per-channel constants into the weights before or after them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// y = f(x, w, b) op c   ->   y = f(x, w', b')   f: Conv, ConvTranspose, Gemm, GroupNorm
// y = f(x op c, w, b)   ->   y = f(x, w', b')   f: Conv, ConvTranspose, Gemm
//
// op: + - * / with a constant that varies at most along the channel axis.
// Refuses as fold_batch_norm does, and when the constant broadcasts the other operand.
// Why here: after lower_batch_norm, whose multiplication may fold where the whole normalisation could not, and after
// normalise_gemm, so that MatMul + bias becomes one Gemm; before activations are fused.
bool fold_scale(Graph& graph);

}  // namespace intaglio
