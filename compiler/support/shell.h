// Commands for the shell: words that it leaves alone, and the C++ compiler.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <string_view>

namespace intaglio {

/// A word that the shell takes as it stands.
std::string shell_quoted(std::string_view word);

/// The compiler for generated code: `wanted`, else $CXX, else c++.
std::string cxx_compiler(const std::string& wanted = {});

}  // namespace intaglio
