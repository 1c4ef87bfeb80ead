// Generated code as users build it: strict warnings, C99 and C++11, no library, several models and targets in one
// program.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "generated.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

// ---- warnings and symbols -------------------------------------------------------------------------------------------

class EveryTarget : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(EveryTarget, CompilesWithoutWarningsAndNeedsNoLibrary) {
  const auto& [model_file, target] = GetParam();
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", model_file, "net", target, {"--selftest"});
  Words objects = net.build("g++", Words{"-O2"} + strict_warnings);
  if (installed("clang++")) {
    objects = objects +
              net.build("clang++", Words{"-O1", "-ffreestanding", "-fno-exceptions", "-fno-rtti"} + strict_warnings);
  }
  const Outcome symbols = run(Words{"nm", "-u", "--format=posix"} + objects);
  std::istringstream lines(symbols.out);
  for (std::string line; std::getline(lines, line);) {
    const std::string symbol = line.substr(0, line.find(' '));
    if (symbol.empty() || symbol.back() == ':' || symbol == "_GLOBAL_OFFSET_TABLE_" || symbol.rfind("net_", 0) == 0)
      continue;
    EXPECT_TRUE(symbol == "memcpy" || symbol == "memmove" || symbol == "memset" || symbol == "memcmp") << symbol;
  }
}

std::string case_name(const testing::TestParamInfo<EveryTarget::ParamType>& info) {
  std::string name = std::get<0>(info.param) + "_" + std::get<1>(info.param);
  for (char& c : name) c = c == '.' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Small, EveryTarget,
                         testing::Combine(testing::Values("s4_residual.ts.b4.onnx", "s5_norm_c_training.ts.b4.onnx"),
                                          testing::Values("portable", "avx2", "avx512", "scalar")),
                         case_name);
INSTANTIATE_TEST_SUITE_P(Network, EveryTarget, testing::Values(std::make_tuple("ghostnet_100.dy.onnx", "avx2")),
                         case_name);

TEST(GeneratedCode, FreestandingWithGcc) {
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", "portable");
  net.build("g++", Words{"-Os", "-ffreestanding", "-fno-exceptions", "-fno-rtti"} + strict_warnings);
}

TEST(GeneratedCode, FastMathIsRefused) {
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", "portable");
  const Outcome outcome =
      run({"g++", "-std=c++11", "-ffast-math", "-c", net.folder() / "net.cpp", "-o", scratch / "net.o"});
  EXPECT_NE(outcome.status, 0);
}

/// Checked with the tool's own defaults, where it is installed; `flags` are those of docs/generated-code.md.
void expect_clean(const Words& tools, const Words& flags, bool compiles) {
  const auto found = std::find_if(tools.begin(), tools.end(), installed);
  if (found == tools.end()) GTEST_SKIP() << tools.front() << " is not installed";
  const std::string tool = *found;
  for (const char* target : {"avx2", "portable"}) {
    const TemporaryFolder scratch;
    const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", target,
                        {"--weights", "incbin", "--selftest"});
    const Words files = {net.folder() / "net.cpp", net.folder() / "net_weights.cpp", net.folder() / "net_selftest.cpp"};
    const Words include = {"-I" + net.folder().string(), "-std=c++11"};
    const Outcome outcome = run(compiles ? Words{tool} + flags + files + Words{"--"} + include + net.target_flags()
                                         : Words{tool, include[0]} + flags + files);
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    for (const std::string& text : {outcome.out, outcome.err}) {
      EXPECT_EQ(text.find("warning: "), std::string::npos) << text;
      EXPECT_EQ(text.find("error: "), std::string::npos) << text;
    }
  }
}

TEST(GeneratedCode, PassesTheDefaultsOfClangTidy) {
  expect_clean({"clang-tidy-14", "clang-tidy", "clang-tidy-19"}, {}, true);
}

TEST(GeneratedCode, PassesCppcheck) {
  expect_clean({"cppcheck"}, {"--force", "-q", "--std=c++11", "--error-exitcode=1"}, false);
}

TEST(GeneratedCode, CompilesWithClangForMsvc) {
  const Words clangs = {"clang++", "clang++-19", "clang++-16", "clang++-14"};
  const auto clang = std::find_if(clangs.begin(), clangs.end(), installed);
  if (clang == clangs.end()) GTEST_SKIP() << "clang is not installed";
  for (const char* target : {"avx2", "avx512", "portable", "scalar"}) {
    for (const char* weights : {"inline", "incbin", "external"}) {
      const TemporaryFolder scratch;
      const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", target,
                          {"--weights", weights, "--selftest"});
      // Freestanding, because Microsoft's headers are not here; C++14 is what they need.
      net.build(*clang, Words{"-O1", "--target=x86_64-pc-windows-msvc", "-ffreestanding", "-std=c++14",
                              "-Wa,-I" + net.folder().string()} +
                            strict_warnings);
    }
  }
}

// ---- programs -------------------------------------------------------------------------------------------------------

TEST(GeneratedCode, TwoTargetsLinkIntoOneC99Program) {
  if (!runs_here("avx2")) GTEST_SKIP() << "no AVX2 here";
  const TemporaryFolder scratch;
  const Generated plain(scratch / "plain", "s4_residual.ts.b4.onnx", "plain", "scalar");
  const Generated wide(scratch / "wide", "s4_residual.ts.b4.onnx", "wide", "avx2");
  const std::string input = plain.member("inputs", 0), output = plain.member("outputs", 0);
  build_c_program(scratch / "program",
                  R"(
#include <stdio.h>
#include "plain.h"
#include "wide.h"
PLAIN_ARENA(plain_arena);
WIDE_ARENA(wide_arena);
static float x[PLAIN_INPUT_0_ELEMENTS], a[PLAIN_OUTPUT_0_ELEMENTS], b[WIDE_OUTPUT_0_ELEMENTS];
int main(void) {
  plain_memory first = {plain_arena, NULL};
  wide_memory second = {wide_arena, NULL};
  plain_io io = {0};
  wide_io wide_pointers = {0};
  unsigned i;
  for (i = 0; i < PLAIN_INPUT_0_ELEMENTS; ++i) x[i] = (float)((i * 37u) % 101u) / 50.0f - 1.0f;
  io.)" + input + " = x;\n  io." +
                      output + " = a;\n  wide_pointers." + input + " = x;\n  wide_pointers." + output + R"( = b;
  if (plain_run(&first, &io) != PLAIN_OK || wide_run(&second, &wide_pointers) != WIDE_OK) return 1;
  for (i = 0; i < PLAIN_OUTPUT_0_ELEMENTS; ++i) {
    const float difference = a[i] - b[i];
    if (!(difference < 1e-4f && difference > -1e-4f)) return 2;
  }
  if (plain_run(NULL, &io) != PLAIN_NULL_POINTER) return 3;
  io.)" + output + R"( = NULL;
  if (plain_run(&first, &io) != PLAIN_NULL_POINTER) return 4;
  second.arena = wide_arena + 4;
  if (wide_run(&second, &wide_pointers) != WIDE_MISALIGNED_ARENA) return 5;
  puts("agree");
  return 0;
}
)",
                  {plain.folder(), wide.folder()}, plain.build("g++", {"-O1"}) + wide.build("g++", {"-O1"}));
  const Outcome outcome = run({scratch / "program"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "agree\n");
}

TEST(GeneratedCode, TheStepHookTakesConstantsNamedAfterLayers) {
  for (const Words& options : {Words{}, Words{"--parallel", "2"}}) {
    const TemporaryFolder scratch;
    const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", "portable", options);
    write_file(scratch / "hook.h", "extern \"C\" void on_step(int step);\n#define NET_ON_STEP(step) on_step(step);\n");
    const size_t steps = net.manifest()["steps"].size();
    std::string named = net.manifest()["steps"][0]["name"];
    std::replace(named.begin(), named.end(), '.', '_');
    build_c_program(scratch / "program",
                    R"(
#include <stdio.h>
#include "net.h"
NET_ARENA(arena);
static float x[NET_INPUT_0_ELEMENTS], y[NET_OUTPUT_0_ELEMENTS];
static int next;
void on_step(int step) {
  if (step == net_step_)" +
                        named + R"() puts("first");
  if (step != next++) puts("out of order");
}
int main(void) {
  net_memory memory = {arena, NULL};
  net_io io = {0};
  io.)" + net.member("inputs", 0) +
                        " = x;\n  io." + net.member("outputs", 0) +
                        R"( = y;
  if (net_run(&memory, &io) != NET_OK) return 1;
  printf("%d steps\n", next);
  return 0;
}
)",
                    {net.folder()}, net.build("g++", {"-O1", "-include", scratch / "hook.h"}));
    const Outcome outcome = run({scratch / "program"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.out, "first\n" + std::to_string(steps) + " steps\n");
  }
}

TEST(GeneratedCode, ExternalWeightsAreChecked) {
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", "portable", {"--weights", "external"});
  const std::string input = net.member("inputs", 0), output = net.member("outputs", 0);
  build_c_program(scratch / "program", R"(
#include <stdio.h>
#include "net.h"
NET_ARENA(arena);
static unsigned char weights[NET_WEIGHTS_BYTES] __attribute__((aligned(64)));
static float x[NET_INPUT_0_ELEMENTS], y[NET_OUTPUT_0_ELEMENTS];
int main(int argc, char **argv) {
  net_memory memory = {arena, weights};
  net_io io = {0};
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file || fread(weights, 1, sizeof weights, file) != sizeof weights) return 1;
  fclose(file);
  io.)" + input + " = x;\n  io." + output + R"( = y;
  if (net_check_weights(weights, sizeof weights) != NET_OK) return 2;
  if (net_run(&memory, &io) != NET_OK) return 3;
  if (net_check_weights(weights, sizeof weights - 1) != 3) return 4;
  weights[sizeof weights / 2] ^= 1;  /* damaged */
  if (net_check_weights(weights, sizeof weights) != 3) return 5;
  weights[sizeof weights / 2] ^= 1;
  weights[0] ^= 1;  /* another file */
  if (net_check_weights(weights, sizeof weights) != 3) return 6;
  if (net_run(&memory, &io) != 3) return 7;
  memory.weights = NULL;
  if (net_run(&memory, &io) == NET_OK) return 8;
  puts("checked");
  return 0;
}
)",
                  {net.folder()}, net.build("g++", Words{"-O1"} + strict_warnings));
  const Outcome outcome = run({scratch / "program", net.folder() / "net_weights.bin"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "checked\n");
}

class SelfTest : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(SelfTest, ReturnsZero) {
  const auto& [numerics, weights] = GetParam();
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", "portable",
                      {"--selftest", "--numerics", numerics, "--weights", weights});
  build_c_program(scratch / "program", R"(
#include "net.h"
NET_ARENA(arena);
int main(void) {
  net_memory memory = {arena, NULL};
  return net_selftest(&memory);
}
)",
                  {net.folder()}, net.build("g++", Words{"-O1"} + strict_warnings));
  EXPECT_EQ(run({scratch / "program"}).status, 0);
}

INSTANTIATE_TEST_SUITE_P(GeneratedCode, SelfTest,
                         testing::Combine(testing::Values("fast", "strict"), testing::Values("inline", "incbin")),
                         [](const auto& info) { return std::get<0>(info.param) + "_" + std::get<1>(info.param); });

class Prepare : public testing::TestWithParam<std::string> {};

TEST_P(Prepare, MakesTheWeightsThatAreStoredWithoutIt) {
  const bool external = GetParam() == "external";
  const TemporaryFolder scratch;
  const std::string model_file = "s8_multiscale.ts.onnx";
  const Words options = {"--weights", GetParam()};
  const Generated stored(scratch / "stored", model_file, "stored", "portable", options);
  const Generated made(scratch / "made", model_file, "made", "portable", options + Words{"--prepare"});
  EXPECT_LT(made.manifest()["weights"]["bytes"], stored.manifest()["weights"]["bytes"]);
  EXPECT_GT(made.manifest()["memory"]["prepared_bytes"], 0);
  const std::string input = made.member("inputs", 0), output = made.member("outputs", 0);
  build_c_program(
      scratch / "program",
      std::string(external ? "#define EXTERNAL 1\n" : "#define EXTERNAL 0\n") + R"(
#include <stdio.h>
#include "stored.h"
#include "made.h"
STORED_ARENA(stored_arena);
MADE_ARENA(made_arena);
MADE_PREPARED(prepared);
static unsigned char a_weights[STORED_WEIGHTS_BYTES + 64] __attribute__((aligned(64)));
static unsigned char b_weights[MADE_WEIGHTS_BYTES + 64] __attribute__((aligned(64)));
static float x[MADE_INPUT_0_ELEMENTS], a[STORED_OUTPUT_0_ELEMENTS], b[MADE_OUTPUT_0_ELEMENTS];
static void load(const char *name, unsigned char *to, size_t bytes) {
  FILE *file = fopen(name, "rb");
  if (file && fread(to, 1, bytes, file) == bytes) fclose(file);
}
int main(int argc, char **argv) {
  const void *from_a = NULL, *from_b = NULL;
  stored_memory first = {stored_arena, NULL};
  made_memory second = {made_arena, NULL, prepared};
  stored_io stored_pointers = {0};
  made_io io = {0};
  unsigned i;
  if (EXTERNAL) {
    if (argc != 3) return 1;
    load(argv[1], a_weights, STORED_WEIGHTS_BYTES);
    load(argv[2], b_weights, MADE_WEIGHTS_BYTES);
    first.weights = from_a = a_weights;
    second.weights = from_b = b_weights;
    if (made_prepare(prepared, a_weights) != MADE_WRONG_WEIGHTS) return 2;
  }
  (void)from_a;
  if (made_prepare(NULL, from_b) != MADE_NULL_POINTER) return 3;
  if (made_prepare(prepared + 4, from_b) != MADE_MISALIGNED_PREPARED) return 4;
  if (made_prepare(prepared, from_b) != MADE_OK) return 5;
  for (i = 0; i < MADE_INPUT_0_ELEMENTS; ++i) x[i] = (float)((i * 37u) % 101u) / 50.0f - 1.0f;
  stored_pointers.)" +
          input + " = x;\n  stored_pointers." + output + " = a;\n  io." + input + " = x;\n  io." + output + R"( = b;
  if (stored_run(&first, &stored_pointers) != STORED_OK || made_run(&second, &io) != MADE_OK) return 6;
  for (i = 0; i < MADE_OUTPUT_0_ELEMENTS; ++i) {
    const float difference = a[i] - b[i], bound = 1e-6f * (1.0f + (a[i] < 0 ? -a[i] : a[i]));
    if (!(difference < bound && difference > -bound)) return 7;
  }
  second.prepared = prepared + 4;
  if (made_run(&second, &io) != MADE_MISALIGNED_PREPARED) return 8;
  second.prepared = NULL;
  if (made_run(&second, &io) != MADE_NULL_POINTER) return 9;
  puts("agree");
  return 0;
}
)",
      {stored.folder(), made.folder()},
      stored.build("g++", Words{"-O1"} + strict_warnings) + made.build("g++", Words{"-O1"} + strict_warnings));
  Words command = {scratch / "program"};
  if (external) command = command + Words{stored.folder() / "stored_weights.bin", made.folder() / "made_weights.bin"};
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "agree\n");
}

INSTANTIATE_TEST_SUITE_P(GeneratedCode, Prepare, testing::Values("inline", "incbin", "external"),
                         [](const auto& info) { return info.param; });

TEST(GeneratedCode, FolderIsACMakeProject) {
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", "portable", {"--weights", "incbin"});
  ASSERT_EQ(run({"cmake", "-S", net.folder(), "-B", scratch / "build"}).status, 0);
  const Outcome outcome = run({"cmake", "--build", scratch / "build"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_TRUE(fs::exists(scratch / "build/libnet.a"));
}

}  // namespace
}  // namespace intaglio_cli
