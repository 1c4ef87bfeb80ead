// Whether what a command prints with --json is what its schema of docs/schemas says.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>

namespace intaglio_cli {

/// What is wrong with `text` by docs/schemas/NAME.schema.json, keys that the schema does not have included; empty when
/// nothing is.
std::string schema_problem(const std::string& text, const std::string& name);

}  // namespace intaglio_cli
