// Gemm and MatMul.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "frontend/importers.h"

namespace intaglio::frontend {

namespace {

[[noreturn]] void fail_inner(const NodeImporter& node, TensorId a, TensorId b) {
  node.fail(fmt::format("operands of {} have shapes {} and {}, whose inner extents differ", node.type(),
                        node.shape(a).text(), node.shape(b).text()));
}

void import_gemm(NodeImporter& node) {
  const TensorId a = node.input(0), b = node.input(1), c = node.optional_input(2);
  node.expect_float(a);
  node.expect_same_type(a, b);
  node.expect_rank(a, 2, "A");
  node.expect_rank(b, 2, "B");
  Gemm op;
  op.trans_a = node.attributes.flag("transA", false);
  op.trans_b = node.attributes.flag("transB", false);
  op.alpha = node.attributes.number("alpha", 1);
  op.beta = node.attributes.number("beta", 1);
  const Shape left = node.shape(a), right = node.shape(b);
  if (left[op.trans_a ? 0 : 1] != right[op.trans_b ? 1 : 0]) fail_inner(node, a, b);
  const Shape result = {left[op.trans_a ? 1 : 0], right[op.trans_b ? 0 : 1]};
  std::vector<TensorId> inputs = {a, b};
  if (c) {
    node.expect_same_type(a, c);
    Shape broadcast;
    if (!broadcast_shapes(node.shape(c), result, broadcast) || broadcast != result) {
      node.fail(
          fmt::format("C of Gemm has shape {}, which does not broadcast to {}", node.shape(c).text(), result.text()));
    }
    inputs.push_back(c);
  } else if (node.version() < 11) {
    node.fail("Gemm lacks input 2 (optional since opset 11)");
  }
  node.result(op, std::move(inputs), node.element_type(a), result);
}

/// numpy.matmul: a vector on the left is a row, on the right a column, and leaves no extent in the result.
void import_matmul(NodeImporter& node) {
  const TensorId a = node.input(0), b = node.input(1);
  node.expect_number(a);
  node.expect_same_type(a, b);
  std::vector<int64_t> left = node.shape(a).extents(), right = node.shape(b).extents();
  if (left.empty() || right.empty()) node.fail("operands of MatMul must have at least one dimension");
  const bool row = left.size() == 1, column = right.size() == 1;
  if (row) left.insert(left.begin(), 1);
  if (column) right.push_back(1);
  Shape batch;
  const bool fits =
      broadcast_shapes(Shape({left.begin(), left.end() - 2}), Shape({right.begin(), right.end() - 2}), batch);
  if (!fits || left.back() != right[right.size() - 2]) fail_inner(node, a, b);
  std::vector<int64_t> result = batch.extents();
  if (!row) result.push_back(left[left.size() - 2]);
  if (!column) result.push_back(right.back());
  node.result(MatMul{}, {a, b}, node.element_type(a), Shape(std::move(result)));
}

}  // namespace

Importers product_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"Gemm", {7, 9, 11, 13}, import_gemm, 2, 3},
      {"MatMul", {1, 9, 13}, import_matmul, 2, 2},
  };
  return rows;
}

}  // namespace intaglio::frontend
