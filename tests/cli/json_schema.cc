// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "json_schema.h"

#include "commands/json_schema.h"

namespace intaglio_cli {

std::string schema_problem(const std::string& text, const std::string& name) {
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (json.is_discarded()) return "is no JSON: " + text;
  return intaglio::schema_violation(json, intaglio::embedded_schema(name), intaglio::UnknownKeys::refused).value_or("");
}

}  // namespace intaglio_cli
