// What commands say beside results and errors: progress on terminals alone, --quiet and --verbose.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "generated.h"

namespace intaglio_cli {
namespace {

/// Runs a command whose standard error is a terminal, and returns what it wrote there.
std::string on_terminal(const TemporaryFolder& folder, const Words& arguments, const std::string& setting = "") {
  std::string command = setting + " '" + program() + "'";
  for (const std::string& word : arguments) command += " '" + word + "'";
  const std::string out = (folder / "out").string(), seen = (folder / "seen").string();
  // `script` gives its program a terminal; results go to a file.
  const Outcome outcome = run({"script", "-qec", command + " >" + out, seen}, "TERM=xterm SHELL=/bin/sh");
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  return outcome.out;
}

TEST(Progress, IsShownOnATerminalAlone) {
  if (!installed("script")) GTEST_SKIP() << "util-linux's script is not installed";
  const TemporaryFolder folder;
  const Words compile = {"compile", small, "-o", folder / "net"};
  const std::string seen = on_terminal(folder, compile);
  for (const char* stage : {"read the model", "optimise the graph", "choose kernels and plan memory", "generate"})
    EXPECT_NE(seen.find("\r\x1b[K" + std::string(stage)), std::string::npos) << stage << "\n" << seen;
  EXPECT_EQ(seen.rfind("\r\x1b[K") + 4, seen.size()) << "the line is not gone at the end";
  EXPECT_EQ(on_terminal(folder, compile + Words{"--quiet"}), "");
  EXPECT_EQ(on_terminal(folder, compile, "TERM=dumb"), "");
  EXPECT_EQ(intaglio(compile).err, "");  // a file
}

TEST(Progress, VerboseSaysWhatEachPassDid) {
  const TemporaryFolder folder;
  const Outcome outcome = intaglio({"compile", model("resnet18.ts.unfolded.onnx"), "-o", folder / "net", "--verbose"});
  ASSERT_EQ(outcome.status, 0);
  for (const char* line : {"read the model: 46 nodes", "\n  fold_batch_norm: ", "\n  fuse_epilogues: ",
                           "\noptimise the graph: ", "\nchoose kernels and plan memory: ", "\ngenerate: "})
    EXPECT_NE(outcome.err.find(line), std::string::npos) << line << "\n" << outcome.err;
  EXPECT_NE(outcome.err.find(": nothing to do\n"), std::string::npos);
  EXPECT_NE(outcome.err.find(" -> "), std::string::npos);
  EXPECT_EQ(outcome.out, intaglio({"compile", model("resnet18.ts.unfolded.onnx"), "-o", folder / "net"}).out);
}

TEST(Progress, QuietLeavesOutNotesButNoErrors) {
  const TemporaryFolder folder;
  const std::string dynamic = model("resnet18.ts.dynamic.onnx");  // its batch is 1 by default, with a note
  const Words inspect = {"inspect", dynamic};
  const Outcome loud = intaglio(inspect), quiet = intaglio(inspect + Words{"--quiet"});
  EXPECT_NE(loud.err.find("note: "), std::string::npos);
  EXPECT_EQ(quiet.err, "");
  EXPECT_EQ(quiet.out, loud.out);
  const Outcome wrong = intaglio({"inspect", folder / "nothing.onnx", "--quiet"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.err.find("error: "), std::string::npos);
  EXPECT_EQ(intaglio(inspect + Words{"--quiet", "--verbose"}).status, 2);
  for (const char* command : {"compile", "run", "verify", "inspect", "bench", "report", "targets", "ops"}) {
    const Outcome help = intaglio({command, "--help"});
    EXPECT_NE(help.out.find("--quiet"), std::string::npos) << command;
    EXPECT_NE(help.out.find("--verbose"), std::string::npos) << command;
  }
}

}  // namespace
}  // namespace intaglio_cli
