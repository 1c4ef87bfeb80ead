// Functions of one element and of several (Unary, Binary, Where, Cast): one step for each cluster of them
// (clusters.cc), on blocked operands where one of full size is, else on planar ones.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ir/axes.h"
#include "lowering/node_check.h"
#include "lowering/pack.h"
#include "lowering/rules.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

/// Operands of a cluster that its own nodes do not compute, each once, in order of first use.
std::vector<TensorId> cluster_operands(const Context& context, const Cluster& cluster) {
  std::vector<TensorId> operands, computed;
  for (NodeId id : cluster.nodes) {
    for (TensorId input : context.graph[id].inputs) {
      if (std::find(computed.begin(), computed.end(), input) != computed.end()) continue;
      if (std::find(operands.begin(), operands.end(), input) == operands.end()) operands.push_back(input);
    }
    computed.push_back(context.graph[id].outputs[0]);
  }
  return operands;
}

/// How an operand is read when the result is blocked; nothing when it cannot be.
struct BlockedReading {
  Access access = Access::full;
  bool per_image = false;
};
std::optional<BlockedReading> blocked_reading(const Context& context, TensorId operand, TensorId result) {
  const Tensor& t = context.tensor(operand);
  if (t.type != ElementType::float32) return std::nullopt;
  const Shape& shape = t.shape;
  const Shape& out = context.tensor(result).shape;
  const bool constant = context.is_constant(operand);
  if (shape.elements() == 1 && constant) return BlockedReading{Access::scalar};
  if (shape.rank() > out.rank()) return std::nullopt;
  std::vector<int64_t> extents(out.rank() - shape.rank(), 1);  // aligned to the result from the right
  extents.insert(extents.end(), shape.begin(), shape.end());
  const Extents wide = image_extents(out), own = image_extents(Shape(extents));
  const auto when = [](bool possible, Access access, bool per_image = false) {
    return possible ? std::optional(BlockedReading{access, per_image}) : std::nullopt;
  };
  if (own == wide) return when(constant || shape == out, Access::full);
  if (own.h == 1 && own.w == 1 && own.c == wide.c)
    return when(constant ? own.n == 1 : shape.rank() == out.rank() && own.n == wide.n, Access::channel,
                own.n == wide.n && wide.n > 1);
  if (own.c == 1 && own.h == wide.h && own.w == wide.w && own.n == wide.n && !constant)
    return when(shape.rank() == out.rank(), Access::pixel);
  return std::nullopt;
}

bool reads_all_channels(Access access) { return access == Access::full || access == Access::channel; }

// ---- rules

/// Blocked when the result can be, every operand can be read that way and one with all channels already is.
Wishes cluster_wishes(const Context& context, const Node& last) {
  const Cluster& cluster = context.cluster(last);
  for (NodeId id : cluster.nodes) {
    if (!context.blockable(context.graph[id].outputs[0])) return {};
  }
  Wishes wishes;
  for (TensorId operand : cluster_operands(context, cluster)) {
    const std::optional<BlockedReading> reading = blocked_reading(context, operand, cluster.result);
    if (!reading) return {};
    if (context.is_constant(operand)) continue;
    wishes.operands.push_back(operand);
    if (reads_all_channels(reading->access) && context.reads_blocked(operand)) wishes.result = true;
  }
  return wishes.result ? wishes : Wishes{};
}

std::vector<TensorId> cluster_lanes(const Context& context, const Node& last) {
  const Cluster& cluster = context.cluster(last);
  std::vector<TensorId> operands = cluster_operands(context, cluster);
  std::erase_if(operands, [&](TensorId operand) {
    return !reads_all_channels(blocked_reading(context, operand, cluster.result)->access);
  });
  return operands;
}

// ---- emission

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

std::vector<ElementwiseOperand> blocked_operands(Context& context, const std::vector<TensorId>& ids, TensorId result,
                                                 const View& y) {
  std::vector<ElementwiseOperand> operands;
  for (TensorId id : ids) {
    const BlockedReading reading = *blocked_reading(context, id, result);
    ElementwiseOperand& operand = operands.emplace_back();
    operand.access = reading.access;
    operand.per_image = reading.per_image;
    if (reading.access == Access::scalar)
      operand.view = context.planar(id);
    else
      operand.view = context.is_constant(id) ? blocked_constant(context, id, y, reading.access) : context.blocked(id);
  }
  return operands;
}

std::vector<ElementwiseOperand> planar_operands(Context& context, const std::vector<TensorId>& ids, const Shape& out) {
  std::vector<ElementwiseOperand> operands;
  for (TensorId id : ids) {
    ElementwiseOperand& operand = operands.emplace_back();
    operand.view = context.planar(id);
    operand.access = operand.view.shape.elements() == 1 ? Access::scalar : Access::strided;
    operand.strides = broadcast_strides(operand.view.shape, out);
  }
  return operands;
}

/// The instructions of a cluster: values are numbered by operands, then by instructions.
std::vector<ElementwiseInstruction> instructions(const Context& context, const Cluster& cluster,
                                                 const std::vector<TensorId>& operands) {
  std::map<TensorId, int> values;
  for (TensorId operand : operands) values.emplace(operand, static_cast<int>(values.size()));
  std::vector<ElementwiseInstruction> result;
  for (NodeId id : cluster.nodes) {
    const Node& node = context.graph[id];
    ElementwiseInstruction& instruction = result.emplace_back();
    std::visit(
        [&](const auto& op) {
          if constexpr (requires { instruction.op = op; })
            instruction.op = op;
          else
            internal_error("a cluster holds an operator that is not elementwise");
        },
        node.op);
    for (TensorId input : node.inputs) instruction.arguments.push_back(values.at(input));
    instruction.type = context.tensor(node.outputs[0]).type;
    values.emplace(node.outputs[0], static_cast<int>(values.size()));
  }
  return result;
}

void emit_blocked_cluster(Context& context, const Node& last) {
  const Cluster& cluster = context.cluster(last);
  const std::vector<TensorId> operands = cluster_operands(context, cluster);
  for (TensorId id : operands) {  // relayouts of operands come before the result's buffer exists
    if (!context.is_constant(id)) context.blocked(id);
  }
  ElementwiseStep step;
  step.y = context.blocked_result(cluster.result);
  step.operands = blocked_operands(context, operands, cluster.result, step.y);
  step.instructions = instructions(context, cluster, operands);
  context.add_step(last, cluster_comment(context, cluster), step);
}

/// As few axes as the strides of the operands allow, and one at least.
void set_axes(ElementwiseStep& step) {
  const Shape& shape = step.y.shape;
  std::vector<std::vector<int64_t>> strides = {row_major_strides(shape)};
  for (ElementwiseOperand& operand : step.operands) strides.push_back(std::move(operand.strides));
  std::vector<Axis> axes = merged_axes(shape.extents(), strides);
  if (axes.empty()) axes.push_back({1, std::vector<int64_t>(strides.size(), 0)});
  for (ElementwiseOperand& operand : step.operands) operand.strides.clear();
  for (const Axis& axis : axes) {
    step.extents.push_back(axis.extent);
    for (size_t i = 0; i < step.operands.size(); ++i) step.operands[i].strides.push_back(axis.strides[i + 1]);
  }
}

void emit_planar_cluster(Context& context, const Node& last) {
  const Cluster& cluster = context.cluster(last);
  const std::vector<TensorId> operands = cluster_operands(context, cluster);
  ElementwiseStep step;
  step.y = context.planar_result(cluster.result);
  step.operands = planar_operands(context, operands, step.y.shape);
  step.instructions = instructions(context, cluster, operands);
  set_axes(step);
  context.add_step(last, cluster_comment(context, cluster), step);
}

void check_unary(NodeCheck& check) {
  if (std::get<Unary>(check.node().op).kind != UnaryKind::identity) check.computed();
}

OperatorRules cluster_rules(size_t op, void (*check)(NodeCheck&)) {
  return {.op = op,
          .elementwise = true,
          .check = check,
          .wishes = cluster_wishes,
          .same_lanes = cluster_lanes,
          .blocked = emit_blocked_cluster,
          .planar = emit_planar_cluster};
}

}  // namespace

Rules elementwise_rules() {
  static const std::vector<OperatorRules> rows = {
      cluster_rules(operator_index<Unary>, check_unary),
      cluster_rules(operator_index<Binary>, computed_types),
      cluster_rules(operator_index<Where>, any_type),
      cluster_rules(operator_index<Cast>, computed_types),
      {.op = operator_index<FoldedFunction>, .check = constants_only},
  };
  return rows;
}

}  // namespace intaglio::lowering
