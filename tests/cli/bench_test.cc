// `intaglio bench`: what it reports fits together, the hook costs nothing where it is off, and wrong usage is refused.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cmath>

#include "commands/json_schema.h"
#include "generated.h"

namespace intaglio_cli {
namespace {

using OrderedJson = nlohmann::ordered_json;

/// A Python whose onnxruntime is made of three lines: every run takes a thousandth of a second.
void write_python_with_runtime(const TemporaryFolder& folder) {
  write_file(folder / "modules/onnxruntime.py",
             "import time\n__version__ = '0.0.1'\n"
             "class SessionOptions: pass\n"
             "class InferenceSession:\n"
             "  def __init__(self, model, options, providers): assert open(model, 'rb').read(1)\n"
             "  def get_inputs(self): return []\n"
             "  def run(self, outputs, inputs): time.sleep(0.001)\n");
  write_file(folder / "modules/numpy.py",
             "class Array:\n  def reshape(self, shape): return self\n"
             "def fromfile(file, dtype): assert open(file, 'rb').read(1) and dtype == 'float32'; return Array()\n");
  write_file(folder / "python", "#!/bin/sh\nPYTHONPATH='" + (folder / "modules").string() + "' exec python3 \"$@\"\n");
  std::filesystem::permissions(folder / "python", std::filesystem::perms::owner_all);
}

void expect_close(const OrderedJson& value, double wanted) {
  EXPECT_NEAR(value.get<double>(), wanted, 1e-9 + 1e-6 * std::fabs(wanted));
}

TEST(Bench, NumbersFitTogether) {
  const TemporaryFolder folder;
  write_python_with_runtime(folder);
  Words command = {"bench", small, "--threads", "2", "--seconds", "0.05", "--cxxflags", "-O1", "--json"};
  const bool python = installed("python3");
  if (python) command = command + Words{"--against", "onnxruntime", "--python", folder / "python"};
  const Outcome outcome = intaglio(command);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const OrderedJson bench = OrderedJson::parse(outcome.out);
  const auto wrong =
      intaglio::schema_violation(bench, intaglio::embedded_schema("bench"), intaglio::UnknownKeys::refused);
  EXPECT_EQ(wrong.value_or("valid"), "valid");
  ASSERT_EQ(bench["threads"].size(), 2);
  for (size_t i = 0; i < 2; ++i) {
    const OrderedJson& run = bench["threads"][i];
    EXPECT_EQ(run["threads"], i + 1);
    EXPECT_GE(run["runs"], 10) << "five rounds of at least two runs";
    EXPECT_GT(run["minimum_ms"], 0);
    EXPECT_LE(run["minimum_ms"], run["median_ms"]);
    EXPECT_GT(run["peak_gflops"], 0.5);
    EXPECT_GT(run["bandwidth_gbps"], 0.05);
    expect_close(run["gflops"], 2e-6 * bench["macs"].get<double>() / run["minimum_ms"].get<double>());
    expect_close(run["share_of_peak"], run["gflops"].get<double>() / run["peak_gflops"].get<double>());
    double sum = 0;
    int64_t macs = 0;
    for (const OrderedJson& layer : run["layers"]) {
      EXPECT_LE(layer["minimum_ms"], layer["median_ms"]);
      sum += layer["median_ms"].get<double>();
      macs += layer["macs"].get<int64_t>();
      const double rate = 2e-6 * layer["macs"].get<double>() / std::max(1e-12, layer["minimum_ms"].get<double>());
      if (layer["minimum_ms"] > 0) expect_close(layer["gflops"], rate);
      expect_close(layer["share_of_bandwidth"], layer["gbps"].get<double>() / run["bandwidth_gbps"].get<double>());
    }
    EXPECT_EQ(macs, bench["macs"]);
    expect_close(run["layers_ms"], sum);
    // Most of a run is spent in steps, and no step is counted twice. On a busy machine medians waver.
    EXPECT_GT(run["layers_share"], 0.3);
    EXPECT_LT(run["layers_share"], 1.7);
  }
  ASSERT_EQ(bench["against"].size(), python ? 2 : 0);
  for (const OrderedJson& other : bench["against"]) {
    EXPECT_EQ(other["version"], "0.0.1");
    EXPECT_GE(other["minimum_ms"], 1);
    EXPECT_GE(other["runs"], 10);
  }
  // It is what a report takes, of the model that was measured.
  write_file(folder / "bench.json", outcome.out);
  const Outcome report = intaglio({"report", small, "--json", "--bench", folder / "bench.json"});
  EXPECT_EQ(report.status, 0) << report.err;
}

TEST(Bench, IsReadableAndRunsThroughARunner) {
  const TemporaryFolder folder;
  write_file(folder / "runner", "#!/bin/sh\necho ran >>'" + (folder / "log").string() + "'\nexec \"$@\"\n");
  std::filesystem::permissions(folder / "runner", std::filesystem::perms::owner_all);
  const Outcome outcome = intaglio(
      {"bench", small, "--threads", "1", "--seconds", "0.01", "--cxxflags", "-O1", "--runner", folder / "runner"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(read_file(folder / "log").substr(0, 8), "ran\nran\n");
  for (const char* part : {"\nintaglio ", "of peak", "GB/s from memory", "conv1\n", "the layers' medians add up to"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
}

// Whole runs are timed without the hook: the macro is then empty, so that the code is that of a folder without it.
TEST(Bench, HookThatIsOffCostsNothing) {
  const TemporaryFolder folder;
  const Generated net(folder / "net", "s4_residual.ts.b4.onnx", "net", "portable");
  std::string assembly[2];
  for (const bool without : {false, true}) {
    if (without) {
      std::string text = read_file(folder / "net/net.cpp");
      for (size_t at = text.find("  NET_ON_STEP("); at != std::string::npos; at = text.find("  NET_ON_STEP(", at))
        text.erase(at, text.find('\n', at) - at);
      write_file(folder / "net/net.cpp", text);
    }
    const Outcome built = run({"sh", "-c",
                               "cd '" + (folder / "net").string() +
                                   "' && c++ -O2 -S -g0 -I. net.cpp -o net.s && grep -v '\\.ident\\|\\.file' net.s"});
    ASSERT_EQ(built.status, 0) << built.err;
    assembly[without ? 1 : 0] = built.out;
  }
  EXPECT_FALSE(assembly[0].empty());
  EXPECT_EQ(assembly[0], assembly[1]);
}

TEST(Bench, RefusesWhatItCannotDo) {
  const TemporaryFolder folder;
  write_file(folder / "python", "#!/bin/sh\nexit 1\n");
  std::filesystem::permissions(folder / "python", std::filesystem::perms::owner_all);
  const Outcome missing =
      intaglio({"bench", small, "--against", "onnxruntime", "--python", folder / "python", "--threads", "1"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.err.find("cannot import numpy and onnxruntime\nhelp: pip install onnxruntime"), std::string::npos)
      << missing.err;
  EXPECT_EQ(intaglio({"bench", small, "--against", "tensorflow"}).status, 2);
  EXPECT_EQ(intaglio({"bench", small, "--threads", "0"}).status, 2);
  EXPECT_EQ(intaglio({"bench", small, "--seconds", "-1"}).status, 2);
  EXPECT_EQ(intaglio({"bench", small, "--python", "python3"}).status, 2) << "without --against";
  EXPECT_EQ(intaglio({"bench", small, "--against", "onnxruntime", "--outputs", "24"}).status, 2);
  const Outcome broken = intaglio({"bench", small, "--cxx", "false", "--threads", "1"});
  EXPECT_EQ(broken.status, 1);
  EXPECT_NE(broken.err.find("building the generated code failed"), std::string::npos) << broken.err;
}

}  // namespace
}  // namespace intaglio_cli
