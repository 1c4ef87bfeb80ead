// Help, exit statuses and messages of the command line (docs/command-line.md).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "process.h"

namespace intaglio_cli {
namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

/// Wrong usage: status 2, nothing on stdout, `part` somewhere on stderr.
void expect_usage_error(const std::vector<std::string>& arguments, const std::string& part) {
  const Outcome outcome = intaglio(arguments);
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
}

TEST(Usage, HelpListsEveryCommand) {
  const Outcome help = intaglio({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* command : {"compile", "run", "verify", "inspect", "bench", "report", "targets", "ops"}) {
    EXPECT_NE(help.out.find(std::string("\n  ") + command), std::string::npos) << command;
  }
}

TEST(Usage, EachCommandDocumentsItsOptions) {
  const std::vector<std::string> of_models = {"MODEL",     "--target",   "--shape",  "--bind",
                                              "--outputs", "--numerics", "--disable"};
  const std::map<std::string, std::vector<std::string>> options = {
      {"compile",
       {"--output", "--name", "--weights", "--max-arena", "--max-flash", "--selftest", "--list-files", "--depfile",
        "--json", "--emit-ir", "--tune", "--tuning", "--prepare", "--force"}},
      {"run", {"--input", "--output-dir", "--reference", "--cxx"}},
      {"verify", {"--input", "--expect", "--data", "--layers", "--cxx", "--cxxflags", "--runner"}},
      {"inspect", {"--json"}},
      {"bench", {"--threads", "--seconds", "--against", "--python", "--json", "--cxx", "--cxxflags", "--runner"}},
      {"report", {"--output", "--bench", "--json"}},
  };
  for (const auto& [command, own] : options) {
    const Outcome help = intaglio({command, "--help"});
    EXPECT_EQ(help.status, 0) << command;
    for (const auto* list : {&of_models, &own}) {
      for (const std::string& option : *list)
        EXPECT_NE(help.out.find(option), std::string::npos) << command << " " << option;
    }
  }
  for (const char* command : {"targets", "ops"}) {
    const Outcome help = intaglio({command, "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_NE(help.out.find("--json"), std::string::npos) << command;
  }
}

TEST(Usage, VersionIsPrinted) {
  const Outcome version = intaglio({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out.rfind("intaglio ", 0), 0u) << version.out;
}

TEST(Usage, WrongUsageEndsWithTwo) {
  expect_usage_error({}, "subcommand");
  expect_usage_error({"engrave"}, "subcommand");
  expect_usage_error({"compile"}, "MODEL");
  expect_usage_error({"compile", small}, "--output");
  expect_usage_error({"compile", small, "-o", "unused", "--polish"}, "--polish");
  expect_usage_error({"compile", small, "-o", "unused", "--numerics", "sloppy"}, "sloppy");
  expect_usage_error({"compile", small, "-o", "unused", "--weights", "cloud"}, "cloud");
  expect_usage_error({"compile", small, "-o", "unused", "--shape", "input"}, "NAME=VALUE");
  expect_usage_error({"compile", small, "-o", "unused", "--shape", "input=1x-3"}, "is not a shape");
  expect_usage_error({"compile", small, "-o", "unused", "--max-arena", "12Q"}, "is not a size");
  expect_usage_error({"compile", small, "-o", "unused", "--parallel", "1"}, "--parallel");
  expect_usage_error({"compile", small, "-o", "unused", "--parallel", "two"}, "--parallel");
  expect_usage_error({"compile", small, "-o", "unused", "--disable", "gravity"}, "fold_batch_norm");
  expect_usage_error({"compile", small, "-o", "unused", "--emit-ir", "gravity"}, "there is no pass");
  expect_usage_error({"compile", small, "-o", "unused", "--emit-ir", "storage_sharing"},
                     "there is no pass");  // of lowering
  expect_usage_error({"run", small, "--input", "nothing=x.npy"}, "no input 'nothing'");
}

TEST(Usage, UnknownTargetListsTheKnown) {
  const Outcome outcome = intaglio({"compile", small, "-o", "unused", "--target", "abacus"});
  EXPECT_EQ(outcome.status, 2);
  for (const char* target : {"abacus", "portable", "avx2", "avx512", "scalar"})
    EXPECT_NE(outcome.err.find(target), std::string::npos) << target;
}

TEST(Usage, OptionsOfLaterReleasesAreAbsent) {
  expect_usage_error({"compile", small, "-o", "unused", "--tune", "--tuning", "net.tuning.json"}, "--tun");
  expect_usage_error({"simulate", small}, "subcommand");
}

TEST(Usage, UnknownInputAndOutputNamesFail) {
  EXPECT_EQ(intaglio({"compile", small, "-o", "unused", "--outputs", "no_such_value"}).status, 1);
  EXPECT_EQ(intaglio({"compile", small, "-o", "unused", "--shape", "no_such_input=1x2"}).status, 1);
}

TEST(Usage, TablesPrintAsTextAndJson) {
  for (const char* command : {"targets", "ops"}) {
    const Outcome text = intaglio({command}), json = intaglio({command, "--json"});
    EXPECT_EQ(text.status, 0);
    EXPECT_EQ(json.status, 0);
    const nlohmann::json rows = nlohmann::json::parse(json.out, nullptr, false);
    ASSERT_TRUE(rows.is_array()) << json.out;
    EXPECT_EQ(count(text.out, "\n"), rows.size()) << command;
  }
}

TEST(Usage, InspectPrintsAsTextAndJson) {
  const Outcome text = intaglio({"inspect", small}), json = intaglio({"inspect", small, "--json"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_NE(text.out.find("arena "), std::string::npos);
  const nlohmann::json report = nlohmann::json::parse(json.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << json.out;
  EXPECT_EQ(report["format"], 1);
  EXPECT_GT(report["macs"].get<int64_t>(), 0);
  EXPECT_GE(report["memory"]["arena_bytes"].get<int64_t>(), report["memory"]["lower_bound_bytes"].get<int64_t>());
}

TEST(Usage, EmitIrPrintsTheStages) {
  const TemporaryFolder scratch;
  const Outcome all = intaglio({"compile", small, "-o", scratch / "net", "--emit-ir", "all"});
  EXPECT_EQ(all.status, 0) << all.err;
  for (const char* stage : {"# after import", "# after fold_batch_norm", "# after fuse_epilogues", "# after lower"}) {
    EXPECT_NE(all.out.find(stage), std::string::npos) << stage;
  }
}

}  // namespace
}  // namespace intaglio_cli
