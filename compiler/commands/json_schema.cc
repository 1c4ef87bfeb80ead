// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/json_schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "commands/command_files.h"
#include "support/error.h"

namespace intaglio {

namespace {

class SchemaCheck {
 public:
  using SchemaJson = nlohmann::ordered_json;

  SchemaCheck(const SchemaJson& root, UnknownKeys unknown) : root_(root), unknown_(unknown) {}

  /// `at` names the value: "" or "threads[0]".
  std::optional<std::string> violation(const SchemaJson& value, const SchemaJson& schema, const std::string& at) const {
    for (const auto& [keyword, what] : schema.items()) {
      if (auto wrong = violation_of(keyword, what, value, schema, at)) return wrong;
    }
    return std::nullopt;
  }

 private:
  static std::string called(const std::string& at) { return at.empty() ? "the value" : at; }
  static std::string inside(const std::string& at, const std::string& key) { return at.empty() ? key : at + "." + key; }

  static bool has_type(const SchemaJson& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    if (type == "null") return value.is_null();
    internal_error("a schema names the type " + type);
  }

  std::optional<std::string> violation_of(const std::string& keyword, const SchemaJson& what, const SchemaJson& value,
                                          const SchemaJson& schema, const std::string& at) const {
    if (keyword == "$schema" || keyword == "$id" || keyword == "$defs" || keyword == "title" ||
        keyword == "description") {
      return std::nullopt;
    }
    if (keyword == "$ref") {
      const std::string path = what;
      require(path.starts_with("#/"), "schemas refer to their own definitions");
      return violation(value, root_.at(SchemaJson::json_pointer(path.substr(1))), at);
    }
    if (keyword == "type") {
      const std::vector<std::string> types =
          what.is_array() ? what.get<std::vector<std::string>>() : std::vector<std::string>{what};
      if (std::ranges::any_of(types, [&](const std::string& type) { return has_type(value, type); }))
        return std::nullopt;
      return fmt::format("{} is no {}", called(at), fmt::join(types, " or "));
    }
    if (keyword == "const") {
      if (value == what) return std::nullopt;
      return fmt::format("{} is not {}", called(at), what.dump());
    }
    if (keyword == "enum") {
      if (std::ranges::find(what, value) != what.end()) return std::nullopt;
      return fmt::format("{} is none of {}", called(at), what.dump());
    }
    if (keyword == "minimum") {
      if (!value.is_number() || value >= what) return std::nullopt;
      return fmt::format("{} is below {}", called(at), what.dump());
    }
    if (keyword == "minItems") {
      if (!value.is_array() || value.size() >= what.get<size_t>()) return std::nullopt;
      return fmt::format("{} has fewer than {} items", called(at), what.dump());
    }
    if (keyword == "required") {
      for (const SchemaJson& key : what) {
        if (value.is_object() && !value.contains(key.get<std::string>()))
          return fmt::format("{} is missing", inside(at, key));
      }
      return std::nullopt;
    }
    if (keyword == "properties") {
      for (const auto& [key, property] : what.items()) {
        if (!value.is_object() || !value.contains(key)) continue;
        if (auto wrong = violation(value[key], property, inside(at, key))) return wrong;
      }
      if (unknown_ == UnknownKeys::allowed || schema.contains("additionalProperties") || !value.is_object())
        return std::nullopt;
      for (const auto& [key, property] : value.items()) {
        if (!what.contains(key)) return fmt::format("{} is not known", inside(at, key));
      }
      return std::nullopt;
    }
    if (keyword == "additionalProperties") {
      if (!value.is_object()) return std::nullopt;
      for (const auto& [key, property] : value.items()) {
        if (schema.contains("properties") && schema["properties"].contains(key)) continue;
        if (what == false) return fmt::format("{} is not known", inside(at, key));
        if (auto wrong = violation(property, what, inside(at, key))) return wrong;
      }
      return std::nullopt;
    }
    if (keyword == "items") {
      for (size_t i = 0; value.is_array() && i < value.size(); ++i) {
        if (auto wrong = violation(value[i], what, fmt::format("{}[{}]", at, i))) return wrong;
      }
      return std::nullopt;
    }
    if (keyword == "oneOf") {
      const auto fits = [&](const SchemaJson& choice) { return !violation(value, choice, at); };
      if (std::ranges::count_if(what, fits) == 1) return std::nullopt;
      return fmt::format("{} is not exactly one of what it may be", called(at));
    }
    internal_error("a schema has the keyword " + keyword);
  }

  const SchemaJson& root_;
  const UnknownKeys unknown_;
};

}  // namespace

std::optional<std::string> schema_violation(const nlohmann::ordered_json& json, const nlohmann::ordered_json& schema,
                                            UnknownKeys unknown) {
  return SchemaCheck(schema, unknown).violation(json, schema, "");
}

nlohmann::ordered_json embedded_schema(std::string_view name) {
  return nlohmann::ordered_json::parse(command_file(fmt::format("schemas/{}.schema.json", name)));
}

}  // namespace intaglio
