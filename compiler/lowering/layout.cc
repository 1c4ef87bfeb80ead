// Planar or blocked: convolutions, pools and what hangs on them work on blocked tensors, everything else on planar
// ones. Which node wants what is in the rules of its operator (rules.h).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/rules.h"

namespace intaglio::lowering {

void choose_layouts(Context& context) {
  std::vector<int> takers(context.states.size(), 0);
  for (NodeId id : context.graph.order) {
    const Node& node = context.graph[id];
    const OperatorRules& rules = rules_of(node);
    if (!rules.wishes || context.is_inner(node)) continue;
    const Wishes wishes = rules.wishes(context, node);
    context.state(node.outputs[0]).blocked = wishes.result;
    for (TensorId operand : wishes.operands) context.state(operand).needs_blocked = true;
    for (TensorId operand : wishes.taken_in) ++takers[operand.index()];
  }
  for (size_t i = 0; i < takers.size(); ++i) {
    TensorState& state = context.states[i];
    // A planar value that several results take in has one blocked form, which may lie inside all of them. A single one
    // takes it in by a relayout of its own: its storage need not live before that.
    state.laid_out_once = takers[i] > 1;
    // What is written blocked has a blocked form, whether or not a reader wants it.
    state.needs_blocked = state.needs_blocked || state.blocked || state.laid_out_once;
  }
}

}  // namespace intaglio::lowering
