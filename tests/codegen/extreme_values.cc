// NaN, infinities and the ends of float in fast numerics: every function of one element, and min and max, alone and in
// the epilogue of a layer, give NaN and infinities where the interpreter does. The interpreter's own are ONNX
// Runtime's.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "interpreter/interpreter.h"
#include "ir/verify.h"
#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

constexpr float infinite = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
const std::vector<float> extremes = {nan,    infinite, -infinite, 0.0f,  -0.0f,  1e-42f, -1e-42f, 3e38f,
                                     -3e38f, 1e38f,    -1e38f,    88.8f, -88.8f, 104.0f, -104.0f, 0.5f};
const Shape image{1, 16, 3, 5};

/// All functions of one element of a float, by names in IR text.
std::vector<Unary> functions() {
  std::vector<Unary> list;
  for (int kind = 0; kind <= static_cast<int>(last_unary); ++kind) {
    Unary unary{static_cast<UnaryKind>(kind)};
    if (unary_uses_alpha(unary.kind)) unary.alpha = 0.25f;
    if (unary_uses_beta(unary.kind)) unary.beta = 0.5f;
    if (unary.kind != UnaryKind::logical_not) list.push_back(unary);
  }
  return list;
}

/// How far results near zero may lie apart, of an input that is not far beyond 100: of these functions an error grows
/// with the input, however small the result is (intaglio/fast_math.h).
double difference_near_zero(UnaryKind kind, float x) {
  switch (kind) {
    case UnaryKind::swish:
    case UnaryKind::gelu:
    case UnaryKind::gelu_tanh:
    case UnaryKind::mish:
      return 1e-7 * std::clamp(std::fabs(x), 1.0f, 100.0f);
    default:
      return 1e-10;
  }
}

/// Every function of the input, and of a depthwise layer, whose epilogue it becomes.
Graph graph_of_functions() {
  GraphBuilder b(1);
  const TensorId x = b.input("x", image), limit = b.constant("limit", Shape{1});
  const Window one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
  for (const Unary& unary : functions()) {
    const std::string name(unary_name(unary.kind));
    b.output(b.node(name, unary, {x}, image));
    Epilogue epilogue;
    epilogue.activation = unary;
    b.output(b.conv(x, 16, one, 16, epilogue));
  }
  for (BinaryKind kind : {BinaryKind::min, BinaryKind::max}) {
    b.output(b.node("right", Binary{kind}, {x, limit}, image));
    b.output(b.node("left", Binary{kind}, {limit, x}, image));
  }
  return b.take();
}

class ExtremeValues : public ::testing::TestWithParam<const char*> {};

TEST_P(ExtremeValues, AreWhatTheInterpreterGives) {
  const Target& target = *find_target(GetParam());
  if (!GeneratedBatch::can_run(target)) GTEST_SKIP() << "this machine cannot run it";
  BatchOptions fast;
  fast.numerics = Numerics::fast;
  GeneratedBatch batch(target, fast);
  const Graph graph = graph_of_functions();
  verify(graph);
  batch.add(graph);
  batch.build();
  std::vector<float> values(static_cast<size_t>(image.elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = extremes[i * 7 % extremes.size()];
  const std::vector<TensorData> inputs = {TensorData::of<float>(image, values)};
  const std::vector<TensorData> got = batch.run(0, inputs), wanted = interpret(graph, inputs);
  ASSERT_EQ(got.size(), wanted.size());
  const std::vector<Unary> unary = functions();  // two outputs each
  for (size_t o = 0; o < got.size(); ++o) {
    const std::vector<double> a = got[o].as_double(), b = wanted[o].as_double();
    for (size_t i = 0; i < a.size(); ++i) {
      const double near_zero = o / 2 < unary.size() ? difference_near_zero(unary[o / 2].kind, values[i]) : 1e-10;
      const bool same = std::isnan(b[i])   ? std::isnan(a[i])
                        : std::isinf(b[i]) ? a[i] == b[i]
                                           : std::fabs(a[i] - b[i]) <= 1e-5 * std::fabs(b[i]) + near_zero;
      EXPECT_TRUE(same) << graph[graph.outputs[o]].name << ": of " << values[i] << " " << a[i] << ", not " << b[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ExtremeValues, ::testing::Values("portable", "avx2", "avx512", "scalar"), by_target);

}  // namespace
}  // namespace intaglio::testing
