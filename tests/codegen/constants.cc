// Constants in generated code: every literal reads back bit for bit, and fills, bounds and slopes that are no ordinary
// numbers compile without warnings and give the interpreter's bits.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "interpreter/interpreter.h"
#include "lowering/lower.h"
#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Every kind of float: zeros, denormals, the ends of every power of two, infinities, NaN with both signs, quiet and
/// signalling, with all single bits and some patterns as payload, and thousands of arbitrary bit patterns.
TensorData all_kinds_of_floats() {
  std::vector<uint32_t> bits;
  for (uint32_t exponent = 0; exponent < 256; ++exponent) {
    for (uint32_t mantissa : {0u, 1u, 2u, 0x12345u, 0x2aaaaau, 0x3fffffu, 0x400000u, 0x400001u, 0x555555u, 0x7fffffu})
      bits.push_back(exponent << 23 | mantissa);
  }
  for (uint32_t exponent : {0u, 1u, 127u, 255u}) {
    for (int bit = 0; bit < 23; ++bit) bits.push_back(exponent << 23 | 1u << bit);
  }
  uint32_t pattern = 1;
  for (int i = 0; i < 4000; ++i) bits.push_back(pattern = pattern * 1664525u + 1013904223u);
  std::vector<float> values;
  for (uint32_t positive : bits) {
    for (uint32_t sign : {0u, 0x80000000u}) values.push_back(std::bit_cast<float>(positive ^ sign));
  }
  return TensorData::of<float>(Shape{static_cast<int64_t>(values.size())}, values);
}

template <class T>
TensorData ends_of_integers() {
  std::vector<T> values;
  for (int bit = 0; bit < static_cast<int>(8 * sizeof(T)) - 1; ++bit) {
    for (T near : {T{-1}, T{0}, T{1}}) {
      values.push_back(static_cast<T>((T{1} << bit) + near));
      values.push_back(static_cast<T>(-(T{1} << bit) - near));
    }
  }
  for (T near : {T{0}, T{1}}) {
    values.push_back(std::numeric_limits<T>::min() + near);
    values.push_back(std::numeric_limits<T>::max() - near);
  }
  return TensorData::of<T>(Shape{static_cast<int64_t>(values.size())}, values);
}

class Literals : public ::testing::TestWithParam<const char*> {};

TEST_P(Literals, ReadBackBitForBit) {
  const std::string compiler = GetParam();
  if (std::system(("command -v " + compiler + " > /dev/null").c_str()) != 0) GTEST_SKIP() << compiler << " is missing";
  const std::vector<TensorData> tables = {all_kinds_of_floats(), ends_of_integers<int64_t>(),
                                          ends_of_integers<int32_t>(),
                                          TensorData::of(Shape{2}, std::vector<bool>{false, true})};
  const TemporaryFolder folder;
  std::ofstream source(folder / "tables.cpp");
  source << "#include <stdint.h>\n";
  for (size_t i = 0; i < tables.size(); ++i) {
    const std::string array = fmt::format("{} table{}[{}]", c_type(tables[i].type()), i, tables[i].elements());
    source << fmt::format("extern \"C\" const {0};\nconst {0} = {{\n{1}\n}};\n", array,
                          fmt::join(element_literals(tables[i]), ",\n"));
  }
  source.close();
  const Library library(folder.path(), {"tables.cpp"}, "-ffreestanding", compiler);
  for (size_t i = 0; i < tables.size(); ++i) {
    const auto* got = library.symbol<const std::byte>(fmt::format("table{}", i));
    const size_t size = element_size(tables[i].type());
    for (int64_t e = 0; e < tables[i].elements(); ++e) {
      const std::byte* wanted = tables[i].bytes().data() + static_cast<size_t>(e) * size;
      ASSERT_EQ(std::memcmp(got + static_cast<size_t>(e) * size, wanted, size), 0)
          << "table " << i << ", element " << e << ": " << element_literals(tables[i])[static_cast<size_t>(e)];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Compilers, Literals, ::testing::Values("g++", "clang++"),
                         [](const auto& info) { return info.index == 0 ? "gcc" : "clang"; });

TEST(FloatLiterals, AreShortAndNeedNoHeader) {
  EXPECT_EQ(float_literal(0.5f), "0.5f");
  EXPECT_EQ(float_literal(2), "2.0f");
  EXPECT_EQ(float_literal(-0.0f), "-0.0f");
  EXPECT_EQ(float_literal(std::numeric_limits<float>::denorm_min()), "1e-45f");
  EXPECT_EQ(float_literal(-infinity), "-__builtin_inff()");
  EXPECT_EQ(float_literal(std::bit_cast<float>(0x7fc00000u)), "__builtin_nanf(\"0x0\")");
  EXPECT_EQ(float_literal(std::bit_cast<float>(0xffc00012u)), "-__builtin_nanf(\"0x12\")");
  EXPECT_EQ(float_literal(std::bit_cast<float>(0x7f800001u)), "__builtin_nansf(\"0x1\")");
}

// ---- constants inside of kernels

/// A pad of one element on every side by `value`, of any element type.
template <class T>
ComparedGraph padded_by(T value) {
  GraphBuilder b(1);
  const TensorId x = b.input("x", Shape{2, 3}, element_type_of<T>);
  const TensorId fill = b.graph().add_constant("fill", TensorData::scalar(value));
  b.output(b.node("y", Pad{PadMode::constant, {1, 1}, {1, 1}}, {x, fill}, Shape{4, 5}, element_type_of<T>));
  return {fmt::format("padded by {}", value), b.take()};
}

std::vector<ComparedGraph> graphs() {
  std::vector<ComparedGraph> list;
  const float specials[] = {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), -0.0f, 1e-45f, 3.4028235e38f};
  for (float value : specials) {
    list.push_back(padded_by(value));
    {
      GraphBuilder b(1);  // rows and columns around a layer that stays blocked
      const Window one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
      const TensorId x = b.conv(b.input("x", Shape{1, 8, 3, 3}), 8, one, 1);
      const TensorId fill = b.graph().add_constant("fill", TensorData::scalar(value));
      const TensorId y = b.node("y", Pad{PadMode::constant, {0, 0, 1, 0}, {0, 0, 0, 1}}, {x, fill}, Shape{1, 8, 4, 4});
      b.output(b.node("z", Unary{UnaryKind::relu}, {y}, Shape{1, 8, 4, 4}));
      list.push_back({fmt::format("blocked rows padded by {}", value), b.take()});
    }
    for (Unary unary : {Unary{UnaryKind::leaky_relu, value}, Unary{UnaryKind::thresholded_relu, value},
                        Unary{UnaryKind::clip, -infinity, value}}) {
      GraphBuilder b(1);
      b.output(b.node("y", unary, {b.input("x", Shape{19})}, Shape{19}));
      list.push_back({fmt::format("{} of {}", unary_name(unary.kind), value), b.take()});
    }
    GraphBuilder b(1);  // an operand of an elementwise chain, and a slope per channel
    const TensorId x = b.input("x", Shape{2, 3, 4});
    const TensorId scalar = b.graph().add_constant("scalar", TensorData::scalar(value));
    const TensorId slopes = b.graph().add_constant("slopes", TensorData::of<float>(Shape{3, 1}, {value, 0.5f, -value}));
    const TensorId p = b.node("p", Binary{BinaryKind::prelu}, {x, slopes}, Shape{2, 3, 4});
    b.output(b.node("y", Binary{BinaryKind::add}, {p, scalar}, Shape{2, 3, 4}));
    list.push_back({fmt::format("operands of {}", value), b.take()});
  }
  for (int64_t value :
       {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), (int64_t{1} << 53) + 1})
    list.push_back(padded_by(value));
  for (int32_t value : {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()})
    list.push_back(padded_by(value));
  list.push_back(padded_by(true));
  return list;
}

class KernelConstants : public ::testing::TestWithParam<const char*> {};

TEST_P(KernelConstants, GiveTheInterpretersBits) { expect_as_interpreted(*find_target(GetParam()), graphs()); }

INSTANTIATE_TEST_SUITE_P(Targets, KernelConstants, ::testing::Values("portable", "scalar"), by_target);

// ---- weights

/// Layers that Winograd and Strassen could take, with one weight replaced.
Graph layers_with(float weight) {
  GraphBuilder b(1);
  const Window one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}, three{{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
  const TensorId x = b.conv(b.input("x", Shape{1, 8, 10, 10}), 64, one, 1);
  b.output(b.conv(x, 64, three, 1));
  b.output(b.conv(x, 64, one, 1));
  Graph graph = b.take();
  const Uses uses(graph);
  for (TensorId output : graph.outputs) {
    Tensor& w = graph[graph[uses.producer(output)].inputs[1]];
    const std::span<const float> values = w.constant->values<float>();
    std::vector<float> changed(values.begin(), values.end());
    changed[0] = weight;
    w.constant = TensorData::of<float>(w.shape, changed);
  }
  return graph;
}

bool may_be_filtered(const Graph& graph) {
  for (const KernelChoice& layer : lower(graph, *find_target("portable"), {}).choices) {
    for (const KernelChoice::Rated& candidate : layer.candidates) {
      if (candidate.kernel.starts_with("winograd") || candidate.kernel.starts_with("strassen")) return true;
    }
  }
  return false;
}

TEST(InfiniteWeights, AreNotAddedToOthers) {
  EXPECT_TRUE(may_be_filtered(layers_with(0.5f)));
  BatchOptions fast;
  fast.numerics = Numerics::fast;
  GeneratedBatch batch(*find_target("portable"), fast);
  const float weights[] = {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()};
  for (float weight : weights) {
    EXPECT_FALSE(may_be_filtered(layers_with(weight))) << weight;
    batch.add(layers_with(weight));
  }
  batch.build();
  for (size_t i = 0; i < std::size(weights); ++i) {
    const Graph graph = layers_with(weights[i]);
    const std::vector<TensorData> inputs = random_inputs(graph, 1);
    const std::vector<TensorData> got = batch.run(i, inputs), wanted = interpret(graph, inputs);
    for (size_t o = 0; o < got.size(); ++o)
      EXPECT_LT(relative_error(got[o], wanted[o]), 1e-5) << weights[i] << ", output " << o;
  }
}

}  // namespace
}  // namespace intaglio::testing
