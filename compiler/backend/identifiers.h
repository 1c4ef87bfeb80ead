// C and C++ identifiers for names from models.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <string_view>

#include "support/identifier.h"

namespace intaglio {

/// Keyword of C, up to C23, or of C++, up to C++23; also what compilers take for one in their GNU modes.
bool is_keyword(std::string_view name);
/// For names inside a generated source file:
/// plain, and "v" in front of keywords, macros and names that generated code uses itself.
std::string safe_identifier(std::string_view name);
/// ASCII only: what case-insensitive file systems and macros do with a name.
std::string upper_case(std::string text);
std::string lower_case(std::string text);

}  // namespace intaglio
