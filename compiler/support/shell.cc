// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/shell.h"

#include <cstdlib>

namespace intaglio {

std::string shell_quoted(std::string_view word) {
  std::string result = "'";
  for (char c : word) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string cxx_compiler(const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  const char* const environment = std::getenv("CXX");
  return environment != nullptr && *environment != 0 ? environment : "c++";
}

}  // namespace intaglio
