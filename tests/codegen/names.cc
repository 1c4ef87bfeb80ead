// Values whose names become the same identifier, or one that generated code uses itself.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "interpreter/interpreter.h"
#include "support/generated_batch.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

TEST(Names, ThatBecomeOneIdentifierAreToldApart) {
  const Shape shape{4, 9};
  GraphBuilder b(1);
  TensorId x = b.input("x", shape);
  for (const char* name : {"_a", "v_a", "int", "vint", "w_scale", "softmax_rows_4x9x1", "/a", "a b", "a_b"}) {
    x = b.node(name, Softmax{1}, {x}, shape);
    x = b.node(std::string(name) + "_sum", Binary{}, {x, b.constant("scale", shape)}, shape);
  }
  b.output(x);
  const Graph graph = b.take();
  GeneratedBatch batch(*find_target("scalar"));
  const size_t model = batch.add(graph);
  batch.build();
  const std::vector<TensorData> inputs = random_inputs(graph, 1);
  EXPECT_EQ(bit_difference(batch.run(model, inputs)[0], interpret(graph, inputs, Numerics::strict)[0]), "");
}

TEST(Names, AnOutputListedTwiceIsWrittenTwice) {
  const Shape shape{4, 9};
  GraphBuilder b(1);
  const TensorId x = b.input("x", shape);
  const TensorId y = b.node("y", Softmax{1}, {x}, shape);
  b.output(y);
  b.output(y);
  b.output(x);
  b.output(x);
  const Graph graph = b.take();
  GeneratedBatch batch(*find_target("scalar"));
  const size_t model = batch.add(graph);
  batch.build();
  const std::vector<TensorData> inputs = random_inputs(graph, 1);
  const std::vector<TensorData> got = batch.run(model, inputs), wanted = interpret(graph, inputs, Numerics::strict);
  ASSERT_EQ(got.size(), 4u);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(bit_difference(got[i], wanted[i]), "") << i;
}

}  // namespace
}  // namespace intaglio::testing
