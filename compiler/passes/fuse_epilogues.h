// What follows a convolution or product is done while its result is still in registers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// f(x), activation, + residual, activation   ->   f with an epilogue   f: Conv, ConvTranspose, Gemm; each part optional
//
// Refuses when an intermediate result has another reader or is a graph output, when a residual has another shape (it
// would broadcast) or is the result itself, and activations with a slope per element. When both operands of an addition
// could take it, the later one does, because the earlier result then exists. A node with a residual moves to the
// addition's place in the order: the residual's producer stands before that.
// Why here: last of the fusions, because folds and recognitions ask for convolutions without epilogues.
bool fuse_epilogues(Graph& graph);

}  // namespace intaglio
