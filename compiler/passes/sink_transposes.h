// Channels-last islands (ConvNeXt's linear layers) become channels-first, so that the transposes around them cancel.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// f(transpose(x))                       ->   transpose(f(x))                  f of one element
// f(transpose(x), constant)             ->   transpose(f(x, constant))        f of two elements, constant per channel
// f(transpose(a), transpose(b))         ->   transpose(f(a, b))               f of two elements, same permutation
// matmul(x [N,H,W,K], constant [K,M])   ->   to_last(Conv 1x1(to_first(x)))   to_first: NHWC -> NCHW, to_last: back
// transpose(transpose(x))               ->   x, or one transpose
//
// A transpose moves only when nothing else reads its result, so none is duplicated.
// Why here: before the folds, because the convolutions it makes take part in them.
bool sink_transposes(Graph& graph);

}  // namespace intaglio
