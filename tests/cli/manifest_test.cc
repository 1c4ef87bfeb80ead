// The manifest: read back as it was written, and refused with a message when it is damaged or of another format.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/manifest.h"

#include <gtest/gtest.h>

#include "cli/process.h"
#include "support/error.h"

namespace intaglio_cli {
namespace {

using intaglio::Manifest;
using OrderedJson = nlohmann::ordered_json;

std::string written_manifest() {
  const TemporaryFolder scratch;
  const Outcome outcome = intaglio({"compile", small, "-o", scratch / "out", "--name", "net", "--prepare"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return read_file(scratch / "out/net.manifest.json");
}

std::string refusal_of(const std::string& text) {
  try {
    intaglio::parse_manifest(text, "net.manifest.json");
  } catch (const intaglio::Error& error) {
    return error.problems()[0].text();
  }
  return "accepted";
}

TEST(ManifestFile, IsReadBackAsItWasWritten) {
  const std::string text = written_manifest();
  const Manifest manifest = intaglio::parse_manifest(text, "net.manifest.json");
  EXPECT_EQ(to_json(manifest).dump(1, ' ') + "\n", text);
  EXPECT_EQ(manifest.model.name, "net");
  EXPECT_FALSE(manifest.steps.empty());
  EXPECT_FALSE(manifest.files.empty());
}

TEST(ManifestFile, InspectHasTheSameKeysForTheSameThings) {
  const OrderedJson manifest = OrderedJson::parse(written_manifest());
  const Outcome outcome = intaglio({"inspect", small, "--json", "--prepare"});
  const OrderedJson inspected = OrderedJson::parse(outcome.out, nullptr, false);
  ASSERT_TRUE(inspected.is_object()) << outcome.err;
  for (const auto& [key, value] : manifest.items()) {
    if (key == "files") continue;
    EXPECT_EQ(inspected[key].type(), value.type()) << key;
  }
  EXPECT_EQ(inspected["interface"], manifest["interface"]);
  EXPECT_EQ(inspected["target"], manifest["target"]);
  for (const char* key : {"storage", "bytes"}) EXPECT_EQ(inspected["weights"][key], manifest["weights"][key]) << key;
  EXPECT_FALSE(manifest["weights"]["tensors"].empty());
  ASSERT_EQ(inspected["steps"].size(), manifest["steps"].size());
  for (size_t i = 0; i < manifest["steps"].size(); ++i) {
    for (const auto& [key, value] : manifest["steps"][i].items()) EXPECT_EQ(inspected["steps"][i][key], value) << key;
  }
}

TEST(ManifestFile, ThatIsDamagedIsRefusedByWhatIsWrong) {
  const OrderedJson good = OrderedJson::parse(written_manifest());
  ASSERT_EQ(refusal_of(good.dump()), "accepted");
  const std::string prefix = "error: net.manifest.json: is not a manifest of Intaglio: ",
                    help = "\nhelp: remove it or choose another folder\n";
  EXPECT_EQ(refusal_of("{"), prefix + "the file is no object" + help);
  EXPECT_EQ(refusal_of("[]"), prefix + "the file is no object" + help);
  EXPECT_EQ(refusal_of("{}"), prefix + "format is missing" + help);
  for (const auto& [key, value] : good.items()) {
    OrderedJson without = good, other = good;
    without.erase(key);
    EXPECT_EQ(refusal_of(without.dump()), prefix + key + " is missing" + help);
    other[key] = true;
    EXPECT_NE(refusal_of(other.dump()).find(prefix + key + " is no "), std::string::npos) << key;
  }
  OrderedJson step = good;
  step["steps"][1].erase("macs");
  EXPECT_EQ(refusal_of(step.dump()), prefix + "steps[1].macs is missing" + help);
  OrderedJson type = good;
  type["interface"]["inputs"][0]["type"] = "float31";
  EXPECT_EQ(refusal_of(type.dump()), prefix + "interface.inputs[0].type is no element type" + help);
  OrderedJson file = good;
  file["files"]["net.h"] = 1;
  EXPECT_EQ(refusal_of(file.dump()), prefix + "files.net.h is no text" + help);
}

TEST(ManifestFile, OfAnotherFormatIsRefusedAlsoByCompile) {
  for (const int format : {0, 2}) {
    const TemporaryFolder scratch;
    ASSERT_EQ(intaglio({"compile", small, "-o", scratch / "out", "--name", "net"}).status, 0);
    OrderedJson manifest = OrderedJson::parse(read_file(scratch / "out/net.manifest.json"));
    manifest = {{"format", format}};  // whatever else it holds
    write_file(scratch / "out/net.manifest.json", manifest.dump());
    const auto before = contents(scratch / "out");
    const Outcome outcome = intaglio({"compile", small, "-o", scratch / "out", "--name", "net"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.err, "error: " + (scratch / "out/net.manifest.json").string() + ": is a manifest of format " +
                               std::to_string(format) +
                               "; this version of Intaglio reads 1\nhelp: use the version that wrote it, or remove the "
                               "folder and compile again\n");
    EXPECT_EQ(contents(scratch / "out"), before);
  }
}

}  // namespace
}  // namespace intaglio_cli
