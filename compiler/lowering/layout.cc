// Planar or blocked: convolutions, pools and what hangs on them work on blocked tensors,
// everything else on planar ones.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>

#include "lowering/context.h"

namespace intaglio::lowering {

namespace {

/// How one node treats layouts: `result` of outputs[0], and which inputs it wants blocked.
struct Wishes {
  bool result_blocked = false;
  std::vector<size_t> blocked_inputs;
};

bool all_blockable(const Context& context, const Node& node) {
  if (!context.blockable(node.outputs[0])) return false;
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](TensorId id) { return !id || context.blockable(id); });
}

bool same_image(const Context& context, TensorId a, TensorId b) {
  return context.blockable(a) && context.blockable(b) &&
         image_extents(context.tensor(a).shape) == image_extents(context.tensor(b).shape);
}

/// Batch and channels unscaled, nearest or (bi)linear by tables of two taps.
bool is_blocked_resize(const Context& context, const Resize& resize, const Extents& in, const Extents& out) {
  // The blocked kernel interpolates both axes; strict numerics leave an axis that keeps its size alone.
  const bool both_axes = in.h != out.h && in.w != out.w;
  if (context.options.strict && resize.mode == ResizeMode::linear && !both_axes) return false;
  return in.n == out.n && in.c == out.c && resize.mode != ResizeMode::cubic && !resize.antialias &&
         !resize.exclude_outside && resize.coordinates != CoordinateTransform::tf_crop_and_resize &&
         (resize.scales.empty() || (resize.scales[0] == 1 && resize.scales[1] == 1));
}

bool is_blocked_slice(const Slice& slice, const Shape& in, const Shape& out) {
  for (int64_t step : slice.steps) {
    if (step < 1) return false;
  }
  return slice.steps[0] == 1 && slice.steps[1] == 1 && in[0] == out[0];
}

bool is_blocked_pad(const Context& context, const Node& node, const Pad& pad) {
  const bool constant_fill = node.inputs.size() < 2 || !node.inputs[1] || context.is_constant(node.inputs[1]);
  return pad.mode == PadMode::constant && constant_fill && pad.begins[0] == 0 && pad.ends[0] == 0 &&
         pad.begins[1] == 0 && pad.ends[1] == 0;
}

Wishes wishes(const Context& context, const Node& node) {
  const TensorId x = node.inputs.empty() ? TensorId() : node.inputs[0];
  const bool x_blocked = x && context.reads_blocked(x);
  const auto residual_input = [&](const Epilogue& epilogue) { return epilogue.residual ? node.inputs.size() - 1 : 0; };
  if (const Conv* conv = std::get_if<Conv>(&node.op)) {
    Wishes result{true, {}};
    if (!is_planar_convolution(context, node)) result.blocked_inputs.push_back(0);
    if (conv->epilogue.residual) result.blocked_inputs.push_back(residual_input(conv->epilogue));
    return result;
  }
  if (const ConvTranspose* conv = std::get_if<ConvTranspose>(&node.op)) {
    Wishes result{true, {0}};
    if (conv->epilogue.residual) result.blocked_inputs.push_back(residual_input(conv->epilogue));
    return result;
  }
  if (const Pool* pool = std::get_if<Pool>(&node.op)) {
    const bool indices = node.outputs.size() > 1 && node.outputs[1];
    if (pool->kind == PoolKind::max && indices) return {};
    return context.blockable(x) ? Wishes{true, {0}} : Wishes{};
  }
  if (std::holds_alternative<Reduce>(node.op)) {
    if (x_blocked && is_spatial_reduction(context.graph, node)) return {true, {0}};
    return {};
  }
  if (std::holds_alternative<Concat>(node.op)) {
    const int64_t axis = std::get<Concat>(node.op).axis;
    const bool any =
        std::any_of(node.inputs.begin(), node.inputs.end(), [&](TensorId id) { return context.reads_blocked(id); });
    if (!any || axis < 1 || !all_blockable(context, node)) return {};
    Wishes result{true, {}};
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (context.reads_blocked(node.inputs[i])) result.blocked_inputs.push_back(i);
    }
    return result;
  }
  if (const Slice* slice = std::get_if<Slice>(&node.op)) {
    if (x_blocked && context.blockable(node.outputs[0]) &&
        is_blocked_slice(*slice, context.tensor(x).shape, context.tensor(node.outputs[0]).shape))
      return {true, {0}};
    return {};
  }
  if (std::holds_alternative<Reshape>(node.op)) {
    if (x_blocked && same_image(context, x, node.outputs[0])) return {true, {0}};
    return {};
  }
  if (const Pad* pad = std::get_if<Pad>(&node.op)) {
    if (x_blocked && context.blockable(node.outputs[0]) && is_blocked_pad(context, node, *pad)) return {true, {0}};
    return {};
  }
  if (const Resize* resize = std::get_if<Resize>(&node.op)) {
    if (x_blocked && context.blockable(node.outputs[0]) &&
        is_blocked_resize(context, *resize, image_extents(context.tensor(x).shape),
                          image_extents(context.tensor(node.outputs[0]).shape)))
      return {true, {0}};
    return {};
  }
  if (std::holds_alternative<GroupNorm>(node.op)) {
    const bool constants = context.is_constant(node.inputs[1]) && context.is_constant(node.inputs[2]);
    if (x_blocked && constants && !context.options.strict) return {true, {0}};
    return {};
  }
  if (const Gather* gather = std::get_if<Gather>(&node.op)) {
    const bool channels =
        gather->axis == 1 && context.is_constant(node.inputs[1]) && context.tensor(node.inputs[1]).shape.rank() == 1;
    if (x_blocked && channels && context.blockable(node.outputs[0])) return {true, {0}};
    return {};
  }
  return {};
}

/// A cluster is blocked when its result can be, every operand can be read that way and one of full size already is.
Wishes cluster_wishes(const Context& context, const Cluster& cluster, std::vector<TensorId>& blocked_operands) {
  if (!context.blockable(cluster.result)) return {};
  bool any = false;
  for (NodeId id : cluster.nodes) {
    if (!context.blockable(context.graph[id].outputs[0])) return {};
  }
  for (TensorId operand : cluster_operands(context, cluster)) {
    Access access;
    bool per_image;
    if (!blocked_access(context, operand, cluster.result, access, per_image)) return {};
    if (context.is_constant(operand)) continue;
    if (access == Access::full || access == Access::channel) any = any || context.reads_blocked(operand);
    if (access != Access::scalar) blocked_operands.push_back(operand);
  }
  return {any, {}};
}

/// A planar value that several concatenations of channels take in has one blocked form, which may lie inside all of
/// them. A single concatenation takes it in by a relayout of its own: its storage need not live before that.
void lay_out_once(Context& context) {
  const auto each_planar_operand = [&](auto visit) {
    for (NodeId id : context.graph.order) {
      const Node& node = context.graph[id];
      const Concat* concat = std::get_if<Concat>(&node.op);
      if (!concat || concat->axis != 1 || !context.state(node.outputs[0]).blocked) continue;
      for (TensorId input : node.inputs) {
        if (!context.is_constant(input) && !context.state(input).blocked) visit(input);
      }
    }
  };
  std::vector<int> wanted(context.states.size(), 0);
  each_planar_operand([&](TensorId input) { ++wanted[input.index()]; });
  each_planar_operand([&](TensorId input) {
    if (wanted[input.index()] < 2) return;
    context.state(input).needs_blocked = true;
    context.state(input).laid_out_once = true;
  });
}

}  // namespace

bool is_planar_convolution(const Context& context, const Node& node) {
  const Conv& conv = std::get<Conv>(node.op);
  const TensorId x = node.inputs[0];
  return context.enabled("planar_convolution") && !context.reads_blocked(x) && conv.group == 1 &&
         !conv.epilogue.residual && context.tensor(x).shape[1] <= lanes_per_block &&
         context.tensor(node.outputs[0]).shape[1] > 1;
}

bool is_fully_connected(const Context& context, const Node& node) {
  const Gemm& gemm = std::get<Gemm>(node.op);
  const TensorId bias = node.inputs.size() > 2 ? node.inputs[2] : TensorId();
  const Tensor& y = context.tensor(node.outputs[0]);
  if (!context.is_constant(node.inputs[1]) || gemm.trans_a || gemm.alpha != 1 || y.type != ElementType::float32)
    return false;
  if (y.shape.elements() == 0 || context.tensor(node.inputs[0]).shape[1] == 0) return false;
  if (!bias) return true;
  if (!context.is_constant(bias)) return false;
  const Shape& shape = context.tensor(bias).shape;  // one value per output, or one for all
  return shape.elements() == 1 || (shape.elements() == y.shape[1] && shape[shape.rank() - 1] == y.shape[1]);
}

bool is_channel_slice(const Graph& graph, const Node& node) {
  const Slice& slice = std::get<Slice>(node.op);
  const Shape &in = graph[node.inputs[0]].shape, &out = graph[node.outputs[0]].shape;
  for (size_t axis = 0; axis < in.rank(); ++axis) {
    if (slice.steps[axis] != 1 && out[axis] > 1) return false;
    if (axis != 1 && in[axis] != out[axis]) return false;
  }
  return true;
}

bool is_spatial_reduction(const Graph& graph, const Node& node) {
  const Reduce& reduce = std::get<Reduce>(node.op);
  const size_t rank = graph[node.inputs[0]].shape.rank();
  if (rank < 3 || reduce.axes.size() != rank - 2) return false;
  for (size_t i = 0; i < reduce.axes.size(); ++i) {
    if (reduce.axes[i] != static_cast<int64_t>(i) + 2) return false;
  }
  return true;
}

bool blocked_access(const Context& context, TensorId operand, TensorId result, Access& access, bool& per_image) {
  const Tensor& t = context.tensor(operand);
  if (t.type != ElementType::float32) return false;
  const Shape& shape = t.shape;
  const Shape& out = context.tensor(result).shape;
  per_image = false;
  if (shape.elements() == 1 && context.is_constant(operand)) {
    access = Access::scalar;
    return true;
  }
  if (shape.rank() > out.rank()) return false;
  std::vector<int64_t> extents(out.rank() - shape.rank(), 1);  // aligned to the result from the right
  extents.insert(extents.end(), shape.begin(), shape.end());
  const Extents wide = image_extents(out), own = image_extents(Shape(extents));
  if (own == wide) {
    access = Access::full;
    return context.is_constant(operand) || shape == out;
  }
  if (own.h == 1 && own.w == 1 && own.c == wide.c) {
    access = Access::channel;
    per_image = own.n == wide.n && wide.n > 1;
    if (context.is_constant(operand)) return own.n == 1;
    return shape.rank() == out.rank() && own.n == wide.n;
  }
  if (own.c == 1 && own.h == wide.h && own.w == wide.w && own.n == wide.n && !context.is_constant(operand)) {
    access = Access::pixel;
    return shape.rank() == out.rank();
  }
  return false;
}

void choose_layouts(Context& context) {
  for (NodeId id : context.graph.order) {
    const Node& node = context.graph[id];
    const int index = context.cluster_of[id.index()];
    if (index >= 0) {
      const Cluster& cluster = context.clusters[index];
      if (cluster.nodes.back() != id) continue;
      std::vector<TensorId> operands;
      if (cluster_wishes(context, cluster, operands).result_blocked) {
        context.state(cluster.result).blocked = true;
        for (TensorId operand : operands) context.state(operand).needs_blocked = true;
      }
      continue;
    }
    const Wishes wish = wishes(context, node);
    context.state(node.outputs[0]).blocked = wish.result_blocked;
    for (size_t input : wish.blocked_inputs) context.state(node.inputs[input]).needs_blocked = true;
  }
  lay_out_once(context);
  // What is written blocked has a blocked form, whether or not a reader wants it.
  for (TensorState& state : context.states) state.needs_blocked = state.needs_blocked || state.blocked;
}

}  // namespace intaglio::lowering
