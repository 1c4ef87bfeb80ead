// JSON held against a JSON Schema (draft 2020-12), of which docs/schemas/ uses a part.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace intaglio {

/// Later versions may add keys to a format: readers pass over those that they do not know, tests let none be missing
/// from the schemas.
enum class UnknownKeys : uint8_t { allowed, refused };

/// What the first violation is ("threads[0].layers[3].macs is no integer"); nothing when `json` is valid. Understands
/// type, const, enum, minimum, properties, required, additionalProperties, items, minItems, oneOf and $ref to $defs; a
/// keyword that it does not know is an internal error, so that no schema promises what is not checked.
std::optional<std::string> schema_violation(const nlohmann::ordered_json& json, const nlohmann::ordered_json& schema,
                                            UnknownKeys unknown = UnknownKeys::allowed);

/// The schema docs/schemas/NAME.schema.json.
nlohmann::ordered_json embedded_schema(std::string_view name);

}  // namespace intaglio
