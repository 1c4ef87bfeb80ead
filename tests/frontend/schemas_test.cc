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
#include "frontend/model_builder.h"

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

/// A node that a version of an operator accepts, with no attribute but those it needs, on the values of valid_model().
onnx::NodeProto valid_node(const std::string& name, int version, size_t fewest_inputs) {
  using namespace intaglio::testing;
  struct Form {
    std::string name;
    int versions_below;
    Names inputs;
    Attributes needed;
  };
  constexpr int all = std::numeric_limits<int>::max();
  const onnx::AttributeProto kernel = integers("kernel_shape", {1, 1}), block = integer("blocksize", 2);
  const std::vector<Form> forms = {
      {"And", all, {"flag", "flag"}, {}},
      {"AveragePool", all, {"x"}, {kernel}},
      {"BatchNormalization", all, {"x", "c", "c", "c", "c"}, {}},
      {"Cast", all, {"x"}, {integer("to", onnx::TensorProto::FLOAT)}},
      {"CastLike", all, {"x", "x"}, {}},
      {"Concat", all, {"x", "x"}, {integer("axis", 1)}},
      {"Constant", all, {}, {tensor("value", int64s({1}, {1}))}},
      {"ConstantOfShape", all, {"two"}, {}},
      {"Conv", all, {"x", "w"}, {}},
      {"ConvTranspose", all, {"x", "w"}, {}},
      {"DepthToSpace", all, {"x"}, {block}},
      {"Gather", all, {"x", "zero"}, {}},
      {"GatherElements", all, {"c", "zero"}, {}},
      {"Gemm", all, {"m", "m", "m"}, {}},
      {"GroupNormalization", all, {"x", "c", "c"}, {integer("num_groups", 4)}},
      {"InstanceNormalization", all, {"x", "c", "c"}, {}},
      {"LayerNormalization", all, {"x", "row"}, {}},
      {"LpPool", all, {"x"}, {kernel}},
      {"MaxPool", all, {"x"}, {kernel}},
      {"Or", all, {"flag", "flag"}, {}},
      {"Pad", 11, {"x"}, {integers("pads", std::vector<int64_t>(8))}},
      {"Pad", all, {"x", "pads"}, {}},
      {"Range", all, {"two", "two", "two"}, {}},
      {"Reshape", all, {"x", "shape"}, {}},
      {"Resize", 11, {"x", "scales"}, {}},
      {"Resize", all, {"x", "", "scales"}, {}},
      {"Slice", 10, {"x"}, {integers("starts", {0}), integers("ends", {1})}},
      {"Slice", all, {"x", "two", "two"}, {}},
      {"SpaceToDepth", all, {"x"}, {block}},
      {"Split", 18, {"x"}, {}},
      {"Split", all, {"x"}, {integer("num_outputs", 1)}},
      {"Unsqueeze", 13, {"x"}, {integers("axes", {0})}},
      {"Unsqueeze", all, {"x", "two"}, {}},
      {"Upsample", 9, {"x"}, {numbers("scales", {1, 1, 1, 1})}},
      {"Upsample", all, {"x", "scales"}, {}},
  };
  for (const Form& form : forms) {
    if (form.name == name && version < form.versions_below) return make_node(name, form.inputs, {"y"}, form.needed);
  }
  return make_node(name, Names(fewest_inputs, "x"), {"y"});
}

/// The problems of importing a node at the newest opset in which `version` of its operator is in force.
std::string problems_of(const onnx::NodeProto& node, int opset) {
  using namespace intaglio::testing;
  ModelBuilder model(opset);
  model.input("x", {1, 4, 6, 6}).input("m", {4, 4}).input("flag", {2}, onnx::TensorProto::BOOL).output("y");
  model.constant("c", floats({4}, {1, 1, 1, 1})).constant("row", floats({6}, std::vector<float>(6)));
  model.constant("w", floats({4, 4, 1, 1}, std::vector<float>(16)))
      .constant("pads", int64s({8}, std::vector<int64_t>(8)));
  model.constant("shape", int64s({2}, {4, 36})).constant("scales", floats({4}, {1, 1, 1, 1}));
  model.constant("two", int64s({1}, {2})).constant("zero", int64s({1}, {0}));
  *model.proto.mutable_graph()->add_node() = node;
  std::istringstream all(model.problems());
  std::string result;
  for (std::string line; std::getline(all, line);) {
    if (line.starts_with("node ")) result += line + "\n";  // not those of y as an output
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
      const int opset = std::max<int>(schema.since, oldest_opset);
      const onnx::NodeProto valid = valid_node(row.name, schema.since, schema.fewest_inputs);
      for (const std::string& name : ever) {
        onnx::NodeProto node = valid;
        auto* attributes = node.mutable_attribute();
        for (int i = attributes->size(); i-- > 0;) {
          if (attributes->Get(i).name() == name) attributes->DeleteSubrange(i, 1);
        }
        const bool in_standard = schema.attributes.contains(name);
        if (row.name == "Constant" && in_standard) attributes->Clear();  // it has only one
        *attributes->Add() = of_no_use(name);
        EXPECT_EQ(problems_of(node, opset).find("is unknown in this opset") == std::string::npos, in_standard)
            << name << "\n"
            << problems_of(node, opset);
        ++(in_standard ? known : unknown);
      }
      if (row.name == "SequenceAt") continue;
      EXPECT_EQ(problems_of(valid, opset), "");
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
