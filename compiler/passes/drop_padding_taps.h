// Taps of a window that meet only padding go.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// Conv(x, w) {kernel 3, dilations 18, pads 18 18}   ->   Conv(x, w[1 tap])              x has 11 elements
// Conv(x, w) {kernel 7, pads 3 3}                   ->   Conv(x, w[3 taps]) {pads 1 1}  x has 2 elements
// MaxPool(x) {kernel 5, pads 2 2}                   ->   MaxPool(x) {kernel 3, pads 1 1}; so are LpPool and AveragePool
// Along every axis the taps in front of the first one and behind the last one that meet x for some output go, and the
// pads with them: what is left may begin inside x, which makes a pad negative. An axis with one tap, which always meets
// x, has no dilation.
//
// Refuses average pools that count padding (the taps are part of the divisor), axes of which no tap meets x, and
// convolutions with weights that are not constant.
// Why here: after fuse_pad, which makes padding.
bool drop_padding_taps(Graph& graph);

}  // namespace intaglio
