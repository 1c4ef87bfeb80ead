// Pool: blocked, but for max pools that also give indices.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "lowering/node_check.h"
#include "lowering/register_tiles.h"
#include "lowering/rules.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

Wishes pool_wishes(const Context& context, const Node& node) {
  const bool indices = node.outputs.size() > 1 && node.outputs[1];
  if ((indices && std::get<Pool>(node.op).kind == PoolKind::max) || !context.blockable(node.inputs[0])) return {};
  return {true, {node.inputs[0]}};
}

void emit_blocked_pool(Context& context, const Node& node) {
  const Pool& pool = std::get<Pool>(node.op);
  const View x = context.blocked(node.inputs[0]), y = context.blocked_result(node.outputs[0]);
  PoolStep step;
  step.kind = pool.kind;
  step.x = x;
  step.y = y;
  step.window = window_2d(pool.window);
  step.unrolled = unrolls(step.window);
  step.pad_right = pool.window.pads_end.back();
  step.pad_bottom = pool.window.rank() == 2 ? pool.window.pads_end[0] : 0;
  step.count_include_pad = pool.count_include_pad;
  step.p = pool.p;
  context.add_step(
      node, fmt::format("{} {}  {}", operator_name(node.op), describe_window(pool.window, 1), shapes(x, y)), step);
}

void emit_pool_with_indices(Context& context, const Node& node) {
  const Pool& pool = std::get<Pool>(node.op);
  if (pool.kind != PoolKind::max) internal_error("a pool other than max asks for indices");
  PlanarPoolStep step;
  step.x = context.planar(node.inputs[0]);
  step.y = context.planar_result(node.outputs[0]);
  if (node.outputs.size() > 1 && node.outputs[1]) step.indices = context.planar_result(node.outputs[1]);
  step.window = window_2d(pool.window);
  step.storage_order = pool.storage_order;
  context.add_step(
      node, fmt::format("max_pool {} with indices  {}", describe_window(pool.window, 1), shapes(step.x, step.y)), step);
}

void check_pool(NodeCheck& check) {
  std::get<Pool>(check.node().op).kind == PoolKind::max ? check.computed() : check.floats();
}

}  // namespace

Rules pool_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<Pool>,
       .check = check_pool,
       .wishes = pool_wishes,
       .same_lanes = lanes_of_input,
       .blocked = emit_blocked_pool,
       .planar = emit_pool_with_indices},
  };
  return rows;
}

}  // namespace intaglio::lowering
