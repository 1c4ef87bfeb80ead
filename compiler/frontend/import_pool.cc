// Pooling with windows and over whole planes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "frontend/importers.h"
#include "frontend/window.h"

namespace intaglio::frontend {

namespace {

/// Whether a tap of every window along an axis meets the input:
/// with dilation, taps may lie on both sides of a small one.
bool taps_meet_input(const Window& window, size_t axis, int64_t extent, int64_t outputs) {
  if (std::max(window.pads_begin[axis], window.pads_end[axis]) >= window_extent(window, axis)) return false;
  const int64_t dilation = window.dilations[axis];
  for (int64_t output = 0; dilation > 1 && output < outputs; ++output) {
    const int64_t first = output * window.strides[axis] - window.pads_begin[axis];
    const int64_t tap = first >= 0 ? 0 : (-first + dilation - 1) / dilation;
    if (tap >= window.kernel[axis] || first + tap * dilation >= extent) return false;
  }
  return true;
}

/// A window that sees nothing but padding has no maximum and no average.
void expect_input_in_windows(const NodeImporter& node, const Window& window, const std::vector<int64_t>& extents,
                             const std::vector<int64_t>& result) {
  for (size_t i = 0; i < window.rank(); ++i) {
    if (taps_meet_input(window, i, extents[i], result[i + 2])) continue;
    node.fail(fmt::format("{} has pads so large that a window sees only padding", node.type()));
  }
}

/// Since which version each pool has ceil_mode and dilations.
struct PoolVersions {
  int ceil_mode, dilations;
};

void import_windows(NodeImporter& node, Pool op, PoolVersions since) {
  const TensorId x = node.input(0);
  node.expect_float(x);
  const std::vector<int64_t> extents = spatial_extents(node, x, "pooling");
  WindowAttributes attributes = read_window(node, extents.size(), {}, node.version() >= since.dilations);
  const bool ceil_mode = node.version() >= since.ceil_mode && node.attributes.flag("ceil_mode", false);
  std::vector<int64_t> result = {node.shape(x)[0], node.shape(x)[1]};
  for (int64_t extent : place_window(node, attributes, extents, ceil_mode)) result.push_back(extent);
  if (node.shape(x).elements() == 0 && Shape(result).elements() > 0)
    node.fail(fmt::format("the input of {} has no elements: its windows see only padding", node.type()));
  expect_input_in_windows(node, attributes.window, extents, result);
  op.window = std::move(attributes.window);
  const ElementType type = node.element_type(x);
  std::vector<NodeImporter::Result> results = {{type, Shape(result)}};
  if (op.kind == PoolKind::max) results.push_back({ElementType::int64, Shape(result)});
  node.results(op, {x}, std::move(results));
}

void import_max_pool(NodeImporter& node) {
  Pool op{.kind = PoolKind::max};
  if (node.version() >= 8) op.storage_order = node.attributes.integer("storage_order", 0);
  if (op.storage_order != 0 && op.storage_order != 1) node.fail("storage_order must be 0 or 1");
  if (!node.output_is_used(1)) op.storage_order = 0;
  import_windows(node, std::move(op), {10, 10});
}

void import_average_pool(NodeImporter& node) {
  Pool op{.kind = PoolKind::average};
  op.count_include_pad = node.attributes.flag("count_include_pad", false);
  import_windows(node, std::move(op), {10, 19});
}

int64_t read_p(NodeImporter& node) {
  const int64_t p = node.attributes.integer("p", 2);
  if (p < 1) node.fail(fmt::format("p = {} is not positive", p));
  return p;
}

void import_lp_pool(NodeImporter& node) {
  Pool op{.kind = PoolKind::lp};
  op.p = read_p(node);
  import_windows(node, std::move(op), {18, 18});
}

/// A reduction over all axes behind the channels.
void import_global(NodeImporter& node, ReduceKind kind) {
  const TensorId x = node.input(0);
  node.expect_float(x);
  Shape shape = node.shape(x);
  if (shape.rank() < 2) node.fail(node.type() + " needs an input [N,C,...], not one of shape " + shape.text());
  std::vector<int64_t> axes(shape.rank() - 2);
  std::iota(axes.begin(), axes.end(), 2);
  for (int64_t axis : axes) shape[static_cast<size_t>(axis)] = 1;
  node.result(Reduce{kind, std::move(axes), true}, {x}, node.element_type(x), shape);
}

void import_global_average_pool(NodeImporter& node) { import_global(node, ReduceKind::mean); }

void import_global_max_pool(NodeImporter& node) { import_global(node, ReduceKind::max); }

void import_global_lp_pool(NodeImporter& node) {
  const int64_t p = read_p(node);
  if (p > 2)
    node.fail(fmt::format("GlobalLpPool with p = {} is not supported", p), "Intaglio supports p = 1 and p = 2");
  import_global(node, p == 1 ? ReduceKind::l1 : ReduceKind::l2);
}

}  // namespace

Importers pool_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"MaxPool", {1, 8, 10, 11, 12, 22}, import_max_pool, 1, 1, 2, "1-D and 2-D"},
      {"AveragePool", {7, 10, 11, 19, 22}, import_average_pool, 1, 1, 1, "1-D and 2-D"},
      {"LpPool", {2, 11, 18, 22}, import_lp_pool, 1, 1, 1, "1-D and 2-D"},
      {"GlobalAveragePool", {1, 22}, import_global_average_pool, 1, 1},
      {"GlobalMaxPool", {1, 22}, import_global_max_pool, 1, 1},
      {"GlobalLpPool", {2, 22}, import_global_lp_pool, 1, 1, 1, "p = 1 and p = 2"},
  };
  return rows;
}

}  // namespace intaglio::frontend
