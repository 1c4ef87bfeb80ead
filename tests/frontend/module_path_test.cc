// Module paths from names and metadata, and the names that nodes keep.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/module_path.h"

#include <gtest/gtest.h>

#include "frontend/model_builder.h"
#include "frontend/unknown_fields.h"

namespace intaglio::testing {
namespace {

using frontend::module_of_name_scopes;
using frontend::module_of_namespace;
using frontend::module_of_scoped_name;

TEST(ModulePath, TorchScriptNames) {
  EXPECT_EQ(module_of_scoped_name("/layer1/layer1.0/conv1/Conv"), "layer1.0.conv1");
  EXPECT_EQ(module_of_scoped_name("/layer2/layer2.0/downsample/downsample.1/BatchNormalization"),
            "layer2.0.downsample.1");
  EXPECT_EQ(module_of_scoped_name("/features/features.1/conv/conv.0/conv.0.0/Conv"), "features.1.conv.0.0");
  EXPECT_EQ(module_of_scoped_name("/Relu"), "");
  EXPECT_EQ(module_of_scoped_name("node_Conv_12"), "");
  EXPECT_EQ(module_of_scoped_name("/a b/../Conv"), "");
}

TEST(ModulePath, DynamoMetadata) {
  EXPECT_EQ(module_of_name_scopes("['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'convolution']"), "layer1.0.conv1");
  EXPECT_EQ(module_of_name_scopes("['', 'relu']"), "");
  EXPECT_EQ(module_of_name_scopes("nonsense"), "");
  EXPECT_EQ(module_of_namespace(": Net/layer1: torch.nn.Sequential/layer1.0: Block/relu: aten.relu.default"),
            "layer1.0");
  EXPECT_EQ(module_of_namespace(": Net/relu: aten.relu.default"), "");
}

void add_metadata(onnx::NodeProto& node, const std::string& key, const std::string& value) {
  onnx::StringStringEntryProto entry;
  entry.set_key(key);
  entry.set_value(value);
  node.GetReflection()->MutableUnknownFields(&node)->AddLengthDelimited(frontend::node_metadata_field,
                                                                        entry.SerializeAsString());
}

TEST(ModulePath, StackTracesStayOut) {
  ModelBuilder model(17);
  model.input("x", {2}).output("y").node("Relu", {"x"}, {"y"});
  auto& node = *model.proto.mutable_graph()->mutable_node(0);
  add_metadata(node, "pkg.torch.onnx.stack_trace", "File \"/home/someone/net.py\", line 1");
  add_metadata(node, "pkg.torch.onnx.name_scopes", "['', 'act1', 'relu']");
  const Graph graph = model.import().graph;
  EXPECT_EQ(graph[graph.order[0]].module, "act1");
  EXPECT_EQ(graph[graph.order[0]].name, "y");
}

TEST(ModulePath, WeightsNameTheirModule) {
  ModelBuilder model(17);
  model.input("x", {1, 1, 4}).output("y").constant("stem.conv.weight", floats({1, 1, 1}, {1}));
  model.node("Conv", {"x", "stem.conv.weight"}, {"y"});
  const Graph graph = model.import().graph;
  EXPECT_EQ(graph[graph.order[0]].module, "stem.conv");
}

TEST(ModulePath, NodeNamesCannotBreakComments) {
  ModelBuilder model(17);
  model.input("x", {2}).output("y").node("Relu", {"x"}, {"y"});
  model.proto.mutable_graph()->mutable_node(0)->set_name("a\n#include <b>");
  const Graph graph = model.import().graph;
  EXPECT_EQ(graph[graph.order[0]].name, "a?#include <b>");
}

}  // namespace
}  // namespace intaglio::testing
