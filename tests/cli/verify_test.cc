// `intaglio run` and `intaglio verify`: files in, files out, and the verdict in the exit status.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "process.h"

namespace intaglio_cli {
namespace {

TEST(Verify, AgreesWithPyTorch) {
  const Outcome outcome =
      intaglio({"verify", small, "--data", model("s4_residual.ts.b4.npz"), "--cxxflags", "-O1", "--layers"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("agrees with the expected values"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("\nverified\n"), std::string::npos) << outcome.out;
}

TEST(Verify, PreparesWeightsWhenAsked) {
  for (const std::string name : {"s8_multiscale.ts", "unet_resize.ts"}) {  // Winograd in one and in two dimensions
    const Outcome outcome = intaglio({"verify", model(name + ".onnx"), "--data", model(name + ".npz"), "--prepare",
                                      "--cxxflags", "-O1", "--layers"});
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    EXPECT_NE(outcome.out.find("\nverified\n"), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.err.find("nothing to prepare"), std::string::npos) << outcome.err;
  }
  EXPECT_NE(intaglio({"verify", small, "--prepare", "--numerics", "strict", "--cxxflags", "-O1"})
                .err.find("there is nothing to prepare"),
            std::string::npos);
}

TEST(Verify, DataOfAnotherModelIsRefused) {
  const Outcome outcome = intaglio({"verify", small, "--data", model("s5_norm_chw.ts.npz"), "--cxxflags", "-O1"});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  EXPECT_EQ(outcome.err.rfind("error: ", 0), 0u) << outcome.err;
}

TEST(Verify, CompilerThatFailsIsReported) {
  const Outcome outcome = intaglio({"verify", small, "--cxx", "false"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("--cxx"), std::string::npos) << outcome.err;
}

TEST(Verify, RunnerThatReadsTheTerminalEnds) {
  const TemporaryFolder scratch;
  write_file(scratch / "reads", "cat && exec \"$@\"\n");
  write_file(scratch / "asks", "cat < /dev/tty && exec \"$@\"\n");
  auto at_a_terminal = [&](const std::string& runner) {
    const std::string command =
        program() + " verify " + small + " --cxxflags -O0 --runner 'sh " + (scratch / runner).string() + "' 2>&1";
    return run({"timeout", "200", "script", "-qec", command, "/dev/null"});
  };
  const Outcome reads = at_a_terminal("reads");
  EXPECT_NE(reads.out.find("verified"), std::string::npos) << reads.out;
  const Outcome asks = at_a_terminal("asks");
  EXPECT_NE(asks.out.find("failed with signal"), std::string::npos) << asks.out;
}

TEST(Run, WritesTheSameOutputsAsTheReference) {
  const TemporaryFolder scratch;
  const Outcome native =
      intaglio({"run", small, "--numerics", "strict", "--output-dir", scratch / "native", "--cxxflags", "-O1"});
  const Outcome reference =
      intaglio({"run", small, "--numerics", "strict", "--output-dir", scratch / "reference", "--reference"});
  EXPECT_EQ(native.status, 0) << native.err;
  EXPECT_EQ(reference.status, 0) << reference.err;
  EXPECT_FALSE(contents(scratch / "native").empty());
  EXPECT_EQ(contents(scratch / "native"), contents(scratch / "reference"));
}

TEST(Run, FolderThatCannotBeMadeIsReported) {
  const TemporaryFolder scratch;
  write_file(scratch / "file", "");
  const Outcome outcome = intaglio({"run", small, "--reference", "--output-dir", scratch / "file" / "outputs"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "error: " + (scratch / "file" / "outputs").string() + ": Not a directory\n");
}

TEST(Run, DifferentOutputFailsVerification) {
  const TemporaryFolder scratch;
  ASSERT_EQ(intaglio({"run", small, "--output-dir", scratch / "outputs", "--reference"}).status, 0);
  const auto files = contents(scratch / "outputs");
  ASSERT_EQ(files.size(), 1u);
  std::string changed = files.begin()->second;
  changed.replace(changed.size() - 4, 4, std::string("\0\0\x80\x47", 4));  // the last element becomes 65536
  write_file(scratch / "changed.npy", changed);
  const std::string output =
      nlohmann::json::parse(intaglio({"inspect", small, "--json"}).out)["interface"]["outputs"][0]["name"];
  const Outcome outcome =
      intaglio({"verify", small, "--expect", output + "=" + (scratch / "changed.npy").string(), "--cxxflags", "-O1"});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_NE(outcome.out.find("DIFFERS from the expected values: error 1 of 0.0001, most at ["), std::string::npos)
      << outcome.out;
  changed.replace(changed.size() - 4, 4, std::string("\0\0\xc0\x7f", 4));  // NaN
  write_file(scratch / "changed.npy", changed);
  const Outcome nan =
      intaglio({"verify", small, "--expect", output + "=" + (scratch / "changed.npy").string(), "--cxxflags", "-O1"});
  EXPECT_EQ(nan.status, 1) << nan.err;
  EXPECT_NE(nan.out.find(", not nan, at ["), std::string::npos) << nan.out;
}

TEST(Verify, ToleranceBelowZeroIsRefused) {
  const Outcome outcome = intaglio({"verify", small, "--tolerance", "-1e-4"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err.find("error: --tolerance -0.0001 is below 0\nhelp: give "), 0u) << outcome.err;
}

}  // namespace
}  // namespace intaglio_cli
