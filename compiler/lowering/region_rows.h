// How clipped results are tiled: last of all choices, since bands and tasks cut the regions whose taps are the same.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/program.h"

namespace intaglio {

/// Sets `region_rows` of every convolution whose window is clipped. Of a region that is narrower than a register tile,
/// several rows make a tile: 3 columns x 14 rows by tiles of 8 pixels are seven tiles of 2 rows, not fourteen of one.
void choose_region_rows(Program& program);

}  // namespace intaglio
