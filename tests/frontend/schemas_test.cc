// The importers' table against the standard:
// operator_schemas.txt, which make_schemas.py writes from the `onnx` package.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "frontend/import.h"
#include "frontend/importers.h"
#include "frontend/node_cases.h"

namespace intaglio::frontend {
namespace {

struct Schema {
  int since = 0;
  bool deprecated = false;
  size_t fewest_inputs = 0, most_inputs = 0, most_outputs = 0;
  std::set<std::string> attributes;
  std::string first_types;  ///< "float|int64|...", of the first input
};

/// Versions by operator, ascending.
std::map<std::string, std::vector<Schema>> read_schemas() {
  std::map<std::string, std::vector<Schema>> schemas;
  std::ifstream file(INTAGLIO_TESTS_DIR "/frontend/operator_schemas.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string name, word;
    Schema schema;
    words >> name >> schema.since >> word;
    if (word == "deprecated") {
      schema.deprecated = true;
      words >> word;
    }
    const auto most = [](const std::string& range) {
      const std::string last = range.substr(range.find('-') + 1);
      return last == "*" ? any_number : std::stoul(last);
    };
    std::string inputs, outputs;
    words >> inputs >> word >> outputs;  // word: "outputs"
    schema.fewest_inputs = std::stoul(inputs);
    schema.most_inputs = most(inputs);
    schema.most_outputs = most(outputs);
    words >> word >> word;  // "attributes"
    std::istringstream attributes(word == "none" ? "" : word);
    for (std::string attribute; std::getline(attributes, attribute, ',');) schema.attributes.insert(attribute);
    while (words >> word && !word.starts_with("T=")) {
    }
    schema.first_types = "|" + word.substr(word.find('=') + 1) + "|";
    schemas[name].push_back(schema);
  }
  return schemas;
}

TEST(Schemas, RowsNameEveryVersionThatIsInForceFromTheOldestToTheNewestOpset) {
  const auto schemas = read_schemas();
  ASSERT_GT(schemas.size(), 200u);
  for (const OperatorRow& row : operator_table()) {
    SCOPED_TRACE(row.name);
    const auto found = schemas.find(row.name);
    ASSERT_NE(found, schemas.end()) << "ONNX has no such operator";
    std::vector<int> expected;
    int removed_in = std::numeric_limits<int>::max();
    for (const Schema& schema : found->second) {
      if (schema.since > newest_opset) break;
      if (schema.deprecated && schema.since == found->second.back().since) {  // with a newer version: only discouraged
        removed_in = schema.since;
        continue;
      }
      if (schema.since <= oldest_opset) expected.clear();  // a newer one is in force
      expected.push_back(schema.since);
    }
    EXPECT_EQ(row.since_versions, expected);
    EXPECT_EQ(find_importer(row.name)->removed_in, removed_in);
  }
}

TEST(Schemas, RowsTakeAsManyInputsAndOutputsAsTheirVersionsHave) {
  const auto schemas = read_schemas();
  for (const OperatorRow& row : operator_table()) {
    SCOPED_TRACE(row.name);
    const OperatorImporter& importer = *find_importer(row.name);
    size_t fewest_inputs = any_number, most_inputs = 0, most_outputs = 0;
    for (const Schema& schema : schemas.at(row.name)) {
      if (std::ranges::find(row.since_versions, schema.since) == row.since_versions.end()) continue;
      fewest_inputs = std::min(fewest_inputs, schema.fewest_inputs);
      most_inputs = std::max(most_inputs, schema.most_inputs);
      most_outputs = std::max(most_outputs, schema.most_outputs);
    }
    EXPECT_EQ(importer.fewest_inputs, fewest_inputs);
    EXPECT_EQ(importer.most_inputs, most_inputs);
    EXPECT_LE(importer.most_outputs, most_outputs);
  }
}

/// The version in force in an opset, of ascending ones.
int in_force(const std::vector<int>& since_versions, int64_t opset) {
  int version = 0;
  for (int since : since_versions) version = since <= opset ? since : version;
  return version;
}

/// A node that a version of an operator accepts: that of the cases whose version is the same, else the next newer one,
/// else an older one, without attributes that the version lacks; without a case, of float inputs alone.
testing::ImportedNode valid_node(const OperatorRow& row, const Schema& schema) {
  testing::ImportedNode found;
  found.x = {1, 4, 6, 6};
  found.node = testing::make_node(row.name, testing::Names(schema.fewest_inputs, "x"), {"y"});
  int nearest = 0;
  for (const testing::ImportedNode& test : testing::all_node_cases().imported) {
    if (test.node.op_type() != row.name) continue;
    const int version = in_force(row.since_versions, test.opset);
    const bool newer = version >= schema.since, has_newer = nearest >= schema.since;
    if (nearest != 0 && (has_newer ? !newer || version >= nearest : !newer && version <= nearest)) continue;
    nearest = version;
    found = test;
  }
  found.opset = std::max<int>(schema.since, oldest_opset);
  auto* attributes = found.node.mutable_attribute();
  for (int i = attributes->size(); i-- > 0;) {
    if (!schema.attributes.contains(attributes->Get(i).name())) attributes->DeleteSubrange(i, 1);
  }
  return found;
}

/// The problems of importing a node, but for those of y as an output.
std::string problems_of(const testing::ImportedNode& node) {
  std::istringstream all(model_of(node).problems());
  std::string result;
  for (std::string line; std::getline(all, line);) {
    if (line.starts_with("node ")) result += line + "\n";
  }
  return result;
}

/// An attribute of a type that none has: whoever reads it says so, and it is unknown to whoever does not.
onnx::AttributeProto of_no_use(const std::string& name) {
  onnx::AttributeProto attribute;
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::SPARSE_TENSORS);
  return attribute;
}

TEST(Schemas, ImportersKnowTheAttributesOfTheirVersionsAndNoOthers) {
  const auto schemas = read_schemas();
  size_t known = 0, unknown = 0;
  for (const OperatorRow& row : operator_table()) {
    const std::vector<Schema>& versions = schemas.at(row.name);
    std::set<std::string> ever;
    for (const Schema& schema : versions) ever.insert(schema.attributes.begin(), schema.attributes.end());
    if (ever.empty()) continue;
    for (const Schema& schema : versions) {
      if (std::ranges::find(row.since_versions, schema.since) == row.since_versions.end()) continue;
      SCOPED_TRACE(row.name + " " + std::to_string(schema.since));
      const testing::ImportedNode valid = valid_node(row, schema);
      for (const std::string& name : ever) {
        testing::ImportedNode changed = valid;
        auto* attributes = changed.node.mutable_attribute();
        for (int i = attributes->size(); i-- > 0;) {
          if (attributes->Get(i).name() == name) attributes->DeleteSubrange(i, 1);
        }
        const bool in_standard = schema.attributes.contains(name);
        if (row.name == "Constant" && in_standard) attributes->Clear();  // it has only one
        *attributes->Add() = of_no_use(name);
        EXPECT_EQ(problems_of(changed).find("is unknown in this opset") == std::string::npos, in_standard)
            << name << "\n"
            << problems_of(changed);
        ++(in_standard ? known : unknown);
      }
      if (row.name == "SequenceAt") continue;
      EXPECT_EQ(problems_of(valid), "");
    }
  }
  EXPECT_GT(known, 200u);
  EXPECT_GT(unknown, 100u);
}

/// "HardSwish" -> "hard_swish".
std::string text_name(std::string_view name) {
  std::string text;
  for (char c : name) {
    if (std::isupper(c) && !text.empty()) text += '_';
    text += static_cast<char>(std::tolower(c));
  }
  return text;
}

TEST(Schemas, FunctionsOfOneElementAreImportedInEachVersionAndRefuseTypesThatTheirVersionLacks) {
  const auto schemas = read_schemas();
  const std::pair<const char*, int> types[] = {{"bool", onnx::TensorProto::BOOL}, {"int64", onnx::TensorProto::INT64}};
  size_t imported = 0, refused = 0;
  for (const OperatorImporter& importer : activation_importers()) {
    const std::string name(importer.name), function = text_name(name);
    UnaryKind kind;
    if (importer.most_inputs != 1 || !parse_unary(function, kind)) continue;
    for (int version : importer.since_versions) {
      SCOPED_TRACE(name + " " + std::to_string(version));
      const int64_t opset = std::max<int64_t>(version, oldest_opset);
      testing::ModelBuilder model(opset);
      model.input("x", {2}).output("y").node(name, {"x"}, {"y"});
      const std::string lines = model.lines();
      EXPECT_TRUE(lines.starts_with("y = " + function + "(x)") && lines.ends_with(" : float32 2\noutput y\n")) << lines;
      ++imported;
      for (const auto& [type, code] : types) {
        const Schema& schema = *std::ranges::find(schemas.at(name), version, &Schema::since);
        if (schema.first_types.find("|" + std::string(type) + "|") != std::string::npos) continue;
        testing::ModelBuilder other(opset);
        other.input("x", {2}, code).output("y").node(name, {"x"}, {"y"});
        EXPECT_EQ(other.problems(), "node 'y': " + name + " of " + type + " data is not supported");
        ++refused;
      }
    }
  }
  EXPECT_GT(imported, 40u);
  EXPECT_GT(refused, 60u);
}

}  // namespace
}  // namespace intaglio::frontend
