// The importers' table against the standard:
// operator_schemas.txt, which make_schemas.py writes from the `onnx` package.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "frontend/import.h"
#include "frontend/importers.h"

namespace intaglio::frontend {
namespace {

struct Schema {
  int since = 0;
  bool deprecated = false;
  size_t fewest_inputs = 0, most_inputs = 0, most_outputs = 0;
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

}  // namespace
}  // namespace intaglio::frontend
