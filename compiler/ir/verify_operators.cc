// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/verify_operators.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "support/error.h"

namespace intaglio {

namespace {

/// One call operator per operator; `check` names the node when a demand is not met.
class OperatorVerifier {
 public:
  OperatorVerifier(const Graph& graph, const Node& node) : graph_(graph), node_(node) {}

  void operator()(const Unary& op) {
    operands(1, 1);
    const bool parameters_used =
        (unary_uses_alpha(op.kind) || op.alpha == 0) && (unary_uses_beta(op.kind) || op.beta == 0);
    check(parameters_used, "a function without parameters has some");
    result(input(0).type, input(0).shape);
  }

  void operator()(const FoldedFunction&) {
    operands(1, 1);
    check(is_real(input(0).type), "the operand is not real");
    result(input(0).type, input(0).shape);
  }

  void operator()(const Binary& op) {
    operands(2, 2);
    const bool logical = op.kind == BinaryKind::logical_and || op.kind == BinaryKind::logical_or;
    check(op.kind == BinaryKind::pow || input(0).type == input(1).type, "operands have different types");
    check(!logical || input(0).type == ElementType::boolean, "operands are not booleans");
    result(is_comparison(op.kind) ? ElementType::boolean : input(0).type, broadcast(input(0).shape, input(1).shape));
  }

  void operator()(const Where&) {
    operands(3, 3);
    check(input(0).type == ElementType::boolean, "the condition is not boolean");
    check(input(1).type == input(2).type, "operands have different types");
    result(input(1).type, broadcast(input(0).shape, broadcast(input(1).shape, input(2).shape)));
  }

  void operator()(const Cast&) {
    operands(1, 1);
    result(output(0).type, input(0).shape);
  }

  void operator()(const Conv& op) {
    operands(2, 3, &op.epilogue);
    const Shape &x = input(0).shape, &w = input(1).shape;
    window(op.window, x, &w);
    check(op.group > 0 && x[1] == w[1] * op.group && w[0] % op.group == 0, "channels, weights and group do not fit");
    Shape y = {x[0], w[0]};
    std::vector<int64_t> extents = y.extents();
    for (size_t i = 0; i < op.window.rank(); ++i) extents.push_back(windows(op.window, i, x[i + 2]));
    bias(w[0]);
    result(input(0).type, Shape(extents));
  }

  void operator()(const ConvTranspose& op) {
    operands(2, 3, &op.epilogue);
    const Shape &x = input(0).shape, &w = input(1).shape;
    window(op.window, x, &w);
    check(op.group > 0 && x[1] == w[0] && w[0] % op.group == 0, "channels, weights and group do not fit");
    std::vector<int64_t> extents = {x[0], w[1] * op.group};
    for (size_t i = 0; i < op.window.rank(); ++i) {
      extents.push_back((x[i + 2] - 1) * op.window.strides[i] + extent(op.window, i) - op.window.pads_begin[i] -
                        op.window.pads_end[i]);
    }
    bias(extents[1]);
    result(input(0).type, Shape(extents));
  }

  void operator()(const Gemm& op) {
    operands(2, 3, &op.epilogue);
    const Shape &a = input(0).shape, &b = input(1).shape;
    check(a.rank() == 2 && b.rank() == 2, "operands are not matrices");
    check(a[op.trans_a ? 0 : 1] == b[op.trans_b ? 1 : 0], "inner extents differ");
    const Shape y = {a[op.trans_a ? 1 : 0], b[op.trans_b ? 0 : 1]};
    if (present(2)) check(broadcast(input(2).shape, y) == y, "the addend does not broadcast to the result");
    result(input(0).type, y);
  }

  void operator()(const MatMul&) {
    operands(2, 2);
    std::vector<int64_t> a = input(0).shape.extents(), b = input(1).shape.extents();
    check(!a.empty() && !b.empty(), "operands are scalars");
    const bool vector_a = a.size() == 1, vector_b = b.size() == 1;
    if (vector_a) a.insert(a.begin(), 1);
    if (vector_b) b.push_back(1);
    check(a.back() == b[b.size() - 2], "inner extents differ");
    std::vector<int64_t> y = broadcast(Shape({a.begin(), a.end() - 2}), Shape({b.begin(), b.end() - 2})).extents();
    if (!vector_a) y.push_back(a[a.size() - 2]);
    if (!vector_b) y.push_back(b.back());
    result(input(0).type, Shape(y));
  }

  void operator()(const BatchNorm& op) {
    operands(5, 5);
    const Shape& x = input(0).shape;
    check(x.rank() >= 2, "the input has no channels");
    for (size_t i = 1; i < 5; ++i)
      check(input(i).shape == Shape{x[1]}, "a parameter does not have one value per channel");
    check(op.training || node_.outputs.size() == 1, "only training mode has running statistics");
    check(node_.outputs.size() <= 3, "too many results");
    output_is(0, input(0).type, x);
    for (size_t i = 1; i < node_.outputs.size(); ++i) output_is(i, input(3).type, Shape{x[1]});
  }

  void operator()(const GroupNorm& op) {
    operands(3, 3);
    const Shape& x = input(0).shape;
    check(x.rank() >= 2 && op.groups > 0 && x[1] % op.groups == 0, "channels and groups do not fit");
    for (size_t i = 1; i < 3; ++i)
      check(input(i).shape == Shape{x[1]}, "a parameter does not have one value per channel");
    result(input(0).type, x);
  }

  void operator()(const LayerNorm& op) {
    operands(2, 3);
    const Shape& x = input(0).shape;
    check_axis(op.axis, x);
    for (size_t i = 1; i < node_.inputs.size(); ++i) {
      if (present(i)) check(broadcast(input(i).shape, x) == x, "a parameter does not broadcast to the input");
    }
    check(node_.outputs.size() <= 3, "too many results");
    output_is(0, input(0).type, x);
    std::vector<int64_t> statistics = x.extents();
    std::fill(statistics.begin() + op.axis, statistics.end(), 1);
    for (size_t i = 1; i < node_.outputs.size(); ++i) output_is(i, ElementType::float32, Shape(statistics));
  }

  void operator()(const Softmax& op) {
    operands(1, 1);
    check_axis(op.axis, input(0).shape);
    result(input(0).type, input(0).shape);
  }

  void operator()(const Pool& op) {
    operands(1, 1);
    const Shape &x = input(0).shape, &y = output(0).shape;
    window(op.window, x, nullptr);
    check(y.rank() == x.rank() && y[0] == x[0] && y[1] == x[1], "the result has other images or channels");
    for (size_t i = 0; i < op.window.rank(); ++i) {
      const int64_t complete = windows(op.window, i, x[i + 2]);
      check(y[i + 2] >= complete && y[i + 2] <= complete + 1, "the result's shape does not fit the window");
    }
    check(node_.outputs.size() == 1 || (node_.outputs.size() == 2 && op.kind == PoolKind::max), "too many results");
    output_is(0, input(0).type, y);
    if (node_.outputs.size() == 2) output_is(1, ElementType::int64, y);
  }

  void operator()(const Reduce& op) {
    operands(1, 1);
    check(std::ranges::is_sorted(op.axes) && std::ranges::adjacent_find(op.axes) == op.axes.end(),
          "axes are not ascending");
    for (int64_t axis : op.axes) check_axis(axis, input(0).shape);
    result(input(0).type, reduced(input(0).shape, op.axes, op.keep_dims));
  }

  void operator()(const ArgReduce& op) {
    operands(1, 1);
    check_axis(op.axis, input(0).shape);
    result(ElementType::int64, reduced(input(0).shape, {op.axis}, op.keep_dims));
  }

  void operator()(const CumulativeSum& op) {
    operands(1, 1);
    check_axis(op.axis, input(0).shape);
    result(input(0).type, input(0).shape);
  }

  void operator()(const Concat& op) {
    check(!node_.inputs.empty(), "nothing to concatenate");
    std::vector<int64_t> extents;
    for (size_t i = 0; i < node_.inputs.size(); ++i) {
      check(present(i) && input(i).type == input(0).type, "operands have different types");
      check_axis(op.axis, input(i).shape);
      std::vector<int64_t> operand = input(i).shape.extents();
      const int64_t along = std::exchange(operand[static_cast<size_t>(op.axis)], 0);
      if (extents.empty()) extents = operand;
      const int64_t sum = std::exchange(extents[static_cast<size_t>(op.axis)], 0);
      check(extents == operand, "operands have different shapes");
      extents[static_cast<size_t>(op.axis)] = sum + along;
    }
    result(input(0).type, Shape(extents));
  }

  void operator()(const Slice& op) {
    operands(1, 1);
    const Shape &x = input(0).shape, &y = output(0).shape;
    check(y.rank() == x.rank() && op.starts.size() == x.rank() && op.steps.size() == x.rank(), "ranks differ");
    for (size_t i = 0; i < x.rank(); ++i) {
      const int64_t last = op.starts[i] + (y[i] - 1) * op.steps[i];
      const bool inside = op.starts[i] >= 0 && op.starts[i] < x[i] && last >= 0 && last < x[i] && op.steps[i] != 0;
      check(y[i] == 0 || inside, "the slice leaves the input");
    }
    result(input(0).type, y);
  }

  void operator()(const Pad& op) {
    operands(1, 2);
    std::vector<int64_t> extents = input(0).shape.extents();
    check(op.begins.size() == extents.size() && op.ends.size() == extents.size(), "ranks differ");
    for (size_t i = 0; i < extents.size(); ++i) extents[i] += op.begins[i] + op.ends[i];
    if (present(1)) check(input(1).type == input(0).type && input(1).shape.elements() == 1, "the value is no scalar");
    result(input(0).type, Shape(extents));
  }

  void operator()(const Transpose& op) {
    operands(1, 1);
    std::vector<int64_t> sorted = op.permutation, identity(input(0).shape.rank()), extents;
    std::ranges::sort(sorted);
    std::iota(identity.begin(), identity.end(), 0);
    check(sorted == identity, "the permutation is none");
    for (int64_t axis : op.permutation) extents.push_back(input(0).shape[static_cast<size_t>(axis)]);
    result(input(0).type, Shape(extents));
  }

  void operator()(const Reshape&) {
    operands(1, 1);
    check(input(0).shape.elements() == output(0).shape.elements(), "the number of elements changes");
    result(input(0).type, output(0).shape);
  }

  void operator()(const Expand&) {
    operands(1, 1);
    result(input(0).type, broadcast(input(0).shape, output(0).shape));
  }

  void operator()(const Tile& op) {
    operands(1, 1);
    std::vector<int64_t> extents = input(0).shape.extents();
    check(op.repeats.size() == extents.size(), "ranks differ");
    for (size_t i = 0; i < extents.size(); ++i) extents[i] *= op.repeats[i];
    result(input(0).type, Shape(extents));
  }

  void operator()(const Gather& op) {
    operands(2, 2);
    check_axis(op.axis, input(0).shape);
    check(is_integer(input(1).type), "indices are not integers");
    std::vector<int64_t> extents = input(0).shape.extents();
    const auto axis = extents.erase(extents.begin() + op.axis);
    extents.insert(axis, input(1).shape.begin(), input(1).shape.end());
    result(input(0).type, Shape(extents));
  }

  void operator()(const GatherElements& op) {
    operands(2, 2);
    check_axis(op.axis, input(0).shape);
    check(is_integer(input(1).type), "indices are not integers");
    Shape shape = input(0).shape;
    const auto axis = static_cast<size_t>(op.axis);
    if (input(1).shape.rank() == shape.rank()) shape[axis] = input(1).shape[axis];
    check(input(1).shape == shape, "the indices differ from the operand in more than the axis");
    result(input(0).type, shape);
  }

  void operator()(const Resize& op) {
    operands(1, 1);
    check((op.scales.empty() || op.scales.size() == input(0).shape.rank()) &&
              output(0).shape.rank() == input(0).shape.rank(),
          "ranks differ");
    result(input(0).type, output(0).shape);
  }

 private:
  void check(bool condition, const char* message) const {
    if (!condition)
      internal_error("invalid graph: " + describe(node_) + ": " + std::string(operator_name(node_.op)) + ": " +
                     message);
  }
  bool present(size_t slot) const { return slot < node_.inputs.size() && node_.inputs[slot]; }
  const Tensor& input(size_t slot) const {
    check(present(slot), "an operand is missing");
    return graph_[node_.inputs[slot]];
  }
  const Tensor& output(size_t slot) const {
    check(slot < node_.outputs.size() && node_.outputs[slot], "a result is missing");
    return graph_[node_.outputs[slot]];
  }
  /// The first `least` operands are present and there are at most `most`, without the residual of `epilogue`.
  void operands(size_t least, size_t most, const Epilogue* epilogue = nullptr) {
    size_t count = node_.inputs.size();
    if (epilogue && epilogue->residual) {
      // The bias slot is always there in front of a residual, so that the residual is found by its place.
      check(count == most + 1, "the residual is not the last operand");
      check(input(most).type == output(0).type && input(most).shape == output(0).shape,
            "the residual has another shape");
      --count;
    } else if (epilogue) {
      check(epilogue->final_activation == Unary{}, "a final activation without a residual");
    }
    check(count >= least && count <= most, "wrong number of operands");
    for (size_t i = 0; i < least; ++i) input(i);
  }
  /// The node's one and only result.
  void result(ElementType type, const Shape& shape) const {
    check(node_.outputs.size() == 1, "wrong number of results");
    output_is(0, type, shape);
  }
  void output_is(size_t slot, ElementType type, const Shape& shape) const {
    if (slot > 0 && !node_.outputs[slot]) return;
    check(output(slot).type == type, "the result's type is wrong");
    check(output(slot).shape == shape, "the result's shape is wrong");
  }
  void check_axis(int64_t axis, const Shape& shape) const {
    check(axis >= 0 && axis < static_cast<int64_t>(shape.rank()), "an axis is out of range");
  }
  Shape broadcast(const Shape& a, const Shape& b) const {
    Shape shape;
    check(broadcast_shapes(a, b, shape), "operands do not broadcast");
    return shape;
  }
  void bias(int64_t channels) const {
    if (present(2)) check(input(2).shape == Shape{channels}, "the bias does not have one value per channel");
  }
  /// All lists of `window` have one entry per spatial dimension of x, and the weights its kernel's extents.
  void window(const Window& window, const Shape& x, const Shape* weights) const {
    const size_t rank = window.rank();
    check(rank >= 1 && rank <= 2 && x.rank() == rank + 2, "the window's rank is wrong");
    check(window.strides.size() == rank && window.dilations.size() == rank && window.pads_begin.size() == rank &&
              window.pads_end.size() == rank,
          "the window is incomplete");
    for (size_t i = 0; i < rank; ++i) {
      check(window.kernel[i] > 0 && window.strides[i] > 0 && window.dilations[i] > 0, "the window is degenerate");
    }
    if (!weights) return;
    check(weights->rank() == rank + 2, "the weights' rank is wrong");
    for (size_t i = 0; i < rank; ++i) check((*weights)[i + 2] == window.kernel[i], "the weights are no such kernel");
  }
  /// Extent of the dilated kernel along spatial dimension i.
  static int64_t extent(const Window& window, size_t i) { return (window.kernel[i] - 1) * window.dilations[i] + 1; }
  /// Number of windows that lie inside the padded input.
  static int64_t windows(const Window& window, size_t i, int64_t input) {
    const int64_t room = input + window.pads_begin[i] + window.pads_end[i] - extent(window, i);
    return room < 0 ? 0 : room / window.strides[i] + 1;
  }
  static Shape reduced(const Shape& shape, const std::vector<int64_t>& axes, bool keep_dims) {
    std::vector<int64_t> extents;
    for (size_t i = 0; i < shape.rank(); ++i) {
      const bool reduces = std::ranges::find(axes, static_cast<int64_t>(i)) != axes.end();
      if (!reduces) extents.push_back(shape[i]);
      if (reduces && keep_dims) extents.push_back(1);
    }
    return Shape(extents);
  }

  const Graph& graph_;
  const Node& node_;
};

}  // namespace

void verify_operator(const Graph& graph, const Node& node) {
  std::visit([verifier = OperatorVerifier(graph, node)](const auto& op) mutable { verifier(op); }, node.op);
}

}  // namespace intaglio
