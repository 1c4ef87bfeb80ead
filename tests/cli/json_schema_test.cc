// The check of JSON against schemas sees what is wrong.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/json_schema.h"

#include <gtest/gtest.h>

#include "support/error.h"

namespace intaglio {
namespace {

using nlohmann::ordered_json;

TEST(JsonSchema, NamesWhatIsWrong) {
  const ordered_json schema = ordered_json::parse(R"({
    "type": "object", "required": ["a"], "additionalProperties": false,
    "properties": {"a": {"type": ["integer", "null"], "minimum": 1}, "b": {"items": {"$ref": "#/$defs/word"}},
                   "c": {"const": 1}, "d": {"additionalProperties": {"type": "boolean"}}, "e": {"minItems": 1},
                   "f": {"oneOf": [{"const": 1}, {"type": "string"}]}},
    "$defs": {"word": {"enum": ["x", "y"]}}})");
  const auto violation = [&](const char* text) {
    return schema_violation(ordered_json::parse(text), schema).value_or("valid");
  };
  EXPECT_EQ(violation(R"({"a": 1, "b": ["x", "y"], "c": 1, "d": {"k": true}, "e": [0], "f": "g"})"), "valid");
  EXPECT_EQ(violation(R"({"a": null})"), "valid");
  EXPECT_EQ(violation("3"), "the value is no object");
  EXPECT_EQ(violation("{}"), "a is missing");
  EXPECT_EQ(violation(R"({"a": 0})"), "a is below 1");
  EXPECT_EQ(violation(R"({"a": 1.5})"), "a is no integer or null");
  EXPECT_EQ(violation(R"({"a": 1, "b": ["x", "z"]})"), R"(b[1] is none of ["x","y"])");
  EXPECT_EQ(violation(R"({"a": 1, "c": 2})"), "c is not 1");
  EXPECT_EQ(violation(R"({"a": 1, "d": {"k": 1}})"), "d.k is no boolean");
  EXPECT_EQ(violation(R"({"a": 1, "e": []})"), "e has fewer than 1 items");
  EXPECT_EQ(violation(R"({"a": 1, "f": 2})"), "f is not exactly one of what it may be");
  EXPECT_EQ(violation(R"({"a": 1, "z": 1})"), "z is not known");
}

TEST(JsonSchema, KeysThatAreNotKnownAreRefusedWhereAsked) {
  const ordered_json schema = ordered_json::parse(R"({"properties": {"a": {"type": "integer"}}})");
  const ordered_json value = ordered_json::parse(R"({"a": 1, "z": 1})");
  EXPECT_EQ(schema_violation(value, schema), std::nullopt);
  EXPECT_EQ(schema_violation(value, schema, UnknownKeys::refused), "z is not known");
}

TEST(JsonSchema, ASchemaThatAsksForMoreThanIsCheckedIsADefect) {
  const ordered_json schema = ordered_json::parse(R"({"maxItems": 1})");
  EXPECT_THROW(schema_violation(ordered_json::array(), schema), Error);
}

}  // namespace
}  // namespace intaglio
