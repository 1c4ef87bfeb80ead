// Files that are no models: one message, status 1, nothing written, never a crash.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "process.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

/// One message of the form "error: FILE: ...", and no folder.
void expect_refused(const fs::path& file, const Scratch& scratch) {
  const Outcome outcome = intaglio({"compile", file, "-o", scratch / "generated"});
  EXPECT_EQ(outcome.status, 1) << file << "\n" << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err.rfind("error: ", 0), 0u) << outcome.err;
  EXPECT_EQ(outcome.err.find("\nerror: "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find(file.filename().string()), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(scratch / "generated"));
}

TEST(DamagedFiles, Absent) {
  const Scratch scratch;
  expect_refused(scratch / "absent.onnx", scratch);
}

TEST(DamagedFiles, Empty) {
  const Scratch scratch;
  write_file(scratch / "empty.onnx", "");
  expect_refused(scratch / "empty.onnx", scratch);
}

TEST(DamagedFiles, Text) {
  const Scratch scratch;
  write_file(scratch / "text.onnx", "This is not a network, it is a sentence.\n");
  expect_refused(scratch / "text.onnx", scratch);
}

TEST(DamagedFiles, Folder) {
  const Scratch scratch;
  fs::create_directory(scratch / "folder.onnx");
  expect_refused(scratch / "folder.onnx", scratch);
}

TEST(DamagedFiles, Truncated) {
  const Scratch scratch;
  const std::string whole = read_file(model("s4_residual.ts.b4.onnx"));
  for (size_t part = 1; part < 8; ++part) {
    write_file(scratch / "truncated.onnx", whole.substr(0, whole.size() * part / 8));
    expect_refused(scratch / "truncated.onnx", scratch);
  }
}

TEST(DamagedFiles, FlippedBytesNeverCrash) {
  const Scratch scratch;
  const std::string whole = read_file(model("s4_residual.ts.b4.onnx"));
  for (size_t at = 0; at < whole.size(); at += whole.size() / 60) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
    write_file(scratch / "flipped.onnx", damaged);
    const Outcome outcome = intaglio({"compile", scratch / "flipped.onnx", "-o", scratch / "generated", "--list-files"});
    EXPECT_TRUE(outcome.status == 0 || outcome.status == 1) << "byte " << at << ": status " << outcome.status << "\n" << outcome.err;
  }
}

TEST(DamagedFiles, BoundArrays) {
  const Scratch scratch;
  const std::string small = model("s5_norm_chw.ts.onnx");
  write_file(scratch / "text.npy", "no array");
  for (const std::string file : {"text.npy", "absent.npy"}) {
    const Outcome outcome = intaglio({"compile", small, "-o", scratch / "generated", "--bind", "x=" + (scratch / file).string()});
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_NE(outcome.err.find(file), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(scratch / "generated"));
  }
}

}  // namespace
}  // namespace intaglio_cli
