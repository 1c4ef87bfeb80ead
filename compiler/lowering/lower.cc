// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/lower.h"

#include <fmt/format.h>

#include <algorithm>

#include "lowering/name_apart.h"
#include "lowering/rules.h"
#include "support/error.h"

namespace intaglio {

namespace lowering {
namespace {

void make_inputs(Context& context) {
  for (TensorId id : context.graph.inputs) {
    const Tensor& t = context.tensor(id);
    const BufferId buffer = context.add_buffer("in_" + t.name, BufferKind::input, t.type, t.shape.elements());
    context.program[buffer].io_index = context.program.inputs.size();
    context.program.inputs.push_back({t.name, t.type, t.shape, buffer});
    context.state(id).planar_view = context.planar_buffer_view(buffer, t.type, t.shape);
    context.state(id).has_planar = true;
  }
}

/// True when the step that computes a tensor can write it straight to the caller:
/// planar, an output once, and nobody reads it.
bool writes_output_directly(const Context& context, TensorId id) {
  const NodeId producer = context.uses.producer(id);
  return producer && !context.state(id).blocked && context.uses.readers(id).empty() &&
         std::ranges::count(context.graph.outputs, id) == 1;
}

void make_outputs(Context& context) {
  for (TensorId id : context.graph.outputs) {
    const Tensor& t = context.tensor(id);
    const BufferId buffer = context.add_buffer("out_" + t.name, BufferKind::output, t.type, t.shape.elements());
    context.program[buffer].io_index = context.program.outputs.size();
    context.program.outputs.push_back({t.name, t.type, t.shape, buffer});
    if (writes_output_directly(context, id) && !context.state(id).planar_view.buffer) {
      context.state(id).planar_view = context.planar_buffer_view(buffer, t.type, t.shape);
    }
  }
}

/// Outputs that are also read inside, are blocked, or are inputs, constants or other outputs: an explicit copy.
void finish_outputs(Context& context) {
  for (size_t i = 0; i < context.graph.outputs.size(); ++i) {
    const TensorId id = context.graph.outputs[i];
    const Tensor& t = context.tensor(id);
    const View y = context.planar_buffer_view(context.program.outputs[i].buffer, t.type, t.shape);
    if (t.shape.elements() == 0) continue;
    TensorState& state = context.state(id);
    if (state.has_planar && state.planar_view.buffer == y.buffer) continue;
    if (state.has_blocked && !state.has_planar) {
      context.program.steps.push_back({t.name, "output  " + t.shape.text(), RelayoutStep{state.blocked_view, y}, 0});
    } else {
      context.program.steps.push_back(
          {t.name, "output  " + t.shape.text(), CopyStep{context.planar(id), y, {t.shape.elements()}, {1}, {1}}, 0});
    }
  }
}

void emit(Context& context, NodeId id) {
  const Node& node = context.graph[id];
  const TensorId y = node.outputs[0];
  const auto empty = [&](TensorId output) { return !output || context.tensor(output).shape.elements() == 0; };
  if (std::ranges::all_of(node.outputs, empty)) {
    // Nothing to compute: the tensors only need an address.
  } else if (context.is_inner(node)) {
    return;
  } else {
    const OperatorRules& rules = rules_of(node);
    const auto emit_steps = context.state(y).blocked ? rules.blocked : rules.planar;
    require(emit_steps != nullptr, "an operator has no rule for the layout that was chosen");
    emit_steps(context, node);
  }
  for (TensorId output : node.outputs) {
    if (!output) continue;
    TensorState& state = context.state(output);
    if (state.blocked) {
      state.blocked_view = context.blocked_result(output);
      state.has_blocked = true;
    } else {
      if (!state.planar_view.buffer && !state.planar_view.weight) context.planar_result(output);
      state.has_planar = true;
    }
  }
}

}  // namespace
}  // namespace lowering

Program lower(const Graph& graph, const Target& target, const LoweringOptions& options) {
  lowering::Context context(graph, target, options);
  lowering::form_clusters(context);
  lowering::choose_layouts(context);
  lowering::choose_segments(context);
  lowering::share_storages(context);
  lowering::choose_kernels(context);
  lowering::make_inputs(context);
  lowering::make_outputs(context);
  for (NodeId id : graph.order) lowering::emit(context, id);
  lowering::finish_outputs(context);
  lowering::name_apart(context.program);
  verify(context.program);
  return std::move(context.program);
}

}  // namespace intaglio
