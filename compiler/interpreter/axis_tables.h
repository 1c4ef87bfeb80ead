// Copies described by one table of source indices per axis: slices, padding, tiling, gathers and nearest resizing.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "ir/tensor.h"

namespace intaglio::interpreter {

/// For each position along an axis of y the index along the same axis of x, or -1 for the fill value.
using AxisTable = std::vector<int64_t>;

/// y[i0, i1, ...] = x[tables[0][i0], tables[1][i1], ...];
/// `fill` (null: zero) where any table says -1. Any element type.
TensorData copy_by_tables(const TensorData& x, const Shape& shape, const std::vector<AxisTable>& tables,
                          const TensorData* fill = nullptr);

}  // namespace intaglio::interpreter
