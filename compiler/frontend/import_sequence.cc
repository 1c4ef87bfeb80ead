// Sequences whose elements can be named while compiling: what PyTorch's chunk and split become without optimisation.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "frontend/importers.h"
#include "frontend/slices.h"

namespace intaglio::frontend {

namespace {

/// A scalar split is the size of each part, a list has the size of every part; without it every part has one element
/// and keepdims says whether the axis stays.
void import_split_to_sequence(NodeImporter& node) {
  const TensorId x = node.input(0);
  const Shape shape = node.shape(x);
  const ElementType type = node.element_type(x);
  const int64_t axis = NodeImporter::normal_axis(node.attributes.integer("axis", 0), shape.rank());
  const int64_t extent = shape[static_cast<size_t>(axis)];
  const bool keep_dims = node.attributes.flag("keepdims", true) || node.has_input(1);
  constexpr int64_t most_parts = 4096;
  auto parts_of = [&](int64_t size) {
    if (extent / size >= most_parts) node.fail(fmt::format("SplitToSequence makes {} tensors of one", extent / size));
    return chunk_sizes(extent, size);
  };
  std::vector<int64_t> sizes;
  if (node.has_input(1)) {
    sizes = node.integers_input(1, "split");
    if (node.rank(node.input(1)) == 0) {
      if (sizes[0] < 1) node.fail(fmt::format("split of SplitToSequence is {}", sizes[0]));
      sizes = parts_of(sizes[0]);
    }
  } else {
    sizes = parts_of(1);
  }
  std::vector<TensorId> sequence;
  for (const Part& part : split_parts(node, shape, axis, sizes)) {
    const std::string name = fmt::format("part_{}", sequence.size());
    TensorId element = part.shape == shape ? x : node.emit(name, part.op, {x}, type, part.shape);
    if (!keep_dims) {
      std::vector<int64_t> extents = part.shape.extents();
      extents.erase(extents.begin() + axis);
      element = node.reshaped(name + "_squeezed", element, Shape(std::move(extents)));
    }
    sequence.push_back(element);
  }
  node.sequence(std::move(sequence));
}

void import_sequence_at(NodeImporter& node) {
  const std::vector<TensorId>& sequence = node.sequence_input(0);
  const auto position = node.integers_input(1, "the position");
  const int64_t count = std::ssize(sequence);
  if (position.size() != 1 || position[0] < -count || position[0] >= count) {
    node.fail(fmt::format("the position is out of range for a sequence of {} tensors", count));
  }
  node.alias(sequence[static_cast<size_t>(position[0] < 0 ? position[0] + count : position[0])]);
}

}  // namespace

Importers sequence_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"SplitToSequence", {11, 24}, import_split_to_sequence, 1, 2, 1, "constant sizes"},
      {"SequenceAt", {11}, import_sequence_at, 2, 2, 1, "constant position"},
  };
  return rows;
}

}  // namespace intaglio::frontend
