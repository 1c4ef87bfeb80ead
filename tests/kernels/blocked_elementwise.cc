// Elementwise chains, blocked and planar, against the interpreter's strict result of each instruction.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "kernels/harness.h"

namespace intaglio::kernel_test {
namespace {

ElementwiseInstruction unary(UnaryKind kind, int argument, float alpha = 0, float beta = 0,
                             ElementType type = ElementType::float32) {
  return {Unary{kind, alpha, beta}, {argument}, type};
}
ElementwiseInstruction binary(BinaryKind kind, int a, int b, ElementType type = ElementType::float32) {
  return {Binary{kind}, {a, b}, type};
}
ElementwiseInstruction where(int condition, int a, int b, ElementType type = ElementType::float32) {
  return {Where{}, {condition, a, b}, type};
}
ElementwiseInstruction cast(int argument, ElementType type) { return {Cast{}, {argument}, type}; }

/// Row-major strides of an operand's shape under broadcasting to `result`.
std::vector<int64_t> broadcast_to(const Shape& operand, const Shape& result) {
  const std::vector<int64_t> dense = row_major_strides(operand);
  std::vector<int64_t> strides(result.rank(), 0);
  for (size_t i = 0; i < operand.rank(); ++i) {
    if (operand[i] != 1) strides[i + result.rank() - operand.rank()] = dense[i];
  }
  return strides;
}

void interpret_with(KernelCase& test, const std::vector<ElementwiseInstruction>& instructions, const Shape& shape) {
  test.reference = [=](const std::vector<TensorData>& inputs) {
    std::vector<TensorData> values = inputs;
    for (const ElementwiseInstruction& instruction : instructions) {
      std::vector<const TensorData*> arguments;
      Shape result;
      for (int argument : instruction.arguments) {
        arguments.push_back(&values[static_cast<size_t>(argument)]);
        Shape joined;
        EXPECT_TRUE(broadcast_shapes(result, arguments.back()->shape(), joined));
        result = joined;
      }
      const Operator op = std::visit([](const auto& any) { return Operator(any); }, instruction.op);
      values.push_back(strict_result(op, arguments, result, instruction.type));
    }
    TensorData& y = values.back();
    if (y.shape() == shape) return std::vector<TensorData>{y};
    const TensorData zeros =
        TensorData::of<float>(shape, std::vector<float>(static_cast<size_t>(shape.elements()), -0.0f));
    return std::vector<TensorData>{strict_result(Binary{BinaryKind::add}, {&y, &zeros}, shape)};
  };
}

struct Operand {
  Shape shape;
  ElementType type = ElementType::float32;
};

KernelCase planar_case(const std::string& name, const Shape& shape, const std::vector<Operand>& operands,
                       const std::vector<ElementwiseInstruction>& instructions) {
  KernelCase test("planar " + name + " " + shape.text());
  ElementwiseStep kernel;
  for (const Operand& operand : operands) {
    ElementwiseOperand described;
    described.view = test.input(operand.shape, planar(operand.type));
    described.access = Access::strided;
    described.strides = broadcast_to(operand.shape, shape);
    kernel.operands.push_back(described);
  }
  kernel.y = test.output(shape, planar(instructions.back().type));
  kernel.extents = shape.extents();
  kernel.instructions = instructions;
  interpret_with(test, instructions, shape);
  test.step(kernel);
  return test;
}

struct BlockedOperand {
  Access access;
  OperandLayout layout = blocked();
  bool in_place = false;
};

KernelCase blocked_case(const std::string& name, const Shape& shape, const OperandLayout& y,
                        const std::vector<BlockedOperand>& operands,
                        const std::vector<ElementwiseInstruction>& instructions) {
  KernelCase test("blocked " + name + " " + shape.text());
  ElementwiseStep kernel;
  std::optional<View> taken;
  for (const BlockedOperand& operand : operands) {
    Shape x = shape;
    if (operand.access == Access::channel || operand.access == Access::scalar) {
      for (size_t i = 2; i < x.rank(); ++i) x[i] = 1;
    }
    if (operand.access == Access::pixel || operand.access == Access::scalar) x[1] = 1;
    ElementwiseOperand described;
    described.access = operand.access;
    if (operand.access == Access::scalar) x = Shape{1};
    described.view = test.input(x, operand.access == Access::scalar ? planar() : operand.layout);
    described.per_image = operand.access == Access::channel;
    kernel.operands.push_back(described);
    if (operand.in_place) taken = described.view;
  }
  kernel.y = taken ? test.output_in_place(*taken) : test.output(shape, y);
  kernel.instructions = instructions;
  interpret_with(test, instructions, shape);
  test.step(kernel);
  return test;
}

TEST(Elementwise, Blocked) {
  const OperandLayout segments = blocked({3, 8, 5}), embedded = blocked({}, {1, 1, 1, 1}, true),
                      border = blocked({3, 8, 5}, {0, 2, 1, 0});
  std::vector<KernelCase> cases;
  const Shape image = {2, 16, 5, 7};
  cases.push_back(blocked_case("add relu", image, border, {{Access::full, segments}, {Access::full, segments}},
                               {binary(BinaryKind::add, 0, 1), unary(UnaryKind::relu, 2)}));
  cases.push_back(
      blocked_case("dense add", image, blocked(), {{Access::full}, {Access::full}}, {binary(BinaryKind::add, 0, 1)}));
  cases.push_back(blocked_case("in place", image, blocked(), {{Access::full, embedded, true}, {Access::full}},
                               {binary(BinaryKind::sub, 0, 1)}));
  cases.push_back(blocked_case("gate", image, segments, {{Access::full, border}, {Access::channel, segments}},
                               {unary(UnaryKind::hard_sigmoid, 1, 0.2f, 0.5f), binary(BinaryKind::mul, 0, 2)}));
  cases.push_back(blocked_case(
      "not contracted", image, blocked(), {{Access::full}, {Access::channel}, {Access::full}, {Access::scalar}},
      {binary(BinaryKind::mul, 0, 1), binary(BinaryKind::add, 4, 2), binary(BinaryKind::mul, 5, 3),
       unary(UnaryKind::neg, 6), binary(BinaryKind::sub, 7, 0)}));
  cases.push_back(blocked_case("spatial gate", image, embedded, {{Access::full}, {Access::pixel}},
                               {binary(BinaryKind::mul, 0, 1)}));
  cases.push_back(
      blocked_case("masks", image, blocked(), {{Access::full}, {Access::full}, {Access::scalar}},
                   {binary(BinaryKind::greater, 0, 1, ElementType::boolean),
                    binary(BinaryKind::less_or_equal, 0, 2, ElementType::boolean),
                    binary(BinaryKind::logical_or, 3, 4, ElementType::boolean),
                    unary(UnaryKind::logical_not, 5, 0, 0, ElementType::boolean), where(6, 0, 1),
                    cast(3, ElementType::float32), binary(BinaryKind::div, 7, 1), binary(BinaryKind::add, 9, 8)}));
  cases.push_back(blocked_case(
      "one dimension", {1, 9, 13}, blocked({}, {0, 3, 0, 3}), {{Access::full}, {Access::full}},
      {binary(BinaryKind::max, 0, 1), binary(BinaryKind::min, 2, 0), unary(UnaryKind::clip, 3, -0.5f, 1.0f)}));
  cases.push_back(
      blocked_case("only the gate", {1, 16, 3, 3}, blocked(), {{Access::channel}}, {unary(UnaryKind::relu, 0)}));
  cases.push_back(
      blocked_case("prelu", image, blocked(), {{Access::full}, {Access::channel}}, {binary(BinaryKind::prelu, 0, 1)}));
  run(cases);
}

TEST(Elementwise, EveryFunction) {
  std::vector<KernelCase> cases;
  for (int kind = static_cast<int>(UnaryKind::neg); kind <= static_cast<int>(UnaryKind::clip); ++kind) {
    const UnaryKind function = static_cast<UnaryKind>(kind);
    if (function == UnaryKind::logical_not) continue;
    const std::vector<ElementwiseInstruction> chain = {unary(function, 0, 0.25f, 0.75f)};
    const std::string name(unary_name(function));
    if (kind % 2 == 0) cases.push_back(planar_case(name, {2, 13}, {{{2, 13}}}, chain));
    if (kind % 2 == 1)
      cases.push_back(blocked_case(name, {1, 10, 3, 2}, blocked({}, {1, 0, 0, 1}), {{Access::full}}, chain));
  }
  cases.push_back(planar_case("pow", {29}, {{{29}}, {{29}}}, {binary(BinaryKind::pow, 0, 1)}));
  run(cases);
}

TEST(Elementwise, PlanarFloats) {
  std::vector<KernelCase> cases;
  const std::vector<ElementwiseInstruction> product = {binary(BinaryKind::mul, 0, 1)};
  cases.push_back(planar_case("mul", {3, 5, 7}, {{{3, 5, 7}}, {{3, 5, 7}}}, product));
  cases.push_back(planar_case("mul row", {4, 19}, {{{4, 19}}, {{19}}}, product));
  cases.push_back(planar_case("mul column", {4, 19}, {{{4, 1}}, {{4, 19}}}, product));
  cases.push_back(planar_case("outer product", {6, 3}, {{{6, 1}}, {{1, 3}}}, product));
  cases.push_back(planar_case("scalar", {2, 3, 8}, {{{2, 3, 8}}, {{}}}, product));
  cases.push_back(planar_case("channel", {2, 4, 3, 5}, {{{2, 4, 3, 5}}, {{4, 1, 1}}}, product));
  cases.push_back(planar_case("single", {}, {{{}}, {{}}}, product));
  cases.push_back(planar_case("small", {5}, {{{5}}, {{1}}}, product));
  cases.push_back(
      planar_case("mul add", {3, 21}, {{{3, 21}}, {{21}}, {{3, 1}}},
                  {binary(BinaryKind::mul, 0, 1), binary(BinaryKind::add, 3, 2), unary(UnaryKind::relu, 4)}));
  cases.push_back(planar_case("select", {11}, {{{11}}, {{11}}},
                              {binary(BinaryKind::less, 0, 1, ElementType::boolean), where(2, 0, 1)}));
  run(cases);
}

TEST(Elementwise, PlanarIntegersAndMixedTypes) {
  std::vector<KernelCase> cases;
  for (ElementType type : {ElementType::int64, ElementType::int32}) {
    for (BinaryKind kind : {BinaryKind::add, BinaryKind::sub, BinaryKind::mul, BinaryKind::div, BinaryKind::min,
                            BinaryKind::max, BinaryKind::pow}) {
      cases.push_back(planar_case(std::string(binary_name(kind)), {3, 11}, {{{3, 11}, type}, {{11}, type}},
                                  {binary(kind, 0, 1, type)}));
    }
    cases.push_back(planar_case("abs", {13}, {{{13}, type}}, {unary(UnaryKind::abs, 0, 0, 0, type)}));
    cases.push_back(planar_case("clip", {13}, {{{13}, type}}, {unary(UnaryKind::clip, 0, -3.0f, 1e30f, type)}));
    cases.push_back(planar_case("neg sign", {13}, {{{13}, type}},
                                {unary(UnaryKind::neg, 0, 0, 0, type), unary(UnaryKind::sign, 1, 0, 0, type)}));
    cases.push_back(planar_case("to float", {13}, {{{13}, type}, {{13}}},
                                {cast(0, ElementType::float32), binary(BinaryKind::mul, 2, 1)}));
    cases.push_back(planar_case("from float", {13}, {{{13}}}, {cast(0, type)}));
    cases.push_back(planar_case("compare", {13}, {{{13}, type}, {{1}, type}},
                                {binary(BinaryKind::equal, 0, 1, ElementType::boolean)}));
  }
  cases.push_back(planar_case("compare floats", {3, 7}, {{{3, 7}}, {{7}}},
                              {binary(BinaryKind::greater_or_equal, 0, 1, ElementType::boolean)}));
  cases.push_back(planar_case("mask", {2, 9}, {{{1, 9}, ElementType::boolean}, {{2, 9}}, {{}}}, {where(0, 1, 2)}));
  cases.push_back(planar_case("logic", {15}, {{{15}, ElementType::boolean}, {{15}, ElementType::boolean}},
                              {binary(BinaryKind::logical_and, 0, 1, ElementType::boolean),
                               unary(UnaryKind::logical_not, 2, 0, 0, ElementType::boolean)}));
  cases.push_back(planar_case("to boolean", {9}, {{{9}}}, {cast(0, ElementType::boolean)}));
  run(cases);
}

}  // namespace
}  // namespace intaglio::kernel_test
