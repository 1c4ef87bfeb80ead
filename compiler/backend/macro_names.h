// Macros of other people's headers that a generated name could meet in a user's source file.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string_view>

namespace intaglio {

/// Who defines a macro of this name ("the C library", "Arduino"); empty when nobody known does.
std::string_view foreign_macro(std::string_view name);

}  // namespace intaglio
