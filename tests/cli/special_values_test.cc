// Infinities, NaN, the ends of the integers and tensors without elements, through the whole program: every storage of
// weights, the self-test (which must find what is wrong and nothing else), run and verify.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <limits>

#include "frontend/model_builder.h"
#include "generated.h"

namespace intaglio_cli {
namespace {

using namespace ::intaglio::testing;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Writes a network with outputs `scores` (NaN and infinities among numbers), `masked` (infinities), `wide` (beyond
/// 2^53), `narrow`, `flags`, `nothing` and `total` (of nothing), and an input without elements.
std::string write_model(const TemporaryFolder& scratch) {
  ModelBuilder model(17);
  model.input("x", {1, 3, 4, 4}).input("nobody", {0, 3}).input("i", {4}, onnx::TensorProto::INT64);
  model.input("j", {2}, onnx::TensorProto::INT32).input("b", {2}, onnx::TensorProto::BOOL);
  std::vector<float> weights(12, 0.25f);
  weights[0] = not_a_number, weights[3] = infinity, weights[6] = 1e-45f, weights[7] = -0.0f;
  model.constant("w", floats({4, 3, 1, 1}, weights)).node("Conv", {"x", "w"}, {"scores"});
  model.constant("limit", floats({}, {0.5f})).constant("hidden", floats({}, {-infinity}));
  model.node("Less", {"x", "limit"}, {"mask"}).node("Where", {"mask", "x", "hidden"}, {"masked"});
  model.node("ReduceLogSumExp", {"masked"}, {"sums"}, {integers("axes", {3})});
  model.constant("large", int64s({4}, {INT64_MIN, INT64_MAX - 1, (int64_t{1} << 60) + 1, 7}));
  model.node("Add", {"i", "large"}, {"wide"});
  onnx::TensorProto small;
  small.set_data_type(onnx::TensorProto::INT32);
  small.add_dims(2);
  for (int32_t value : {INT32_MIN, INT32_MAX - 1}) small.add_int32_data(value);
  model.constant("small", small).node("Add", {"j", "small"}, {"narrow"}).node("Not", {"b"}, {"flags"});
  model.node("Relu", {"nobody"}, {"nothing"}).constant("zero", int64s({1}, {0}));
  model.node("ReduceSum", {"nothing", "zero"}, {"total"});
  for (const char* name : {"scores", "masked", "sums", "wide", "narrow", "flags", "nothing", "total"})
    model.output(name);
  write_file(scratch / "special.onnx", model.bytes());
  return scratch / "special.onnx";
}

const std::string self_test_program = R"(
#include <stdio.h>
#include "net.h"
NET_ARENA(arena);
static unsigned char weights[NET_WEIGHTS_BYTES] __attribute__((aligned(64)));
int main(int argc, char **argv) {
  net_memory memory = {arena, NULL};
  if (argc == 2) {
    FILE *file = fopen(argv[1], "rb");
    if (!file || fread(weights, 1, sizeof weights, file) != sizeof weights) return 99;
    fclose(file);
    memory.weights = weights;
  }
  return net_selftest(&memory);
}
)";

class SpecialValues : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(SpecialValues, PassTheSelfTest) {
  const auto& [numerics, weights] = GetParam();
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", write_model(scratch), "net", "portable",
                      {"--selftest", "--numerics", numerics, "--weights", weights});
  for (const std::string compiler : {"g++", "clang++"}) {
    if (!installed(compiler)) continue;
    const Words objects = net.build(compiler, Words{"-O1", "-ffreestanding"} + strict_warnings);
    build_c_program(scratch / "program", self_test_program, {net.folder()}, objects);
    Words command = {scratch / "program"};
    if (weights == "external") command.push_back(net.folder() / "net_weights.bin");
    EXPECT_EQ(run(command).status, 0) << compiler;
  }
}

INSTANTIATE_TEST_SUITE_P(Storages, SpecialValues,
                         testing::Values(std::make_tuple("fast", "inline"), std::make_tuple("strict", "inline"),
                                         std::make_tuple("fast", "incbin"), std::make_tuple("fast", "external")),
                         [](const auto& info) { return std::get<0>(info.param) + "_" + std::get<1>(info.param); });

TEST(SpecialValuesInSelfTests, AreNotTakenForOthers) {
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", write_model(scratch), "net", "portable", {"--selftest", "--weights", "inline"});
  const std::string right = read_file(net.folder() / "net_selftest.cpp");
  const std::pair<std::string, std::string> changes[] = {
      {", -__builtin_inff()", ", __builtin_inff()"},  // the other infinity
      {", -__builtin_inff()", ", 0.25f"},             // a number for an infinity
      {"__builtin_nanf(\"0x0\")", "0.25f"},           // a number for NaN
      {"INT64_MIN", "-9223372036854775807"},
      {"1152921504606846977", "1152921504606846976"},
      {"1152921504606846978", "1152921504606846976"},
  };
  int found = 0;
  for (const auto& [from, to] : changes) {
    std::string wrong = right;
    const size_t at = wrong.find(from);
    if (at == std::string::npos) continue;  // one of the last two: whichever the generated input gives
    ++found;
    write_file(net.folder() / "net_selftest.cpp", wrong.replace(at, from.size(), to));
    build_c_program(scratch / "program", self_test_program, {net.folder()},
                    net.build("g++", Words{"-O1"} + strict_warnings));
    EXPECT_NE(run({scratch / "program"}).status, 0) << from << " -> " << to;
  }
  EXPECT_GE(found, 4);
}

TEST(SpecialValuesInVerify, AreComparedExactly) {
  const TemporaryFolder scratch;
  const std::string model_file = write_model(scratch);
  const Outcome ran = intaglio({"run", model_file, "--reference", "--output-dir", scratch / "outputs"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("nothing: float32 0x3  no elements\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("16 NaN\n"), std::string::npos) << ran.out;
  const auto verify = [&](const std::string& output, const std::string& file) {
    return intaglio({"verify", model_file, "--cxxflags", "-O1", "--expect", output + "=" + file}).status;
  };
  EXPECT_EQ(verify("masked", scratch / "outputs/masked.npy"), 0);
  EXPECT_EQ(intaglio({"verify", model_file, "--cxxflags", "-O1", "--layers"}).status, 0);
  EXPECT_EQ(verify("wide", scratch / "outputs/wide.npy"), 0);
  EXPECT_EQ(verify("total", scratch / "outputs/total.npy"), 0);
  const auto changed = [&](const std::string& output, const std::string& from, const std::string& to) {
    std::string bytes = read_file(scratch / "outputs" / (output + ".npy"));
    const size_t at = bytes.find(from, 64);
    EXPECT_NE(at, std::string::npos) << output;
    if (at != std::string::npos) bytes.replace(at, from.size(), to);
    write_file(scratch / "changed.npy", bytes);
    return scratch / "changed.npy";
  };
  const std::string minus_infinity("\x00\x00\x80\xff", 4), plus_infinity("\x00\x00\x80\x7f", 4),
      one("\x00\x00\x80\x3f", 4);
  EXPECT_EQ(verify("masked", changed("masked", minus_infinity, plus_infinity)), 1);
  EXPECT_EQ(verify("masked", changed("masked", minus_infinity, one)), 1);
  EXPECT_EQ(verify("total", changed("total", std::string(4, '\0'), "\xff\xff\xff\x7f")), 1);  // NaN for a number
  std::string wide = read_file(scratch / "outputs/wide.npy");
  // The third of four: 2^60 and a little becomes its neighbour, which is the same double.
  wide[wide.size() - 16] = static_cast<char>(wide[wide.size() - 16] == 1 ? 0 : 1);
  write_file(scratch / "changed.npy", wide);
  EXPECT_EQ(verify("wide", scratch / "changed.npy"), 1);
}

TEST(SpecialValuesInSelfTests, NothingAtAllCompilesWithoutWarnings) {
  const TemporaryFolder scratch;
  ModelBuilder model(17);
  model.input("x", {0, 3}).output("y").node("Relu", {"x"}, {"y"});
  write_file(scratch / "nothing.onnx", model.bytes());
  const Generated net(scratch / "net", scratch / "nothing.onnx", "net", "portable", {"--selftest"});
  for (const std::string compiler : {"g++", "clang++"}) {
    if (!installed(compiler)) continue;
    const Words objects = net.build(compiler, Words{"-O2"} + strict_warnings);
    build_c_program(scratch / "program", R"(
#include "net.h"
NET_ARENA(arena);
int main(void) {
  net_memory memory = {arena, NULL};
  net_io io = {NULL, NULL}; /* no elements, no memory */
  return net_run(&memory, &io) != NET_OK || net_selftest(&memory) != 0;
}
)",
                    {net.folder()}, objects);
    EXPECT_EQ(run({scratch / "program"}).status, 0) << compiler;
  }
}

}  // namespace
}  // namespace intaglio_cli
