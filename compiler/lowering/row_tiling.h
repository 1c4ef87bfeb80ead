// Row-tiled fusion groups: producers and consumers run together over bands of rows.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/program.h"
#include "target/target.h"

namespace intaglio {

/// Finds chains of layers whose intermediate results are larger than L2 and that work row by row (dense, grouped and
/// depthwise convolutions and first layers, of one image), and runs each chain band by band (Program::groups): every
/// layer computes the rows that the band needs and has not yet. Intermediate results shrink to line buffers that hold
/// the rows of a band; rows that the next band reads again move to their start. The sums are those of the whole layers,
/// bit for bit.
void tile_rows(Program& program, const Target& target);

}  // namespace intaglio
