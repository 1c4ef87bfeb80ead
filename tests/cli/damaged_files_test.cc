// Files that are no models: one message, status 1, nothing written, never a crash.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "process.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

/// One message of the form "error: FILE: ...", and no folder.
void expect_refused(const fs::path& file, const TemporaryFolder& scratch) {
  const Outcome outcome = intaglio({"compile", file, "-o", scratch / "generated"});
  EXPECT_EQ(outcome.status, 1) << file << "\n" << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err.rfind("error: ", 0), 0u) << outcome.err;
  EXPECT_EQ(outcome.err.find("\nerror: "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find(file.filename().string()), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(scratch / "generated"));
}

TEST(DamagedFiles, Absent) {
  const TemporaryFolder scratch;
  expect_refused(scratch / "absent.onnx", scratch);
}

TEST(DamagedFiles, Empty) {
  const TemporaryFolder scratch;
  write_file(scratch / "empty.onnx", "");
  expect_refused(scratch / "empty.onnx", scratch);
}

TEST(DamagedFiles, Text) {
  const TemporaryFolder scratch;
  write_file(scratch / "text.onnx", "This is not a network, it is a sentence.\n");
  expect_refused(scratch / "text.onnx", scratch);
}

TEST(DamagedFiles, Folder) {
  const TemporaryFolder scratch;
  fs::create_directory(scratch / "folder.onnx");
  expect_refused(scratch / "folder.onnx", scratch);
}

TEST(DamagedFiles, Truncated) {
  const TemporaryFolder scratch;
  const std::string whole = read_file(model("s4_residual.ts.b4.onnx"));
  for (size_t part = 1; part < 8; ++part) {
    write_file(scratch / "truncated.onnx", whole.substr(0, whole.size() * part / 8));
    expect_refused(scratch / "truncated.onnx", scratch);
  }
}

TEST(DamagedFiles, FlippedBytesNeverCrash) {
  const TemporaryFolder scratch;
  const std::string whole = read_file(model("s4_residual.ts.b4.onnx"));
  for (size_t at = 0; at < whole.size(); at += whole.size() / 60) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
    write_file(scratch / "flipped.onnx", damaged);
    const Outcome outcome =
        intaglio({"compile", scratch / "flipped.onnx", "-o", scratch / "generated", "--list-files"});
    EXPECT_TRUE(outcome.status == 0 || outcome.status == 1) << "byte " << at << ": status " << outcome.status << "\n"
                                                            << outcome.err;
  }
}

TEST(DamagedFiles, BoundArrays) {
  const TemporaryFolder scratch;
  const std::string small = model("s5_norm_chw.ts.onnx");
  write_file(scratch / "text.npy", "no array");
  for (const std::string file : {"text.npy", "absent.npy"}) {
    const Outcome outcome =
        intaglio({"compile", small, "-o", scratch / "generated", "--bind", "x=" + (scratch / file).string()});
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_NE(outcome.err.find(file), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(scratch / "generated"));
  }
}

/// A .npy file of version 2 with any header.
std::string npy(const std::string& header, const std::string& data) {
  std::string bytes("\x93NUMPY\x02\0", 8);
  for (int shift : {0, 8, 16, 24}) bytes += static_cast<char>(header.size() >> shift & 0xff);
  return bytes + header + data;
}

TEST(DamagedFiles, HeadersOfArrays) {
  const TemporaryFolder scratch;
  const std::string small = model("s5_norm_chw.ts.onnx");
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': ", long_text(1 << 20, '8');
  const std::pair<std::string, std::string> cases[] = {
      {good + "(many,)}", "the shape is absurd"},
      {good + "(2a,)}", "the shape is absurd"},
      {good + "(-1,)}", "the shape is absurd"},
      {good + "(4294967296, 4294967296)}", "the shape is absurd"},
      {good + "(" + long_text + ",)}", "the shape is absurd"},
      {good + "(2,)}", "the number of elements does not match the shape"},
      {good + "(4611686018427387904,)}", "the number of elements does not match the shape"},
      {good + "2}", "the header has no shape"},
      {"{'descr': '" + long_text + "'}", "' is not supported"},
      {"{'descr': '" + long_text, "the header has no element type"},
      {"{'descr': [('a', '<f4')]}", "the header has no element type"},
      {"{'descr': '<f4', 'fortran_order': True, 'shape': (2,)}", "the number of elements does not match the shape"},
      {"", "the header has no element type"},
  };
  for (const auto& [header, message] : cases) {
    write_file(scratch / "damaged.npy", npy(header, "abcd"));
    const Outcome outcome =
        intaglio({"compile", small, "-o", scratch / "generated", "--bind", "x=" + (scratch / "damaged.npy").string()});
    EXPECT_EQ(outcome.status, 1) << header.substr(0, 80);
    EXPECT_NE(outcome.err.find(message), std::string::npos) << header.substr(0, 80) << "\n"
                                                            << outcome.err.substr(0, 500);
  }
}

}  // namespace
}  // namespace intaglio_cli
