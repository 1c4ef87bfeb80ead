// Where constants come from: Constant in all its forms, typed and raw initializers, external data, folded arithmetic.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "frontend/model_builder.h"
#include "support/error.h"

namespace intaglio::testing {
namespace {

/// The value of the graph's first output, which must be constant.
TensorData constant_output(const ModelBuilder& model) {
  const Imported imported = model.import();
  const NodeId identity = Uses(imported.graph).producer(imported.graph.outputs[0]);
  const auto& constant = imported.graph[imported.graph[identity].inputs[0]].constant;
  EXPECT_TRUE(constant.has_value());
  return constant.value_or(TensorData());
}

TensorData constant_node(onnx::AttributeProto attribute) {
  ModelBuilder model(13);
  model.output("y").node("Constant", {}, {"y"}, {std::move(attribute)});
  return constant_output(model);
}

TEST(Constants, EveryFormOfConstant) {
  EXPECT_EQ(constant_node(tensor("value", floats({1, 2}, {3, 4}))).shape(), (Shape{1, 2}));
  EXPECT_EQ(constant_node(number("value_float", 2.5f)).values<float>()[0], 2.5f);
  EXPECT_EQ(constant_node(number("value_float", 2.5f)).shape(), Shape{});
  EXPECT_EQ(constant_node(integer("value_int", -7)).as_int64(), std::vector<int64_t>{-7});
  EXPECT_EQ(constant_node(integers("value_ints", {1, 2, 3})).as_int64(), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(constant_node(numbers("value_floats", {1, 2})).as_double(), (std::vector<double>{1, 2}));
}

TensorData initializer(onnx::TensorProto value) {
  ModelBuilder model(17);
  return constant_output(model.output("c").constant("c", std::move(value)));
}

TEST(Constants, TypedAndRawInitializers) {
  onnx::TensorProto flags;
  flags.set_data_type(onnx::TensorProto::BOOL);
  flags.add_dims(3);
  for (int value : {0, 1, 255}) flags.add_int32_data(value);
  EXPECT_EQ(initializer(flags).as_int64(), (std::vector<int64_t>{0, 1, 1}));

  onnx::TensorProto small;
  small.set_data_type(onnx::TensorProto::INT32);
  small.add_dims(2);
  small.set_raw_data(std::string("\x01\x00\x00\x00\xff\xff\xff\xff", 8));
  EXPECT_EQ(initializer(small).as_int64(), (std::vector<int64_t>{1, -1}));

  EXPECT_EQ(initializer(floats({0, 3}, {})).shape(), (Shape{0, 3}));
}

TEST(Constants, DoublesMayBeComputedWith) {
  onnx::TensorProto wide;
  wide.set_data_type(onnx::TensorProto::DOUBLE);
  wide.add_double_data(0.25);
  ModelBuilder model(17);
  model.output("y").constant("d", wide).node("Sqrt", {"d"}, {"r"});
  model.node("Cast", {"r"}, {"y"}, {integer("to", onnx::TensorProto::FLOAT)});
  EXPECT_EQ(constant_output(model).values<float>()[0], 0.5f);
  model.output("r");
  EXPECT_EQ(model.problems(), "output 'r': has type float64, which is not supported");
}

TEST(Constants, RangeOverAllIntegers) {
  ModelBuilder range(13);
  range.output("y").constant("a", int64s({}, {INT64_MIN})).constant("b", int64s({}, {INT64_MAX}));
  range.constant("c", int64s({}, {int64_t{1} << 62})).node("Range", {"a", "b", "c"}, {"y"});
  EXPECT_EQ(constant_output(range).as_int64(),
            (std::vector<int64_t>{INT64_MIN, -(int64_t{1} << 62), 0, int64_t{1} << 62}));
}

TEST(Constants, RangeAndConstantOfShape) {
  ModelBuilder range(17);
  range.output("y").constant("a", int64s({}, {10})).constant("b", int64s({}, {3})).constant("c", int64s({}, {-3}));
  range.node("Range", {"a", "b", "c"}, {"y"});
  EXPECT_EQ(constant_output(range).as_int64(), (std::vector<int64_t>{10, 7, 4}));

  ModelBuilder filled(17);
  filled.output("y").constant("s", int64s({2}, {2, 2}));
  filled.node("ConstantOfShape", {"s"}, {"y"}, {tensor("value", int64s({1}, {5}))});
  EXPECT_EQ(constant_output(filled).as_int64(), (std::vector<int64_t>{5, 5, 5, 5}));
}

TEST(Constants, BigDataIsNotFolded) {
  ModelBuilder model(17);
  model.output("y").constant("s", int64s({2}, {1024, 1024})).node("ConstantOfShape", {"s"}, {"y"});
  EXPECT_EQ(model.lines(), "y = expand('y/element') : float32 1024x1024\noutput y\n");
}

TEST(Constants, ShapeTakesAPart) {
  ModelBuilder model(15);
  model.input("x", {2, 3, 4}).output("y").node("Shape", {"x"}, {"y"}, {integer("start", -2), integer("end", 100)});
  EXPECT_EQ(constant_output(model).as_int64(), (std::vector<int64_t>{3, 4}));
}

// ---- external data

onnx::TensorProto external(const std::string& location, const std::string& offset, const std::string& length) {
  onnx::TensorProto value = floats({2}, {});
  value.set_data_location(onnx::TensorProto::EXTERNAL);
  const std::pair<std::string, std::string> entries[] = {
      {"location", location}, {"offset", offset}, {"length", length}};
  for (const auto& [key, text] : entries) {
    if (text.empty()) continue;
    auto* entry = value.add_external_data();
    entry->set_key(key);
    entry->set_value(text);
  }
  return value;
}

/// A folder with model.onnx, data.bin (5 bytes, then the floats 1 and 2), and a link that leaves it.
class ExternalData : public ::testing::Test {
 protected:
  std::string import(const std::string& location, const std::string& offset, const std::string& length) {
    const float values[] = {1, 2};
    std::ofstream(folder / "data.bin", std::ios::binary)
        << "12345" << std::string(reinterpret_cast<const char*>(values), 8);
    std::error_code error;
    std::filesystem::create_symlink("/etc/hostname", folder / "link.bin", error);
    std::filesystem::create_directory(folder / "inner", error);
    ModelBuilder model(17);
    model.input("x", {2}).output("y").constant("w", external(location, offset, length)).node("Add", {"x", "w"}, {"y"});
    std::ofstream(folder / "model.onnx", std::ios::binary) << model.bytes();
    try {
      const Graph graph = read_onnx(folder / "model.onnx").graph;
      const auto values = graph[graph[graph.order[0]].inputs[1]].constant->as_double();
      return std::to_string(values[0]) + " " + std::to_string(values[1]);
    } catch (const Error& error) {
      return error.problems()[0].message;
    }
  }
  TemporaryFolder folder;
};

TEST_F(ExternalData, IsReadAtUnalignedOffsets) {
  EXPECT_EQ(import("data.bin", "5", "8"), "1.000000 2.000000");
  EXPECT_EQ(import("./data.bin", "5", ""), "1.000000 2.000000");
}

TEST_F(ExternalData, IsNamedBesideTheModel) {
  ASSERT_EQ(import("./data.bin", "5", ""), "1.000000 2.000000");
  const std::vector<std::filesystem::path> files = read_onnx(folder / "model.onnx").files;
  EXPECT_EQ(files, (std::vector<std::filesystem::path>{folder / "model.onnx", folder / "./data.bin"}));
}

TEST_F(ExternalData, StaysInItsFolder) {
  EXPECT_EQ(import("/etc/hostname", "", ""), "external data location '/etc/hostname' is refused");
  EXPECT_EQ(import("../data.bin", "", ""), "external data location '../data.bin' is refused");
  EXPECT_EQ(import("inner/../data.bin", "", ""), "external data location 'inner/../data.bin' is refused");
  EXPECT_EQ(import("", "", ""), "external data location '' is refused");
  EXPECT_EQ(import("link.bin", "", ""), "external data location 'link.bin' leaves the folder");
  EXPECT_EQ(import("inner", "", ""), "external data location 'inner' is not a file");
}

// As a download cache lays models out: names link to contents, which lie in a folder of their own.
TEST_F(ExternalData, LiesBesideWhatTheModelLinksTo) {
  ASSERT_EQ(import("data.bin", "5", "8"), "1.000000 2.000000");
  const std::filesystem::path blobs = folder / "blobs", snapshot = folder / "snapshots" / "1";
  std::filesystem::create_directory(blobs);
  std::filesystem::create_directories(snapshot);
  std::filesystem::rename(folder / "model.onnx", blobs / "c0ffee");
  std::filesystem::rename(folder / "data.bin", blobs / "f00d");
  std::filesystem::create_symlink("../../blobs/c0ffee", snapshot / "model.onnx");
  std::filesystem::create_symlink("../../blobs/f00d", snapshot / "data.bin");
  EXPECT_NO_THROW(read_onnx(snapshot / "model.onnx"));
  // A link to anywhere else stays refused.
  std::filesystem::remove(snapshot / "data.bin");
  std::filesystem::create_symlink("/etc/hostname", snapshot / "data.bin");
  try {
    read_onnx(snapshot / "model.onnx");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problems()[0].message, "external data location 'data.bin' leaves the folder");
  }
}

TEST_F(ExternalData, IsBoundsChecked) {
  EXPECT_EQ(import("missing.bin", "", ""), "external data file 'missing.bin' is missing");
  EXPECT_EQ(import("data.bin", "6", "8"), "external data at offset 6 needs 8 bytes, but 'data.bin' has 13");
  EXPECT_EQ(import("data.bin", "18446744073709551615", ""),
            "external data at offset 18446744073709551615 needs 8 bytes, but 'data.bin' has 13");
  EXPECT_EQ(import("data.bin", "5", "4"), "external data has 4 bytes where its type and shape need 8");
  EXPECT_EQ(import("data.bin", "-1", ""), "external data has offset '-1', which is not a count of bytes");
}

// As ONNX Runtime: the function body of ONNX gives NaN where the largest element is infinite.
TEST(Constants, ReduceLogSumExpOfInfinities) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<std::pair<std::vector<float>, float>> cases = {{{-infinity, -infinity}, -infinity},
                                                                   {{infinity, 1}, infinity},
                                                                   {{infinity, -infinity}, infinity},
                                                                   {{infinity, infinity}, infinity},
                                                                   {{-infinity, 3}, 3},
                                                                   {{nan, 1}, nan},
                                                                   {{nan, infinity}, nan},
                                                                   {{nan, -infinity}, nan},
                                                                   {{3e38f, 1}, 3e38f},
                                                                   {{-3e38f, -3e38f}, -3e38f},
                                                                   {{3.4e38f, 3.4e38f}, 3.4e38f}};
  for (const auto& [values, expected] : cases) {
    ModelBuilder model(17);
    model.output("y")
        .constant("x", floats({2}, values))
        .node("ReduceLogSumExp", {"x"}, {"y"}, {integer("keepdims", 0)});
    const float got = constant_output(model).values<float>()[0];
    const std::string text = ::testing::PrintToString(values);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(got)) << text << ": " << got;
    } else {
      EXPECT_EQ(got, expected) << text;
    }
  }
}

}  // namespace
}  // namespace intaglio::testing
