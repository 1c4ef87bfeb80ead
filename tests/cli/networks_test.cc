// Every committed network goes through the whole compiler. Run by the suite with a compiler under AddressSanitizer and
// UndefinedBehaviorSanitizer too (CMakeLists.txt).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <set>

#include "generated.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

/// One file per network, by name.
std::set<fs::path> network_files() {
  std::set<fs::path> all, files;
  for (const fs::directory_entry& entry : fs::directory_iterator(model("")))
    if (entry.path().extension() == ".onnx") all.insert(entry.path());
  std::set<std::string> networks;
  for (const fs::path& file : all) {
    const std::string name = file.filename().string();
    if (networks.insert(name.substr(0, name.find('.'))).second) files.insert(file);
  }
  return files;
}

TEST(EveryNetwork, IsCompiled) {
  const Words targets = {"portable", "avx2", "avx512", "scalar"};
  const TemporaryFolder scratch;
  size_t count = 0;
  for (const fs::path& file : network_files()) {
    const Outcome outcome =
        intaglio({"compile", file, "-o", scratch / std::to_string(count), "--target", targets[count % targets.size()],
                  "--numerics", count % 2 == 0 ? "fast" : "strict", "--selftest"});
    EXPECT_EQ(outcome.status, 0) << file << "\n" << outcome.err;
    ++count;
  }
  EXPECT_GT(count, 30u);
}

TEST(EveryNetwork, IsInspected) {
  const TemporaryFolder scratch;
  for (const std::string name : {"s1_resnet1d.ts", "resnet18.dy", "ghostnetv2_100.ts.unfolded", "densenet121.ts.b2",
                                 "convnext_tiny.dy", "deeplabv3.ts"}) {
    const Outcome outcome = intaglio({"inspect", model(name + ".onnx"), "--json"});
    EXPECT_EQ(outcome.status, 0) << name << "\n" << outcome.err;
    EXPECT_TRUE(nlohmann::json::accept(outcome.out)) << name << "\n" << outcome.out;
  }
}

/// docs/numerics.md: kernels are chosen under a budget for the whole network's rounding error.
TEST(EveryNetwork, KeepsWithinTheErrorBudgetThatInspectShows) {
  const auto accuracy = [](const std::string& name) {
    const Outcome outcome = intaglio({"inspect", model(name + ".onnx"), "--target", "avx2", "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out).at("accuracy");
  };
  const nlohmann::json magnifies = accuracy("plain_fcn.ts");
  EXPECT_GT(magnifies["estimated_error_without_budget"], 1e-4);
  EXPECT_LE(magnifies["estimated_error"], magnifies["budget"]);
  EXPECT_LE(magnifies["budget"], 4e-5);  // errors have been up to 2.9 times the estimate
  EXPECT_TRUE(magnifies["partial_sums"]);
  ASSERT_EQ(magnifies["exchanges"].size(), 1u);
  EXPECT_EQ(magnifies["exchanges"][0]["layer"], "conv 3x3 16 -> 16 at 20x20");
  for (const std::string name : {"resnet18.ts", "resnet50.ts", "s1_resnet1d.ts", "ghostnet_100.ts"}) {
    const nlohmann::json calm = accuracy(name);
    EXPECT_GT(calm["estimated_error"], 1e-8) << name;
    EXPECT_EQ(calm["estimated_error"], calm["estimated_error_without_budget"]) << name;
    EXPECT_FALSE(calm["partial_sums"]) << name;
    EXPECT_TRUE(calm["exchanges"].empty()) << name;
  }
  const Outcome text = intaglio({"inspect", model("plain_fcn.ts.onnx"), "--target", "avx2"});
  EXPECT_NE(text.out.find("estimated rounding error"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("conv 3x3 16 -> 16 at 20x20: winograd"), std::string::npos) << text.out;
  const Outcome strict = intaglio({"inspect", model("plain_fcn.ts.onnx"), "--numerics", "strict", "--json"});
  EXPECT_FALSE(nlohmann::json::parse(strict.out).contains("accuracy"));
}

}  // namespace
}  // namespace intaglio_cli
