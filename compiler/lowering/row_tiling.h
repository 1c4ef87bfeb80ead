// Row-tiled fusion groups: producers and consumers run together over bands of rows. row_tiling.cc has an example.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/program.h"
#include "lowering/lower.h"
#include "target/target.h"

namespace intaglio {

/// Finds neighbouring steps that work row by row on one image (convolutions but Strassen's, pooling, elementwise
/// chains, reductions of all pixels) and hand on results larger than L2, and runs them band by band (Program::groups):
/// every step computes the rows that the band needs and has not yet. Results that nobody else reads shrink to line
/// buffers that hold the rows of a band, and rows that the next band reads again move to their start; other results are
/// read from L2, soon after they were written. Several steps may read a result or write channels of it (Ghost modules).
/// The sums are those of the whole layers, bit for bit.
/// A group must save more bytes between L2 and what lies behind it than it costs.
///
/// With several tasks a group's bands are shared: every task computes a strip of the last result, band by band, in line
/// buffers of its own, and the rows of the layers before that two strips need are computed twice. What that costs
/// counts against the group. Its results before the last must all be its own, and reductions take no part.
///
/// How many rows a band has is a choice (Program::choices): a tuning may name other rows, or no bands.
void tile_rows(Program& program, const Target& target, const LoweringOptions& options, int64_t tasks = 1);

}  // namespace intaglio
