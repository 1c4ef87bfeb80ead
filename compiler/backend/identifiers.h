// C and C++ identifiers for names from models.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <string_view>

namespace intaglio {

/// Keyword of C or C++, or a name that generated code uses itself.
bool is_reserved_identifier(std::string_view name);
/// [^A-Za-z0-9_] -> '_'; a leading digit, a leading underscore or a reserved name gets the prefix "v".
std::string safe_identifier(std::string_view name);

}  // namespace intaglio
