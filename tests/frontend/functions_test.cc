// Model-local functions: nested calls, attributes by reference, recursion, names of what they become.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "frontend/model_builder.h"

namespace intaglio::testing {
namespace {

onnx::NodeProto call(const std::string& domain, const std::string& name, const Names& inputs, const Names& outputs,
                     Attributes attributes = {}) {
  onnx::NodeProto node = make_node(name, inputs, outputs, std::move(attributes));
  node.set_domain(domain);
  return node;
}

ModelBuilder calling(const std::string& domain, const std::string& name, Attributes attributes = {}) {
  ModelBuilder model(17);
  model.input("x", {2}).output("y");
  *model.proto.mutable_graph()->add_node() = call(domain, name, {"x"}, {"y"}, std::move(attributes));
  return model;
}

constexpr auto number_type = onnx::AttributeProto::FLOAT;

TEST(Functions, AreExpanded) {
  ModelBuilder model = calling("my.domain", "Twice");
  model.function("my.domain", "Twice", {"a"}, {"b"}, {make_node("Relu", {"a"}, {"t"}), make_node("Neg", {"t"}, {"b"})});
  EXPECT_EQ(model.lines(), "'y/t' = relu(x) : float32 2\ny = neg('y/t') : float32 2\noutput y\n");
}

TEST(Functions, TakeAttributesByReference) {
  const auto body = make_node("LeakyRelu", {"a"}, {"b"}, {reference("alpha", "slope", number_type)});
  ModelBuilder given = calling("d", "F", {number("slope", 0.5f)});
  given.function("d", "F", {"a"}, {"b"}, {body}, {"slope"});
  EXPECT_EQ(given.lines(), "y = leaky_relu(x) {alpha 0.5} : float32 2\noutput y\n");
  ModelBuilder absent = calling("d", "F");
  absent.function("d", "F", {"a"}, {"b"}, {body}, {"slope"});
  EXPECT_EQ(absent.lines(), "y = leaky_relu(x) {alpha 0.01} : float32 2\noutput y\n");
}

TEST(Functions, Nest) {
  ModelBuilder model = calling("d", "Outer", {number("k", 3)});
  model.function("d", "Inner", {"a"}, {"b"},
                 {make_node("Elu", {"a"}, {"b"}, {reference("alpha", "alpha", number_type)})}, {"alpha"});
  model.function(
      "d", "Outer", {"a"}, {"b"},
      {call("d", "Inner", {"a"}, {"t"}, {reference("alpha", "k", number_type)}), call("d", "Inner", {"t"}, {"b"})},
      {"k"});
  EXPECT_EQ(model.lines(), "'y/t' = elu(x) {alpha 3} : float32 2\ny = elu('y/t') {alpha 1} : float32 2\noutput y\n");
}

TEST(Functions, AreFoundByDomain) {
  ModelBuilder model = calling("other", "Twice");
  model.function("my.domain", "Twice", {"a"}, {"b"}, {make_node("Relu", {"a"}, {"b"})});
  EXPECT_EQ(model.problems(), "node 'y': operator 'other.Twice' of a custom domain is not supported");
}

TEST(Functions, MayNotBeDefinedTwice) {
  ModelBuilder model = calling("d", "A");
  model.function("d", "A", {"a"}, {"b"}, {make_node("Relu", {"a"}, {"b"})});
  model.function("e", "A", {"a"}, {"b"}, {make_node("Neg", {"a"}, {"b"})});
  EXPECT_EQ(model.problems(), "accepted");
  model.function("d", "A", {"a"}, {"b"}, {make_node("Neg", {"a"}, {"b"})});
  EXPECT_EQ(model.problems(), "function d.A is defined twice");
}

TEST(Functions, MayNotImportTheDefaultDomainTwice) {
  ModelBuilder model = calling("d", "A");
  model.function("d", "A", {"a"}, {"b"}, {make_node("Relu", {"a"}, {"b"})});
  auto* import = model.proto.mutable_functions(0)->add_opset_import();
  import->set_domain("ai.onnx");
  import->set_version(11);
  EXPECT_EQ(model.problems(), "function 'A' imports the default ONNX domain twice, in versions 17 and 11");
}

TEST(Functions, MayNotRecurse) {
  ModelBuilder model = calling("d", "A");
  model.function("d", "A", {"a"}, {"b"}, {call("d", "B", {"a"}, {"b"})});
  model.function("d", "B", {"a"}, {"b"}, {call("d", "A", {"a"}, {"b"})});
  EXPECT_EQ(model.problems(), "node 'y/b/b': function d.A calls itself");
}

TEST(Functions, MayNotExplode) {
  ModelBuilder model = calling("d", "F0");
  for (int level = 0; level < 40; ++level) {
    const std::string next = "F" + std::to_string(level + 1);
    model.function("d", "F" + std::to_string(level), {"a"}, {"b"},
                   {call("d", next, {"a"}, {"t"}), call("d", next, {"t"}, {"b"})});
  }
  model.function("d", "F40", {"a"}, {"b"}, {make_node("Relu", {"a"}, {"b"})});
  EXPECT_EQ(model.problems(), "the model has more than 100000 nodes");
}

TEST(Functions, MayNotExplodeIntoNothing) {
  ModelBuilder model = calling("d", "F0");
  for (int level = 0; level < 40; ++level) {
    const auto next = call("d", "F" + std::to_string(level + 1), {"a"}, {});
    model.function("d", "F" + std::to_string(level), {"a"}, {"b"}, {next, next});
  }
  model.function("d", "F40", {"a"}, {"b"}, {});
  EXPECT_EQ(model.problems(), "the model has more than 100000 nodes");
}

TEST(Functions, MayNotNestWithoutEnd) {
  ModelBuilder model = calling("d", "F0");
  for (int level = 0; level < 50'000; ++level) {
    model.function("d", "F" + std::to_string(level), {"a"}, {"b"},
                   {call("d", "F" + std::to_string(level + 1), {"a"}, {"b"})});
  }
  model.function("d", "F50000", {"a"}, {"b"}, {make_node("Relu", {"a"}, {"b"})});
  EXPECT_NE(model.problems().find("functions call each other more than 100 levels deep"), std::string::npos);
}

TEST(Functions, MayPassInputsThrough) {
  ModelBuilder model = calling("d", "Nothing");
  model.function("d", "Nothing", {"a"}, {"a"}, {});
  EXPECT_EQ(model.lines(), "y = identity(x) : float32 2\noutput y\n");
}

TEST(Functions, ReferencesOutsideAreErrors) {
  ModelBuilder model(17);
  model.input("x", {2}).output("y").node("Elu", {"x"}, {"y"}, {reference("alpha", "k", number_type)});
  EXPECT_EQ(model.problems(), "node 'y': attribute 'alpha' refers to 'k', which is no attribute of a function");
}

}  // namespace
}  // namespace intaglio::testing
