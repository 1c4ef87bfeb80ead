// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/fuse_pad.h"

#include <algorithm>
#include <limits>

#include "passes/rewrite.h"

namespace intaglio {

namespace {

bool is_spatial_padding(const Pad& pad) {
  if (pad.mode != PadMode::constant || pad.begins.size() < 3 || pad.begins.size() > 4) return false;
  for (size_t axis = 0; axis < pad.begins.size(); ++axis) {
    const bool spatial = axis >= 2;
    if (pad.begins[axis] < 0 || pad.ends[axis] < 0) return false;
    if (!spatial && (pad.begins[axis] != 0 || pad.ends[axis] != 0)) return false;
  }
  return true;
}

Window padded(Window window, const Pad& pad) {
  for (size_t i = 0; i < window.rank(); ++i) {
    window.pads_begin[i] += pad.begins[i + 2];
    window.pads_end[i] += pad.ends[i + 2];
  }
  return window;
}

bool every_window_sees_the_input(const Window& window) {
  for (size_t i = 0; i < window.rank(); ++i) {
    const int64_t extent = (window.kernel[i] - 1) * window.dilations[i] + 1;
    if (window.pads_begin[i] >= extent || window.pads_end[i] >= extent) return false;
  }
  return true;
}

bool fuse_into_pool(Pool& pool, const Pad& pad, float value) {
  const Window window = padded(pool.window, pad);
  if (!every_window_sees_the_input(window)) {
    return false;
  }
  auto is_zero = [](int64_t value) { return value == 0; };
  const bool unpadded =
      std::ranges::all_of(pool.window.pads_begin, is_zero) && std::ranges::all_of(pool.window.pads_end, is_zero);
  if (pool.kind == PoolKind::average && value == 0 && (unpadded || pool.count_include_pad)) {
    pool.count_include_pad = true;
  } else if (pool.kind != PoolKind::max || value != -std::numeric_limits<float>::infinity()) {
    return false;
  }
  pool.window = window;
  return true;
}

bool fuse_pad_at(Graph& graph, const Uses& uses, NodeId id) {
  const Pad* pad = get_if<Pad>(graph, id);
  const TensorId y = graph[id].outputs[0];
  if (!pad || !is_spatial_padding(*pad) || !uses.single(y) || graph[y].type != ElementType::float32) return false;
  const TensorId value_id = operand(graph[id], 1);
  const auto value = value_id ? uniform_value(graph, value_id) : 0.0;
  if (!value) return false;

  const NodeId reader = uses.readers(y)[0];
  Node& node = graph[reader];
  if (node.inputs[0] != y) return false;
  if (auto* conv = std::get_if<Conv>(&node.op)) {
    if (*value != 0) return false;
    conv->window = padded(conv->window, *pad);
  } else if (auto* pool = std::get_if<Pool>(&node.op)) {
    if (node.outputs.size() > 1 || !fuse_into_pool(*pool, *pad, static_cast<float>(*value))) return false;
  } else {
    return false;
  }
  node.inputs[0] = graph[id].inputs[0];
  return true;
}

}  // namespace

bool fuse_pad(Graph& graph) { return rewrite(graph, fuse_pad_at); }

}  // namespace intaglio
