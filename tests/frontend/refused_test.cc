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
  for (int64_t version : {3, 8, 13}) {
    model.proto.set_ir_version(version);
    EXPECT_EQ(model.problems(), "accepted");
  }
  model.proto.set_ir_version(14);
  EXPECT_EQ(model.problems(), "ONNX IR version 14 is not supported");
}

// ---- versions

TEST(Versions, OpsetsOutsideTheTable) {
  EXPECT_EQ(relu(6).problems(), "node 'y': Relu of opset 6 is not supported: the oldest understood is opset 7");
  EXPECT_EQ(relu(7).problems(), "accepted");
  EXPECT_EQ(relu(26).problems(), "accepted");
  EXPECT_EQ(relu(27).problems(),
            "node 'y': Relu of opset 27 is not supported: the newest understood is version 14, of opset 26");
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

// ---- nodes

struct RefusedNode {
  std::string label;
  onnx::NodeProto node;
  std::string message;
  int64_t opset = 17;
};

std::ostream& operator<<(std::ostream& out, const RefusedNode& test) { return out << test.label; }

onnx::NodeProto make(const std::string& type, const Names& inputs, Attributes attributes = {}) {
  return make_node(type, inputs, {"y"}, std::move(attributes));
}

/// One node on the inputs x [1,4,6], i (int64 2), and the constants w [4,4,3], s (scalar int64 3), v (floats [4]),
/// none (floats [0,4,3]) and p (int64 [2,4,1]).
class RefusedNodes : public ::testing::TestWithParam<RefusedNode> {};

TEST_P(RefusedNodes, SayWhy) {
  ModelBuilder model(GetParam().opset);
  model.input("x", {1, 4, 6}).input("i", {2}, onnx::TensorProto::INT64).output("y");
  model.constant("w", floats({4, 4, 3}, std::vector<float>(48))).constant("s", int64s({1}, {3}));
  model.constant("v", floats({4}, {1, 2, 3, 4})).constant("none", floats({0, 4, 3}, {}));
  model.constant("p", int64s({2, 4, 1}, std::vector<int64_t>(8)));
  *model.proto.mutable_graph()->add_node() = GetParam().node;
  EXPECT_EQ(model.problems(), "node 'y': " + GetParam().message);
}

const RefusedNode refused_nodes[] = {
    {"UnknownOperator", make("Magic", {"x"}), "operator 'Magic' is not supported"},
    {"ControlFlow", make("Loop", {"x"}), "control flow (Loop) is not supported"},
    {"UnknownAttribute", make("Relu", {"x"}, {integer("depth", 1)}),
     "attribute 'depth' of Relu is unknown in this opset"},
    {"WrongAttributeType", make("Softmax", {"x"}, {number("axis", 1)}), "attribute 'axis' must be an integer"},
    {"TooFewInputs", make("Add", {"x"}), "Add has 1 inputs, but needs 2"},
    {"TooManyInputs", make("Relu", {"x", "x"}), "Relu has 2 inputs, but takes at most 1"},
    {"AxisOutOfRange", make("Softmax", {"x"}, {integer("axis", 3)}),
     "axis 3 is out of range for a tensor of 3 dimensions"},
    {"NoBroadcast", make("Add", {"x", "v"}), "operands of Add have shapes 1x4x6 and 4, which do not broadcast"},
    {"MixedTypes", make("Add", {"x", "i"}), "operands of Add have different types, float32 and int64"},
    {"IntegerActivation", make("Sigmoid", {"i"}), "Sigmoid of int64 data is not supported"},
    {"ShrinkOfIntegers", make("Shrink", {"i"}), "Shrink of int64 data is not supported"},
    {"ClipBounds", make("Clip", {"x", "v"}), "min and max of Clip must be scalars"},
    {"NotOfFloats", make("Not", {"x"}), "Not of float32 data is not supported"},
    {"CastToString", make("Cast", {"x"}, {integer("to", onnx::TensorProto::STRING)}), "string data is not supported"},
    {"FloatToDouble", make("Cast", {"x"}, {integer("to", onnx::TensorProto::DOUBLE)}),
     "Cast of float64 data is not supported"},
    {"ConvGroup", make("Conv", {"x", "w"}, {integer("group", 2)}),
     "Conv with 2 groups has weights of shape 4x4x3, which do not fit an input of shape 1x4x6"},
    {"ConvKernelShape", make("Conv", {"x", "w"}, {integers("kernel_shape", {5})}),
     "kernel_shape 5 differs from the weights' 3"},
    {"ConvPadsCount", make("Conv", {"x", "w"}, {integers("pads", {1})}),
     "attribute 'pads' has 1 entries where 2 are needed"},
    {"ConvStride", make("Conv", {"x", "w"}, {integers("strides", {0})}),
     "attribute 'strides' holds 0, which is not between 1 and 2^30"},
    {"ConvTooLarge", make("Conv", {"x", "w"}, {integers("dilations", {4})}),
     "the kernel of Conv covers 9 elements, but the padded input has only 6"},
    {"ConvTooPadded", make("Conv", {"x", "w"}, {integers("pads", {1 << 29, 0}), integers("strides", {1 << 29})}),
     "the padded input of Conv has shape 1x4x536870918, more than 2^31 elements"},
    {"ConvWithoutChannels", make("Conv", {"x", "none"}), "the weights of Conv have no output channels"},
    {"ConvAutoPad", make("Conv", {"x", "w"}, {text("auto_pad", "SAME")}), "auto_pad = 'SAME' is not supported"},
    {"ConvBias", make("Conv", {"x", "w", "s"}), "operands of Conv have different types, float32 and int64"},
    {"PoolWithoutKernel", make("MaxPool", {"x"}), "attribute 'kernel_shape' is missing"},
    {"PoolOfPadding", make("MaxPool", {"x"}, {integers("kernel_shape", {2}), integers("pads", {2, 0})}),
     "MaxPool has pads so large that a window sees only padding"},
    {"DynamicShape", make("Reshape", {"x", "i"}), "the shape 'i' of Reshape is not constant"},
    {"ImpossibleReshape", make("Reshape", {"x", "s"}), "a tensor of shape 1x4x6 cannot be reshaped to 3"},
    {"DynamicSlice", make("Slice", {"x", "i", "i"}), "starts 'i' of Slice is not constant"},
    {"SqueezeOfMore", make("Squeeze", {"x", "s"}), "axis 3 is out of range for a tensor of 3 dimensions"},
    {"GatherOutOfRange", make("Gather", {"x", "s"}), "index 3 of Gather is out of range for axis 0 of extent 1"},
    {"GatherOfNothing", make("Gather", {"none", "i"}), "axis 0 of Gather has no elements"},
    {"GatherElementsOutOfRange", make("GatherElements", {"i", "s"}),
     "index 3 of GatherElements is out of range for axis 0 of extent 2"},
    {"GatherElementsOfNothing", make("GatherElements", {"none", "p"}), "axis 0 of GatherElements has no elements"},
    {"GatherElementsOfOtherRank", make("GatherElements", {"x", "i"}),
     "the indices of GatherElements must have 3 dimensions, but has shape 2"},
    {"GatherElementsByFloats", make("GatherElements", {"v", "v"}),
     "indices of GatherElements must be integers, not float32"},
    {"GatherElementsBeyondTheData", make("GatherElements", {"x", "p"}, {integer("axis", 2)}),
     "indices of GatherElements have 2 positions along axis 0, but the data has 1"},
    {"GatherElementsAxis", make("GatherElements", {"x", "p"}, {integer("axis", 3)}),
     "axis 3 is out of range for a tensor of 3 dimensions"},
    {"SplitSizes", make("Split", {"x", "s"}, {integer("axis", 1)}), "sizes 3 do not add up to the extent 4 of axis 1"},
    {"TransposePerm", make("Transpose", {"x"}, {integers("perm", {0, 0, 1})}),
     "perm of Transpose is no permutation of the axes"},
    {"ShapeOfFloats", make("Expand", {"x", "v"}), "the shape of Expand must be integers, not float32"},
    {"GemmRank", make("Gemm", {"x", "v"}), "A of Gemm must have 2 dimensions, but has shape 1x4x6"},
    {"MatMulInner", make("MatMul", {"x", "v"}),
     "operands of MatMul have shapes 1x4x6 and 4, whose inner extents differ"},
    {"BatchNormShape", make("BatchNormalization", {"x", "v", "v", "v", "w"}),
     "the variance of BatchNormalization must have shape 4, not 4x4x3"},
    {"GroupNormGroups", make("GroupNormalization", {"x", "v", "v"}, {integer("num_groups", 3)}),
     "4 channels cannot be divided into 3 groups", 21},
    {"ResizeWithoutSizes", make("Resize", {"x"}), "Resize needs scales or sizes, and not both"},
    {"ResizeMode", make("Resize", {"x", "", "v"}, {text("mode", "area")}), "mode = 'area' is not supported"},
    {"ConvTransposeSameOfGaps",
     make("ConvTranspose", {"x", "w"}, {text("auto_pad", "SAME_UPPER"), integers("strides", {4})}),
     "ConvTranspose with auto_pad and a stride of 4 larger than its kernel, which covers 3, is not supported: the "
     "definition and ONNX Runtime differ"},
    {"PoolLargerThanItsInputByAStride",
     make("MaxPool", {"x"}, {integers("kernel_shape", {8}), integers("strides", {2}), integer("ceil_mode", 1)}),
     "the kernel of MaxPool covers 8 elements, but the padded input has only 6"},
    {"PadReflectsMoreThanTheCropLeaves",
     make("Pad", {"x"}, {integers("pads", {0, 0, -3, 0, 0, 3}), text("mode", "reflect")}),
     "an axis of extent 6 cannot be padded by -3 and 3: there are only 3 to reflect", 10},
    {"PadReflectsOneElement", make("Pad", {"x"}, {integers("pads", {1, 0, 0, 0, 0, 0}), text("mode", "reflect")}),
     "an axis of extent 1 cannot be padded by 1 and 0: there is only 1 to reflect", 10},
    {"PadRepeatsWhatIsCropped", make("Pad", {"x"}, {integers("pads", {0, -4, 0, 0, 2, 0}), text("mode", "edge")}),
     "an axis of extent 4 cannot be padded by -4 and 2: there are no elements to repeat", 10},
    {"PadCropsMoreThanThereIs", make("Pad", {"x"}, {integers("pads", {0, -4, 0, 0, -1, 0})}),
     "an axis of extent 4 cannot be padded by -4 and -1", 10},
    {"ConstantWithoutValue", make("Constant", {}), "Constant has no value"},
    {"ConstantString", make("Constant", {}, {text("value_string", "a")}), "string data is not supported"},
    {"SequenceAsTensor", make("SequenceAt", {"x", "s"}), "input 0 of SequenceAt is not a sequence"},
    {"DropoutTraining", make("Dropout", {"x", "", "i"}), "training_mode 'i' of Dropout is not constant"},
};

INSTANTIATE_TEST_SUITE_P(Frontend, RefusedNodes, ::testing::ValuesIn(refused_nodes),
                         [](const auto& info) { return info.param.label; });

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
