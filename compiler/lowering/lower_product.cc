// Gemm and MatMul, planar. A Gemm with constant weights is a fully connected layer, whose weights are packed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "lowering/layer.h"
#include "lowering/node_check.h"
#include "lowering/register_tiles.h"
#include "lowering/rules.h"
#include "support/error.h"

namespace intaglio::lowering {

namespace {

/// Weights and bias are constants that can be packed.
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

void emit_fully_connected(Context& context, const Node& node) {
  const Gemm& gemm = std::get<Gemm>(node.op);
  const TensorId x = node.inputs[0], y = node.outputs[0];
  const View in = context.state(x).has_blocked && !context.state(x).has_planar && context.state(x).blocked
                      ? context.blocked(x)
                      : context.planar(x);
  std::optional<View> residual;
  if (gemm.epilogue.residual) residual = context.planar(node.inputs.back());
  const View out = context.planar_result(y);
  const Shape& b = context.tensor(node.inputs[1]).shape;
  const int64_t outputs = gemm.trans_b ? b[0] : b[1], inputs = gemm.trans_b ? b[1] : b[0];
  const TensorData w = *constant_operand(context, node, 1);
  WeightData values = w;
  if (!gemm.trans_b) {
    const Shape shape{outputs, inputs};
    values = WeightData(ElementType::float32, shape, [=] {
      const std::span<const float> rows = w.values<float>();
      std::vector<float> transposed(rows.size());
      for (int64_t o = 0; o < outputs; ++o) {
        for (int64_t i = 0; i < inputs; ++i) transposed[o * inputs + i] = rows[i * outputs + o];
      }
      return TensorData::of(shape, std::move(transposed));
    });
  }
  std::vector<float> bias(outputs, 0.0f);
  const std::span<const float> c = constant_bias(context, node);
  for (int64_t o = 0; o < outputs && !c.empty(); ++o)
    bias[o] = gemm.beta == 1 ? c[c.size() == 1 ? 0 : o] : gemm.beta * c[c.size() == 1 ? 0 : o];
  const std::string name = display_name(context.graph, node);
  FullyConnectedStep step{in, out, residual, {}, {}, gemm.epilogue};
  step.panel_blocks = fully_connected_panel(context.target);
  step.weights =
      context.add_weight(name, pack_fully_connected({values, outputs, inputs, 1, 1}, {outputs}, step.panel_blocks));
  step.bias = context.add_floats(name + "_bias", pack_lanes(bias, {outputs}));
  const int64_t batch = context.tensor(y).shape[0];
  context.add_step(node, fmt::format("Gemm  {} -> {}", in.shape.text(), out.shape.text()), step,
                   batch * outputs * inputs);
}

/// A product with one column is one row of the transposed product: vectors need columns.
void make_columns(MatMulStep& step) {
  if (step.n != 1 || step.m == 1) return;
  std::swap(step.a, step.b);
  std::swap(step.m, step.n);
  std::swap(step.a_strides, step.b_strides);
  const int64_t a_row = step.a_row, a_column = step.a_column;
  step.a_row = step.b_column, step.a_column = step.b_row;
  step.b_row = a_column, step.b_column = a_row;
  std::swap(step.c_row, step.c_column);
}

void add_product(Context& context, const Node& node, const char* what, MatMulStep step) {
  const std::string comment = fmt::format("{}  {} x {}", what, step.a.shape.text(), step.b.shape.text());
  make_columns(step);
  choose_tile(step, context.target);
  const int64_t batches =
      std::accumulate(step.batch_extents.begin(), step.batch_extents.end(), int64_t{1}, std::multiplies<>());
  context.add_step(node, comment, step, batches * step.m * step.n * step.k);
}

void emit_gemm(Context& context, const Node& node) {
  if (is_fully_connected(context, node)) return emit_fully_connected(context, node);
  const Gemm& gemm = std::get<Gemm>(node.op);
  MatMulStep step;
  step.a = context.planar(node.inputs[0]);
  step.b = context.planar(node.inputs[1]);
  if (node.inputs.size() > 2 && node.inputs[2]) step.c = context.planar(node.inputs[2]);
  if (gemm.epilogue.residual) internal_error("a Gemm with computed weights has a residual");
  step.y = context.planar_result(node.outputs[0]);
  step.m = step.y.shape[0];
  step.n = step.y.shape[1];
  step.k = step.a.shape[gemm.trans_a ? 0 : 1];
  step.a_row = gemm.trans_a ? 1 : step.a.shape[1];
  step.a_column = gemm.trans_a ? step.a.shape[1] : 1;
  step.b_row = gemm.trans_b ? 1 : step.b.shape[1];
  step.b_column = gemm.trans_b ? step.b.shape[1] : 1;
  if (step.c) {
    const Shape& c = step.c->shape;
    const int64_t columns = c.rank() == 0 ? 1 : c[c.rank() - 1], rows = c.rank() < 2 ? 1 : c[0];
    step.c_row = rows == 1 ? 0 : columns;
    step.c_column = columns == 1 ? 0 : 1;
  }
  step.alpha = gemm.alpha;
  step.beta = gemm.beta;
  step.epilogue = gemm.epilogue;
  add_product(context, node, "gemm", step);
}

void emit_matmul(Context& context, const Node& node) {
  MatMulStep step;
  step.a = context.planar(node.inputs[0]);
  step.b = context.planar(node.inputs[1]);
  step.y = context.planar_result(node.outputs[0]);
  std::vector<int64_t> a = step.a.shape.extents(), b = step.b.shape.extents();
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  step.m = a[a.size() - 2];
  step.k = a.back();
  step.n = b.back();
  step.a_row = step.k;
  step.a_column = 1;
  step.b_row = step.n;
  step.b_column = 1;
  const size_t batch_rank = std::max(a.size(), b.size()) - 2;
  auto batch_strides = [&](const std::vector<int64_t>& extents) {
    std::vector<int64_t> strides(batch_rank, 0);
    int64_t stride = extents[extents.size() - 1] * extents[extents.size() - 2];
    for (size_t i = extents.size() - 2; i-- > 0;) {
      if (extents[i] != 1) strides[batch_rank - (extents.size() - 2) + i] = stride;
      stride *= extents[i];
    }
    return strides;
  };
  for (size_t i = 0; i < batch_rank; ++i) {
    const size_t from_end = batch_rank - i;
    const int64_t left = from_end + 2 <= a.size() ? a[a.size() - 2 - from_end] : 1,
                  right = from_end + 2 <= b.size() ? b[b.size() - 2 - from_end] : 1;
    step.batch_extents.push_back(left == 1 ? right : left);
  }
  step.a_strides = batch_strides(a);
  step.b_strides = batch_strides(b);
  add_product(context, node, "matmul", step);
}

void check_product(NodeCheck& check) {
  if (check.type(0) == ElementType::float32) return;
  check.add(fmt::format("a matrix product of {} is not supported", element_type_name(check.type(0))),
            "cast the operands to float32");
}

}  // namespace

Rules product_rules() {
  static const std::vector<OperatorRules> rows = {
      {.op = operator_index<Gemm>, .check = check_product, .planar = emit_gemm},
      {.op = operator_index<MatMul>, .check = check_product, .planar = emit_matmul},
  };
  return rows;
}

}  // namespace intaglio::lowering
