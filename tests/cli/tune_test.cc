// `intaglio compile --tune` measures on this machine; `--tuning` reads what it recorded.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "process.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string network = model("s8_multiscale.ts.onnx");

const auto winograd_steps = [](const Json& manifest) {
  int count = 0;
  for (const Json& step : manifest["steps"]) count += step["kernel"] == "winograd";
  return count;
};

/// One test, because measuring takes long.
TEST(Tune, LaterCompilationsChooseWhatWasMeasuredOrWhatElseTheFileSays) {
  const TemporaryFolder scratch;
  const Outcome tuned =
      intaglio({"compile", network, "-o", scratch / "tuned", "--name", "net", "--tune", "--cxxflags", "-O1", "--json"});
  ASSERT_EQ(tuned.status, 0) << tuned.err;
  const Json report = Json::parse(tuned.out);
  EXPECT_GT(report["untuned_milliseconds"], 0.0);
  EXPECT_LE(report["tuned_milliseconds"], report["untuned_milliseconds"]);
  const fs::path file = scratch / "tuned" / "net.tuning.json";
  Json tuning = Json::parse(contents(scratch / "tuned").at("net.tuning.json"));
  EXPECT_EQ(tuning["target"], "portable");
  EXPECT_FALSE(tuning["layers"].empty());
  for (const auto& [layer, entry] : tuning["layers"].items()) {
    EXPECT_GT(entry["milliseconds"], 0.0) << layer;
    bool found = false;
    for (const Json& candidate : entry["candidates"]) {
      found = found || candidate["choice"] == entry["choice"];
      EXPECT_GT(candidate["milliseconds"], 0.0) << layer;
    }
    EXPECT_TRUE(found) << layer;
  }

  const Outcome again = intaglio({"compile", network, "-o", scratch / "again", "--name", "net", "--tuning", file});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.err, "");
  auto expected = contents(scratch / "tuned");
  expected.erase("net.tuning.json");
  EXPECT_EQ(contents(scratch / "again"), expected) << "the same choices give the same bytes";

  // The file is not one of the generated ones: compiling into its folder again leaves it.
  ASSERT_EQ(intaglio({"compile", network, "-o", scratch / "tuned", "--name", "net"}).status, 0);
  EXPECT_TRUE(fs::exists(file));
  const Json untuned = Json::parse(contents(scratch / "tuned").at("net.manifest.json"));
  ASSERT_GT(winograd_steps(untuned), 0);

  // Every choice that the file makes is taken.
  int not_direct = 0;  // layers for which that is too slow to be measured; no two layers of this network are alike
  for (auto& [layer, entry] : tuning["layers"].items()) {
    bool has_direct = false;
    for (const Json& candidate : entry["candidates"]) {
      const std::string choice = candidate["choice"];
      if (choice.rfind("direct", 0) != 0) continue;
      entry["choice"] = choice;
      has_direct = true;
    }
    not_direct += !has_direct;
  }
  ASSERT_LT(not_direct, winograd_steps(untuned));
  write_file(scratch / "direct.json", tuning.dump());
  const Outcome direct = intaglio({"verify", network, "--data", model("s8_multiscale.ts.npz"), "--cxxflags", "-O1",
                                   "--tuning", scratch / "direct.json"});
  EXPECT_EQ(direct.status, 0) << direct.out << direct.err;
  ASSERT_EQ(
      intaglio({"compile", network, "-o", scratch / "direct", "--name", "net", "--tuning", scratch / "direct.json"})
          .status,
      0);
  EXPECT_EQ(winograd_steps(Json::parse(contents(scratch / "direct").at("net.manifest.json"))), not_direct);
}

TEST(Tune, FilesThatDoNotFitAreRefused) {
  const TemporaryFolder scratch;
  const fs::path file = scratch / "tuning.json";
  const auto refused = [&](const std::string& text, const std::string& message) {
    write_file(file, text);
    const Outcome outcome = intaglio({"compile", network, "-o", scratch / "net", "--tuning", file});
    EXPECT_EQ(outcome.status, 1) << text;
    EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(scratch / "net"));
  };
  refused("", "is not a tuning file");
  refused("[]", "is not a tuning file");
  refused(R"({"format": 1, "target": "portable", "layers": 3})", "is not a tuning file");
  refused(R"({"format": 9, "target": "portable", "layers": {}})", "has format 9");
  refused(R"({"format": 1, "target": "avx2", "layers": {}})", "was made for target 'avx2'");
  refused(R"({"format": 1, "target": "portable", "layers": {"conv": {"choice": 1}}})", "has no choice");
  const Outcome missing = intaglio({"compile", network, "-o", scratch / "net", "--tuning", scratch / "missing.json"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.err.find("cannot be read"), std::string::npos) << missing.err;
}

TEST(Tune, WhatANetworkCannotUseIsNoted) {
  const TemporaryFolder scratch;
  write_file(scratch / "other.json", R"({"format": 1, "target": "portable", "layers": {"conv 9x9": {"choice": "x"}}})");
  const Outcome outcome = intaglio({"compile", network, "-o", scratch / "net", "--tuning", scratch / "other.json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("no layer of this network is in the file"), std::string::npos) << outcome.err;
}

TEST(Tune, CodeThatDoesNotRunIsReported) {
  const TemporaryFolder scratch;
  const Outcome outcome =
      intaglio({"compile", network, "-o", scratch / "net", "--tune", "--cxxflags", "-O1", "--runner", "false"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("error: "), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(scratch / "net"));
}

}  // namespace
}  // namespace intaglio_cli
