// NAME_run_parallel gives the bits that NAME_run of a model without tasks gives, in whatever order and on however many
// threads the tasks run, and its tasks do not touch each other's data.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "generated.h"

namespace intaglio_cli {
namespace {

/// Between them every family of kernels that is cut, one and two dimensions, a batch.
const Words cut_networks = {
    "resnet18.ts",           "resnet18_group_norm.ts", "deeplabv3.ts",       "s1_resnet1d.ts",
    "s8_multiscale.ts",      "resnext50_32x4d.ts",     "unet_transposed.ts", "hrnet.ts",
    "mobilenet_v3_small.ts", "shufflenet_v2.ts",       "convnext_tiny.ts",   "ghostnet_100.ts.b2"};
/// So that layers of these small networks are cut, too.
const Words cut_into_three = {"--parallel", "3", "--disable", "task_costs"};

const char* const helpers = R"(
#include <cstdio>
#include <cstring>
#include <vector>
#include "intaglio/threads.h"

static void backwards(void*, void (*task)(void*, int), void* data, int tasks) {
  for (int i = tasks - 1; i >= 0; --i) task(data, i);
}

/// An arena full of NaN, which starts at a multiple of 64.
struct Arena {
  explicit Arena(size_t bytes) : memory(bytes / 4 + 16) {
    for (size_t i = 0; i < memory.size(); ++i) memory[i] = 0xffffffffu;
  }
  void* place() { return reinterpret_cast<void*>((reinterpret_cast<size_t>(memory.data()) + 63) / 64 * 64); }
  std::vector<unsigned> memory;
};

template <class T>
static void fill(std::vector<T>& values) {
  unsigned state = 1;
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(static_cast<float>((state = state * 1664525u + 1013904223u) >> 16) / 32768.0f - 1.0f);
}
)";

/// Calls of one network's functions in a scope of their own; the results are compared with those of the first call.
std::string calls_of(const Generated& serial, const Generated& parallel, const std::string& upper,
                     const std::string& parallel_upper, const std::string& title) {
  const auto& interface = serial.manifest()["interface"];
  std::string text = "  {\n    const char* const title = \"" + title + "\";\n";
  for (size_t i = 0; i < interface["inputs"].size(); ++i) {
    const std::string macro = upper + "_INPUT_" + std::to_string(i);
    text += "    std::vector<" + macro + "_TYPE> in" + std::to_string(i) + "(" + macro + "_ELEMENTS);\n    fill(in" +
            std::to_string(i) + ");\n";
  }
  for (size_t i = 0; i < interface["outputs"].size(); ++i) {
    const std::string macro = upper + "_OUTPUT_" + std::to_string(i), number = std::to_string(i);
    text += "    std::vector<" + macro + "_TYPE> wanted" + number + "(" + macro + "_ELEMENTS), got" + number + "(" +
            macro + "_ELEMENTS);\n";
  }
  auto call = [&](const Generated& net, const std::string& macros, const std::string& results,
                  const std::string& function, const std::string& more) {
    std::string made = "    {\n      Arena arena(" + macros + "_ARENA_BYTES);\n      const " + net.name() +
                       "_memory memory = {arena.place(), nullptr};\n      " + net.name() + "_io io;\n";
    for (size_t i = 0; i < interface["inputs"].size(); ++i)
      made += "      io." + net.member("inputs", i) + " = in" + std::to_string(i) + ".data();\n";
    for (size_t i = 0; i < interface["outputs"].size(); ++i) {
      const std::string vector = results + std::to_string(i);
      made += "      std::memset(" + vector + ".data(), 0xff, " + vector + ".size() * sizeof(" + vector +
              "[0]));\n      io." + net.member("outputs", i) + " = " + vector + ".data();\n";
    }
    made += "      if (" + net.name() + function + "(&memory, &io" + more + ") != 0) return 2;\n";
    for (size_t i = 0; results == "got" && i < interface["outputs"].size(); ++i) {
      const std::string number = std::to_string(i);
      made += "      if (std::memcmp(wanted" + number + ".data(), got" + number + ".data(), got" + number +
              ".size() * sizeof(got" + number + "[0])) != 0) std::printf(\"%s" + function + more + ": output " +
              number + " differs\\n\", title), wrong = 1;\n";
    }
    return made + "    }\n";
  };
  text += call(serial, upper, "wanted", "_run", "") + call(parallel, parallel_upper, "got", "_run", "");
  for (const char* hook : {"&reversed", "&two", "&three"})
    text += call(parallel, parallel_upper, "got", "_run_parallel", std::string(", ") + hook);
  return text + "  }\n";
}

/// Builds and runs a program that calls every network; returns how it ended.
Outcome run_all(const Words& names, const Words& flags, const TemporaryFolder& scratch) {
  const std::string target = runs_here("avx2") ? "avx2" : "portable";
  std::string includes, body;
  Words command = {"g++", "-std=c++11", "-O1", "-pthread", "-o", scratch / "program", scratch / "program.cpp"}, objects;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string number = std::to_string(i);
    const Generated serial(scratch / ("net" + number), names[i] + ".onnx", "net" + number, target);
    const Generated parallel(scratch / ("par" + number), names[i] + ".onnx", "par" + number, target, cut_into_three);
    includes += "#include \"net" + number + ".h\"\n#include \"par" + number + ".h\"\n";
    body += calls_of(serial, parallel, "NET" + number, "PAR" + number, names[i]);
    command.push_back("-I" + serial.folder().string());
    command.push_back("-I" + parallel.folder().string());
    objects = objects + serial.build("g++", Words{"-O1"} + flags) + parallel.build("g++", Words{"-O1"} + flags);
  }
  write_file(scratch / "program.cpp", helpers + includes +
                                          "int main() {\n  int wrong = 0;\n  intaglio::Threads pool2(2), pool3(3);\n"
                                          "  const intaglio_parallel reversed = {backwards, nullptr}, two = "
                                          "pool2.parallel(), three = pool3.parallel();\n" +
                                          body + "  return wrong;\n}\n");
  const Outcome built = run(command + flags + objects);
  EXPECT_EQ(built.status, 0) << built.err;
  return run({scratch / "program"});
}

TEST(Parallel, GivesTheBitsOfOneTask) {
  const TemporaryFolder scratch;
  const Outcome outcome = run_all(cut_networks, {}, scratch);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST(Parallel, TasksDoNotRace) {
  const TemporaryFolder scratch;
  write_file(scratch / "probe.cpp", "int main() { return 0; }\n");
  const Words sanitize = {"-fsanitize=thread"};
  if (run(Words{"g++", "-o", scratch / "probe", scratch / "probe.cpp"} + sanitize).status != 0 ||
      run({scratch / "probe"}).status != 0) {
    GTEST_SKIP() << "ThreadSanitizer does not run here";
  }
  const Outcome outcome = run_all({"resnet18.ts", "ghostnet_100.ts", "s8_multiscale.ts"}, sanitize, scratch);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

/// What is not worth a second thread costs what it costs in a network without tasks: the run function computes it.
TEST(Parallel, TasksAreOfCutStepsAlone) {
  const TemporaryFolder scratch;
  auto source = [&](const std::string& name, const std::string& model, const Words& options) {
    const Generated net(scratch / name, model, "net", "portable", options);
    return read_file(net.folder() / "net.cpp");
  };
  auto count = [](const std::string& text, const std::string& what) {
    size_t found = 0;
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++found;
    return found;
  };
  // Small: nothing is cut, and the run function is the one of a network without tasks.
  const std::string small = "s4_residual.dy.b4.onnx";
  const std::string whole = source("whole", small, {}), uncut = source("uncut", small, {"--parallel", "2"});
  EXPECT_EQ(uncut.substr(0, whole.size()), whole);
  // Larger: each step is either called by the function that calls the steps or stands in the one of the parts.
  const std::string some = source("some", "deeplabv3.ts.onnx", {"--parallel", "2"});
  const size_t steps = count(some, "NET_ON_STEP(") - 1, cut = count(some, "job.step = ");
  EXPECT_GT(cut, 0u);
  EXPECT_LT(cut, steps);
  EXPECT_EQ(count(some, "    case "), cut);
}

TEST(Parallel, NeedsAHook) {
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", "s4_residual.dy.b4.onnx", "net", "portable", {"--parallel", "2"});
  const Words objects = net.build("g++", {"-O1"});
  build_c_program(
      scratch / "program",
      "#include \"net.h\"\nNET_ARENA(arena);\nstatic float in[NET_INPUT_0_ELEMENTS], out[NET_OUTPUT_0_ELEMENTS];\n"
      "int main(void) { net_memory memory = {arena, NULL}; net_io io; io." +
          net.member("inputs", 0) + " = in; io." + net.member("outputs", 0) +
          " = out; return net_run(&memory, &io) == NET_OK && net_run_parallel(&memory, &io, NULL) == NET_NULL_POINTER "
          "&& "
          "NET_TASKS == 2 ? 0 : 1; }\n",
      {net.folder()}, objects);
  EXPECT_EQ(run({scratch / "program"}).status, 0);
}

}  // namespace
}  // namespace intaglio_cli
