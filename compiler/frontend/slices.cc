// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/slices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace intaglio::frontend {

std::vector<Part> split_parts(const NodeImporter& node, const Shape& shape, int64_t axis,
                              const std::vector<int64_t>& sizes) {
  const size_t along = static_cast<size_t>(axis);
  std::vector<Part> parts;
  int64_t start = 0;
  for (int64_t size : sizes) {
    const bool fits = size >= 0 && size <= shape[along] - start;
    if (!fits) break;
    Part part{{std::vector<int64_t>(shape.rank(), 0), std::vector<int64_t>(shape.rank(), 1)}, shape};
    part.op.starts[along] = size == 0 ? 0 : start;
    part.shape[along] = size;
    parts.push_back(std::move(part));
    start += size;
  }
  if (parts.size() != sizes.size() || start != shape[along]) {
    node.fail(
        fmt::format("sizes {} do not add up to the extent {} of axis {}", fmt::join(sizes, ", "), shape[along], axis));
  }
  return parts;
}

std::vector<int64_t> chunk_sizes(int64_t extent, int64_t size) {
  std::vector<int64_t> sizes;
  for (int64_t start = 0; start < extent; start += size) sizes.push_back(std::min(size, extent - start));
  return sizes;
}

}  // namespace intaglio::frontend
