// `intaglio report`: its data is right, agrees with `inspect` and with its schema, and the page stands alone.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "commands/json_schema.h"
#include "generated.h"
#include "report_models.h"

namespace intaglio_cli {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson report(const std::string& file, const Words& more = {}) {
  const Outcome outcome = intaglio(Words{"report", file, "--json"} + more);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return OrderedJson::parse(outcome.out);
}

OrderedJson inspect(const std::string& file, const Words& more = {}) {
  return OrderedJson::parse(intaglio(Words{"inspect", file, "--json"} + more).out);
}

int64_t sum(const OrderedJson& list, const char* key) {
  int64_t result = 0;
  for (const OrderedJson& item : list) result += item[key].get<int64_t>();
  return result;
}

void expect_right(const std::string& file, const Words& more = {}) {
  const OrderedJson data = report(file, more), other = inspect(file, more);
  const auto wrong =
      intaglio::schema_violation(data, intaglio::embedded_schema("report"), intaglio::UnknownKeys::refused);
  EXPECT_EQ(wrong.value_or("valid"), "valid");
  // Totals per layer add up to what inspect says of the steps.
  for (const char* key : {"macs", "read_bytes", "written_bytes", "weight_bytes"}) {
    EXPECT_EQ(sum(data["layers"], key), sum(other["steps"], key)) << key;
    EXPECT_EQ(data["totals"][key], sum(other["steps"], key)) << key;
  }
  EXPECT_EQ(sum(data["layers"], "steps"), other["steps"].size());
  EXPECT_EQ(data["totals"]["parameters"], other["parameters"]);
  EXPECT_EQ(data["totals"]["packed_weight_bytes"], other["weights"]["bytes"]);
  // The memory plan.
  const OrderedJson &memory = data["memory"], &plan = other["memory"];
  for (const char* key : {"arena_bytes", "lower_bound_bytes", "gap_bytes", "in_place"})
    EXPECT_EQ(memory[key], plan[key]);
  const std::vector<int64_t> occupied = memory["occupied_bytes"];
  ASSERT_EQ(occupied.size(), other["steps"].size());
  EXPECT_EQ(memory["peak_step"], std::ranges::max_element(occupied) - occupied.begin());
  EXPECT_LE(std::ranges::max(occupied), memory["arena_bytes"]);
  for (const OrderedJson& buffer : memory["buffers"]) {
    EXPECT_TRUE(std::ranges::any_of(plan["buffers"], [&](const OrderedJson& planned) {
      return planned["name"] == buffer["name"] && planned["offset"] == buffer["offset"] &&
             planned["first_step"] == buffer["first_step"] && planned["last_step"] == buffer["last_step"];
    })) << buffer;
  }
  // Every layer is reached from an input and reaches an output.
  std::set<OrderedJson> behind, before;
  for (size_t round = 0; round < data["layers"].size() + 2; ++round) {
    for (const OrderedJson& edge : data["edges"]) {
      if (edge["from"].contains("input") || behind.contains(edge["from"])) behind.insert(edge["to"]);
      if (edge["to"].contains("output") || before.contains(edge["to"])) before.insert(edge["from"]);
    }
  }
  for (size_t i = 0; i < data["layers"].size(); ++i) {
    EXPECT_TRUE(behind.contains(OrderedJson{{"layer", i}})) << data["layers"][i]["name"] << " reads nothing";
    EXPECT_TRUE(before.contains(OrderedJson{{"layer", i}})) << "nobody reads " << data["layers"][i]["name"];
  }
  for (const OrderedJson& weight : data["weights"]) {
    const OrderedJson& histogram = weight["histogram"];
    int64_t counted = histogram["below"].get<int64_t>() + histogram["above"].get<int64_t>();
    for (const OrderedJson& bin : histogram["bins"]) counted += bin.get<int64_t>();
    EXPECT_EQ(counted + weight["not_finite"].get<int64_t>(), weight["count"]) << weight["name"];
    EXPECT_LE(weight["minimum"], weight["maximum"]);
    EXPECT_LE(histogram["low"], histogram["high"]);
  }
}

TEST(Report, AgreesWithInspect) {
  for (const char* file : {"resnet18.ts.onnx", "shufflenet_v2.dy.b2.onnx", "densenet121.ts.onnx"}) {
    SCOPED_TRACE(file);
    expect_right(model(file));
  }
}

TEST(Report, BandsOfRowsAreSummed) {
  const TemporaryFolder folder;
  write_file(folder / "net.onnx", banded_model());
  expect_right(folder / "net.onnx");
  const OrderedJson data = report(folder / "net.onnx");
  ASSERT_EQ(data["layers"].size(), 4);  // the last one turns the average into what the caller gets
  for (size_t i = 0; i < 3; ++i) {
    const OrderedJson& layer = data["layers"][i];
    ASSERT_TRUE(layer.contains("bands")) << layer;
    EXPECT_GT(layer["bands"], 1) << layer;
    EXPECT_GE(layer["steps"], layer["bands"]);
    EXPECT_EQ(layer["what"].get<std::string>().find("rows"), std::string::npos) << layer["what"];
  }
  EXPECT_EQ(data["layers"][0]["macs"], 112 * 112 * 64 * 3 * 49);
}

TEST(Report, PageStandsAlone) {
  const TemporaryFolder folder;
  const std::filesystem::path page = folder / "report.html";
  const Outcome outcome = intaglio({"report", model("resnet50.ts.onnx"), "-o", page});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out.find(page.string() + ": "), 0) << outcome.out;
  const std::string text = read_file(page);
  EXPECT_LT(text.size(), 1'000'000);
  EXPECT_NE(text.find("Content-Security-Policy\" content=\"default-src 'none'"), std::string::npos);
  for (const char* loading : {"<link", "<img", " src=", "@import", "url(h", "url(/", "fetch(", "sourceMappingURL"})
    EXPECT_EQ(text.find(loading), std::string::npos) << loading;
  EXPECT_NE(text.find("Copyright (c) 2012-2014 Chris Pettitt"), std::string::npos) << "the licence of dagre";
  // The data in it is what --json prints.
  const std::string begin = "id=\"report-data\">";
  const size_t at = text.find(begin) + begin.size();
  EXPECT_EQ(OrderedJson::parse(text.substr(at, text.find("</script>", at) - at)), report(model("resnet50.ts.onnx")));
  // The same bytes every time.
  intaglio({"report", model("resnet50.ts.onnx"), "-o", folder / "again.html"});
  EXPECT_EQ(read_file(folder / "again.html"), text);
}

TEST(Report, BenchDataMustBeOfTheModel) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "bench.json";
  const auto refused = [&](const std::string& text, const std::string& part, const Words& more = {}) {
    write_file(file, text);
    const Outcome outcome = intaglio(Words{"report", small, "--json", "--bench", file} + more);
    EXPECT_EQ(outcome.status, 1) << text.substr(0, 200);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
  };
  const std::string right = bench_of(small);
  write_file(file, right);
  EXPECT_EQ(report(small, {"--bench", file})["bench"], OrderedJson::parse(right));
  refused("{", "is not what `intaglio bench --json` writes");
  refused("[]", "is not what `intaglio bench --json` writes");
  refused(right.substr(0, right.size() / 2), "is not what `intaglio bench --json` writes");
  OrderedJson changed = OrderedJson::parse(right);
  changed["format"] = 99;
  refused(changed.dump(), "has format 99, this version reads 1");
  changed = OrderedJson::parse(right);
  changed["threads"][0]["layers"][0]["median_ms"] = "fast";
  refused(changed.dump(), "is damaged: threads[0].layers[0].median_ms is no number");
  changed = OrderedJson::parse(right);
  changed["threads"] = OrderedJson::array();
  refused(changed.dump(), "is damaged: threads has fewer than 1 items");
  changed = OrderedJson::parse(right);
  changed["model"]["hash"] = "0";
  refused(changed.dump(), "was measured on another model");
  refused(right, "was measured for target 'portable', not 'scalar'", {"--target", "scalar"});
  refused(right, "was measured with other options", {"--disable", "fuse_epilogues"});
  std::filesystem::remove(file);
  EXPECT_NE(intaglio({"report", small, "--json", "--bench", file}).err.find("cannot be read"), std::string::npos);
}

TEST(Report, WrongUsage) {
  const Outcome nowhere = intaglio({"report", small});
  EXPECT_EQ(nowhere.status, 2);
  EXPECT_NE(nowhere.err.find("-o report.html"), std::string::npos) << nowhere.err;
  EXPECT_EQ(intaglio({"report", small, "-o", "/dev/null/page.html"}).status, 1);
}

}  // namespace
}  // namespace intaglio_cli
