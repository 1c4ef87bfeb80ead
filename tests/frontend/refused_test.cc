// What the frontend refuses, and the words it does so with: damaged files, damaged graphs, unsupported features.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <fstream>

#include "frontend/model_builder.h"
#include "support/error.h"

namespace intaglio::testing {
namespace {

ModelBuilder relu(int64_t opset = 17) {
  ModelBuilder model(opset);
  model.input("x", {2}).output("y").node("Relu", {"x"}, {"y"});
  return model;
}

// ---- files

TEST(DamagedFile, EveryTruncationIsRefused) {
  ModelBuilder model(17);
  model.input("x", {1, 1, 4}).output("y").constant("w", floats({1, 1, 2}, {1, 2}));
  model.node("Conv", {"x", "w"}, {"y"});
  const std::string bytes = model.bytes();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(problems_of_file(bytes.substr(0, size)), "accepted") << size;
}

TEST(DamagedFile, EveryFlippedByteIsSurvived) {
  ModelBuilder model(17);
  model.input("x", {1, 1, 4}).output("y").constant("w", floats({1, 1, 2}, {1, 2}));
  model.node("Conv", {"x", "w"}, {"n"}, {integers("pads", {1, 1})}).node("Softmax", {"n"}, {"y"}, {integer("axis", 1)});
  const std::string bytes = model.bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit : {0, 3, 7}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      EXPECT_EQ(problems_of_file(damaged).find("internal"), std::string::npos) << i;
    }
  }
}

TEST(DamagedFile, IsDescribed) {
  EXPECT_EQ(problems_of_file(""), "is empty");
  EXPECT_EQ(problems_of_file("hello, world\n"), "is a text file, not a binary ONNX model");
  EXPECT_EQ(problems_of_file("version https://git-lfs.github.com/spec/v1\n"),
            "is a Git LFS pointer, not the model itself");
  EXPECT_EQ(problems_of_file(std::string("\xff\xfe\x00\x01", 4)), "is not an ONNX model, or is truncated or damaged");
}

TEST(DamagedFile, LargerThanProtobuf) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "large.onnx";
  std::ofstream(path, std::ios::binary) << relu().bytes();
  std::filesystem::resize_file(path, uint64_t{1} << 31);  // a hole
  try {
    read_onnx(path);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problems()[0].message, "is larger than 2 GiB, the most that a protobuf file can hold");
    EXPECT_NE(error.problems()[0].help.find("external data"), std::string::npos);
  }
}

TEST(DamagedFile, MissingFile) {
  EXPECT_THROW(read_onnx("no_such_file.onnx"), Error);
  EXPECT_THROW(read_onnx("."), Error);
}

TEST(DamagedFile, IrVersions) {
  ModelBuilder model = relu();
  for (int64_t version : {3, 8, 13, 14, 99}) {
    model.proto.set_ir_version(version);
    EXPECT_EQ(model.problems(), "accepted");
  }
  model.proto.set_ir_version(2);
  EXPECT_EQ(model.problems(), "ONNX IR version 2 is not supported");
}

TEST(DamagedFile, FieldsNewerThanTheStandardThatIsKnown) {
  const auto add = [](google::protobuf::Message* message, int number) {
    message->GetReflection()->MutableUnknownFields(message)->AddVarint(number, 1);
  };
  ModelBuilder model = relu();
  model.proto.set_ir_version(14);
  for (int number : {8, 9, 10}) {
    auto* node = model.proto.mutable_graph()->mutable_node(0);
    node->GetReflection()->MutableUnknownFields(node)->AddLengthDelimited(number, "");
  }
  add(&model.proto, 26);
  EXPECT_EQ(model.problems(), "accepted");
  add(model.proto.mutable_graph()->mutable_node(0), 11);
  EXPECT_EQ(model.problems(), "field 11 of NodeProto is not understood (IR version 14)");
  model = relu();
  model.proto.set_ir_version(15);
  add(&model.proto, 27);
  EXPECT_EQ(model.problems(), "field 27 of ModelProto is not understood (IR version 15)");
}

// ---- versions

TEST(Versions, OpsetsOutsideTheTable) {
  EXPECT_EQ(relu(6).problems(), "node 'y': Relu of opset 6 is not supported: the oldest understood is opset 7");
  EXPECT_EQ(relu(7).problems(), "accepted");
  EXPECT_EQ(relu(28).problems(), "accepted");
  EXPECT_EQ(relu(29).problems(),
            "node 'y': Relu of opset 29 is not supported: the newest understood is version 14, of opset 28");
}

TEST(Versions, OperatorsComeAndGo) {
  ModelBuilder gelu(19);
  gelu.input("x", {2}).output("y").node("Gelu", {"x"}, {"y"});
  EXPECT_EQ(gelu.problems(), "node 'y': Gelu is not part of opset 19: it came with opset 20");
  ModelBuilder upsample(10);
  upsample.input("x", {2}).output("y").constant("s", floats({1}, {2})).node("Upsample", {"x", "s"}, {"y"});
  EXPECT_EQ(upsample.problems(), "node 'y': Upsample is not part of opset 10: it was removed in opset 10");
}

TEST(Versions, AttributesOfOtherVersions) {
  ModelBuilder model(18);
  model.input("x", {2, 3}).output("y").node("ReduceMean", {"x"}, {"y"}, {integers("axes", {1})});
  EXPECT_EQ(model.problems(), "node 'y': attribute 'axes' of ReduceMean is unknown in this opset");
  ModelBuilder clip(7);
  clip.input("x", {2}).output("y").constant("m", floats({}, {0})).node("Clip", {"x", "m"}, {"y"});
  EXPECT_EQ(clip.problems(), "node 'y': Clip has 2 inputs, but version 6 of the operator has 1");
}

TEST(Versions, MissingDefaultOpset) {
  ModelBuilder model = relu();
  model.proto.mutable_opset_import(0)->set_domain("elsewhere");
  EXPECT_EQ(model.problems(), "node 'y': the model imports no opset for the default ONNX domain");
}

TEST(Versions, DefaultOpsetTwice) {
  const auto imported = [](const std::string& domain, int64_t version) {
    ModelBuilder model = relu();
    auto* import = model.proto.add_opset_import();
    import->set_domain(domain);
    import->set_version(version);
    return model.problems();
  };
  EXPECT_EQ(imported("", 13), "the model imports the default ONNX domain twice, in versions 17 and 13");
  EXPECT_EQ(imported("ai.onnx", 13), "the model imports the default ONNX domain twice, in versions 17 and 13");
  EXPECT_EQ(imported("ai.onnx", 17), "the model imports the default ONNX domain twice, in versions 17 and 17");
  EXPECT_EQ(imported("ai.onnx.ml", 3), "accepted");
}

TEST(Versions, TrainingBatchNormalizationBefore14) {
  ModelBuilder model(9);
  model.input("x", {4, 2}).constant("s", floats({2}, {1, 1})).output("y");
  model.node("BatchNormalization", {"x", "s", "s", "s", "s"}, {"y", "m", "v", "", ""});
  EXPECT_EQ(model.problems(), "accepted");
  model.output("m");
  EXPECT_EQ(model.problems(), "node 'y': BatchNormalization has its statistics as output 1, which is training mode");
}

// ---- graphs

TEST(DamagedGraph, UndefinedInput) {
  ModelBuilder model(17);
  model.output("y").node("Relu", {"nowhere"}, {"y"});
  EXPECT_EQ(model.problems(), "node 'y': reads 'nowhere', which nothing produces");
}

TEST(DamagedGraph, Cycle) {
  ModelBuilder model(17);
  model.input("x", {2}).output("y");
  model.node("Add", {"x", "b"}, {"a"}).node("Relu", {"a"}, {"b"}).node("Relu", {"b"}, {"y"});
  EXPECT_EQ(model.problems(), "nodes depend on each other in a cycle: 'a', 'b'");
}

TEST(DamagedGraph, NodesOutOfOrderAreSorted) {
  ModelBuilder model(17);
  model.input("x", {2}).output("y").node("Neg", {"a"}, {"y"}).node("Relu", {"x"}, {"a"});
  EXPECT_EQ(model.lines(), "a = relu(x) : float32 2\ny = neg(a) : float32 2\noutput y\n");
}

TEST(DamagedGraph, NamesInMessagesAreUtf8) {
  ModelBuilder model(17);
  model.output("y").node("Relu", {"caf\xe9 caf\xc3\xa9 \xe4\xb8"}, {"y"});
  EXPECT_EQ(model.problems(), "node 'y': reads 'caf\\xe9 caf\xc3\xa9 \\xe4\\xb8', which nothing produces");
  ModelBuilder cut(17);  // in the middle of a character of three bytes
  cut.output("y").node("Relu", {std::string(198, 'a') + "\xe4\xb8\xad\xe4\xb8\xad"}, {"y"});
  EXPECT_EQ(cut.problems(), "node 'y': reads '" + std::string(198, 'a') + "...', which nothing produces");
}

TEST(DamagedGraph, NamesUsedTwice) {
  ModelBuilder model = relu();
  model.node("Neg", {"x"}, {"y"});
  EXPECT_EQ(model.problems(), "node 'y': writes 'y', which already has a value");
  EXPECT_EQ(relu().input("x", {2}).problems(), "input 'x': is listed twice");
  EXPECT_EQ(relu().constant("c", floats({}, {1})).constant("c", floats({}, {1})).problems(),
            "initializer 'c': is listed twice");
}

TEST(DamagedGraph, MissingOutput) {
  ModelBuilder model(17);
  EXPECT_EQ(model.input("x", {2}).problems(), "the model has no outputs");
  EXPECT_EQ(relu().output("z").problems(), "output 'z': is not a value of the model");
}

TEST(DamagedGraph, DeclaredOutputsAreWhatIsComputed) {
  const auto declared = [](int type, std::vector<int64_t> dims) {  // -1: symbolic
    ModelBuilder model = relu();
    auto* tensor = model.proto.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    tensor->mutable_shape();
    for (int64_t extent : dims) {
      auto* dim = tensor->mutable_shape()->add_dim();
      if (extent < 0)
        dim->set_dim_param("N");
      else
        dim->set_dim_value(extent);
    }
    return model.problems();
  };
  EXPECT_EQ(declared(onnx::TensorProto::FLOAT, {2}), "accepted");
  EXPECT_EQ(declared(onnx::TensorProto::FLOAT, {-1}), "accepted");
  EXPECT_EQ(declared(onnx::TensorProto::FLOAT, {3}), "output 'y': is declared as float32 3, but computed as float32 2");
  EXPECT_EQ(declared(onnx::TensorProto::FLOAT, {-1, 2}),
            "output 'y': is declared as float32 ?x2, but computed as float32 2");
  EXPECT_EQ(declared(onnx::TensorProto::FLOAT, {}),
            "output 'y': is declared as float32 scalar, but computed as float32 2");
  EXPECT_EQ(declared(onnx::TensorProto::INT64, {2}), "output 'y': is declared as int64 2, but computed as float32 2");
  EXPECT_EQ(declared(onnx::TensorProto::FLOAT16, {2}),
            "output 'y': is declared as float16 2, but computed as float32 2");
}

/// Nothing is declared of Resize's own result, so it has PyTorch's extent.
TEST(DamagedGraph, DeclaredExtentByScaleThatPyTorchDoesNotMake) {
  ModelBuilder model(17);
  model.input("x", {1, 45}).output("y").constant("s", floats({2}, {1, 1.4f}));
  model.node("Resize", {"x", "", "s"}, {"r"}).node("Neg", {"r"}, {"y"});
  auto* tensor = model.proto.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(onnx::TensorProto::FLOAT);
  for (int64_t extent : {1, 63}) tensor->mutable_shape()->add_dim()->set_dim_value(extent);
  try {
    model.import();
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problems()[0].message, "is declared as float32 1x63, but computed as float32 1x62");
    EXPECT_EQ(error.problems()[0].help,
              "45 times 1.4 are 62 in PyTorch, but 63 by ONNX's shape inference: export Resize with sizes instead of "
              "scales");
  }
}

TEST(DamagedGraph, AllProblemsAreListedOnce) {
  ModelBuilder model(17);
  model.input("x", {2}).output("y").output("z");
  model.node("TopK", {"x"}, {"a"}).node("Relu", {"a"}, {"b"}).node("TopK", {"b"}, {"y"});
  model.node("Concat", {"x", "x"}, {"z"});
  EXPECT_EQ(model.problems(),
            "node 'z': attribute 'axis' is missing\nnode 'a': operator 'TopK' is not supported (2 nodes)");
}

TEST(DamagedGraph, ModulePathAndHelpAreShown) {
  ModelBuilder model(17);
  model.input("x", {1, 1, 4, 4, 4})
      .output("y")
      .constant("w", floats({1, 1, 1, 1, 1}, {1}))
      .node("Conv", {"x", "w"}, {"y"});
  model.proto.mutable_graph()->mutable_node(0)->set_name("/layer1/layer1.0/conv2/Conv");
  EXPECT_EQ(model.problems(),
            "node '/layer1/layer1.0/conv2/Conv' (layer1.0.conv2): "
            "Conv with 3 spatial dimensions is not supported");
  try {
    model.import();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problems()[0].help, "Intaglio supports 1-D and 2-D convolution");
  }
}

// ---- tensors

std::string problem_with_constant(onnx::TensorProto value) {
  ModelBuilder model(17);
  model.input("x", {2}).output("y").constant("c", std::move(value)).node("Add", {"x", "c"}, {"y"});
  return model.problems();
}

TEST(DamagedTensor, WrongCounts) {
  EXPECT_EQ(problem_with_constant(floats({3}, {1, 2})), "initializer 'c': holds 2 elements where its shape needs 3");
  onnx::TensorProto raw = floats({2}, {});
  raw.set_raw_data("12345");
  EXPECT_EQ(problem_with_constant(raw), "initializer 'c': holds 5 bytes where its type and shape need 8");
}

TEST(DamagedTensor, TwoDataFields) {
  onnx::TensorProto value = floats({2}, {1, 2});
  value.set_raw_data("12345678");
  EXPECT_EQ(problem_with_constant(value), "initializer 'c': has more than one data field: raw_data, float_data");
  value.set_data_location(onnx::TensorProto::EXTERNAL);
  value.clear_float_data();
  EXPECT_EQ(problem_with_constant(value), "initializer 'c': has more than one data field: external data, raw_data");
  onnx::TensorProto mixed = floats({2}, {1, 2});
  mixed.add_int64_data(3);
  EXPECT_EQ(problem_with_constant(mixed), "initializer 'c': has more than one data field: float_data, int64_data");
  ModelBuilder attribute(17);
  attribute.output("y").node("Constant", {}, {"y"}, {tensor("value", mixed)});
  EXPECT_EQ(attribute.problems(), "node 'y': has more than one data field: float_data, int64_data");
}

TEST(DamagedTensor, AbsurdShapes) {
  EXPECT_EQ(problem_with_constant(floats({-1}, {})), "initializer 'c': has a negative extent (-1)");
  EXPECT_EQ(problem_with_constant(floats({int64_t{1} << 62, 16}, {})),
            "initializer 'c': has more than 2^31 elements (4611686018427387904x16)");
  EXPECT_EQ(problem_with_constant(floats({1 << 30}, {})),
            "initializer 'c': holds 0 elements where its shape needs 1073741824");
  EXPECT_EQ(problem_with_constant(floats({0, int64_t{1} << 62}, {})),
            "initializer 'c': has more than 2^31 elements (0x4611686018427387904)");
}

TEST(DamagedTensor, UnsupportedTypes) {
  onnx::TensorProto half = floats({2}, {});
  half.set_data_type(onnx::TensorProto::FLOAT16);
  EXPECT_EQ(problem_with_constant(half), "initializer 'c': float16 data is not supported");
  half.set_data_type(22);
  EXPECT_EQ(problem_with_constant(half), "initializer 'c': int4 data is not supported");
  half.set_data_type(99);
  EXPECT_EQ(problem_with_constant(half), "initializer 'c': element type 99 data is not supported");
}

TEST(DamagedTensor, Sparse) {
  ModelBuilder model = relu();
  model.proto.mutable_graph()->add_sparse_initializer()->mutable_values()->set_name("s");
  EXPECT_EQ(model.problems(), "initializer 's': sparse initializers are not supported");
}

TEST(DamagedTensor, ResultsAreLimited) {
  ModelBuilder model(17);
  model.input("x", {1}).output("y").constant("s", int64s({2}, {1 << 20, 1 << 20})).node("Expand", {"x", "s"}, {"y"});
  EXPECT_EQ(model.problems(), "node 'y': has more than 2^31 elements (1048576x1048576)");
  ModelBuilder tile(17);
  tile.input("x", {1 << 15, 1 << 15}).output("y").constant("s", int64s({2}, {1 << 30, 1}));
  tile.node("Tile", {"x", "s"}, {"y"});
  EXPECT_EQ(tile.problems(),
            "node 'y': the result of Tile would have shape 35184372088832x32768, more than 2^31 elements");
  ModelBuilder absurd(17);
  absurd.input("x", {int64_t{1} << 40, int64_t{1} << 40}).output("y").node("Relu", {"x"}, {"y"});
  EXPECT_EQ(absurd.problems(), "input 'x': has more than 2^31 elements (1099511627776x1099511627776)");
  ModelBuilder symbolic(17);
  symbolic.input("x", {"N", "M"}).output("y").node("Relu", {"x"}, {"y"});
  ImportOptions shape;
  shape.shapes["x"] = Shape{int64_t{1} << 40, int64_t{1} << 40};
  EXPECT_EQ(symbolic.problems(shape), "input 'x': has more than 2^31 elements (1099511627776x1099511627776)");
  ModelBuilder range(17);
  range.output("y")
      .constant("a", int64s({}, {0}))
      .constant("b", int64s({}, {INT64_MAX}))
      .constant("c", int64s({}, {1}));
  range.node("Range", {"a", "b", "c"}, {"y"});
  EXPECT_EQ(range.problems().find("node 'y': Range has"), 0u);
}

// What has no value over no elements, and is not itself empty.
TEST(EmptyTensors, WithoutAValueAreRefused) {
  ModelBuilder pool(17);
  pool.input("x", {1, 3, 0, 4}).output("y");
  pool.node("AveragePool", {"x"}, {"y"}, {integers("kernel_shape", {2, 2}), integers("pads", {1, 0, 1, 0})});
  EXPECT_EQ(pool.problems(), "node 'y': the input of AveragePool has no elements: its windows see only padding");

  ModelBuilder norm(17);
  norm.input("x", {2, 0}).output("y").output("mean").constant("s", floats({0}, {}));
  norm.node("LayerNormalization", {"x", "s"}, {"y", "mean"});
  EXPECT_EQ(norm.problems(), "node 'y': LayerNormalization over no elements has no mean and no deviation");

  ModelBuilder largest(17);
  largest.input("x", {2, 0}).output("y").node("ArgMax", {"x"}, {"y"}, {integer("axis", 1)});
  EXPECT_EQ(largest.problems(), "node 'y': ArgMax over an axis without elements");
}

TEST(EmptyTensors, WithEmptyResultsAreAccepted) {
  ModelBuilder largest(17);
  largest.input("x", {0, 0}).output("y").node("ArgMax", {"x"}, {"y"}, {integer("axis", 1)});
  EXPECT_EQ(largest.problems(), "accepted");

  ModelBuilder norm(17);
  norm.input("x", {2, 0}).output("y").constant("s", floats({0}, {})).node("LayerNormalization", {"x", "s"}, {"y"});
  EXPECT_EQ(norm.problems(), "accepted");
}

}  // namespace
}  // namespace intaglio::testing
