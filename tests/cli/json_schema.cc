// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "json_schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "process.h"

namespace intaglio_cli {

namespace {

using nlohmann::json;

class SchemaCheck {
 public:
  explicit SchemaCheck(const json& root) : root_(root) {}

  void check(const json& value, const json& schema, const std::string& at) {
    static const std::set<std::string> known = {
        "$schema", "$defs",    "$ref",  "title",      "description", "type",    "const",
        "enum",    "required", "items", "properties", "minimum",     "pattern", "additionalProperties"};
    for (const auto& [keyword, argument] : schema.items()) {
      if (!known.contains(keyword)) add(at, "the schema has the unknown keyword " + keyword);
    }
    if (schema.contains("$ref"))
      check(value, root_.at(json::json_pointer(schema["$ref"].get<std::string>().substr(1))), at);
    if (schema.contains("type") && !has_type(value, schema["type"])) return add(at, "is no " + schema["type"].dump());
    if (schema.contains("const") && value != schema["const"]) add(at, "is not " + schema["const"].dump());
    if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end())
      add(at, value.dump() + " is none of " + schema["enum"].dump());
    if (schema.contains("minimum") && value.is_number() && value.get<double>() < schema["minimum"].get<double>())
      add(at, value.dump() + " is too small");
    if (schema.contains("pattern") && value.is_string() &&
        !std::regex_search(value.get<std::string>(), std::regex(schema["pattern"].get<std::string>())))
      add(at, value.dump() + " is not like " + schema["pattern"].dump());
    if (value.is_array() && schema.contains("items")) {
      for (size_t i = 0; i < value.size(); ++i) check(value[i], schema["items"], at + "/" + std::to_string(i));
    }
    if (value.is_object()) check_members(value, schema, at);
  }

  std::vector<std::string> violations;

 private:
  void add(const std::string& at, const std::string& what) { violations.push_back(at + ": " + what); }

  static bool has_type(const json& value, const json& type) {
    if (type.is_array()) return std::ranges::any_of(type, [&](const json& one) { return has_type(value, one); });
    return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
           (type == "null" && value.is_null()) || (type == "integer" && value.is_number_integer()) ||
           (type == "number" && value.is_number());
  }

  void check_members(const json& value, const json& schema, const std::string& at) {
    for (const json& key : schema.value("required", json::array())) {
      if (!value.contains(key.get<std::string>())) add(at, "lacks " + key.dump());
    }
    const json properties = schema.value("properties", json::object());
    for (const auto& [key, member] : value.items()) {
      const std::string place = at + "/" + key;
      if (properties.contains(key))
        check(member, properties[key], place);
      else if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object())
        check(member, schema["additionalProperties"], place);
      else if (schema.contains("additionalProperties"))
        add(place, "is not in the schema");
    }
  }

  const json& root_;
};

}  // namespace

std::vector<std::string> schema_violations(const json& value, const json& schema) {
  SchemaCheck check(schema);
  check.check(value, schema, "");
  return check.violations;
}

std::vector<std::string> schema_violations(const std::string& text, const std::string& name) {
  const std::filesystem::path file =
      std::filesystem::path(INTAGLIO_TESTS_DIR) / "../docs/schemas" / (name + ".schema.json");
  const json value = json::parse(text, nullptr, false), schema = json::parse(read_file(file), nullptr, false);
  if (!schema.is_object()) return {file.string() + " is no schema"};
  if (value.is_discarded()) return {"is no JSON: " + text};
  return schema_violations(value, schema);
}

}  // namespace intaglio_cli
