// The axes along which a kernel can be divided into kernels that do the same together, at the same time: rows, columns,
// images, channel blocks, panels of outputs, or an axis of the loops over planar data. Never along an axis that is
// summed over: the numbers are those of the whole.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <vector>

#include "ir/program.h"
#include "lowering/rows.h"

namespace intaglio {

struct CutAxis {
  int64_t units = 1;  ///< which cannot be divided further along this axis
  /// The kernel that does a range of the units. It works in scratch of its own; the first takes over the whole's.
  std::function<Kernel(const Range&)> part;
  bool rows = false;  ///< units are rows of an image
};

/// The axes of more than one unit, the one to take of equals first. Their parts add buffers and weights to the program.
/// Those of a kernel over planar data are the loops around its dense result from the outside to the first that takes
/// more than one step: inner ones show in a part of one unit.
std::vector<CutAxis> cut_axes(Program& program, const Kernel& kernel);

/// Units of so many elements each, as elements, of which there are `elements`: the last unit may have fewer.
Range elements_of_units(const Range& units, int64_t elements_per_unit, int64_t elements);

/// Blocks of channels of a blocked view.
View blocks_of(View view, const Range& blocks);

/// The elements of a weight from `offset` on.
WeightId part_of(Program& program, WeightId whole, int64_t offset);

}  // namespace intaglio
