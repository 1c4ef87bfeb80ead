// The check of JSON against schemas sees what is wrong.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "json_schema.h"

#include <gtest/gtest.h>

namespace intaglio_cli {
namespace {

TEST(JsonSchema, NamesWhatIsWrong) {
  const nlohmann::json schema = nlohmann::json::parse(R"({
    "type": "object", "required": ["a"], "additionalProperties": false,
    "properties": {"a": {"type": ["integer", "null"], "minimum": 1}, "b": {"items": {"$ref": "#/$defs/word"}},
                   "c": {"const": 1}, "d": {"additionalProperties": {"type": "boolean"}}, "e": {"minItems": 1}},
    "$defs": {"word": {"enum": ["x", "y"]}}})");
  const auto violations = [&](const char* text) { return schema_violations(nlohmann::json::parse(text), schema); };
  using List = std::vector<std::string>;
  EXPECT_EQ(violations(R"({"a": 1, "b": ["x", "y"], "c": 1, "d": {"k": true}})"), List{});
  EXPECT_EQ(violations(R"({"a": null})"), List{});
  EXPECT_EQ(violations("3"), List{": is no \"object\""});
  EXPECT_EQ(violations("{}"), List{": lacks \"a\""});
  EXPECT_EQ(violations(R"({"a": 0})"), List{"/a: 0 is too small"});
  EXPECT_EQ(violations(R"({"a": 1.5})"), List{"/a: is no [\"integer\",\"null\"]"});
  EXPECT_EQ(violations(R"({"a": 1, "b": ["x", "z"]})"), List{"/b/1: \"z\" is none of [\"x\",\"y\"]"});
  EXPECT_EQ(violations(R"({"a": 1, "c": 2})"), List{"/c: is not 1"});
  EXPECT_EQ(violations(R"({"a": 1, "d": {"k": 1}})"), List{"/d/k: is no \"boolean\""});
  EXPECT_EQ(violations(R"({"a": 1, "z": 1})"), List{"/z: is not in the schema"});
  EXPECT_EQ(violations(R"({"a": 1, "e": []})"), List{"/e: the schema has the unknown keyword minItems"});
}

}  // namespace
}  // namespace intaglio_cli
