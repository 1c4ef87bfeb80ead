// Elementwise clusters: operands, access patterns and the instructions of the chain.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lowering/context.h"
#include "lowering/pack.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

/// A constant operand of a blocked step: one float per lane, or a whole blocked tensor.
View blocked_constant(Context& context, TensorId id, const View& y, Access access) {
  const TensorData constant = *context.tensor(id).constant;
  View view = y;
  view.buffer = {};
  view.offset = 0;
  view.border_top = view.border_left = view.border_bottom = view.border_right = 0;
  if (access == Access::channel) {
    view.shape = Shape{1, y.channels(), 1, 1};
    view.batch = view.height = view.width = 1;
    view.pixel_stride = view.row_stride = view.block_stride = lanes_per_block;
    view.image_stride = y.blocks() * lanes_per_block;
    view.weight = context.add_floats(context.tensor(id).name, pack_lanes(constant.values<float>(), y.segments));
    return view;
  }
  view.pixel_stride = lanes_per_block;
  view.row_stride = y.width * view.pixel_stride;
  view.block_stride = y.height * view.row_stride;
  view.image_stride = y.blocks() * view.block_stride;
  const Shape shape{y.batch * view.image_stride};
  const auto pack = [shape, constant, view, lanes = channel_lanes(y)] {
    const std::span<const float> values = constant.values<float>();
    std::vector<float> packed(shape.elements(), 0.0f);
    size_t at = 0;
    for (int64_t n = 0; n < view.batch; ++n) {
      for (int64_t lane : lanes) {
        for (int64_t pixel = 0; pixel < view.height * view.width; ++pixel) {
          packed[n * view.image_stride + lane / lanes_per_block * view.block_stride + pixel * lanes_per_block +
                 lane % lanes_per_block] = values[at++];
        }
      }
    }
    return TensorData::of(shape, std::move(packed));
  };
  view.weight = context.add_weight(context.tensor(id).name, WeightData(ElementType::float32, shape, pack));
  return view;
}

/// Extents of a planar step with adjacent axes merged where every operand's strides allow it.
void merge_axes(std::vector<int64_t>& extents, std::vector<std::vector<int64_t>*> strides) {
  for (size_t axis = extents.size(); axis-- > 0;) {
    if (extents[axis] == 1 && extents.size() > 1) {
      extents.erase(extents.begin() + axis);
      for (auto* s : strides) s->erase(s->begin() + axis);
    }
  }
  for (size_t axis = extents.size(); axis-- > 1;) {
    const bool merge = std::all_of(strides.begin(), strides.end(),
                                   [&](const auto* s) { return (*s)[axis - 1] == (*s)[axis] * extents[axis]; });
    if (!merge) continue;
    extents[axis - 1] *= extents[axis];
    extents.erase(extents.begin() + axis);
    for (auto* s : strides) {
      (*s)[axis - 1] = (*s)[axis];
      s->erase(s->begin() + axis);
    }
  }
}

std::vector<int64_t> broadcast_strides(const Shape& shape, const Shape& out) {
  std::vector<int64_t> strides(out.rank(), 0);
  const std::vector<int64_t> own = row_major_strides(shape);
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] != 1) strides[out.rank() - shape.rank() + axis] = own[axis];
  }
  return strides;
}

std::string cluster_comment(const Context& context, const Cluster& cluster) {
  std::string text;
  for (NodeId id : cluster.nodes)
    text += fmt::format("{}{}", text.empty() ? "" : " + ", operator_name(context.graph[id].op));
  return fmt::format("{}  {}", text, context.tensor(cluster.result).shape.text());
}

}  // namespace

void emit_cluster(Context& context, const Cluster& cluster) {
  const Graph& graph = context.graph;
  const Shape& out = context.tensor(cluster.result).shape;
  const bool blocked = context.state(cluster.result).blocked;
  const std::vector<TensorId> operands = cluster_operands(context, cluster);
  ElementwiseStep step;
  std::map<TensorId, int> values;
  std::vector<View> views;
  if (blocked) {
    for (TensorId id : operands) {  // relayouts of operands come before the result's buffer exists
      Access access;
      bool per_image;
      blocked_access(context, id, cluster.result, access, per_image);
      if (!context.is_constant(id) && access != Access::scalar) context.blocked(id);
    }
  }
  step.y = blocked ? context.blocked_result(cluster.result) : context.planar_result(cluster.result);
  for (TensorId id : operands) {
    ElementwiseOperand operand;
    if (blocked) {
      blocked_access(context, id, cluster.result, operand.access, operand.per_image);
      if (operand.access == Access::scalar)
        operand.view = context.planar(id);
      else
        operand.view =
            context.is_constant(id) ? blocked_constant(context, id, step.y, operand.access) : context.blocked(id);
    } else {
      operand.view = context.planar(id);
      operand.access = context.tensor(id).shape.elements() == 1 ? Access::scalar : Access::strided;
      operand.strides = broadcast_strides(context.tensor(id).shape, out);
    }
    values[id] = static_cast<int>(step.operands.size());
    step.operands.push_back(std::move(operand));
  }
  for (NodeId id : cluster.nodes) {
    const Node& node = graph[id];
    ElementwiseInstruction instruction;
    std::visit(
        [&](const auto& op) {
          using T = std::decay_t<decltype(op)>;
          if constexpr (std::is_same_v<T, Unary> || std::is_same_v<T, Binary> || std::is_same_v<T, Where> ||
                        std::is_same_v<T, Cast>)
            instruction.op = op;
          else
            internal_error("a cluster holds an operator that is not elementwise");
        },
        node.op);
    for (TensorId input : node.inputs) instruction.arguments.push_back(values.at(input));
    instruction.type = context.tensor(node.outputs[0]).type;
    values[node.outputs[0]] = static_cast<int>(step.operands.size() + step.instructions.size());
    step.instructions.push_back(std::move(instruction));
  }
  if (!blocked) {
    step.extents = out.extents();
    std::vector<int64_t> result_strides = row_major_strides(out);
    std::vector<std::vector<int64_t>*> strides = {&result_strides};
    for (ElementwiseOperand& operand : step.operands) strides.push_back(&operand.strides);
    merge_axes(step.extents, strides);
    if (step.extents.empty()) {
      step.extents = {1};
      for (ElementwiseOperand& operand : step.operands) operand.strides = {0};
    }
  }
  context.add_step(graph[cluster.nodes.back()], cluster_comment(context, cluster), step);
}

}  // namespace intaglio::lowering
