// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/drop_padding_taps.h"

#include <algorithm>
#include <cstring>

#include "ir/tap_ranges.h"
#include "passes/rewrite.h"

namespace intaglio {

namespace {

/// The window that is left, and the first tap of it along every axis.
struct Shrunk {
  Window window;
  std::vector<int64_t> first;
};

Shrunk shrunk(Window window, const Shape& x, const Shape& y) {
  Shrunk result{std::move(window), {}};
  Window& w = result.window;
  for (size_t i = 0; i < w.rank(); ++i) {
    const WindowAxis axis{w.kernel[i], w.strides[i], w.dilations[i], w.pads_begin[i], x[i + 2], y[i + 2]};
    Taps taps = meeting_taps(axis);
    if (taps.count == 0) taps = {0, w.kernel[i]};
    w.pads_begin[i] -= taps.first * w.dilations[i];
    w.pads_end[i] -= (w.kernel[i] - taps.first - taps.count) * w.dilations[i];
    w.kernel[i] = taps.count;
    result.first.push_back(taps.first);
    const bool always_meets = w.pads_begin[i] <= 0 && (axis.out - 1) * axis.stride - w.pads_begin[i] < axis.in;
    if (w.kernel[i] == 1 && always_meets) w.dilations[i] = 1;
  }
  return result;
}

/// The taps of [outputs, inputs, (kh,) kw] that a smaller window keeps.
TensorData kept_taps(const TensorData& weights, const Shrunk& kept) {
  const Shape& shape = weights.shape();
  const size_t last = shape.rank() - 1;
  const bool rows = shape.rank() == 4;
  const int64_t planes = shape[0] * shape[1], height = rows ? shape[2] : 1, width = shape[last];
  const int64_t first_row = rows ? kept.first[0] : 0, first_column = kept.first.back();
  Shape result = shape;
  for (size_t i = 0; i < kept.window.rank(); ++i) result[i + 2] = kept.window.kernel[i];
  const int64_t kept_rows = rows ? result[2] : 1, kept_columns = result[last];
  const size_t size = element_size(weights.type()), row_bytes = static_cast<size_t>(kept_columns) * size;
  std::vector<std::byte> bytes(static_cast<size_t>(result.elements()) * size);
  std::byte* to = bytes.data();
  for (int64_t plane = 0; plane < planes; ++plane) {
    for (int64_t row = first_row; row < first_row + kept_rows; ++row, to += row_bytes) {
      const int64_t from = (plane * height + row) * width + first_column;
      std::memcpy(to, weights.bytes().data() + static_cast<size_t>(from) * size, row_bytes);
    }
  }
  return TensorData(weights.type(), result, std::move(bytes));
}

bool drop_taps(Graph& graph, const Uses& uses, NodeId id) {
  auto* conv = std::get_if<Conv>(&graph[id].op);
  auto* pool = std::get_if<Pool>(&graph[id].op);
  if (!conv && !pool) return false;
  if (pool && pool->kind == PoolKind::average && pool->count_include_pad) return false;
  Window& window = conv ? conv->window : pool->window;
  const Shrunk kept = shrunk(window, graph[graph[id].inputs[0]].shape, graph[graph[id].outputs[0]].shape);
  if (kept.window == window) return false;
  if (conv && kept.window.kernel != window.kernel) {
    const TensorData* weights = constant_of(graph, graph[id].inputs[1]);
    if (!weights) return false;
    const TensorData taps = kept_taps(*weights, kept);
    window = kept.window;
    set_constant(graph, uses, id, 1, taps, {});
    return true;
  }
  window = kept.window;
  return true;
}

}  // namespace

bool drop_padding_taps(Graph& graph) { return rewrite(graph, drop_taps); }

}  // namespace intaglio
