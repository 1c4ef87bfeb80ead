// Other shapes for the same elements in the same order (all become Reshape), and broadcasting to a shape.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "frontend/importers.h"
#include "frontend/tensor_proto.h"

namespace intaglio::frontend {

namespace {

/// A shape given as values: 0 keeps the input's extent (unless allowzero), -1 takes what remains.
Shape resolve_shape(const NodeImporter& node, const Shape& from, std::vector<int64_t> wanted, bool allow_zero) {
  const Shape asked(wanted);
  auto refuse = [&] {
    node.fail(fmt::format("a tensor of shape {} cannot be reshaped to {}", from.text(), asked.text()));
  };
  int64_t* inferred = nullptr;
  for (size_t axis = 0; axis < wanted.size(); ++axis) {
    if (wanted[axis] == 0 && !allow_zero) {
      if (axis >= from.rank()) refuse();
      wanted[axis] = from[axis];
    } else if (wanted[axis] == -1) {
      if (inferred) node.fail("the shape of Reshape has two extents of -1");
      inferred = &wanted[axis];
    } else if (wanted[axis] < 0) {
      refuse();
    }
  }
  if (inferred) {
    *inferred = 1;
    const auto known = checked_elements(wanted);
    if (!known || *known == 0 || from.elements() % *known != 0) refuse();
    *inferred = from.elements() / *known;
  }
  const auto elements = checked_elements(wanted);
  if (!elements || *elements != from.elements()) refuse();
  return Shape(std::move(wanted));
}

void import_reshape(NodeImporter& node) {
  const TensorId x = node.input(0);
  const bool allow_zero = node.version() >= 14 && node.attributes.flag("allowzero", false);
  const auto wanted = node.integers_input(1, "the shape");
  node.reshaped_result(x, resolve_shape(node, node.shape(x), wanted, allow_zero));
}

void import_flatten(NodeImporter& node) {
  const TensorId x = node.input(0);
  const Shape shape = node.shape(x);
  int64_t axis = node.attributes.integer("axis", 1);
  // The axis may also be the rank: everything in front of it.
  if (axis != static_cast<int64_t>(shape.rank())) axis = NodeImporter::normal_axis(axis, shape.rank());
  const Shape front({shape.begin(), shape.begin() + axis}), back({shape.begin() + axis, shape.end()});
  node.reshaped_result(x, Shape{front.elements(), back.elements()});
}

/// Axes of Squeeze and Unsqueeze: an attribute before version 13, then an input. Nothing when absent.
std::optional<std::vector<int64_t>> read_axes(NodeImporter& node) {
  if (node.version() < 13) {
    node.expect_inputs(1);
    return node.attributes.integers("axes");
  }
  if (!node.has_input(1)) return std::nullopt;
  return node.integers_input(1, "axes");
}

void import_squeeze(NodeImporter& node) {
  const TensorId x = node.input(0);
  const Shape shape = node.shape(x);
  const auto given = read_axes(node);
  const std::vector<int64_t> axes = given ? NodeImporter::normal_axes(*given, shape.rank()) : std::vector<int64_t>();
  std::vector<int64_t> extents;
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    const bool named = std::ranges::binary_search(axes, static_cast<int64_t>(axis));
    if (named && shape[axis] != 1) node.fail(fmt::format("Squeeze of axis {}, which has extent {}", axis, shape[axis]));
    const bool removed = given ? named : shape[axis] == 1;
    if (!removed) extents.push_back(shape[axis]);
  }
  node.reshaped_result(x, Shape(std::move(extents)));
}

void import_unsqueeze(NodeImporter& node) {
  const TensorId x = node.input(0);
  const auto given = read_axes(node);
  if (!given) node.fail("Unsqueeze lacks its axes");
  std::vector<int64_t> extents = node.shape(x).extents();
  for (int64_t axis : NodeImporter::normal_axes(*given, extents.size() + given->size())) {
    extents.insert(extents.begin() + axis, 1);
  }
  node.reshaped_result(x, Shape(std::move(extents)));
}

/// The shape and the input broadcast to each other.
void import_expand(NodeImporter& node) {
  const TensorId x = node.input(0);
  const Shape shape(node.integers_input(1, "the shape"));
  check_extents(shape.extents());
  Shape result;
  if (!broadcast_shapes(node.shape(x), shape, result)) {
    node.fail(fmt::format("a tensor of shape {} cannot be expanded to {}", node.shape(x).text(), shape.text()));
  }
  if (result == node.shape(x)) return node.alias(x);
  node.result(Expand{}, {x}, node.element_type(x), result);
}

void import_tile(NodeImporter& node) {
  const TensorId x = node.input(0);
  std::vector<int64_t> extents = node.shape(x).extents();
  const auto repeats = node.integers_input(1, "repeats");
  if (repeats.size() != extents.size()) {
    node.fail(fmt::format("Tile has {} repeats for {} dimensions", repeats.size(), extents.size()));
  }
  check_extents(repeats);
  for (size_t axis = 0; axis < extents.size(); ++axis) extents[axis] *= repeats[axis];
  if (Shape(extents) == node.shape(x)) return node.alias(x);
  node.result(Tile{repeats}, {x}, node.element_type(x), Shape(std::move(extents)));
}

/// The block extent of an operator on [N,C,H,W].
int64_t read_block(NodeImporter& node, TensorId x) {
  node.expect_rank(x, 4, "the input");
  const int64_t block = node.attributes.integer("blocksize");
  if (block < 1 || block > 1 << 15) node.fail(fmt::format("blocksize {} is out of range", block));
  return block;
}

/// Reshape, transpose, reshape.
void shuffle_result(NodeImporter& node, TensorId x, const Shape& split, std::vector<int64_t> permutation,
                    Shape result) {
  std::vector<int64_t> extents;
  for (int64_t axis : permutation) extents.push_back(split[static_cast<size_t>(axis)]);
  const ElementType type = node.element_type(x);
  const TensorId blocks = node.reshaped("blocks", x, split);
  const TensorId moved =
      node.emit("moved", Transpose{std::move(permutation)}, {blocks}, type, Shape(std::move(extents)));
  node.result(Reshape{}, {moved}, type, std::move(result));
}

/// DCR reads channels as [b, b, C / b^2], CRD as [C / b^2, b, b].
void import_depth_to_space(NodeImporter& node) {
  const TensorId x = node.input(0);
  const int64_t block = read_block(node, x);
  const size_t mode = node.version() < 11 ? 0 : node.attributes.choice("mode", "DCR", {"DCR", "CRD"});
  const Shape shape = node.shape(x);
  if (shape[1] % (block * block) != 0) {
    node.fail(fmt::format("{} channels cannot be divided into blocks of {}x{}", shape[1], block, block));
  }
  const int64_t channels = shape[1] / (block * block), height = shape[2], width = shape[3];
  const Shape result = {shape[0], channels, height * block, width * block};
  if (mode == 0) {
    shuffle_result(node, x, {shape[0], block, block, channels, height, width}, {0, 3, 4, 1, 5, 2}, result);
  } else {
    shuffle_result(node, x, {shape[0], channels, block, block, height, width}, {0, 1, 4, 2, 5, 3}, result);
  }
}

/// DCR, all there was before version 28, writes channels as [b, b, C], CRD as [C, b, b].
void import_space_to_depth(NodeImporter& node) {
  const TensorId x = node.input(0);
  const int64_t block = read_block(node, x);
  const size_t mode = node.version() < 28 ? 0 : node.attributes.choice("mode", "DCR", {"DCR", "CRD"});
  const Shape shape = node.shape(x);
  if (shape[2] % block != 0 || shape[3] % block != 0) {
    node.fail(
        fmt::format("an image of {}x{} cannot be divided into blocks of {}x{}", shape[2], shape[3], block, block));
  }
  const int64_t height = shape[2] / block, width = shape[3] / block;
  shuffle_result(node, x, {shape[0], shape[1], height, block, width, block},
                 mode == 0 ? std::vector<int64_t>{0, 3, 5, 1, 2, 4} : std::vector<int64_t>{0, 1, 3, 5, 2, 4},
                 {shape[0], shape[1] * block * block, height, width});
}

}  // namespace

Importers shape_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"Reshape", {5, 13, 14, 19, 21, 23, 24, 25}, import_reshape, 2, 2, 1, "constant shape"},
      {"Flatten", {1, 9, 11, 13, 21, 23, 24, 25}, import_flatten, 1, 1},
      {"Squeeze", {1, 11, 13, 21, 23, 24, 25}, import_squeeze, 1, 2, 1, "constant axes"},
      {"Unsqueeze", {1, 11, 13, 21, 23, 24, 25}, import_unsqueeze, 1, 2, 1, "constant axes"},
      {"Expand", {8, 13}, import_expand, 2, 2, 1, "constant shape"},
      {"Tile", {6, 13}, import_tile, 2, 2, 1, "constant repeats"},
      {"DepthToSpace", {1, 11, 13, 28}, import_depth_to_space, 1, 1},
      {"SpaceToDepth", {1, 13, 28}, import_space_to_depth, 1, 1},
  };
  return rows;
}

}  // namespace intaglio::frontend
