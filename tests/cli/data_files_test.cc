// Inputs and expected values of `run` and `verify` in files: what is read, what is refused before it is read, and
// results that cannot be written.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "process.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t elements = 4 * 3 * 6 * 6;  // of `small`'s only input

/// A .npy file of version 1 around `data`.
std::string float32_file(const std::string& shape, const std::string& data, bool fortran = false) {
  std::string header = std::string("{'descr': '<f4', 'fortran_order': ") + (fortran ? "True" : "False") +
                       ", 'shape': (" + shape + "), }\n";
  std::string bytes("\x93NUMPY\x01\0", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + data;
}

std::string bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// Values for `small`: element by element in row-major order, and the same array column by column.
struct Orders {
  std::vector<float> rows = std::vector<float>(elements), columns = std::vector<float>(elements);
  Orders() {
    size_t at = 0;
    for (size_t n = 0; n < 4; ++n) {
      for (size_t c = 0; c < 3; ++c) {
        for (size_t y = 0; y < 6; ++y) {
          for (size_t x = 0; x < 6; ++x) {
            const auto value = static_cast<float>(at) / elements;
            rows[at++] = value;
            columns[n + 4 * (c + 3 * (y + 6 * x))] = value;
          }
        }
      }
    }
  }
};

/// A folder with in0.npy and the interpreter's output for it as out0.npy.
void make_data(const fs::path& folder) {
  fs::create_directories(folder);
  write_file(folder / "in0.npy", float32_file("4, 3, 6, 6", bytes_of(Orders().rows)));
  ASSERT_EQ(intaglio({"run", small, "--reference", "--input", "input.1=" + (folder / "in0.npy").string(),
                      "--output-dir", folder / "made"})
                .status,
            0);
  fs::rename(folder / "made" / "v24.npy", folder / "out0.npy");
  fs::remove_all(folder / "made");
}

Outcome verify(const fs::path& data, const std::vector<std::string>& more = {}, const std::string& setting = {}) {
  std::vector<std::string> words = {"verify", small, "--data", data, "--cxxflags", "-O1"};
  words.insert(words.end(), more.begin(), more.end());
  return intaglio(words, setting);
}

void expect_failure(const Outcome& outcome, const std::string& message) {
  EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.err.rfind("error: ", 0), 0u) << outcome.err;
  EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.out.find("verified"), std::string::npos) << outcome.out;
}

TEST(DataFiles, FortranOrder) {
  const TemporaryFolder scratch;
  const Orders orders;
  write_file(scratch / "rows.npy", float32_file("4, 3, 6, 6", bytes_of(orders.rows)));
  write_file(scratch / "columns.npy", float32_file("4, 3, 6, 6", bytes_of(orders.columns), true));
  for (const std::string order : {"rows", "columns"}) {
    const Outcome outcome =
        intaglio({"run", small, "--reference", "--input", "input.1=" + (scratch / (order + ".npy")).string(),
                  "--output-dir", scratch / order});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
  }
  EXPECT_EQ(contents(scratch / "rows"), contents(scratch / "columns"));
  EXPECT_FALSE(contents(scratch / "rows").empty());
}

// Shapes are compared before elements are read: these files do not even hold what their headers claim.
TEST(DataFiles, ShapesAreComparedFirst) {
  const TemporaryFolder scratch;
  write_file(scratch / "large.npy", float32_file("1073741824,", ""));
  expect_failure(intaglio({"run", small, "--reference", "--input", "input.1=" + (scratch / "large.npy").string()}),
                 "holds float32 1073741824, input 'input.1' is float32 4x3x6x6");
  expect_failure(intaglio({"verify", small, "--expect", "24=" + (scratch / "large.npy").string()}),
                 "holds float32 1073741824, output '24' is float32 4x6x3x3");
  fs::create_directory(scratch / "set");
  write_file(scratch / "set" / "in0.npy", float32_file("1073741824,", ""));
  expect_failure(verify(scratch / "set"), "input 'input.1' is float32 1073741824 there, float32 4x3x6x6 in the model");
}

TEST(DataFiles, EndlessFiles) {
  const TemporaryFolder scratch;
  const std::string bounded = "ulimit -v 2000000 && timeout 60";  // KiB and seconds
  fs::create_directories(scratch / "npy");
  fs::create_directories(scratch / "pb");
  fs::create_symlink("/dev/zero", scratch / "npy" / "in0.npy");
  fs::create_symlink("/dev/zero", scratch / "pb" / "input_0.pb");
  expect_failure(intaglio({"run", small, "--reference", "--input", "input.1=/dev/zero"}, bounded), "not a .npy file");
  expect_failure(intaglio({"run", small, "--reference", "--bind", "input.1=/dev/zero"}, bounded), "not a .npy file");
  expect_failure(intaglio({"run", small, "--reference", "--tuning", "/dev/zero"}, bounded), "is not a tuning file");
  expect_failure(intaglio({"run", "/dev/zero", "--reference"}, bounded), "is not a file");
  expect_failure(verify("/dev/zero", {}, bounded), "is neither a file nor a folder");
  expect_failure(verify(scratch / "npy", {}, bounded), "not a .npy file");
  expect_failure(verify(scratch / "pb", {}, bounded), "is not a file");
}

TEST(DataFiles, TensorFilesAreNoLargerThanTheirTensor) {
  const TemporaryFolder scratch;
  fs::create_directory(scratch / "pb");
  write_file(scratch / "pb" / "input_0.pb", std::string(2 << 20, '\0'));
  expect_failure(verify(scratch / "pb"), "is larger than any file of a tensor of that type and shape");
}

TEST(DataFiles, WrongChecksum) {
  const TemporaryFolder scratch;
  std::string archive = read_file(model("s4_residual.ts.b4.npz"));
  const size_t at = archive.find("NUMPY") + 400;  // among the first array's elements
  archive[at] = static_cast<char>(archive[at] ^ 1);
  write_file(scratch / "data.npz", archive);
  expect_failure(verify(scratch / "data.npz"), "' is damaged: ");
}

TEST(DataFiles, NothingExpectedIsNotVerified) {
  const TemporaryFolder scratch;
  make_data(scratch / "set");
  fs::remove(scratch / "set" / "out0.npy");
  expect_failure(verify(scratch / "set"), "holds no expected output, so nothing would be verified");
}

TEST(DataFiles, MissingInputs) {
  const TemporaryFolder scratch;
  make_data(scratch / "set");
  fs::rename(scratch / "set" / "in0.npy", scratch / "input.npy");
  expect_failure(verify(scratch / "set"), "'set' holds no value of input 'input.1'");
  const Outcome outcome = verify(scratch / "set", {"--input", "input.1=" + (scratch / "input.npy").string()});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
}

TEST(DataFiles, ValuesGivenTwice) {
  const TemporaryFolder scratch;
  make_data(scratch / "set");
  fs::copy_file(scratch / "set" / "in0.npy", scratch / "set" / "input.1.npy");
  expect_failure(verify(scratch / "set"), "'input.1' is given twice");
}

TEST(DataFiles, ResultsThatCannotBeWritten) {
  const TemporaryFolder scratch;
  const auto into_full = [](const std::string& setting, const std::vector<std::string>& words) {
    // The outer redirection is run()'s; this one stands inside it.
    std::string line = setting + "exec \"$@\" >/dev/full";
    std::vector<std::string> command = {"sh", "-c", line, "sh", program()};
    command.insert(command.end(), words.begin(), words.end());
    return run(command);
  };
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"ops"}, {"inspect", small, "--json"}, {"run", small, "--reference"}, {"targets"}}) {
    const Outcome outcome = into_full("", words);
    EXPECT_EQ(outcome.status, 1) << words[0] << outcome.err;
    EXPECT_NE(outcome.err.find("No space left on device"), std::string::npos) << outcome.err;
  }
  fs::create_directory(scratch / "outputs");
  fs::create_symlink("/dev/full", scratch / "outputs" / "v24.npy");
  const Outcome outcome = intaglio({"run", small, "--reference", "--output-dir", scratch / "outputs"});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_NE(outcome.err.find("v24.npy: cannot be written"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace intaglio_cli
