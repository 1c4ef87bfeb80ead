// Parts of a tensor along one axis, shared by Split and SplitToSequence.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "frontend/node_importer.h"

namespace intaglio::frontend {

/// One part: the operator and the shape of its result.
struct Part {
  Slice op;
  Shape shape;
};

/// Consecutive parts of the given sizes; error unless the sizes are not negative and add up to the axis.
std::vector<Part> split_parts(const NodeImporter& node, const Shape& shape, int64_t axis,
                              const std::vector<int64_t>& sizes);

/// Sizes of parts of `size` elements, the last one possibly smaller.
std::vector<int64_t> chunk_sizes(int64_t extent, int64_t size);

}  // namespace intaglio::frontend
