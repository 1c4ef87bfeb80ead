// A fully connected layer on a flattened feature map is a convolution that covers the map.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// Gemm(reshape(x [N,C,H,W] -> [N,CHW]), w, b)   ->   reshape(Conv(x, w as [M,C,H,W], b))       likewise [N,C,L]
//
// Refuses H W = 1 (the reshape moves nothing), weights that are not constant, transposed x, an addend that is not one
// constant value per output, and epilogues.
// Why here: after normalise_gemm. Convolutions read blocked layouts;
// a flatten of a blocked tensor would have to move it.
bool flatten_to_conv(Graph& graph);

}  // namespace intaglio
