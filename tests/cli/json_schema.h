// Whether a JSON value is what a schema of docs/schemas says.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace intaglio_cli {

/// What is wrong, by place ("/findings/0/kind: ..."); empty when nothing is. Knows $ref to #/$defs, type, const, enum,
/// required, properties, additionalProperties (false or a schema), items, minimum and pattern; refuses other keywords.
std::vector<std::string> schema_violations(const nlohmann::json& value, const nlohmann::json& schema);

/// Of a text and docs/schemas/NAME.schema.json.
std::vector<std::string> schema_violations(const std::string& text, const std::string& name);

}  // namespace intaglio_cli
