// What no kernel computes is refused before anything is lowered: every form with its place, cause and remedy, and all
// of a model in one run together with what the frontend refuses.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "cli/process.h"
#include "frontend/model_builder.h"

namespace intaglio_cli {
namespace {

using namespace intaglio::testing;
constexpr int integers_type = onnx::TensorProto::INT64;

void write_model(const std::filesystem::path& path, const ModelBuilder& model) { write_file(path, model.bytes()); }

struct Refusal {
  const char* name;
  std::function<void(ModelBuilder&)> nodes;  ///< computes y
  const char* message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

const char* const computed_weights =
    "help: Intaglio packs weights at compile time: export the model in eval mode with parameters as initializers, or "
    "give the value with --bind\n";

/// x is float32 1x2x6x6, i int64 2x2, none int64 0x2.
const Refusal refusals[] = {
    {"MatMulOfIntegers",
     [](ModelBuilder& m) {
       m.node("MatMul", {"i", "i"}, {"y"});
     },
     "node 'y': a matrix product of int64 is not supported\nhelp: cast the operands to float32\n"},
    {"CosOfAnInput", [](ModelBuilder& m) { m.node("Cos", {"x"}, {"y"}); },
     "node 'y': cos of values that are computed at run time is not supported\n"
     "help: it is only understood of constants, which are computed when compiling\n"},
    {"CumSumOfAnInput",
     [](ModelBuilder& m) {
       m.constant("axis", int64s({}, {1})).node("CumSum", {"x", "axis"}, {"y"});
     },
     "node 'y': cumulative_sum of values that are computed at run time is not supported\n"
     "help: it is only understood of constants, which are computed when compiling\n"},
    {"NormOfIntegers", [](ModelBuilder& m) { m.node("ReduceL2", {"i"}, {"y"}, {integers("axes", {1})}); },
     "node 'y': reduction l2 of int64 is not supported\nhelp: cast the operand to float32\n"},
    {"MeanOfNoIntegers", [](ModelBuilder& m) { m.node("ReduceMean", {"none"}, {"y"}, {integers("axes", {0})}); },
     "node 'y': reduction mean of int64 over no elements is not supported\nhelp: cast the operand to float32\n"},
    {"ConvWithComputedWeights",
     [](ModelBuilder& m) {
       m.input("w", {3, 2, 1, 1}).node("Conv", {"x", "w"}, {"y"});
     },
     "node 'y': the weight 'w' is computed at run time\nCOMPUTED"},
    {"ConvWithComputedBias",
     [](ModelBuilder& m) {
       m.constant("w", floats({1, 2, 1, 1}, {1, 2})).input("b", {1}).node("Conv", {"x", "w", "b"}, {"y"});
     },
     "node 'y': the bias 'b' is computed at run time\nCOMPUTED"},
    {"ConvTransposeWithComputedWeights",
     [](ModelBuilder& m) {
       m.input("w", {2, 3, 1, 1}).node("ConvTranspose", {"x", "w"}, {"y"});
     },
     "node 'y': the weight 'w' is computed at run time\nCOMPUTED"},
    {"ResizeWithCrop",
     [](ModelBuilder& m) {
       m.constant("roi", floats({8}, {0, 0, 0, 0, 1, 1, 1, 1})).constant("sizes", int64s({4}, {1, 2, 3, 3}));
       m.node("Resize", {"x", "roi", "", "sizes"}, {"y"},
              {text("mode", "linear"), text("coordinate_transformation_mode", "tf_crop_and_resize")});
     },
     "node 'y': Resize with tf_crop_and_resize is not supported\n"
     "help: use half_pixel, align_corners or asymmetric coordinates\n"},
    {"LayerNormWithComputedRow",
     [](ModelBuilder& m) {
       m.input("scale", {6}).node("LayerNormalization", {"x", "scale"}, {"y"}, {integer("axis", 1)});
     },
     "node 'y': the scale 'scale' of LayerNormalization is computed at run time and must be broadcast\n"
     "help: expand it to the normalised shape, or bind it to a constant with --bind\n"},
    {"LargeFloat64",  // too large to fold
     [](ModelBuilder& m) {
       onnx::TensorProto one;
       one.set_data_type(onnx::TensorProto::DOUBLE);
       one.add_dims(1);
       one.add_double_data(1);
       m.constant("one", one).constant("large", int64s({2}, {6000, 6000})).node("Expand", {"one", "large"}, {"wide"});
       m.input("z", {6000, 6000}).node("Cast", {"wide"}, {"c"}, {integer("to", onnx::TensorProto::FLOAT)});
       m.node("Add", {"z", "c"}, {"y"});
     },
     "node 'wide': 'wide' is computed in float64\nhelp: convert the model to float32\n"},
};

class Unsupported : public ::testing::TestWithParam<Refusal> {};

TEST_P(Unsupported, IsRefusedWithPlaceCauseAndRemedy) {
  const TemporaryFolder scratch;
  ModelBuilder model;
  model.input("x", {1, 2, 6, 6}).input("i", {2, 2}, integers_type).input("none", {0, 2}, integers_type);
  GetParam().nodes(model);
  model.output("y");
  write_model(scratch / "net.onnx", model);
  std::string message = GetParam().message;
  if (message.ends_with("COMPUTED")) message.replace(message.size() - 8, 8, computed_weights);
  const Outcome outcome = intaglio({"compile", scratch / "net.onnx", "-o", scratch / "out"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, fmt::format("error: {}: {}", (scratch / "net.onnx").string(), message));
  EXPECT_FALSE(std::filesystem::exists(scratch / "out"));
}

INSTANTIATE_TEST_SUITE_P(Forms, Unsupported, ::testing::ValuesIn(refusals),
                         [](const auto& info) { return info.param.name; });

/// Faults of four kinds: one the frontend finds, one of a type, one of a reduction, one of an operand.
ModelBuilder many_faults(bool unknown_operator) {
  ModelBuilder model;
  model.input("x", {1, 2, 6, 6}).input("i", {2, 2}, integers_type).input("w", {3, 2, 1, 1});
  if (unknown_operator) model.node("Magic", {"x"}, {"m"}).output("m");
  model.node("MatMul", {"i", "i"}, {"product"}).output("product");
  model.node("ReduceL2", {"i"}, {"norm"}).output("norm");
  model.node("Conv", {"x", "w"}, {"c"}).output("c");
  for (onnx::NodeProto& node : *model.proto.mutable_graph()->mutable_node())
    node.set_name(fmt::format("/head/{}/{}", node.output(0), node.op_type()));
  return model;
}

TEST(UnsupportedTogether, EveryFaultOfEveryKindIsListedInOneRun) {
  for (const bool unknown : {false, true}) {
    const TemporaryFolder scratch;
    write_model(scratch / "net.onnx", many_faults(unknown));
    const std::string file = (scratch / "net.onnx").string();
    for (const char* command : {"compile", "inspect", "verify"}) {
      std::vector<std::string> arguments = {command, file};
      if (std::string_view(command) == "compile") arguments.insert(arguments.end(), {"-o", scratch / "out"});
      const Outcome outcome = intaglio(arguments);
      EXPECT_EQ(outcome.status, 1) << command;
      size_t count = 0;
      for (size_t at = 0; (at = outcome.err.find("error: ", at)) != std::string::npos; ++at) ++count;
      EXPECT_EQ(count, unknown ? 4u : 3u) << outcome.err;
      EXPECT_EQ(outcome.err.find("operator 'Magic' is not supported") != std::string::npos, unknown) << outcome.err;
      for (const char* place : {"node '/head/product/MatMul' (head.product): a matrix product of int64",
                                "node '/head/norm/ReduceL2' (head.norm): reduction l2 of int64",
                                "node '/head/c/Conv' (head.c): the weight 'w' is computed at run time"}) {
        EXPECT_NE(outcome.err.find(fmt::format("error: {}: {}", file, place)), std::string::npos) << place << "\n"
                                                                                                  << outcome.err;
      }
    }
  }
}

TEST(UnsupportedTogether, TheInterpreterComputesWhatNoKernelDoes) {
  const TemporaryFolder scratch;
  ModelBuilder model;
  model.input("i", {2, 2}, integers_type).node("MatMul", {"i", "i"}, {"y"}).output("y");
  write_model(scratch / "net.onnx", model);
  EXPECT_EQ(intaglio({"run", scratch / "net.onnx", "--reference"}).status, 0);
}

}  // namespace
}  // namespace intaglio_cli
